import numpy as np

from face2param.engines.builtin.hair.hair_raster import raster_hair, strand_alpha
from face2param.engines.builtin.hair.hair_shading import shade_hair

TRIANGLE = np.array([[0, 1, 2]], np.int32)


def _solid(count):
    """Attributes of hair without gaps."""
    attributes = np.zeros((count, 7), np.float32)
    attributes[:, 4] = 1.0
    attributes[:, 5] = 4.0
    return attributes


def _draw(x, y, iz, faces, attributes, size=24, behind=0.0):
    opaque = np.full((size, size), behind, np.float32)
    f32 = (np.asarray(a, np.float32) for a in (x, y, iz))
    return raster_hair(*f32, np.asarray(faces, np.int32), attributes, opaque, 4)


def test_a_triangle_covers_the_pixels_inside_it():
    x, y = [2.3, 20.1, 5.2], [1.4, 8.7, 21.3]
    tid, bary, alpha, _ = _draw(x, y, [0.02] * 3, TRIANGLE, _solid(3))
    j, i = np.meshgrid(np.arange(24), np.arange(24))

    def edge(a, b):
        return (x[b] - x[a]) * (i - y[a]) - (y[b] - y[a]) * (j - x[a])

    inside = (edge(0, 1) >= 0) & (edge(1, 2) >= 0) & (edge(2, 0) >= 0)
    np.testing.assert_array_equal(tid[0] == 0, inside)
    assert (tid[1] == -1).all()
    assert (alpha[0][inside] == 1.0).all()
    w = bary[0][inside]
    back = w[:, 0] * x[0] + w[:, 1] * x[1] + (1 - w.sum(1)) * x[2]
    np.testing.assert_allclose(back, j[inside], atol=1e-3)


def test_hair_behind_the_head_is_hidden():
    tid, *_ = _draw([0, 23, 0], [0, 0, 23], [0.02] * 3, TRIANGLE, _solid(3), behind=0.03)
    assert (tid == -1).all()


def test_the_two_nearest_layers_are_kept_nearest_first():
    x, y = [0, 40, 0] * 3, [0, 0, 40] * 3
    faces = np.arange(9).reshape(3, 3)
    attributes = _solid(9)
    attributes[:, 5] = 0.75  # some strands are missing, so that the layer behind is needed
    attributes[:, 0] = np.tile([0.0, 1.0, 0.4], 3)
    for order in ((0.02, 0.04, 0.03), (0.04, 0.03, 0.02), (0.03, 0.02, 0.04)):
        tid, _, alpha, depth = _draw(x, y, np.repeat(order, 3), faces, attributes, 16)
        rank = np.argsort(order)[::-1]
        front = (tid[0] >= 0) & (alpha[0] > 0.97)
        assert (tid[0][front] == rank[0]).all()
        both = (tid[1] >= 0) & ~front
        assert both.any()
        assert (depth[0][both] > depth[1][both]).all()


def test_alpha_follows_cover_and_frays_the_tip():
    strands = np.linspace(0, 30, 400)
    means = [np.mean([strand_alpha(s, 0.0, 0.5, 0.0, c) for s in strands]) for c in (0, 0.4, 0.8)]
    assert means[0] == 0.0
    assert means[0] < means[1] < means[2]
    tip = np.mean([strand_alpha(s, 0.0, 0.98, 0.5, 1.2) for s in strands])
    root = np.mean([strand_alpha(s, 0.0, 0.1, 0.5, 1.2) for s in strands])
    assert tip < 0.2 < 0.9 < root


def _shade(pigment=(0.1, 0.05, 0.03), grey=0.0, lit=True, alpha=1.0):
    size = 16
    tid = np.full((2, size, size), -1, np.int32)
    tid[0] = 0
    bary = np.full((2, size, size, 2), 1 / 3, np.float32)
    opacity = np.full((2, size, size), alpha, np.float32)
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    normals = np.tile(np.float32([0, 0, 1]), (3, 1))
    tangents = np.tile(np.float32([0, -1, 0]), (3, 1))
    attributes = _solid(3)
    attributes[:, 2] = 0.5
    shadow = np.full((8, 8), -1e9 if lit else 1e9, np.float32)
    image = np.full((size, size, 3), 0.2, np.float32)
    coverage = np.zeros((size, size), np.float32)
    unit = np.array([0.0, 0.0, 1.0])
    shade_hair(
        tid, bary, opacity, TRIANGLE, vertices, normals, tangents, attributes,
        np.array([0.0, 0.0, 50.0]), unit, np.ones(3), np.array([0.0, 1.0, 0.0]), np.ones(3),
        np.full(3, 0.3), np.full(3, 0.1), shadow, np.eye(3), np.array([-4.0, -4.0]), 1.0,
        np.array(pigment), grey, np.array([1.0, 1.0]), image, coverage,
    )  # fmt: skip
    return image, coverage


def test_shadow_darkens_and_grey_whitens():
    lit, shadowed, white = (_shade()[0], _shade(lit=False)[0], _shade(grey=1.0)[0])
    assert lit.mean() > 1.5 * shadowed.mean() > 0
    assert white.mean() > 2 * lit.mean()
    np.testing.assert_allclose(white[..., 0], white[..., 2], rtol=0.15)


def test_opacity_blends_over_what_is_behind():
    full, clear = _shade()[0], 0.2
    half, coverage = _shade(alpha=0.5)
    np.testing.assert_allclose(half, 0.5 * full + 0.5 * clear, atol=1e-5)
    np.testing.assert_allclose(coverage, 0.5)
