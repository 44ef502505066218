"""Reading the names that artists and tools give to morphs, bones and materials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_SIDES = {
    "left": "left",
    "right": "right",
    "l": "left",
    "r": "right",
    "lft": "left",
    "rgt": "right",
}

# Apple's ARKit: ARFaceAnchor.BlendShapeLocation. Those with a side stand once, with an underscore.
_ARKIT = (
    *("eyeBlink_", "eyeLookDown_", "eyeLookIn_", "eyeLookOut_", "eyeLookUp_", "eyeSquint_"),
    *("eyeWide_", "jawForward", "jaw_", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker"),
    *("mouth_", "mouthSmile_", "mouthFrown_", "mouthDimple_", "mouthStretch_", "mouthRollLower"),
    *("mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPress_", "mouthLowerDown_"),
    *("mouthUpperUp_", "browDown_", "browInnerUp", "browOuterUp_", "cheekPuff", "cheekSquint_"),
    *("noseSneer_", "tongueOut"),
)
ARKIT_NAMES = tuple(
    name.replace("_", side)
    for name in _ARKIT
    for side in (("Left", "Right") if name.endswith("_") else ("",))
)
"""The 52 names."""

# Words in front of a morph's own name that only say whose it is.
_PREFIXES = frozenset(
    "blend shape shapes blendshape blendshapes bs arkit head face mesh geo body teeth tooth lash "
    "lashes eyelash eyelashes eyes brows eyebrows tongue expression expressions exp expr key "
    "morph target morpher".split()
)

EXPRESSION_WORDS = frozenset(
    "blink wink smile smirk frown angry anger sad sadness happy joy fear disgust surprise "
    "surprised viseme vrc fcl talk phoneme aa ih ou ee oh sneer squint puff kiss laugh grin "
    "emotion expression expressions relaxed sorrow fun contempt".split()
)
# "laugh lines" and "frown wrinkles" stay when the face rests.
_MARKS = frozenset("line lines fold folds wrinkle wrinkles crease creases".split())
_EXPRESSION_NAMES = frozenset("a i u e o neutral lookup lookdown lookleft lookright".split())

IGNORED_WORDS = frozenset("basis corrective jcm pjcm combo fix".split())
"""Morphs with these words belong to the machinery of a rig."""

# (towards 0, towards 1) of one slider; the first list only says which way, so it leaves the name.
_WAYS = (("decr", "incr"), ("decrease", "increase"), ("minus", "plus"), ("neg", "pos"),
         ("negative", "positive"), ("min", "max"), ("less", "more"))  # fmt: skip
_OPPOSITES = (
    *(("down", "up"), ("in", "out"), ("inward", "outward")),
    *(("backward", "forward"), ("back", "forward"), ("backwards", "forwards"), ("small", "big")),
    *(("smaller", "bigger"), ("small", "large"), ("smaller", "larger"), ("narrow", "wide")),
    *(("narrower", "wider"), ("short", "long"), ("shorter", "longer"), ("thin", "thick")),
    *(("thinner", "thicker"), ("thin", "fat"), ("low", "high"), ("lower", "higher")),
    *(("lower", "raise"), ("shrink", "expand"), ("compress", "uncompress"), ("close", "open")),
    *(("closed", "open"), ("shallow", "deep"), ("concave", "convex"), ("soft", "sharp")),
    *(("flat", "round"), ("weak", "strong"), ("young", "old"), ("female", "male")),
)
# Before one of these words a side is a direction: nose-trans-left against nose-trans-right.
_MOVES = frozenset("trans translate move shift bend tilt skew twist lean rotate rot".split())

# What tools put before a bone's own name: Mixamo, Unity, VRoid, Rigify, Character Creator, face-nn.
NOISE = frozenset(
    "con bone def org mch j adj bip bip01 sec c mixamorig cc base joint jnt bn skel rig sk "
    "facial face 01".split()
)
HELPERS = frozenset(
    "org mch ik target pole ctrl control controller end nub look lookat master parent tweak "
    "root socket aim".split()
)
"""Bones with these words serve the animator and move no vertex themselves."""

GROUPS = {
    "nose": "nose nostril nostrils nasal nosewing bridge philtrum",
    "mouth": "mouth lip lips upperlip lowerlip",
    "ears": "ear ears earlobe lobe",
    "brows": "brow brows eyebrow eyebrows",
    "eyes": "eye eyes lid lids eyelid eyelids iris pupil eyeball",
    "cheeks": "cheek cheeks malar cheekbone cheekbones",
    "chin": "chin",
    "jaw": "jaw jaws mandible masseter jawline",
    "forehead": "forehead temple temples",
    "face": "head face skull cranium facial",
    "neck": "neck throat",
    "hair": "hair hairline beard moustache mustache stubble",
}
"""Heading of a slider -> words of a name; the first that fits counts."""
_GROUP_OF = {word: group for group, words in GROUPS.items() for word in words.split()}


def words(name: str) -> tuple[str, ...]:
    """Lower-case words and numbers of a name: "mixamorig:LeftEye" -> mixamorig, left, eye."""
    return tuple(word.lower() for word in _WORD.findall(name))


def signed_words(name: str) -> tuple[str, ...]:
    """The words, with "plus" or "minus" for a sign at the end."""
    return words(name) + {"+": ("plus",), "-": ("minus",)}.get(name.rstrip()[-1:], ())


def split_side(parts: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """Takes the side out of the words of a name.

    Returns:
      The other words; "left", "right" or None. A name with both sides or none has none.
    """
    sides = {_SIDES[part] for part in parts if part in _SIDES}
    if len(sides) != 1:
        return tuple(parts), None
    return tuple(part for part in parts if part not in _SIDES), sides.pop()


def _arkit_key(parts: Sequence[str]) -> str:
    rest, side = split_side(parts)
    return "".join(rest) + (side or "")


_ARKIT_OF = {_arkit_key(words(name)): name for name in ARKIT_NAMES}
# "mouthSmile" for both sides at once, as some files have it.
_BOTH_SIDES = {
    "".join(words(name)): name.rstrip("_")
    for name in _ARKIT
    if name.endswith("_") and len(words(name)) > 1
}


def arkit(name: str, owners: Iterable[str] = ()) -> str | None:
    """The ARKit expression that a morph is, or None.

    Case, separators, and left and right as words or letters do not matter, nor do words in front
    that say whose the morph is. A side of an expression that is whole in ARKit ("browInnerUp_L")
    counts as the whole; both sides of one that is parted ("mouthSmile") have its name without.

    Args:
      name: of the morph.
      owners: names of the meshes and nodes that have it.
    """
    parts = words(name)
    known = _PREFIXES.union(*(words(owner) for owner in owners))
    for start in range(len(parts)):
        tail = parts[start:]
        both, side = split_side(tail)
        key = "".join(both)
        found = _ARKIT_OF.get(key + (side or "")) or _ARKIT_OF.get(key)
        if found is None and side is None:
            found = _BOTH_SIDES.get(key)
        if found is not None:
            return found
        if parts[start] not in known and not parts[start].isdigit():
            return None
    return None


def is_expression(name: str) -> bool:
    """Whether a name that is not ARKit's looks like an expression, not like a shape."""
    parts = words(name)
    rest = [p for p in parts if p not in _PREFIXES and p not in _SIDES and not p.isdigit()]
    if "".join(rest) in _EXPRESSION_NAMES:
        return True
    if EXPRESSION_WORDS.intersection(parts) and not _MARKS.intersection(parts):
        return True
    bare = {part for part in parts if part not in _SIDES and not part.isdigit()}
    opens = bare & {"open", "opened"} and bare & {"mouth", "jaw"}
    closes = bare & {"close", "closed"} and bare & {"eye", "eyes", "lid", "lids"}
    return bool((opens or closes) and len(bare) == 2)


