"""Helen folders with 11 classes, in the two layouts in which they are found.

SmithCVPR2013_dataset_resized (README of Smith et al., CVPR 2013):

    images/NAME.jpg
    labels/NAME/NAME_lbl00.png .. NAME_lbl10.png    (probabilities, 255 = 1)
    exemplars.txt, tuning.txt, testing.txt          (lines "NUMBER , NAME")

helen_small4seg:

    images/NAME.jpg
    SegClassLabel/NAME.png                          (index maps, the same order)
    train.txt, val.txt                              (lines "NAME")
"""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np

from face2param import images
from face2param.errors import DatabaseError
from face2param.features.parsing_training.classes import HELEN, REST
from face2param.features.parsing_training.labelled_files import (
    LabelledFiles,
    read_grey,
    viewer_sides,
)
from face2param.regions import IGNORE, INDEX, SWAP

_SPLITS = {
    "labels": {"training": "exemplars.txt", "validation": "tuning.txt"},
    "SegClassLabel": {"training": "train.txt", "validation": "val.txt"},
}
_FRAME = 1.8
"""Side of the cut picture over the larger side of the face's labels."""
_VOTERS = 20


def open_folder(folder: str | Path) -> dict[str, LabelledFiles]:
    """Lists the pictures of a Helen folder; its 100 testing pictures are left alone.

    Which side its left and right mean is read from the labels themselves, as ours mean the
    viewer's (`face2param.regions`). What Helen calls background (neck, ears and clothes are
    among it) is `REST`.

    Args:
      folder: in one of the layouts above.

    Returns:
      "training" and "validation", not yet read.

    Raises:
      DatabaseError: a folder, a list or a picture of a list is missing.
    """
    folder = Path(folder)
    kind = next((name for name in _SPLITS if (folder / name).is_dir()), None)
    if kind is None or not (folder / "images").is_dir():
        raise DatabaseError(
            f"{folder}: is no Helen folder, it needs images/ and {' or '.join(_SPLITS)}/"
        )
    maps = _probabilities if kind == "labels" else _indices
    splits = {}
    for split, file in _SPLITS[kind].items():
        pairs = []
        for name in _names(folder / file):
            path = folder / "images" / f"{name}.jpg"
            if not path.is_file():
                raise DatabaseError(f"{path} is missing, {file} lists it")
            labels = folder / kind / (name if kind == "labels" else f"{name}.png")
            pairs.append((path, labels))
        splits[split] = pairs
    pairs = splits["training"]
    voters = [pairs[i] for i in np.unique(np.linspace(0, len(pairs) - 1, _VOTERS).astype(int))]
    eyes = HELEN.index("l_eye"), HELEN.index("r_eye")
    shown = viewer_sides([maps(*pair) for pair in voters], *eyes)
    load = functools.partial(_load, maps=maps, table=_table(swap=not shown))
    return {
        split: LabelledFiles("helen-" + split, tuple(pairs), load)
        for split, pairs in splits.items()
    }


def _names(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatabaseError(f"{file}: cannot be read ({error})") from None
    names = [line.rpartition(",")[2].strip() for line in lines]
    names = [name.removesuffix(".jpg") for name in names if name]
    if not names:
        raise DatabaseError(f"{file}: lists no pictures")
    return names


def _table(swap: bool) -> np.ndarray:
    """`[256]`: Helen's index -> label of ours; its background is `REST`."""
    table = np.full(256, IGNORE, np.uint8)
    for index, name in enumerate(HELEN):
        table[index] = SWAP[INDEX[name]] if swap else INDEX[name]
    table[HELEN.index("background")] = REST
    return table


def _probabilities(path: Path, folder: Path) -> np.ndarray:
    """Most probable class; `IGNORE` where all maps are black."""
    del path
    best = labels = None
    for index in range(len(HELEN)):
        file = folder / f"{folder.name}_lbl{index:02}.png"
        found = read_grey(file)
        if best is None:
            best, labels = np.zeros_like(found), np.full_like(found, IGNORE)
        if found.shape != best.shape:
            raise DatabaseError(f"{file}: is {found.shape}, the maps before are {best.shape}")
        labels[found > best] = index
        best = np.maximum(best, found)
    return labels


def _indices(path: Path, file: Path) -> np.ndarray:
    del path
    found = read_grey(file)
    if ((found >= len(HELEN)) & (found != IGNORE)).any():
        raise DatabaseError(f"{file}: holds classes above {len(HELEN) - 1}")
    return found


def _load(path: Path, label_path: Path, size: int, maps, table: np.ndarray):
    """Cuts a square about the face, as the pictures have any shape."""
    picture = images.to_uint8(images.read_image(path))
    found = maps(path, label_path)
    if found.shape != picture.shape[:2]:
        raise DatabaseError(f"{path}: is {picture.shape[:2]}, its labels are {found.shape}")
    face = (found >= HELEN.index("skin")) & (found < HELEN.index("hair"))
    if not face.any():
        raise DatabaseError(f"{label_path}: labels no face")
    rows, columns = (np.flatnonzero(face.any(axis)) for axis in (1, 0))
    side = _FRAME * (max(np.ptp(rows), np.ptp(columns)) + 1)
    centre = np.array([columns[0] + columns[-1] + 1, rows[0] + rows[-1] + 1]) / 2
    step = side / size
    # OpenCV counts from the first pixel's centre.
    shift = centre - side / 2 + step / 2 - 0.5
    matrix = np.array([[step, 0, shift[0]], [0, step, shift[1]]])
    backwards = cv2.WARP_INVERSE_MAP
    if step > 1:  # against aliasing
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 * step)
    cut = cv2.warpAffine(
        picture, matrix, (size, size), flags=cv2.INTER_LINEAR | backwards,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    labels = cv2.warpAffine(
        table[found], matrix, (size, size), flags=cv2.INTER_NEAREST | backwards,
        borderValue=IGNORE,
    )  # fmt: skip
    return cut, labels
