"""Bones that pose a head without being part of its shape: jaw, eyes, head."""

from __future__ import annotations

import math

import numpy as np

from face2param.engines.rigged import names, quaternions
from face2param.engines.rigged.anatomy import Anatomy
from face2param.engines.rigged.channels import BoneChannel
from face2param.engines.rigged.proposed import Bound, Finding
from face2param.schema import Nuisance

_POSE = (
    ("head_pitch", (1.0, 0.0, 0.0), 30.0, 1.0, "radians; above 0 down"),
    ("head_yaw", (0.0, 1.0, 0.0), 60.0, -1.0, "radians; above 0 to the picture's right"),
    ("head_roll", (0.0, 0.0, 1.0), 30.0, -1.0, "radians; above 0 counter-clockwise"),
)  # fmt: skip
_GAZE = (
    ("gaze_pitch", (-1.0, 0.0, 0.0), 25.0, 1.0, "radians; above 0 up"),
    ("gaze_yaw", (0.0, 1.0, 0.0), 30.0, -1.0, "radians; above 0 to the picture's right"),
)  # fmt: skip
_JAW_OPEN = math.radians(18)


def controls(anatomy: Anatomy, expressions: set[str]) -> tuple[list[Bound], list[Finding]]:
    """Jaw, gaze and head pose by bones; the pose turns the whole model where there is no bone.

    Args:
      anatomy: the model.
      expressions: controls that morphs already serve.
    """
    found, findings = [], []
    chin = jaw(anatomy)
    if chin is not None and "jawOpen" not in expressions:
        control = Nuisance("jawOpen", "expression", description=f"bone {anatomy.name(chin)}")
        turn = _turn(anatomy, chin, (1.0, 0.0, 0.0), 0.0, _JAW_OPEN)
        found.append(Bound(control, (turn,)))
        findings.append(Finding("bone", anatomy.name(chin), "jaw", "jawOpen"))
    eyes = eyeballs(anatomy)
    for name, axis, reach, sign, text in _GAZE if eyes else ():
        reach = math.radians(reach)
        control = Nuisance(name, "gaze", -reach, reach, 0.0, "radian", None, sign, text)
        turns = tuple(_turn(anatomy, eye, axis, -reach, reach) for eye in eyes)
        found.append(Bound(control, turns))
    findings += [Finding("bone", anatomy.name(eye), "eyeball", "gaze_yaw") for eye in eyes]
    head = anatomy.head_bone if anatomy.head_bone is not None else anatomy.neck_bone
    for name, axis, reach, sign, text in _POSE:
        reach = math.radians(reach)
        control = Nuisance(name, "pose", -reach, reach, 0.0, "radian", None, sign, text)
        found.append(Bound(control, (_turn(anatomy, head, axis, -reach, reach),)))
    if head is not None:
        findings.append(Finding("bone", anatomy.name(head), "head", "head_yaw"))
    return found, findings


def eyeballs(anatomy: Anatomy) -> list[int]:
    """Nodes that turn an eye: bones, or eyes that stand on their own with their centre right."""
    found: dict[str | None, tuple[int, int]] = {}
    for node, place in enumerate(anatomy.model.nodes):
        parts, side = names.split_side(names.words(place.name))
        if names.HELPERS.intersection(parts):
            continue
        named = "eyeball" in parts
        plain = set(parts) - names.NOISE in ({"eye"}, {"eyes"})
        if not named and (not plain or {"con", "bone"}.intersection(parts)):
            continue
        points = anatomy.moved_by(node)
        if not len(points) or not _centred(anatomy, node, points):
            continue
        if side is None and not np.ptp(points[:, 0]) < 0.3 * anatomy.height:
            continue  # both eyes at once do not turn about one centre
        if side not in found or named:
            found[side] = (node, len(points))
    picked = [found[side][0] for side in ("left", "right") if side in found]
    if not picked:
        picked = [found[None][0]] if None in found else []
    return picked


def _centred(anatomy: Anatomy, node: int, points: np.ndarray) -> bool:
    """Whether a node stands in the middle of what it moves."""
    low, high = points.min(0), points.max(0)
    off = np.abs(anatomy.position(node) - (low + high) / 2).max()
    return bool(off < 0.35 * (high - low).max())


def jaw(anatomy: Anatomy) -> int | None:
    """The bone that opens the mouth, or None."""
    best, most = None, 0
    for node in anatomy.bones:
        parts = set(names.words(anatomy.name(node)))
        if not {"jaw", "mandible", "jawbone"} & parts or names.HELPERS & parts or "upper" in parts:
            continue
        count = len(anatomy.moved_by(node))
        if count > most:
            best, most = node, count
    return best


def _turn(
    anatomy: Anatomy, node: int | None, axis: tuple, minimum: float, maximum: float
) -> BoneChannel:
    """Turns a node, or the whole model, about an axis as the face sees it."""
    axis = (axis[0] * anatomy.front, axis[1], axis[2] * anatomy.front)
    ends = [quaternions.about(axis, angle) for angle in (minimum, maximum)]
    if node is None:
        low, high = anatomy.head_box
        middle = (low + high) / 2
        pivot = (
            float(middle[0]),
            float(low[1] + 0.15 * anatomy.height),
            float(middle[2] - 0.1 * anatomy.front * (high[2] - low[2])),
        )
        return BoneChannel(None, "rotation", *ends, pivot=pivot)
    place = anatomy.model.nodes[node]
    frame = tuple(anatomy.turn(place.parent).tolist())
    rest = quaternions.normalise(place.rotation.tolist())
    values = []
    for end in ends:
        inside = quaternions.multiply(quaternions.multiply(quaternions.inverse(frame), end), frame)
        values.append(quaternions.normalise(quaternions.multiply(inside, rest)))
    return BoneChannel(place.name, "rotation", *values)
