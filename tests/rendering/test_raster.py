"""The fast rasterizer against its slow reference, closed forms, ties and errors."""

import numba
import numpy as np
import pytest

from face2param.rendering import raster, reference

SIZE = (40, 56)


def random_mesh(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    screen = rng.uniform(-10, 66, (3 * count, 2)).astype(np.float32)
    inverse_depth = rng.uniform(0.005, 0.02, 3 * count).astype(np.float32)
    return screen, inverse_depth, np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


@pytest.mark.parametrize("seed", range(4))
def test_equals_reference(seed):
    mesh = random_mesh(seed)
    fast, slow = raster.rasterize(*mesh, SIZE), reference.rasterize(*mesh, SIZE)
    assert (fast.triangle >= 0).any()
    np.testing.assert_array_equal(fast.triangle, slow.triangle)
    np.testing.assert_allclose(fast.barycentric, slow.barycentric, atol=1e-6)
    np.testing.assert_allclose(fast.inverse_depth, slow.inverse_depth, rtol=1e-6)


def test_equals_reference_on_pixel_aligned_edges():
    """Edges and corners exactly on pixel centres: the tie rules decide every one of them."""
    rng = np.random.default_rng(5)
    screen = rng.integers(-3, 60, (150, 2)) + 0.5
    inverse_depth = rng.integers(1, 3, 150) / 100.0
    faces = np.arange(150, dtype=np.int32).reshape(-1, 3)
    fast = raster.rasterize(screen, inverse_depth, faces, SIZE)
    slow = reference.rasterize(screen, inverse_depth, faces, SIZE)
    np.testing.assert_array_equal(fast.triangle, slow.triangle)


def test_barycentrics_are_perspective_correct():
    """A plane seen at a slant: interpolating the corners' world x gives the ray's own hit."""
    focal, size = 50.0, (40, 40)
    world = np.array([[-1, -1, 2.0], [3, -1, 6.0], [-1, 3, 2.0]])  # the plane z = 3 + x
    screen = world[:, :2] / world[:, 2:] * focal + 20
    result = raster.rasterize(screen, 1 / world[:, 2], np.array([[0, 1, 2]], np.int32), size)
    rows, columns = np.nonzero(result.triangle == 0)
    assert len(rows) > 100
    point = result.barycentric[rows, columns] @ world
    slope = (columns + 0.5 - 20) / focal  # x = slope * z and z = 3 + x
    np.testing.assert_allclose(point[:, 2], 3 / (1 - slope), rtol=1e-5)
    np.testing.assert_allclose(1 / result.inverse_depth[rows, columns], point[:, 2], rtol=1e-5)


def test_equal_depth_goes_to_the_lower_index():
    screen = np.array([[0, 0], [20, 0], [0, 20.0]])
    faces = np.array([[0, 1, 2], [2, 1, 0]], np.int32)
    result = raster.rasterize(screen, np.full(3, 0.01), faces, (10, 10))
    assert (result.triangle == 0).all()


def test_behind_the_camera_and_degenerate_are_skipped():
    screen = np.array([[0, 0], [20, 0], [0, 20.0], [5, 5]])
    faces = np.array([[0, 1, 3], [1, 1, 2]], np.int32)
    inverse_depth = np.array([0.01, 0.01, 0.01, -0.01])
    assert (raster.rasterize(screen, inverse_depth, faces, (10, 10)).triangle == -1).all()


def test_same_bits_with_one_thread():
    mesh = random_mesh(9, 400)
    threads = numba.get_num_threads()
    many = raster.rasterize(*mesh, SIZE)
    try:
        numba.set_num_threads(1)
        one = raster.rasterize(*mesh, SIZE)
    finally:
        numba.set_num_threads(threads)
    for a, b in zip(many, one, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: np.zeros((3, 3))}, "screen must have shape"),
        ({1: np.zeros(4)}, "inverse_depth must have shape"),
        ({2: np.zeros((3, 2), np.int32)}, "faces must have shape"),
        ({2: np.array([[0, 1, 3]], np.int32)}, "must index 3 vertices"),
    ],
)
def test_errors_name_the_array(change, message):
    arguments = [np.zeros((3, 2)), np.ones(3), np.array([[0, 1, 2]], np.int32)]
    for index, value in change.items():
        arguments[index] = value
    with pytest.raises(ValueError, match=message):
        raster.rasterize(*arguments, (4, 4))
