"""How well a parsing network reads photographs that it was not trained on.

    python tests/benchmarks/parsing_quality.py --photos ../shared/data/portraits --output out/

Takes every `--every`-th photograph (those that `label_photos --hold_out_every 4` leaves out),
compares brows, eyes, nose and lips with the regions that the landmarks outline, the other
regions with the labels of `features.pseudo_labels`, and draws a contact sheet.
"""

import argparse
import time
from pathlib import Path

import keras
import numpy as np

from face2param import features, images
from face2param.alignment import detect_faces, predict_landmarks
from face2param.features import parsing_preview
from face2param.features.labelled_photos import label_portrait
from face2param.features.landmark_regions import landmark_masks
from face2param.metrics import regions as overlap
from face2param.regions import CLASSES, INDEX

_JOINED = {
    "brows": ("l_brow", "r_brow"),
    "eyes": ("l_eye", "r_eye"),
    "nose": ("nose",),
    "lips": ("u_lip", "l_lip", "mouth"),
}


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", required=True)
    parser.add_argument("--weights", default="default")
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    network = features.parsing(arguments.weights)
    pictures, labels, ious, seconds = [], [], [], []
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for path in sorted(Path(arguments.photos).glob("*.jpg"))[:: arguments.every]:
        photo = images.read_image(path)
        landmarks = predict_landmarks(photo, detect_faces(photo)[0])
        picture, truth = label_portrait(photo, landmarks, arguments.size)
        start = time.perf_counter()
        probabilities = network.probabilities(images.from_uint8(picture)[None])
        answer = keras.ops.convert_to_numpy(probabilities)[0].argmax(-1)
        seconds.append(time.perf_counter() - start)
        pictures.append(picture)
        labels.append(truth)
        counts += overlap.confusion(answer, truth, len(CLASSES))
        small = images.from_uint8(picture)
        masks = landmark_masks(
            predict_landmarks(small, detect_faces(small)[0]), (arguments.size, arguments.size)
        )
        glasses = (truth == INDEX["eye_g"]).any()
        row = []
        for region, names in _JOINED.items():
            wanted = np.any([masks[name] for name in names], 0)
            found = np.isin(answer, [INDEX[name] for name in names])
            union = (wanted | found).sum()
            row.append(np.nan if glasses and region == "eyes" else (wanted & found).sum() / union)
        ious.append(row)
    print(f"{len(pictures)} photographs, {np.median(seconds):.3f} s each")
    means = np.nanmean(ious, 0)
    print("IoU with landmark regions:", dict(zip(_JOINED, means.round(3).tolist(), strict=True)))
    iou = overlap.iou(counts)
    rest = [n for n in ("background", "skin", "neck", "cloth", "hair", "eye_g", "l_ear", "r_ear")]
    print("IoU with colour labels:", {n: round(float(iou[INDEX[n]]), 3) for n in rest})
    if arguments.output:
        sheet = parsing_preview.write(
            arguments.weights, np.array(pictures), np.array(labels), arguments.output, "photos", 40
        )
        print(sheet)


if __name__ == "__main__":
    main()
