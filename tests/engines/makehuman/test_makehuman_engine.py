"""MakeHuman as an engine: the contract, its sliders, what is refused."""

import typing

import numpy as np
import pytest

from face2param import engines
from face2param.engines.makehuman import anatomy, targets
from face2param.engines.makehuman import build as makehuman_build
from face2param.engines.makehuman import files as makehuman_files
from face2param.engines.paint.sampling import PeopledEngine
from face2param.errors import CodecError, EngineError
from tests.contracts.engine_contract import SMALL, EngineContract
from tests.data import shared_data


@pytest.fixture(scope="module")
def makehuman():
    mesh, data = makehuman_files.read(shared_data("makehuman"))
    model, head, usual = makehuman_build.build(mesh, data, texture=256)
    engine = PeopledEngine(model, head, "makehuman")
    engine.usual = usual
    return engine


class TestMakehuman(EngineContract):
    needs: typing.ClassVar = {}

    @pytest.fixture(scope="class")
    def engine(self, makehuman):
        return makehuman


def test_the_average_face_has_human_measures(makehuman):
    points = makehuman.render(makehuman.schema.neutral(), size=SMALL).landmarks3d
    assert 0.075 < points[45, 0] - points[36, 0] < 0.11
    assert 0.09 < points[27, 1] - points[8, 1] < 0.14


def test_left_and_right_sliders_are_partners(makehuman):
    by_name = {c.name: c for c in makehuman.schema.continuous}
    assert by_name["cheek_bones_left"].mirror == "cheek_bones_right"
    assert by_name["nose_trans_out"].mirror == "nose_trans_out"
    assert by_name["nose_hump"].mirror is None
    points = {}
    for side in ("left", "right"):
        character = makehuman.schema.character(**{f"eye_scale_{side}": 1.0})
        points[side] = makehuman.render(character, size=SMALL).landmarks3d
    neutral = makehuman.render(makehuman.schema.neutral(), size=SMALL).landmarks3d
    moved = {side: np.linalg.norm(p - neutral, axis=1) for side, p in points.items()}
    # The person's left eye is on the viewer's right: landmarks 42 to 47.
    assert moved["left"][42:48].min() > 1e-4 > moved["left"][36:42].max()
    assert moved["right"][36:42].min() > 1e-4 > moved["right"][42:48].max()


def test_random_faces_are_nearly_symmetric(makehuman):
    drawn = makehuman.random_characters(np.random.default_rng(4), 50)
    for name in ("eye_scale", "cheek_volume", "ear_wing"):
        values = np.array([[c[f"{name}_left"], c[f"{name}_right"]] for c in drawn])
        assert np.corrcoef(values.T)[0, 1] > 0.9
        assert values[:, 0].std() > 0.05


def _target(folder, name, lines):
    path = folder / "targets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# a comment\n" + "\n".join(lines) + "\n")
    return path


def test_a_target_is_read_in_centimetres(tmp_path):
    path = _target(tmp_path, "nose/nose-hump-incr.target", ["5 .01 -.5 0", "19157 0 0 1"])
    moves = makehuman_files.read_target(path)
    assert moves.shape == (makehuman_files.VERTICES, 3)
    np.testing.assert_allclose(moves[5], [0.1, -5, 0], atol=1e-6)
    assert np.count_nonzero(moves) == 3


@pytest.mark.parametrize(
    "lines", [["19158 0 0 0"], ["-1 0 0 0"], ["1.5 0 0 0"], ["1 0 nan 0"], ["1 0 0"], ["a b c d"]]
)
def test_a_damaged_target_is_named(tmp_path, lines):
    path = _target(tmp_path, "nose/bad.target", lines)
    with pytest.raises(CodecError, match=r"bad\.target: a line"):
        makehuman_files.read_target(path)


def test_a_huge_target_is_not_read(tmp_path):
    path = _target(tmp_path, "nose/huge.target", [])
    with path.open("wb") as stream:
        stream.truncate(9 << 20)
    with pytest.raises(CodecError, match=r"huge\.target: is larger than 8 MiB"):
        makehuman_files.read_target(path)


def test_no_folder_and_a_wrong_one(monkeypatch, tmp_path):
    monkeypatch.delenv("FACE2PARAM_MAKEHUMAN", raising=False)
    with pytest.raises(EngineError, match=r"set FACE2PARAM_MAKEHUMAN to the folder.*makehuman=FO"):
        engines.get("makehuman")
    with pytest.raises(EngineError, match=r"has no base\.obj or no targets/"):
        engines.get(f"makehuman={tmp_path}")
    (tmp_path / "targets").mkdir()
    (tmp_path / "base.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(CodecError, match=r"has 3 vertices; the base mesh hm08 has 19158"):
        engines.get(f"makehuman={tmp_path}")


# Two vertices that are mirror images of each other, and one in the middle.
_PARTNER = np.array([1, 0, 2])


def _moves(*rows):
    return np.array(rows, np.float32)


def test_opposite_targets_become_one_slider():
    names = {
        "nose/nose-hump-decr": _moves((0, -1, 0), (0, -1, 0), (0, 0, 0)),
        "nose/nose-hump-incr": _moves((0, 1, 0), (0, 1, 0), (0, 0, 0)),
        "head/head-round": _moves((1, 0, 0), (-1, 0, 0), (0, 0, 0)),
        "head/head-trans-up": _moves((0, 1, 0), (0, 1, 0), (0, 1, 0)),
    }
    found = {slider.name: slider for slider in targets.sliders(names, _PARTNER)}
    assert list(found) == ["head_round", "nose_hump"]
    assert found["head_round"].low is None
    np.testing.assert_array_equal(found["nose_hump"].low, names["nose/nose-hump-decr"])


def test_sides_and_lateral_targets():
    left = _moves((0, 1, 0), (0, 0, 0), (0, 0, 0))
    names = {
        "eyes/l-eye-scale-decr": -left,
        "eyes/l-eye-scale-incr": left,
        "mouth/mouth-trans-in": _moves((-1, 0, 0), (-1, 0, 0), (-1, 0, 0)),
        "mouth/mouth-trans-out": _moves((1, 0, 0), (1, 0, 0), (1, 0, 0)),
    }
    found = {slider.name: slider for slider in targets.sliders(names, _PARTNER)}
    assert found["eye_scale_left"].mirror == "eye_scale_right"
    np.testing.assert_array_equal(found["eye_scale_right"].high[1], [0, 1, 0])
    assert found["mouth_trans_out"].mirror == "mouth_trans_out"


def test_a_target_of_the_whole_mouth_is_split_into_sides():
    moves = _moves((0, 1, 0), (0, 1, 0), (0, 1, 0))
    vertices = np.array([[2.0, 0, 0], [-2.0, 0, 0], [0, 0, 0]])
    found = targets.expressions({"expression/mouth-corner-puller": moves}, _PARTNER, vertices)
    assert list(found) == ["mouthSmileLeft", "mouthSmileRight"]
    np.testing.assert_allclose(found["mouthSmileLeft"][:, 1], [1, 0, 0.5])
    np.testing.assert_allclose(sum(found.values()), moves)


def test_the_landmarks_know_their_mirror_images():
    assert set(anatomy.LANDMARKS) >= {*range(9), 27, 30, 33, 36, 39, 48, 51, 57, 62, 66}
    partner = np.arange(makehuman_files.VERTICES)
    assert len(makehuman_build.landmark_vertices(partner)) == 68
