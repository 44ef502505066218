"""A hairstyle baked on the canonical head: rest shape and linear morphs, once per process."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from face2param.engines.builtin.hair.bun import build_bun
from face2param.engines.builtin.hair.cap import build_cap
from face2param.engines.builtin.hair.curtain import LEAVE_Y
from face2param.engines.builtin.hair.flow import smoothstep
from face2param.engines.builtin.hair.part import COVER, HairShading
from face2param.engines.builtin.hair.ribbons import (
    ribbon_attributes,
    ribbon_faces,
    ribbon_vertices,
)
from face2param.engines.builtin.hair.scalp import CENTRE, Scalp, azimuth
from face2param.engines.builtin.hair.strands import Strands, build_strands
from face2param.engines.builtin.hair.styles import Style

_RECEDE = np.radians(9.0)


@dataclass(frozen=True)
class Styled:
    """Rest shape `base + offset` with three morphs, all `[n, 3]` float32 cm.

    Attributes:
      base: foot points.
      offset: scales with the volume slider.
      grow: added per unit of the length slider (-1..1).
      recede: added per unit of the hairline slider (-1..1).
      normals, tangents: `[n, 3]` unit, of the rest shape.
      attributes: `[n, 7]`.
      faces, occluders: `[m, 3]` and `[k, 3]` int32.
      shading: constants of the shader.
    """

    base: np.ndarray
    offset: np.ndarray
    grow: np.ndarray
    recede: np.ndarray
    normals: np.ndarray
    tangents: np.ndarray
    attributes: np.ndarray
    faces: np.ndarray
    occluders: np.ndarray
    shading: HairShading

    def blend(self, other: Styled, t: float) -> Styled:
        """Between two partings of one style, `t` in [0, 1]."""
        if t < 1e-6:
            return self
        a, b = np.float32(1 - t), np.float32(t)
        mixed = {
            name: getattr(self, name) * a + getattr(other, name) * b
            for name in ("base", "offset", "grow", "recede", "normals", "tangents", "attributes")
        }
        return replace(self, **mixed)

    def shape(self, volume: float, length: float, hairline: float) -> np.ndarray:
        """Vertices `[n, 3]` for slider values in [0, 1], on the canonical head."""
        out = self.base + self.offset * np.float32(0.6 + 0.8 * volume)
        out += self.grow * np.float32(2 * length - 1)
        out += self.recede * np.float32(2 * hairline - 1)
        return out


def _recede(base: np.ndarray, root: np.ndarray, scalp: Scalp) -> np.ndarray:
    """How foot points move when the front hairline goes back."""
    weight = smoothstep(80, 45, np.abs(azimuth(root))) * smoothstep(-3.0, 5.0, root[:, 2])
    weight = weight * smoothstep(2.5, 5.5, root[:, 1]) * smoothstep(0.5, 4.5, base[:, 1])
    angle = -_RECEDE * weight
    rel = base - CENTRE
    c, s = np.cos(angle), np.sin(angle)
    turned = np.stack([rel[:, 0], c * rel[:, 1] - s * rel[:, 2], s * rel[:, 1] + c * rel[:, 2]], 1)
    before, _ = scalp.project(base)
    after, _ = scalp.project(CENTRE + turned)
    return after - before


def _grow(style: Style, strands: Strands) -> np.ndarray:
    """How ribbons change when the hair is longer, `[n, s, 3]`."""
    line = strands.base + strands.offset
    t = np.linspace(0, 1, line.shape[1])[None, :, None]
    if style.curtain is not None:
        hang = np.minimum(line[..., 1:2] - LEAVE_Y, 0.0) * 0.28
        return np.concatenate([0 * hang, hang, 0 * hang], -1)
    tangent = np.gradient(line, axis=1)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True) + 1e-9
    return strands.offset * 0.3 * t + tangent * t**2 * (0.06 * style.length_side + 0.2)


def bake(style: Style, scalp: Scalp) -> Styled:
    """Builds shell and clumps of a style on the canonical head.

    Args:
      style: the style.
      scalp: height map of the canonical head.

    Returns:
      The baked style; equal bits in every process.
    """
    strands = build_strands(style, scalp)
    if style.bun:
        knot = build_bun(style.stations, style.seed)
        strands = Strands(
            *(
                np.concatenate([getattr(strands, f.name), getattr(knot, f.name)])
                for f in fields(Strands)
            )
        )
    n, s = strands.width.shape
    line = strands.base + strands.offset
    vertices, normals, tangents = ribbon_vertices(
        line, strands.normal, strands.twist, strands.width
    )
    base = np.repeat(strands.base[:, :, None], 2, 2).reshape(-1, 3)
    root = np.repeat(strands.base[:, :1], 2 * s, 1).reshape(-1, 3)
    grow = np.repeat(_grow(style, strands)[:, :, None], 2, 2).reshape(-1, 3)
    occlusion = 0.28 + 0.72 * np.clip(strands.lift, 0, 1) ** 0.8
    attributes = ribbon_attributes(
        strands.seed, strands.width, style.raggedness, occlusion, strands.cover, style.frizz
    )
    faces = ribbon_faces(n, s)
    cap = build_cap(style, scalp)
    visible = (cap["attributes"][:, COVER] > 0.02)[cap["faces"]].any(1)
    cap["faces"] = cap["faces"][visible]
    k = len(cap["base"])
    capgrow = np.zeros((k, 3))
    if style.curtain is not None:
        capgrow[:, 1] = np.minimum(cap["base"][:, 1] - LEAVE_Y, 0.0) * 0.28
    solid = (cap["attributes"][:, COVER] > 0.5)[cap["faces"]].all(1)
    every_third = ribbon_faces(n, s).reshape(n, -1, 3)[::3].reshape(-1, 3) + k
    occluders = np.concatenate([cap["faces"][solid], every_third]).astype(np.int32)
    recede = _recede(
        np.concatenate([cap["base"], base]), np.concatenate([cap["base"], root]), scalp
    )

    def f32(*arrays):
        return np.ascontiguousarray(np.concatenate(arrays), np.float32)

    return Styled(
        base=f32(cap["base"], base),
        offset=f32(cap["offset"], vertices - base),
        grow=f32(capgrow, grow),
        recede=f32(recede),
        normals=f32(cap["normal"], normals),
        tangents=f32(cap["tangent"], tangents),
        attributes=f32(cap["attributes"], attributes),
        faces=np.concatenate([faces + k, cap["faces"]]).astype(np.int32),
        occluders=occluders,
        shading=HairShading(gloss=style.gloss),
    )
