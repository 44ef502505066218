import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering.cameras import DEEP3D, Perspective, WeakPerspective

POINTS = np.random.default_rng(0).normal(0, 0.5, (2, 7, 3)).astype(np.float32)


def test_deep3d_numbers():
    """The published formula with y up, turned over once: y_down = 224 - y_up."""
    screen, inverse = DEEP3D.project(POINTS)
    w = 10 - POINTS[..., 2]
    np.testing.assert_allclose(screen[..., 0], 1015 * POINTS[..., 0] / w + 112, rtol=1e-5)
    y_up = 1015 * POINTS[..., 1] / w + 112
    np.testing.assert_allclose(screen[..., 1], 224 - y_up, rtol=1e-5)
    np.testing.assert_allclose(inverse, 1 / w, rtol=1e-6)


def test_resized_keeps_the_view():
    big, _ = DEEP3D.resized((448, 448)).project(POINTS)
    np.testing.assert_allclose(big, 2 * DEEP3D.project(POINTS).screen, rtol=1e-6)
    weak = WeakPerspective(50.0, (30.0, 40.0), (80, 60))
    small, _ = weak.resized((40, 30)).project(POINTS)
    np.testing.assert_allclose(small, weak.project(POINTS).screen / 2, rtol=1e-5)


def test_points_beyond_the_planes_are_not_seen_and_have_finite_gradients():
    points = tf.constant([[[0.0, 0, 9.995], [1, 1, 10], [0, 1, 12], [1, 0, -41], [0, 0, 0]]])
    with tf.GradientTape() as tape:
        tape.watch(points)
        screen, inverse = DEEP3D.project(points)
    np.testing.assert_array_equal(inverse[0] > 0, [False, False, False, False, True])
    assert np.isfinite(screen).all()
    assert np.isfinite(tape.gradient([screen, inverse], points)).all()


def test_weak_perspective_is_the_far_limit_of_perspective():
    weak = WeakPerspective(100.0, (112.0, 112.0), (224, 224))
    far = Perspective(100.0 * 1e4, (112.0, 112.0), 1e4, (224, 224), 1.0, 1e5)
    np.testing.assert_allclose(weak.project(POINTS).screen, far.project(POINTS).screen, atol=0.05)
    inverse = weak.project(POINTS).inverse_depth.numpy()
    np.testing.assert_array_equal(np.argsort(inverse[0]), np.argsort(POINTS[0, :, 2]))
    assert (inverse > 0).all()


@pytest.mark.parametrize("camera", [DEEP3D, WeakPerspective(90.0, (112.0, 112.0), (224, 224))])
def test_gradient_equals_differences(camera):
    weights = np.random.default_rng(1).normal(size=(2, 7, 3)).astype(np.float32)

    def loss(points):
        screen, inverse = camera.project(points)
        return tf.reduce_sum(tf.concat([screen, 100 * inverse[..., None]], -1) * weights)

    points = tf.constant(POINTS.astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(points)
        value = loss(points)
    step = np.random.default_rng(2).normal(size=points.shape).astype(np.float32)
    numeric = (loss(points + 0.01 * step) - loss(points - 0.01 * step)) / 0.02
    # Single precision of a sum of about a thousand: five digits of the differences.
    np.testing.assert_allclose(
        np.sum(tape.gradient(value, points) * step), numeric, rtol=2e-3, atol=0.05
    )


def test_each_picture_may_have_its_lens_and_the_lens_has_a_gradient():
    focal, x, scale = (tf.constant(v) for v in ([900.0, 1100.0], [100.0, 120.0], [50.0, 60.0]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([focal, x, scale])
        far = Perspective(focal, (x, 112.0), 10.0, (224, 224)).project(POINTS).screen
        flat = WeakPerspective(scale, (x, 112.0), (224, 224)).resized((448, 448))
        weak = flat.project(POINTS).screen
    for k in range(2):
        alone = Perspective(float(focal[k]), (float(x[k]), 112.0), 10.0, (224, 224))
        np.testing.assert_allclose(far[k], alone.project(POINTS)[0][k], rtol=1e-5)
    places = POINTS / (10 - POINTS[..., 2:]) * [1, -1, 1]
    by_focal = tape.gradient(far, focal)
    np.testing.assert_allclose(by_focal, places[..., :2].sum((1, 2)), atol=1e-4)
    np.testing.assert_allclose(tape.gradient(far, x), [7, 7])
    np.testing.assert_allclose(
        tape.gradient(weak, scale), 2 * (POINTS[..., 0] - POINTS[..., 1]).sum(1), atol=1e-4
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Perspective(0.0, (1, 1), 1.0, (2, 2)), "focal must be positive"),
        (lambda: Perspective(1.0, (1, 1), 1.0, (2, 2), 3.0, 2.0), "near and far must be"),
        (lambda: Perspective(1.0, (1, 1), 1.0, (0, 2)), "size must be"),
        (lambda: WeakPerspective(-1.0, (1, 1), (2, 2)), "scale must be positive"),
        (lambda: WeakPerspective(1.0, (1, 1), (2, 2), 0.0), "distance must be positive"),
        (lambda: DEEP3D.resized((224, 300)), "size must have the proportions"),
        (lambda: DEEP3D.project(np.zeros((3, 3))), "points must have shape"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_equals_tensorflow_graphics():
    oracle = pytest.importorskip("tensorflow_graphics.rendering.camera.perspective")
    # Its camera looks along +z with y down.
    seen = POINTS * [1, -1, -1] + [0, 0, 10]
    expected = oracle.project(seen, np.array([1015.0, 1015.0]), np.array([112.0, 112.0]))
    np.testing.assert_allclose(DEEP3D.project(POINTS).screen, expected, rtol=1e-5)
