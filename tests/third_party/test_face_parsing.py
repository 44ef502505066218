import keras
import numpy as np
import pytest
from face_parsing_tf import (
    CLASSES,
    AlignCornersResize,
    Preprocessing,
    align_corners_matrix,
    bisenet,
    load_torch_state,
)

from face2param import regions
from tests.data import golden
from tests.third_party.golden import golden_state, relative_error
from tests.third_party.states import directional_error


def test_agrees_with_the_pytorch_definition():
    folder = golden()
    reference = np.load(folder / "bisenet.npz")
    model = bisenet(19, auxiliary_heads=True)
    load_torch_state(model, golden_state(folder / "bisenet_keys.txt", gain=2.0))
    images = np.random.default_rng(2).random((1, 3, 512, 512), dtype=np.float32)
    output = model(Preprocessing()(images.transpose(0, 2, 3, 1)), training=False)
    for name in ("out", "out16", "out32"):
        logits = np.asarray(output[name]).transpose(0, 3, 1, 2)
        # Float32 summation order; 1e-4 is the bar.
        assert relative_error(logits[:, :, ::8, ::8], reference[name]) < 1e-4, name
    classes = np.asarray(output["out"])[:, ::4, ::4].argmax(-1)
    assert (classes == reference["argmax"]).mean() > 0.999


def test_parameter_counts_are_the_published_ones():
    def parameters(model):
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)

    assert parameters(bisenet(size=(64, 64), auxiliary_heads=True)) == 13_300_416
    assert parameters(bisenet(size=(64, 64))) == 13_150_272


def test_width_halves_channels_and_fine_head_doubles_resolution():
    model = bisenet(5, 0.5, size=(64, 96), fine_head=True)
    shapes = {name: tuple(value.shape[1:]) for name, value in model.output.items()}
    assert shapes == {"out": (64, 96, 5), "coarse": (16, 24, 5), "features": (8, 12, 128)}


def test_weights_do_not_depend_on_the_input_size():
    small, large = bisenet(3, 0.125, size=(32, 32)), bisenet(3, 0.125, size=(64, 96))
    large.set_weights(small.get_weights())
    twin = keras.Model.from_config(large.get_config())
    twin.set_weights(small.get_weights())
    x = np.random.default_rng(0).random((1, 64, 96, 3), dtype=np.float32)
    np.testing.assert_allclose(np.asarray(large(x)["out"]), np.asarray(twin(x)["out"]), atol=1e-6)


def test_aligned_corners_hit_the_first_and_last_sample():
    matrix = align_corners_matrix(3, 5)
    np.testing.assert_allclose(matrix @ [0.0, 1.0, 4.0], [0.0, 0.5, 1.0, 2.5, 4.0], atol=1e-6)
    assert align_corners_matrix(1, 4).tolist() == [[1.0]] * 4
    with pytest.raises(ValueError, match="positive"):
        align_corners_matrix(0, 4)


def test_resize_layer_interpolates_both_axes():
    x = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    y = np.asarray(AlignCornersResize((3, 5))(x))[0, :, :, 0]
    np.testing.assert_allclose(y[:, 0], [0.0, 1.5, 3.0])
    np.testing.assert_allclose(y[0], [0.0, 0.5, 1.0, 1.5, 2.0])
    assert AlignCornersResize.from_config(AlignCornersResize((3, 5)).get_config()).size == (3, 5)


def test_preprocessing_normalises_and_checks_channels():
    preprocessing = Preprocessing()
    images = np.broadcast_to(np.float32(preprocessing.mean), (1, 2, 2, 3))
    np.testing.assert_allclose(np.asarray(preprocessing(images)), 0.0, atol=1e-6)
    assert Preprocessing.from_dict(preprocessing.to_dict()) == preprocessing
    with pytest.raises(ValueError, match="images must be"):
        preprocessing(np.zeros((2, 2, 3), np.float32))


def test_bad_configurations_are_named():
    with pytest.raises(ValueError, match="multiples of 32"):
        bisenet(size=(100, 128))
    with pytest.raises(ValueError, match="classes"):
        bisenet(1, size=(32, 32))
    with pytest.raises(ValueError, match="width"):
        bisenet(19, 0.01, size=(32, 32))


def test_the_classes_are_those_that_face2param_reads():
    assert CLASSES == tuple(regions.CLASSES)


def test_file_round_trip_with_all_heads(tmp_path):
    model = bisenet(3, 0.125, size=(32, 64), auxiliary_heads=True)
    x = np.random.default_rng(0).random((2, 32, 64, 3), dtype=np.float32)
    expected = model(x, training=False)
    model.save(tmp_path / "model.keras")
    twin = keras.models.load_model(tmp_path / "model.keras")
    assert set(expected) == {"out", "coarse", "features", "out16", "out32"}
    for name, value in twin(x, training=False).items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(expected[name]))


def test_batch_equals_single_pictures():
    model = bisenet(3, 0.125, size=(32, 32))
    x = np.random.default_rng(0).random((3, 32, 32, 3), dtype=np.float32)
    singles = np.concatenate([np.asarray(model(one[None], training=False)["out"]) for one in x])
    # Another blocking of the same sums.
    np.testing.assert_allclose(np.asarray(model(x, training=False)["out"]), singles, atol=1e-5)


def test_gradient_of_the_probabilities_reaches_the_picture():
    keras.utils.set_random_seed(0)
    model, preprocessing = bisenet(3, 0.25, size=(32, 32)), Preprocessing()
    images = np.random.default_rng(0).random((1, 32, 32, 3), dtype=np.float32)
    mask = np.random.default_rng(1).random((1, 32, 32), dtype=np.float32)

    def masked(x):
        logits = model(preprocessing(x), training=False)["out"]
        return keras.ops.sum(mask * keras.ops.softmax(logits)[..., 1])

    # Piecewise linear up to the softmax; float32 leaves about three digits.
    assert directional_error(masked, images, 0.01) < 0.05
