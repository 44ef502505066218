"""The eyebrows as hair strokes on the skin.

Where a brow lies is decided in one place, `anatomy.brow_curve`: the strokes and the brows'
landmarks both follow it, and `geometry` moves the skin under both.

Brows are authored in the frontal plane of the canonical head, on |x|: `x` from the middle of
the face to the temple, `y` up, both in cm, origin midway between the pupils.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit

from face2param.engines.builtin import anatomy

# The map covers this window of the frontal plane: |x| from 0, y from WINDOW_BOTTOM.
WINDOW_WIDTH = 6.6
WINDOW_BOTTOM = 0.2
WINDOW_HEIGHT = 4.4
TEXELS_PER_CM = 44.0
STROKES = 420


@dataclass(frozen=True)
class BrowShape:
    """Sliders in [0, 1], see `controls.py`: brow_thickness, brow_density, and so on."""

    thickness: float = 0.5
    density: float = 0.6
    arch: float = 0.5
    tilt: float = 0.5
    length: float = 0.5
    gap: float = 0.5

    @classmethod
    def of(cls, character) -> "BrowShape":
        """The brow sliders of a character of the built-in schema."""
        return cls(**{name: float(character["brow_" + name]) for name in cls.__annotations__})


def curve(shape: BrowShape, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The middle line of a brow and its half width.

    Args:
        shape: the sliders.
        t: `[...]`, 0 at the inner end to 1 at the tail.

    Returns:
        x, y and half width, each `[...]`, cm in the canonical frontal plane (x >= 0).
    """
    t = np.asarray(t, np.float64)
    sliders = {f"brow_{name}": value for name, value in vars(shape).items()}
    middle = anatomy.brow_curve(t, sliders)
    return middle[..., 0], middle[..., 1], anatomy.brow_half_width(t, shape.thickness)


@lru_cache(maxsize=1)
def _stroke_table() -> np.ndarray:
    """`[STROKES, 5]` fixed random numbers: place along, place across, turn, length, shade."""
    rng = np.random.default_rng(5)
    table = rng.random((STROKES, 5))
    # Low-discrepancy places: no clots and no gaps.
    index = np.arange(STROKES)
    table[:, 0] = (index + 0.5) / STROKES
    table[:, 1] = (index * 0.6180339887 + 0.15 * table[:, 1]) % 1.0
    return table


def draw(shape: BrowShape) -> np.ndarray:
    """Draws a brow of hair strokes over a soft body.

    Returns:
        float32 `[rows, columns, 2]` over the window; row 0 lies at WINDOW_BOTTOM (y grows
        with the row), column 0 at the middle of the face. First the opacity of the hairs in
        [0, 1], then 1 inside the brow's outline (what a parsing label covers, however sparse
        the hairs are) and 0 outside.
    """
    rows, columns = int(WINDOW_HEIGHT * TEXELS_PER_CM), int(WINDOW_WIDTH * TEXELS_PER_CM)
    table = _stroke_table()
    t = table[:, 0] ** 0.92
    x, y, half = curve(shape, t)
    across = 2.0 * table[:, 1] - 1.0
    y = y + across * half
    # Hair grows up at the inner end, turns along the brow, and converges at the tail.
    angle = np.interp(t, [0, 0.12, 0.4, 1], [72, 48, 22, -14])
    angle -= across * np.interp(t, [0, 1], [10, 26])
    angle = np.radians(angle + 18.0 * (table[:, 2] - 0.5))
    length = np.interp(t, [0, 0.3, 1], [0.40, 0.52, 0.40])
    length = length * (0.70 + 0.6 * table[:, 3]) * (0.65 + 0.6 * shape.thickness)
    strength = np.clip(
        (shape.density * 1.25 + 0.12 - (np.arange(STROKES) * 0.754877) % 1.0) * 4.0, 0.0, 1.0
    )
    strength = strength * (0.55 + 0.45 * table[:, 4])
    strokes = np.stack(
        [
            x - 0.40 * length * np.cos(angle),
            y - 0.40 * length * np.sin(angle) - WINDOW_BOTTOM,
            x + 0.60 * length * np.cos(angle),
            y + 0.60 * length * np.sin(angle) - WINDOW_BOTTOM,
            strength,
        ],
        1,
    )
    # The soft body: a column of the map crosses the curve once, so it is drawn analytically.
    inner, outer = curve(shape, np.array([0.0, 1.0]))[0]
    column_t = ((np.arange(columns) + 0.5) / TEXELS_PER_CM - inner) / (outer - inner)
    _, body_y, body_half = curve(shape, np.clip(column_t, 0, 1))
    ends = np.clip(1.0 + np.minimum(column_t, 1 - column_t) * (outer - inner) / 0.22, 0, 1)
    opacity = ends * (0.08 + 0.52 * shape.density)
    body = np.stack([body_y - WINDOW_BOTTOM, body_half, opacity, ends > 0.35], 1)
    return _draw(strokes, body, rows, columns, TEXELS_PER_CM)


@njit(cache=True)
def _draw(strokes, body, rows, columns, scale):
    layers = np.zeros((rows, columns, 2), np.float32)
    alpha = layers[:, :, 0]
    for j in range(columns):
        reach = body[j, 1] * 1.5 + 0.10
        low = max(0, int((body[j, 0] - reach) * scale))
        high = min(rows - 1, int((body[j, 0] + reach) * scale))
        for i in range(low, high + 1):
            q = abs((i + 0.5) / scale - body[j, 0]) / reach
            fade = max(0.0, 1.0 - q * q)
            alpha[i, j] = body[j, 2] * fade * fade
            rim = (body[j, 1] + 0.08 - abs((i + 0.5) / scale - body[j, 0])) * scale
            layers[i, j, 1] = min(max(rim + 0.5, 0.0), 1.0) * body[j, 3]
    radius = 0.034
    for s in range(strokes.shape[0]):
        strength = strokes[s, 4]
        if strength <= 0.0:
            continue
        x0 = strokes[s, 0]
        y0 = strokes[s, 1]
        dx = strokes[s, 2] - x0
        dy = strokes[s, 3] - y0
        length2 = dx * dx + dy * dy
        j0 = max(0, int((min(x0, x0 + dx) - radius) * scale))
        j1 = min(columns - 1, int((max(x0, x0 + dx) + radius) * scale) + 1)
        i0 = max(0, int((min(y0, y0 + dy) - radius) * scale))
        i1 = min(rows - 1, int((max(y0, y0 + dy) + radius) * scale) + 1)
        for i in range(i0, i1 + 1):
            py = (i + 0.5) / scale - y0
            for j in range(j0, j1 + 1):
                px = (j + 0.5) / scale - x0
                t = min(max((px * dx + py * dy) / length2, 0.0), 1.0)
                ex = px - t * dx
                ey = py - t * dy
                # A hair tapers from its root to its tip.
                r = radius * (1.0 - 0.65 * t)
                cover = 1.0 - np.sqrt(ex * ex + ey * ey) / r
                if cover > 0.0:
                    a = min(1.0, cover * 2.2) * strength * (1.0 - 0.3 * t)
                    alpha[i, j] = alpha[i, j] + (1.0 - alpha[i, j]) * a * 0.95
    return layers
