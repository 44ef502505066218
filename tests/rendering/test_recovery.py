"""Draw with a known pose, start elsewhere, find the pose back from the picture alone."""

import numpy as np
import tensorflow as tf

from face2param.rendering import harmonics
from face2param.rendering.antialias import antialias
from face2param.rendering.cameras import DEEP3D
from face2param.rendering.draw import draw
from face2param.rendering.mesh_normals import vertex_normals
from face2param.rendering.rotations import from_euler, transform
from tests.rendering import meshes

CAMERA = DEEP3D.resized((56, 56))
# What a step of one means for each of the six: about two pixels.
SCALE = np.array([0.06, 0.06, 0.06, 0.08, 0.08, 0.8], np.float32)


def test_pose_and_light_come_back_in_one_graph():
    points, faces = meshes.face(50)
    albedo = np.full((1, len(points), 3), 0.7, np.float32)
    albedo[:, ::7] = 0.5
    wanted = np.array([[0.12, -0.2, 0.1, 0.06, -0.05, 0.3]], np.float32)
    lamp = np.zeros((1, 9, 3), np.float32)
    lamp[:, 0], lamp[:, 2], lamp[:, 3] = 0.8, 0.3, [0.1, 0.2, 0.15]

    def picture(pose, light):
        posed = transform(points[None], from_euler(pose[:, :3]), pose[:, 3:])
        shaded = harmonics.shade(albedo, vertex_normals(posed, faces), light)
        projected = CAMERA.project(posed)
        drawn = draw(projected, shaded, faces, CAMERA.size)
        return antialias(drawn.image, drawn.fragments, projected, faces)

    target = picture(tf.constant(wanted), tf.constant(lamp))

    @tf.function
    def search(steps):
        """Adam with a falling rate."""
        state = (tf.zeros([1, 6]), tf.constant(lamp * 0.7))
        first = tuple(tf.zeros_like(part) for part in state)
        second = first
        for step in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(state)
                loss = tf.reduce_mean((picture(state[0] * SCALE, state[1]) - target) ** 2)
            slopes = tape.gradient(loss, state)
            first = tuple(0.8 * m + 0.2 * g for m, g in zip(first, slopes, strict=True))
            second = tuple(0.95 * v + 0.05 * g * g for v, g in zip(second, slopes, strict=True))
            rate = 0.3 * (1.0 - tf.cast(step, tf.float32) / tf.cast(steps, tf.float32))
            state = tuple(
                x - rate * tf.constant(size) * m / (tf.sqrt(v) + 1e-8)
                for x, m, v, size in zip(state, first, second, (1.0, 0.1), strict=True)
            )
        return state[0] * SCALE, state[1], loss

    pose, _, loss = search(tf.constant(120))
    start = tf.reduce_mean((picture(tf.zeros([1, 6]), tf.constant(lamp * 0.7)) - target) ** 2)
    assert loss < 0.01 * start
    # A tenth of the way that was to go; depth is the least certain.
    error = np.abs(pose - wanted)[0]
    assert (error[:5] < 0.02).all(), pose
    assert error[5] < 0.1, pose


def test_a_flat_white_shape_is_found_by_its_outline():
    """No shading and no texture: without `antialias` there is no gradient at all."""
    points, faces = meshes.face(50)
    white = np.ones((1, len(points), 1), np.float32)
    wanted = np.array([[0.08, 0.06, -0.05, 0.5]], np.float32)
    scale = SCALE[2:]

    def picture(place):
        # Roll and translation; the outline of other turns is ambiguous.
        angles = tf.pad(place[:, :1], [[0, 0], [2, 0]])
        posed = transform(points[None], from_euler(angles), place[:, 1:])
        projected = CAMERA.project(posed)
        drawn = draw(projected, white, faces, CAMERA.size)
        return drawn.image, antialias(drawn.image, drawn.fragments, projected, faces)

    _, target = picture(tf.constant(wanted))

    @tf.function
    def search(smooth):
        place, speed = tf.zeros([1, 4]), tf.zeros([1, 4])
        for _ in tf.range(80):
            with tf.GradientTape() as tape:
                tape.watch(place)
                rough, blended = picture(place * scale)
                drawn = blended if smooth else rough
                loss = tf.reduce_mean((drawn - target) ** 2)
            speed = 0.8 * speed - 2.0 * tape.gradient(loss, place)
            place += speed
        return place * scale

    error = np.abs(search(True) - wanted)[0]
    # Half a degree, an eighth of a pixel, a hundredth of the size.
    assert (error < [0.01, 0.005, 0.005, 0.1]).all(), error
    np.testing.assert_allclose(search(False), 0, atol=1e-12)
