"""The rig: the value rule, skinning and normals against slow references, options, errors."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from face2param.engines.rigged.channels import (
    BoneChannel,
    LayerChannel,
    MaterialChannel,
    MorphChannel,
    ShowChannel,
    TextureChannel,
)
from face2param.engines.rigged.head_file import Landmark, Layer
from face2param.engines.rigged.rig import Rig
from face2param.engines.rigged.targets import MorphTarget
from face2param.errors import EngineError
from face2param.meshes.gltf import Model
from face2param.regions import INDEX
from face2param.rendering.normals import vertex_normals
from face2param.schema import Continuous, Nuisance, Schema
from tests.engines.rigged import rigs


@pytest.fixture(scope="module")
def rig():
    return Rig(rigs.model(), rigs.head())


def lerp(a, b, t):
    return a + t * (b - a)


def travel(value, low, default, high):
    """The rule of the design, word for word."""
    if value >= default:
        return "maximum", (value - default) / (high - default) if high > default else 0.0
    return "minimum", (default - value) / (default - low)


def expected_number(rest, channels_and_values):
    """Rest value plus the differences of all channels."""
    total = rest
    for channel, (value, low, default, high) in channels_and_values:
        end, t = travel(value, low, default, high)
        neutral = rest if channel.neutral is None else channel.neutral
        total += lerp(neutral, getattr(channel, end), t) - neutral
    return total


@pytest.mark.parametrize(
    "width, length", itertools.product((0.0, 0.25, 0.5, 1.0), (0.0, 0.1, 0.2, 0.6, 1.0))
)
def test_morph_weights_follow_the_rule_at_all_corners(rig, width, length):
    character = rig.schema.character(width=width, length=length)
    weights = rig.state(character).weights
    face, eye = (rig.model.node_indices[name] for name in ("face", "eye"))
    bound = rig.head.bindings
    w, l = (width, 0.0, 0.5, 1.0), (length, 0.0, 0.2, 1.0)  # noqa: E741
    wide, long = bound["width"]
    np.testing.assert_allclose(
        weights[face],
        [
            expected_number(0.0, [(wide, w)]),
            expected_number(0.5, [(long, w), (bound["length"][0], l)]),
            0.0,
        ],
        atol=1e-6,  # values of a character are float32
    )
    np.testing.assert_allclose(weights[eye], [expected_number(0.25, [(wide, w)])], atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.125, 0.5, 0.75, 1.0])
def test_positions_and_scales_add_up_from_rest(rig, value):
    state = rig.state(rig.schema.character(jaw_place=value, jaw_turn=1 - value))
    jaw, neck = (rig.model.node_indices[name] for name in ("jaw", "neck"))
    y, z, wide = rig.head.bindings["jaw_place"]
    limits = (value, 0.0, 0.5, 1.0)
    rest = rig.model.nodes[jaw]
    np.testing.assert_allclose(
        state.positions[jaw],
        [
            0.0,
            expected_number(rest.translation[1], [(y, limits)]),
            expected_number(rest.translation[2], [(z, limits)]),
        ],
        atol=1e-7,
    )
    np.testing.assert_allclose(
        state.scales[jaw], [expected_number(1.0, [(wide, limits)]), 1.1, 0.9], atol=1e-7
    )
    low = rig.head.bindings["jaw_turn"][1]
    np.testing.assert_allclose(
        state.positions[neck][1],
        expected_number(-1.0, [(low, (1 - value, 0.0, 0.5, 1.0))]),
        atol=1e-7,
    )


@pytest.mark.parametrize("jaw_turn", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("nod", [-0.5, -0.1, 0.0, 0.3, 0.5])
def test_rotations_multiply_in_schema_order(rig, jaw_turn, nod):
    state = rig.state(rig.schema.character(jaw_turn=jaw_turn), rig.schema.nuisance_vector(nod=nod))
    node = rig.model.nodes[rig.model.node_indices["jaw"]]
    rest = Rotation.from_quat(node.rotation)
    total = rest
    for name, limits in (("jaw_turn", (jaw_turn, 0.0, 0.5, 1.0)), ("nod", (nod, -0.5, 0.0, 0.5))):
        channel = rig.head.bindings[name][0]
        end, t = travel(*limits)
        first, last = rest.as_quat(), np.array(getattr(channel, end))
        last = last * (1 if first @ last >= 0 else -1)
        total = Rotation.from_quat(lerp(first, last, t)) * rest.inv() * total
    ours = Rotation.from_quat(state.rotations[rig.model.node_indices["jaw"]])
    assert (ours * total.inv()).magnitude() < 1e-6  # nod is float32


def test_values_outside_their_limits_count_as_the_limit(rig):
    values = rig.schema.neutral().values.copy()
    inside, outside = values.copy(), values.copy()
    inside[:2], outside[:2] = (1, 0), (1.7, -3)
    states = [
        rig.state(type(rig.schema.neutral())(rig.schema, v, (0, 0))) for v in (inside, outside)
    ]
    for node, weights in states[0].weights.items():
        np.testing.assert_array_equal(weights, states[1].weights[node])


def test_neutral_is_the_model_at_rest(rig):
    state = rig.state(rig.schema.neutral())
    for i, node in enumerate(rig.model.nodes):
        np.testing.assert_allclose(state.positions[i], node.translation, atol=1e-7)
        np.testing.assert_allclose(state.rotations[i], node.rotation, atol=1e-6)
    np.testing.assert_array_equal(state.root_position, 0)
    np.testing.assert_array_equal(state.root_rotation, [0, 0, 0, 1])


def slow_vertices(model, node, weights, global_transforms):
    """Equation (skinning) of the glTF specification, one vertex after the other."""
    primitive = model.meshes[model.nodes[node].mesh].primitives[0]
    result = []
    for v, point in enumerate(primitive.vertices.astype(float)):
        for m, weight in enumerate(weights):
            point = point + weight * primitive.morphs[m, v]
        if model.nodes[node].skin is None:
            matrix = global_transforms[node]
        else:
            skin = model.skins[model.nodes[node].skin]
            matrix = sum(
                share * global_transforms[skin.joints[joint]] @ skin.inverse_bind[joint]
                for joint, share in zip(primitive.joints[v], primitive.weights[v], strict=True)
            )
        result.append((matrix @ [*point, 1])[:3])
    return np.array(result)


def test_pose_equals_a_slow_reference(rig):
    head = rigs.head(unit=0.01)
    rig = Rig(rigs.model(), head)
    character = rig.schema.character(width=0.9, length=0.1, jaw_place=0.8, jaw_turn=0.1)
    nuisance = rig.schema.nuisance_vector(smile=0.7, nod=0.4, turn=-0.6)
    state = rig.state(character, nuisance)
    local = np.zeros((len(rig.model.nodes), 4, 4))
    for i in range(len(local)):
        local[i, :3, :3] = Rotation.from_quat(state.rotations[i]).as_matrix() * state.scales[i]
        local[i, :3, 3], local[i, 3, 3] = state.positions[i], 1
    everywhere = np.zeros_like(local)
    for i in rig.model.order:
        parent = rig.model.nodes[i].parent
        everywhere[i] = local[i] if parent is None else everywhere[parent] @ local[i]
    # The whole model turns about the pivot of "turn"; the quaternion lerp lags a little.
    turn = Rotation.from_quat(state.root_rotation)
    pivot = np.array([0.0, -1.0, 0.5])
    assert abs(turn.magnitude() - 0.6) < 0.01
    parts = {part.name: part for part in rig.pose(character, nuisance).parts}
    assert set(parts) == {"face", "eye"}
    for name, part in parts.items():
        node = rig.model.node_indices[name]
        slow = slow_vertices(rig.model, node, state.weights[node], everywhere)
        slow = (turn.apply(slow - pivot) + pivot) * 0.01
        np.testing.assert_allclose(part.vertices, slow, atol=2e-8)


def test_normals_at_rest_are_those_of_the_file():
    rig = Rig(rigs.model(), rigs.head())
    part = rig.pose(rig.schema.neutral()).parts[0]
    spread = np.abs(np.linalg.norm(part.normals, axis=1) - 1).max()
    assert spread < 1e-5
    # The mesh morphs at rest, so the file's normals are kept as they are told.
    np.testing.assert_allclose(part.normals, part_source(rig, part).normals, atol=1e-5)


def part_source(rig, part):
    return rig.model.meshes[rig.model.nodes[part.node].mesh].primitives[part.primitive]


def test_normals_turn_with_the_head():
    rig = Rig(rigs.model(), rigs.head())
    nuisance = rig.schema.nuisance_vector(turn=0.5)
    before = rig.pose(rig.schema.neutral()).parts[0]
    after = rig.pose(rig.schema.neutral(), nuisance).parts[0]
    turn = Rotation.from_quat(rig.state(rig.schema.neutral(), nuisance).root_rotation)
    np.testing.assert_allclose(after.normals, turn.apply(before.normals), atol=1e-5)
    np.testing.assert_allclose(after.tangents[:, :3], turn.apply(before.tangents[:, :3]), atol=1e-5)


def test_normals_without_a_file_are_those_of_the_posed_triangles_and_seams_close():
    rig = Rig(rigs.model(normals=False), rigs.head())
    part = rig.pose(rig.schema.character(width=1.0, jaw_place=1.0)).parts[0]
    inner = np.arange(12, len(part.vertices) - 12).reshape(-1, 12)
    plain = vertex_normals(part.vertices, part.faces)
    np.testing.assert_allclose(part.normals[inner[:, 1:-1]], plain[inner[:, 1:-1]], atol=1e-5)
    np.testing.assert_array_equal(part.normals[inner[:, 0]], part.normals[inner[:, -1]])
    assert np.abs(plain[inner[:, 0]] - plain[inner[:, -1]]).max() > 0.05  # else nothing is tested


def test_normals_follow_bones_that_move_without_turning():
    """A chin pulled down without a rotation changes the surface, so the light must change."""
    rig = Rig(rigs.model(), rigs.head())
    rest = rig.pose(rig.schema.neutral()).parts[0]
    moved = rig.pose(rig.schema.character(jaw_place=1.0)).parts[0]
    assert np.degrees(np.arccos((rest.normals * moved.normals).sum(1).min())) > 3


def test_a_mirroring_node_keeps_its_outside_out():
    from face2param.meshes.gltf import MeshGroup, Node, Primitive

    vertices, faces, _ = rigs.ball()
    model = Model(
        (Node("a", scale=(-1, 1, 1), mesh=0),),
        (MeshGroup("m", (Primitive(vertices, faces, vertices),)),),
    )
    schema = Schema("one", "1", (Continuous("x", "face"),))
    head = rigs.head(schema=schema, bindings={"x": []}, layers={}, regions={})
    part = Rig(model, head).pose(schema.neutral()).parts[0]
    outward = (vertex_normals(part.vertices, part.faces) * part.vertices).sum(1)
    assert outward[12:-12].min() > 0.5
    assert ((part.normals * part.vertices).sum(1) > 0.99).all()


def test_options_show_nodes_set_targets_and_swap_textures(rig):
    neutral = rig.schema.neutral()

    def names(character):
        return [part.name for part in rig.pose(character).parts]

    assert names(neutral) == ["face", "eye"]
    assert names(neutral.replace(hat="a")) == ["face", "eye", "hat_a"]
    assert names(neutral.replace(hat="b")) == ["face", "eye", "hat_b"]
    eye = rig.model.node_indices["eye"]
    assert rig.state(neutral.replace(hat="a")).weights[eye] == [0.75]
    both = rig.state(neutral.replace(hat="a", width=1.0)).weights[eye]
    np.testing.assert_allclose(both, [0.75 + 1.0])
    plain, red = (rig.pose(c).materials for c in (neutral, neutral.replace(paint="red")))
    assert plain[1].material.metallic == 0.0 and red[1].material.metallic == 1.0
    assert plain[0].base_texture is rig.model.textures[0].pixels and not plain[0].images
    assert (red[0].base_texture == [255, 0, 0]).all() and red[0].images == {"base": "red.png"}


def test_hiding_a_node_hides_what_hangs_on_it():
    head = rigs.head()
    bindings = dict(head.bindings) | {"hat=a": [ShowChannel(("hats",))], "hat=b": []}
    rig = Rig(rigs.model(), head.replace(bindings=bindings))
    names = [part.name for part in rig.pose(rig.schema.neutral()).parts]
    assert names == ["face", "eye"]
    names = [part.name for part in rig.pose(rig.schema.character(hat="a")).parts]
    assert names == ["face", "eye", "hat_a", "hat_b"]


def test_materials_and_layers_follow_the_sliders(rig):
    state = rig.pose(rig.schema.character(iris_colour=1.0, lipstick=0.5)).materials
    # The rest colour moves by the difference of the channel and stays a colour.
    np.testing.assert_allclose(state[1].material.base_color, (0.7, 0.9, 1.0, 1.0), atol=1e-6)
    assert state[1].material.roughness == 1.0
    (layer,) = state[0].layers
    assert layer.amount == 0.5 and layer.offset == (0.0, 0.0625)
    np.testing.assert_allclose(layer.color, (0.5, 0.25, 0.625))
    assert state[-1].material.name == "plain"


def test_regions_and_names(rig):
    parts = {p.name: p for p in rig.pose(rig.schema.character(hat="b")).parts}
    assert parts["face"].region == INDEX["skin"] and parts["eye"].region == INDEX["l_eye"]
    assert parts["hat_b"].region == INDEX["hat"] and parts["hat_b"].material == 2


def test_same_pose_again_shares_its_arrays_and_another_rig_agrees(rig):
    one, two = (rig.schema.character(width=v) for v in (0.3, 0.6))
    first = rig.pose(one).parts[0].vertices
    assert rig.pose(one).parts[0].vertices is first
    rig.pose(two)
    again = rig.pose(one).parts[0].vertices
    np.testing.assert_array_equal(first, again)
    fresh = Rig(rigs.model(), rigs.head()).pose(one).parts[0].vertices
    np.testing.assert_array_equal(first, fresh)


def bindings_with(name, channel):
    return dict(rigs.head().bindings) | {name: [channel]}


@pytest.mark.parametrize(
    "name, channel, text",
    [
        ("width", MorphChannel("wode", 0, 1), r"\[0\]: .* morph 'wode'; did you mean wide"),
        ("width", MorphChannel("wide", 0, 1, node="jaw"), r"\[0\]: node 'jaw': .*'wide'"),
        ("nod", BoneChannel("jav", "scale", 0, 1, "x"), "node 'jav'; did you mean jaw"),
        ("nod", BoneChannel("nek", "rotation", (0, 0, 0, 1), (0, 1, 0, 0)), "did you mean neck"),
        ("width", MaterialChannel("skn", "metallic", 0, 0, 1), "material 'skn'; .*skin"),
        ("width", LayerChannel("skin", "lip", "amount", 0, 0, 1), "'skin/lip'; .*skin/lips"),
        ("hat=a", ShowChannel(("cap*",)), r"the model has no node 'cap\*'"),
        ("hat=a", TextureChannel("skim", "base", "red.png"), "material 'skim'"),
        ("hat=a", TextureChannel("skin", "base", "blue.png"), "'blue.png' is not among"),
    ],
)
def test_errors_name_the_binding(name, channel, text):
    head = rigs.head(bindings=bindings_with(name, channel))
    with pytest.raises(EngineError, match=f"binding {name!r}.*{text}"):
        Rig(rigs.model(), head)


def test_errors_of_layers_landmarks_and_targets():
    from face2param.engines.rigged.channels import SetChannel

    with pytest.raises(EngineError, match="no material 'skinn'; did you mean skin"):
        Rig(rigs.model(), rigs.head(layers={"skinn": (Layer("lips", "lips.png"),)}))
    with pytest.raises(EngineError, match=r"layer 'skin'/'lips': picture 'lip.png'"):
        Rig(rigs.model(), rigs.head(layers={"skin": (Layer("lips", "lip.png"),)}))
    points = [Landmark("face", 0, 0, (1, 0, 0))] * 67 + [Landmark("face", 0, 999, (1, 0, 0))]
    with pytest.raises(EngineError, match=r"landmark 67: .*triangle 999 .*'face'"):
        Rig(rigs.model(), rigs.head(landmarks=points))
    bindings = bindings_with("hat=a", SetChannel(MorphTarget("wode"), 1.0))
    with pytest.raises(EngineError, match=r"binding 'hat=a'\[0\]: .*wide"):
        Rig(rigs.model(), rigs.head(bindings=bindings))


def test_characters_of_another_schema_and_odd_nuisance_are_refused(rig):
    other = Schema("other", "1", (Continuous("a", "b"),), nuisance=(Nuisance("c", "d"),))
    with pytest.raises(EngineError, match="other"):
        rig.pose(other.neutral())
    with pytest.raises(EngineError, match="nuisance must be 3"):
        rig.state(rig.schema.neutral(), np.zeros(2))


def test_posing_is_fast():
    """30,000 vertices, 100 morphs, two weights change: 15 ms are wanted, 60 tell of a mistake."""
    import time

    from face2param.meshes.gltf import MeshGroup, Node, Primitive

    vertices, faces, uv = rigs.ball(150, 200)
    morphs = np.random.default_rng(0).normal(size=(100, *vertices.shape)).astype("f4")
    names = tuple(f"m{i}" for i in range(100))
    group = MeshGroup("m", (Primitive(vertices, faces, vertices, uv=uv, morphs=morphs),), names)
    schema = Schema("many", "1", tuple(Continuous(name, "face") for name in names))
    bindings = {name: [MorphChannel(name, -1, 1)] for name in names}
    head = rigs.head(schema=schema, bindings=bindings, layers={}, regions={})
    rig = Rig(Model((Node("n", mesh=0),), (group,)), head)
    times = []
    for i in range(12):
        character = schema.character(m3=i / 12, m50=1 - i / 12)
        start = time.perf_counter()
        rig.pose(character)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.06, times


def test_touching_lips_are_two_points_and_seams_one():
    from face2param.engines.rigged.parts import same_points
    from face2param.meshes.gltf import Primitive

    vertices = np.array([[0, 0, 0], [0, 0, 0], [-0.0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    morphs = np.zeros((1, 5, 3), np.float32)
    morphs[0, 1] = (0, -1, 0)
    lips = Primitive(vertices, [[0, 3, 4], [1, 3, 4], [2, 3, 4]], morphs=morphs)
    np.testing.assert_array_equal(same_points(lips), [0, 1, 0, 3, 4])
    joints, weights = np.array([[0, 1]] * 5), np.array([[1, 0]] * 2 + [[0.5, 0.5]] + [[1, 0]] * 2)
    bones = Primitive(vertices, lips.faces, joints=joints, weights=weights)
    np.testing.assert_array_equal(same_points(bones), [0, 0, 2, 3, 4])
