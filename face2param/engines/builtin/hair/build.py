"""Hair of a character: the baked style, its sliders, and the motion of the head."""

from __future__ import annotations

import functools

import numpy as np

from face2param.engines.builtin.hair.beard import build_beard
from face2param.engines.builtin.hair.part import HairPart
from face2param.engines.builtin.hair.scalp import Scalp, build_scalp
from face2param.engines.builtin.hair.styled import Styled, bake
from face2param.engines.builtin.hair.styles import STYLES
from face2param.errors import EngineError

# an asymmetric cloud of points on the skull, to read off how the head is turned
_SKULL = np.array(
    [[0, 9, 5], [5, 7, 0], [-5, 7, 0], [0, 8, -7], [4, 3, -8], [-4, 3, -8], [0, 11, -2]], float
)


@functools.lru_cache(maxsize=1)
def scalp() -> Scalp:
    """Height map of the built-in head, once per process."""
    from face2param.engines.builtin import canonical

    return build_scalp(canonical.canonical().vertices)


@functools.cache
def baked(name: str) -> Styled:
    """A style on the canonical head, once per process."""
    return bake(STYLES[name], scalp())


def head_rotation(mesh) -> np.ndarray:
    """Rotation `[3, 3]` of a posed head, from where it carries points of the skull."""
    moved = np.asarray(mesh.deform(_SKULL, follow="skull"), np.float64)
    a, b = _SKULL - _SKULL.mean(0), moved - moved.mean(0)
    u, _, vt = np.linalg.svd(b.T @ a)
    sign = np.sign(np.linalg.det(u @ vt))
    return u @ np.diag([1.0, 1.0, sign]) @ vt


def build(character, mesh) -> list[HairPart]:
    """Hair and beard of a character.

    Args:
      character: of the built-in schema.
      mesh: the posed head (`geometry.pose_head`).

    Returns:
      The bundles to draw, empty for a bald and shaven head.

    Raises:
      EngineError: the character's hair is not a style of this engine.
    """
    parts = []
    turn = head_rotation(mesh)
    name = character["hair"]
    if name != "bald":
        if name not in STYLES:
            raise EngineError(
                f"hair style {name!r} is unknown to the built-in engine; known: bald, "
                + ", ".join(sorted(STYLES))
            )
        parts.append(_hair(character, mesh, baked(name), turn))
    parts += build_beard(character, mesh, turn)
    return parts


def _hair(character, mesh, styled: Styled, turn: np.ndarray) -> HairPart:
    rest = styled.shape(
        float(character["hair_volume"]),
        float(character["hair_length"]),
        float(character["hairline_height"]),
    )
    turn = turn.astype(np.float32)
    return HairPart(
        name="hair",
        vertices=np.ascontiguousarray(mesh.deform(rest, follow="skull"), np.float32),
        normals=np.ascontiguousarray(styled.normals @ turn.T),
        tangents=np.ascontiguousarray(styled.tangents @ turn.T),
        attributes=styled.attributes,
        faces=styled.faces,
        occluders=styled.occluders,
        shading=styled.shading,
    )
