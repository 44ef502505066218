import numpy as np
import pytest

from face2param.landmarks import markup
from face2param.metrics.landmarks import nme


@pytest.fixture
def face():
    points = np.random.default_rng(0).random((68, 2)) * 60
    points[[36, 45]] = [[10, 20], [60, 20]]  # Outer eye corners 50 apart.
    return points


def test_a_shift_by_a_tenth_of_the_eye_distance(face):
    assert nme(face + [3, 4], face) == pytest.approx(0.1)
    assert nme(face, face) == 0
    np.testing.assert_allclose(nme(np.stack([face, face + [0, 5]]), face[None]), [0, 0.1])


def test_subsets(face):
    moved = face.copy()
    moved[list(markup.GROUPS["jaw"])] += [5, 0]
    assert nme(moved, face, "jaw") == pytest.approx(0.1)
    assert nme(moved, face, "inner") == 0
    assert nme(moved, face) == pytest.approx(0.1 * 17 / 68)


def test_normalisers(face):
    eyes = markup.five_points(face)[:2]
    box = np.ptp(face, axis=0)
    moved = face + [5, 0]
    assert nme(moved, face, normaliser="pupils") == pytest.approx(
        5 / np.linalg.norm(eyes[0] - eyes[1])
    )
    assert nme(moved, face, normaliser="diagonal") == pytest.approx(5 / np.hypot(*box))


def test_errors(face):
    with pytest.raises(ValueError, match="predicted must have shape"):
        nme(face[:5], face)
    with pytest.raises(ValueError, match="true must have shape"):
        nme(face, face[:5])
    with pytest.raises(ValueError, match="subset must be one of"):
        nme(face, face, subset="chin")
    with pytest.raises(ValueError, match="normaliser must be one of"):
        nme(face, face, normaliser="ear")
    with pytest.raises(ValueError, match="has no size"):
        nme(face, np.zeros((68, 2)))
