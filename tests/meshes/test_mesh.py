import numpy as np
import pytest

from tests.meshes import shapes


def test_arrays_come_in_the_declared_types():
    mesh = shapes.cube(vertices=shapes.cube().vertices.astype(float).tolist())
    assert mesh.vertices.dtype == np.float32 and mesh.faces.dtype == np.int32
    assert mesh.corner_uv is mesh.uv_faces
    shared = mesh.replace(uv=mesh.vertices[:, :2], uv_faces=None)
    assert shared.corner_uv is shared.faces
    assert mesh.replace(uv=None, uv_faces=None).corner_uv is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"vertices": np.zeros((8, 2))}, r"vertices must have shape \[any, 3\], got \[8, 2\]"),
        ({"faces": [[0, 1, 8]]}, r"faces must index 8 vertices from 0, got indices 0\.\.8"),
        ({"vertices": np.full((8, 3), np.nan)}, "not a number"),
        ({"uv_faces": [[0, 1, 2]]}, r"uv_faces must have shape \[12, 3\]"),
        ({"uv_faces": np.full((12, 3), 24)}, "uv_faces must index 24 uv points"),
        ({"uv_faces": None}, r"uv \(without uv_faces\) must have shape \[8, 2\]"),
        ({"uv": None, "uv_faces": None, "texture": np.zeros((2, 2, 3))}, "texture needs uv"),
        ({"texture": np.zeros((2, 2))}, "texture must have shape"),
        ({"colours": np.zeros((7, 3))}, r"colours must have shape \[8, 3\], got \[7, 3\]"),
        ({"normals": np.zeros((7, 3))}, "normals must have shape"),
    ],
)
def test_what_does_not_belong_together_is_named(changes, text):
    with pytest.raises(ValueError, match=text):
        shapes.cube(**changes)
