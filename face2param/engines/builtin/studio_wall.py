"""The studio's own background."""

import functools

import numpy as np

from face2param.engines.builtin.palette import BACKGROUND


@functools.lru_cache(maxsize=4)
def studio_wall(height: int, width: int) -> np.ndarray:
    """The wall behind a head, display RGB `[height, width, 3]` float32, read-only."""
    inner, outer = (np.array(colour) for colour in BACKGROUND)
    y = (np.arange(height) + 0.5) / height - 0.42
    x = (np.arange(width) + 0.5) / width - 0.5
    share = np.clip(np.hypot(x[None], y[:, None]) / 0.75, 0.0, 1.0) ** 1.5
    wall = (inner + (outer - inner) * share[..., None]).astype(np.float32)
    wall.setflags(write=False)
    return wall
