"""Would a face reader take the imitation for the original? dlib looks at both.

The search sees the engine only through its imitator, so what dlib's landmarks and descriptor
say of an imitation must be what they say of the engine's picture.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from face2param import images
from face2param.alignment import detect_faces, predict_landmarks
from face2param.imitator.samples import Samples
from face2param.metrics.landmarks import nme


@dataclasses.dataclass(frozen=True)
class Fidelity:
    """Differences between imitations and originals.

    Attributes:
      count: heads looked at.
      missed: heads on which dlib found a face in the original but none in the imitation.
      mean_absolute_error: over all pixels.
      landmark_difference: mean distance of dlib's landmarks on both pictures, over the
        original's outer-eye distance.
      landmark_noise: the same between the original and its own picture after a little noise
        (sigma 1/255), which is what the detector itself contributes.
    """

    count: int
    missed: int
    mean_absolute_error: float
    landmark_difference: float
    landmark_noise: float


def measure(predict: Callable[[np.ndarray], np.ndarray], samples: Samples) -> Fidelity:
    """Compares imitations with originals.

    Args:
      predict: indices of samples -> imitated pictures `[batch, height, width, 3]` in [0, 1].
      samples: heads that training never saw.
    """
    rng = np.random.default_rng(0)
    errors, differences, noises, missed = [], [], [], 0
    for index in range(len(samples)):
        real = images.from_uint8(samples.images[index])
        imitated = predict(np.array([index]))[0]
        errors.append(np.abs(real - imitated).mean())
        noisy = np.clip(real + rng.normal(0, 1 / 255, real.shape), 0, 1).astype(np.float32)
        truth, found, again = (dlib_landmarks(picture) for picture in (real, imitated, noisy))
        if truth is None:
            continue
        if found is None:
            missed += 1
            continue
        differences.append(float(nme(found, truth)))
        if again is not None:
            noises.append(float(nme(again, truth)))
    return Fidelity(
        len(samples),
        missed,
        float(np.mean(errors)),
        float(np.mean(differences)) if differences else float("nan"),
        float(np.mean(noises)) if noises else float("nan"),
    )


def dlib_landmarks(image: np.ndarray) -> np.ndarray | None:
    """`[68, 2]` landmarks of the largest face in a picture in pixels, None where there is none."""
    faces = detect_faces(image)
    if not faces:
        return None
    largest = max(faces, key=lambda face: face.area)
    return predict_landmarks(image, largest)
