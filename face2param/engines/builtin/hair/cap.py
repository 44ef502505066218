"""The under-layer: a closed shell below the clumps, so that no skin shows between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from face2param.engines.builtin.hair.curtain import LEAVE_Y, curtain_radius, face_opening
from face2param.engines.builtin.hair.flow import comb, smoothstep, thickness
from face2param.engines.builtin.hair.hairline import inside_hairline, polyline
from face2param.engines.builtin.hair.scalp import CENTRE, Scalp, azimuth
from face2param.engines.builtin.hair.styles import Style

_COLUMNS = 96
_ROWS = 20
_HANGING_ROWS = 10


def _meridians(style: Style, scalp: Scalp, degrees: np.ndarray):
    """Points from the crown to the hairline `[columns, rows, 3]`, normals, and its height."""
    polar = np.linspace(0.0, 2.55, 140)
    a = np.radians(degrees)
    ray = np.stack(
        [
            np.sin(polar)[None] * np.sin(a)[:, None],
            np.broadcast_to(np.cos(polar), (len(a), 140)),
            np.sin(polar)[None] * np.cos(a)[:, None],
        ],
        -1,
    )
    points, _ = scalp.project(CENTRE + ray.reshape(-1, 3))
    y = points.reshape(len(a), 140, 3)[..., 1]
    bottom = np.minimum(polyline(style.hairline, degrees), 11.0) - 0.2
    if style.fringe is not None and not style.parted:
        combed = np.abs(degrees) < style.fringe[-1][0]
        fringe = polyline(style.fringe, degrees) + 0.9
        bottom = np.where(combed, np.minimum(bottom, fringe), bottom)
    if style.curtain is not None:
        hang = np.abs(degrees) > face_opening(np.full(len(a), 2.5), style.curtain)
        bottom = np.where(hang, np.maximum(bottom, LEAVE_Y), bottom)
    last = np.argmax(y < bottom[:, None], axis=1)
    end = polar[np.where(last == 0, 1, last)]
    th = end[:, None] * np.linspace(0, 1, _ROWS)[None] ** 0.9
    ray = np.stack(
        [
            np.sin(th) * np.sin(a)[:, None],
            np.cos(th),
            np.sin(th) * np.cos(a)[:, None],
        ],
        -1,
    )
    points, normals = scalp.project(CENTRE + ray.reshape(-1, 3))
    return points.reshape(*th.shape, 3), normals.reshape(*th.shape, 3), bottom


def build_cap(style: Style, scalp: Scalp) -> dict[str, np.ndarray]:
    """The shell of a style on the canonical head.

    Args:
      style: the style.
      scalp: the skull.

    Returns:
      base, offset, normal, tangent `[n, 3]`, attributes `[n, 7]`, faces `[m, 3]`.
    """
    # the shell is symmetric, also below a parting
    style = replace(style, part=abs(style.part))
    half = np.linspace(0.0, 180.0, _COLUMNS // 2 + 1)
    points, normals, bottom = _meridians(style, scalp, half)
    rows = _ROWS
    along = np.zeros(points.shape[:2]) + 0.3
    flat = points.reshape(-1, 3)
    inside = inside_hairline(flat, style).reshape(points.shape[:2])
    height = thickness(flat, style).reshape(points.shape[:2]) * style.cap
    rim = smoothstep(-0.2, 2.2, inside) if style.curtain is None else smoothstep(-0.2, 1.2, inside)
    if style.curtain is not None:
        hangs = (half > face_opening(np.full(len(half), 2.5), style.curtain))[:, None]
        rim = np.where(hangs & (points[..., 1] < 6), 1.0, rim)
    height = height * rim * (1 + style.lumps * _lumps(flat).reshape(height.shape)) + 0.04
    offset = normals * height[..., None]
    rest = points[..., 1] - bottom[:, None]
    cover = style.cap_cover * np.where(
        bottom[:, None] < polyline(style.hairline, half)[:, None] - 0.3,
        smoothstep(0.0, 1.5, rest),
        smoothstep(-0.3, 1.0, inside),
    )
    if style.bald_above is not None:
        cover = cover * smoothstep(
            -0.4, -2.0, points[..., 1] - polyline(style.bald_above, half)[:, None]
        )
    if style.thin_top:
        cover = cover * (1 - style.thin_top * smoothstep(7.0, 9.0, points[..., 1]))
    if style.curtain is not None:
        cover = np.where(hangs, 1.1, cover)
        points, offset, normals, along, cover = _with_curtain(
            style, half, points, offset, normals, along, cover, hangs[:, 0]
        )
        rows += _HANGING_ROWS
    tangent = comb(points.reshape(-1, 3), style)
    normal = normals.reshape(-1, 3)
    tangent -= normal * (tangent * normal).sum(1, keepdims=True)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    attributes = np.zeros((len(half), rows, 7), np.float32)
    attributes[..., 0] = np.radians(half)[:, None] * 8.0 + style.seed * 10
    attributes[..., 2] = along
    attributes[..., 3] = 0.25 if style.curtain is not None else 0.0
    attributes[..., 4] = np.clip(style.cap * 0.85, 0.3, 0.8)
    attributes[..., 5] = cover
    attributes[..., 6] = max(style.frizz, style.cap_frizz)
    return _mirror_grid(points, offset, normals, tangent.reshape(points.shape), attributes)


def _lumps(points: np.ndarray) -> np.ndarray:
    """Smooth bumps of about 2 cm, `[n]` in [-1, 1], even in x."""
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    a = np.sin(2.1 * x + 1.3 * np.sin(1.7 * y)) * np.sin(2.3 * y + 1.1 * np.sin(1.9 * z))
    return 0.6 * a + 0.4 * np.sin(3.7 * z + 2 * np.sin(2.9 * y)) * np.sin(3.3 * x + z)


def _with_curtain(style, degrees, points, offset, normals, along, cover, hangs):
    """Adds rows that fall from the widest part of the skull."""
    curtain = style.curtain
    s = np.linspace(0, 1, _HANGING_ROWS + 1)[1:]
    top = points[:, -1]
    ends = polyline(curtain.ends, degrees) + 0.4
    y = top[:, None, 1] + (ends - top[:, 1])[:, None] * s[None]
    depth = np.clip((LEAVE_Y - y) / 10.0, 0.0, 1.2)
    a = np.radians(degrees)
    start = np.hypot(top[:, 0], top[:, 2] - CENTRE[2])[:, None]
    target = curtain_radius(degrees)[:, None] + curtain.flare * depth
    target = target - curtain.inward * np.clip(1 - (y - ends[:, None]) / 4.0, 0, 1) ** 2
    radius = start + (target - start) * smoothstep(0.0, 3.0, top[:, None, 1] - y)
    out = np.stack([np.sin(a), 0 * a, np.cos(a)], 1)
    hanging = out[:, None] * radius[..., None] + [0.0, 0.0, CENTRE[2]]
    hanging[..., 1] = y
    hanging = np.where(hangs[:, None, None], hanging, top[:, None])
    normal = np.where(hangs[:, None, None], out[:, None], normals[:, -1:])
    normal = np.repeat(normal, _HANGING_ROWS, 1)
    volume = thickness(hanging.reshape(-1, 3), style).reshape(y.shape) * style.cap
    lift = np.where(hangs[:, None], volume, 0.04)
    grown = np.broadcast_to(0.3 + 0.7 * s, y.shape)
    return (
        np.concatenate([points, hanging], 1),
        np.concatenate([offset, normal * lift[..., None]], 1),
        np.concatenate([normals, normal], 1),
        np.concatenate([along, np.where(hangs[:, None], grown, 0.3)], 1),
        np.concatenate([cover, np.where(hangs[:, None], 1.1, 0.0) + 0 * s], 1),
    )


def _mirror_grid(points, offset, normals, tangents, attributes) -> dict[str, np.ndarray]:
    """Copies the half `x >= 0` (`[columns, rows, ...]`) to the other side and adds triangles."""
    flip = np.array([-1.0, 1.0, 1.0])
    for array in (points, offset, normals, tangents):
        array[0, :, 0] = 0.0
        array[-1, :, 0] = 0.0

    def whole(array, sign):
        return np.concatenate([array, array[-2:0:-1] * sign]).reshape(-1, array.shape[-1])

    columns = 2 * (points.shape[0] - 1)
    rows = points.shape[1]
    i, j = np.meshgrid(np.arange(columns), np.arange(rows - 1), indexing="ij")
    a = (i * rows + j).ravel()
    b = ((i + 1) % columns * rows + j).ravel()
    faces = np.concatenate([np.stack([a, a + 1, b], 1), np.stack([b, a + 1, b + 1], 1)])
    return {
        "base": whole(points, flip),
        "offset": whole(offset, flip),
        "normal": whole(normals, flip),
        "tangent": whole(tangents, flip),
        "attributes": whole(attributes, np.ones(7, np.float32)),
        "faces": faces.astype(np.int32),
        "azimuth": azimuth(whole(points, flip)),
    }
