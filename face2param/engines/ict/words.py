"""Names: ARKit's for the expressions, plain words for what an identity shape does."""

from __future__ import annotations

import numpy as np

from face2param.engines.ict.shape import IDENTITY, SIDES

# Shapes that ARKit does not know, or that gaze moves.
_NOT_ARKIT = ("PupilDilate", "cheekRaiser", "eyeLook")
# The files split into sides what ARKit moves as one.
_WHOLE = ("browInnerUp", "cheekPuff")
_MEASURES = (
    # words for less and more, points on one side and on the other, axis
    (("narrow", "wide"), (3,), (13,), 0, "face"),
    (("short", "long"), (8,), (27,), 1, "face"),
    (("narrow", "wide"), (5,), (11,), 0, "jaw"),
    (("flat", "prominent"), (0, 16), (8,), 2, "chin"),
    (("narrow", "wide"), (31,), (35,), 0, "nose"),
    (("short", "long"), (33,), (27,), 1, "nose"),
    (("flat", "prominent"), (31, 35), (30,), 2, "nose"),
    (("narrow", "wide"), (48,), (54,), 0, "mouth"),
    (("thin", "full"), (57,), (51,), 1, "lips"),
    (("close", "far"), (39,), (42,), 0, "eyes"),
    (("narrow", "open"), (40, 41, 46, 47), (37, 38, 43, 44), 1, "eyes"),
    (("low", "high"), (36, 45), (19, 24), 1, "brows"),
)


def is_identity(name: str, count: int) -> bool:
    """Whether a shape is one of the first `count` identity shapes."""
    return bool(IDENTITY.fullmatch(name)) and int(name.removeprefix("identity")) < count


def arkit(name: str) -> str | None:
    """ARKit's name of an expression shape; None where it has none or gaze moves it."""
    if IDENTITY.fullmatch(name) or name.startswith(_NOT_ARKIT):
        return None
    bare, side = name[:-2], SIDES.get(name[-2:])
    if side is None:
        return name
    return bare if bare in _WHOLE else bare + side


def description(landmarks: np.ndarray, moves: np.ndarray) -> str:
    """The two most visible effects of a shape: at 0 the first words hold, at 1 the second.

    Args:
        landmarks: `[68, 3]` of the neutral face.
        moves: `[68, 3]` displacements of a positive weight.
    """
    effects = []
    for (less, more), low, high, axis, what in _MEASURES:
        before = (landmarks[list(high)].mean(0) - landmarks[list(low)].mean(0))[axis]
        change = (moves[list(high)].mean(0) - moves[list(low)].mean(0))[axis]
        share = change / max(abs(before), 1.0)
        words = (less, more) if share > 0 else (more, less)
        effects.append((abs(share), f"{words[0]} to {words[1]} {what}"))
    effects.sort(reverse=True)
    return ", ".join(text for _, text in effects[:2])
