import json
from pathlib import Path

import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.pipelines import estimator_data
from face2param.pipelines.estimator_training import Request, moved
from face2param.schema import load


def request(**changes):
    return Request(**{"databases": ("a", "b"), "output": Path("out"), **changes})


def test_one_number_of_copies_is_for_all_databases():
    assert request(copies=("3",)).copies == (3, 3)
    assert request(copies=("3", "1")).copies == (3, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"copies": ("1", "2", "3")}, "one for each of 2 databases, got 1,2,3"),
        ({"copies": ("0",)}, "copies: expected a positive number"),
        ({"copies": ("many",)}, "copies: expected a positive number"),
        ({"labels": "x.csv"}, "labels: needs photos"),
        ({"adapt_from": "report.json"}, "adapt_from: needs photos"),
    ],
)
def test_a_request_that_does_not_fit_is_an_error(changes, message):
    with pytest.raises(ConfigError, match=message):
        request(**changes)


def test_answers_of_a_search_are_read_from_its_report(tmp_path):
    schema = load("builtin")
    answer = schema.character(jaw_width=0.75)
    path = tmp_path / "report.json"
    record = {
        "cases": [{"name": "a.jpg", "objective": 0.4, "oneshot_objective": None}],
        "characters": {"a.jpg": answer.to_dict()},
    }
    path.write_text(json.dumps(record))
    characters, searched, oneshot = estimator_data.search_results(path, schema, ["b", "a"])
    assert np.isnan(characters[0]).all() and np.isnan(searched[0])
    np.testing.assert_allclose(characters[1], schema.encode(answer)[0])
    assert searched[1] == 0.4 and np.isnan(oneshot).all()
    with pytest.raises(ConfigError, match="holds none of the 1 photographs"):
        estimator_data.search_results(path, schema, ["c"])
    del record["cases"][0]["objective"]
    path.write_text(json.dumps(record))
    with pytest.raises(ConfigError, match="cannot be read: 'objective'"):
        estimator_data.search_results(path, schema, ["a"])
    with pytest.raises(ConfigError, match="cannot be read"):
        estimator_data.search_results(tmp_path / "nowhere.json", schema, ["a"])


def test_groups_that_the_second_phase_may_move():
    schema = load("builtin")
    assert moved(schema, ()) is None
    found = moved(schema, ("jaw", "nose"))
    names = {name for name, value in zip(schema.names, found, strict=False) if value}
    assert names == {c.name for c in schema.continuous if c.group in ("jaw", "nose")}
    assert not found[len(schema.continuous) :].any()
    with pytest.raises(ConfigError, match="has no group 'tail' of parameters; it has"):
        moved(schema, ("tail",))