def opposites(name: str) -> list[tuple[tuple[str, ...], str, str, bool]]:
    """Ways to read a name as one end of a slider; "width+" and "width-" are ends, too.

    Returns:
      For each: the words with "*" in place of the end; the end towards 0; the end towards 1; and
      whether the name itself is the end towards 1.
    """
    parts = signed_words(name)
    found = []
    pairs = [*_WAYS, *_OPPOSITES, ("right", "left"), ("r", "l")]
    for i, part in enumerate(parts):
        if part in _SIDES and not (i and parts[i - 1] in _MOVES):
            continue
        for low, high in pairs:
            if part in (low, high):
                found.append(((*parts[:i], "*", *parts[i + 1 :]), low, high, part == high))
    return found


def slider_name(stem: Sequence[str], high: str) -> str:
    """The name of a slider with two ends: the words, and the upper end where it says more."""
    says_more = all(high not in pair for pair in _WAYS)
    return identifier([high if word == "*" else word for word in stem if word != "*" or says_more])


def identifier(parts: Iterable[str], other: str = "morph") -> str:
    """Words as the name of a control: letters, digits and underscores, a letter first."""
    name = "_".join(parts)
    if not name:
        return other
    return name if name[0].isalpha() else f"{other}_{name}"


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, with a number if it is taken."""
    taken, number, free = set(taken), 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def group(name: str, other: str = "shape") -> str:
    """The heading under which a person looks for a control of this name."""
    parts = words(name)
    for heading in GROUPS:
        if any(_GROUP_OF.get(part) == heading for part in parts):
            return heading
    joined = "".join(parts)
    for word, heading in _GROUP_OF.items():
        if len(word) > 4 and word in joined:
            return heading
    return other


def swapped(parts: Sequence[str]) -> tuple[str, ...]:
    """The words with left and right exchanged, written as they were."""
    other = {"left": "right", "right": "left", "l": "r", "r": "l", "lft": "rgt", "rgt": "lft"}
    return tuple(other.get(part, part) for part in parts)
