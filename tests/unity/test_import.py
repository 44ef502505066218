"""The GLB importer and the set-up of heads, on stand-ins of the editor's types."""

import shutil

import numpy as np
import pytest

from face2param.meshes.gltf import write_gltf
from face2param.meshes.gltf.writer import container
from tests.engines.rigged import rigs
from tests.meshes.gltf import files, models
from tests.unity.mono import Refused


def test_the_importer_adds_every_part_once(driver, tmp_path):
    write_gltf(tmp_path / "head.glb", models.head())
    answer = driver("import-glb", tmp_path / "head.glb")
    name, _, parts = answer.partition(": ")
    assert name == models.head().name
    parts = parts.split(", ")
    for material in models.head().materials:
        assert f"material {material.name}" in parts
    assert sum(part.startswith("texture ") for part in parts) == len(models.head().textures)
    assert "material plain" in parts and parts[-1] == "root"


def test_the_importer_says_what_is_wrong(driver, tmp_path):
    builder = files.Builder()
    builder.document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    (tmp_path / "a.glb").write_bytes(container(builder.finished(), bytes(builder.data)))
    answer = driver("import-glb", tmp_path / "a.glb")
    assert answer.startswith("errors: ") and "without Draco compression" in answer


@pytest.mark.parametrize(("sides", "corners"), [(False, "0 2 1"), (True, "0 2 1 0 1 2")])
def test_both_sides_of_a_surface(driver, tmp_path, sides, corners):
    """Unity's winding is the other one; the Standard shader cannot draw back faces."""
    builder = files.Builder()
    builder.material(doubleSided=sides)
    builder.read(tmp_path)
    assert driver("glb-corners", tmp_path / "built.glb") == corners


def test_unlit_materials(driver, tmp_path):
    builder = files.Builder()
    builder.material(name="lit")
    builder.material(name="flat", extensions={"KHR_materials_unlit": {}})
    builder.read(tmp_path)
    found = driver("glb-shaders", tmp_path / "built.glb")
    assert found == "lit Standard|flat Unlit/Texture|plain Standard"


@pytest.fixture(name="project")
def _project(tmp_path):
    write_gltf(tmp_path / "head.glb", rigs.model())
    rigs.head().save(tmp_path / "head.schema.json")
    for name in ("lips.png", "red.png"):
        (tmp_path / name).write_bytes(files.png(np.zeros((2, 2, 3), np.uint8)))
    return tmp_path


def test_a_head_is_set_up(driver, project):
    assert driver("set-up-head", project, "head.schema.json") == rigs.head().schema.hash


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("head.schema.json", "Assets/head.schema.json is no head file of this project"),
        ("head.glb", "its model Assets/head.glb is not in this project"),
        ("red.png", "its picture Assets/red.png is not in this project"),
    ],
)
def test_what_a_head_lacks_is_named(driver, project, missing, message):
    (project / missing).unlink()
    with pytest.raises(Refused, match=message):
        driver("set-up-head", project, "head.schema.json")


@pytest.mark.parametrize("model", ["../head.glb", "/head.glb", "a/../../head.glb", "C:/head.glb"])
def test_a_model_elsewhere_is_refused(driver, project, model):
    rigs.head(model=model).save(project / "head.schema.json")
    shutil.copy(project / "head.glb", project.parent / "head.glb")
    with pytest.raises(Refused, match="leaves the folder of the head file"):
        driver("set-up-head", project, "head.schema.json")
