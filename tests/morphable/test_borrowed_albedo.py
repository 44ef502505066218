import numpy as np
import pytest

from face2param import morphable
from face2param.morphable.borrowed_albedo import Lender


@pytest.fixture(scope="module")
def model():
    return morphable.get("builtin")


def test_a_face_borrows_its_own_colours_back(model):
    lender = Lender(model.landmarks())
    skin = slice(*model.parts["skin"])
    found = lender.skin(model.mean[skin])
    assert found.shape == (81, skin.stop, 3)
    error = np.abs(found[0] - model.albedo_mean[skin])
    # Some vertices of the skin coincide (lips), and three neighbours mix a little.
    assert np.median(error) < 0.01 and error.mean() < 0.02
    same = lender.skin_mask(model.mean[skin]) == model.skin_mask[skin]
    assert same.mean() > 0.99
    far = model.mean[skin] + [0, 0, 5]
    assert not lender.skin_mask(far).any() and not lender.front(far).any()


def test_colours_follow_the_landmarks(model):
    larger = Lender(model.landmarks() * 1.3 + [0.2, 0, 0])
    skin = slice(*model.parts["skin"])
    moved = larger.skin(model.mean[skin] * np.float32(1.3) + np.float32([0.2, 0, 0]))
    plain = Lender(model.landmarks()).skin(model.mean[skin])
    assert np.abs(moved[0] - plain[0]).mean() < 0.01


def test_eyes_and_teeth(model):
    lender = Lender(model.landmarks())
    eye = model.mean[slice(*model.parts["eye_left"])]
    found = lender.eyeball(eye * 2 + 1)[0]  # an eye of any size and place
    own = model.albedo_mean[slice(*model.parts["eye_left"])]
    assert np.abs(found - own).mean() < 0.02
    teeth = lender.plain("teeth_upper", 5)
    assert teeth.shape == (81, 5, 3) and teeth[0, 0, 2] > 0.6
