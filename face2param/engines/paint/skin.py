"""The skin: a base texture of even, light skin, and masks for what is laid over it."""

import numpy as np

from face2param.engines.paint import hairs
from face2param.engines.paint.marks import Marks, filled, lips_outline
from face2param.engines.paint.noise import noise, smoothstep
from face2param.engines.paint.texels import Texels

_SKIN = np.array([0.86, 0.705, 0.63])
"""Display RGB of light skin."""


def base(texels: Texels, face: Marks, openness: np.ndarray) -> np.ndarray:
    """The skin without lips, brows and beard.

    Args:
        texels: of the texture.
        face: landmarks.
        openness: `[height, width]`, how open to the room each texel lies.

    Returns:
        uint8 `[height, width, 3]` display RGB.
    """
    at, unit = texels.position, face.unit
    p = face.points
    red = np.zeros(at.shape[:2], np.float32)
    for point, radius, weight in (
        (p[30], 1.3, 0.55),  # tip of the nose
        ((p[31] + p[48]) / 2 + [-1.5, 1.3, 0], 2.3, 0.55),  # cheeks
        ((p[35] + p[54]) / 2 + [1.5, 1.3, 0], 2.3, 0.55),
        (p[8] + [0, 0.8, 0], 1.5, 0.25),  # chin
        (p[0] + [-0.4, 0.5, -1.5], 2.6, 0.45),  # ears
        (p[16] + [0.4, 0.5, -1.5], 2.6, 0.45),
    ):
        away = np.linalg.norm(at - point.astype(np.float32), axis=-1) / (radius * unit)
        red += weight * np.exp(-(away**2))
    dark = np.zeros_like(red)
    for inner, outer in (((39), (36)), ((42), (45))):
        middle = 0.6 * p[inner] + 0.4 * p[outer] + [0, -0.75 * unit, 0.2]
        away = (at - middle.astype(np.float32)) / np.float32([1.5 * unit, 0.62 * unit, 1.5 * unit])
        dark += np.exp(-((away**2).sum(-1)))
    blotches = 0.6 * noise(at, 1.1, 1) + 0.4 * noise(at, 0.35, 2)
    pores = 0.5 * noise(at, 0.10, 3) + 0.5 * noise(at, 0.055, 4)
    colour = np.broadcast_to(_SKIN, (*at.shape[:2], 3)).astype(np.float32)
    colour = colour * (1 + red[..., None] * np.float32([0.015, -0.085, -0.075]))
    colour = colour * (1 - dark[..., None] * np.float32([0.07, 0.10, 0.065]))
    colour = colour * (1 + blotches[..., None] * np.float32([0.012, 0.026, 0.026]))
    colour = colour * (1 + 0.022 * pores[..., None])
    return _bytes(colour * shade(openness))


def shade(openness: np.ndarray) -> np.ndarray:
    """What is left of the light in creases `[..., 3]`; light that skin scatters stays red."""
    crease = 1 - smoothstep(0.0, 0.85, openness)
    hole = 1 - smoothstep(0.0, 0.12, openness)
    open_light = 1 - crease[..., None] * np.float32([0.50, 0.64, 0.68])
    return open_light * (1 - 0.6 * hole[..., None])


def masks(texels: Texels, face: Marks) -> dict[str, np.ndarray]:
    """Masks of the layers, uint8 `[height, width]`: lips, brows, stubble, blush, lids, whole."""
    at, p, unit = texels.position, face.points, face.unit
    front = smoothstep(p[0, 2] - 1.0, p[0, 2] + 1.0, at[..., 2])
    lips = filled(lips_outline(face), 0.045 * unit).project(at) * front
    line = np.abs(at[..., 1] - face.mouth) / unit
    grain = 1 + 0.10 * noise(at * np.float32([1, 0.25, 1]), 0.12, 7)
    lips = lips * grain * (0.86 + 0.14 * smoothstep(0.0, 0.3, line))
    blush = np.zeros_like(lips)
    lids = np.zeros_like(lips)
    for side in (-1.0, 1.0):
        cheek = (p[48] + p[36]) / 2 * [side, 1, 1] * [-1, 1, 1]
        cheek = np.array([side * abs(p[36, 0]) * 1.02, (p[29, 1] + p[33, 1]) / 2 - 0.2, cheek[2]])
        away = (at[..., :2] - cheek[:2].astype(np.float32)) / np.float32([1.9 * unit, 1.35 * unit])
        blush += np.exp(-((away**2).sum(-1))) * front
        eye = p[36:42].mean(0) * [1.0, 1, 1]
        eye[0] = side * abs(eye[0])
        over = (at[..., :2] - (eye[:2] + [side * 0.15, 0.35 * unit])).astype(np.float32)
        over /= np.float32([1.55 * unit, 0.55 * unit])
        lids += np.exp(-((over**2).sum(-1))) * smoothstep(-0.1, 0.15, over[..., 1] + 0.35) * front
    out = {
        "lips": lips,
        "brows": hairs.brows(face).project(at) * front,
        "stubble": hairs.stubble(face).project(at) * smoothstep(p[1, 2] - 4, p[1, 2], at[..., 2]),
        "blush": blush,
        "lids": lids,
        "whole": np.ones_like(lips),
    }
    return {name: _bytes(mask) for name, mask in out.items()}


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
