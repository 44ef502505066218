import functools

import numpy as np
import pytest

from face2param.engines.builtin import geometry, head_pose
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.rig import EXPRESSIONS, fitted, skeleton
from face2param.engines.builtin.sampling import random_characters
from face2param.errors import EngineError
from face2param.meshes.gltf import write_gltf
from face2param.schema import Choice, Continuous, Schema, load
from tests.meshes import gltf_validator

SCHEMA = load("builtin")
METRE = 100.0  # cm


@functools.cache
def character():
    person = random_characters(np.random.default_rng(4), 1)[0]
    return person.replace(hair="crop", beard="goatee", glasses="round")


@functools.cache
def model():
    return fitted(character(), texture_size=128)


def mesh(name):
    return next(group for group in model().meshes if group.name == name)


def skin_rows():
    """The engine's skin vertex of each vertex of the model's face."""
    from face2param.engines.builtin.rig.pieces import split_corners
    from face2param.engines.builtin.texture import texture

    return split_corners(canonical().faces, texture().corner_uv)[1]


def test_the_neutral_shape_is_the_engines():
    posed = geometry.pose_head(character())
    face = mesh("face").primitives[0]
    np.testing.assert_allclose(
        face.vertices * METRE, posed.part("skin").vertices[skin_rows()], atol=1e-4
    )
    assert len(face.faces) == len(canonical().faces)


@pytest.mark.parametrize("name", ["jawOpen", "eyeBlinkLeft", "mouthSmileRight", "cheekPuff"])
def test_a_morph_at_weight_one_is_the_engines_expression(name):
    posed = geometry.pose_head(character(), SCHEMA.nuisance_vector(**{name: 1.0}))
    group = mesh("face")
    face = group.primitives[0]
    moved = face.vertices + face.morphs[group.morph_names.index(name)]
    # 2 micrometres: smaller movements are left out of the file
    np.testing.assert_allclose(moved * METRE, posed.part("skin").vertices[skin_rows()], atol=5e-4)


def test_a_look_moves_one_eye_and_its_lids_only():
    group = mesh("face")
    face = group.primitives[0]
    shift = face.morphs[group.morph_names.index("eyeLookDownLeft")]
    assert np.abs(shift).max() > 0.001
    assert not shift[face.vertices[:, 0] < 0].any()
    assert "eyeLookDownLeft" in mesh("eyeball_left").morph_names
    assert "eyeLookDownLeft" not in mesh("eyeball_right").morph_names


def test_morphs_carry_arkits_names_and_each_moves_something():
    seen = {name for group in model().meshes for name in group.morph_names}
    assert seen == set(EXPRESSIONS)
    for group in model().meshes:
        for primitive in group.primitives:
            assert (np.abs(primitive.morphs).max((1, 2)) > 0).all(), group.name


def test_turning_neck_and_head_by_half_turns_the_head_as_the_engine_does():
    angle = 0.5
    half = np.eye(4)
    half[:3, :3] = head_pose.rotation(angle / 2, 0, 0)
    rest = model().global_transforms()
    nodes, local = list(model().nodes), {}
    for k, node in enumerate(nodes):
        matrix = node.matrix
        local[k] = matrix @ half if node.name in ("neck", "head") else matrix
    world = {}
    for k in model().order:
        parent = nodes[k].parent
        world[k] = local[k] if parent is None else world[parent] @ local[k]
    skin = model().skins[0]
    bones = np.stack(
        [world[j] @ inverse for j, inverse in zip(skin.joints, skin.inverse_bind, strict=True)]
    )
    face = mesh("face").primitives[0]
    blended = (bones[face.joints] * face.weights[..., None, None]).sum(1)
    points = np.concatenate([face.vertices, np.ones((len(face.vertices), 1))], 1)
    posed = (blended @ points[..., None])[:, :3, 0] * METRE
    wanted = geometry.pose_head(character(), SCHEMA.nuisance_vector(head_yaw=angle))
    wanted = wanted.part("skin").vertices[skin_rows()]
    whole = head_pose.share(canonical().vertices[skin_rows()]) == 1
    # Where the jaw has a share too, both bones agree: the jaw did not turn in the head.
    np.testing.assert_allclose(posed[whole], wanted[whole], atol=2e-3)
    # Blending matrices shrinks what turns by a part of the angle: 2 mm of the neck here.
    assert np.linalg.norm(posed - wanted, axis=1).max() < 0.25
    assert len(rest) == len(nodes)


def test_bones_stand_where_the_engine_turns():
    at = model().global_transforms()[:, :3, 3] * METRE
    names = [node.name for node in model().nodes]
    assert names[: len(skeleton.BONES)] == list(skeleton.BONES)
    eyes = geometry.pose_head(character()).eyes
    np.testing.assert_allclose(at[skeleton.EYE_LEFT], eyes.centres[0], atol=1e-4)
    np.testing.assert_allclose(at[skeleton.EYE_RIGHT], eyes.centres[1], atol=1e-4)


def test_no_bone_shares_the_name_of_the_scene():
    # three.js would rename the bone.
    assert model().name not in {node.name for node in model().nodes}


def test_what_the_character_wears_is_there():
    names = {group.name for group in model().meshes}
    assert {"hair", "beard", "glasses_frame", "glasses_lens"} <= names
    plain = fitted(SCHEMA.neutral().replace(hair="bald"), texture_size=64)
    names = {group.name for group in plain.meshes}
    assert not names & {"hair", "beard", "glasses_frame", "glasses_lens"}


def test_hair_faces_outwards_and_is_cut_out_before_it_is_blended():
    group = mesh("hair")
    modes = [model().materials[p.material].alpha_mode for p in group.primitives]
    assert modes == ["mask", "blend", "mask", "blend"]
    for primitive in group.primitives:
        corner = primitive.vertices[primitive.faces].astype(float)
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        facing = (normal * primitive.normals[primitive.faces].mean(1)).sum(1)
        assert (facing >= -1e-12).all()


def test_colours_follow_the_character():
    def skin(tone):
        person = SCHEMA.neutral().replace(hair="bald", skin_tone=tone)
        drawn = fitted(person, texture_size=64)
        material = next(m for m in drawn.materials if m.name == "skin")
        return drawn.textures[material.base_texture].pixels.astype(float).mean()

    assert skin(0.9) < 0.6 * skin(0.1)


@pytest.mark.parametrize("hair", ["crop", "afro"])
def test_the_khronos_validator_finds_nothing(tmp_path, hair):
    path = tmp_path / "head.glb"
    gltf_validator.package()
    write_gltf(path, fitted(character().replace(hair=hair), texture_size=128))
    gltf_validator.check(path)


def test_refuses_what_it_cannot_make():
    with pytest.raises(EngineError, match="texture_size is 9000"):
        fitted(character(), texture_size=9000)
    other = Schema("cartoon", "1", (Continuous("a", "b"),), (Choice("c", "d", ("e", "f"), "e"),))
    with pytest.raises(EngineError, match="belongs to schema 'cartoon'"):
        fitted(other.neutral())
