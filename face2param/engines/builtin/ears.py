"""The ears: a polar height field with helix, concha, tragus and lobe, placed on the head."""

import functools

import numpy as np

from face2param.engines.builtin.anatomy import smoothstep

_AROUND = 44
_ANCHOR = np.array([7.05, -1.1, 0.15])  # of the character's left ear
_SCALE = 0.92


def _bump(u, width):
    return np.exp(-((u / width) ** 2))


def _outline_point(rho, phi):
    """Position (a backwards, b up) and height of the ear's surface at polar (rho, phi)."""
    b = 3.15 * np.sin(phi)
    lobe = smoothstep(-0.5, -3.0, b)
    width = 1.75 * (1 - 0.38 * lobe) * (1 + 0.06 * np.sin(phi))
    a = 1.45 + width * np.cos(phi) - 0.35 * lobe
    a = 1.25 + (a - 1.25) * rho
    b = -0.1 + (b + 0.1) * rho
    up = smoothstep(-2.6, -1.0, b)
    back = smoothstep(0.2, 1.2, a)
    helix = _bump(rho - 0.90, 0.085) * up * smoothstep(-0.1, 0.5, a + 0.6 * (b > 0.5))
    h = 0.34 * helix - 0.16 * _bump(rho - 0.75, 0.08) * up * back
    h += 0.26 * _bump(rho - 0.58, 0.10) * smoothstep(-2.0, -0.9, b) * smoothstep(0.9, 1.7, a)
    h -= 0.48 * np.exp(-((((a - 0.95) / 0.62) ** 2 + ((b + 0.45) / 0.85) ** 2) ** 1.5))
    h -= 0.22 * np.exp(-(((a - 0.9) / 0.6) ** 2 + ((b - 1.2) / 0.5) ** 2))
    h += 0.30 * np.exp(-(((a - 0.05) / 0.35) ** 2 + ((b + 0.55) / 0.5) ** 2))
    h += 0.12 * np.exp(-(((a - 0.8) / 0.5) ** 2 + ((b + 1.55) / 0.25) ** 2))
    return a, b, h


@functools.cache
def template() -> tuple[np.ndarray, np.ndarray]:
    """The left ear in its own frame: vertices `[n, 3]` (back, up, outwards), faces `[m, 3]`."""
    phi = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    rows = []
    for rho in np.concatenate([np.linspace(0, 0.95, 22), [0.985, 1.0]]):
        rows.append(np.stack(_outline_point(np.full(_AROUND, rho), phi), 1))
    a, b, h = _outline_point(np.ones(_AROUND), phi)
    for rho, offset in ((1.0, -0.16), (0.95, -0.30), (0.8, -0.42), (0.45, -0.75), (0.1, -1.1)):
        back = 1.25 + (a - 1.25) * rho - (1 - rho) * 0.3
        height = np.interp(rho, [0, 1], [0, h.mean()]) + offset + 0 * a
        rows.append(np.stack([back, -0.1 + (b + 0.1) * rho, height], 1))
    i, j = np.meshgrid(np.arange(len(rows) - 1), np.arange(_AROUND), indexing="ij")
    k = (j + 1) % _AROUND
    v00, v10 = i * _AROUND + j, (i + 1) * _AROUND + j
    v01, v11 = i * _AROUND + k, (i + 1) * _AROUND + k
    faces = np.stack([v00, v10, v01, v01, v10, v11], -1).reshape(-1, 3)
    return np.concatenate(rows), faces.astype(np.int32)


def build(constants: dict[str, float]) -> np.ndarray:
    """The character's left ear on the neutral head.

    Args:
      constants: offsets of "scale", "width", "flare" (degrees), "point", "dy", "dz", "lobe".

    Returns:
      `[vertices, 3]` float64 cm; the right ear is the mirror image.
    """

    def g(name):
        return constants.get(name, 0.0)

    flare, tilt = np.radians(24 + g("flare")), np.radians(13)
    up = np.array([0.06, np.cos(tilt), -np.sin(tilt)])
    back = np.array([np.sin(flare), 0.0, -np.cos(flare)])
    back -= up * (back @ up)
    back /= np.linalg.norm(back)
    out = np.cross(up, back)
    out *= np.sign(out[0])
    ear = template()[0].copy()
    ear[:, 0] *= 1 + g("width")
    ear[:, 1] += g("point") * smoothstep(0.8, 3.2, ear[:, 1]) * 1.2
    ear[:, 1] -= 0.5 * g("lobe") * smoothstep(-1.2, -3.0, ear[:, 1])
    placed = ear[:, :1] * back + ear[:, 1:2] * up + ear[:, 2:] * out
    return _ANCHOR + [0, g("dy"), g("dz")] + (_SCALE + g("scale")) * placed


def faces(side: int) -> np.ndarray:
    """Triangles `[m, 3]` of the ear on a side (1: x > 0), seen counter-clockwise from outside."""
    triangles = template()[1]
    return triangles if side > 0 else np.ascontiguousarray(triangles[:, ::-1])


# Where the bones are asked for the ear's movement (left, x > 0).
FOLLOW_POINT = np.array([6.9, -1.0, -0.1])
