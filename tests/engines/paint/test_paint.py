"""Painting: texels, light in creases, masks, eyeballs, pieces of a model."""

import numpy as np
import pytest

from face2param import engines
from face2param.engines.paint import eyes, lashes, noise, occlusion, pieces, pose, skin
from face2param.engines.paint.appearance import USUAL, appearance
from face2param.engines.paint.ball import Ball
from face2param.engines.paint.marks import marks
from face2param.engines.paint.texels import texels


@pytest.fixture(scope="module")
def face():
    """Landmarks of the built-in head, from the point between the eyes."""
    builtin = engines.get("builtin")
    points = builtin.render(builtin.schema.neutral(), size=(64, 64), supersample=1).landmarks3d
    return marks(points - [0, points[36:48, 1].mean(), 0])


@pytest.fixture(scope="module")
def wall(face):
    """A texture that lies flat in front, 22 by 28 cm, at the depth of the eyes."""
    depth = face.points[36:48, 2].mean()
    corners = [(-11, 12), (11, 12), (11, -16), (-11, -16)]
    vertices = np.array([(x, y, depth) for x, y in corners], float)
    uv = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
    return texels(vertices, np.array([[0, 3, 1], [1, 3, 2]], np.int32), uv, (280, 220))


def _at(mask, x, y):
    """The pixel of `wall` at (x, y) cm."""
    return mask[round((12 - y) * 10), round((x + 11) * 10)]


def test_texels_know_their_place(wall):
    assert wall.covered.all()
    np.testing.assert_allclose(wall.position[0, 0, :2], [-10.95, 11.95], atol=1e-4)
    np.testing.assert_allclose(wall.position[-1, -1, :2], [10.95, -15.95], atol=1e-4)


def test_gutters_take_after_their_neighbours():
    vertices = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0)], float)
    uv = np.array([(0, 0), (0.5, 0), (0, 0.5)])
    found = texels(vertices, np.array([[0, 1, 2]], np.int32), uv, (32, 32))
    assert not found.covered[-1, -1]
    values = found.spread(np.array([1.0, 2.0, 3.0]))
    assert 2 < values[-1, 0] <= 3
    assert 1 <= values.min() <= values.max() <= 3


def test_light_in_a_pit():
    ball = Ball.fit(_sphere(2.0), np.arange(200), 64)
    outside = occlusion.openness(ball.vertices, ball.faces)
    front = outside[ball.vertices[:, 2] > 0]
    assert front.mean() > 0.95
    inside = occlusion.openness(ball.vertices, ball.faces[:, ::-1])
    assert inside.mean() < 0.05


def test_masks_lie_where_they_belong_and_are_symmetric(face, wall):
    masks = skin.masks(wall, face)
    mouth = face.points[[51, 57]].mean(0)
    assert _at(masks["lips"], mouth[0], face.points[57, 1] + 0.35) > 150
    assert _at(masks["lips"], 0, face.chin) == 0
    brow = face.points[19]
    assert masks["brows"][:, :110].max() > 120
    rows, columns = np.nonzero(masks["brows"] > 100)
    assert abs((12 - rows / 10).mean() - brow[1]) < 0.8
    assert _at(masks["stubble"], 0, face.chin + 0.6) > 60
    assert _at(masks["stubble"], 0, face.brow + 2) == 0
    for name in ("brows", "stubble", "blush", "lids"):
        mirrored = masks[name][:, ::-1].astype(int)
        assert np.abs(masks[name] - mirrored).mean() < 1.0, name
    assert columns.min() < 110 < columns.max()


def test_the_base_is_skin_and_darker_in_creases(face, wall):
    lit = skin.base(wall, face, np.ones((280, 220)))
    dark = skin.base(wall, face, np.full((280, 220), 0.2))
    assert (lit[..., 0] > lit[..., 2]).all()
    assert 170 < lit[..., 0].mean() < 235
    assert dark.mean() < 0.8 * lit.mean()


