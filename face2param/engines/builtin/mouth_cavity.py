"""What an opening mouth shows: two rows of teeth with their gums, the tongue, a dark cavity."""

import functools

import numpy as np

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.topology import INNER_LIP_ROWS, Topology, right_half, strip

# The dental arch is half an ellipse seen from above (cm); lips rest against it.
ARCH_HALF_WIDTH = 2.90
ARCH_BACK_Z = 5.30
ARCH_DEPTH = 3.90
_LOWER_SCALE = 0.93

# Widths of the teeth from the middle to the side, and how far their edges fall short (cm).
_UPPER_WIDTHS = (0.85, 0.66, 0.76, 0.70, 0.68, 0.95, 0.90)
_UPPER_SHORT = (0.0, 0.09, 0.02, 0.10, 0.16, 0.22, 0.28)
_LOWER_WIDTHS = (0.54, 0.58, 0.68, 0.70, 0.72, 1.0, 0.95)
_LOWER_SHORT = (0.02, 0.0, 0.0, 0.06, 0.12, 0.18, 0.22)
_PER_TOOTH = 8


def arch_z(x: np.ndarray) -> np.ndarray:
    """Returns z (cm) of the front of the upper teeth at `x`; the arch ends at its half width."""
    s = np.clip(np.abs(x) / ARCH_HALF_WIDTH, 0, 1)
    return ARCH_BACK_Z + ARCH_DEPTH * np.sqrt(1 - s * s)


def _arch(arc, scale):
    """Point (x, z) and outward direction at an arc length from the middle."""
    theta = np.linspace(-np.pi / 2, np.pi / 2, 2001)
    x = scale * ARCH_HALF_WIDTH * np.sin(theta)
    z = ARCH_BACK_Z + scale * ARCH_DEPTH * np.cos(theta)
    length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    length -= length[1000]
    at = np.interp(arc, length, theta)
    out = np.stack([np.sin(at) / ARCH_HALF_WIDTH, np.cos(at) / ARCH_DEPTH], -1)
    out /= np.linalg.norm(out, axis=-1, keepdims=True)
    return np.interp(at, theta, x), np.interp(at, theta, z), out


