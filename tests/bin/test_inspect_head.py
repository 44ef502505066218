"""The program inspect_head: what it prints, and how it refuses."""

import json

import pytest

from face2param.engines.rigged.head_file import HeadFile
from face2param.meshes.gltf import MeshGroup, Model, Node, Primitive, write_gltf
from tests.bin.photo_programs import refused, run
from tests.engines.rigged import rigs
from tests.engines.rigged.named_heads import head


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads")
    write_gltf(folder / "ball.glb", head(["nose_big", "jawOpen", "mouthSmile_L", "mouthSmile_R"]))
    vertices, faces, _ = rigs.ball()
    bare = Model((Node("a", mesh=0),), (MeshGroup("m", (Primitive(vertices, faces),)),))
    write_gltf(folder / "bare.glb", bare)
    (folder / "map.json").write_text(json.dumps([["Body", 0, v] for v in range(100, 168)]))
    (folder / "text.glb").write_text("no model")
    return folder


def inspect(folder, model, output="head.schema.json", *more):
    arguments = (f"--model={folder / model}", f"--output={folder / output}", *more)
    return run("inspect_head", *arguments, timeout=120)


def test_writes_a_head_file_and_prints_what_it_found(folder):
    done = inspect(
        folder, "ball.glb", "ball.schema.json", f"--landmarks={folder / 'map.json'}",
        f"--preview={folder / 'ball.png'}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "schema ball: 2 sliders, 6 expression and pose controls" in done.stdout
    assert "mouthSmile_L" in done.stdout and "nose_big" in done.stdout
    assert HeadFile.load(folder / "ball.schema.json").schema.names == ("nose_big", "skin_tone")
    assert (folder / "ball.png").stat().st_size > 1000
    again = inspect(folder, "ball.glb", "ball.schema.json", f"--landmarks={folder / 'map.json'}")
    refused(again, "already there")
    again = inspect(
        folder, "ball.glb", "ball.schema.json", f"--landmarks={folder / 'map.json'}", "--overwrite"
    )
    assert again.returncode == 0, again.stderr


def test_refuses_in_one_line(folder):
    refused(inspect(folder, "ball.glb"), "no face was found")
    refused(inspect(folder, "bare.glb"), "neither morphs nor bones")
    refused(inspect(folder, "none.glb"), "none.glb")
    refused(inspect(folder, "text.glb"), "text.glb")
    refused(run("inspect_head", f"--output={folder / 'a.json'}", timeout=60), "--model is required")
    assert not (folder / "head.schema.json").exists()
