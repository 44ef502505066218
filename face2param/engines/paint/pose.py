"""Controls that turn head and eyes, and ARKit's names of expressions."""

from __future__ import annotations

import math

from face2param.engines.rigged.channels import BoneChannel, Channel, MorphChannel
from face2param.schema import Nuisance

_AXES = {"x": 0, "y": 1, "z": 2}
_TURNS = (
    # name, group, bones, axis, radians, whether the mirror image turns the other way
    ("gaze_yaw", "gaze", ("eye_left", "eye_right"), "y", math.radians(30), True),
    ("gaze_pitch", "gaze", ("eye_left", "eye_right"), "x", math.radians(25), False),
    ("head_pitch", "pose", ("head",), "x", math.radians(30), False),
    ("head_yaw", "pose", ("head",), "y", math.radians(60), True),
    ("head_roll", "pose", ("head",), "z", math.radians(30), True),
)


def turns() -> tuple[tuple[Nuisance, ...], dict[str, tuple[Channel, ...]]]:
    """Nuisance controls of head and gaze and their bindings.

    The order is that of R = Rz Ry Rx: the first control turns first.
    """
    controls, bindings = [], {}
    for name, group, bones, axis, limit, odd in _TURNS:
        controls.append(
            Nuisance(name, group, -limit, limit, 0.0, "radian", None, -1.0 if odd else 1.0)
        )
        bindings[name] = tuple(
            BoneChannel(bone, "rotation", _about(axis, -limit), _about(axis, limit))
            for bone in bones
        )
    return tuple(controls), bindings


def expression(name: str, morphs: tuple[str, ...]) -> tuple[Nuisance, tuple[Channel, ...]]:
    """A nuisance control with an ARKit name that moves morphs from 0 to 1."""
    mirror = None
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            mirror = name.removesuffix(side) + other
    control = Nuisance(name, "expression", mirror=mirror)
    return control, tuple(MorphChannel(morph, 0.0, 1.0) for morph in morphs)


def _about(axis: str, angle: float) -> tuple[float, float, float, float]:
    quaternion = [0.0, 0.0, 0.0, math.cos(angle / 2)]
    quaternion[_AXES[axis]] = math.sin(angle / 2)
    return tuple(quaternion)
