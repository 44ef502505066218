import numpy as np
import pytest
import tensorflow as tf

from face2param.morphable.coefficients import layout_of, neutral
from face2param.morphable.decode import Decoder
from face2param.reconstruction import lights
from face2param.reconstruction.renderer import Renderer
from tests.reconstruction.toy import dome


@pytest.fixture(scope="module")
def lit():
    renderer = Renderer(Decoder(dome()), antialias=False)
    coefficients = neutral(layout_of(dome()), 2)
    light = np.zeros((2, 3, 9), np.float32)
    light[0, :, 0] = 0.1
    light[0, :, 3] = [0.1, 0.12, 0.14]
    light[1, :, 1] = -0.15
    coefficients["light"] = tf.constant(light.reshape(2, 27))
    return renderer, coefficients, renderer(coefficients)


def relit(lit, found):
    renderer, coefficients, drawn = lit
    again = renderer({**coefficients, "light": tf.constant(found)})
    return np.abs(again.image - drawn.image)[drawn.mask.numpy()[..., 0] > 0].mean()


def test_the_light_that_is_found_explains_the_picture(lit):
    _, _, drawn = lit
    skin = drawn.mask.numpy()[..., 0] > 0
    found = lights.fit_lights(drawn.scene, drawn.image.numpy(), skin, dome().skin_mask)
    assert found.shape == (2, 27) and found.dtype == np.float32
    # The ridge costs a little; even light would be off by 0.05.
    assert relit(lit, found) < 0.01 < 0.03 < relit(lit, np.zeros((2, 27), np.float32))


def test_what_lies_in_front_is_left_out(lit):
    _, _, drawn = lit
    picture = drawn.image.numpy().copy()
    picture[:, 100:110, 70:150] = 1.0
    skin = drawn.mask.numpy()[..., 0] > 0
    found = lights.fit_lights(drawn.scene, picture, skin, dome().skin_mask)
    assert relit(lit, found) < 0.015


def test_no_skin_is_even_light(lit):
    _, _, drawn = lit
    skin = np.zeros(drawn.mask.shape[:3], bool)
    found = lights.fit_lights(drawn.scene, drawn.image.numpy(), skin, dome().skin_mask)
    assert not found.any()
