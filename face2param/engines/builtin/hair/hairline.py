"""Where hair grows: the hairline and the roots inside it."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.hair.flow import smoothstep
from face2param.engines.builtin.hair.scalp import CENTRE, Scalp, azimuth
from face2param.engines.builtin.hair.styles import Polyline, Style


def polyline(line: Polyline, degrees: np.ndarray) -> np.ndarray:
    """Evaluates a polyline at absolute azimuths."""
    return np.interp(np.abs(degrees), [a for a, _ in line], [b for _, b in line])


def inside_hairline(points: np.ndarray, style: Style) -> np.ndarray:
    """Signed height above the hairline, `[n]` cm (positive: hair grows here)."""
    return points[:, 1] - polyline(style.hairline, azimuth(points))


def sample_roots(style: Style, scalp: Scalp, count: int, rng: np.random.Generator) -> np.ndarray:
    """Evenly scattered roots inside the hairline.

    Args:
      style: gives the hairline.
      scalp: the skull.
      count: number of roots on both sides together.
      rng: jitter.

    Returns:
      `[count // 2, 3]` cm on the scalp with x > 0.
    """
    total = 14000
    k = np.arange(total) + 0.5
    cosine = 1 - 1.93 * k / total
    sine = np.sqrt(1 - cosine**2)
    angle = k * np.pi * (3 - np.sqrt(5))
    direction = np.stack([sine * np.sin(angle), cosine, sine * np.cos(angle)], 1)
    direction = direction[direction[:, 0] > 0.01]
    points, _ = scalp.project(CENTRE + direction)
    # an irregular line: roots are judged a little beside their place
    stray = np.radians(rng.normal(0, 1.5, len(points)))
    c, s = np.cos(stray), np.sin(stray)
    x, z = points[:, 0], points[:, 2] - CENTRE[2]
    beside = np.stack([c * x + s * z, points[:, 1], c * z - s * x + CENTRE[2]], 1)
    inside = inside_hairline(beside, style) + rng.normal(0, 0.15, len(points))
    if style.bald_above is not None:
        above = points[:, 1] - polyline(style.bald_above, azimuth(points))
        inside = np.where(above > rng.normal(-1.1, 0.7, len(points)), -1.0, inside)
    points = points[inside > 0.0]
    # the front edge is what a viewer sees: denser there
    edge = smoothstep(3.0, 0.3, inside[inside > 0.0]) * smoothstep(75, 50, np.abs(azimuth(points)))
    keys = rng.random(len(points)) ** (1.0 / (1.0 + 1.2 * edge))
    return points[np.sort(np.argsort(-keys)[: count // 2])]
