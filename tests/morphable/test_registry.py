import subprocess
import sys

import numpy as np
import pytest
from scipy.io import savemat

from face2param import morphable
from face2param.errors import FaceModelError
from face2param.morphable import orientation, placement, registry
from tests.morphable import small


def test_formats_are_recognised(tmp_path):
    def kind(name, **arrays):
        path = tmp_path / name
        (np.savez if name.endswith("npz") else lambda p, **a: savemat(p, a))(path, **arrays)
        return registry.recognise(path)

    zero = np.zeros(3)
    assert kind("a.npz", deltas_q=zero) == "ict"
    assert kind("b.npz", shapedirs=zero) == "flame"
    assert kind("c.mat", idBase=zero) == "deep3d"
    assert kind("d.mat", shapeMU=zero) == "basel"
    assert registry.recognise(tmp_path) == "ict"
    morphable.save(small.model(), tmp_path / "e.npz")
    assert registry.recognise(tmp_path / "e.npz") == "own"
    for name in ("f.npz", "g.mat"):
        with pytest.raises(FaceModelError, match="is no face model that is known here"):
            kind(name, other=zero)
    with pytest.raises(FaceModelError, match="is no face model that is known here"):
        (tmp_path / "model.txt").write_text("hello")
        registry.recognise(tmp_path / "model.txt")
    (tmp_path / "h.npz").write_text("hello")
    with pytest.raises(FaceModelError, match="is no readable"):
        registry.recognise(tmp_path / "h.npz")


def test_no_such_model(tmp_path):
    with pytest.raises(FaceModelError, match="there is no face model 'bfm'; give builtin or"):
        morphable.get("bfm")


def test_the_package_does_not_load_tensorflow():
    code = "import sys, face2param.morphable as m; m.get; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_triangles_are_turned_outward_all_or_none():
    vertices, faces = small.grid()
    np.testing.assert_array_equal(orientation.outward(vertices, faces), faces)
    np.testing.assert_array_equal(orientation.outward(vertices, faces[:, ::-1]), faces)


def test_placement_moves_the_five_points_onto_deep3ds():
    rng = np.random.default_rng(0)
    landmarks = rng.normal(size=(68, 3))
    moved = landmarks + placement.offset(landmarks)
    five = placement.five_points(moved).mean(0)
    np.testing.assert_allclose(five[1:], placement.STANDARD_FIVE.mean(0)[1:], atol=1e-9)
    assert placement.offset(landmarks)[0] == 0  # the symmetry plane stays
    eye = (landmarks[36] + landmarks[39]) / 2
    np.testing.assert_allclose(placement.five_points(landmarks)[0], eye)
