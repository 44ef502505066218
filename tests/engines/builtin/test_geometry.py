import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import anatomy, canonical, controls, geometry, head_pose
from face2param.errors import EngineError

FAMILY = schema.load("builtin")
NEUTRAL = FAMILY.neutral()
PAIRS = {"ear_left": "ear_right", "eye_left": "eye_right"}


def _points(mesh):
    return np.concatenate([part.vertices for part in mesh.parts])


@pytest.mark.parametrize("name", [c.name for c in FAMILY.continuous[: controls.GEOMETRY_COUNT]])
def test_every_geometry_slider_moves_the_mesh_both_ways(name):
    low = _points(geometry.pose_head(NEUTRAL.replace(**{name: 0.0})))
    rest = _points(geometry.pose_head(NEUTRAL))
    high = _points(geometry.pose_head(NEUTRAL.replace(**{name: 1.0})))
    # 0.4 mm is about a pixel of a 512 picture.
    assert np.abs(low - rest).max() > 0.04 and np.abs(high - rest).max() > 0.04
    assert np.isfinite(low).all() and np.isfinite(high).all()


def test_mirrored_parameters_mirror_the_head():
    rng = np.random.default_rng(5)
    character = FAMILY.random(rng, 1)[0]
    values = {c.name: float(rng.uniform(c.minimum, c.maximum)) * 0.5 for c in FAMILY.nuisance}
    nuisance = FAMILY.nuisance_vector(**values)
    mesh = geometry.pose_head(character, nuisance)
    mirrored = geometry.pose_head(character.mirror(), FAMILY.mirror_nuisance(nuisance))
    skin = mesh.part("skin").vertices[mesh._canonical.mirror] * [-1, 1, 1]
    np.testing.assert_allclose(mirrored.part("skin").vertices, skin, atol=2e-4)
    ear = mesh.part("ear_left").vertices * [-1, 1, 1]
    np.testing.assert_allclose(mirrored.part("ear_right").vertices, ear, atol=2e-4)
    centres = mesh.eyes.centres[::-1] * [-1, 1, 1]
    np.testing.assert_allclose(mirrored.eyes.centres, centres, atol=2e-4)


def test_neutral_head_without_the_average_is_the_authored_head(monkeypatch):
    average = geometry.pose_head(NEUTRAL).part("skin").vertices
    monkeypatch.setattr(geometry, "AVERAGE_WEIGHTS", {})
    mesh = geometry.pose_head(NEUTRAL)
    skin = mesh.part("skin").vertices
    assert np.abs(skin - average).max() > 0.3  # an average person is not what was authored
    # Only the contact of the lids with the eyeballs may move a neutral vertex.
    far = np.linalg.norm(np.abs(skin) - [anatomy.EYE_X, 0, anatomy.EYE_Z], axis=1) > 3.3
    np.testing.assert_allclose(skin[far], mesh._canonical.vertices[far], atol=1e-5)
    assert {p.name for p in mesh.parts} == {
        "skin", "ear_left", "ear_right", "eye_left", "eye_right", "lashes", "teeth_upper",
        "teeth_lower", "tongue", "cavity", "torso",
    }  # fmt: skip
    for part in mesh.parts:
        assert part.vertices.dtype == np.float32 and part.faces.dtype == np.int32
        assert part.faces.max() < len(part.vertices)


def test_processes_agree_bit_for_bit(tmp_path):
    code = (
        "import hashlib, numpy as np\n"
        "from face2param import schema\n"
        "from face2param.engines.builtin import geometry\n"
        "f = schema.load('builtin'); c = f.random(np.random.default_rng(3), 1)[0]\n"
        "n = f.nuisance_vector(mouthSmileLeft=.7, jawOpen=.4, eyeBlinkRight=.6, head_yaw=.5)\n"
        "m = geometry.pose_head(c, n)\n"
        "d = b''.join(p.vertices.tobytes() for p in m.parts) + m.landmarks3d.tobytes()\n"
        "print(hashlib.sha256(d).hexdigest())\n"
    )
    digests = []
    for threads in ("1", "2"):
        env = dict(os.environ, FACE2PARAM_CACHE=str(tmp_path / threads), OMP_NUM_THREADS=threads)
        env["OPENBLAS_NUM_THREADS"] = threads
        run = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        digests.append(run.stdout.strip())
    assert len(digests[0]) == 64 and digests[0] == digests[1]


