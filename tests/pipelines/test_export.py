import json

import numpy as np
import pytest
from PIL import Image

from face2param.engines.builtin import rig
from face2param.engines.builtin.sampling import random_characters
from face2param.errors import ConfigError, EngineError, Face2ParamError, OutputError, SchemaError
from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive, Texture
from face2param.pipelines.export import describe, export
from face2param.pipelines.model_obj import display, write_model_obj
from tests.engines.rigged import small_head


@pytest.fixture
def params(tmp_path):
    path = tmp_path / "params.json"
    random_characters(np.random.default_rng(2), 1)[0].save(path)
    return path


@pytest.mark.parametrize(
    "output, options, error, text",
    [
        ("there.glb", {}, OutputError, "already there"),
        ("head.glb", {"form": "obj"}, OutputError, "must end in .obj"),
        ("head.glb", {"form": "fbx"}, ConfigError, "format is 'fbx'"),
        ("head.glb", {"texture_size": 7}, EngineError, "texture_size is 7"),
        ("head.glb", {"params": None}, ConfigError, "--params is missing"),
        ("head.glb", {"template": True}, ConfigError, "not both"),
        ("head.obj", {"template": True, "form": "obj", "params": None}, ConfigError, "not as obj"),
        ("head.glb", {"template": True, "detail": "tiny", "params": None}, EngineError, "'tiny'"),
        ("there.glb", {"form": "unity"}, OutputError, "writes a folder"),
        ("full", {"form": "unity"}, OutputError, "already holds files"),
        ("full.glb", {}, OutputError, "is a folder"),
        ("head.glb", {"params": "broken.json"}, SchemaError, "broken.json"),
        ("head.glb", {"params": "other.json"}, SchemaError, "belongs to schema 'cartoon'"),
    ],
)
def test_refuses_and_leaves_no_file(tmp_path, params, output, options, error, text):
    (tmp_path / "there.glb").write_bytes(b"mine")
    for name in ("full", "full.glb"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(b"mine")
    (tmp_path / "broken.json").write_text("{")
    data = json.loads(params.read_text()) | {"schema": "cartoon", "schema_hash": "0" * 16}
    (tmp_path / "other.json").write_text(json.dumps(data))
    before = sorted(tmp_path.rglob("*"))
    options = {"params": params} | options
    if isinstance(options["params"], str):
        options["params"] = tmp_path / options["params"]
    with pytest.raises(error, match=text) as raised:
        export(tmp_path / output, **options)
    assert isinstance(raised.value, Face2ParamError)
    assert sorted(tmp_path.rglob("*")) == before


def test_unity_gets_the_template_with_label_maps(tmp_path, monkeypatch):
    made = small_head.engine().rig
    images = {"lips.png": np.full((8, 8, 1), 255, np.uint8)}
    head = made.head.replace(model="head.glb", images=images)
    monkeypatch.setattr(rig, "template", lambda detail: rig.Template(made.model, head))
    written = export(tmp_path / "small", form="unity", template=True, detail="small")
    assert {path.name for path in written} == {
        *("head.glb", "head.schema.json", "lips.png", "head.labels.json", "head.labels.0.png"),
    }
    assert json.loads((tmp_path / "small" / "head.labels.json").read_text()) == {
        "face/0": "head.labels.0.png"
    }
    with Image.open(tmp_path / "small" / "head.labels.0.png") as classes:
        assert classes.size == (512, 512)


def test_the_description_names_all_parameters_and_colours():
    character = random_characters(np.random.default_rng(3), 1)[0]
    data = describe(character)
    named = {name for names in data["groups"].values() for name in names}
    assert named == {*character.schema.names, *character.schema.choice_names}
    assert all(len(text) == 7 and text[0] == "#" for text in data["colours"].values())
    json.dumps(data)


def test_obj_holds_each_surface_once_with_its_colour(tmp_path):
    pixels = np.full((2, 2, 3), 255, np.uint8)
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    normals = np.tile([[0, 0, 1]], (3, 1))
    first = Primitive(corners, faces, normals, uv=corners[:, :2], material=0)
    again = Primitive(corners, faces, normals, uv=corners[:, :2], material=1)
    other = Primitive(corners + 1, faces, normals, material=2)
    model = Model(
        (Node("a", mesh=0),),
        (MeshGroup("a", (first, again, other)),),
        materials=(
            Material("hair", (0.2, 0.2, 0.2, 1.0), base_texture=0, alpha_mode="mask"),
            Material("hair_soft", base_texture=0, alpha_mode="blend"),
            Material("plain", (0.5, 0.0, 0.0, 1.0)),
        ),
        textures=(Texture("hair", pixels),),
    )
    written = write_model_obj(tmp_path / "a.obj", model)
    assert [path.name for path in written] == ["a_hair.png", "a.mtl", "a.obj"]
    text = written[-1].read_text()
    assert text.count("usemtl") == 2 and "hair_soft" not in text
    assert "f 4/4/4 5/5/5 6/6/6" in text
    # the base colour is multiplied in linear light
    assert np.asarray(Image.open(written[0]))[0, 0, 0] == round(255 * float(display(0.2)))
    assert "map_Kd a_hair.png" in written[1].read_text()
