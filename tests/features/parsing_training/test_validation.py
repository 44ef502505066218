import numpy as np
import pytest

from face2param.features.parsing_training import validation
from face2param.features.parsing_training.batches import LabelledPictures
from face2param.features.parsing_training.classes import (
    CLASS_SETS,
    HELEN,
    REST,
    to_regions,
    translation,
)
from face2param.images import read_image
from face2param.regions import CLASSES, IGNORE, INDEX


class Oracle:
    """A network that answers with given classes."""

    def __init__(self, labels, classes=19):
        self.labels, self.classes = labels, classes

    def predict_on_batch(self, images):
        return {"out": np.eye(self.classes)[self.labels]}


def pictures():
    labels = np.zeros((2, 32, 32), np.uint8)
    labels[:, 10:30, 10:30] = INDEX["skin"]
    labels[:, :4] = IGNORE
    return LabelledPictures(np.zeros((2, 32, 32, 3), np.uint8), labels)


def test_iou_of_a_perfect_and_a_blind_network():
    data = pictures()
    perfect = np.where(data.labels == IGNORE, 5, data.labels)  # unknown pixels do not count
    assert validation.evaluate(Oracle(perfect), data, 32) == {
        "background": 1.0,
        "skin": 1.0,
    }
    blind = validation.evaluate(Oracle(np.zeros_like(perfect)), data, 32)
    known = 2 * (28 * 32)
    assert blind == {
        "background": pytest.approx((known - 2 * 400) / known, abs=1e-4),
        "skin": 0.0,
    }


def test_eleven_classes_are_measured_and_drawn_in_the_common_colours(tmp_path):
    data = pictures()
    answer = np.full((2, 32, 32), HELEN.index("hair"))
    iou = validation.evaluate(Oracle(answer, 11), data, 32, "helen")
    assert iou == {"background": 0.0, "skin": 0.0}
    path = validation.draw(Oracle(answer, 11), data, 32, tmp_path / "x.png", "helen")
    colour = read_image(path)[16, 2 * 32 + 16]
    hair = to_regions("helen")[HELEN.index("hair")]
    assert hair == INDEX["hair"]
    from face2param.regions import COLOURS

    np.testing.assert_allclose(colour, 0.6 * COLOURS[hair] / 255, atol=0.01)


def test_what_helen_cannot_know_is_unknown_to_19_classes_and_background_to_11():
    nineteen, eleven = translation("celebamask"), translation("helen")
    assert nineteen[REST] == IGNORE and eleven[REST] == 0
    assert [nineteen[i] for i in range(19)] == list(range(19))
    for name in ("neck", "cloth", "l_ear", "r_ear"):
        assert eleven[INDEX[name]] == 0
    assert eleven[INDEX["eye_g"]] == eleven[INDEX["hat"]] == eleven[IGNORE] == IGNORE
    for index, name in enumerate(HELEN):
        assert eleven[INDEX[name]] == index
    assert CLASS_SETS["celebamask"] == CLASSES
