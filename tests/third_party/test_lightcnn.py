import keras
import numpy as np
import pytest
from lightcnn_tf import (
    MaxFeatureMap,
    Preprocessing,
    lightcnn29v2,
    load_torch_state,
    locate,
    to_keras,
)

from tests.data import golden
from tests.third_party.golden import golden_state, relative_error


def test_agrees_with_the_pytorch_definition():
    folder = golden()
    reference = np.load(folder / "lightcnn29v2.npz")
    state = golden_state(folder / "lightcnn29v2_keys.txt", gain=0.5)
    # 32 of the 80013 classes are enough to check the classifier and save 300 MB.
    state["fc2.weight"] = state["fc2.weight"][:32]
    model = lightcnn29v2(classes=32)
    load_torch_state(model, {f"module.{key}": value for key, value in state.items()})
    crops = np.random.default_rng(1).random((2, 1, 128, 128), dtype=np.float32)
    output = model(crops.transpose(0, 2, 3, 1), training=False)
    # Different summation order in float32; 1e-4 is the bar, 1e-6 is what it gives.
    assert relative_error(np.asarray(output["embedding"]), reference["feature"]) < 1e-4
    assert relative_error(np.asarray(output["logits"]), reference["logits_first32"]) < 1e-4


def test_max_feature_map_takes_the_larger_half():
    x = np.array([[1.0, 5.0, 4.0, 2.0]], np.float32)
    np.testing.assert_array_equal(np.asarray(MaxFeatureMap()(x)), [[4.0, 5.0]])
    with pytest.raises(ValueError, match="even number of channels"):
        MaxFeatureMap()(np.zeros((1, 3), np.float32))


def test_parameter_count_and_embedding_without_classifier():
    model = lightcnn29v2()
    assert model.count_params() == 10_475_872
    assert tuple(model.output.shape) == (None, 256)


def test_configuration_round_trip():
    model = lightcnn29v2(size=(32, 32))
    twin = keras.Model.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    crops = np.random.default_rng(0).random((1, 32, 32, 1), dtype=np.float32)
    np.testing.assert_allclose(np.asarray(twin(crops)), np.asarray(model(crops)), atol=1e-6)


def test_linear_layer_after_a_map_is_permuted():
    # out 1, channels 2, map 1x3: PyTorch flattens (c, w), Keras (w, c).
    tensor = np.arange(6, dtype=np.float32).reshape(1, 6)
    assert to_keras(tensor, (1, 3))[:, 0].tolist() == [0, 3, 1, 4, 2, 5]


def test_keys_name_layers():
    assert locate("block2.1.conv1.filter.bias") == ("block2_1_conv1_filter", 1)
    with pytest.raises(ValueError, match="neither"):
        locate("conv1.filter.scale")


def test_a_wrong_state_is_refused_whole():
    model = lightcnn29v2(size=(16, 16))
    before = model.get_layer("conv1_filter").get_weights()[1].copy()
    state = {"conv1.filter.bias": np.ones(96), "conv9.filter.weight": np.ones((1, 1, 1, 1))}
    state["fc.weight"] = np.ones((256, 10 * 128))
    with pytest.raises(ValueError) as error:
        load_torch_state(model, state)
    text = str(error.value)
    assert "unknown key 'conv9.filter.weight'" in text
    assert "missing tensor for block1_0_conv1_filter[0]" in text
    np.testing.assert_array_equal(model.get_layer("conv1_filter").get_weights()[1], before)


def test_preprocessing_is_grey_and_checks_its_size():
    preprocessing = Preprocessing(size=(4, 4))
    images = np.zeros((1, 4, 4, 3), np.float32)
    images[..., 1] = 1.0
    np.testing.assert_allclose(np.asarray(preprocessing(images)), 0.587, rtol=1e-6)
    assert Preprocessing.from_dict(preprocessing.to_dict()) == preprocessing
    with pytest.raises(ValueError, match="images must be"):
        preprocessing(np.zeros((1, 5, 4, 3), np.float32))


def test_bad_sizes_are_named():
    with pytest.raises(ValueError, match="multiples of 16"):
        lightcnn29v2(size=(100, 128))
    with pytest.raises(ValueError, match="classes"):
        lightcnn29v2(classes=1)
