"""Targets to sliders: opposite ones are fused, left and right are partners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from face2param.engines.paint.noise import smoothstep

# The end of a name at the slider's low side and at its high side.
_OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("backward", "forward"),
    ("in", "out"),
    ("concave", "convex"),
    ("uncompress", "compress"),
)
_PLAIN = ("incr", "compress")
GROUPS = ("head", "forehead", "eyebrows", "eyes", "nose", "cheek", "mouth", "chin", "ears")
# The whole head elsewhere is no other head; the back of the skull is never seen.
_LEFT_OUT = ("head-trans", "head-back")
# ARKit's name -> target; `{}` is left or right. Others of the folder have no ARKit name.
_EXPRESSIONS = {
    "eyeBlink": "eye-{}-closure",
    "eyeWide": "eye-{}-opened-up",
    "eyeSquint": "eye-{}-slit",
    "browDown": "eyebrows-{}-down",
    "browOuterUp": "eyebrows-{}-extern-up",
    "browInnerUp": "eyebrows-{}-inner-up",
    "noseSneer": "nose-{}-elevation",
    "jawOpen": "mouth-open",
    "mouthPucker": "mouth-pursing",
    "mouthFunnel": "mouth-protusion",
    "mouthShrugLower": "mouth-eversion",
    "mouthSmile": "mouth-corner-puller",
    "mouthFrown": "mouth-depression",
    "mouthStretch": "mouth-retraction",
    "mouthPress": "mouth-compression",
    "mouthUpperUp": "mouth-elevation",
    "mouthLowerDown": "mouth-depression-retraction",
}
_WHOLE = ("browInnerUp", "jawOpen", "mouthPucker", "mouthFunnel", "mouthShrugLower")
_SEAM = 0.8
"""Centimetres on both sides of the middle over which the halves of a mouth blend."""
_RACES, _SEXES, _AGES = ("african", "asian", "caucasian"), ("female", "male"), ("young", "old")


class Slider(NamedTuple):
    """One slider.

    Attributes:
        name: of the slider.
        group: heading.
        low: displacements at 0 `[vertices, 3]`, or None: the slider starts at neutral.
        high: displacements at 1.
        mirror: partner, own name for odd ones, or None.
        text: description.
    """

    name: str
    group: str
    low: np.ndarray | None
    high: np.ndarray
    mirror: str | None
    text: str


def sliders(targets: dict[str, np.ndarray], partner: np.ndarray) -> list[Slider]:
    """Sliders of all targets that shape a head; those that are absent are left out.

    Args:
        targets: "group/name" -> displacements `[vertices, 3]`.
        partner: int `[vertices]`, each vertex's mirror image.
    """
    found = []
    for group in GROUPS:
        names = {key.split("/")[1]: moves for key, moves in targets.items() if _in(key, group)}
        for name in sorted(names):
            found += _slider(group, name, names, partner)
    return found


def _in(key: str, group: str) -> bool:
    return key.startswith(f"{group}/") and not key.split("/")[1].startswith(_LEFT_OUT)


def _slider(
    group: str, name: str, names: dict[str, np.ndarray], partner: np.ndarray
) -> list[Slider]:
    if name.startswith("r-"):
        return []  # comes with its left partner
    stem, end = name.rsplit("-", 1)
    for low_end, high_end in _OPPOSITES:
        if end == high_end and f"{stem}-{low_end}" in names:
            return []  # comes with its opposite
        if end == low_end and f"{stem}-{high_end}" in names:
            low, high = names[name], names[f"{stem}-{high_end}"]
            text = f"{_words(stem)}: {low_end} to {high_end}"
            # The end tells apart what the stem does not: nose-trans-up, nose-trans-forward.
            bare = stem if high_end in _PLAIN else f"{stem}-{high_end}"
            return _sided(group, bare, low, high, text, partner)
    return _sided(group, name, None, names[name], f"{_words(name)}: none to full", partner)


def _sided(group, stem, low, high, text, partner) -> list[Slider]:
    bare = stem.removeprefix("l-").replace("-", "_")
    if stem.startswith("l-"):
        left, right = f"{bare}_left", f"{bare}_right"
        flipped = None if low is None else mirrored(low, partner)
        return [
            Slider(left, group, low, high, right, f"{text}, the person's left"),
            Slider(right, group, flipped, mirrored(high, partner), left, f"{text}, right"),
        ]
    if low is not None and _lateral(high, partner):
        return [Slider(bare, group, mirrored(high, partner), high, bare, f"{_words(stem)}: aside")]
    low = None if low is None else _even(low, partner)
    return [Slider(bare, group, low, _even(high, partner), None, text)]


def _lateral(moves: np.ndarray, partner: np.ndarray) -> bool:
    """Whether a target moves both halves to the same side."""
    other = mirrored(moves, partner)
    return np.abs(moves + other).sum() < np.abs(moves - other).sum()


def mirrored(moves: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Displacements of the mirror image."""
    return moves[partner] * np.float32([-1, 1, 1])


def _even(moves: np.ndarray, partner: np.ndarray) -> np.ndarray:
    return (moves + mirrored(moves, partner)) / 2


def _words(stem: str) -> str:
    return stem.removeprefix("l-").replace("-", " ")


def expressions(
    targets: dict[str, np.ndarray], partner: np.ndarray, vertices: np.ndarray
) -> dict[str, np.ndarray]:
    """ARKit's name -> displacements; targets of the whole mouth are split into halves."""
    found = {}
    left = smoothstep(-_SEAM, _SEAM, vertices[:, :1]).astype(np.float32)
    for name, target in _EXPRESSIONS.items():
        moves = targets.get(f"expression/{target.format('left')}")
        if moves is None:
            continue
        half = moves if "{}" in target else _even(moves, partner)
        other = mirrored(half, partner)
        if name in _WHOLE:
            found[name] = half + other if "{}" in target else half
        elif "{}" in target:
            found |= {f"{name}Left": half, f"{name}Right": other}
        else:
            found |= {f"{name}Left": half * left, f"{name}Right": half * (1 - left)}
    return found


def people(targets: dict[str, np.ndarray], partner: np.ndarray, fixed: np.ndarray):
    """The average person, and sliders for sex, age and descent.

    Args:
        targets: see `sliders`.
        partner: see `sliders`.
        fixed: int `[n]`, vertices whose mean stays where it is: people differ in height.

    Returns:
        Displacements of the average `[vertices, 3]`, and the sliders.
    """
    known = {}
    for race in _RACES:
        for sex in _SEXES:
            for age in _AGES:
                moves = targets.get(f"macrodetails/{race}-{sex}-{age}")
                if moves is not None:
                    moves = _even(moves, partner)
                    known[race, sex, age] = moves - moves[fixed].mean(0)
    if len(known) < len(_RACES) * len(_SEXES) * len(_AGES):
        return 0.0, []

    def mean(*wanted: str) -> np.ndarray:
        rows = [moves for key, moves in known.items() if set(wanted) <= set(key)]
        return np.mean(rows, axis=0)

    average = mean("young")
    sex = (mean("young", "male") - mean("young", "female")) / 2
    found = [
        Slider("masculinity", "people", -sex, sex, None, "female to male"),
        Slider("age", "people", None, mean("old") - average, None, "young to old"),
    ]
    for race in _RACES:
        apart = mean("young", race) - average
        found.append(Slider(race, "people", -0.5 * apart, apart, None, f"{race} traits"))
    return average, found
