"""The built-in engine keeps the contract, and its promises about processes and light."""

import subprocess
import sys
import typing

import numba
import numpy as np
import pytest

from face2param import engines, regions
from face2param.engines.builtin.engine import BuiltinEngine
from face2param.engines.builtin.lighting import Lighting
from face2param.errors import EngineError
from tests.contracts.engine_contract import SMALL, EngineContract


@pytest.fixture(scope="module")
def builtin():
    return engines.get("builtin")


class TestBuiltinEngine(EngineContract):
    needs: typing.ClassVar = {
        "lipstick_hue": {"lipstick": 1.0},
        "eyeshadow_hue": {"eyeshadow": 1.0},
        "hair_part": {"hair": "side_part"},
        "beard_tone": {"beard": "full"},
        "beard_grey": {"beard": "full"},
        "beard_density": {"beard": "full"},
        "beard_length": {"beard": "full"},
    }

    @pytest.fixture(scope="class")
    def engine(self, builtin):
        return builtin

    @pytest.fixture(scope="class")
    def quick(self):
        return BuiltinEngine(lighting=Lighting(key_samples=1, ambient_samples=6))


def _digest(picture) -> bytes:
    return picture.image.tobytes() + picture.labels.tobytes() + picture.depth.tobytes()


def test_one_thread_gives_the_same_bits(builtin):
    character = builtin.schema.random(np.random.default_rng(2), 1)[0]
    character = character.replace(hair="curly_long", beard="full", glasses="round")
    many = _digest(builtin.render(character, size=SMALL))
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = _digest(builtin.render(character, size=SMALL))
    finally:
        numba.set_num_threads(threads)
    assert many == one


_WORKER = """
import hashlib, numpy as np
from face2param import engines
engine = engines.get("builtin")
character = engine.schema.random(np.random.default_rng(5), 1)[0]
picture = engine.render(character, size=(96, 96))
print(hashlib.sha256(picture.image.tobytes() + picture.labels.tobytes()).hexdigest())
"""


def test_another_process_gives_the_same_bits(builtin):
    import hashlib

    character = builtin.schema.random(np.random.default_rng(5), 1)[0]
    picture = builtin.render(character, size=(96, 96))
    here = hashlib.sha256(picture.image.tobytes() + picture.labels.tobytes()).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", _WORKER], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_mirrored_light_mirrors_the_picture(builtin):
    """With the studio mirrored too, only blotches of the skin and strands of hair differ."""
    character = builtin.schema.neutral().replace(
        hair="bald", jaw_width=0.9, nose_bend=0.8, skin_mottling=0.0
    )
    plain = builtin.render(character, size=SMALL).image
    other = BuiltinEngine(lighting=Lighting().mirrored())
    mirrored = other.render(character.mirror(), size=SMALL).image[:, ::-1]
    assert np.abs(plain - mirrored).mean() < 0.004
    unmirrored_light = builtin.render(character.mirror(), size=SMALL).image[:, ::-1]
    assert np.abs(plain - unmirrored_light).mean() > 0.008


def test_glasses_are_labelled_over_the_eyes(builtin):
    character = builtin.schema.neutral().replace(glasses="round")
    labels = builtin.render(character, size=SMALL).labels
    assert (labels == regions.INDEX["eye_g"]).mean() > 0.01
    assert not (labels == regions.INDEX["l_eye"]).any()


def test_an_opening_mouth_shows_its_inside(builtin):
    neutral = builtin.schema.neutral()
    mouth = regions.INDEX["mouth"]
    assert not (builtin.render(neutral, size=SMALL).labels == mouth).any()
    opened = builtin.render(neutral, builtin.schema.nuisance_vector(jawOpen=1.0), size=SMALL)
    assert (opened.labels == mouth).mean() > 0.004


def test_a_turned_head_hides_its_far_side(builtin):
    vector = builtin.schema.nuisance_vector(head_yaw=1.0)
    seen = builtin.render(builtin.schema.neutral(), vector, size=SMALL).visibility
    # The head turns to the viewer's right, so its right-hand jaw, nostril and eye corner disappear.
    assert not seen[[12, 13, 14, 35, 45]].any()
    assert seen[[30, 36, 48]].all()


def test_lips_keep_their_contrast_on_every_skin(builtin):
    weights = np.array([0.2126, 0.7152, 0.0722])
    for tone in (0.0, 0.5, 1.0):
        character = builtin.schema.neutral().replace(
            skin_tone=tone, lip_tint=0.0, lip_darkness=0.0, lip_gloss=0.0, hair="bald"
        )
        picture = builtin.render(character, size=(256, 256), supersample=1)
        linear = picture.image.astype(float) ** 2.2
        skin = np.median(linear[picture.labels == regions.INDEX["skin"]], 0) @ weights
        lip = np.median(linear[picture.labels == regions.INDEX["l_lip"]], 0) @ weights
        assert lip < 0.93 * skin, tone


def test_unknown_engine_names_the_known_ones():
    with pytest.raises(EngineError, match=r"'unreal'.*builtin"):
        engines.get("unreal")


def test_importing_engines_is_light():
    code = (
        "import sys, face2param.engines; "
        "print([m for m in ('tensorflow', 'keras', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
