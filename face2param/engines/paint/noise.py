"""Smooth random numbers in space, and the smooth step."""

import numpy as np
from scipy import ndimage

_SIDE = 48


def noise(position: np.ndarray, wavelength: float, seed: int) -> np.ndarray:
    """Value noise.

    Args:
        position: `[..., 3]` cm.
        wavelength: distance of independent values, cm.
        seed: of the random numbers.

    Returns:
        float32 `[...]`, about -1..1.
    """
    grid = np.random.default_rng(seed).uniform(-1.0, 1.0, (_SIDE, _SIDE, _SIDE)).astype(np.float32)
    at = np.asarray(position, np.float32) / np.float32(wavelength)
    flat = at.reshape(-1, 3).T + _SIDE // 2
    out = ndimage.map_coordinates(grid, flat, order=1, mode="grid-wrap")
    return out.reshape(at.shape[:-1])


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between; `low` may be larger than `high`."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
