"""The built-in head of the Unity project: read in C#, posed as Python poses it."""

import json

import numpy as np
import pytest
from PIL import Image

from face2param import regions, schema
from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.rig import Rig
from face2param.meshes.gltf import read_gltf
from tests.unity import mono, test_rig

FOLDER = mono.ROOT / "unity" / "Assets" / "Heads" / "builtin"
AGAIN = (
    "; write it again: face2param export --format unity --detail small "
    "--output unity/Assets/Heads/builtin --overwrite"
)


@pytest.fixture(scope="module")
def rig():
    return Rig(read_gltf(FOLDER / "head.glb"), HeadFile.load(FOLDER / "head.schema.json"))


def test_it_has_the_sliders_of_this_version(rig):
    assert rig.schema.hash == schema.load("builtin").hash, f"the head is of another schema{AGAIN}"
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    assert size <= 3.4e6, f"{size} bytes are too many for a repository"


def test_its_label_maps_know_the_face(rig):
    names = json.loads((FOLDER / "head.labels.json").read_text())
    with Image.open(FOLDER / names["face/0"]) as picture:
        found = {regions.CLASSES[index] for index in np.unique(np.asarray(picture))}
    assert {"skin", "nose", "u_lip", "l_lip", "mouth", "l_brow", "r_brow", "neck"} <= found, AGAIN


@pytest.fixture
def unity(unity_assembly):
    driver = mono.Driver(unity_assembly, heap="512m")
    yield driver
    driver.close()


def test_its_classes_in_unity(rig, unity):
    paths = [FOLDER / "head.glb", FOLDER / "head.schema.json"]
    pictures = sorted(path.name for path in FOLDER.glob("*.png"))
    classes = unity("rig_scene", *paths, *pictures, timeout=120).split("|")[1].split(",")
    assert {"face=head.labels.0.png", "hair_bob=hair"} <= set(classes)
    # All else has the class of its region; sides are those of the picture.
    assert {"eyeball_left=r_eye", "eyeball_right=l_eye", "tongue=mouth"} <= set(classes)


def test_the_built_in_head_in_unity(rig, unity, tmp_path):
    paths = [FOLDER / "head.glb", FOLDER / "head.schema.json"]
    pictures = sorted(path.name for path in FOLDER.glob("*.png"))
    assert unity("rig-load", *paths, *pictures, timeout=120) == rig.schema.hash
    rng = np.random.default_rng(0)
    for character in [rig.schema.neutral(), *rig.schema.random(rng, 2)]:
        nuisance = test_rig.random_nuisance(rng, rig.schema)
        found = test_rig.pose(unity, tmp_path, character, nuisance)
        test_rig.compare(found, rig, character, nuisance)
