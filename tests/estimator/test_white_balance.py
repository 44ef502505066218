import numpy as np
import pytest

from face2param.estimator import colour_readings, white_balance
from face2param.regions import INDEX
from tests.estimator import drawn_face


@pytest.fixture(scope="module")
def plain():
    return drawn_face.draw()


def skin(photo, light):
    return colour_readings.skin(colour_readings.Palette(*photo, light)).lab


NEUTRAL = white_balance.Light(np.ones(3), 0.0, {})


@pytest.mark.parametrize("lamp", [(1.1, 1.0, 0.75), (0.85, 1.0, 1.15), (1.2, 1.0, 0.6)])
def test_a_coloured_lamp_is_mostly_taken_out(plain, lamp):
    photo = drawn_face.draw(light=lamp)
    true = skin(plain, NEUTRAL)
    before = np.linalg.norm(skin(photo, NEUTRAL) - true)
    after = np.linalg.norm(skin(photo, white_balance.estimate(*photo)) - true)
    assert after < 0.5 * before  # the prior keeps a part


def test_neutral_light_stays_nearly_neutral(plain):
    light = white_balance.estimate(*plain)
    np.testing.assert_allclose(light.gain, 1.0, atol=0.06)


def test_without_witnesses_nothing_is_changed(plain):
    image, landmarks, probabilities = plain
    nothing = np.zeros_like(probabilities)
    nothing[..., INDEX["background"]] = 1
    black = np.zeros_like(image)
    light = white_balance.estimate(black, landmarks, nothing)
    np.testing.assert_allclose(light.gain, 1.0, atol=1e-6)
    assert light.evidence == 0 and light.votes == {}


def test_one_liar_among_the_witnesses_counts_less(plain):
    image, landmarks, probabilities = plain
    cloth = probabilities[..., INDEX["cloth"]] > 0.5
    lying = image.copy()
    lying[cloth] = (0.78, 0.93, 0.82)  # a mint blouse instead of a white one
    true = white_balance.estimate(*plain)
    fooled = white_balance.estimate(lying, landmarks, probabilities)
    moved = np.abs(np.log(fooled.gain / true.gain)).max()
    told = np.abs(np.array(fooled.votes["white_cloth"]) - true.votes["white_cloth"]).max()
    assert told > 0.2
    assert moved < 0.5 * told


def test_the_light_undoes_itself():
    light = white_balance.Light(np.array([1.2, 1.0, 0.7]), 0.5, {})
    np.testing.assert_allclose(light.neutral(light.gain), 1.0)