def test_an_eye_has_pupil_iris_and_white():
    x = np.linspace(-1.2, 1.2, 97)
    place = np.stack(np.broadcast_arrays(x, 0.0, np.sqrt(1.44 - x**2)), -1)[None]
    colour, mask = eyes.eyeball(place, np.zeros(3), 1.2, 0.6, np.ones((1, 97)))
    grey = colour[0].mean(-1)
    assert grey[48] < 30  # the pupil
    assert mask[0, 48] == 0
    assert mask[0, 48 + 16] > 200  # the iris, 0.4 cm aside
    assert mask[0, 48 + 32] == 0
    assert grey[48 + 32] > 190  # the white


def test_lashes_stand_on_the_lower_edge():
    strip = lashes.strip(40, 256, 64)
    assert strip.shape == (64, 256, 4)
    cover = strip[..., 3].mean(1)
    assert cover[-1] > 3 * cover[12]
    assert cover[0] < 5


def _sphere(radius, centre=(0.0, 0.0, 0.0)):
    points = np.random.default_rng(0).normal(size=(200, 3))
    return radius * points / np.linalg.norm(points, axis=1, keepdims=True) + centre


def test_a_ball_takes_the_place_of_a_sphere_and_follows_it():
    centre = np.array([3.0, 0.5, 8.0])
    points = _sphere(1.3, centre)
    ball = Ball.fit(points, np.arange(200), 128)
    np.testing.assert_allclose(ball.centre, centre, atol=1e-9)
    assert abs(ball.radius - 1.3) < 1e-9
    moves = {"away": np.full((200, 3), 0.2), "grown": 0.1 * (points - centre), "still": 0 * points}
    found = ball.follow(moves)
    np.testing.assert_allclose(found["away"], 0.2, atol=1e-2)
    grown = np.linalg.norm(ball.vertices + found["grown"] - centre, axis=1)
    np.testing.assert_allclose(grown, 1.43, atol=1e-2)
    assert not found["still"].any()
    a, b, c = np.moveaxis(ball.vertices[ball.faces], 1, 0)
    outwards = (np.cross(b - a, c - a) * (a + b + c - 3 * centre)).sum(1)
    assert (outwards >= 0).all()


def test_seams_double_vertices_and_still_morphs_are_left_out():
    vertices = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], float)
    faces, uv = np.array([[0, 1, 2], [1, 3, 2]]), np.random.default_rng(0).random((5, 2))
    piece = pieces.cut(0, vertices, faces, uv, np.array([[0, 1, 2], [4, 3, 2]]))
    assert len(piece.vertices) == 5
    assert sorted(piece.source) == [0, 1, 1, 2, 3]
    moves = {"up": np.tile([0.0, 2.0, 0.0], (4, 1)), "nothing": np.zeros((4, 3))}
    mesh = pieces.mesh("m", [piece], moves, np.array([0.0, 1.0, 0.0]), np.full(4, 0.25))
    assert mesh.morph_names == ("up",)
    np.testing.assert_allclose(mesh.primitives[0].morphs[0, :, 1], 0.02, atol=1e-7)
    np.testing.assert_allclose(mesh.primitives[0].weights[:, 1], 0.25)
    np.testing.assert_allclose(mesh.primitives[0].vertices[:, 1].min(), -0.01, atol=1e-7)
    with pytest.raises(ValueError, match="no piece of face has vertex 9"):
        pieces.landmarks("face", [piece], [9])
    marks = pieces.landmarks("face", [piece], [3] * 68)
    assert piece.source[piece.faces[marks[0].triangle]][np.argmax(marks[0].barycentric)] == 3


def test_sliders_have_bindings_and_a_place_among_people():
    looks = appearance()
    names = [slider.name for slider in looks.sliders]
    assert set(names) == set(looks.bindings) == set(USUAL)
    controls, bindings = pose.turns()
    assert {control.name for control in controls} == set(bindings)


def test_noise_is_repeatable_smooth_and_centred():
    at = np.random.default_rng(1).uniform(-9, 9, (4000, 3))
    first = noise.noise(at, 0.7, 3)
    np.testing.assert_array_equal(first, noise.noise(at, 0.7, 3))
    assert abs(first.mean()) < 0.05
    near = noise.noise(at + 0.007, 0.7, 3)
    assert np.abs(near - first).max() < 0.1
    np.testing.assert_allclose(noise.smoothstep(1, 0, np.array([0.0, 0.5, 1.0])), [1, 0.5, 0])
