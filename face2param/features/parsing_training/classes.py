"""Which classes a parsing network tells apart: CelebAMask-HQ's 19 or Helen's 11.

Label maps are kept in the 19 classes of `face2param.regions`, with `REST` where a data set
says no more than "none of mine", and are translated when a batch is made.
"""

from __future__ import annotations

import numpy as np

from face2param.regions import CLASSES, IGNORE, INDEX

REST = 254
"""Label of pixels that Helen calls background: background, neck, ears, clothes or a hat."""

HELEN = (
    "background",
    "skin",
    "l_brow",
    "r_brow",
    "l_eye",
    "r_eye",
    "nose",
    "u_lip",
    "mouth",
    "l_lip",
    "hair",
)
"""The 11 classes of Smith et al. (CVPR 2013) in their order, by our names.

Their skin excludes ears and neck, their mouth is the inner mouth.
"""

CLASS_SETS = {"celebamask": CLASSES, "helen": HELEN}


def translation(class_set: str) -> np.ndarray:
    """`[256]` uint8: label of a map -> class of the network, `IGNORE` where unknown.

    For 19 classes `REST` is unknown. For Helen's 11 it is background, as are ears, neck and
    clothes; glasses and hats, which Helen labels as what they hide, are unknown.
    """
    table = np.full(256, IGNORE, np.uint8)
    if class_set == "celebamask":
        table[: len(CLASSES)] = np.arange(len(CLASSES))
        return table
    for index, name in enumerate(HELEN):
        table[INDEX[name]] = index
    for name in ("neck", "neck_l", "cloth", "l_ear", "r_ear", "ear_r"):
        table[INDEX[name]] = HELEN.index("background")
    table[REST] = HELEN.index("background")
    return table


def to_regions(class_set: str) -> np.ndarray:
    """`[classes]` uint8: class of the network -> index in `face2param.regions.CLASSES`."""
    return np.array([INDEX[name] for name in CLASS_SETS[class_set]], np.uint8)
