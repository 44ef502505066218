"""A head file's head before Unity's camera: the same points in the same picture as Python's."""

import numpy as np
import pytest
from PIL import Image

from face2param.engines.rigged.channels import MorphChannel
from face2param.engines.rigged.engine import RiggedEngine
from face2param.engines.rigged.head_file import Landmark, View
from face2param.engines.unity.pictures import parse_picture
from face2param.engines.unity.protocol import Pose, RenderRequest, Section
from face2param.meshes.gltf import read_gltf, write_gltf
from tests.engines.rigged import rigs
from tests.unity.mono import Refused
from tests.unity.test_rig import random_nuisance

SIZE = (200, 240)


def landmarks() -> list[Landmark]:
    """68 points of the ball, in triangles all over it."""
    rng = np.random.default_rng(2)
    weights = rng.dirichlet((1, 1, 1), 68)
    faces = rng.permutation(len(rigs.ball()[1]))[:68]
    return [Landmark("face", 0, int(f), tuple(w)) for f, w in zip(faces, weights, strict=True)]


@pytest.fixture
def head(driver, tmp_path):
    """Puts a head with landmarks into the scene; returns its engine and what the scene says."""
    write_gltf(tmp_path / "ogre.glb", rigs.model())
    regions = {"eye/*": "l_eye", "hat_?/*": "hat", "*": "skin"}
    view = View((0.5, 0.8, 9.0), (0.1, 0.2, 0.0), 0.314)
    made = rigs.head(landmarks=landmarks(), model="ogre.glb", regions=regions, camera=view)
    made.save(tmp_path / "ogre.schema.json")
    Image.new("L", (8, 8), 200).save(tmp_path / "lips.png")
    Image.new("RGB", (8, 8), (200, 0, 0)).save(tmp_path / "red.png")
    engine = RiggedEngine(read_gltf(tmp_path / "ogre.glb"), made, "ogre")
    paths = (tmp_path / "ogre.glb", tmp_path / "ogre.schema.json", "lips.png", "red.png")
    yield engine, driver("rig_scene", *paths).split("|")
    driver("scene")


def test_landmarks_lie_where_python_draws_them(head, driver, tmp_path):
    engine, _ = head
    rng = np.random.default_rng(3)
    for character in [engine.schema.neutral(), *engine.schema.random(rng, 3)]:
        nuisance = random_nuisance(rng, engine.schema)
        drawn = engine.render(character, nuisance, size=SIZE, supersample=1)
        pose = Pose(engine.schema.encode(character)[0], nuisance)
        request = RenderRequest(SIZE, 1, Section.LANDMARKS, pose)
        (tmp_path / "request").write_bytes(request.pack())
        driver("studio", tmp_path / "request", tmp_path / "answer")
        points = parse_picture((tmp_path / "answer").read_bytes(), SIZE)[Section.LANDMARKS]
        np.testing.assert_allclose(points[:, :2], drawn.landmarks, atol=0.01)
        assert ((points[:, :2] > 0) & (points[:, :2] < SIZE[::-1])).all()
        np.testing.assert_allclose(points[:, 2:5], drawn.landmarks3d, atol=1e-5)


def test_the_scene_knows_version_classes_and_makeup(head, driver, tmp_path):
    _, (version, classes, makeup) = head
    assert version.startswith("ogre ") and len(version) == len("ogre ") + 16
    assert sorted(classes.split(",")) == [
        *("eye=l_eye", "face=skin", "hat_a=hat", "hat_b=hat"),
    ]
    assert makeup == "RenderTexture 1024 grey lips.png"
    paths = (tmp_path / "ogre.glb", tmp_path / "ogre.schema.json", "lips.png", "red.png")
    assert driver("rig_scene", *paths).split("|")[0] == version
    paths[1].write_text(paths[1].read_text().replace('"hue": 0.0', '"hue": 0.5') + "\n")
    assert driver("rig_scene", *paths).split("|")[0] != version


def test_label_maps_beside_the_head_file_are_used(head, driver, tmp_path):
    Image.new("L", (8, 8), 10).save(tmp_path / "ogre.labels.0.png")
    table = tmp_path / "ogre.labels.json"
    table.write_text('{"face/0": "ogre.labels.0.png"}')
    paths = (tmp_path / "ogre.glb", tmp_path / "ogre.schema.json", "lips.png", "red.png")
    assert "face=ogre.labels.0.png" in driver("rig_scene", *paths).split("|")[1].split(",")
    table.write_text('{"face/0": "lost.png"}')
    with pytest.raises(Refused, match=r"label map .*lost\.png is not in this project"):
        driver("rig_scene", *paths)
    table.write_text("{")
    with pytest.raises(Refused, match=r"ogre\.labels\.json"):
        driver("rig_scene", *paths)


def test_clamped_blend_shapes_are_refused(head, driver, tmp_path):
    paths = (tmp_path / "ogre.glb", tmp_path / "ogre.schema.json", "lips.png", "red.png")
    driver("clamp", 1)
    try:
        with pytest.raises(Refused, match=r"slider 'width' needs .*switch Clamp BlendShapes off"):
            driver("rig_scene", *paths)
        # Weights in [0, 1] are not touched.
        plain = head[0].rig.head
        bindings = {name: () for name in plain.bindings} | {"width": [MorphChannel("wide", 0, 1)]}
        plain.replace(bindings=bindings).save(tmp_path / "ogre.schema.json")
        assert driver("rig_scene", *paths)
    finally:
        driver("clamp", 0)
