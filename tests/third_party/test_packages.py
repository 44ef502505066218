"""Each folder under third_party/ is a package of its own, and its README's example runs."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import face_parsing_tf
import lightcnn_tf
import numpy as np
import pytest

from tests.third_party.states import random_state

THIRD_PARTY = Path(__file__).resolve().parents[2] / "third_party"
NAMES = ("lightcnn_tf", "face_parsing_tf")


@pytest.mark.parametrize("name", NAMES)
def test_a_package_needs_nothing_but_what_it_declares(name):
    project = tomllib.loads((THIRD_PARTY / name / "pyproject.toml").read_text())["project"]
    assert project["name"] == name
    declared = {re.match(r"\w+", line)[0] for line in project["dependencies"]}
    used = set()
    for path in (THIRD_PARTY / name / name).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                used |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used.add(node.module.split(".")[0])
    assert used - sys.stdlib_module_names - {name} == declared


@pytest.mark.parametrize("name", NAMES)
def test_licence_and_origin_are_beside_the_code(name):
    for file in ("LICENSE", "ORIGIN.md", "README.md"):
        assert (THIRD_PARTY / name / file).is_file()
    origin = (THIRD_PARTY / name / "ORIGIN.md").read_text()
    assert "no code was copied" in origin and "## Weights" in origin


def run_readme(name: str, values: dict) -> dict:
    text = (THIRD_PARTY / name / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, f"{name}/README.md", "exec"), values)
    return values


def test_the_example_of_lightcnn_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = random_state(lightcnn_tf, lightcnn_tf.lightcnn29v2(2))
    crops = np.random.default_rng(0).random((2, 128, 128, 3), dtype=np.float32)
    values = run_readme("lightcnn_tf", {"checkpoint": {"state_dict": state}, "crops": crops})
    assert tuple(values["embeddings"].shape) == (2, 256)


def test_the_example_of_face_parsing_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = random_state(face_parsing_tf, face_parsing_tf.bisenet(auxiliary_heads=True))
    images = np.random.default_rng(0).random((1, 512, 512, 3), dtype=np.float32)
    values = run_readme("face_parsing_tf", {"checkpoint": state, "images": images})
    assert tuple(values["hair"].shape) == (1, 512, 512)
