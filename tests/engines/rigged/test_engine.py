"""The engine of a head file: files, names, versions, caches."""

import numpy as np
import pytest

from face2param import engines
from face2param.engines.rigged.engine import RiggedEngine, digest
from face2param.engines.rigged.head_file import HeadFile
from face2param.errors import CodecError
from face2param.meshes.gltf import write_gltf
from tests.engines.rigged import small_head


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from PIL import Image

    folder = tmp_path_factory.mktemp("head")
    made = small_head.engine()
    write_gltf(folder / "small.glb", made.rig.model)
    Image.fromarray(small_head.lip_mask()).save(folder / "lips.png")
    made.rig.head.save(folder / "small.schema.json")
    return folder


def test_a_head_file_is_an_engine_by_its_path(folder):
    path = folder / "small.schema.json"
    engine = engines.get(str(path))
    assert engine.name == str(path)
    made = small_head.engine()
    assert engine.schema.hash == made.schema.hash
    character = made.schema.neutral().replace(hair="cards", lipstick=0.7)
    found = engine.render(character, size=(96, 96))
    wanted = made.render(character, size=(96, 96))
    np.testing.assert_allclose(found.image, wanted.image, atol=2e-3)
    np.testing.assert_allclose(found.landmarks, wanted.landmarks, atol=1e-2)
    assert engine.version == engines.get(str(path)).version


def test_a_missing_head_file_is_named(tmp_path):
    with pytest.raises(CodecError, match=r"cannot read head file .*none\.schema\.json"):
        engines.get(str(tmp_path / "none.schema.json"))


def test_a_head_file_without_its_model_is_an_error(folder, tmp_path):
    HeadFile.load(folder / "small.schema.json").save(tmp_path / "a.schema.json")
    with pytest.raises(CodecError, match=r"small\.glb"):
        engines.get(str(tmp_path / "a.schema.json"))


def test_the_version_follows_the_contents():
    made = small_head.engine()
    assert len(made.version) == 16
    assert made.version == small_head.engine().version
    other = made.rig.head.replace(unit=1.01)
    assert RiggedEngine(made.rig.model, other, "x").version != made.version
    mask = small_head.lip_mask()
    mask[0, 0] = 9
    other = made.rig.head.replace(images={"lips.png": mask})
    assert RiggedEngine(made.rig.model, other, "x").version != made.version
    assert RiggedEngine(made.rig.model, made.rig.head, "x", "7").version == "7"


def test_digest_tells_shapes_and_borders_apart():
    texts = [["ab", "c"], ["a", "bc"], ["abc"], [["ab"], "c"]]
    arrays = [np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 3), "f4"), np.zeros(6)]
    found = [digest(value) for value in (*texts, *arrays, {"a": 1}, {"a": 1.0}, None)]
    assert len(set(found)) == len(found)


def test_makeup_and_textures_are_remembered_and_pictures_do_not_depend_on_it():
    engine, fresh = small_head.engine(), small_head.engine()
    neutral = engine.schema.neutral()
    painted = neutral.replace(lipstick=0.8)
    for size in ((64, 64), (128, 128), (64, 64)):
        engine.render(neutral, size=size)
    found = engine.render(painted, size=(64, 64)).image
    assert found.tobytes() == fresh.render(painted, size=(64, 64)).image.tobytes()


def test_makeup_shows_where_it_is_painted():
    engine = small_head.engine()
    neutral = engine.render(engine.schema.neutral(), size=(128, 128))
    painted = engine.render(engine.schema.character(lipstick=1.0), size=(128, 128))
    change = np.abs(painted.image - neutral.image).max(-1)
    rows, columns = np.nonzero(change > 0.02)
    mouth = neutral.landmarks[48:60]
    assert len(rows)
    assert mouth[:, 0].min() - 8 < columns.min() < columns.max() < mouth[:, 0].max() + 8
    assert mouth[:, 1].min() - 8 < rows.min() < rows.max() < mouth[:, 1].max() + 8


def test_hair_is_half_clear_at_its_tips():
    engine = small_head.engine()
    wall = np.array([0.0, 1.0, 0.0], np.float32)
    bald, haired = (
        engine.render(engine.schema.character(hair=hair), size=(128, 128), background=wall)
        for hair in ("none", "cards")
    )
    cover = (haired.image - bald.image)[bald.labels == 0]
    green = -cover[:, 1]
    assert ((green > 0.1) & (green < 0.6)).sum() > 10
    assert (green > 0.7).sum() > 10


def test_a_head_of_which_nothing_is_shown_is_a_wall():
    from face2param.engines.rigged.channels import ShowChannel

    head = small_head.head()
    hidden = {"hair=cards": [ShowChannel(("*",))]}
    engine = RiggedEngine(
        small_head.model(), head.replace(bindings={**head.bindings, **hidden}), "x"
    )
    picture = engine.render(engine.schema.neutral(), size=(32, 32))
    assert not picture.labels.any()
    assert np.isinf(picture.depth).all()
