import subprocess
import sys

import pytest

from face2param.features import precision


def run(*arguments):
    command = [sys.executable, "-m", "face2param.bin.evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def refused(done, text):
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and text in lines[0], done.stderr


def test_photos_and_known_answers_exclude_each_other(tmp_path):
    refused(run("--output", tmp_path / "o"), "either --photos=FOLDER or --known_answer=N")
    both = ("--photos", tmp_path, "--known_answer", 3, "--output", tmp_path / "o")
    refused(run(*both), "either --photos=FOLDER or --known_answer=N")


def test_existing_report_is_refused(tmp_path):
    (tmp_path / "report.json").write_text("{}")
    refused(run("--known_answer", 1, "--output", tmp_path), "already holds results")


def test_missing_and_empty_folders_are_refused(tmp_path):
    refused(run("--photos", tmp_path / "none", "--output", tmp_path / "o"), "no such folder")
    refused(run("--photos", tmp_path, "--output", tmp_path / "o"), "no pictures")
    assert not (tmp_path / "o").exists()


def test_bfloat16_without_amx_is_refused_before_any_work(tmp_path):
    if precision.has_amx():
        pytest.skip("this processor has AMX")
    done = run("--known_answer", 1, "--output", tmp_path / "o", "--precision", "bfloat16")
    refused(done, "precision bfloat16 needs a processor with AMX")


def test_lineups_that_cannot_be_are_refused_before_any_work(tmp_path):
    start = ("--known_answer", 3, "--output", tmp_path / "o")
    refused(run(*start, "--lineup", 1), "--lineup=1: a line-up needs at least 2 photographs")
    refused(run(*start, "--lineup", 5), "--lineup=5: there are only 3 photographs")
