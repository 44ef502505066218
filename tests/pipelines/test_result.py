import json
import os
import stat

import numpy as np
import pytest

from face2param.errors import OutputError
from face2param.fitting.result import Candidate, FitResult, Row
from face2param.pipelines.result import FILES, Result, check_folder, stage
from face2param.schema import Character, load
from tests.fitting import toy


def result(character):
    nuisance = np.zeros(character.schema.nuisance_width, np.float32)
    found = FitResult(
        character,
        nuisance,
        (Candidate(character, nuisance, 0.1, {"identity": 0.4}),),
        tuple(Row("main", i, 1.0 / (i + 1), {"identity": 0.5 / (i + 1)}) for i in range(5)),
        {},
        {"main": 1.0},
    )
    picture = np.full((64, 64, 3), 0.5, np.float32)
    return Result("me.jpg", found, picture, picture, picture)


def test_writes_every_file_and_the_character_reads_back(tmp_path):
    answer = toy.toy_schema().character(width=0.3, hair="bald")
    folder = result(answer).save(tmp_path / "out")
    assert sorted(os.listdir(folder)) == sorted(set(FILES) - {"params.bytes"})
    assert Character.load(folder / "params.json", toy.toy_schema()) == answer
    assert (folder / "progress.csv").read_text().startswith("stage,iteration,total,identity\n")
    assert not stat.S_IMODE((folder / "params.json").stat().st_mode) & stat.S_IWOTH


def test_legacy_schema_gets_its_bytes_file(tmp_path):
    folder = result(load("facenn95").neutral()).save(tmp_path)
    assert (folder / "params.bytes").stat().st_size == 384


def test_refuses_a_folder_with_results_but_not_one_with_other_files(tmp_path):
    answer = toy.toy_schema().neutral()
    (tmp_path / "notes.txt").write_text("mine")
    result(answer).save(tmp_path)
    with pytest.raises(OutputError, match=r"already holds results \(params.json.*--overwrite"):
        result(answer).save(tmp_path)
    other = toy.toy_schema().character(width=0.9)
    result(other).save(tmp_path, overwrite=True)
    assert json.loads((tmp_path / "params.json").read_text())["values"]["width"] == 0.9
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_refuses_a_file_and_a_place_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        check_folder(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot write"):
        check_folder("/proc/face2param")


def test_an_error_leaves_nothing_half_written(tmp_path):
    with pytest.raises(RuntimeError), stage(tmp_path / "new") as temporary:
        (temporary / "params.json").write_text("{")
        raise RuntimeError
    assert not (tmp_path / "new").exists()
