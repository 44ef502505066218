"""The parameter layouts of face-nn as schemas: 95 bone sliders, later 4 floats more.

face-nn stores bare floats. Its Unity project walks them in the order of the sliders in its
editor, so the slots get the names of those sliders here: part of the face and a running
number. `python -m face2param.schema.facenn_layout` rewrites data/facenn95.json and
data/facenn99.json from this table.
"""

from __future__ import annotations

from face2param.schema.controls import Choice, Continuous
from face2param.schema.schema import DATA, Schema

# (group, item, ids of the slider groups that the item's slots drive, in slot order)
ITEMS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("face", "forehead", (1, 0, 2)),
    ("face", "cheeks", (4, 3)),
    ("face", "mid_cheek", (6, 5)),
    ("face", "masseter", (8, 7)),
    ("face", "jaw", (10, 9)),
    ("face", "chin", (12, 11, 13, 80)),
    ("brow", "brow_whole", (20, 19, 21, 22)),
    ("brow", "brow_head", (24, 23)),
    ("brow", "brow_middle", (26, 25)),
    ("brow", "brow_tail", (28, 27)),
    ("eye", "eye_whole", (15, 14, 16, 17, 18)),
    ("eye", "upper_lid", (30, 29, 31)),
    ("eye", "lower_lid", (33, 32, 34)),
    ("eye", "inner_corner", (36, 35)),
    ("eye", "outer_corner", (38, 37)),
    ("eye", "eyeball", (39,)),
    ("nose", "nose_whole", (41, 40, 42, 43)),
    ("nose", "nose_tip", (44, 45, 46)),
    ("nose", "nose_wing", (48, 47)),
    ("nose", "nose_bridge", (50, 49, 51, 52)),
    ("nose", "nose_root", (54, 53, 55)),
    ("mouth", "mouth_whole", (57, 56)),
    ("mouth", "upper_lip", (67, 66, 68, 73)),
    ("mouth", "upper_bead", (60, 61, 62)),
    ("mouth", "lower_bead", (63, 64, 65)),
    ("mouth", "lower_lip", (70, 69, 71, 74)),
    ("mouth", "mouth_corner", (59, 58)),
    ("mouth", "mouth_open", (72, 72)),
    ("ear", "helix", (76, 75)),
    ("ear", "ear_lobe", (78, 77, 79)),
)
BONE_SLOTS = 95
# Both slots of the item mouth_open drive slider group 72; the second overwrites the first.
OVERWRITTEN_SLOT = 75
BROW_TEXTURES = ("texture_0", "texture_1", "texture_2")


def bone_parameters() -> tuple[Continuous, ...]:
    """The 95 slots in file order.

    81 of them have an effect of their own in Unity. Slot 75 is overwritten by slot 76, and
    slots 82 to 94 are read by nothing: they came from stale entries in a list whose length
    gave the number 95.
    """
    parameters = []
    for group, item, slider_groups in ITEMS:
        for number, slider_group in enumerate(slider_groups, 1):
            slot = len(parameters)
            name, note = f"{item}_{number}", ""
            if slot == OVERWRITTEN_SLOT:
                name, note = f"{item}_overwritten", "; no effect, the next slot overwrites it"
            text = f"slot {slot}, slider group {slider_group}{note}"
            parameters.append(Continuous(name, group, description=text))
    for slot in range(len(parameters), BONE_SLOTS):
        text = f"slot {slot}, dead: face-nn writes it, nothing reads it"
        parameters.append(Continuous(f"unused_{slot}", "unused", description=text))
    return tuple(parameters)


def facenn95() -> Schema:
    """The 95 floats of face-nn's TensorFlow era."""
    return Schema(
        "facenn95",
        "1",
        bone_parameters(),
        description="face-nn until November 2019: 95 bone sliders, 81 of them live.",
    )


def facenn99() -> Schema:
    """The 99 floats of face-nn's last version: 95 sliders, brow darkness, one brow of three."""
    darkness = Continuous(
        "brow_darkness",
        "brow",
        description="slot 95; the engine uses the HSV value 0.6 * v + 0.2",
    )
    texture = Choice(
        "brow_texture",
        "brow",
        BROW_TEXTURES,
        BROW_TEXTURES[0],
        description="slots 96 to 98, one-hot; the engine takes the largest",
    )
    return Schema(
        "facenn99",
        "1",
        (*bone_parameters(), darkness),
        (texture,),
        description="face-nn since November 2019: facenn95, brow darkness, brow texture.",
    )


def main() -> None:
    """Rewrites the two JSON files of the package."""
    for schema in (facenn95(), facenn99()):
        schema.save(DATA / f"{schema.name}.json")


if __name__ == "__main__":
    main()
