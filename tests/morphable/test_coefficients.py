import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import FaceModelError
from face2param.morphable import coefficients
from tests.morphable import small


def test_deep3ds_order_and_widths():
    assert coefficients.DEEP3D.width == 257 and coefficients.DEEP3D_WHITE.width == 239
    parts = coefficients.DEEP3D.slices
    places = {name: (part.start, part.stop) for name, part in parts.items()}
    assert places == {
        "identity": (0, 80), "expression": (80, 144), "albedo": (144, 224),
        "rotation": (224, 227), "light": (227, 254), "translation": (254, 257),
    }  # fmt: skip


@pytest.mark.parametrize("kind", [np.asarray, tf.constant])
def test_split_and_join_are_inverse(kind):
    vector = kind(np.arange(2 * 257, dtype=np.float32).reshape(2, 257))
    parts = coefficients.DEEP3D.split(vector)
    assert parts["rotation"][0, 0] == 224
    back = coefficients.DEEP3D.join(parts)
    assert isinstance(back, type(vector))
    np.testing.assert_array_equal(back, vector)


def test_a_models_own_sizes():
    made = small.model()
    assert coefficients.layout_of(made).width == 4 + 3 + 5 + 3 + 27 + 3
    assert coefficients.layout_of(made, white=True).size("light") == 9
    neutral = coefficients.neutral(coefficients.layout_of(made), batch=2)
    assert neutral["albedo"].shape == (2, 5) and not np.any(neutral["light"])
    with pytest.raises(FaceModelError, match="has no joints"):
        coefficients.layout_of(made, joints=True)


def test_light_is_channel_major_and_ambient():
    light = tf.constant(np.arange(27, dtype=np.float32)[np.newaxis])
    matrix = coefficients.light_matrix(light).numpy()[0]
    np.testing.assert_allclose(matrix[0], [0.8, 9.8, 18.8], rtol=1e-6)
    np.testing.assert_allclose(matrix[5], [5, 14, 23])
    white = coefficients.light_matrix(light[:, :9]).numpy()[0]
    np.testing.assert_allclose(white[3], [3, 3, 3])
    np.testing.assert_allclose(white[0], [0.8, 0.8, 0.8], rtol=1e-6)


def test_wrong_vectors_are_named():
    layout = coefficients.layout_of(small.model())
    with pytest.raises(FaceModelError, match="last axis must be 45: identity 4, expression 3"):
        layout.split(np.zeros((1, 257)))
    with pytest.raises(FaceModelError, match=r"missing \['identity', .*unknown \['shape'\]"):
        layout.join({"shape": np.zeros((1, 4))})
    parts = layout.split(np.zeros((1, 45)))
    with pytest.raises(FaceModelError, match=r"'albedo' have shape \[1, 4\]; .* must be 5"):
        layout.join(parts | {"albedo": np.zeros((1, 4))})
    with pytest.raises(FaceModelError, match="no coefficients named 'pose'"):
        layout.size("pose")
    with pytest.raises(FaceModelError, match=r"must be \[batch, 27\] or \[batch, 9\]"):
        coefficients.light_matrix(tf.zeros([1, 12]))
    with pytest.raises(FaceModelError, match="names that differ"):
        coefficients.Layout((("a", 1), ("a", 2)))