def test_damaged_cache_is_rebuilt(tmp_path, monkeypatch):
    monkeypatch.setenv("FACE2PARAM_CACHE", str(tmp_path))
    path = canonical.cache_path()
    path.write_bytes(b"not a zip file")
    arrays = canonical._load_arrays()
    np.testing.assert_array_equal(arrays["vertices"], canonical.canonical().vertices)
    with np.load(path) as stored:
        assert hashlib.sha256(stored["vertices"].tobytes()).digest() == (
            hashlib.sha256(arrays["vertices"].tobytes()).digest()
        )


def test_extremes_do_not_cross_the_midline():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        ends = rng.integers(0, 2, controls.GEOMETRY_COUNT).astype(float)
        names = FAMILY.names[: controls.GEOMETRY_COUNT]
        symmetric = {n: v for n, v, c in zip(names, ends, FAMILY.continuous, strict=False)
                     if c.mirror is None}  # fmt: skip
        mesh = geometry.pose_head(NEUTRAL.replace(**symmetric))
        head = mesh._canonical
        skin = mesh.part("skin").vertices
        assert (skin[head.topology.side > 0, 0] > -0.02).all()


def test_deform_carries_points_with_the_head(monkeypatch):
    monkeypatch.setattr(geometry, "AVERAGE_WEIGHTS", {})
    points = geometry.canonical().vertices[::97].copy()
    still = geometry.pose_head(NEUTRAL)
    for follow in ("skull", "jaw", "skin"):
        moved = still.deform(points, follow)
        near = np.linalg.norm(np.abs(points) - [anatomy.EYE_X, 0, anatomy.EYE_Z], axis=1) < 3.3
        np.testing.assert_allclose(moved[~near], points[~near], atol=1e-3)
    turned = geometry.pose_head(NEUTRAL, FAMILY.nuisance_vector(head_yaw=0.7, jawOpen=0.8))
    skin = turned.part("skin").vertices[::97]
    on_skin = turned.deform(points, "skin")
    assert np.median(np.linalg.norm(on_skin - skin, axis=1)) < 0.02
    chin = np.array([[0, -11.2, 9.2]], np.float32)
    dropped = turned.deform(chin, "jaw")[0, 1] - turned.deform(chin, "skull")[0, 1]
    assert dropped < -1.5


def test_head_turns_rigidly_above_the_neck_and_not_below():
    points = np.array([[0, 5, 9], [3, -2, 8], [0, -25, 0]], np.float32)
    turn = head_pose.rotation(0.4, -0.2, 0.1)
    moved = head_pose.turn(points, head_pose.share(points), turn)
    expected = anatomy.NECK_PIVOT + (points[:2] - anatomy.NECK_PIVOT) @ turn.T
    np.testing.assert_allclose(moved[:2], expected, atol=1e-4)
    np.testing.assert_allclose(moved[2], points[2], atol=1e-6)
    # The named directions: yaw to +x, pitch up, roll tilts the crown to +x.
    assert (head_pose.rotation(0.3, 0, 0) @ [0, 0, 1])[0] > 0
    assert (head_pose.rotation(0, 0.3, 0) @ [0, 0, 1])[1] > 0
    assert (head_pose.rotation(0, 0, 0.3) @ [0, 1, 0])[0] > 0


def test_wrong_input_is_refused():
    other = schema.load("facenn95").neutral()
    with pytest.raises(EngineError, match="facenn95"):
        geometry.pose_head(other)
    with pytest.raises(EngineError, match="nuisance has shape"):
        geometry.pose_head(NEUTRAL, np.zeros(3, np.float32))
    mesh = geometry.pose_head(NEUTRAL)
    with pytest.raises(EngineError, match="follow is 'hair'"):
        mesh.deform(np.zeros((1, 3)), "hair")
    with pytest.raises(EngineError, match="points have shape"):
        mesh.deform(np.zeros(3))
    with pytest.raises(EngineError, match="no part 'horn'"):
        mesh.part("horn")
