"""Cumulative errors: how much of the faces lies within how many millimetres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from face2param import images

_INK, _GRID, _GROUND = (44, 46, 52), (222, 224, 228), (252, 252, 250)
_COLOURS = ((214, 69, 65), (31, 119, 180), (44, 160, 84), (128, 84, 188), (230, 138, 0))
_SCALE = 2  # drawn at twice the size and reduced, which smooths the lines


def shares(distances: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Share of the distances that are at most each limit.

    Args:
      distances: `[measured]`.
      limits: `[limits]`.

    Returns:
      `[limits]` float64 in [0, 1].
    """
    return np.searchsorted(np.sort(distances), limits, side="right") / len(distances)


def cumulative(
    curves: Mapping[str, np.ndarray],
    faint: Sequence[np.ndarray] = (),
    largest: float = 5.0,
    size: tuple[int, int] = (420, 760),
) -> np.ndarray:
    """Plots which share of the measured vertices lies within which distance.

    Args:
      curves: title -> `[measured]` distances in millimetres; drawn strong, with their medians.
      faint: distances of single faces, drawn thin behind them.
      largest: millimetres on the horizontal axis.
      size: (height, width) of the picture.

    Returns:
      `[height, width, 3]` float32.
    """
    height, width = size[0] * _SCALE, size[1] * _SCALE
    picture = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(13 * _SCALE)
    left, top, right, bottom = 62 * _SCALE, 38 * _SCALE, width - 24 * _SCALE, height - 56 * _SCALE
    limits = np.linspace(0, largest, 201)

    def points(distances: np.ndarray) -> list[tuple[float, float]]:
        found = shares(distances, limits)
        x = left + (right - left) * limits / largest
        y = bottom - (bottom - top) * found
        return list(zip(x.tolist(), y.tolist(), strict=True))

    title = "share of the measured vertices (%) within a distance"
    draw.text((left, 10 * _SCALE), title, _INK, font)
    for percent in range(0, 101, 20):
        y = bottom - (bottom - top) * percent / 100
        draw.line((left, y, right, y), _GRID, _SCALE)
        draw.text((left - 8 * _SCALE, y), str(percent), _INK, font, anchor="rm")
    for step in range(6):
        x = left + (right - left) * step / 5
        draw.line((x, top, x, bottom), _GRID, _SCALE)
        text = f"{largest * step / 5:g}"
        draw.text((x, bottom + 8 * _SCALE), text, _INK, font, anchor="mt")
    draw.text(((left + right) / 2, height - 10 * _SCALE), "millimetres", _INK, font, anchor="mb")
    for distances in faint:
        draw.line(points(distances), (186, 190, 198), _SCALE, joint="curve")
    for index, (name, distances) in enumerate(curves.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        draw.line(points(distances), colour, 3 * _SCALE, joint="curve")
        y = bottom - (len(curves) - index) * 22 * _SCALE
        x = right - 250 * _SCALE
        draw.rectangle((x - 8 * _SCALE, y - 3 * _SCALE, right, y + 19 * _SCALE), _GROUND)
        draw.line((x, y + 8 * _SCALE, x + 22 * _SCALE, y + 8 * _SCALE), colour, 3 * _SCALE)
        text = f"{name}, median {np.median(distances):.2f} mm"
        draw.text((x + 30 * _SCALE, y), text, _INK, font)
    draw.line((left, top, left, bottom, right, bottom), _INK, _SCALE)
    reduced = picture.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    return images.from_uint8(np.asarray(reduced))
