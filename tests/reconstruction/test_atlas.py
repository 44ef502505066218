import dataclasses

import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.reconstruction import atlas
from tests.reconstruction import toy


def test_texels_lie_where_their_uv_says():
    model = toy.dome()
    found = atlas.of_model(model, 128)
    place = found.spread(np.concatenate([found.vertex_uv, model.mean[:, :1] * 0], 1))
    rows, columns = np.nonzero(found.covered())
    # Without UV of its own the model is unwrapped; u and v are then linear on each triangle.
    np.testing.assert_allclose(place[rows, columns, 0] * 128, columns + 0.5, atol=1e-2)
    np.testing.assert_allclose(place[rows, columns, 1] * 128, rows + 0.5, atol=1e-2)
    assert 0.5 < found.covered().mean() < 1
    assert (place[~found.covered()] == 0).all()


def test_own_uv_is_kept():
    model = toy.dome()
    uv = (model.mean[:, :2] - model.mean[:, :2].min(0)) / np.ptp(model.mean[:, :2], 0)
    with_uv = dataclasses.replace(model, name="flat", uv=uv, uv_faces=model.faces)
    found = atlas.of_model(with_uv, 64)
    np.testing.assert_array_equal(found.vertex_uv, with_uv.uv)


def test_the_mirror_of_a_symmetric_model_is_exact():
    model = toy.dome()
    found = atlas.of_model(model, 64)
    np.testing.assert_allclose(found.mirrored(model.mean) * [-1, 1, 1], model.mean, atol=1e-5)


def test_the_mirror_of_an_uneven_mesh_lies_on_its_surface():
    rng = np.random.default_rng(0)
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20)))
    move = (np.abs(np.stack([x, y])) < 0.99).all(0) * 0.03
    points = np.stack([x + move * rng.normal(size=400), y + move * rng.normal(size=400), 0 * x], 1)
    index = np.arange(400).reshape(20, 20)
    a, b, c, d = (part.ravel() for part in
                  (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))  # fmt: skip
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    corners, weights = atlas.mirror(points, faces)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    found = (points[corners] * weights[..., None]).sum(1)
    off = np.abs(found - points * [-1, 1, 1]).max(1)
    # A long triangle's centre can lie beyond the nearest eight: 2 % of an edge is left there.
    assert np.median(off) < 1e-6 and off.max() < 0.02 * 0.105


def test_pieces_are_counted():
    faces = np.array([[0, 1, 2], [2, 3, 0], [4, 5, 6]])
    found = atlas.pieces(faces, 7)
    assert len(set(found[:4])) == 1 and len(set(found[4:])) == 1 and found[0] != found[4]


def test_a_cylinder_unrolls_from_left_to_right():
    uv = atlas.cylinder(toy.dome().mean)
    assert uv.min() > 0 and uv.max() < 1
    left, right = toy.dome().mean[:, 0].argmin(), toy.dome().mean[:, 0].argmax()
    assert uv[left, 0] < 0.2 and uv[right, 0] > 0.8
    assert uv[toy.dome().mean[:, 1].argmax(), 1] < 0.1  # the top of the face on top


@pytest.mark.parametrize("size", [0, 100, 32, 16384])
def test_sizes_that_no_texture_has_are_refused(size):
    with pytest.raises(ConfigError, match=f"texture size {size}: it must be a power of two"):
        atlas.of_model(toy.dome(), size)
