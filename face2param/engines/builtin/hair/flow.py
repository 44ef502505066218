"""Where a comb would pull a strand: direction fields over the skull."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.hair.styles import Style

_CROWN = np.array([0.0, 11.3, -4.0])
BUN_CENTRE = np.array([0.0, 9.6, -8.0])


def smoothstep(a: float, b: float, x: np.ndarray) -> np.ndarray:
    """Cubic step from 0 at a to 1 at b (a may exceed b)."""
    t = np.clip((x - a) / (b - a), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def thickness(points: np.ndarray, style: Style) -> np.ndarray:
    """Height of the hair's surface above the skin.

    Args:
      points: `[n, 3]` cm near the canonical scalp.
      style: gives the heights of the regions and the parting.

    Returns:
      `[n]` cm.
    """
    volume = style.volume
    x, y, z = points.T
    up = smoothstep(3.2, 8.6, y)
    back = smoothstep(-2.0, -7.0, z)
    low = smoothstep(0.5, -6.5, y)
    front = smoothstep(1.0, 6.5, z)
    side = volume.side * (1 - back) + (volume.back * (1 - low) + volume.nape * low) * back
    top = volume.top * (1 - front) + volume.front * front
    height = side * (1 - up) + top * up
    if style.flow.startswith("part") and style.sweep > 0:
        # the parting is a valley
        valley = smoothstep(0.0, 3.0, np.abs(x - style.part))
        ahead = smoothstep(-4.0, -1.0, z) * smoothstep(5.5, 8.0, y)
        height = height * (1 - 0.62 * style.sweep * ahead * (1 - valley))
    return height


def _constant(points: np.ndarray, vector: tuple[float, float, float]) -> np.ndarray:
    return np.broadcast_to(np.asarray(vector, float), points.shape).copy()


def _blend(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    return a * (1 - t)[:, None] + b * t[:, None]


def comb(points: np.ndarray, style: Style) -> np.ndarray:
    """Direction in which strands lie at given places of the scalp.

    Args:
      points: `[n, 3]` cm on the canonical scalp.
      style: names the rule.

    Returns:
      `[n, 3]` not normalised, not yet tangential.
    """
    x, y, z = points.T
    up = smoothstep(4.5, 8.0, y)
    back = smoothstep(-3.0, -7.5, z)
    down = _constant(points, (0.0, -1.0, 0.0))
    sides = _blend(_constant(points, (0.0, -1.0, -0.55)), down, np.maximum(back, 0.0))
    sideburn = smoothstep(0.2, 2.2, z) * smoothstep(3.2, 0.5, y)
    sides = _blend(sides, down, sideburn)
    radial = points - _CROWN
    radial[:, 1] = np.minimum(radial[:, 1], -0.4)
    if style.flow == "crown":
        return _blend(sides, radial, up)
    if style.flow == "crown_down":
        return _blend(down, radial, smoothstep(3.0, 8.0, y))
    if style.flow == "forward":
        top = _constant(points, (0.0, 0.0, 1.0)) + radial * 0.06
        top = _blend(top, radial, smoothstep(-1.5, -5.0, z))
        return _blend(sides, top, up)
    if style.flow == "back":
        top = _constant(points, (0.0, 0.0, -1.0))
        top[:, 0] = 0.05 * x
        return _blend(_blend(_constant(points, (0.0, -0.55, -1.0)), down, back), top, up)
    if style.flow == "quiff":
        top = _constant(points, (0.0, 0.0, -1.0))
        top[:, 0] = 0.06 * x
        return _blend(sides, top, up)
    if style.flow == "side_back":
        low = np.maximum(np.maximum(back, sideburn), smoothstep(4.5, 1.0, y))
        return _blend(_constant(points, (0.0, -0.35, -1.0)), down, low)
    if style.flow in ("part", "part_down", "sweep"):
        return _parted(points, style, down if style.flow == "part_down" else sides, up, radial)
    if style.flow == "bun":
        return BUN_CENTRE - points
    raise ValueError(f"unknown flow {style.flow!r}")


def _parted(points, style, sides, up, radial):
    """Away from the parting on top, `sides` below, radially behind the crown."""
    x, _, z = points.T
    away = np.tanh((x - style.part) / 0.5) * style.sweep
    front = smoothstep(2.0, 7.0, z)
    if style.flow == "part":
        across = np.stack([away, 0 * x, -0.55 - 0.35 * front], 1)
    elif style.flow == "sweep":
        # over the forehead and to the side, as short women's cuts fall
        across = np.stack([away, -0.4 * front, -0.3 + 0.75 * front], 1)
        up = np.maximum(up, smoothstep(2.0, 5.0, z) * smoothstep(0.0, 3.0, points[:, 1]))
    else:
        across = np.stack([away, 0 * x - 0.3, np.full_like(x, -0.42)], 1)
    behind = smoothstep(-2.0, -5.5, z)
    return _blend(sides, _blend(across, radial, behind), up)
