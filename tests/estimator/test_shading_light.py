import numpy as np
import pytest

from face2param.estimator import shading_light
from face2param.estimator.colour_space import linear_to_srgb


def ball(level, direction, tint=(0.6, 0.4, 0.3)):
    """A sphere of skin under a light of known harmonics: picture, normals, mask."""
    y, x = -(np.mgrid[:64, :64] + 0.5 - 32) / 30
    inside = x**2 + y**2 < 0.9
    z = np.sqrt(np.maximum(1 - x**2 - y**2, 0))
    normals = np.stack([-x, y, z], -1) * inside[..., None]
    shade = level + normals @ np.asarray(direction)
    linear = np.clip(shade[..., None] * np.asarray(tint), 0, 1) * inside[..., None]
    return linear_to_srgb(linear), normals, inside


def test_known_light_is_found():
    image, normals, skin = ball(0.6, (0.24, 0.1, 0.05))
    found = shading_light.read(image, normals, skin)
    np.testing.assert_allclose(
        found.coefficients[0], 0.6 * np.array([0.6, 0.24, 0.1, 0.05]), atol=1e-3
    )
    direction = np.array([0.24, 0.1, 0.05])
    np.testing.assert_allclose(found.towards, direction / np.linalg.norm(direction), atol=0.01)
    assert found.contrast == pytest.approx(np.linalg.norm(direction) / 0.6, abs=0.01)
    assert found.explained > 0.99
    assert found.to_dict()["contrast"] == round(found.contrast, 3)


def test_a_mole_and_a_highlight_do_not_turn_the_light():
    image, normals, skin = ball(0.6, (0.2, 0.0, 0.1))
    image[20:26, 20:26], image[30:34, 40:44] = 0.05, 1.0
    found = shading_light.read(image, normals, skin)
    np.testing.assert_allclose(
        found.towards, np.array([0.2, 0, 0.1]) / np.hypot(0.2, 0.1), atol=0.05
    )


def test_too_little_skin_is_no_light_and_wrong_shapes_are_errors():
    image, normals, skin = ball(0.6, (0.2, 0.0, 0.1))
    assert shading_light.read(image, normals, skin & False) is None
    with pytest.raises(ValueError, match=r"normals and skin must belong to an image of shape"):
        shading_light.read(image, normals[:-1], skin)
