"""ICT-FaceKit as an engine: the contract, its names, what is refused."""

import numpy as np
import pytest

from face2param import engines
from face2param.engines.ict import build as ict_build
from face2param.engines.ict import words
from face2param.engines.paint.sampling import PeopledEngine
from face2param.errors import EngineError, FaceModelError
from face2param.landmarks.markup import MIRROR
from face2param.meshes import ict as files
from tests.contracts.engine_contract import SMALL, EngineContract
from tests.data import shared_data


@pytest.fixture(scope="module")
def built():
    folder = shared_data("ict_facekit")
    return ict_build.build(files.read(folder / "ict_facekit.npz"), texture=256)


@pytest.fixture(scope="module")
def ict(built):
    model, head, usual = built
    engine = PeopledEngine(model, head, "ict")
    engine.usual = usual
    return engine


class TestIct(EngineContract):
    @pytest.fixture(scope="class")
    def engine(self, ict):
        return ict


def test_landmarks_are_the_files_and_symmetric(ict):
    picture = ict.render(ict.schema.neutral(), size=SMALL, supersample=1)
    points = picture.landmarks
    mirrored = points[list(MIRROR)] * [-1, 1] + [SMALL[1], 0]
    np.testing.assert_allclose(points, mirrored, atol=0.3)
    outer_eyes = picture.landmarks3d[45, 0] - picture.landmarks3d[36, 0]
    assert 0.08 < outer_eyes < 0.11  # metres, of an adult


def test_identity_sliders_are_the_files_shapes(ict, built):
    model = built[0]
    face = model.meshes[0]
    shape = face.primitives[0].morphs[face.morph_names.index("identity003")]
    posed = ict.rig.pose(ict.schema.character(identity_03=1.0)).parts[0]
    rest = ict.rig.pose(ict.schema.neutral()).parts[0]
    # The skin moves with the neck's bone at rest, which changes nothing.
    moved = posed.vertices - rest.vertices
    np.testing.assert_allclose(moved, ict_build.REACH * shape, atol=2e-6)


def test_closed_lips_touch_and_the_jaw_opens_them(ict):
    def gap(**expression):
        nuisance = ict.schema.nuisance_vector(**expression)
        points = ict.render(ict.schema.neutral(), nuisance, size=SMALL).landmarks3d
        return points[62, 1] - points[66, 1]

    assert abs(gap()) < 5e-4
    assert gap(jawOpen=1.0) > 0.02


def test_gaze_turns_the_eyes_and_takes_the_lids_along(ict):
    neutral = ict.schema.neutral()
    down = ict.schema.nuisance_vector(gaze_pitch=0.4)
    before = ict.render(neutral, size=SMALL).landmarks3d
    after = ict.render(neutral, down, size=SMALL).landmarks3d
    assert (before[[37, 38, 43, 44], 1] - after[[37, 38, 43, 44], 1] > 1e-3).all()
    assert np.abs(before[:17] - after[:17]).max() < 1e-5


def test_random_people_differ_and_stay_people(ict):
    drawn = ict.random_characters(np.random.default_rng(1), 40)
    values = np.stack([character.values for character in drawn])
    identity = values[:, : ict_build.SLIDERS]
    assert 0.15 < identity.std(0).mean() < 0.25
    assert values.min() >= 0
    assert values.max() <= 1
    people = ict.people()
    assert people.mean.shape == people.spread.shape == (len(ict.schema.continuous),)
    again = ict.random_characters(np.random.default_rng(1), 40)
    assert drawn == again


@pytest.mark.parametrize("amount", [-0.1, 1.5])
def test_silly_amounts_are_refused(ict, amount):
    rng = np.random.default_rng(0)
    with pytest.raises(EngineError, match=f"amount is {amount}"):
        ict.random_nuisance(rng, amount)
    with pytest.raises(EngineError, match=f"spread {amount}"):
        ict.random_characters(rng, 1, amount)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eyeBlink_L", "eyeBlinkLeft"),
        ("browInnerUp_R", "browInnerUp"),
        ("jawLeft", "jawLeft"),
        ("cheekRaiser_L", None),
        ("eyeLookUp_R", None),
        ("identity003", None),
    ],
)
def test_arkit_names(name, expected):
    assert words.arkit(name) == expected


def test_words_for_a_shape():
    points = np.random.default_rng(0).normal(0, 3, (68, 3))
    points[31], points[35] = (-1.5, -4, 9), (1.5, -4, 9)
    moves = np.zeros((68, 3))
    moves[31, 0], moves[35, 0] = -0.5, 0.5
    assert words.description(points, moves).startswith("narrow to wide nose")


def test_no_folder_and_a_wrong_one(monkeypatch, tmp_path):
    monkeypatch.delenv("FACE2PARAM_ICT", raising=False)
    with pytest.raises(EngineError, match=r"set FACE2PARAM_ICT to their folder, or.*ict=FOLDER"):
        engines.get("ict")
    with pytest.raises(EngineError, match=r"there is no .*absent; set FACE2PARAM_ICT"):
        engines.get(f"ict={tmp_path / 'absent'}")
    with pytest.raises(FaceModelError, match=r"has no generic_neutral_mesh\.obj"):
        engines.get(f"ict={tmp_path}")
