"""The knot of pulled-back hair: strands wound around a ball."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.hair.flow import BUN_CENTRE
from face2param.engines.builtin.hair.strands import Strands

_RADIUS = np.array([2.5, 2.3, 2.2])
_RIBBONS = 70
_STATIONS = 9


def build_bun(stations: int, seed: int) -> Strands:
    """Ribbons wound around the ball, exactly mirrored.

    Args:
      stations: vertices along a ribbon, as in the style it joins.
      seed: of the scatter.

    Returns:
      The windings.
    """
    rng = np.random.default_rng(seed + 100)
    n = _RIBBONS // 2
    turn = np.linspace(0.0, 1.0, stations)[None]
    axis = rng.normal(0, 0.35, (n, 1))
    latitude = np.linspace(-1.25, 1.35, n)[:, None] + 0.25 * np.sin(turn * 3 + axis * 5)
    start = rng.uniform(-np.pi, np.pi, (n, 1))
    longitude = start + turn * rng.uniform(1.6, 2.6, (n, 1))
    # wound about an axis that points up and back
    ball = np.stack(
        [
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude) + 0 * longitude,
            np.cos(latitude) * np.cos(longitude),
        ],
        -1,
    )
    tilt = np.radians(-35.0)
    y = ball[..., 1] * np.cos(tilt) - ball[..., 2] * np.sin(tilt)
    z = ball[..., 1] * np.sin(tilt) + ball[..., 2] * np.cos(tilt)
    normal = np.stack([ball[..., 0], y, z], -1)
    layer = rng.uniform(0.9, 1.05, (n, 1, 1))
    centre = BUN_CENTRE + [0.0, 1.7, -1.4]
    offset = normal * _RADIUS * layer
    base = np.broadcast_to(centre, offset.shape).copy()
    width = np.full((n, stations), 1.0) * rng.uniform(0.8, 1.3, (n, 1))
    flip = np.array([-1.0, 1.0, 1.0])
    seeds = rng.uniform(0, 4000, n)
    twist = np.radians(rng.normal(0, 10, n))
    return Strands(
        base=np.concatenate([base, base * flip]),
        offset=np.concatenate([offset, offset * flip]),
        normal=np.concatenate([normal, normal * flip]),
        lift=np.full((2 * n, stations), 0.8),
        width=np.concatenate([width, width]),
        cover=np.full((2 * n, stations), 1.15),
        seed=np.concatenate([seeds, seeds + 0.37]),
        twist=np.concatenate([twist, -twist]),
    )
