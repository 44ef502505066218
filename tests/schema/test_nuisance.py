import numpy as np
import pytest

from face2param.errors import SchemaError


def test_vector_by_name(small):
    np.testing.assert_allclose(small.nuisance_vector(jawOpen=0.3, head_yaw=-0.6), [0.3, 0, 0, -0.6])
    np.testing.assert_array_equal(small.neutral_nuisance(), np.zeros(4))


def test_normalise_divides_angles_only(small):
    nuisance = np.array([[0.3, 1.0, 0.0, -0.6], [1.0, 0.0, 0.0, 1.2]], np.float32)
    normalised = small.normalise_nuisance(nuisance)
    np.testing.assert_allclose(normalised, [[0.3, 1, 0, -0.5], [1, 0, 0, 1]], rtol=1e-6)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(small.denormalise_nuisance(normalised), nuisance, rtol=1e-6)


def test_mirror(small):
    nuisance = small.nuisance_vector(jawOpen=0.2, mouthSmileLeft=0.9, head_yaw=0.4)
    mirrored = small.mirror_nuisance(nuisance)
    np.testing.assert_array_equal(
        mirrored, small.nuisance_vector(jawOpen=0.2, mouthSmileRight=0.9, head_yaw=-0.4)
    )
    np.testing.assert_array_equal(small.mirror_nuisance(mirrored), nuisance)


def test_errors(small):
    with pytest.raises(SchemaError, match="did you mean jawOpen"):
        small.nuisance_vector(jawOpne=1)
    with pytest.raises(SchemaError, match=r"'head_yaw' is 1.3; it must be in \[-1.2, 1.2\]"):
        small.nuisance_vector(head_yaw=1.3)
    with pytest.raises(SchemaError, match="'jawOpen' is nan"):
        small.nuisance_vector(jawOpen=float("nan"))
    for function in (small.normalise_nuisance, small.denormalise_nuisance, small.mirror_nuisance):
        with pytest.raises(SchemaError, match=r"got shape \[3\]"):
            function(np.zeros(3))