def _row_of_teeth(widths, short, scale, gum, neck, edge):
    """A sheet over one row: vertices, faces and per-corner (u along the arch, v)."""
    u = np.linspace(0, 1, _PER_TOOTH)
    starts = np.concatenate([[0], np.cumsum(widths)])
    right = [(starts[i] + w * u, u, np.full(_PER_TOOTH, s)) for i, (w, s) in
             enumerate(zip(widths, short, strict=True))]  # fmt: skip
    left = [(-arc[::-1], within[::-1], s) for arc, within, s in right[::-1]]
    columns = left + right
    arc, within, gap = (np.concatenate([c[k] for c in columns]) for k in range(3))
    x, z, out = _arch(arc, scale)
    bulge = 1 - (2 * within - 1) ** 2
    up = np.sign(gum - edge)
    neck_line = neck + up * 0.13 * bulge
    tip = edge + up * (gap + 0.10 * (1 - bulge) ** 2)
    rows, v = [], []
    for k in np.linspace(0, 1, 4)[:-1]:  # gum
        rows.append((gum + (neck_line - gum) * k, 0.06 * np.sin(k * np.pi) + 0.02))
        v.append(0.5 * k)
    for k in np.linspace(0, 1, 6):  # front of the tooth
        profile = 0.05 * np.sin(k * np.pi * 0.9) - 0.10 * k**3
        rows.append((neck_line + (tip - neck_line) * k, profile - 0.14 * (1 - bulge) ** 4))
        v.append(0.5 + 0.5 * k)
    rows.append((tip + up * 0.02, np.full_like(tip, -0.30)))
    rows.append((neck_line, np.full_like(tip, -0.42)))
    v += [0.97, 0.8]
    vertices = np.stack(
        [np.stack([x + out[:, 0] * r, y + 0 * x, z + out[:, 1] * r], -1) for y, r in rows]
    )
    height, width = vertices.shape[:2]
    i, j = np.meshgrid(np.arange(height - 1), np.arange(width - 1), indexing="ij")
    a = i * width + j
    b = a + width
    halves = np.stack([a, b, a + 1, a + 1, b, b + 1], -1)
    mirrored = np.stack([a, b, b + 1, a, b + 1, a + 1], -1)
    faces = np.where((j < width // 2)[..., None], mirrored, halves).reshape(-1, 3)
    if up < 0:
        faces = faces[:, ::-1]
    uu, vv = np.meshgrid((arc - arc[0]) / (arc[-1] - arc[0]), v)
    uv = np.stack([uu, vv], -1).reshape(-1, 2)
    return vertices.reshape(-1, 3), np.ascontiguousarray(faces, np.int32), uv[faces]


@functools.cache
def teeth(upper: bool):
    """One row of teeth on the canonical head, mouth closed.

    Returns:
      Vertices `[n, 3]` (cm), faces `[m, 3]` int32, and `[m, 3, 2]` per corner: u in [0, 1] from
      the right end (x < 0) to the left, v below 0.5 on the gum and from 0.5 (neck) to 1 (edge)
      on the teeth.
    """
    y = anatomy.MOUTH_Y
    if upper:
        return _row_of_teeth(_UPPER_WIDTHS, _UPPER_SHORT, 1.0, y + 1.10, y + 0.64, y - 0.32)
    return _row_of_teeth(_LOWER_WIDTHS, _LOWER_SHORT, _LOWER_SCALE, y - 1.25, y - 0.82, y - 0.10)


@functools.cache
def tongue() -> tuple[np.ndarray, np.ndarray]:
    """The tongue at rest behind the lower teeth: vertices `[n, 3]` (cm), faces `[m, 3]`."""
    theta, phi = np.meshgrid(
        np.linspace(0, np.pi, 15), np.linspace(0, 2 * np.pi, 29), indexing="ij"
    )
    x = 1.75 * np.sin(theta) * np.cos(phi)
    y = 0.55 * np.sin(theta) * np.sin(phi)
    z = 2.55 * np.cos(theta)
    y -= 0.16 * np.exp(-((x / 0.35) ** 2)) * (y > 0) + 0.05 * z
    vertices = np.stack([x, y + anatomy.MOUTH_Y - 0.85, z + 5.85], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(14), np.arange(28), indexing="ij")
    a = i * 29 + j
    b = a + 29
    faces = np.stack([a, b, a + 1, a + 1, b, b + 1], -1).reshape(-1, 3)
    return vertices, faces.astype(np.int32)


# Rings of the cavity behind the lips: half width, half height, z of the rim (cm).
_RINGS = (
    (2.85, 1.30, 8.7),
    (3.15, 1.75, 7.6),
    (3.05, 1.70, 5.8),
    (2.00, 1.30, 3.6),
    (0.70, 0.50, 2.4),
    (0.01, 0.01, 2.2),
)


def cavity(topology: Topology, skin: np.ndarray):
    """The wall of the mouth on the canonical head.

    Args:
      topology: of the skin.
      skin: `[vertices, 3]` the canonical skin.

    Returns:
      Vertices `[n, 3]` (cm), of which the first ring copies the last row inside the lips;
      faces `[m, 3]` int32; and `[n]` the share of the jaw's turn that each vertex takes.
    """
    loop = topology.inner_lips[INNER_LIP_ROWS - 1]
    line = skin[topology.mouth_line]
    t = np.clip(line[:, 0] / np.abs(line[:, 0]).max(), -1, 1)
    sign = topology.lip_sign[loop].astype(float)
    arch = np.sqrt(np.clip(1 - t * t, 0, 1))
    rings = [skin[loop].astype(float)]
    bends = [1.0, 0.8, 0.5, 0.2, 0.0, 0.0]
    for (half_width, half_height, z), bend in zip(_RINGS, bends, strict=True):
        depth = z - bend * 1.6 * t**2
        rings.append(
            np.stack([half_width * t, anatomy.MOUTH_Y - 0.1 + sign * half_height * arch, depth], 1)
        )
    count = len(loop)
    vertices = np.concatenate(rings)
    flip = right_half(count // 2 + 1)
    ring = np.arange(count)
    faces = np.concatenate(
        [strip(i * count + ring, (i + 1) * count + ring, flip) for i in range(len(rings) - 1)]
    )[:, ::-1]
    share = np.where(sign > 0, 0.5 * (1 - arch), 0.5 + 0.5 * arch)
    fade = np.repeat([1.0, 1.0, 1.0, 0.9, 0.7, 0.5, 0.5], count)
    return vertices, np.ascontiguousarray(faces, np.int32), np.tile(share, len(rings)) * fade
