"""Eyeballs: white, iris and pupil, painted by direction."""

import numpy as np

from face2param.engines.paint.noise import noise, smoothstep

_WHITE = np.array([0.86, 0.83, 0.80])
IRIS_RADIUS = 0.60
"""Centimetres, of an eye whose radius is 1.2."""


def eyeball(
    position: np.ndarray, centre: np.ndarray, radius: float, iris: float, shade: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Colours of an eyeball that looks along +z.

    Args:
        position: `[..., 3]` cm of the points to be painted.
        centre: `[3]` of the eyeball.
        radius: of the eyeball, cm.
        iris: radius of the iris, cm.
        shade: `[...]` 0..1, how open to the room the points lie.

    Returns:
        uint8 `[..., 3]` display RGB with a grey-brown iris, and uint8 `[...]`, the mask of
        what takes the colour of the eyes.
    """
    away = (np.asarray(position, np.float64) - centre) / radius
    r = np.hypot(away[..., 0], away[..., 1]) * radius / iris
    front = away[..., 2] > 0
    angle = np.arctan2(away[..., 1], np.abs(away[..., 0]))
    rays = np.stack([np.cos(angle) * 4, np.sin(angle) * 4, r * 0.5], -1)
    fibre = noise(rays, 0.22, 11) * 0.6 + noise(rays, 0.09, 12) * 0.4
    limbus = smoothstep(1.06, 0.94, r) * front
    pupil = smoothstep(0.36, 0.30, r) * front
    tone = 0.62 + 0.16 * fibre - 0.42 * smoothstep(0.78, 1.0, r) + 0.16 * smoothstep(0.75, 0.4, r)
    veins = noise(np.asarray(position), 0.16, 13) * smoothstep(1.2, 2.2, r)
    white = _WHITE * (1 - 0.07 * smoothstep(1.4, 2.3, r)[..., None] * [0.4, 1.0, 1.0])
    white = white * (1 - 0.02 * veins[..., None] * [0, 1, 1])
    colour = white + limbus[..., None] * (tone[..., None] - white)
    colour = colour * (1 - 0.97 * pupil[..., None])
    lit = 0.42 + 0.58 * smoothstep(0.0, 0.75, shade)
    mask = limbus * (1 - pupil)
    return _bytes(colour * lit[..., None]), _bytes(mask)


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
