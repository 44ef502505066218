"""The 19 face-parsing classes, their display colours, and the merged regions of the search.

The class order is that of zllrunning/face-parsing (and of its released checkpoint). The
official CelebAMask-HQ order differs; convert at the border. `l_*` and `r_*` mean the
VIEWER's left and right side of the picture, after CelebA's own convention (its `lefteye_x` is
smaller than its `righteye_x`). This module is the one place that says so.
"""

import numpy as np

CLASSES = (
    "background",
    "skin",
    "l_brow",
    "r_brow",
    "l_eye",
    "r_eye",
    "eye_g",
    "l_ear",
    "r_ear",
    "ear_r",
    "nose",
    "mouth",
    "u_lip",
    "l_lip",
    "neck",
    "neck_l",
    "cloth",
    "hair",
    "hat",
)
INDEX = {name: index for index, name in enumerate(CLASSES)}
IGNORE = 255
"""Label of pixels that training and metrics leave out."""

MERGED = (
    "background",
    "skin",
    "brows",
    "eyes",
    "glasses",
    "ears",
    "nose",
    "mouth",
    "upper_lip",
    "lower_lip",
    "neck",
    "cloth",
    "hair",
)
"""Regions that the imitator predicts and the search compares: sides joined, jewellery dropped."""

_MERGED_NAME = {
    "l_brow": "brows",
    "r_brow": "brows",
    "l_eye": "eyes",
    "r_eye": "eyes",
    "eye_g": "glasses",
    "l_ear": "ears",
    "r_ear": "ears",
    "ear_r": "ears",
    "u_lip": "upper_lip",
    "l_lip": "lower_lip",
    "neck_l": "neck",
    "hat": "hair",
}
MERGE = np.array([MERGED.index(_MERGED_NAME.get(name, name)) for name in CLASSES], np.uint8)
"""`[19]` index of the merged region of each class. A hat counts as hair: it hides it."""

_SIDES = {2: 3, 3: 2, 4: 5, 5: 4, 7: 8, 8: 7}
SWAP = np.array([_SIDES.get(index, index) for index in range(len(CLASSES))], np.uint8)
"""`[19]` class of the mirrored picture: left and right change places."""

COLOURS = np.array(
    [
        (30, 34, 42),
        (238, 190, 158),
        (120, 72, 40),
        (160, 100, 56),
        (66, 150, 224),
        (96, 190, 240),
        (240, 220, 60),
        (204, 136, 112),
        (220, 156, 128),
        (250, 250, 140),
        (226, 150, 120),
        (140, 24, 40),
        (214, 68, 88),
        (240, 112, 124),
        (190, 140, 118),
        (220, 200, 120),
        (74, 92, 128),
        (104, 74, 150),
        (60, 140, 90),
    ],
    np.uint8,
)
"""`[19, 3]` RGB colours of the label pictures."""


def merge_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Adds the class probabilities of each merged region.

    Args:
      probabilities: `[..., 19]` class probabilities.

    Returns:
      `[..., 13]` probabilities in the order of `MERGED`; sums are kept.
    """
    merged = np.zeros((*probabilities.shape[:-1], len(MERGED)), probabilities.dtype)
    for index, target in enumerate(MERGE):
        merged[..., target] += probabilities[..., index]
    return merged


def colourise(labels: np.ndarray) -> np.ndarray:
    """Paints a label map.

    Args:
      labels: `[height, width]` class indices; `IGNORE` becomes black.

    Returns:
      `[height, width, 3]` float32 RGB in [0, 1].
    """
    table = np.zeros((256, 3), np.float32)
    table[: len(CLASSES)] = COLOURS / np.float32(255)
    return table[labels]


def vote(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrinks label maps to merged regions by a vote of the pixels of each cell.

    The most frequent region of a cell wins. Brows, eyes, glasses, mouth and lips count double,
    else they would vanish from cells that they share with the skin.

    Args:
      labels: `[..., height, width]` class indices, `IGNORE` where unknown.
      size: (height, width) of the result; divides that of the labels.

    Returns:
      `[..., size[0], size[1]]` uint8 indices into `MERGED`; `IGNORE` where a cell has no label.

    Raises:
      ValueError: `size` does not divide the size of the labels.
    """
    *batch, height, width = labels.shape
    if height % size[0] or width % size[1]:
        raise ValueError(f"size {size} must divide that of the labels, {(height, width)}")
    table = np.full(256, IGNORE, np.uint8)
    table[: len(CLASSES)] = MERGE
    cells = table[labels].reshape(*batch, size[0], height // size[0], size[1], width // size[1])
    votes = np.zeros((*batch, *size), np.int64)
    winner = np.full((*batch, *size), IGNORE, np.uint8)
    for index, name in enumerate(MERGED):
        found = (cells == index).sum((-3, -1)) * (2 if name in _SMALL else 1)
        winner[found > votes] = index
        votes = np.maximum(votes, found)
    return winner


_SMALL = frozenset({"brows", "eyes", "glasses", "mouth", "upper_lip", "lower_lip"})
