"""Reconstructs the measuring portraits: landmark NME, photometric error, seconds, overlays.

    python tests/benchmarks/reconstruction_portraits.py --photos ../shared/data/portraits \\
        --output /tmp/portraits [--limit 8] [--rnet none] [--refine_steps N]

Every fourth row of tests/data/portrait_labels.csv is a measuring portrait: nothing was trained or
tuned on it. NME: mean distance of the 68 landmarks of the reconstruction to the detected ones over
the detected outer-eye distance. Photometric error: mean length of the colour difference of drawing
and photograph where the model's front is seen and nothing covers it.

Writes portraits.csv, portraits.json, overlays.png and (the worst by NME) worst.png.
"""

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from face2param import config, images
from face2param.metrics import landmarks as landmark_metrics
from face2param.metrics.images import photometric_error
from face2param.pipelines import own_surface, photos, reconstruct
from face2param.pipelines import reconstruction_report as report
from face2param.pipelines.pictures import with_landmarks
from face2param.pipelines.reconstruction_pictures import square
from face2param.pipelines.reconstructor import Reconstructor, Settings

LABELS = Path(__file__).resolve().parents[1] / "data" / "portrait_labels.csv"
_WORST = 8


def main() -> None:
    """Parses the options, measures, prints and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--limit", type=int, help="at most so many, spread evenly")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--rnet", default="")
    parser.add_argument("--refine_steps", type=int)
    parser.add_argument("--preset", default=Settings().preset)
    options = parser.parse_args()
    settings = Settings(
        options.model, options.rnet, refine_steps=options.refine_steps, preset=options.preset
    )
    tools = Reconstructor.shared(settings)
    with LABELS.open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)][::4]
    if options.limit and options.limit < len(names):
        names = [names[i * len(names) // options.limit] for i in range(options.limit)]
    rows, pages = [], []
    for number, name in enumerate(names):
        started = time.perf_counter()
        photo = photos.open_photo(Path(options.photos) / f"{name}.jpg")
        found = reconstruct.of_photo(tools, photo)
        seconds = time.perf_counter() - started
        row = {
            "name": name,
            "nme": landmark_metrics.nme(found.landmarks, found.detected),
            "inner_nme": landmark_metrics.nme(found.landmarks, found.detected, "inner"),
            "photometric": photometric(tools, photo, found.coefficients),
            "seconds": seconds,
            **{f"seconds_{stage}": value for stage, value in found.seconds.items()},
        }
        rows.append({k: float(v) if k != "name" else v for k, v in row.items()})
        pages.append(panels(found))
        print(
            f"{number + 1:2d} {name}  nme {row['nme']:.4f}  inner {row['inner_nme']:.4f}  "
            f"photometric {row['photometric']:.4f}  {seconds:.1f} s",
            flush=True,
        )
    finish(Path(options.output), rows, pages, vars(options))


def photometric(tools: Reconstructor, photo, coefficients: dict[str, np.ndarray]) -> float:
    """Mean colour difference of drawing and crop on the part of the face that both show."""
    looked = tools.look(photo)
    drawn = tools.renderer({n: tf.constant(part[None]) for n, part in coefficients.items()})
    mask = drawn.front.numpy()[0, ..., 0] * (own_surface.probability(looked.classes) > 0.5)
    mask *= looked.aligned.valid_mask
    return float(photometric_error(np.clip(drawn.image[0], 0, 1), looked.aligned.image, mask))


def panels(found) -> np.ndarray:
    """Photograph with both landmark sets, overlay, textured face, clay: `[200, 800, 3]`."""
    low, high = found.landmarks.min(0), found.landmarks.max(0)
    box = (*low.tolist(), *high.tolist())
    marked = with_landmarks(found.image, found.detected, found.landmarks)
    shown = [square(marked, box), square(found.overlay(), box), found.view(), found.view(clay=True)]
    return np.concatenate([images.resize(picture, (200, 200)) for picture in shown], 1)


def finish(folder: Path, rows: list[dict], pages: list[np.ndarray], options: dict) -> None:
    """Prints the summary and writes the files."""
    summary = {}
    for name in rows[0]:
        if name == "name":
            continue
        values = np.array([row[name] for row in rows])
        summary[name] = {
            "mean": float(values.mean()),
            "median": float(np.median(values)),
            "largest": float(values.max()),
        }
        print(
            f"{name:<22} mean {values.mean():.4f}  median {np.median(values):.4f}  "
            f"largest {values.max():.4f}"
        )
    captions = [f"{r['name']}  nme {r['nme']:.3f}  colour {r['photometric']:.3f}" for r in rows]
    order = sorted(range(len(rows)), key=lambda i: -rows[i]["nme"])[:_WORST]
    config.write_json(folder / "portraits.json", {"options": options, "summary": summary})
    config.atomic_write(folder / "portraits.csv", report.as_csv(rows).encode())
    images.write_image(folder / "overlays.png", images.mosaic(pages, 2, captions))
    worst = images.mosaic([pages[i] for i in order], 2, [captions[i] for i in order])
    images.write_image(folder / "worst.png", worst)


if __name__ == "__main__":
    main()
