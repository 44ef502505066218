"""A line plot of the course of a search, drawn with Pillow alone."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from face2param import images
from face2param.fitting.result import Row

_INK, _GRID, _GROUND, _PALE = (44, 46, 52), (222, 224, 228), (252, 252, 250), (120, 124, 132)
_COLOURS = (
    (214, 69, 65),
    (31, 119, 180),
    (44, 160, 84),
    (230, 138, 0),
    (128, 84, 188),
    (0, 158, 166),
    (140, 86, 75),
    (217, 95, 160),
    (110, 120, 40),
    (70, 90, 140),
)
_SCALE = 2  # drawn at twice the size and reduced, which smooths the lines


def course(rows: Sequence[Row], size: tuple[int, int] = (480, 860)) -> np.ndarray:
    """Plots every term over the iterations on a logarithmic axis.

    Each term is drawn relative to its first value, so that terms of different units share the
    axis; the legend gives first and last value. Vertical lines separate the stages.

    Args:
      rows: of the search, in order.
      size: (height, width) of the picture.

    Returns:
      `[height, width, 3]` float32.
    """
    height, width = size[0] * _SCALE, size[1] * _SCALE
    picture = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(13 * _SCALE)
    names = ["total", *dict.fromkeys(name for row in rows for name in row.terms)]
    lines = {name: _line(rows, name) for name in names}
    lines = {name: line for name, line in lines.items() if len(line[0])}
    box = (64 * _SCALE, 34 * _SCALE, width - 236 * _SCALE, height - 44 * _SCALE)
    low, high = _decades([line[1] for line in lines.values()])
    last = max((row.iteration for row in rows), default=1) or 1

    def at(iteration: float, value: float) -> tuple[float, float]:
        level = (np.log10(value) - low) / (high - low)
        x = box[0] + (box[2] - box[0]) * iteration / last
        return x, box[3] - (box[3] - box[1]) * float(np.clip(level, 0, 1))

    draw.text((box[0], 10 * _SCALE), "terms relative to their first value", _INK, font)
    _axes(draw, font, box, at, low, high, last)
    _stages(draw, font, box, at, rows)
    for index, (name, (iterations, values)) in enumerate(lines.items()):
        colour = _INK if name == "total" else _COLOURS[(index - 1) % len(_COLOURS)]
        thick = (3 if name == "total" else 2) * _SCALE
        points = [at(i, v) for i, v in zip(iterations, values / _first(values), strict=True)]
        draw.line(points if len(points) > 1 else points * 2, colour, thick, joint="curve")
        y = box[1] + index * 22 * _SCALE
        x = box[2] + 18 * _SCALE
        draw.line((x, y + 8 * _SCALE, x + 22 * _SCALE, y + 8 * _SCALE), colour, thick)
        text = f"{name}  {values[0]:.3g} → {values[-1]:.3g}"
        draw.text((x + 30 * _SCALE, y), text.replace("→", "to"), _INK, font)
    reduced = picture.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    return images.from_uint8(np.asarray(reduced))


def _line(rows: Sequence[Row], name: str) -> tuple[np.ndarray, np.ndarray]:
    found = [
        (row.iteration, row.total if name == "total" else row.terms[name])
        for row in rows
        if name == "total" or name in row.terms
    ]
    found = [(i, v) for i, v in found if v > 0]
    return np.array([i for i, _ in found]), np.array([v for _, v in found])


def _first(values: np.ndarray) -> float:
    # A term that starts near zero (expression, pose) is shown relative to its largest value.
    return float(values[0] if values[0] > 0.1 * values.max() else values.max())


def _decades(lines: list[np.ndarray]) -> tuple[float, float]:
    relative = [np.log10(values / _first(values)) for values in lines]
    if not relative:
        return -1.0, 0.0
    low = max(-2.0, min(float(line.min()) for line in relative) - 0.05)
    high = max(float(line.max()) for line in relative) + 0.08
    return low, max(high, low + 0.3)


def _axes(draw, font, box, at, low, high, last) -> None:
    for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10):
        if low <= np.log10(tick) <= high:
            _, y = at(0, tick)
            draw.line((box[0], y, box[2], y), _GRID, _SCALE)
            draw.text((box[0] - 8 * _SCALE, y), f"{tick:g}", _INK, font, anchor="rm")
    step = next(s for s in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 10**6) if last / s <= 8)
    for tick in range(0, last + 1, step):
        x, _ = at(tick, 1)
        draw.line((x, box[3], x, box[3] + 5 * _SCALE), _INK, _SCALE)
        draw.text((x, box[3] + 8 * _SCALE), str(tick), _INK, font, anchor="mt")
    draw.line((box[0], box[1], box[0], box[3], box[2], box[3]), _INK, _SCALE)


def _stages(draw, font, box, at, rows) -> None:
    previous = None
    for row in rows:
        if row.stage != previous:
            x, _ = at(row.iteration, 1)
            draw.line((x, box[1], x, box[3]), _PALE, _SCALE)
            draw.text((x + 4 * _SCALE, box[1] - 2 * _SCALE), row.stage, _PALE, font)
            previous = row.stage
