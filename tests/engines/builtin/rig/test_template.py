"""The template on a reduced detail: all sliders, one hairstyle, one beard."""

import dataclasses

import numpy as np
import pytest

from face2param.engines.builtin import geometry
from face2param.engines.builtin.engine import BuiltinEngine
from face2param.engines.builtin.rig import DETAILS, template, template_layers
from face2param.engines.builtin.rig.pieces import split_corners
from face2param.engines.builtin.rig.small_file import shrink
from face2param.engines.builtin.texture import texture
from face2param.engines.rigged import layers
from face2param.engines.rigged.engine import RiggedEngine
from face2param.engines.rigged.head_file import HeadFile
from face2param.errors import EngineError
from face2param.meshes.gltf import read_gltf
from face2param.schema import load
from tests.meshes import gltf_validator

SCHEMA = load("builtin")
MILLIMETRES = 1000.0


@pytest.fixture(scope="module")
def made():
    detail = dataclasses.replace(
        DETAILS["full"], size=256, styles=("crop", "side_part"), beards=("moustache",)
    )
    return template(detail)


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    made.save(folder)
    return folder


@pytest.fixture(scope="module")
def engine(folder):
    return RiggedEngine.from_file(folder / "head.schema.json")


def face_of(engine, character, nuisance=None):
    posed = engine.rig.pose(character, nuisance)
    return next(part for part in posed.parts if part.name == "face").vertices * MILLIMETRES


def wanted(character, nuisance=None):
    rows = split_corners(geometry.canonical().faces, texture().corner_uv)[1]
    return geometry.pose_head(character, nuisance).part("skin").vertices[rows] * 10


def away(engine, character, nuisance=None):
    return np.linalg.norm(
        face_of(engine, character, nuisance) - wanted(character, nuisance), axis=1
    )


def test_it_draws_the_schema_of_the_built_in_engine(made):
    assert made.head.schema.hash == SCHEMA.hash
    empty = [name for name, found in made.head.bindings.items() if not found and "=" not in name]
    assert empty == []


def test_the_neutral_head_is_the_engines(engine):
    # 16 bits: steps of 0.03 mm
    assert away(engine, SCHEMA.neutral()).max() < 0.05


def test_random_characters_have_the_engines_shape(engine):
    rng = np.random.default_rng(5)
    errors = np.stack([away(engine, c) for c in BuiltinEngine().random_characters(rng, 6)])
    # Sliders add up but for the contacts of lids and lips.
    assert errors.mean() < 0.3
    assert np.percentile(errors, 99) < 1.5


@pytest.mark.parametrize(
    "control", ["jawOpen", "eyeBlinkLeft", "head_yaw", "head_pitch", "gaze_pitch"]
)
def test_expressions_and_poses_are_the_engines(engine, control):
    limit = next(c.maximum for c in SCHEMA.nuisance if c.name == control)
    nuisance = SCHEMA.nuisance_vector(**{control: 0.999 * limit})
    errors = away(engine, SCHEMA.neutral(), nuisance)
    assert np.median(errors) < 0.05
    # The neck: blended bones shrink where the engine turns by shares.
    assert errors.max() < (9.0 if control.startswith("head") else 0.6)


def test_eyes_follow_the_sliders_and_the_gaze(engine):
    person = SCHEMA.neutral().replace(eye_spacing=1.0, eye_height=0.0)
    nuisance = SCHEMA.nuisance_vector(gaze_yaw=0.4)
    posed = engine.rig.pose(person, nuisance)
    mesh = geometry.pose_head(person, nuisance)
    for name, part in (("eyeball_left", "eye_left"), ("eyeball_right", "eye_right")):
        got = next(p for p in posed.parts if p.name == name).vertices * 100
        want = mesh.part(part).vertices
        assert abs(got[:, 2].max() - want[:, 2].max()) < 0.01
        # the seam's last column is left out of the model
        np.testing.assert_allclose(got.mean(0)[1:], want.mean(0)[1:], atol=0.12)


