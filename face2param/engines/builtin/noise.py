"""Smooth pseudo-random fields in space: the same everywhere, for every run and thread count."""

import numpy as np
from numba import njit, prange


def value_noise(points: np.ndarray, seed: int, frequency: tuple[float, float, float]):
    """Value noise with smooth interpolation.

    Args:
        points: float32 `[points, 3]`.
        seed: which field.
        frequency: cells per unit along each axis.

    Returns:
        float32 `[points]` in [0, 1], mean about 0.5.
    """
    points = np.ascontiguousarray(points, np.float32)
    return _value_noise(points, seed, *(float(f) for f in frequency))


@njit(cache=True)
def _lattice(i, j, k, seed):
    h = (i * 374761393 + j * 668265263 + k * 2147483647 + seed * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = h ^ (h >> 16)
    return (h & 0xFFFF) / 65535.0


@njit(cache=True, parallel=True)
def _value_noise(points, seed, fx, fy, fz):
    out = np.empty(points.shape[0], np.float32)
    for n in prange(points.shape[0]):
        x = points[n, 0] * fx
        y = points[n, 1] * fy
        z = points[n, 2] * fz
        i = int(np.floor(x))
        j = int(np.floor(y))
        k = int(np.floor(z))
        x = x - i
        y = y - j
        z = z - k
        x = x * x * (3.0 - 2.0 * x)
        y = y * y * (3.0 - 2.0 * y)
        z = z * z * (3.0 - 2.0 * z)
        total = 0.0
        for a in range(2):
            for b in range(2):
                for c in range(2):
                    weight = (x if a else 1.0 - x) * (y if b else 1.0 - y) * (z if c else 1.0 - z)
                    total += weight * _lattice(i + a, j + b, k + c, seed)
        out[n] = total
    return out
