import json

import numpy as np

from face2param.fitting.result import Candidate, FitResult, Row
from face2param.schema import Character
from tests.fitting import toy


def result():
    character = toy.toy_schema().character(width=0.25, hair="tall")
    nuisance = np.array([0.5, -0.1], np.float32)
    return FitResult(
        character,
        nuisance,
        (Candidate(character, nuisance, 0.5, {"identity": 0.4}),),
        (
            Row("shape", 0, 2.0, {"landmarks": 0.1}),
            Row("main", 1, 1.5, {"identity": 0.4, "landmarks": 0.05}),
        ),
        {"hair": [20.0, 1.0, 2.0]},
        {"main": 1.25},
    )


def test_csv_has_one_column_per_term_and_gaps_where_a_stage_lacks_it():
    lines = result().csv().splitlines()
    assert lines[0] == "stage,iteration,total,landmarks,identity"
    assert lines[1] == "shape,0,2,0.1,"
    assert lines[2] == "main,1,1.5,0.05,0.4"


def test_dict_is_json_and_reads_back_as_the_character():
    data = json.loads(json.dumps(result().to_dict()))
    assert data["choices"] == {"hair": "tall"} and data["values"]["width"] == 0.25
    assert data["dropped_nuisance"] == {"smile": 0.5, "head_yaw": -0.1}
    assert Character.from_dict(data, toy.toy_schema()) == result().character
