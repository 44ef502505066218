"""A character as a rigged model for games and viewers: its exact neutral shape and its looks."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.engines.builtin import controls, eyeball, eyes
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.hair import HairPart
from face2param.engines.builtin.rig import (
    arkit,
    baking,
    hair_cards,
    light,
    looks,
    snapshot,
)
from face2param.engines.builtin.rig.assembly import Surface, assemble
from face2param.engines.builtin.rig.pieces import (
    Piece,
    compact,
    split_corners,
    still,
    with_tangents,
)
from face2param.engines.builtin.rig.snapshot import Snapshot
from face2param.engines.builtin.texture import texture
from face2param.errors import EngineError
from face2param.meshes.gltf import Material, Model
from face2param.rendering.normals import vertex_normals
from face2param.schema import Character

# Part of the head -> (mesh, material).
_PLACES = {
    "skin": ("face", "skin"),
    "ear_left": ("ear_left", "ear"),
    "ear_right": ("ear_right", "ear"),
    "eye_left": ("eyeball_left", "eye"),
    "eye_right": ("eyeball_right", "eye"),
    "lashes": ("lashes", "lashes"),
    "teeth_upper": ("teeth_upper", "teeth"),
    "teeth_lower": ("teeth_lower", "teeth"),
    "tongue": ("tongue", "tongue"),
    "cavity": ("mouth", "cavity"),
    "torso": ("torso", "cloth"),
    "glasses_frame": ("glasses_frame", "glasses_frame"),
    "glasses_lens": ("glasses_lens", "glasses_lens"),
}
_SEEMS_LIT = {"teeth_upper": 0.80, "teeth_lower": 0.70, "tongue": 0.55, "cavity": 0.6}
_WHITE_OF_EYES = 0.85  # lids and lashes shade more than their edges do
_HAIR_CUTOFF = 0.5
_HAIR_ROUGHNESS = 0.72
_HAIR_WRAP = ("mirror", "clamp")


def fitted(character: Character, *, texture_size: int = 1024) -> Model:
    """The character as a rigged model in metres.

    Args:
      character: of the "builtin" schema.
      texture_size: height and width of the skin's textures, 64 to 4096.

    Returns:
      Bones root, neck, head, jaw, eye_left, eye_right; ARKit's expressions as morphs; textures
      without light; hair as cards that are drawn twice, cut out and then blended.

    Raises:
      EngineError: the character belongs to another schema, or the size is out of range.
    """
    if character.schema.name != controls.SCHEMA_NAME:
        raise EngineError(
            f"fitted: the character belongs to schema {character.schema.name!r}; only characters "
            f"of {controls.SCHEMA_NAME!r} become rigged models"
        )
    if not 64 <= texture_size <= 4096:
        raise EngineError(f"texture_size is {texture_size}; it must be in 64..4096")
    shot = snapshot.whole(character)
    rides = snapshot.riding(character, shot)
    morphs = _morphs(character, shot)
    shares = light.openness(shot.opaque, shot.hair)
    surfaces = looks.surfaces(character, texture_size)
    pieces = [
        head_piece(name, shot, rides[name], morphs.get(name, {}), shares.get(name))
        for name in _PLACES
        if name in shot.vertices
    ]
    for part in shot.hair:
        made, of_hair = hair_pieces(
            part,
            rides[part.name],
            morphs.get(part.name, {}),
            looks.pigment(character, part.name, part.shading.contrast),
        )
        pieces += made
        surfaces |= of_hair
    return assemble("character", pieces, surfaces, shot.mesh.eyes.centres)


def _morphs(character: Character, shot: Snapshot) -> dict[str, dict[str, np.ndarray]]:
    """Part name -> expression -> displacement `[v, 3]` cm, of the parts that it moves."""
    out: dict[str, dict[str, np.ndarray]] = {}
    for name in (*arkit.EXPRESSIONS, *arkit.LOOKS):
        nuisance, side = arkit.nuisance(character.schema, name)
        for part, vertices in snapshot.moved(character, nuisance).items():
            rest = shot.vertices[part]
            shift = still(vertices - rest)
            if side:
                shift = shift * (rest[:, :1] * side > 0)
            if shift.any():
                out.setdefault(part, {})[name] = shift.astype(np.float32)
    return out


def head_piece(name: str, shot: Snapshot, ride, morphs, share: np.ndarray | None) -> Piece:
    """One part of the head as a mesh.

    Args:
      name: of the part.
      shot: the neutral head.
      ride: bones and weights of the part's vertices.
      morphs: name -> displacement `[v, 3]` cm.
      share: of the room's light at its vertices, or None.
    """
    vertices, faces = shot.vertices[name], shot.faces[name]
    normals = vertex_normals(vertices, faces)
    title, material = _PLACES[name]
    colours = None
    if share is not None:
        colours = light.grey(np.minimum(share, _SEEMS_LIT.get(name, 1.0)))
    piece = Piece(
        title,
        material,
        vertices,
        normals,
        faces,
        *ride,
        colours=colours,
        morphs=morphs,
        morph_normals={
            key: still(vertex_normals(vertices + shift, faces) - normals)
            for key, shift in morphs.items()
        },
    )
    if name == "skin":
        faces, rows, uv = split_corners(faces, texture().corner_uv)
        return with_tangents(_with_uv(piece.select(rows, faces), uv))
    if name in ("eye_left", "eye_right"):
        dimmed = light.grey(_lids(shot, int(name == "eye_right"), vertices))
        piece = compact(_with_uv(piece, baking.eye_uv(eyes.eyeball()[0])))
        return _coloured(piece, dimmed)
    if name.startswith("teeth"):
        corner = shot.mesh.part(name).corner_uv
        uv = np.zeros((len(vertices), 2), np.float32)
        uv[faces] = corner
        return _with_uv(piece, uv)
    return compact(piece)


def _with_uv(piece: Piece, uv: np.ndarray) -> Piece:
    return dataclasses.replace(piece, uv=np.ascontiguousarray(uv, np.float32))


def _coloured(piece: Piece, colours: np.ndarray) -> Piece:
    return dataclasses.replace(piece, colours=colours)


def _lids(shot: Snapshot, k: int, points: np.ndarray) -> np.ndarray:
    """What the lids leave of the light on an eyeball, `[v]`."""
    ring = shot.vertices["skin"][canonical().topology.eye_rims[k, 0]]
    half = len(ring) // 2
    upper, lower = ring[: half + 1], np.concatenate([ring[half:], ring[:1]])
    return _WHITE_OF_EYES * eyeball.lid_shadow(points, upper, lower)


def hair_pieces(
    part: HairPart, ride, morphs, pigment: hair_cards.Pigment, name: str | None = None
) -> tuple[list[Piece], dict[str, Surface]]:
    """Meshes and materials of a bundle of hair.

    Args:
      part: of the engine.
      ride: bones and weights of its vertices.
      morphs: name -> displacement of its vertices, cm.
      pigment: its colours.
      name: of the meshes, the part's own if not given.

    Returns:
      The shell below and the ribbons above, one mesh with two primitives; materials by name.
    """
    name = name or part.name
    ribbons, shell = hair_cards.cards(part, pigment)
    pieces, surfaces = [], {}
    for kind, cards in (("shell", shell), ("strands", ribbons)):
        if not len(cards.faces):
            continue
        material = f"{name}_{kind}"
        soft = f"{name}_{kind}_soft"
        piece = Piece(
            name,
            material,
            part.vertices,
            part.normals,
            cards.faces,
            *ride,
            uv=cards.uv,
            colours=hair_cards.colours(part, cards.alpha),
            morphs=morphs,
            again=(soft,),
        )
        pieces.append(compact(piece))
        base = (*(float(v) for v in cards.base_color), 1.0)
        look = {"roughness": _HAIR_ROUGHNESS, "double_sided": True}
        surfaces[material] = Surface(
            Material(material, base, alpha_mode="mask", alpha_cutoff=_HAIR_CUTOFF, **look),
            cards.pixels,
            wrap=_HAIR_WRAP,
        )
        surfaces[soft] = Surface(
            Material(soft, base, alpha_mode="blend", **look), cards.pixels, wrap=_HAIR_WRAP
        )
    return pieces, surfaces
