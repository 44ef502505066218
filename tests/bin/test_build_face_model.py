import subprocess
import sys

import pytest

from face2param import images, morphable

WITH_THE_CACHED_MODEL = """
from face2param import morphable
from face2param.bin import app, build_face_model
from face2param.morphable import builtin

model = morphable.get("builtin")
builtin.build = lambda: model
app.run(build_face_model.main)
"""


def run(*flags, program=("-m", "face2param.bin.build_face_model")):
    command = [sys.executable, *program, *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


def test_it_builds_reports_and_draws(tmp_path):
    """With the cached model: building is tests/morphable/test_builtin.py's."""
    model = morphable.get("builtin")
    output, sheet = tmp_path / "new" / "model.npz", tmp_path / "sheet.png"
    flags = ("--output", output, "--preview", sheet, "--check=2")
    done = run(*flags, program=("-c", WITH_THE_CACHED_MODEL))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
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
