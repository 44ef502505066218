"""Silhouettes: both backends against the reference, and the reference against the truth."""

import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering import reference, reference_antialias
from face2param.rendering.antialias import GAP, antialias
from face2param.rendering.cameras import DEEP3D, Projected
from face2param.rendering.draw import draw
from face2param.rendering.mesh_normals import vertex_normals
from face2param.rendering.rasterize import BACKENDS, Fragments
from face2param.rendering.rotations import from_euler, transform
from tests.rendering import meshes, silhouettes

SIZE = meshes.SIZE


def square(left=10.3, top=8.6, side=17.0, depth=0.1):
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * side + [left, top]
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return Projected(corners[None].astype(np.float32), np.full((1, 4), depth, np.float32)), faces


def both(projected, attributes, faces, size=SIZE, backend="numba"):
    drawn = draw(projected, attributes, faces, size, backend)
    return drawn.image, antialias(drawn.image, drawn.fragments, projected, faces, backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mesh", ["soup", "face"])
def test_equals_reference_with_gradients(backend, mesh):
    if mesh == "soup":
        projected, faces = meshes.soup(2, 24)
        size = SIZE
    else:  # most triangles are smaller than a pixel
        points, faces = meshes.face(45)
        turned = transform(points[None], from_euler([[0.2, 0.7, 0.1]]), tf.zeros([1, 3]))
        projected, size = meshes.project(turned[0], (32, 32)), (32, 32)
    rng = np.random.default_rng(0)
    count, vertices = projected.screen.shape[:2]
    attributes = rng.random((count, vertices, 2)).astype(np.float32)
    upstream = rng.normal(size=(count, *size, 2)).astype(np.float32)
    drawn = draw(projected, attributes, faces, size, backend)
    image, screen = drawn.image, tf.constant(projected.screen)
    with tf.GradientTape() as tape:
        tape.watch([image, screen])
        blended = antialias(
            image, drawn.fragments, Projected(screen, projected.inverse_depth), faces, backend
        )
        value = tf.reduce_sum(blended * upstream)
    by_image, by_screen = tape.gradient(value, [image, screen])
    for k in range(count):
        seen = drawn.fragments.inverse_depth[k].numpy()
        found = reference_antialias.crossings(
            projected.screen[k], projected.inverse_depth[k], faces, seen, GAP
        )
        assert len(found) > 20
        picture = image[k].numpy()
        np.testing.assert_allclose(blended[k], reference_antialias.blend(picture, found), atol=1e-6)
        to_image, to_screen = reference_antialias.blend_gradient(
            projected.screen[k], picture, found, upstream[k]
        )
        np.testing.assert_allclose(by_image[k], to_image, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(by_screen[k], to_screen, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_upright_square_is_its_exact_coverage(backend):
    """All but the pixels at the corners, where two sides meet."""
    projected, faces = square()
    _, blended = both(projected, tf.ones([1, 4, 1]), faces, backend=backend)
    x, y = np.arange(SIZE[1]), np.arange(SIZE[0])
    across = np.clip(np.minimum(x + 1, 27.3) - np.maximum(x, 10.3), 0, 1)
    down = np.clip(np.minimum(y + 1, 25.6) - np.maximum(y, 8.6), 0, 1)
    exact = down[:, None] * across
    corners = ((across > 0) & (across < 1)) * ((down > 0) & (down < 1))[:, None]
    difference = np.abs(blended[0, :, :, 0] - exact)
    assert difference[~corners].max() < 1e-5
    assert difference[corners].max() < 0.25


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradient_of_an_upright_square_equals_differences(backend):
    projected, faces = square()
    rng = np.random.default_rng(0)
    # No weight at the corners' pixels, which see two sides and follow the larger share.
    weights = rng.normal(size=(1, *SIZE, 1)).astype(np.float32)
    for row in (8, 25):
        for column in (10, 27):
            weights[0, row - 1 : row + 2, column - 1 : column + 2] = 0

    def loss(offset):
        moved = Projected(projected.screen + offset, projected.inverse_depth)
        return tf.reduce_sum(both(moved, tf.ones([1, 4, 1]), faces, backend=backend)[1] * weights)

    offset = tf.zeros([1, 1, 2])
    with tf.GradientTape() as tape:
        tape.watch(offset)
        value = loss(offset)
    slope = tape.gradient(value, offset)[0, 0]
    for axis in (0, 1):
        step = 0.01 * np.eye(2, dtype=np.float32)[axis]
        numeric = (loss(offset + step) - loss(offset - step)) / 0.02
        assert abs(slope[axis]) > 0.5
        np.testing.assert_allclose(slope[axis], numeric, rtol=1e-3)


@pytest.mark.parametrize("turn", [0.0, 0.3, 0.7])
def test_area_of_a_disc_finer_than_the_pixels(turn):
    """d(area)/d(radius) = 2 pi r, d(area)/d(shift) = 0, at any place and turn."""
    rings, spokes = 40, 150
    angle = np.linspace(0, 2 * np.pi, spokes, endpoint=False) + turn
    radius = np.linspace(0, 1, rings + 1)[1:, None]
    disc = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).reshape(-1, 2)
    index = np.arange(rings * spokes).reshape(rings, spokes)
    a, b = index[:-1], np.roll(index[:-1], -1, 1)
    c, d = index[1:], np.roll(index[1:], -1, 1)
    faces = np.stack([np.stack([a, b, c], -1), np.stack([b, d, c], -1)]).reshape(-1, 3)
    size, scale = (40, 40), tf.constant([15.0, 0.0, 0.0])

    with tf.GradientTape() as tape:
        tape.watch(scale)
        screen = scale[0] * disc.astype(np.float32) + [20.2 + turn, 19.6] + scale[1:]
        projected = Projected(screen[None], tf.fill([1, len(disc)], 0.1))
        image, blended = both(projected, tf.ones([1, len(disc), 1]), faces.astype(np.int32), size)
        # The hole that the innermost ring leaves is smaller than a pixel.
        area = tf.reduce_sum(blended)
    slope = tape.gradient(area, scale).numpy()
    assert abs(tf.reduce_sum(image) - area) > 0.01
    np.testing.assert_allclose(area, np.pi * 15**2, rtol=0.005)
    np.testing.assert_allclose(slope[0], 2 * np.pi * 15, rtol=0.02)
    np.testing.assert_allclose(slope[1:], 0, atol=2.0)  # of 30 pixels on each side


def test_a_nearer_square_over_a_farther_one_moves_and_the_hidden_one_does_not():
    near, faces = square(depth=0.2)
    far, _ = square(14.1, 12.2, 17.0, 0.1)
    hidden, _ = square(12.5, 11.3, 6.0, 0.15)
    projected = Projected(
        *(np.concatenate(parts, 1) for parts in zip(near, far, hidden, strict=True))
    )
    faces = np.concatenate([faces, faces + 4, faces + 8])
    colours = tf.constant(np.repeat([1.0, 0.4, 0.0], 4)[None, :, None].astype(np.float32))
    screen = tf.constant(projected.screen)
    with tf.GradientTape() as tape:
        tape.watch(screen)
        at = Projected(screen, projected.inverse_depth)
        value = tf.reduce_sum(both(at, colours, faces)[1])
    slope = tape.gradient(value, screen)[0].numpy()
    # The right side of the near one gains 0.6 for each row over the far one (12.2 .. 25.6)
    # and 1 for each above; the left side loses 1 for each of its 17 rows.
    np.testing.assert_allclose(slope[[1, 2], 0].sum(), 4 * 1.0 + 13 * 0.6, atol=0.7)
    np.testing.assert_allclose(slope[[0, 3], 0].sum(), -17, atol=0.1)
    assert not slope[8:].any()


def test_folds_of_one_surface_and_pictures_edges_are_left_alone():
    """A flat grid with a crease has inner edges that fold on the screen, and no gap."""
    points, faces = meshes.face(20)
    projected = meshes.project(points * [3, 3, 1], (30, 30))  # covers the whole picture
    image, blended = both(projected, projected.screen, faces, (30, 30))
    np.testing.assert_array_equal(image, blended)


@pytest.mark.parametrize("signs", [(1, -1, 1, 1, -1, 1), (-1, 1, 1, -1, 1, -1)])
def test_pose_gradient_has_the_right_sign_on_all_six_parameters(signs):
    """Turned by 0.03 rad and moved by 0.03 dm along each axis."""
    true, blended, interior = silhouettes.pose_slopes(112, 90, np.zeros(6), 0.03 * np.array(signs))
    np.testing.assert_array_equal(np.sign(blended), np.sign(true))
    # Measured: 0.998 or more, and 3 per cent.
    assert silhouettes.cosine(blended, true) > 0.995
    np.testing.assert_allclose(np.linalg.norm(blended), np.linalg.norm(true), rtol=0.06)
    # Without antialiasing nearly all is missing; this is what the function is for.
    assert np.linalg.norm(interior) < 0.05 * np.linalg.norm(true)


def test_twin_compiles_with_xla():
    points, faces = meshes.face(20)
    screen, depth = meshes.project(points, (24, 24))

    @tf.function(jit_compile=True)
    def run(screen):
        projected = Projected(screen, depth)
        with tf.GradientTape() as tape:
            tape.watch(screen)
            _, blended = both(projected, points[None], faces, (24, 24), "tensorflow")
            value = tf.reduce_sum(blended**2)
        return blended, tape.gradient(value, screen)

    blended, slope = run(tf.constant(screen))
    _, expected = both(Projected(screen, depth), points[None], faces, (24, 24))
    np.testing.assert_allclose(blended, expected, atol=1e-5)
    assert np.isfinite(slope).all() and np.abs(slope).max() > 0.1


def test_the_whole_twin_lives_in_a_saved_model_for_any_batch(tmp_path):
    points, faces = meshes.face(16)
    turned = transform(
        np.stack([points] * 2), from_euler([[0.1, 0.5, 0.0], [0.0, 0.0, 0.3]]), tf.zeros([2, 3])
    )
    camera = DEEP3D.resized((24, 24))

    def picture(vertices, backend):
        projected = camera.project(vertices)
        normals = vertex_normals(vertices, faces, "unit", backend)
        drawn = draw(projected, normals, faces, camera.size, backend)
        return antialias(drawn.image, drawn.fragments, projected, faces, backend)

    module = tf.Module()
    module.run = tf.function(
        lambda vertices: picture(vertices, "tensorflow"),
        input_signature=[tf.TensorSpec([None, len(points), 3])],
    )
    tf.saved_model.save(module, str(tmp_path / "saved"))
    found = tf.saved_model.load(str(tmp_path / "saved")).run(turned)
    np.testing.assert_allclose(found, picture(turned, "numba"), atol=1e-5)


def test_errors():
    projected, faces = meshes.soup(0)
    drawn = draw(projected, projected.screen, faces, SIZE)
    with pytest.raises(ValueError, match="faces must be known when the graph is built"):
        tf.function(
            lambda faces: antialias(drawn.image, drawn.fragments, projected, faces),
            input_signature=[tf.TensorSpec([None, 3], tf.int32)],
        )(faces)
    with pytest.raises(ValueError, match="backend must be one of"):
        antialias(drawn.image, drawn.fragments, projected, faces, "none")
    with pytest.raises(ValueError, match="image must have shape"):
        antialias(drawn.image[0], drawn.fragments, projected, faces)
    other = Fragments(*(part[:, 1:] for part in drawn.fragments))
    with pytest.raises(ValueError, match=r"fragments.inverse_depth must have shape \[2, 36, 48\]"):
        antialias(drawn.image, other, projected, faces)
    with pytest.raises(ValueError, match="faces must index 120 vertices, got 500"):
        antialias(drawn.image, drawn.fragments, projected, np.array([[0, 1, 500]], np.int32))


def test_reference_interpolation_equals_the_fast_one():
    projected, faces = meshes.soup(1)
    truth = reference.rasterize(projected.screen[0], projected.inverse_depth[0], faces, SIZE)
    expected = reference.interpolate(projected.screen[0], truth, faces)
    image = draw(projected, projected.screen, faces, SIZE).image[0]
    # What vertices carry here are tens of pixels.
    np.testing.assert_allclose(image, expected, atol=1e-4)
