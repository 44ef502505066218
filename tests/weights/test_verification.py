import hashlib
import json

import pytest

from face2param.errors import OutputError, WeightsError
from face2param.weights import register
from face2param.weights.verification import sha256_of, unpack_bzip2, verify
from tests.weights.loopback import CONTENT, add


@pytest.fixture
def fetched(cache, monkeypatch):
    """An entry whose file lies in the cache."""
    entry = add(monkeypatch)
    cache.mkdir(parents=True)
    (cache / entry.file).write_bytes(CONTENT)
    return entry


def states(entry):
    return [(verdict.place, verdict.state) for verdict in verify(entry)]


def test_shipped_files_and_those_of_pip_are_good():
    for name, place in (
        ("parsing", "shipped"),
        ("imitator", "shipped"),
        ("dlib_recognition", "pip"),
    ):
        verdicts = verify(register.get(name))
        assert (place, "good") in [(verdict.place, verdict.state) for verdict in verdicts]
        assert all(len(verdict.sha256) == 64 for verdict in verdicts)


def test_one_changed_byte_is_noticed(fetched, cache):
    assert states(fetched) == [("cache", "good")]
    (cache / fetched.file).write_bytes(b"?" + CONTENT[1:])
    assert states(fetched) == [("cache", "damaged")]


def test_every_copy_is_judged_and_the_users_own_is_not_called_damaged(
    fetched, tmp_path, monkeypatch
):
    (tmp_path / fetched.file).write_bytes(b"mine")
    monkeypatch.setenv(register.FOLDER_VARIABLE, str(tmp_path))
    assert states(fetched) == [("own", "own"), ("cache", "good")]


def test_without_a_published_sha256_the_state_is_unknown(cache, monkeypatch):
    entry = add(monkeypatch, sha256="", size=0)
    assert verify(entry) == []
    cache.mkdir(parents=True)
    (cache / entry.file).write_bytes(CONTENT)
    verdict = verify(entry)[0]
    assert verdict.state == "unknown" and hashlib.sha256(CONTENT).hexdigest() in verdict.note
    sized = add(monkeypatch, sha256="", size=5)
    assert states(sized) == [("cache", "damaged")]


def test_converted_weights_are_compared_with_their_description(cache, monkeypatch):
    entry = add(monkeypatch, file="net.weights.h5", sha256="", size=0)
    cache.mkdir(parents=True)
    (cache / "net.weights.h5").write_bytes(CONTENT)
    for digest, state in ((sha256_of(cache / "net.weights.h5"), "good"), ("0" * 64, "damaged")):
        (cache / "net.json").write_text(json.dumps({"sha256": digest}))
        assert states(entry) == [("cache", state)]
    (cache / "net.json").write_text("{")
    assert states(entry) == [("cache", "unknown")]


def test_errors_of_files(tmp_path):
    with pytest.raises(WeightsError, match="cannot read"):
        sha256_of(tmp_path / "gone")
    (tmp_path / "a.bz2").write_bytes(b"")
    with pytest.raises(WeightsError, match="cut short"):
        unpack_bzip2(tmp_path / "a.bz2", tmp_path / "a")
    with pytest.raises(OutputError, match="cannot write"):
        unpack_bzip2(tmp_path / "a.bz2", tmp_path / "gone" / "a")
