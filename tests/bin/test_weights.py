import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.weights.loopback import CONTENT, serving

BY_HAND = "lightcnn29v2_checkpoint"
FILE = "LightCNN_29Layers_V2_checkpoint.pth.tar"


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def start(tmp_path):
    """Starts `face2param weights ...` with an empty cache of its own."""
    environment = {**os.environ, "FACE2PARAM_CACHE": str(tmp_path), "no_proxy": "127.0.0.1"}
    environment.pop("FACE2PARAM_WEIGHTS", None)
    # Where the tests run as a background job, SIGINT is ignored and would be in the child too.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)

    def run(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "face2param.bin.cli", "weights", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=heed if os.name == "posix" else None,
        )

    return run


@pytest.fixture
def weights(start):
    """Runs it and returns exit code, output and complaints."""

    def run(*words):
        process = start(*words)
        output, complaints = process.communicate(timeout=60)
        return process.returncode, output, complaints

    return run


def test_the_list_fits_100_columns_and_names_every_file(weights):
    code, output, _ = weights("list")
    assert code == 0
    assert max(map(len, output.splitlines())) <= 100
    for text in ("dlib_landmarks68", "pip package", "shipped", BY_HAND, "by hand", "to convert"):
        assert text in output
    code, values, _ = weights("list", "--json")
    names = [value["name"] for value in json.loads(values)]
    assert code == 0 and all(f"\n{name} " in output for name in names)


def test_one_file_in_full(weights):
    code, output, _ = weights("list", "dlib_landmarks68")
    assert code == 0
    assert "http://dlib.net/files/shape_predictor_68_face_landmarks.dat.bz2" in output
    assert "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f" in output
    assert "commercial" in output and "99,693,937" in output
    value = json.loads(weights("list", "face_parsing", "--json")[1])[0]
    assert value["converted_from"] == "face_parsing_checkpoint"
    assert "convert_weights --network face_parsing" in value["how"]


def test_the_list_loads_no_heavy_package():
    code = (
        "import sys; from face2param.weights import listing; listing.table(); "
        "print(sorted({'tensorflow', 'keras', 'torch', 'numpy', 'h5py'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "what to do? say list [NAME], fetch NAME, path NAME or verify [NAME]"),
        (("remove",), "'remove' is nothing to do"),
        (("fetch",), "which file?"),
        (("path",), "which file?"),
        (("path", "vgg"), "no weights are called 'vgg'; known are"),
        (("list", "vgg"), "no weights are called 'vgg'"),
        (("verify", "a", "b"), "takes one name, not 2"),
        (("list", "--url=http://host/"), "--url belongs to weights fetch"),
        (("fetch", BY_HAND), "by hand: open https://drive.google.com"),
        (("fetch", "lightcnn29v2"), "convert_weights --network lightcnn29v2"),
        (("path", BY_HAND), "by hand"),
        (("verify", BY_HAND), "by hand"),
        (("fetch", BY_HAND, "--url=ftp://host/file"), "only addresses that begin with"),
        (("fetch", BY_HAND, "--timeout=0"), "timeout"),
    ],
)
def test_refusals_are_one_line_and_exit_code_2(weights, words, complaint):
    code, output, complaints = weights(*words)
    assert code == 2 and output == ""
    assert complaint in complaints and len(complaints.splitlines()) == 1


def test_other_programs_take_no_words():
    result = subprocess.run(
        [sys.executable, "-m", "face2param.bin.preview", "fetch", "--output=x.png"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2 and "unexpected argument 'fetch'" in result.stderr


def test_fetch_path_verify_and_a_damaged_file(weights, server, tmp_path):
    digest = hashlib.sha256(CONTENT).hexdigest()
    code, output, complaints = weights("fetch", BY_HAND, f"--url={server.url()}")
    file = tmp_path / "weights" / FILE
    assert code == 0 and complaints == "", complaints  # no bar where stderr is no terminal
    assert file.read_bytes() == CONTENT and digest in output and "research" in output
    assert weights("path", BY_HAND) == (0, f"{file}\n", "")
    code, output, _ = weights("fetch", BY_HAND, "--json")
    assert json.loads(output) == {
        "name": BY_HAND,
        "path": str(file),
        "sha256": digest,
        "downloaded": False,
        "verified": False,
    }
    code, output, _ = weights("verify", BY_HAND)
    assert code == 0 and output.startswith("unknown")
    (tmp_path / "weights" / "det1.npy").write_bytes(b"short")
    code, output, complaints = weights("verify")
    assert code == 2 and "damaged  mtcnn_pnet" in output and "good     parsing" in output
    assert "1 of" in complaints and "det1.npy" in complaints
    assert any(v["state"] == "damaged" for v in json.loads(weights("verify", "--json")[1]))


def test_the_wrong_file_is_refused(weights, server, tmp_path):
    code, _, complaints = weights("fetch", "resnet18_imagenet", f"--url={server.url()}")
    assert code == 2 and "offers 700001 bytes, there must be 46827520" in complaints
    code, _, complaints = weights("fetch", BY_HAND, f"--url={server.url('/gone')}")
    assert code == 2 and "the server answers 404" in complaints
    assert not (tmp_path / "weights" / FILE).exists()


def test_two_processes_at_once_download_once(start, server):
    server.pause = 0.1
    processes = [start("fetch", BY_HAND, f"--url={server.url()}", "--json") for _ in range(2)]
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert sorted(answer["downloaded"] for answer in answers) == [False, True]
    assert server.requests == [("/file", None)] and server.sent == len(CONTENT)


def start_and_stall(start, server):
    """Starts a fetch of which the server sends the first half only."""
    server.pause = 0.1
    process = start("fetch", BY_HAND, f"--url={server.url()}")
    deadline = time.monotonic() + 60
    while server.sent < 300_000 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.pause = 20.0
    return process


def test_an_interrupted_fetch_is_continued(start, weights, server, tmp_path):
    process = start_and_stall(start, server)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 130 and complaints.splitlines()[-1] == "interrupted"
    kept = sum(p.stat().st_size for p in (tmp_path / "weights").glob(".*.part"))
    assert 0 < kept < len(CONTENT)
    server.pause, server.requests[:] = 0.0, []
    assert weights("fetch", BY_HAND, f"--url={server.url()}")[0] == 0
    assert (tmp_path / "weights" / FILE).read_bytes() == CONTENT
    assert server.requests == [("/file", f"bytes={kept}-")]


def test_a_killed_fetch_blocks_nobody(start, weights, server, tmp_path):
    process = start_and_stall(start, server)
    process.kill()
    process.communicate(timeout=30)
    server.pause = 0.0
    assert weights("fetch", BY_HAND, f"--url={server.url()}")[0] == 0
    assert (tmp_path / "weights" / FILE).read_bytes() == CONTENT
