import subprocess
import sys

import numpy as np

from face2param import images


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "face2param.bin.preview", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_draws_a_random_head_without_tensorflow(tmp_path):
    path = tmp_path / "head.png"
    code = (
        "import sys\n"
        f"sys.argv = ['preview', '--seed=3', '--size=128', '--output={path}', '--yaw=15']\n"
        "import runpy\n"
        "try:\n    runpy.run_module('face2param.bin.preview', run_name='__main__')\n"
        "finally:\n"
        "    print([m for m in ('tensorflow', 'keras', 'torch') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(path), "[]"]
    picture = images.read_image(path)
    assert picture.shape == (128, 128, 3)
    assert np.std(picture) > 0.05


def test_wrong_input_is_one_line_and_code_2(tmp_path):
    path = tmp_path / "head.png"
    path.write_bytes(b"mine")
    for arguments, text in [
        ((f"--output={path}",), "already there"),
        ((f"--output={tmp_path / 'x.png'}", "--params=none.json"), "none.json does not exist"),
        ((f"--output={tmp_path / 'x.png'}", "--set=hair"), "is not a new NAME=VALUE"),
    ]:
        done = run(*arguments)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stderr.startswith("error: ") and text in done.stderr
    assert path.read_bytes() == b"mine"
    assert sorted(tmp_path.iterdir()) == [path]
