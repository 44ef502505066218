"""Bones of the face as sliders of place and size."""

from __future__ import annotations

import math

import numpy as np

from face2param.engines.rigged import names, proposed_pose
from face2param.engines.rigged.anatomy import Anatomy
from face2param.engines.rigged.channels import BoneChannel
from face2param.engines.rigged.proposed import Bound, Finding, mutual
from face2param.engines.rigged.targets import AXES
from face2param.schema import Continuous

_NO_SHAPE = frozenset("teeth tooth tongue hair lash lashes eyelash eyelashes eyeball iris pupil"
                      .split())  # fmt: skip
_FACE_GROUPS = frozenset(names.GROUPS) - {"face", "neck", "hair"}

SIZE = 0.1
"""Sliders stretch a bone by so much either way."""
_REACH = (0.1, 0.008, 0.03)
"""How far a slider moves a bone: part of what moves along, limits as parts of the head's height."""


def sliders(anatomy: Anatomy, taken: set[str]) -> tuple[list[Bound], list[Finding]]:
    """Bones of the face as sliders of place and size.

    Args:
      anatomy: the model.
      taken: names of controls that are given away; grows.
    """
    found: list[Bound] = []
    findings: list[Finding] = []
    if anatomy.head_bone is not None:
        found += _head_size(anatomy, anatomy.head_bone, taken)
    eyes = proposed_pose.eyeballs(anatomy)
    face = [
        node
        for node in range(len(anatomy.model.nodes))
        if node not in eyes and _is_face_bone(anatomy, node)
    ]
    sides = {_side_key(anatomy, node): node for node in face}
    for node in face:
        name = anatomy.name(node)
        first = _chain_start(anatomy, node, face)
        if first is not None:
            findings.append(Finding("bone", name, f"follows {anatomy.name(first)}"))
            continue
        rest, side = _side_key(anatomy, node)
        partner = sides.get((rest, {"left": "right", "right": "left"}.get(side)))
        rows = _ways(anatomy, node, side, partner)
        start = names.identifier(rest or names.words(name), "bone")
        for way, text, channels in rows:
            control = "_".join([start, way, *([side] if side else [])])
            mirror = "_".join([start, way, {"left": "right", "right": "left"}.get(side, "")])
            if control in taken:
                continue
            taken.add(control)
            heading = names.group(name)
            found.append(
                Bound(
                    Continuous(
                        control, heading, 0.5, mirror if partner is not None else None, text
                    ),
                    channels,
                )
            )
        findings.append(Finding("bone", name, "sliders", f"{start}_..."))
    return mutual(found), findings


def _is_face_bone(anatomy: Anatomy, node: int) -> bool:
    place = anatomy.model.nodes[node]
    parts = set(names.words(place.name))
    if place.mesh is not None or names.group(place.name) not in _FACE_GROUPS:
        return False
    if _NO_SHAPE & parts:
        return False
    if node not in anatomy.weighted:
        if names.HELPERS & parts or not anatomy.weighted & anatomy.below[node]:
            return False
        # A holder counts if it holds bones of the face only, not a body.
        return 0 < len(anatomy.moved_by(node)) < 0.5 * len(anatomy.head_points)
    return True


def _chain_start(anatomy: Anatomy, node: int, face: list[int]) -> int | None:
    """The bone that this one continues: brow.L for brow.L.001."""
    parts = names.words(anatomy.name(node))
    if not parts[-1].isdigit():
        return None
    for other in face:
        if other != node and names.words(anatomy.name(other)) == parts[:-1]:
            return other
    return None


def _side_key(anatomy: Anatomy, node: int) -> tuple[tuple[str, ...], str | None]:
    parts, side = names.split_side(names.words(anatomy.name(node)))
    kept = tuple(part for part in parts if part not in names.NOISE)
    return kept or parts, side


def _ways(anatomy: Anatomy, node: int, side: str | None, partner: int | None) -> list[tuple]:
    """(suffix, description, channels) of the sliders of a bone."""
    name = anatomy.name(node)
    pair = [node] if partner is None else [node, partner]
    extent = np.mean([np.ptp(anatomy.moved_by(n), 0).mean() for n in pair])
    part, least, most = _REACH
    reach = float(np.clip(part * extent, least * anatomy.height, most * anatomy.height))
    rows = []
    if side is not None:
        outward = math.copysign(1.0, anatomy.position(node)[0] - np.mean(anatomy.head_box, 0)[0])
        rows.append(("out", "away from the middle", (outward, 0.0, 0.0)))
    rows.append(("up", "up", (0.0, 1.0, 0.0)))
    rows.append(("forward", "forward", (0.0, 0.0, anatomy.front)))
    ways = [
        (suffix, f"bone {name} moves {text}", _move(anatomy, node, axis, reach))
        for suffix, text, axis in rows
    ]
    if node == proposed_pose.jaw(anatomy):
        # The lower lip follows the jaw: only what does not open the mouth is a person's shape.
        ways = [row for row in ways if row[0] != "up"]
    else:
        ways.append(("size", f"bone {name} grows", _stretch(anatomy, node, AXES)))
    wide = _local_axis(anatomy, node, 0)
    if side is None and wide is not None:
        ways.append(("width", f"bone {name} grows wider", _stretch(anatomy, node, wide)))
    return ways


def _head_size(anatomy: Anatomy, head: int, taken: set[str]) -> list[Bound]:
    found = []
    for axis, name in enumerate(("head_width", "head_height", "head_depth")):
        local = _local_axis(anatomy, head, axis)
        if local is None or name in taken:
            continue
        taken.add(name)
        text = f"bone {anatomy.name(head)} grows"
        control = Continuous(name, "face", 0.5, None, text)
        found.append(Bound(control, _stretch(anatomy, head, local)))
    return found


def _local_axis(anatomy: Anatomy, node: int, axis: int) -> str | None:
    """The node's own axis along x, y or z of the model, within 15 degrees; or None."""
    linear = anatomy.places[node, :3, :3]
    length = np.linalg.norm(linear, axis=0)
    along = np.abs(linear[axis]) / np.maximum(length, 1e-12)
    best = int(along.argmax())
    return AXES[best] if along[best] > math.cos(math.radians(15)) else None


def _move(anatomy: Anatomy, node: int, axis: tuple, reach: float) -> tuple[BoneChannel, ...]:
    """Channels that move a bone along an axis of the model, whatever its parent's axes are."""
    place = anatomy.model.nodes[node]
    linear = np.eye(3) if place.parent is None else anatomy.places[place.parent, :3, :3]
    local = np.linalg.pinv(linear) @ (np.array(axis) * reach)
    rest = place.translation.astype(np.float64)
    return tuple(
        BoneChannel(place.name, "position", rest[i] - local[i], rest[i] + local[i], AXES[i])
        for i in range(3)
        if abs(local[i]) > 0.01 * np.abs(local).max()
    )


def _stretch(anatomy: Anatomy, node: int, axes: str | tuple[str, ...]) -> tuple[BoneChannel, ...]:
    place = anatomy.model.nodes[node]
    rest = place.scale.astype(np.float64)
    return tuple(
        BoneChannel(
            place.name,
            "scale",
            rest[AXES.index(a)] * (1 - SIZE),
            rest[AXES.index(a)] * (1 + SIZE),
            a,
        )
        for a in axes
    )
