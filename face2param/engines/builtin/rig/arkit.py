"""The ARKit expressions that the built-in head can show, and how."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin import controls
from face2param.schema import Schema

_LOOK_PITCH = 0.4363  # 25 degrees
_LOOK_YAW = 0.5235  # 30 degrees, inside the limits of the controls

# The engine's own controls, drawn at weight 1.
EXPRESSIONS: tuple[str, ...] = tuple(
    name for name in controls.NUISANCE_NAMES if not name.startswith(("gaze", "head"))
)
# Looks turn the eyeballs and let the lids follow: name -> (control, value, side of the head).
LOOKS: dict[str, tuple[str, float, int]] = {
    f"eyeLook{way}{eye}": (control, value * (side if control == "gaze_yaw" else 1), side)
    for eye, side in (("Left", 1), ("Right", -1))
    for way, control, value in (
        ("Down", "gaze_pitch", -_LOOK_PITCH),
        ("In", "gaze_yaw", -_LOOK_YAW),
        ("Out", "gaze_yaw", _LOOK_YAW),
        ("Up", "gaze_pitch", _LOOK_PITCH),
    )
}

NAMES: tuple[str, ...] = (*EXPRESSIONS, *LOOKS)


def nuisance(schema: Schema, name: str) -> tuple[np.ndarray, int]:
    """What the engine draws for an expression at weight 1.

    Args:
      schema: "builtin".
      name: of `EXPRESSIONS` or `LOOKS`.

    Returns:
      The nuisance vector, and the side that is meant: 1 only x > 0, -1 only x < 0, 0 both.
    """
    if name in LOOKS:
        control, value, side = LOOKS[name]
        return schema.nuisance_vector(**{control: value}), side
    return schema.nuisance_vector(**{name: 1.0}), 0
