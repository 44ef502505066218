"""Parts that a character wears or not: glasses, hats, and hairstyles that a file holds at once."""

from __future__ import annotations

import glob

import numpy as np

from face2param.engines.rigged import names
from face2param.engines.rigged.anatomy import Anatomy
from face2param.engines.rigged.channels import ShowChannel
from face2param.engines.rigged.proposed import Finding
from face2param.schema import Choice

# Class -> (name of the choice, nodes from which on they are alternatives, what stands first).
_WORN = {
    "eye_g": ("glasses", 1, "none"),
    "hat": ("hat", 1, "none"),
    "hair": ("hair", 3, None),
    "beard": ("beard", 1, "none"),
}
_BEARDS = frozenset("beard beards moustache mustache goatee stubble".split())
_OVERLAP = 0.5
"""Hairstyles fill the same place; a fringe and a bun do not."""


def choices(
    anatomy: Anatomy, classes: dict[str, str], taken: set[str]
) -> tuple[list[tuple[Choice, dict[str, tuple[ShowChannel, ...]]]], list[Finding]]:
    """Choices with what each option shows.

    Args:
      anatomy: the model.
      classes: "node/material" pattern -> class, as proposed.
      taken: names of controls that are given away; grows.
    """
    found, findings = [], []
    for region, (name, least, first) in _WORN.items():
        nodes = _nodes(anatomy, classes, region)
        if len(nodes) < least or name in taken:
            continue
        if region == "hair" and _overlap(anatomy, nodes) < _OVERLAP:
            continue
        taken.add(name)
        options: dict[str, list[str]] = {}
        for node in nodes:
            option = _option(anatomy.name(node), name, len(nodes) == 1)
            options.setdefault(option, []).append(anatomy.name(node))
        options.pop("none", None)
        picks = ("none", *options)
        choice = Choice(
            name,
            name,
            picks,
            first or picks[1],
            f"shows one of: {', '.join(option for option in options)}",
        )
        shown = {
            option: (ShowChannel(tuple(glob.escape(node) for node in held)),)
            for option, held in options.items()
        }
        found.append((choice, shown))
        findings += [
            Finding("surface", anatomy.name(node), f"option of {name}", name) for node in nodes
        ]
    return found, findings


def _nodes(anatomy: Anatomy, classes: dict[str, str], region: str) -> list[int]:
    """Nodes all of whose primitives are of a class."""
    kinds: dict[int, set[str]] = {}
    for surface in anatomy.surfaces:
        node = anatomy.model.nodes[surface.node]
        index = anatomy.model.meshes[node.mesh].primitives[surface.primitive].material
        material = "" if index is None else anatomy.model.materials[index].name
        kind = classes.get(glob.escape(f"{node.name}/{material}"), "skin")
        if _BEARDS.intersection(names.words(node.name)):
            kind = "beard"  # no parsing class, since skin shows through
        kinds.setdefault(surface.node, set()).add(kind)
    return [node for node, found in kinds.items() if found == {region}]


def _overlap(anatomy: Anatomy, nodes: list[int]) -> float:
    """Median over all pairs of the smaller box's part that lies in the other."""
    boxes = []
    for node in nodes:
        points = np.concatenate([s.vertices for s in anatomy.surfaces if s.node == node])
        boxes.append((points.min(0), points.max(0)))
    shares = []
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[:i]:
            common = np.clip(np.minimum(high, other_high) - np.maximum(low, other_low), 0, None)
            smaller = min((high - low).prod(), (other_high - other_low).prod())
            shares.append(common.prod() / max(smaller, 1e-30))
    return float(np.median(shares))


def _option(node: str, choice: str, alone: bool) -> str:
    """What of a node's name tells it from the others; lenses and frames go together."""
    parts = [part for part in names.words(node) if names.group(part) != "face"]
    said = {choice, "glasses", "hair", "hat", "mesh", "geo", "frame", "frames", "lens", "lenses"}
    said |= {"rim", "rims", "style", "beard"}
    kept = [part for part in parts if part not in said]
    return choice if alone or not kept else "_".join(kept)
