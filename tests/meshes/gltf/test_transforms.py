import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from face2param.meshes.gltf import transforms


def random_parts(seed, mirrored=False):
    rng = np.random.default_rng(seed)
    rotation = rng.normal(size=4)
    rotation *= np.sign(rotation[3]) / np.linalg.norm(rotation)
    scale = rng.uniform(0.2, 3, 3) * ([-1, 1, 1] if mirrored else 1)
    return rng.normal(size=3), rotation, scale


def test_compose_scales_turns_and_moves():
    translation, rotation, scale = random_parts(0)
    point = np.array([0.3, -2, 5])
    matrix = transforms.compose(translation, rotation, scale)
    expected = Rotation.from_quat(rotation).apply(point * scale) + translation
    np.testing.assert_allclose((matrix @ [*point, 1])[:3], expected, atol=1e-12)
    several = transforms.compose([translation] * 2, [rotation] * 2, [scale] * 2)
    np.testing.assert_array_equal(several, [matrix, matrix])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_decompose_is_the_inverse_of_compose(seed, mirrored):
    parts = random_parts(seed, mirrored)
    found = transforms.decompose(transforms.compose(*parts))
    for value, expected in zip(found, parts, strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-9)


@pytest.mark.parametrize("turn", [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)])
def test_half_turns_have_no_branch(turn):
    matrix = transforms.compose(np.zeros(3), turn, np.ones(3))
    rotation = transforms.decompose(matrix)[1]
    np.testing.assert_allclose(transforms.compose(np.zeros(3), rotation, np.ones(3)), matrix)


@pytest.mark.parametrize("scale", [(0, 1, 2), (0, 0, 2), (0, 0, 0), (-1, 0, 1)])
def test_scale_zero_is_kept(scale):
    matrix = transforms.compose((1, 2, 3), random_parts(3)[1], scale)
    parts = transforms.decompose(matrix)
    np.testing.assert_allclose(transforms.compose(*parts), matrix, atol=1e-9)


def test_shear_and_projection_are_refused():
    matrix = np.eye(4)
    matrix[0, 1] = 0.3
    with pytest.raises(ValueError, match="shears"):
        transforms.decompose(matrix)
    matrix = np.eye(4)
    matrix[3, 1] = 1
    with pytest.raises(ValueError, match="last row"):
        transforms.decompose(matrix)
    with pytest.raises(ValueError, match="last row"):
        transforms.decompose(np.full((4, 4), np.nan))


def test_chain_multiplies_from_the_root():
    local = np.stack([transforms.compose(*random_parts(seed)) for seed in range(3)])
    found = transforms.chain(local, [2, 0, None], [2, 0, 1])
    np.testing.assert_allclose(found[1], local[2] @ local[0] @ local[1])
