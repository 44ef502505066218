"""Sheets to look at: each photograph beside what the engine draws from the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from face2param import images
from face2param.estimator.model import Estimator
from face2param.estimator.samples import Samples

Draw = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Encoded character `[width]` and normalised nuisance `[nuisance_width]` -> `[h, w, 3]` picture."""


def write_preview(
    path: Path,
    estimator: Estimator,
    samples: Samples,
    draw: Draw,
    captions: Sequence[str] | None = None,
    pairs: int = 4,
) -> None:
    """Writes a mosaic: in each row some pairs (what was seen | what was answered).

    Args:
      path: picture to write.
      estimator: whose answers are shown.
      samples: prepared faces.
      draw: draws an answer.
      captions: of the faces, or None for their numbers.
      pairs: in a row.
    """
    estimate = estimator(samples.inputs)
    pictures, texts = [], []
    for row in range(len(samples)):
        seen = np.asarray(samples.inputs["picture"][row])
        pictures.append(images.from_uint8(seen))
        drawn = draw(estimate.values[row], estimate.nuisance[row])
        pictures.append(images.resize(np.asarray(drawn, np.float32), seen.shape[:2]))
        texts += [captions[row] if captions else f"{row}", "answer"]
    images.write_image(Path(path), images.mosaic(pictures, 2 * pairs, texts))
