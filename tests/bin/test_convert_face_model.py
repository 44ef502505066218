import subprocess
import sys

import numpy as np
import pytest

from face2param import morphable
from tests.morphable import small


def run(*flags):
    command = [sys.executable, "-m", "face2param.bin.convert_face_model", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return small.Basel(tmp_path_factory.mktemp("basel"))


def test_basel_and_expressions_become_deep3ds_file(files, tmp_path):
    output = tmp_path / "out" / "BFM_model_front.mat"
    flags = ["--bfm", files.folder / "01_MorphableModel.mat"]
    flags += ["--expressions", files.folder / "Exp_Pca.bin", "--output", output]
    done = run(*flags)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        f"read bfm: {len(files.select)} vertices, {len(files.faces)} triangles, coefficients: "
        "6 identity, 4 expression, 5 albedo"
    )
    assert lines[1].startswith("note: Deep3D's networks need 80, 64, 80")
    assert lines[-1].startswith(f"wrote {output}; hash ")
    assert morphable.get(output).sizes == {"identity": 6, "expression": 4, "albedo": 5}
    again = run(*flags)
    assert again.returncode == 2 and "exists; give --overwrite" in again.stderr


def test_other_formats_and_fewer_coefficients(files, tmp_path):
    morphable.save(small.model(), tmp_path / "small.npz")
    output = tmp_path / "fewer.npz"
    done = run("--model", tmp_path / "small.npz", "--output", output, "--identity", 2)
    assert done.returncode == 0, done.stderr
    assert morphable.load(output).sizes == {"identity": 2, "expression": 3, "albedo": 5}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--output=a.mat"], "give either --bfm=01_MorphableModel.mat or --model=FILE"),
        (["--output=a.obj", "--model=builtin"], "must end in .mat (Deep3D's format) or .npz"),
        (["--output=a.mat", "--model=nothing"], "there is no face model 'nothing'"),
        (
            ["--output=a.mat", f"--bfm={__file__}", "--info=no.mat"],
            "--info=no.mat: there is no",
        ),
        (["--output=a.mat", "--bfm=none.mat"], "--bfm=none.mat: there is no such file"),
        (["--output=a.mat", f"--bfm={__file__}"], "neither landmarks nor masks; give facemodel"),
        (["--output=a.mat", "--model=builtin", "--landmarks=x.npy"], "belong to FLAME's files"),
    ],
)
def test_errors_are_one_line_and_exit_code_two(tmp_path, monkeypatch, flags, message):
    monkeypatch.chdir(tmp_path)
    done = run(*flags)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and len(done.stderr.splitlines()) == 1
    assert message in done.stderr and not list(tmp_path.iterdir())


def test_a_pickle_with_code_is_refused(tmp_path):
    path = tmp_path / "flame.pkl"
    path.write_bytes(b"cos\nsystem\n(S'touch proof'\ntR.")
    np.save(tmp_path / "landmark_embedding.npy", np.zeros(1))
    done = run("--model", path, "--output", tmp_path / "flame.npz")
    assert done.returncode == 2 and "it names 'os.system'" in done.stderr
    assert not (tmp_path / "proof").exists() and not (tmp_path / "flame.npz").exists()
