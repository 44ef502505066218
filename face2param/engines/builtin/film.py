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
    return _develop(light, float(exposure), int(supersample), _DECODE)


def backdrop(display: np.ndarray, exposure: float, supersample: int) -> np.ndarray:
    """The linear light that `develop` turns into a picture: its inverse.

    Args:
        display: float32 `[height, width, 3]` display RGB in [0, 1].
        exposure: factor on the light.
        supersample: each pixel is repeated this many times along both axes.

    Returns:
        float32 `[height * supersample, width * supersample, 3]` linear radiance.
    """
    return _backdrop(display, float(exposure), int(supersample), _ENCODE)


# Display value -> linear light, at even steps; interpolation errs by less than 1e-5.
_STEPS = 1024
_ENCODE = np.linspace(0.0, 1.0, _STEPS + 1) ** GAMMA
# Square root of the linear light -> display value; the root makes the curve nearly straight.
_DECODE = np.linspace(0.0, 1.0, _STEPS + 1) ** (2.0 / GAMMA)


@njit(cache=True)
def _table(curve, x):
    at = min(max(x, 0.0), 1.0) * (curve.shape[0] - 1)
    i = min(int(at), curve.shape[0] - 2)
    f = at - i
    return curve[i] * (1.0 - f) + curve[i + 1] * f


@njit(cache=True, parallel=True)
def _backdrop(display, exposure, supersample, encode):
    height, width = display.shape[0], display.shape[1]
    light = np.empty((height * supersample, width * supersample, 3), np.float32)
    for i in prange(height):
        for j in range(width):
            for k in range(3):
                x = min(_table(encode, display[i, j, k]), 0.998)
                if x > _KNEE:
                    x = _KNEE - (1.0 - _KNEE) * np.log((1.0 - x) / (1.0 - _KNEE))
                x /= exposure
                for a in range(supersample):
                    for b in range(supersample):
                        light[i * supersample + a, j * supersample + b, k] = x
    return light


@njit(cache=True, parallel=True)
def _develop(light, exposure, supersample, decode):
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
                picture[i, j, k] = _table(decode, np.sqrt(total * share))
    return picture
