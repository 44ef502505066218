"""Parsing classes, tones and the camera of a proposal."""

from __future__ import annotations

import glob
import math

import numpy as np

from face2param.engines.rigged import names
from face2param.engines.rigged.anatomy import Anatomy
from face2param.engines.rigged.channels import MaterialChannel
from face2param.engines.rigged.head_file import View
from face2param.engines.rigged.proposed import Bound, Finding
from face2param.schema import Continuous

# First match wins. A class that begins with "_" is the viewer's left or right one.
_CLASSES = (
    ("_brow", "brow brows eyebrow eyebrows"),
    ("_eye", "eyelash eyelashes lash lashes cilia"),
    ("eye_g", "glasses spectacles eyeglasses goggles sunglasses"),
    ("_eye", "eye eyes eyeball eyeballs iris sclera cornea pupil tearline eyewet lacrimal"),
    ("mouth", "teeth tooth tongue gum gums denture dentures oral cavity mouth mouthbag"),
    ("ear_r", "earring earrings"),
    ("_ear", "ear ears"),
    ("hat", "hat cap helmet hood"),
    ("hair", "hair hairs haircut ponytail bangs bun scalp braid hairstyle"),
    ("neck_l", "necklace collar"),
    ("cloth", "cloth clothes clothing shirt tshirt suit jacket coat dress outfit tie scarf tops "
     "bottoms pants shoes sweater hoodie"),
)  # fmt: skip

# These are found in the middle of words written as one, too.
_INSIDE = frozenset(
    "brow lash glasses eyeball sclera cornea teeth tongue earring helmet hair necklace cloth shirt"
    .split()
)  # fmt: skip

FIELD_OF_VIEW = math.radians(18)
_ROOM, _LOWER = 1.4, 0.07
"""Side of the picture, and how much lower than the head's middle it aims, in heights of a head."""
_HUMAN = 0.24
"""Metres from chin to crown."""

_SKIN = ("skin", "l_ear", "r_ear", "neck")
_DARK_SKIN = (0.28, 0.19, 0.14)
_DARK_HAIR = (0.08, 0.08, 0.08)


def regions(anatomy: Anatomy) -> tuple[dict[str, str], list[Finding]]:
    """Classes of the parts that are not skin, by words in the names of nodes and materials."""
    found: dict[str, str] = {}
    findings = []
    middle = np.mean(anatomy.head_box, 0)[0]
    for surface in anatomy.surfaces:
        node = anatomy.model.nodes[surface.node]
        mesh = anatomy.model.meshes[node.mesh]
        index = mesh.primitives[surface.primitive].material
        material = "" if index is None else anatomy.model.materials[index].name
        region = _class((material, node.name, mesh.name))
        path = f"{node.name}/{material}"
        if region is not None and region.startswith("_"):
            # The viewer's left is where x is small, if the face looks to +z.
            right = (surface.vertices[:, 0].mean() - middle) * anatomy.front > 0
            region = ("r" if right else "l") + region
        findings.append(Finding("surface", path, region or "skin"))
        if region is not None:
            found[glob.escape(path)] = region
    return found, findings


def tones(anatomy: Anatomy, classes: dict[str, str], taken: set[str]) -> list[Bound]:
    """Sliders that darken skin and hair; at 1 they are as in the model."""
    materials: dict[str, list[str]] = {"skin": [], "hair": []}
    for surface in anatomy.surfaces:
        node = anatomy.model.nodes[surface.node]
        index = anatomy.model.meshes[node.mesh].primitives[surface.primitive].material
        if index is None:
            continue
        name = anatomy.model.materials[index].name
        region = classes.get(glob.escape(f"{node.name}/{name}"), "skin")
        part = "skin" if region in _SKIN else region
        if part in materials and name not in materials[part]:
            materials[part].append(name)
    found = []
    for part, dark in (("skin", _DARK_SKIN), ("hair", _DARK_HAIR)):
        name = f"{part}_tone"
        if not materials[part] or name in taken:
            continue
        taken.add(name)
        by_name = {material.name: material for material in anatomy.model.materials}
        channels = []
        for material in materials[part]:
            own = by_name[material].base_color
            low = (*(c * d for c, d in zip(own[:3], dark, strict=True)), own[3])
            channels.append(MaterialChannel(material, "base_color", low, own, own))
        text = f"dark at 0, as in the model at 1: {', '.join(materials[part])}"
        found.append(Bound(Continuous(name, part, 1.0, None, text), tuple(channels)))
    return found


def unit(anatomy: Anatomy) -> float:
    """Metres of one unit of the model: glTF's 1, unless the head would be no human's."""
    power = 10.0 ** round(math.log10(_HUMAN / anatomy.height))
    for candidate in (1.0, power):
        if 0.12 <= candidate * anatomy.height <= 0.6:
            return candidate
    return float(f"{_HUMAN / anatomy.height:.3g}")


def view(anatomy: Anatomy, scale: float) -> View:
    """A camera that sees the head from the front, in metres."""
    low, high = anatomy.head_box
    middle = (low + high) / 2
    height = max(anatomy.height, 0.8 * float(high[0] - low[0]))
    aim = np.array([middle[0], middle[1] - _LOWER * height, middle[2]])
    distance = _ROOM * height / 2 / math.tan(FIELD_OF_VIEW / 2)
    eye = aim + np.array([0, 0, anatomy.front * distance])
    return View(tuple((eye * scale).tolist()), tuple((aim * scale).tolist()), FIELD_OF_VIEW)


def _class(called: tuple[str, ...]) -> str | None:
    """The class that names tell; whole words count before parts of words."""
    for name in called:
        parts = set(names.words(name))
        for region, known in _CLASSES:
            if parts.intersection(known.split()):
                return region
    for name in called:
        joined = "".join(names.words(name))
        for region, known in _CLASSES:
            if any(word in joined for word in _INSIDE.intersection(known.split())):
                return region
    return None
