"""Proposals: names of morphs and bones, mirror partners, cameras, regions, refusals."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from face2param.engines.rigged import names, propose
from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.rig import Rig
from face2param.errors import EngineError
from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive
from tests.engines.rigged import rigs
from tests.engines.rigged.named_heads import HEIGHT, MIDDLE, head

VRM = [
    ("J_Bip_C_Neck", (0, -1.0, 0), None),
    ("J_Bip_C_Head", (0, -0.6, 0), "J_Bip_C_Neck"),
    ("J_Adj_L_FaceEye", (0.35, 0.1, 0.85), "J_Bip_C_Head"),
    ("J_Adj_R_FaceEye", (-0.35, 0.1, 0.85), "J_Bip_C_Head"),
    ("J_Sec_Hair1_01", (0, 0.9, -0.2), "J_Bip_C_Head"),
]
MIXAMO = [
    ("mixamorig:Neck", (0, -1.0, 0), None),
    ("mixamorig:Head", (0, -0.5, 0), "mixamorig:Neck"),
    ("mixamorig:HeadTop_End", (0, 1.0, 0), "mixamorig:Head"),
    ("mixamorig:LeftEye", (0.35, 0.1, 0.85), "mixamorig:Head"),
    ("mixamorig:RightEye", (-0.35, 0.1, 0.85), "mixamorig:Head"),
]
RIGIFY = [
    ("DEF-spine.006", (0, -0.8, 0), None),
    ("DEF-head", (0, 0.2, -0.4), "DEF-spine.006"),
    ("DEF-jaw", (0, -0.7, 0.6), "DEF-head"),
    ("DEF-brow.T.L", (0.4, 0.45, 0.8), "DEF-head"),
    ("DEF-brow.T.R", (-0.4, 0.45, 0.8), "DEF-head"),
    ("DEF-brow.T.L.001", (0.6, 0.45, 0.65), "DEF-brow.T.L"),
    ("DEF-brow.T.R.001", (-0.6, 0.45, 0.65), "DEF-brow.T.R"),
    ("DEF-nose", (0, 0.0, 1.0), "DEF-head"),
    ("DEF-ear.L", (1.0, 0, 0), "DEF-head"),
    ("DEF-ear.R", (-1.0, 0, 0), "DEF-head"),
    ("MCH-eye.L", (0.3, 0.2, 0.5), "DEF-head"),
    ("MCH-eye.R", (-0.3, 0.2, 0.5), "DEF-head"),
]
FACENN = [
    ("Bip001 Head", (0, 0.0, -0.5), None),
    ("Con_Eye_L", (0.35, 0.15, 0.85), "Bip001 Head"),
    ("Con_Eye_R", (-0.35, 0.15, 0.85), "Bip001 Head"),
    ("Con_Mandible", (0, -0.7, 0.6), "Bip001 Head"),
    ("Bone_Nose_Upper", (0, 0.25, 0.95), "Bip001 Head"),
    ("Bone_Masseter_L", (0.8, -0.5, 0.2), "Bip001 Head"),
    ("Bone_Masseter_R", (-0.8, -0.5, 0.2), "Bip001 Head"),
]


def proposed(model):
    """The head file, which a rig must accept and which must come back from its JSON."""
    file = propose.propose(model)
    Rig(model, file)
    assert HeadFile.from_dict(file.to_dict()).to_dict() == file.to_dict()
    assert all(c.description for c in (*file.schema.continuous, *file.schema.nuisance))
    return file


SPELLINGS = {
    "plain": lambda name: name,
    "underscore": lambda name: name.replace("Left", "_L").replace("Right", "_R"),
    "lower": str.lower,
    "prefix": lambda name: f"blendShape1.{name}",
    "snake": lambda name: "_".join(names.words(name)).upper(),
    "mesh": lambda name: f"HeadMesh_{name}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_all_52_names_of_arkit_are_known_in_many_spellings(spelling):
    written = [SPELLINGS[spelling](name) for name in names.ARKIT_NAMES]
    schema = proposed(head([*written, "nose_wide"], VRM)).schema
    expressions = [c for c in schema.nuisance if c.group == "expression"]
    assert tuple(c.name for c in expressions) == names.ARKIT_NAMES
    for control in expressions:
        if control.name.endswith("Left"):
            assert control.mirror == control.name[:-4] + "Right"
    assert [c.name for c in schema.continuous if c.group == "nose"] == ["nose_wide"]


def test_halves_and_wholes_of_arkit():
    assert names.arkit("browInnerUp_L") == names.arkit("browInnerUp_R") == "browInnerUp"
    assert names.arkit("mouthSmile") == "mouthSmile"
    assert names.arkit("jaw") is None and names.arkit("mouth_wide") is None
    assert names.arkit("nose_mouthLeft") is None  # another word in front: not ARKit's
    file = proposed(head(["cheekPuff_L", "cheekPuff_R", "nose_long"]))
    assert [channel.morph for channel in file.bindings["cheekPuff"]] == [
        "cheekPuff_L",
        "cheekPuff_R",
    ]


def test_other_expressions_are_no_part_of_a_person():
    file = proposed(
        head(["Fcl_MTH_A", "vrc.v_oh", "Joy", "Eyes_Closed", "mouth_open", "lip_thick"])
    )
    assert file.schema.nuisance_names[:5] == (
        "fcl_mth_a",
        "vrc_v_oh",
        "joy",
        "eyes_closed",
        "mouth_open",
    )
    assert "lip_thick" in file.schema.names
    assert names.is_expression("laugh") and not names.is_expression("laugh-lines-in")
    assert names.is_expression("mouthClosed") is False  # ARKit's mouthClose is another matter


@pytest.mark.parametrize(
    "low, high, name",
    [
        ("nose-scale-vert-decr", "nose-scale-vert-incr", "nose_scale_vert"),
        ("nose-trans-down", "nose-trans-up", "nose_trans_up"),
        ("ChinBackward", "ChinForward", "chin_forward"),
        ("jaw_width-", "jaw_width+", "jaw_width"),
        ("cheekMin", "cheekMax", "cheek"),
        ("lip.thinner", "lip.thicker", "lip_thicker"),
        ("r-ear-scale-decr", "r-ear-scale-incr", "r_ear_scale"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_opposites_become_one_slider(low, high, name, order):
    file = proposed(head([low, high][::order]))
    assert name in file.schema.names
    first, second = file.bindings[name]
    assert (first.morph, first.minimum, first.neutral, first.maximum) == (low, 1.0, 0.0, 0.0)
    assert (second.morph, second.minimum, second.neutral, second.maximum) == (high, 0.0, 0.0, 1.0)
    assert file.schema.continuous[file.schema.index[name]].default == 0.5


def test_what_is_not_opposite_stays_apart():
    file = proposed(
        head(["eye_inner", "eye_outer", "lip_upper", "lip_lower", "ear_left", "ear_right"])
    )
    assert len([n for n in file.schema.names if n != "skin_tone"]) == 6


def test_sides_are_mirror_partners_and_directions_are_odd():
    schema = proposed(
        head(["l-eye-scale-decr", "l-eye-scale-incr", "r-eye-scale-decr", "r-eye-scale-incr",
              "nose-trans-left", "nose-trans-right", "EarLobe_L", "EarLobe_R"])
    ).schema  # fmt: skip
    mirrors = {c.name: c.mirror for c in schema.continuous}
    assert mirrors["l_eye_scale"] == "r_eye_scale" and mirrors["r_eye_scale"] == "l_eye_scale"
    assert mirrors["ear_lobe_l"] == "ear_lobe_r"
    assert mirrors["nose_trans_left"] == "nose_trans_left"  # its own: odd


def test_components_go_both_ways_and_still_morphs_are_left_out():
    model = head(["identity_00", "identity_01", "nose_big"])
    still = model.meshes[0].primitives[0].morphs.copy()
    still[1] = 0
    primitive = Primitive(
        model.meshes[0].primitives[0].vertices, model.meshes[0].primitives[0].faces,
        morphs=still, material=0,
    )  # fmt: skip
    group = MeshGroup("HeadMesh", (primitive,), model.meshes[0].morph_names)
    model = Model(model.nodes, (group,), (), model.materials)
    proposal = propose.examine(model)
    channels = proposal.head.bindings["identity_00"]
    assert (channels[0].minimum, channels[0].maximum) == (-1.0, 1.0)
    assert "identity_01" not in proposal.head.schema.names
    assert "moves nothing" in propose.table(proposal)
    (slider,) = (c for c in proposal.head.schema.continuous if c.name == "nose_big")
    assert slider.default == 0.0 and slider.group == "nose"


@pytest.mark.parametrize(
    "bones", [VRM, MIXAMO, RIGIFY, FACENN], ids=["vrm", "mixamo", "rigify", "nn"]
)
def test_heads_of_all_rigs_turn(bones):
    model = head((), bones)
    file = proposed(model)
    rig = Rig(model, file)
    assert {"head_yaw", "head_pitch", "head_roll"} <= set(file.schema.nuisance_names)
    yaw = rig.schema.nuisance_vector(head_yaw=0.5)
    pitch = rig.schema.nuisance_vector(head_pitch=0.5)
    rest = rig.pose(rig.schema.neutral()).parts[0].vertices
    tip = rest[:, 2].argmax()  # the nose
    turned = rig.pose(rig.schema.neutral(), yaw).parts[0].vertices[tip] - rest[tip]
    nodded = rig.pose(rig.schema.neutral(), pitch).parts[0].vertices[tip] - rest[tip]
    assert turned[0] > 0.02 and abs(turned[1]) < 1e-3  # to the picture's right
    assert nodded[1] < -0.02 and abs(nodded[0]) < 1e-3  # down


@pytest.mark.parametrize("bones", [VRM, MIXAMO], ids=["vrm", "mixamo"])
def test_eyes_look_where_gaze_says(bones):
    model = head((), bones, turn=Rotation.from_euler("xyz", [0.3, -0.4, 0.9]).as_quat())
    rig = Rig(model, proposed(model))
    eyes = [i for i, node in enumerate(model.nodes) if "Eye" in node.name]
    states = {
        name: rig.state(rig.schema.neutral(), rig.schema.nuisance_vector(**{name: 0.3}))
        for name in ("gaze_yaw", "gaze_pitch")
    }
    frames = model.global_transforms()
    for eye in eyes:
        parent = Rotation.from_matrix(frames[model.nodes[eye].parent, :3, :3])
        rest = Rotation.from_quat(model.nodes[eye].rotation)
        for name, way in (("gaze_yaw", (1, 0)), ("gaze_pitch", (0, 1))):
            now = Rotation.from_quat(states[name].rotations[eye])
            ahead = (parent * now * rest.inv() * parent.inv()).apply((0, 0, 1))
            np.testing.assert_allclose(ahead[:2], np.sin(0.3) * np.array(way), atol=2e-3)


def test_jaw_opens_by_its_bone_unless_a_morph_does():
    file = proposed(head((), RIGIFY))
    assert file.bindings["jawOpen"][0].bone == "DEF-jaw"
    model = head((), RIGIFY)
    rig = Rig(model, file)
    rest, opened = (
        rig.pose(rig.schema.neutral(), n).parts[0].vertices
        for n in (None, rig.schema.nuisance_vector(jawOpen=1.0))
    )
    moved = opened - rest
    assert moved[np.linalg.norm(moved, axis=1).argmax(), 1] < -0.005
    both = proposed(head(["jawOpen"], RIGIFY))
    assert both.bindings["jawOpen"][0].kind == "morph"


@pytest.mark.parametrize("turn", [(0, 0, 0, 1), Rotation.from_euler("xyz", [1, 2, 0.5]).as_quat()])
def test_bones_of_the_face_become_sliders_whatever_their_axes(turn):
    model = head((), RIGIFY, turn=turn)
    proposal = propose.examine(model)
    file = proposal.head
    mirrors = {c.name: c.mirror for c in file.schema.continuous}
    assert mirrors["brow_t_up_left"] == "brow_t_up_right"
    assert mirrors["ear_out_left"] == "ear_out_right"
    assert mirrors["nose_size"] is None and "nose_forward" in mirrors
    assert not any("001" in name or "mch" in name for name in mirrors)
    rig = Rig(model, file)
    rest = rig.pose(rig.schema.neutral()).parts[0].vertices
    # Mirrored characters have mirrored meshes: each vertex of one lies near one of the other.
    for name in ("ear_out", "brow_t_up", "brow_t_forward", "ear_size"):
        left, right = (
            rig.pose(rig.schema.character(**{f"{name}_{side}": 1.0})).parts[0].vertices
            for side in ("left", "right")
        )
        assert np.abs(left - rest).max() > 1e-4
        gaps = np.linalg.norm((left * (-1, 1, 1))[:, None] - right[None], axis=-1).min(1)
        assert gaps[np.abs(rest[:, 0]) > 1e-3].max() < 1e-5, name  # one side has the middle
    moved = rig.pose(rig.schema.character(ear_out_left=1.0)).parts[0].vertices - rest
    way = moved[np.linalg.norm(moved, axis=1).argmax()]
    assert way[0] > 0.001 and np.abs(way[1:]).max() < 1e-6
    assert way[0] <= 0.03 * HEIGHT * 1.01
    assert "DEF-spine.006" in proposal.unknown


def test_face_nn_rigs_give_sliders_also_for_eyes():
    schema = proposed(head((), FACENN)).schema
    assert {"eye_up_left", "masseter_out_right", "nose_upper_size", "mandible_width"} <= set(
        schema.names
    )
    groups = {c.name: c.group for c in schema.continuous}
    assert groups["masseter_out_left"] == "jaw" and groups["eye_up_left"] == "eyes"
    assert "gaze_yaw" not in schema.nuisance_names
    assert "jawOpen" in schema.nuisance_names


def test_a_head_without_bones_turns_about_its_neck():
    model = head(["nose_big", "jawOpen"])
    file = proposed(model)
    channel = file.bindings["head_yaw"][0]
    assert channel.bone is None
    low = MIDDLE[1] - HEIGHT / 2
    assert low < channel.pivot[1] < MIDDLE[1]


@pytest.mark.parametrize("scale, unit", [(1.0, 1.0), (100.0, 0.01), (10.0, 0.1), (0.001, 1000.0)])
def test_camera_frames_the_head_in_metres_whatever_the_unit(scale, unit):
    model = head(["jawOpen", "nose_big"], (), scale)
    file = proposed(model)
    assert file.unit == pytest.approx(unit)
    camera = file.camera
    middle = np.array(MIDDLE)
    assert np.degrees(camera.field_of_view) == pytest.approx(18)
    assert abs(camera.target[0]) < 0.01 and abs(camera.target[1] - middle[1]) < 0.03
    side = 2 * (camera.position[2] - camera.target[2]) * np.tan(camera.field_of_view / 2)
    assert 1.2 * HEIGHT < side < 1.6 * HEIGHT


def test_heads_that_look_backwards_are_seen_from_their_front():
    morphs = [
        ("jawOpen", (0, -0.6, 0.8)),
        ("eyeBlinkLeft", (0.4, 0.2, 0.9)),
        ("nose_big", (0, 0, 1)),
    ]
    model = head(morphs, VRM, front=-1.0)
    file = proposed(model)
    assert file.camera.position[2] < 0
    rig = Rig(model, file)
    rest = rig.pose(rig.schema.neutral()).parts[0].vertices
    tip = rest[:, 2].argmin()
    down = rig.pose(rig.schema.neutral(), rig.schema.nuisance_vector(head_pitch=0.5)).parts[0]
    assert down.vertices[tip, 1] < rest[tip, 1] - 0.02


def test_a_figure_is_framed_at_its_head():
    model = head(["nose_big"], MIXAMO)
    vertices, faces, _ = rigs.ball()
    body = Primitive(vertices * (0.3, 0.7, 0.15) + (0, 0.75, 0), faces, material=0)
    model = Model(
        (*model.nodes, Node("torso", mesh=1)), (*model.meshes, MeshGroup("b", (body,))),
        model.skins, model.materials,
    )  # fmt: skip
    camera = proposed(model).camera
    assert abs(camera.target[1] - MIDDLE[1]) < 0.05 and camera.position[2] < 1.5


def test_regions_and_tones_by_words():
    extra = [
        ("EyeLeft", "Eyes", (0.35, 0.1, 0.8)), ("EyeRight", "Eyes", (-0.35, 0.1, 0.8)),
        ("Teeth_low", "m1", (0, -0.5, 0.8)), ("node9", "Haircards", (0, 0.9, 0)),
        ("EyebrowsMesh", "m2", (0.1, 0.4, 0.9)), ("Glasses", "frame", (0, 0.1, 1)),
        ("Shirt_01", "fabric", (0, -1, 0)), ("thing", "x[1]", (0, 0, 1)),
    ]  # fmt: skip
    file = proposed(head(["jawOpen", "nose_big"], VRM, extra=extra))
    found = dict(file.regions)
    assert found["EyeLeft/Eyes"] == "r_eye" and found["EyeRight/Eyes"] == "l_eye"
    assert found["Teeth_low/m1"] == "mouth" and found["node9/Haircards"] == "hair"
    assert found["EyebrowsMesh/m2"] == "r_brow" and found["Glasses/frame"] == "eye_g"
    assert found["Shirt_01/fabric"] == "cloth" and "Body/Skin_mat" not in found
    assert {c.material for c in file.bindings["skin_tone"]} == {"Skin_mat", "x[1]"}
    assert [c.material for c in file.bindings["hair_tone"]] == ["Haircards"]
    assert file.schema.character()["skin_tone"] == 1.0


def test_glasses_and_hairstyles_become_choices():
    extra = [
        ("Glasses_frame_round", "metal", (0, 0.1, 1)), ("Glasses_lens_round", "glass", (0, 0.1, 1)),
        ("Glasses_frame_square", "metal", (0, 0.1, 1)), ("hair_bob", "h", (0, 0.9, 0)),
        ("hair_long", "h", (0, 0.88, 0)), ("hair_curly", "h", (0, 0.9, 0.01)),
        ("CapMesh", "felt", (0, 1, 0)), ("Glasses_browline", "frame_browline", (0, 0.1, 1)),
        ("beard_full", "b", (0, -0.7, 0.6)),
    ]  # fmt: skip
    model = head(["nose_big"], extra=extra)
    file = proposed(model)
    options = {choice.name: (choice.options, choice.default) for choice in file.schema.choices}
    assert options["glasses"] == (("none", "round", "square", "browline"), "none")
    assert options["hair"] == (("none", "bob", "long", "curly"), "bob")
    assert options["hat"] == (("none", "hat"), "none")
    assert options["beard"] == (("none", "beard"), "none")
    assert "beard_full/b" not in file.regions
    rig = Rig(model, file)

    def shown(**picks):
        return [part.name for part in rig.pose(rig.schema.character(**picks)).parts][1:]

    assert shown() == ["hair_bob"]
    assert shown(glasses="round", hair="none") == ["Glasses_frame_round", "Glasses_lens_round"]
    assert "choices" in propose.table(propose.examine(model))
    # A fringe and a bun are one hairstyle.
    apart = [("hair_a", "h", (0, 0.9, 0.4)), ("hair_b", "h", (0, 0.9, -0.9)),
             ("hair_c", "h", (0, -0.4, -0.9))]  # fmt: skip
    assert proposed(head(["nose_big"], extra=apart)).schema.choices == ()


def test_eyes_that_stand_alone_turn_about_their_centre():
    extra = [("EyeLeft", "Eyes", (0.35, 0.1, 0.8)), ("EyeRight", "Eyes", (-0.35, 0.1, 0.8))]
    file = proposed(head(["nose_big"], extra=extra))
    assert [c.bone for c in file.bindings["gaze_yaw"]] == ["EyeLeft", "EyeRight"]


def test_names_that_are_no_names_still_become_controls():
    file = proposed(head(["まばたき", "123", "a b", "a_b", "x" * 80]))
    assert len(file.schema.names) == 6 and "morph_123" in file.schema.names


def test_refusals():
    vertices, faces, _ = rigs.ball()
    with pytest.raises(EngineError, match="neither morphs nor bones"):
        propose.propose(
            Model((Node("a", mesh=0),), (MeshGroup("m", (Primitive(vertices, faces),)),))
        )
    with pytest.raises(EngineError, match="has no mesh"):
        propose.propose(Model((Node("a"),)))
    model = head(["jawOpen"])
    bare = Primitive(*(getattr(model.meshes[0].primitives[0], n) for n in ("vertices", "faces")),
                     morphs=model.meshes[0].primitives[0].morphs)  # fmt: skip
    model = Model(model.nodes, (MeshGroup("m", (bare,), ("jawOpen",)),), (), (Material("x"),))
    with pytest.raises(EngineError, match="nothing that makes one face another"):
        propose.propose(model)


def test_the_table_names_what_was_found():
    text = propose.table(propose.examine(head(["jawOpen", "nose_big", "chin_corrective"], RIGIFY)))
    for part in ("morph: expression", "jawOpen", "nose_big", "bone: sliders", "DEF-nose",
                 "machinery", "bone: not recognised", "DEF-spine.006", "e: skin"):  # fmt: skip
        assert part in text, text
