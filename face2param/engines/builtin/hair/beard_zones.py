"""Where beards grow and which way, as functions of the position on the neutral face (cm)."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.anatomy import MOUTH_HALF_WIDTH, mouth_curves
from face2param.engines.builtin.hair.flow import smoothstep


def off_lips(points: np.ndarray) -> np.ndarray:
    """0 on the red of the lips, 1 from 0.15 cm beside it, `[n]`."""
    x, y = points[:, 0], points[:, 1]
    _, top, bottom = mouth_curves(x)
    outside = np.maximum(y - top, bottom - y)
    outside = np.where(np.abs(x) > MOUTH_HALF_WIDTH, 1.0, outside)
    return smoothstep(0.02, 0.15, outside)


def moustache(points: np.ndarray) -> np.ndarray:
    """Density of the moustache, `[n]` in [0, 1]."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    upper = -4.95 - 0.20 * x - 0.05 * x**2
    lower = np.where(x < 2.6, -7.0, -7.0 - 1.2 * (x - 2.6))
    inside = smoothstep(0.15, -0.35, y - upper) * smoothstep(-0.2, 0.25, y - lower)
    philtrum = 1 - 0.35 * np.exp(-((x / 0.16) ** 2))
    return inside * smoothstep(3.5, 2.9, x) * smoothstep(5.0, 7.0, z) * philtrum * off_lips(points)


def chin(points: np.ndarray) -> np.ndarray:
    """Density of the chin patch with the strips beside the mouth, `[n]` in [0, 1]."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    patch = smoothstep(3.0, 2.2, x) * smoothstep(-8.5, -9.1, y)
    soul = np.exp(-((x / 0.55) ** 2)) * smoothstep(-7.9, -8.2, y) * 0.9
    strip = np.exp(-(((x - 3.05) / 0.42) ** 2)) * smoothstep(-6.4, -7.0, y)
    front = smoothstep(3.5, 6.0, z) * smoothstep(-13.0, -11.9, y)
    return np.maximum(np.maximum(patch, soul), strip) * front * off_lips(points)


def cheeks(points: np.ndarray) -> np.ndarray:
    """Density of the full beard on jaw and cheeks without the moustache, `[n]` in [0, 1]."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    # upper border: from the sideburn down to the corner of the mouth
    border = np.interp(
        x,
        [0, 1.2, 2.4, 3.2, 4.2, 5.2, 6.0, 6.5, 6.85],
        [-8.7, -8.6, -7.6, -6.6, -5.6, -4.6, -3.0, -0.8, 1.2],
    )
    inside = smoothstep(0.45, -0.45, y - border)
    ear = smoothstep(0.1, 0.9, z - np.interp(y, [-7, -4, -1], [-0.6, 0.4, 1.0]))
    throat = smoothstep(-13.2, -11.6, y + 0.10 * (6 - np.abs(z)))
    return inside * ear * throat * smoothstep(1.6, 0.2, y) * off_lips(points)


def growth(points: np.ndarray, zone: str) -> np.ndarray:
    """Direction of growth, `[n, 3]`, not normalised and not tangential."""
    x = points[:, 0]
    side = np.tanh(x / 0.5)
    if zone == "moustache":
        return np.stack(
            [0.9 * side * np.clip(np.abs(x) / 1.2, 0.35, 1), -0.75 - 0.15 * np.abs(x), 0 * x + 0.1],
            1,
        )
    forward = smoothstep(2.0, 6.0, np.abs(x))
    return np.stack([-0.05 * side, -np.ones_like(x), 0.35 * forward], 1)


ZONES = {"moustache": moustache, "chin": chin, "cheeks": cheeks}
