import json
import subprocess
import sys

import numpy as np
import pytest

from face2param.engines.builtin.sampling import random_characters
from face2param.meshes import read_obj
from tests.meshes import gltf_validator


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "face2param.bin.export", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def params(tmp_path):
    path = tmp_path / "params.json"
    random_characters(np.random.default_rng(2), 1)[0].replace(hair="bob").save(path)
    return path


def test_a_character_becomes_a_glb_that_the_validator_likes(tmp_path, params):
    path = tmp_path / "head.glb"
    done = run(f"--params={params}", f"--output={path}", "--texture_size=256")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(path)]
    assert path.stat().st_size < 15 << 20
    gltf_validator.check(path)


def test_a_character_becomes_an_obj_with_its_materials(tmp_path, params):
    path = tmp_path / "head.obj"
    done = run(f"--params={params}", "--format=obj", f"--output={path}", "--texture_size=64")
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert (tmp_path / line).is_file()
    mesh = read_obj(path)
    height = np.ptp(mesh.vertices[:, 1])
    assert 0.25 < height < 0.6  # metres: a head with shoulders
    text = path.with_suffix(".mtl").read_text()
    for name in ("head_skin.png", "head_hair_strands.png"):
        assert f"map_Kd {name}" in text and (tmp_path / name).is_file()
    used = {line.split()[1] for line in path.read_text().splitlines() if line[:6] == "usemtl"}
    assert used == {line.split()[1] for line in text.splitlines() if line[:6] == "newmtl"}


def test_a_character_becomes_plain_json(tmp_path, params):
    path = tmp_path / "head.json"
    done = run(f"--params={params}", "--format=json", f"--output={path}")
    assert done.returncode == 0, done.stderr
    data = json.loads(path.read_text())
    assert data["values"] == json.loads(params.read_text())["values"]
    assert data["choices"]["hair"] == "bob"
    assert len(data["landmarks"]) == 68 and data["colours"]["skin"].startswith("#")
    assert sum(len(names) for names in data["groups"].values()) == len(data["values"]) + 3


def test_wrong_input_is_one_line_and_code_2(tmp_path, params):
    there = tmp_path / "there.glb"
    there.write_bytes(b"mine")
    new = tmp_path / "new.glb"
    for arguments, text in [
        ((f"--params={params}", f"--output={there}"), "already there"),
        ((f"--params={tmp_path}/none.json", f"--output={new}"), "none.json"),
        ((f"--params={params}", "--format=fbx", f"--output={new}"), "format is 'fbx'"),
    ]:
        done = run(*arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
        assert text in done.stderr
    assert there.read_bytes() == b"mine" and not new.exists()
