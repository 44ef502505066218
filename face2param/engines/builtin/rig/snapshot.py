"""The built-in head in one pose, part by part, and how its parts hang on the bones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from face2param.engines.builtin import geometry, scene
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.hair import HairPart
from face2param.engines.builtin.hair.beard import baked_beard, build_beard
from face2param.engines.builtin.rig import skeleton
from face2param.schema import Character

# Parts that expressions move; the others only ride on bones.
MOVING = ("skin", "lashes", "eye_left", "eye_right", "teeth_lower", "tongue", "cavity")


class Snapshot(NamedTuple):
    """A posed head.

    Attributes:
        mesh: of `geometry.pose_head`.
        vertices: part name -> float32 `[v, 3]` cm; glasses and beard among the parts.
        faces: part name -> int32 `[t, 3]`.
        hair: the hair parts, beards among them.
        opaque: parts that the shadows of the room fall on.
    """

    mesh: HeadMesh
    vertices: dict[str, np.ndarray]
    faces: dict[str, np.ndarray]
    hair: list[HairPart]
    opaque: list


def whole(character: Character) -> Snapshot:
    """The neutral, frontal head with all that it wears."""
    mesh = geometry.pose_head(character, None)
    hair, glasses = scene.attachments(character, mesh)
    parts = [*mesh.parts, *glasses.frames, *glasses.lenses, *hair]
    return Snapshot(
        mesh,
        {part.name: part.vertices for part in parts},
        {part.name: part.faces for part in parts},
        hair,
        [*mesh.parts, *glasses.frames],
    )


def moved(character: Character, nuisance: np.ndarray) -> dict[str, np.ndarray]:
    """Where an expression takes the parts of `MOVING` and the beard: name -> `[v, 3]` cm."""
    mesh = geometry.pose_head(character, nuisance)
    out = {name: mesh.part(name).vertices for name in MOVING}
    for beard in build_beard(character, mesh):
        out[beard.name] = beard.vertices
    return out


def riding(character: Character | None, shot: Snapshot) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Bones and weights of all parts: name -> int32 `[v, 4]`, float32 `[v, 4]`."""
    head = canonical()
    out = {}
    for name, vertices in shot.vertices.items():
        count = len(vertices)
        if name == "skin":
            out[name] = skeleton.ride(head.vertices, head.jaw)
        elif name == "torso":
            out[name] = skeleton.only(skeleton.ROOT, count)
        elif name == "eye_left":
            out[name] = skeleton.only(skeleton.EYE_LEFT, count)
        elif name == "eye_right":
            out[name] = skeleton.only(skeleton.EYE_RIGHT, count)
        elif name == "teeth_lower":
            out[name] = skeleton.only(skeleton.JAW, count)
        elif name == "tongue":
            out[name] = skeleton.ride(np.zeros((count, 3)), 0.9)
        elif name == "cavity":
            out[name] = skeleton.ride(np.zeros((count, 3)), _cavity_jaw())
        elif name == "hair":
            out[name] = skeleton.ride(vertices)
        elif name in ("beard", "moustache"):
            out[name] = beard_ride(character)
        else:
            out[name] = skeleton.only(skeleton.HEAD, count)
    return out


def _cavity_jaw() -> np.ndarray:
    head = canonical()
    jaw = np.array(head.cavity_jaw)
    rim = head.topology.inner_lips[-1]
    jaw[: len(rim)] = head.jaw[rim]
    return jaw


def beard_ride(character: Character) -> tuple[np.ndarray, np.ndarray]:
    """Bones and weights of a beard's vertices: those of its roots."""
    head, baked = canonical(), baked_beard(character["beard"])
    share = (head.jaw[baked.corners] * baked.weights).sum(1)
    repeat = (len(baked.attributes) - len(baked.shell)) // len(baked.roots)
    points = np.concatenate([np.repeat(baked.roots, repeat, 0), head.vertices[baked.shell]])
    return skeleton.ride(points, np.concatenate([np.repeat(share, repeat), head.jaw[baked.shell]]))
