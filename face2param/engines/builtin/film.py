"""From linear light to the picture: exposure, a soft shoulder, display encoding, downsampling."""

import numpy as np
from numba import njit, prange

# Linear up to here, so that authored albedos come out as authored; a soft shoulder above.
_KNEE = 0.60
GAMMA = 2.2


def develop(light: np.ndarray, exposure: float, supersample: int) -> np.ndarray:
    """Turns supersampled linear light into the picture.

    Args:
        light: float32 `[height * supersample, width * supersample, 3]` linear radiance.
        exposure: factor on the light.
        supersample: samples per pixel along each axis.

    Returns:
        float32 `[height, width, 3]` display RGB in [0, 1]. Samples are averaged after the
        tone curve (so that bright edges stay smooth) and before the display encoding.
    """
    return _develop(light, float(exposure), int(supersample))


def undevelop(display: np.ndarray, exposure: float) -> np.ndarray:
    """The linear light that `develop` turns into the display colours `[..., 3]`."""
    linear = np.clip(np.asarray(display, np.float64), 0.0, 0.998) ** GAMMA
    rest = np.maximum((1.0 - linear) / (1.0 - _KNEE), 1e-6)
    bright = _KNEE - (1.0 - _KNEE) * np.log(np.minimum(rest, 1.0))
    return (np.where(linear <= _KNEE, linear, bright) / exposure).astype(np.float32)


@njit(cache=True, parallel=True)
def _develop(light, exposure, supersample):
    height = light.shape[0] // supersample
    width = light.shape[1] // supersample
    picture = np.empty((height, width, 3), np.float32)
    share = 1.0 / (supersample * supersample)
    for i in prange(height):
        for j in range(width):
            for k in range(3):
                total = 0.0
                for a in range(supersample):
                    for b in range(supersample):
                        x = light[i * supersample + a, j * supersample + b, k] * exposure
                        x = max(x, 0.0)
                        if x > _KNEE:
                            x = 1.0 - (1.0 - _KNEE) * np.exp(-(x - _KNEE) / (1.0 - _KNEE))
                        total += x
                picture[i, j, k] = min(total * share, 1.0) ** (1.0 / GAMMA)
    return picture
