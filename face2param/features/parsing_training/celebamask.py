"""CelebAMask-HQ folders: 1024-pixel portraits with one binary mask for each part.

    CelebA-HQ-img/NUMBER.jpg
    CelebAMask-HQ-mask-anno/0..14/NUMBER_part.png   (512 pixels, NUMBER in five digits)

or, instead of the second, label maps merged before: `mask/NUMBER.png` in zllrunning's order
(as its prepropess_data.py writes them) or `CelebAMaskHQ-mask/NUMBER.png` in the official order
(as the data set's g_mask.py does). The two orders are a common confusion; the folder's name
decides.
"""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np

from face2param import images
from face2param.errors import DatabaseError
from face2param.features.parsing_training.labelled_files import (
    LabelledFiles,
    read_grey,
    viewer_sides,
)
from face2param.regions import CLASSES, IGNORE, INDEX, SWAP

PICTURES = "CelebA-HQ-img"
PARTS = "CelebAMask-HQ-mask-anno"
OFFICIAL = (
    "background", "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear",
    "r_ear", "mouth", "u_lip", "l_lip", "hair", "hat", "ear_r", "neck_l", "neck", "cloth",
)  # fmt: skip
"""The data set's own class order, from its README."""
_MERGED = {"mask": CLASSES, "CelebAMaskHQ-mask": OFFICIAL, "CelebAMask-HQ-mask": OFFICIAL}
_PER_FOLDER = 2000
_VOTERS = 40


def open_folder(folder: str | Path) -> LabelledFiles:
    """Lists the pictures of a CelebAMask-HQ folder.

    Which side its `l_` and `r_` mean is read from the masks themselves, as ours mean the
    viewer's (`face2param.regions`).

    Args:
      folder: holds `CelebA-HQ-img` and one of the label folders above.

    Returns:
      The pictures by number, not yet read.

    Raises:
      DatabaseError: a folder is missing or empty, or a picture's name is no number.
    """
    folder = Path(folder)
    pictures = folder / PICTURES
    if not pictures.is_dir():
        raise DatabaseError(f"{folder}: is no CelebAMask-HQ folder, {PICTURES}/ is missing")
    paths = sorted(pictures.glob("*.jpg"), key=_number)
    if not paths:
        raise DatabaseError(f"{pictures}: holds no NUMBER.jpg")
    merged = next((name for name in _MERGED if (folder / name).is_dir()), None)
    if merged is not None:
        table = np.full(256, IGNORE, np.uint8)
        for index, name in enumerate(_MERGED[merged]):
            table[index] = INDEX[name]
        pairs = [(path, folder / merged / f"{path.stem}.png") for path in paths]
        paint = functools.partial(_translate, table=table)
    elif (folder / PARTS).is_dir():
        pairs = [(path, folder / PARTS / str(_number(path) // _PER_FOLDER)) for path in paths]
        paint = paint_parts
    else:
        raise DatabaseError(f"{folder}: holds neither {PARTS}/ nor {', '.join(_MERGED)}")
    voters = [pairs[i] for i in np.unique(np.linspace(0, len(pairs) - 1, _VOTERS).astype(int))]
    shown = viewer_sides([paint(*pair) for pair in voters], INDEX["l_eye"], INDEX["r_eye"])
    load = functools.partial(_load, paint=paint, swap=not shown)
    return LabelledFiles("celebamask", tuple(pairs), load)


def paint_parts(path: Path, folder: Path) -> np.ndarray:
    """Paints the part masks of one picture over each other in the order of `CLASSES`.

    Args:
      path: of the picture; its name is the number.
      folder: of its masks.

    Returns:
      `[height, width]` uint8, with the data set's own left and right.

    Raises:
      DatabaseError: there is no mask, or one has another size or is not binary.
    """
    labels = None
    for index, part in enumerate(CLASSES[1:], 1):
        file = folder / f"{_number(path):05}_{part}.png"
        if not file.is_file():
            continue
        mask = read_grey(file)
        if labels is None:
            labels = np.zeros(mask.shape, np.uint8)
        if mask.shape != labels.shape:
            raise DatabaseError(
                f"{file}: is {mask.shape}, the other masks of {path.name} are {labels.shape}"
            )
        labels[mask > 127] = index
    if labels is None:
        raise DatabaseError(f"{path}: has no masks {_number(path):05}_*.png in {folder}")
    return labels


def _translate(path: Path, label_path: Path, table: np.ndarray) -> np.ndarray:
    del path
    found = read_grey(label_path)
    if ((found >= len(CLASSES)) & (found != IGNORE)).any():
        raise DatabaseError(f"{label_path}: holds classes above {len(CLASSES) - 1}")
    return table[found]


def _load(path: Path, label_path: Path, size: int, paint, swap: bool):
    labels = paint(path, label_path)
    if swap:
        labels = np.append(SWAP, np.arange(len(SWAP), 256).astype(np.uint8))[labels]
    picture = images.to_uint8(images.read_image(path))
    if picture.shape[0] != picture.shape[1] or labels.shape[0] != labels.shape[1]:
        raise DatabaseError(
            f"{path}: picture {picture.shape[:2]} and labels {labels.shape} must be square"
        )
    picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    return picture, cv2.resize(labels, (size, size), interpolation=cv2.INTER_NEAREST)


def _number(path: Path) -> int:
    if not path.stem.isdigit():
        raise DatabaseError(f"{path}: pictures of CelebAMask-HQ are named NUMBER.jpg")
    return int(path.stem)
