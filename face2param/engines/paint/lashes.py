"""Lashes: a strip of fine hairs with alpha."""

import cv2
import numpy as np


def strip(count: int, width: int = 1024, height: int = 128, seed: int = 3) -> np.ndarray:
    """Hairs that stand on the lower edge and bend.

    Args:
        count: how many.
        width: of the texture.
        height: of the texture.
        seed: of the random numbers.

    Returns:
        uint8 `[height, width, 4]`, dark hairs on nothing.
    """
    rng = np.random.default_rng(seed)
    alpha = np.zeros((height, width), np.uint8)
    t = np.linspace(0, 1, 8)
    for root in np.linspace(0, width, count) + rng.normal(0, width / count, count):
        long = rng.uniform(0.55, 0.98) * height
        bend = rng.normal(0, 0.14) * height
        x, y = root + bend * t**2, height - 1 - long * t
        for i in range(len(t) - 1):
            thick = max(1, round(3.2 * (1 - t[i])))
            ends = [(round(x[k]), round(y[k])) for k in (i, i + 1)]
            cv2.line(alpha, *ends, int(230 * (1 - 0.5 * t[i])), thick, cv2.LINE_AA)
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., :3] = (26, 20, 18)
    picture[..., 3] = alpha
    return picture
