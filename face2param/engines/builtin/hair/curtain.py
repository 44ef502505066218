"""Long hair below the widest part of the skull: it hangs and frames the face."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.hair.scalp import CENTRE, azimuth
from face2param.engines.builtin.hair.styles import Curtain

LEAVE_Y = 1.8  # below this height long hair no longer follows the skull


def curtain_radius(degrees: np.ndarray) -> np.ndarray:
    """Horizontal radius about the axis of the skull where hair leaves it, cm."""
    a = np.radians(degrees)
    depth = np.where(np.cos(a) > 0, 9.4, 8.9)
    return 1.0 / np.sqrt((np.sin(a) / 7.55) ** 2 + (np.cos(a) / depth) ** 2)


def face_opening(y: np.ndarray, curtain: Curtain) -> np.ndarray:
    """Smallest azimuth (degrees) that hanging hair may have at a height."""
    heights = [-30.0, -6.0, 0.0, 2.5, 4.5, 6.0, 7.2, 8.5]
    edge = curtain.opening
    shares = [0.97, 0.97, 0.94, 0.87, 0.74, 0.52, 0.24, 0.0]
    return np.interp(y, heights, [edge * share for share in shares])


def hang(
    curtain: Curtain,
    point: np.ndarray,
    moved: np.ndarray,
    normal: np.ndarray,
    step: np.ndarray,
    stop_y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Corrects one step of tracing: strands fall below the skull and keep off the face.

    Args:
      curtain: the shape.
      point: `[n, 3]` where the strands are, cm.
      moved: `[n, 3]` where the step over the skull would bring them.
      normal: `[n, 3]` of the skull there.
      step: `[n]` length of the step, cm.
      stop_y: `[n]` heights at which they end; above 0 a strand belongs to the fringe.

    Returns:
      Corrected points and normals, `[n, 3]`.
    """
    fringe = stop_y > 0
    degrees = azimuth(moved)
    side = np.where(degrees < 0, -1.0, 1.0)
    opening = face_opening(moved[:, 1], curtain)
    opening = opening * (1 + 0.04 * np.sin(moved[:, 1] * 1.3 + stop_y * 7))
    behind = np.abs(degrees) < opening
    # strands gather at the edge of the opening instead of crossing the face
    target = np.where(
        behind & ~fringe,
        0.35 * opening + 0.65 * np.maximum(np.abs(degrees), opening),
        np.abs(degrees),
    )
    turned = np.radians(side * target)
    hanging = (point[:, 1] < LEAVE_Y) & ~fringe
    radius = np.hypot(moved[:, 0], moved[:, 2] - CENTRE[2])
    y = np.where(hanging, point[:, 1] - step, moved[:, 1])
    previous = np.hypot(point[:, 0], point[:, 2] - CENTRE[2])
    wide = curtain_radius(np.degrees(turned))
    depth = np.clip((LEAVE_Y - y) / 10.0, 0.0, 1.2)
    toward = wide + curtain.flare * depth
    left = y - stop_y
    toward -= curtain.inward * np.clip(1 - left / 4.0, 0, 1) ** 2
    rate = np.minimum(1.0, step / 1.2)
    radius = np.where(hanging, previous + (toward - previous) * rate, radius)
    out = np.stack([np.sin(turned), 0 * turned, np.cos(turned)], 1)
    placed = out * radius[:, None] + CENTRE
    placed[:, 1] = y
    use = hanging | (behind & ~fringe)
    return (
        np.where(use[:, None], placed, moved),
        np.where(hanging[:, None], out, normal),
    )
