import numpy as np
import pytest
from keras import ops

from face2param.estimator import inputs
from face2param.regions import CLASSES, INDEX, MERGED


class Parsing:
    """Takes dark pixels for hair and the others for brows; features are the picture's blocks."""

    def __call__(self, images):
        is_hair = ops.cast(images[..., :1] < 0.5, "float32")
        empty = ops.zeros_like(images[..., :1])
        planes = [empty] * len(CLASSES)
        planes[INDEX["hair"]] = 0.75 * is_hair
        planes[INDEX["hat"]] = 0.25 * is_hair
        planes[INDEX["l_brow"]] = 1 - is_hair
        blocks = ops.average_pool(images, 8, 8, data_format="channels_last")
        return {"probabilities": ops.concatenate(planes, -1), "features": blocks}


class Identity:
    def __call__(self, images, landmarks):
        return ops.concatenate([ops.mean(images, (1, 2)), landmarks[:, 0]], -1)


def faces(count=3):
    rng = np.random.default_rng(0)
    pictures = np.repeat(rng.random((count, 1, 256, 1)), 256, 1).astype(np.float32)
    pictures = np.repeat(pictures, 3, -1)
    pictures[:, :64] = 0.25
    pictures[:, 64:] = 0.5 + 0.5 * pictures[:, 64:]
    return pictures, rng.uniform(0, 256, (count, 68, 2)).astype(np.float32)


def test_inputs_are_what_the_networks_see():
    pictures, landmarks = faces()
    found = inputs.prepare(Parsing(), Identity(), pictures, landmarks, batch_size=2)
    assert {name: (v.shape, v.dtype) for name, v in found.items()} == {
        "picture": ((3, 128, 128, 3), np.uint8),
        "regions": ((3, 32, 32, 13), np.uint8),
        "features": ((3, 16, 16, 3), np.float16),
        "descriptor": ((3, 5), np.float32),
        "landmarks": ((3, 136), np.float32),
    }
    assert (found["picture"][:, :32] == 64).all()  # 0.25 of 255
    regions = found["regions"]
    assert (regions[:, :8, :, MERGED.index("hair")] == 255).all()  # a hat counts as hair
    assert (regions[:, 8:, :, MERGED.index("brows")] == 255).all()
    np.testing.assert_allclose(found["features"][:, :4], 0.25)
    np.testing.assert_allclose(found["landmarks"].reshape(3, 68, 2) * 256, landmarks, rtol=1e-5)
    np.testing.assert_allclose(found["descriptor"][:, 3:], landmarks[:, 0], rtol=1e-5)


def test_a_batch_is_prepared_as_each_alone():
    pictures, landmarks = faces()
    parsing, identity = Parsing(), Identity()
    together = inputs.prepare(parsing, identity, pictures, landmarks)
    alone = inputs.prepare(parsing, identity, pictures[1:2], landmarks[1:2])
    for name, value in together.items():
        np.testing.assert_allclose(value[1:2], alone[name], atol=1)


def test_pictures_of_another_size_are_an_error():
    pictures, landmarks = faces(1)
    with pytest.raises(ValueError, match=r"images must be \[batch, 256, 256, 3\], got \(1, 128"):
        inputs.prepare(Parsing(), Identity(), pictures[:, :128], landmarks)
    with pytest.raises(ValueError, match=r"landmarks must be \[1, 68, 2\]"):
        inputs.prepare(Parsing(), Identity(), pictures, landmarks[:, :5])
