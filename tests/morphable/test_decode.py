import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import FaceModelError
from face2param.morphable import coefficients
from face2param.morphable.decode import Decoder
from face2param.rendering import cameras, harmonics, mesh_normals, rotations
from tests.morphable import small


@pytest.fixture(scope="module")
def decoder():
    return Decoder(small.model())


def random_coefficients(model, batch=2, seed=0):
    rng = np.random.default_rng(seed)
    layout = coefficients.layout_of(model)
    values = {n: rng.normal(0, 0.5, (batch, k)).astype(np.float32) for n, k in layout.sizes}
    return {name: tf.constant(value) for name, value in values.items()}


def test_shape_and_albedo_are_linear(decoder):
    model, values = decoder.model, random_coefficients(decoder.model)
    shape = decoder.shape(values["identity"], values["expression"])
    expected = model.mean + np.einsum("bk,kvd->bvd", values["identity"], model.identity)
    expected += np.einsum("bk,kvd->bvd", values["expression"], model.expression)
    np.testing.assert_allclose(shape, expected, atol=1e-5)
    albedo = model.albedo_mean + np.einsum("bk,kvd->bvd", values["albedo"], model.albedo)
    np.testing.assert_allclose(decoder.albedo(values["albedo"]), albedo, atol=1e-5)


def test_landmarks_by_the_short_way_are_the_same(decoder):
    values = random_coefficients(decoder.model)
    shape = decoder.shape(values["identity"], values["expression"])
    short = decoder.landmark_shape(values["identity"], values["expression"])
    np.testing.assert_allclose(decoder.landmarks(shape), short, atol=1e-5)
    np.testing.assert_allclose(
        decoder.landmarks(shape)[1], decoder.model.landmarks(shape[1].numpy()), atol=1e-5
    )


def test_a_scene_is_posed_and_lit_as_deep3d_does(decoder):
    values = random_coefficients(decoder.model)
    scene = decoder.decode(values, cameras.DEEP3D)
    shape = decoder.shape(values["identity"], values["expression"])
    rotation = rotations.from_euler(values["rotation"])
    expected = rotations.transform(shape, rotation, values["translation"])
    np.testing.assert_allclose(scene.vertices, expected, atol=1e-5)
    # Normals of the posed mesh are the turned normals.
    posed = mesh_normals.vertex_normals(expected, decoder.faces)
    np.testing.assert_allclose(scene.normals, posed, atol=1e-4)
    light = coefficients.light_matrix(values["light"])
    lit = harmonics.shade(decoder.albedo(values["albedo"]), scene.normals, light)
    np.testing.assert_allclose(scene.colours, lit, atol=1e-5)
    camera = cameras.DEEP3D.project(decoder.landmarks(scene.vertices))
    np.testing.assert_allclose(scene.landmarks, camera.screen, atol=1e-3)


def test_zero_coefficients_show_the_mean_under_even_light(decoder):
    values = coefficients.neutral(coefficients.layout_of(decoder.model))
    scene = decoder.decode(values, cameras.DEEP3D)
    np.testing.assert_allclose(scene.vertices[0], decoder.model.mean, atol=1e-6)
    # Ambient 0.8 times the first harmonic's factor, see deep3d's decoder.
    expected = decoder.model.albedo_mean * 0.8 * np.sqrt(np.pi) / 2
    np.testing.assert_allclose(scene.colours[0], expected, rtol=1e-4)


def test_gradients_agree_with_finite_differences(decoder):
    values = random_coefficients(decoder.model, batch=1)
    weights = tf.constant(np.random.default_rng(1).normal(size=(1, 68, 2)), tf.float32)

    def value(values):
        scene = decoder.decode(values, cameras.DEEP3D)
        return tf.reduce_sum(scene.landmarks * weights) + tf.reduce_sum(scene.colours**2)

    with tf.GradientTape() as tape:
        tape.watch(values)
        total = value(values)
    gradients = tape.gradient(total, values)
    for name, gradient in gradients.items():
        direction = tf.sign(gradient)
        # Single precision: steps large enough to stand out, curvature small enough to ignore.
        step = 3e-3
        up = value(values | {name: values[name] + step * direction})
        down = value(values | {name: values[name] - step * direction})
        slope = float(tf.reduce_sum(tf.abs(gradient)))
        assert float(up - down) / (2 * step) == pytest.approx(slope, rel=2e-2), name


def test_wrong_coefficients_are_named(decoder):
    with pytest.raises(FaceModelError, match=r"identity coefficients have shape \(1, 3\)"):
        decoder.shape(tf.zeros([1, 3]), tf.zeros([1, 3]))
    with pytest.raises(FaceModelError, match="have no light, albedo"):
        decoder.decode(
            {n: tf.zeros([1, 3]) for n in ("rotation", "translation", "identity", "expression")},
            cameras.DEEP3D,
        )
    values = random_coefficients(decoder.model)
    with pytest.raises(FaceModelError, match="has no joints"):
        decoder.decode(values | {"joints": tf.zeros([2, 12])}, cameras.DEEP3D)


def test_half_precision_bases_err_by_their_rounding(decoder):
    values = random_coefficients(decoder.model)
    short = Decoder(decoder.model, bases="bfloat16")
    exact = decoder.shape(values["identity"], values["expression"])
    found = short.shape(values["identity"], values["expression"])
    assert found.dtype == tf.float32
    moved = np.abs(exact - decoder.model.mean).max()
    # Eight bits in the coefficients, the basis and the result.
    assert 0 < np.abs(exact - found).max() < 3 * 2**-8 * moved
    short_landmarks = short.landmark_shape(values["identity"], values["expression"])
    np.testing.assert_allclose(short_landmarks, decoder.landmarks(exact), atol=1e-5)
    with pytest.raises(FaceModelError, match="choose float32 or bfloat16"):
        Decoder(decoder.model, bases="float16")
