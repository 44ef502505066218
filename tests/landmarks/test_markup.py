import numpy as np
import pytest

from face2param.landmarks import markup


def symmetric_face() -> np.ndarray:
    """Landmarks that are their own mirror image about x = 0.5, otherwise arbitrary."""
    points = np.random.default_rng(0).random((68, 2))
    mirrored = points[list(markup.MIRROR)].copy()
    mirrored[:, 0] = 1 - mirrored[:, 0]
    return (points + mirrored) / 2


def test_groups_partition_the_points():
    points = [i for group in markup.GROUPS.values() for i in group]
    assert points == list(range(68))
    assert markup.INNER == tuple(range(17, 68))


def test_mirror_is_an_involution_that_keeps_groups():
    mirror = np.array(markup.MIRROR)
    np.testing.assert_array_equal(mirror[mirror], np.arange(68))
    partner = {"l_brow": "r_brow", "r_brow": "l_brow", "l_eye": "r_eye", "r_eye": "l_eye"}
    for name, group in markup.GROUPS.items():
        assert {markup.MIRROR[i] for i in group} == set(markup.GROUPS[partner.get(name, name)])


def test_mirror_keeps_the_order_along_each_line():
    # Neighbours on a contour stay neighbours, so no two points of a table row are swapped.
    for name in ("jaw", "l_brow", "nose_ridge", "nose_base"):
        group = markup.GROUPS[name]
        images = [markup.MIRROR[i] for i in group]
        assert set(np.abs(np.diff(images))) == {1}, name
    for ring in ("l_eye", "r_eye", "outer_lips", "inner_lips"):
        group = markup.GROUPS[ring]
        images = [markup.MIRROR[i] for i in (*group, group[0])]
        steps = np.abs(np.diff(images))
        assert set(np.minimum(steps, len(group) - steps)) == {1}, ring


def test_mirror_landmarks():
    face = symmetric_face()
    np.testing.assert_allclose(markup.mirror_landmarks(face, 1), face, atol=1e-12)
    face = np.random.default_rng(1).random((2, 68, 2)) * 100
    mirrored = markup.mirror_landmarks(face, 100)
    np.testing.assert_allclose(mirrored[1, 16], [100 - face[1, 0, 0], face[1, 0, 1]])
    np.testing.assert_allclose(markup.mirror_landmarks(mirrored, 100), face)


def test_five_points_and_eye_distance():
    face = np.zeros((68, 2))
    face[36:42] = [[0, 0], [1, -1], [2, -1], [3, 0], [2, 1], [1, 1]]
    face[42:48] = face[36:42] + [7, 0]
    face[[30, 48, 54]] = [[5, 4], [3, 8], [7, 8]]
    np.testing.assert_allclose(
        markup.five_points(face), [[1.5, 0], [8.5, 0], [5, 4], [3, 8], [7, 8]]
    )
    assert markup.outer_eye_distance(face[None]).tolist() == [10]


def test_shape_errors():
    for function in (markup.five_points, markup.outer_eye_distance, markup.check_landmarks):
        with pytest.raises(ValueError, match=r"landmarks must have shape .* got \(5, 2\)"):
            function(np.zeros((5, 2)))
    with pytest.raises(ValueError, match="landmarks must have shape"):
        markup.mirror_landmarks(np.zeros((68, 3)), 1)
