import pytest

from tests.weights.loopback import serving


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder; nothing of the user's own, no proxy."""
    monkeypatch.setenv("FACE2PARAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FACE2PARAM_WEIGHTS", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "weights"
