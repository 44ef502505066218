import numpy as np
import tensorflow as tf

from face2param.fitting import colours, zones
from tests.fitting import toy


def test_names_are_those_of_the_table_and_every_point_is_an_affine_combination():
    assert list(zones.table()) == list(zones.NAMES)
    for rows in zones.table().values():
        np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)


def test_points_move_turn_and_grow_with_the_face():
    face = toy.base_landmarks()[None]
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    moved = 1.7 * face @ turn.T + np.float32([5, -3])
    expected = 1.7 * zones.points(tf.constant(face)) @ turn.T + np.float32([5, -3])
    np.testing.assert_allclose(zones.points(tf.constant(moved)), expected, atol=1e-3)


def test_zones_lie_where_their_names_say():
    face = toy.base_landmarks()
    centre = {name: (rows @ face).mean(0) for name, rows in zones.table().items()}
    assert centre["forehead"][1] < centre["brows"][1] < centre["irises"][1]
    for name in ("cheeks", "brows", "irises", "jaw"):
        assert abs(centre[name][0] - 32) < 1, f"{name} is not on both sides"
    assert centre["nose"][1] < centre["moustache"][1] < centre["upper_lip"][1]
    assert centre["lower_lip"][1] < centre["soul_patch"][1] < centre["chin"][1]


def test_sample_is_exact_on_a_ramp_and_clamps_outside():
    y, x = np.mgrid[0:8, 0:10].astype(np.float32) + 0.5
    ramp = tf.constant(np.stack([x, y], -1)[None])
    where = tf.constant([[[3.2, 4.9], [0.5, 7.5], [-9.0, 99.0]]])
    np.testing.assert_allclose(
        zones.sample(ramp, where)[0], [[3.2, 4.9], [0.5, 7.5], [0.5, 7.5]], atol=0.01
    )


def test_reading_a_painted_moustache_changes_that_zone_alone():
    face = tf.constant(toy.base_landmarks()[None])
    skin = np.full((1, 64, 64, 3), 0.6, np.float32)
    rows = zones.table()["moustache"] @ toy.base_landmarks()
    painted = skin.copy()
    for x, y in rows.astype(int):
        painted[0, y - 1 : y + 2, x - 1 : x + 2] = 0.1
    before = zones.read(tf.constant(skin), face)[0].numpy()
    after = zones.read(tf.constant(painted), face)[0].numpy()
    np.testing.assert_allclose(before[0], colours.srgb_to_lab(tf.constant([0.6] * 3)), atol=1e-4)
    drop = dict(zip(zones.NAMES, before[:, 0] - after[:, 0], strict=True))
    assert drop["moustache"] > 0.2
    assert abs(drop["forehead"]) < 1e-3 and abs(drop["chin"]) < 1e-3


def test_gradient_reaches_the_picture_but_not_the_landmarks():
    face = tf.constant(toy.base_landmarks()[None])
    image = tf.constant(np.random.default_rng(0).random((1, 64, 64, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch((face, image))
        value = tf.reduce_sum(zones.read(image, face))
    of_face, of_image = tape.gradient(value, (face, image))
    assert of_face is None
    assert np.abs(of_image).max() > 0
