"""How straight the hair on a photograph is, from the flow of its strands."""

import numpy as np

# Mean coherence of the hair in portraits: brushed hair above the first, curls below the second.
_STRAIGHT, _CURLY = 0.72, 0.46

# Share of the picture. Short hair shows scalp, light and teeth of the comb rather than curls.
_LEAST_HAIR = 0.05


def coherence(image: np.ndarray, weights: np.ndarray) -> float:
    """Says how much neighbouring strands agree in direction.

    The energy-weighted coherence of the structure tensor (Bigun and Granlund 1987) of the log
    brightness: 1 for parallel strands, 0 for no direction at all.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      weights: `[height / k, width / k]` probability of hair.

    Returns:
      In [0, 1]; NaN where there is too little hair to tell.
    """
    step = image.shape[0] // weights.shape[0]
    inside = np.kron(_deep(weights) > 0.8, np.ones((step, step), bool))
    if inside.mean() < _LEAST_HAIR:
        return float("nan")
    bright = _blur(np.log(image @ np.float32([0.3, 0.59, 0.11]) + 0.03), 1.0)
    down, right = np.gradient(bright)
    energy = _blur(right**2 + down**2, 3.0)[inside].sum()
    along = _blur(right**2 - down**2, 3.0)
    across = _blur(2 * right * down, 3.0)
    return float(np.hypot(along, across)[inside].sum() / (energy + 1e-9))


def curl(image: np.ndarray, weights: np.ndarray) -> float:
    """Says how curly hair is, 0 straight to 1 curly; arguments as `coherence`, NaN likewise."""
    return float(np.clip((_STRAIGHT - coherence(image, weights)) / (_STRAIGHT - _CURLY), 0, 1))


def _deep(weights: np.ndarray) -> np.ndarray:
    """Minimum over 3 x 3 cells."""
    padded = np.pad(weights, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    return windows.min((2, 3))


def _blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of `[height, width]`."""
    reach = int(3 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padded = np.pad(image, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], "edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis)
        image = windows @ kernel
    return image
