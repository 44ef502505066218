from pathlib import Path

import numpy as np
import pytest

from face2param import engines
from face2param.errors import ConfigError
from face2param.estimator import attributes, targets
from tests.estimator import toy


def test_heads_have_the_options_of_the_readings():
    for name, options in targets.HEADS.items():
        assert attributes.ATTRIBUTES[name].options == options


def test_renders_have_the_attributes_of_their_choices():
    encoded = toy.SCHEMA.encode(
        [toy.SCHEMA.character(hair="bob"), toy.SCHEMA.character(hair="bald")]
    )
    found = targets.of_characters(toy.SCHEMA, encoded, toy.TABLE)
    assert found.tolist() == [[-1, -1, -1, 3, -1], [-1, -1, -1, 0, -1]]


def test_the_builtin_engine_names_every_option_of_its_choices():
    engine = engines.get("builtin")
    table = engine.people().attributes
    for choice in engine.schema.choices:
        assert set(table[choice.name]) == set(choice.options)
    rng = np.random.default_rng(0)
    encoded = engine.schema.encode(engine.schema.random(rng, 200))
    found = targets.of_characters(engine.schema, encoded, table)
    for name in ("beard", "glasses", "hair_length"):
        column = found[:, list(targets.HEADS).index(name)]
        assert set(column) == set(range(len(targets.HEADS[name])))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"hat": {}}, "no choice 'hat'"),
        ({"hair": {"mullet": {}}}, "no option 'mullet'"),
        ({"hair": {"bob": {"shoe_size": "9"}}}, "no attribute 'shoe_size'"),
        ({"hair": {"bob": {"hair_length": "endless"}}}, "hair_length is 'endless'"),
    ],
)
def test_a_table_that_does_not_fit_is_an_error(table, message):
    with pytest.raises(ConfigError, match=message):
        targets.of_characters(toy.SCHEMA, np.zeros((1, 5)), table)


def test_labels_of_photographs(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(
        "name,beard,hair_length,hair_texture,skin\n"
        "a,none,hidden,none,fair\nb,full,long,braided,dark\n"
    )
    found = targets.read_labels(path)
    assert found["a"].tolist() == [0, -1, -1, -1, -1]
    assert found["b"].tolist() == [4, -1, -1, 4, 3]
    path.write_text("name,beard\na,goatie\n")
    with pytest.raises(ConfigError, match="a: beard is 'goatie'; it must be one of"):
        targets.read_labels(path)
    path.write_text("person,beard\na,full\n")
    with pytest.raises(ConfigError, match="no rows with a column 'name'"):
        targets.read_labels(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        targets.read_labels(tmp_path / "nowhere.csv")


def test_the_shipped_labels_can_be_read_and_a_quarter_only_measures():
    path = Path(__file__).parents[1] / "data" / "portrait_labels.csv"
    found = targets.read_labels(path)
    names = list(found)
    training = targets.training_names(names)
    assert (len(names), len(training)) == (160, 120)
    assert not set(training) & set(names[::4])
