import numpy as np
import pytest
import tensorflow as tf

from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.reconstruction import landmark_start
from face2param.reconstruction.renderer import Renderer
from face2param.rendering.cameras import DEEP3D
from tests.reconstruction import toy

MODEL = toy.dome()
DECODER = Decoder(MODEL)
RENDERER = Renderer(DECODER, DEEP3D)


def face(white=False, **parts):
    layout = layout_of(MODEL, white)
    found = {name: np.zeros((1, layout.size(name)), np.float32) for name in layout.names}
    return found | {name: np.float32([part]) for name, part in parts.items()}


def landmarks(coefficients):
    rows = {name: tf.constant(part) for name, part in coefficients.items()}
    return RENDERER.landmarks(rows).numpy()[0]


TRUE = {
    "identity": [1.2, -0.8, 0.0, 0.0],
    "expression": [0.5, -0.5, 1.0],
    "rotation": [0.1, 0.4, -0.1],
    "translation": [0.05, -0.03, 0.4],
}


def test_landmarks_are_met_and_the_shape_is_found_back():
    target = landmarks(face(**TRUE))
    found = landmark_start.fit_shape(MODEL, DEEP3D, target, noise=0.05)
    assert np.abs(landmarks(face(**found)) - target).max() < 0.2
    np.testing.assert_allclose(found["rotation"], TRUE["rotation"], atol=0.02)
    # Width and length of the face; jaw and brows share what the priors cannot tell apart.
    np.testing.assert_allclose(found["identity"][:2], TRUE["identity"][:2], atol=0.25)


def test_a_known_identity_is_kept():
    target = landmarks(face(**TRUE))
    identity = np.float32(TRUE["identity"])
    found = landmark_start.fit_shape(MODEL, DEEP3D, target, identity, noise=0.05)
    np.testing.assert_array_equal(found["identity"], identity)
    np.testing.assert_allclose(found["expression"], TRUE["expression"], atol=0.1)


def test_noise_is_not_taken_for_shape():
    rng = np.random.default_rng(0)
    target = landmarks(face(rotation=[0, 0.3, 0])) + rng.normal(0, 2, (68, 2))
    found = landmark_start.fit_shape(MODEL, DEEP3D, target)
    assert np.abs(found["identity"]).max() < 1 and np.abs(found["expression"]).max() < 1


def test_beginning_at_another_answer_ends_at_the_same():
    target = landmarks(face(**TRUE))
    far = landmark_start.fit_shape(MODEL, DEEP3D, target)
    other = landmarks(face(**{**TRUE, "rotation": [0.0, 0.3, 0.0]}))
    near = landmark_start.fit_shape(MODEL, DEEP3D, other)
    again = landmark_start.fit_shape(MODEL, DEEP3D, target, near=near)
    np.testing.assert_allclose(landmarks(face(**again)), landmarks(face(**far)), atol=0.3)


@pytest.mark.parametrize("white", [False, True])
def test_a_start_has_all_coefficients_and_the_light_of_the_picture(white):
    light = np.zeros(27)
    light[[1, 10, 19]] = 0.2  # from below
    true = face(**TRUE, light=light)
    drawn = RENDERER({name: tf.constant(part) for name, part in true.items()})
    image = np.clip(drawn.image.numpy()[0], 0, 1)
    layout = layout_of(MODEL, white)
    everywhere = np.ones(image.shape[:2])

    def decode(rows):
        return DECODER.decode({n: tf.constant(p[None]) for n, p in rows.items()}, DEEP3D)

    found = landmark_start.start(MODEL, decode, layout, DEEP3D, image, landmarks(true), everywhere)
    assert list(found) == list(layout.names)
    assert all(found[name].shape == (1, layout.size(name)) for name in layout.names)

    def error(**light):
        redrawn = RENDERER({n: tf.constant(p) for n, p in (true | light).items()})
        return np.abs(redrawn.image.numpy()[0] - image).mean()

    even = error(light=np.zeros((1, 27), np.float32))
    assert error(light=found["light"]) < 0.35 * even


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="landmarks must have shape"):
        landmark_start.fit_shape(MODEL, DEEP3D, np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"landmarks must have shape \[68, 2\]"):
        landmark_start.fit_shape(MODEL, DEEP3D, np.zeros((3, 68, 2)))
