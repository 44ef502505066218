import numpy as np
import pytest
from skimage import data

from face2param import images
from face2param.imitator import fidelity
from face2param.imitator.samples import Samples


@pytest.fixture(scope="module")
def samples():
    face = images.to_uint8(
        images.resize(images.from_uint8(data.astronaut())[:256, 96:352], (256, 256))
    )
    pictures = np.stack([face, np.full_like(face, 90)])
    count = len(pictures)
    return Samples(
        "photo",
        np.zeros((count, 1), np.float32),
        np.zeros((count, 0), np.float32),
        pictures,
        np.zeros((count, 68, 2), np.float32),
    )


def test_an_exact_imitation_differs_by_nothing(samples):
    result = fidelity.measure(lambda i: images.from_uint8(samples.images[i]), samples)
    assert (result.count, result.missed) == (2, 0)
    assert result.mean_absolute_error == pytest.approx(0, abs=1e-7)
    assert result.landmark_difference == 0
    assert 0 < result.landmark_noise < 0.02


def test_a_shifted_face_is_measured_in_eye_distances(samples):
    def shifted(rows):
        return np.roll(images.from_uint8(samples.images[rows]), 4, axis=2)

    truth = fidelity.dlib_landmarks(images.from_uint8(samples.images[0]))
    expected = 4 / np.linalg.norm(truth[36] - truth[45])
    result = fidelity.measure(shifted, samples)
    # dlib itself scatters by about a hundredth of the eye distance.
    assert result.landmark_difference == pytest.approx(expected, abs=0.015)


def test_a_blank_imitation_is_missed(samples):
    result = fidelity.measure(lambda i: np.full((1, 256, 256, 3), 0.5, np.float32), samples)
    assert result.missed == 1 and np.isnan(result.landmark_difference)
