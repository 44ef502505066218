"""Time of the alignment, and scatter of the landmarks when a photograph is cropped and resized.

    python tests/benchmarks/alignment.py --photos ../shared/data/portraits --limit 30

The scatter is the mean distance of the landmarks of six crops from their mean, as a fraction of
the outer-eye distance, with one prediction a face and with the average of eight.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from face2param import alignment, engines, images
from face2param.errors import NoFaceError
from face2param.landmarks import markup


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", required=True)
    parser.add_argument("--limit", type=int, default=30)
    arguments = parser.parse_args()
    canonical = engines.get("builtin").canonical_landmarks((512, 512))
    photos = [images.read_image(p) for p in sorted(Path(arguments.photos).glob("*.jpg"))]
    seconds, missed = [], 0
    for photo in photos:
        start = time.perf_counter()
        try:
            alignment.align_photo(photo, canonical, (512, 512))
        except NoFaceError:
            missed += 1
        seconds.append(time.perf_counter() - start)
    print(f"{len(photos)} photographs, {missed} without a face, median {np.median(seconds):.3f} s")
    rng = np.random.default_rng(0)
    scatter = [scatter_of(photo, rng) for photo in photos[: arguments.limit]]
    print("scatter of one prediction and of the average of eight:", np.nanmean(scatter, 0).round(4))


def scatter_of(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`[2]`: scatter for 1 and 8 samples."""
    found: dict[int, list[np.ndarray]] = {1: [], 8: []}
    for _ in range(6):
        x, y = rng.integers(0, 12, 2)
        part = photo[y:, x:]
        size = [round(side * rng.uniform(0.9, 1.6)) for side in part.shape[:1]] * 2
        size[1] = round(part.shape[1] * size[0] / part.shape[0])
        faces = alignment.detect_faces(images.resize(part, tuple(size)))
        for samples in found if faces else ():
            points = alignment.predict_landmarks(
                images.resize(part, tuple(size)), faces[0], samples
            )
            found[samples].append(points * (np.array(part.shape[1::-1]) / size[::-1]) + [x, y])
    return np.array([_scatter(np.array(points)) for points in found.values()])


def _scatter(points: np.ndarray) -> float:
    if len(points) < 2:
        return np.nan
    mean = points.mean(0)
    return float(np.linalg.norm(points - mean, axis=-1).mean() / markup.outer_eye_distance(mean))


if __name__ == "__main__":
    main()
