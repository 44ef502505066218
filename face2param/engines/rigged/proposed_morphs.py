"""Morphs as controls: expressions, sliders with two ends, sliders with one."""

from __future__ import annotations

from face2param.engines.rigged import names
from face2param.engines.rigged.anatomy import Anatomy
from face2param.engines.rigged.channels import MorphChannel
from face2param.engines.rigged.proposed import Bound, Finding, mutual
from face2param.schema import Continuous, Nuisance

_COMPONENTS = frozenset("id identity pca pc component shape basis mode eigen".split())
_STILL = 1e-5
"""Of the head's height: morphs that move less move nothing that could be seen."""


def expressions(anatomy: Anatomy) -> tuple[list[Bound], list[Finding]]:
    """Morphs that are expressions, as nuisance controls; ARKit's in ARKit's order."""
    own: dict[str, list[str]] = {}
    findings = []
    for morph in _moving(anatomy):
        name = _expression(anatomy, morph)
        if name is not None:
            own.setdefault(name, []).append(morph)
            findings.append(Finding("morph", morph, "expression", name))
    order = {name: i for i, name in enumerate(names.ARKIT_NAMES)}
    found = []
    for name in sorted(own, key=lambda name: order.get(name, len(order))):
        partner = _other_side(name)
        control = Nuisance(
            name,
            "expression",
            mirror=partner if partner in own else None,
            description=f"morph {' and '.join(own[name])}",
        )
        found.append(Bound(control, tuple(MorphChannel(morph, 0.0, 1.0) for morph in own[name])))
    return found, findings


def sliders(anatomy: Anatomy, taken: set[str]) -> tuple[list[Bound], list[Finding]]:
    """All other morphs, as sliders.

    Args:
      anatomy: the model.
      taken: names of controls that are given away; grows.
    """
    moving = _moving(anatomy)
    findings = [
        Finding("morph", morph, "moves nothing") for morph in anatomy.morphs if morph not in moving
    ]
    shapes = []
    for morph in moving:
        if names.IGNORED_WORDS.intersection(names.words(morph)):
            findings.append(Finding("morph", morph, "part of the rig's machinery"))
        elif _expression(anatomy, morph) is None:
            shapes.append(morph)
    by_words = {names.signed_words(morph): morph for morph in reversed(shapes)}
    rows: list[tuple[tuple[str, ...], str, dict]] = []
    done: set[str] = set()
    for morph in shapes:
        if morph in done:
            continue
        row = _two_ends(morph, by_words, done) or _one_end(morph)
        done.update(row[2]["morphs"])
        rows.append(row)
    named = [(key, names.unique(name, _add(taken, name)), row) for key, name, row in rows]
    by_key = {key: name for key, name, _ in named}
    found = []
    for key, name, row in named:
        mirror = by_key.get(names.swapped(key))
        if mirror == name:
            mirror = name if row["odd"] else None
        control = Continuous(name, names.group(name), row["default"], mirror, row["description"])
        found.append(Bound(control, row["channels"]))
        findings += [Finding("morph", morph, row["meaning"], name) for morph in row["morphs"]]
    return mutual(found), findings


def _moving(anatomy: Anatomy) -> list[str]:
    least = _STILL * anatomy.height
    return [morph for morph in anatomy.morphs if anatomy.moved_by_morph(morph)[1] > least]


def _expression(anatomy: Anatomy, morph: str) -> str | None:
    """The name of the control, or None where the morph is a shape."""
    known = names.arkit(morph, anatomy.owners(morph))
    if known is None and names.is_expression(morph):
        known = names.identifier(names.words(morph))
    return known


def _other_side(name: str) -> str | None:
    for one, other in (("Left", "Right"), ("left", "right"), ("_l", "_r")):
        for a, b in ((one, other), (other, one)):
            if name.endswith(a):
                return name[: -len(a)] + b
    return None


def _add(taken: set[str], name: str) -> set[str]:
    """The names taken before; the new one is added under the name that it gets."""
    before = set(taken)
    taken.add(names.unique(name, before))
    return before


def _two_ends(morph: str, by_words: dict, done: set[str]) -> tuple | None:
    for stem, low, high, is_high in names.opposites(morph):
        other = tuple((low if is_high else high) if word == "*" else word for word in stem)
        partner = by_words.get(other)
        if partner is None or partner == morph or partner in done:
            continue
        lower, upper = (partner, morph) if is_high else (morph, partner)
        channels = (MorphChannel(lower, 1.0, 0.0), MorphChannel(upper, 0.0, 1.0))
        return (
            stem,
            names.slider_name(stem, high),
            {
                "morphs": (lower, upper),
                "channels": channels,
                "default": 0.5,
                "odd": high in ("left", "l"),
                "meaning": "end of a slider",
                "description": f"morph {lower} at 0, {upper} at 1",
            },
        )
    return None


def _one_end(morph: str) -> tuple:
    parts = names.words(morph)  # a lone "+" says nothing
    # Components of a statistical shape model go both ways.
    both = any(part.isdigit() for part in parts) and bool(_COMPONENTS.intersection(parts))
    return (
        parts,
        names.identifier(parts),
        {
            "morphs": (morph,),
            "channels": (MorphChannel(morph, -1.0 if both else 0.0, 1.0),),
            "default": 0.5 if both else 0.0,
            "odd": False,
            "meaning": "component" if both else "slider",
            "description": f"morph {morph}" + (", -1 to 1" if both else ""),
        },
    )
