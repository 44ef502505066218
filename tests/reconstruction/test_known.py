import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import ConfigError
from face2param.metrics.landmarks import nme
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.reconstruction import known
from face2param.reconstruction.renderer import Renderer
from tests.reconstruction.toy import dome

# A dome is no face: what POS finds for it wobbles with the yaw.
VARIETY = known.Variety(yaw=20.0, pitch=10.0)


@pytest.fixture(scope="module")
def renderer():
    return Renderer(Decoder(dome()))


@pytest.fixture(scope="module")
def faces(renderer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    return known.drawn(renderer, folder, 6, VARIETY, 112, views=2)


def test_coefficients_say_where_the_landmarks_are(renderer, faces):
    assert len(faces) == 12
    rows = faces.take(np.arange(12))
    assert rows["image"].shape == (12, 112, 112, 3) and rows["image"].dtype == np.uint8
    split = layout_of(dome()).split(rows["coefficients"])
    found = renderer.landmarks({k: tf.constant(v) for k, v in split.items()})
    np.testing.assert_allclose(found, rows["landmarks"], atol=1e-2)
    # Aligned, up to what the settings leave of the alignment's errors.
    assert np.abs(rows["landmarks"].mean((0, 1)) - 112).max() < 25


def test_views_share_identity_and_albedo_only(faces):
    rows = layout_of(dome()).split(faces.column("coefficients"))
    for name, part in rows.items():
        same = np.ptp(part.reshape(6, 2, -1), axis=1).max() < 1e-6
        assert same == (name in ("identity", "albedo")), name


def test_the_same_seed_draws_the_same_faces(renderer, faces, tmp_path):
    again = known.drawn(renderer, tmp_path, 6, VARIETY, 112, views=2)
    np.testing.assert_array_equal(again.column("image"), faces.column("image"))
    with pytest.raises(ConfigError, match="of seed"):
        known.drawn(renderer, tmp_path, 6, VARIETY, 112, seed=1, views=2)


def test_the_face_is_where_it_is_said_to_be(renderer, faces):
    rows = faces.take(np.arange(12))
    split = layout_of(dome()).split(rows["coefficients"])
    drawn = renderer({k: tf.constant(v) for k, v in split.items()})
    mask = known.shrink(drawn.mask.numpy()[..., 0], 112) > 0.99
    off = np.abs(known.shrink(np.clip(drawn.image.numpy(), 0, 1), 112) - rows["image"] / 255)
    # Noise, blur and patches are on top; another face would be off by a multiple.
    inside = np.array([off[i][mask[i]].mean() for i in range(12)])
    shuffled = np.abs(
        known.shrink(np.clip(drawn.image.numpy(), 0, 1), 112)[::-1] - rows["image"] / 255
    )
    outside = np.array([shuffled[i][mask[i]].mean() for i in range(12)])
    assert np.median(inside) < 0.06 < np.median(outside)


def test_wrong_landmarks_move_the_crop_a_little(renderer):
    rng = np.random.default_rng(0)
    coefficients = known.random_coefficients(renderer, 4, rng, VARIETY)
    screen = renderer.landmarks({k: tf.constant(v) for k, v in coefficients.items()}).numpy()
    placed = [known.alignment(points, dome(), rng, VARIETY) for points in screen]
    crops = known.similarity_of_each(np.stack(placed), screen)
    assert 0.01 < nme(crops, screen).mean() < 0.6


def test_pictures_for_the_network():
    stored = {"image": np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3), "landmarks": 1}
    found = known.arrays(stored, 4)
    assert found["image"].shape == (1, 4, 4, 3) and found["landmarks"] == 1
    np.testing.assert_allclose(known.shrink(found["image"], 2), stored["image"] / 255, atol=1e-7)


def test_odd_settings():
    with pytest.raises(ConfigError, match="yaw: must not be negative"):
        known.Variety(yaw=-1)
    with pytest.raises(ConfigError, match="spread: must be positive"):
        known.Variety(spread=0)
