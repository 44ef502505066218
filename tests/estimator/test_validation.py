import numpy as np
import pytest

from face2param import images
from face2param.estimator import preview, validation
from face2param.estimator.model import Estimator
from face2param.estimator.targets import HEADS
from tests.estimator import toy


class Oracle(Estimator):
    """Answers what it is told."""

    def __init__(self, outputs):
        super().__init__(toy.SCHEMA, toy.network())
        self.told = outputs

    def __call__(self, inputs, batch_size=64):
        return self.interpret(self.told)


@pytest.fixture(scope="module")
def samples():
    return toy.samples(40)


@pytest.fixture(scope="module")
def outputs(samples):
    attributes = {name: np.zeros((40, len(o)), np.float32) for name, o in HEADS.items()}
    attributes["hair_length"] = 9.0 * np.eye(5, dtype=np.float32)[samples.attributes[:, 3]]
    return {
        "continuous": samples.characters[:, :3] + np.float32(0.01),
        "confidence": np.full((40, 3), 2 * np.log(0.01), np.float32),
        "choices": 9 * samples.characters[:, 3:],
        "nuisance": samples.nuisance,
        **attributes,
    }


def test_a_good_estimator_has_small_errors(samples, outputs):
    mean = samples.characters.mean(0)
    metrics = validation.validate(Oracle(outputs), samples, mean)
    assert metrics["parameter_error"] == pytest.approx(0.01, rel=1e-3)
    assert metrics["deviation_ratio"] == pytest.approx(1, rel=1e-2)
    assert metrics["hair_right"] == metrics["hair_length_right"] == 1
    assert metrics["nuisance_error"] == 0
    assert 0.15 < metrics["parameter_error_mean"] < 0.35
    commonest = max(mean[3], mean[4])
    assert metrics["hair_right_mean"] == pytest.approx(commonest, abs=1e-5)
    assert "beard_right" not in metrics  # nobody knows
    assert validation.score(metrics) == pytest.approx(0.01 / metrics["parameter_error_mean"])


def test_presence_is_judged_apart_from_kind(outputs):
    shares = np.float32([[0.6, 0.4, 0, 0, 0], [0.4, 0.3, 0.3, 0, 0]])
    estimate = Oracle({n: v[:2] for n, v in outputs.items()})({})
    estimate.attributes["beard"] = shares
    targets = np.full((2, 5), -1)
    targets[:, 0] = [0, 2]
    found = validation.attributes_right(estimate, targets)
    assert found == {"beard_right": 0.5, "beard_present_right": 1.0}


def test_a_sheet_shows_what_was_seen_beside_the_answer(samples, outputs, tmp_path):
    def draw(encoded, nuisance):
        return np.broadcast_to(encoded[:3], (32, 32, 3))

    preview.write_preview(tmp_path / "sheet.png", Oracle(outputs), samples, draw, pairs=8)
    sheet = images.read_image(tmp_path / "sheet.png")
    assert sheet.shape[1] > 16 * 128 and sheet.shape[0] > 5 * 128
    # Toy pictures have the colour of their first three parameters.
    seen, answer = sheet[70, 70], sheet[70, 70 + 134]
    np.testing.assert_allclose(seen, samples.characters[0, :3], atol=0.02)
    np.testing.assert_allclose(answer, samples.characters[0, :3] + 0.01, atol=0.02)