def test_options_show_their_meshes(engine):
    def shown(**choices):
        posed = engine.rig.pose(SCHEMA.neutral().replace(**choices))
        return {part.name.split("/")[0] for part in posed.parts}

    assert not any(name.startswith(("hair", "beard", "glasses")) for name in shown(hair="bald"))
    assert "hair_side_part" in shown(hair="side_part")
    assert "hair_side_part" in shown(hair="quiff")  # the most alike of those that were kept
    assert "beard_moustache" in shown(beard="moustache")
    assert {"glasses_frame_round", "glasses_lens_round"} <= shown(glasses="round")


def test_landmarks_are_the_engines(engine):
    builtin = BuiltinEngine()
    ours = engine.render(SCHEMA.neutral(), size=(128, 128), supersample=1).landmarks
    theirs = builtin.canonical_landmarks((128, 128))
    assert np.linalg.norm(ours - theirs, axis=1).mean() < 0.5


def test_skin_tones_follow_the_engines():
    neutral = SCHEMA.neutral()
    by_name = {layer.name: layer for layer in template_layers.layers(neutral)["skin"]}
    found = template_layers.bindings(neutral)["skin_tone"]
    tone = next(c for c in found if c.layer == "tone" and c.property == "color")
    more = next(c for c in found if c.layer == "melanin" and c.property == "amount")
    from face2param.engines.builtin import palette

    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        t = (value - 0.2) / 0.8 if value > 0.2 else (0.2 - value) / 0.2
        end = tone.maximum if value > 0.2 else tone.minimum
        first = np.array(tone.neutral) + t * (np.array(end) - np.array(tone.neutral))
        amount = t * more.maximum if value > 0.2 else 0.0
        second = 1 + amount * (np.array(by_name["melanin"].color) ** (1 / 2.2) - 1)
        display = (first * 0.95) ** (1 / 2.2) * second
        np.testing.assert_allclose(display, palette.skin(value, 0.5) ** (1 / 2.2), atol=0.06)


def test_tilted_brows_turn_about_themselves_and_rise_outside(engine, made):
    def brow(value):
        posed = engine.rig.pose(SCHEMA.neutral().replace(brow_tilt=value))
        skin = next(m for m in posed.materials if m.material.name == "skin")
        layer = next(found for found in skin.layers if found.name == "brow_left")
        masks = layers.pack([made.head.image("brow_left.png")])
        white = np.full((256, 256, 3), 255, np.uint8)
        ink = 255.0 - layers.compose(white, [layer], masks, (256, 256))[..., 1]
        row, column = np.mgrid[:256, :256]
        at = np.array([(ink * row).sum(), (ink * column).sum()]) / ink.sum()
        return at, (ink * (row - at[0]) * (column - at[1])).sum() / ink.sum()

    (low, flat), (high, steep) = brow(0.0), brow(1.0)
    assert np.abs(high - low).max() < 3  # of 256
    # Rows count downwards: outside (to the right) it lies higher.
    assert steep < flat - 5


def test_files_are_complete_and_the_validator_finds_nothing(folder):
    head = HeadFile.load(folder / "head.schema.json")
    for painted in head.layers.values():
        for layer in painted:
            assert (folder / layer.mask).is_file()
    gltf_validator.package()
    gltf_validator.check(folder / "head.glb")


def test_small_files_hold_the_same_numbers(made, folder):
    read = read_gltf(folder / "head.glb")
    for group, other in zip(made.model.meshes, read.meshes, strict=True):
        for a, b in zip(group.primitives, other.primitives, strict=True):
            assert np.abs(a.vertices - b.vertices).max() < 2e-5
            assert np.abs(a.weights - b.weights).max() < 0.02
            assert np.abs(a.morphs - b.morphs).max(initial=0) < 2e-5


def test_refuses_what_it_cannot_make():
    with pytest.raises(EngineError, match="detail is 'tiny'"):
        template("tiny")
    with pytest.raises(EngineError, match="no GLB file"):
        shrink(b"glTF")
