import subprocess
import sys
import time

import pytest

from face2param.bin import cli


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "face2param.bin.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_help_lists_every_program_without_importing_tensorflow():
    started = time.monotonic()
    result = run("--help")
    seconds = time.monotonic() - started
    assert result.returncode == 0
    for name, text in cli.programs().items():
        assert f"  {name} " in result.stdout and text and text in result.stdout
    assert {"fit", "generate_database", "train_imitator", "evaluate", "preview"} <= set(
        cli.programs()
    )
    assert seconds < 10  # a guard against an import of TensorFlow, not a measurement


def test_listing_loads_no_heavy_package():
    code = (
        "import sys; from face2param.bin import cli; cli.usage(); "
        "print(sorted({'tensorflow', 'keras', 'numpy', 'numba'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_unknown_program_and_unknown_flag_exit_with_2_and_one_line():
    result = run("fitt")
    assert result.returncode == 2
    assert "no program 'fitt'" in result.stderr and len(result.stderr.splitlines()) == 1
    result = run("preview", "--sed=3")
    assert result.returncode == 2
    assert "sed" in result.stderr and len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("name", sorted(cli.programs()))
def test_every_program_has_help(name):
    result = run(name, "--help")
    assert result.returncode == 0, result.stderr
    assert "--" in result.stdout and "Traceback" not in result.stderr
