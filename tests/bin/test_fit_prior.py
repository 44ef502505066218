import json
import subprocess
import sys

import numpy as np

from face2param import engines
from face2param.estimator import prior


def run(*arguments):
    command = [sys.executable, "-m", "face2param.bin.fit_prior", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def refused(done, text):
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
    assert text in done.stderr


def report(folder, names, seed=0):
    engine = engines.get("builtin")
    found = engine.random_characters(np.random.default_rng(seed), len(names))
    folder.mkdir()
    listed = {name: c.to_dict() for name, c in zip(names, found, strict=True)}
    (folder / "report.json").write_text(json.dumps({"characters": listed}))
    return folder


def test_reports_become_a_prior_and_a_photograph_counts_once(tmp_path):
    first = report(tmp_path / "a", ["x.jpg", "y.jpg", "z.jpg"])
    second = report(tmp_path / "b", ["z.jpg", "w.jpg"], seed=1)
    done = run("--reports", f"{first},{second}/report.json", "--output", tmp_path / "p")
    assert done.returncode == 0, done.stderr
    assert "4 characters, 3 factors" in done.stdout
    found = prior.load(tmp_path / "p", engines.get("builtin").schema)
    assert found.characters == 4
    again = run("--reports", first, "--output", tmp_path / "p")
    refused(again, "already holds results (prior.json, prior.npz)")


def test_wrong_reports_and_numbers_are_refused(tmp_path):
    refused(run("--reports", tmp_path / "none", "--output", tmp_path / "p"), "cannot read")
    (tmp_path / "report.json").write_text("{}")
    refused(run("--reports", tmp_path, "--output", tmp_path / "p"), "holds no characters")
    refused(run("--reports", tmp_path, "--output", tmp_path / "p", "--rank", 0), "--rank must be")
    one = report(tmp_path / "one", ["x.jpg"])
    refused(run("--reports", one, "--output", tmp_path / "p"), "at least 2 characters, got 1")
    listed = json.loads((one / "report.json").read_text())
    listed["characters"]["x.jpg"]["schema_hash"] = "0" * 16
    (one / "report.json").write_text(json.dumps(listed))
    assert run("--reports", one, "--output", tmp_path / "p").returncode == 2
    assert not (tmp_path / "p").exists()
