"""How well a parsing network reads renders and photographs that it was not trained on.

    face2param generate_database --size 256 --labels --seed 991 --jitter 0.8 --count 240 \
        --validation_fraction 0.9 --output unseen
    python tests/benchmarks/parsing_quality.py --database unseen \
        --photos ../shared/data/portraits --output out/

Renders: region IoU over all pixels of the validation heads. Photographs: every `--every`-th
(those that `label_photos --hold_out_every 4` leaves out); brows, eyes, nose, lips and the face's
outline are compared with the regions that the landmarks outline, picture by picture, the other
regions with the labels of `pseudo_labels`; and a contact sheet is drawn. Glasses hide
eyes and brows, so both are measured on faces without.
"""

import argparse
import time
from pathlib import Path

import keras
import numpy as np

from face2param import features, images
from face2param.alignment import detect_faces, predict_landmarks
from face2param.database.reader import Database
from face2param.features.landmark_regions import landmark_masks
from face2param.features.parsing_training import preview
from face2param.features.parsing_training.labelled_photos import label_portrait, read_pairs
from face2param.metrics import regions as overlap
from face2param.regions import CLASSES, INDEX

_FACE = ("skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "nose", "mouth", "u_lip", "l_lip")
_ON_PHOTOS = {
    "brows": ("l_brow", "r_brow"),
    "eyes": ("l_eye", "r_eye"),
    "nose": ("nose",),
    "lips": ("u_lip", "l_lip", "mouth"),
    "face": _FACE,
}
_ON_RENDERS = {
    "skin": ("skin",),
    "brows": ("l_brow", "r_brow"),
    "eyes": ("l_eye", "r_eye"),
    "nose": ("nose",),
    "lips": ("u_lip", "l_lip"),
    "hair": ("hair",),
}


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos")
    parser.add_argument("--database")
    parser.add_argument("--weights", default="default")
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    network = features.parsing(arguments.weights)
    if arguments.database:
        on_renders(network, arguments.database, arguments.size)
    if arguments.photos:
        on_photos(network, arguments)


def on_renders(network, folder: str, size: int) -> None:
    """Prints the region IoU on the validation heads of a database."""
    database = Database(folder)
    rows = database.indices("validation")
    pairs = [(database.picture_path(i), database.label_path(i)) for i in rows]
    pictures, labels = read_pairs(pairs, size)
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for start in range(0, len(rows), 8):
        part = slice(start, start + 8)
        answer = classes(network, images.from_uint8(pictures[part]))
        counts += overlap.confusion(answer, labels[part], len(CLASSES))
    joined = {}
    for region, names in _ON_RENDERS.items():
        rows = [INDEX[name] for name in names]
        both = counts[np.ix_(rows, rows)].sum()
        joined[region] = both / (counts[rows].sum() + counts[:, rows].sum() - both)
    print(
        f"{len(pictures)} renders, mean IoU {np.mean(list(joined.values())):.4f}:", rounded(joined)
    )
    single = dict(zip(CLASSES, overlap.iou(counts), strict=True))
    print("each class:", rounded({n: v for n, v in single.items() if counts[INDEX[n]].any()}))


def on_photos(network, arguments) -> None:
    """Prints the agreement with landmarks and colours and draws the contact sheet."""
    pictures, labels, ious, seconds = [], [], [], []
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    size = arguments.size
    for path in sorted(Path(arguments.photos).glob("*.jpg"))[:: arguments.every]:
        photo = images.read_image(path)
        landmarks = predict_landmarks(photo, detect_faces(photo)[0])
        picture, truth = label_portrait(photo, landmarks, size)
        small = images.from_uint8(picture)
        start = time.perf_counter()
        answer = classes(network, small[None])[0]
        seconds.append(time.perf_counter() - start)
        pictures.append(picture)
        labels.append(truth)
        counts += overlap.confusion(answer, truth, len(CLASSES))
        masks = landmark_masks(predict_landmarks(small, detect_faces(small)[0]), (size, size))
        ious.append(agreement(answer, masks, glasses=(truth == INDEX["eye_g"]).any()))
    print(f"{len(pictures)} photographs, {np.median(seconds):.3f} s each")
    means = {name: np.nanmean([row[name] for row in ious]) for name in _ON_PHOTOS}
    print("IoU with landmark regions:", rounded(means))
    iou = overlap.iou(counts)
    rest = ("background", "skin", "neck", "cloth", "hair", "eye_g", "l_ear", "r_ear")
    print("IoU with colour labels:", rounded({name: iou[INDEX[name]] for name in rest}))
    if arguments.output:
        sheet = preview.write(
            arguments.weights, np.array(pictures), np.array(labels), arguments.output, "photos", 40
        )
        print(sheet)


def classes(network, pictures: np.ndarray) -> np.ndarray:
    """Most likely class `[batch, height, width]` of pictures in [0, 1]."""
    return keras.ops.convert_to_numpy(network.probabilities(pictures)).argmax(-1)


def agreement(answer: np.ndarray, masks: dict[str, np.ndarray], glasses: bool) -> dict[str, float]:
    """IoU of one picture's regions with those of the landmarks."""
    found = {}
    for region, names in _ON_PHOTOS.items():
        wanted = masks["face"] if region == "face" else np.any([masks[n] for n in names], 0)
        have = np.isin(answer, [INDEX[name] for name in names])
        if region == "face":  # the outline ends at the brows, the forehead does not
            have &= np.arange(len(have))[:, None] >= np.argmax(wanted.any(1))
        hidden = glasses and region in ("brows", "eyes")
        found[region] = np.nan if hidden else (wanted & have).sum() / (wanted | have).sum()
    return found


def rounded(values: dict[str, float]) -> dict[str, float]:
    """The same, to three digits, for printing."""
    return {name: round(float(value), 3) for name, value in values.items()}


if __name__ == "__main__":
    main()
