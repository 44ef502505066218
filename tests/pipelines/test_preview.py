import numpy as np
import pytest

from face2param import images
from face2param.database.generate import generate
from face2param.errors import ConfigError, EngineError, OutputError, SchemaError
from face2param.pipelines import preview as previews
from tests.database.toy_engine import SCHEMA, ToyEngine


def draw(**arguments):
    return previews.preview(ToyEngine(), size=64, **arguments)


def test_without_a_choice_the_neutral_character_is_drawn():
    expected = ToyEngine().render(SCHEMA.neutral(), SCHEMA.neutral_nuisance(), size=(64, 64))
    np.testing.assert_array_equal(draw(), expected.image)


def test_a_seed_draws_record_0_of_that_database(tmp_path):
    generate(lambda: ToyEngine(), tmp_path, 1, seed=3, size=64, workers=1, progress=False)
    written = images.read_image(tmp_path / "db_00000_3.jpg")
    assert np.abs(draw(seed=3) - written).mean() < 0.01
    assert np.abs(draw(seed=4) - written).mean() > 0.01


def test_a_file_is_drawn_and_changed_by_name(tmp_path):
    SCHEMA.character(red=1.0, width=0.5).save(tmp_path / "params.json")
    centre = draw(params=tmp_path / "params.json", nuisance={"jawOpen": 0.5})[32, 32]
    np.testing.assert_allclose(centre, [1.0, 0.2, 0.5])
    changed = draw(params=tmp_path / "params.json", values={"red": "0.25", "hat": "cap"})
    np.testing.assert_allclose(changed[32, 32], [0.25, 0.2, 0.0])


def test_turns_are_degrees(monkeypatch):
    seen = []
    monkeypatch.setattr(
        ToyEngine,
        "render",
        lambda self, character, nuisance, size: (
            seen.append(nuisance) or type("R", (), {"image": None})
        ),
    )
    draw(turn=(10, 0, 0))
    np.testing.assert_allclose(seen[0], [0, np.radians(10)], rtol=1e-6)


def test_errors(tmp_path):
    with pytest.raises(ConfigError, match="not both"):
        draw(params="x", seed=1)
    with pytest.raises(ConfigError, match=r"red is 1.5; it must be in \[0, 1\]"):
        draw(values={"red": "1.5"})
    with pytest.raises(ConfigError, match="red is nan"):
        draw(values={"red": "nan"})
    with pytest.raises(SchemaError, match="'red' is 'much'; it must be a number"):
        draw(values={"red": "much"})
    with pytest.raises(SchemaError, match="no parameter 'green'"):
        draw(values={"green": "1"})
    with pytest.raises(SchemaError, match="no nuisance control 'head_roll'"):
        draw(turn=(0, 0, 5))
    with pytest.raises(SchemaError, match="does not exist"):
        draw(params=tmp_path / "params.json")
    with pytest.raises(EngineError, match="no engine named 'unreal'"):
        previews.preview("unreal")


def test_the_output_file(tmp_path):
    picture = np.zeros((8, 8, 3), np.float32)
    path = previews.write_preview(tmp_path / "head.png", picture)
    assert images.read_image(path).shape == (8, 8, 3)
    with pytest.raises(OutputError, match=r"already there.*--overwrite"):
        previews.write_preview(path, picture)
    previews.write_preview(path, picture, overwrite=True)
    with pytest.raises(OutputError, match="must end in one of"):
        previews.check_output(tmp_path / "head.tiff")
    with pytest.raises(OutputError, match="is a folder"):
        (tmp_path / "x.png").mkdir()
        previews.check_output(tmp_path / "x.png")
