import subprocess
import sys

import pytest

from face2param import images, morphable
from face2param.bin import build_face_model
from tests.bin.face_model_flags import values


def run(*flags):
    command = [sys.executable, "-m", "face2param.bin.build_face_model", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


def test_it_builds_reports_and_draws(tmp_path, monkeypatch, capsys):
    """In this process with the cached model: building is tests/morphable/test_builtin.py's."""
    from face2param.morphable import builtin

    model = morphable.get("builtin")
    monkeypatch.setattr(builtin, "build", lambda: model)
    output, sheet = tmp_path / "new" / "model.npz", tmp_path / "sheet.png"
    with values(build_face_model, output=str(output), preview=str(sheet), check=2):
        build_face_model.main([])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"wrote {output}: 19,462 vertices, 37,180 triangles"
    assert lines[1] == f"coefficients: 80 identity, 64 expression, 80 albedo; hash {model.hash}"
    assert lines[2].startswith("explained variance of the samples: identity 99.")
    assert lines[3].startswith("held-out heads (identity): mean 0.")
    assert lines[4].startswith("held-out heads (expression): mean 0.")
    assert morphable.load(output).hash == model.hash
    assert images.read_image(sheet).shape == (8 * 224, 6 * 224, 3)


def test_an_output_is_not_replaced_unasked(tmp_path):
    output = tmp_path / "model.npz"
    output.write_text("mine")
    done = run("--output", output)
    assert done.returncode == 2 and done.stderr.startswith(f"error: {output} exists; give --over")
    assert output.read_text() == "mine"


@pytest.mark.parametrize("name", ["build_face_model", "convert_face_model"])
def test_the_umbrella_lists_the_programs(name):
    from face2param.bin.cli import programs

    assert "face model" in programs()[name]
