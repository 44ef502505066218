import dataclasses
import sys
from pathlib import Path

import pytest

from face2param import config
from face2param.errors import ConfigError, OutputError


@dataclasses.dataclass(frozen=True)
class Settings:
    rate: float
    sizes: tuple[int, ...] = (1, 2)


def test_dataclass_survives_json(tmp_path):
    settings = Settings(0.5, (3, 4))
    config.write_json(tmp_path / "a.json", config.to_dict(settings))
    assert config.from_dict(Settings, config.read_json(tmp_path / "a.json")) == settings


def test_unknown_and_missing_fields_are_named():
    with pytest.raises(ConfigError, match=r"no field speed.*rate, sizes"):
        config.from_dict(Settings, {"rate": 1, "speed": 2})
    with pytest.raises(ConfigError, match="rate"):
        config.from_dict(Settings, {})


def test_bad_json_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ConfigError, match="not valid JSON"):
        config.read_json(tmp_path / "a.json")
    with pytest.raises(ConfigError, match="cannot read"):
        config.read_json(tmp_path / "absent.json")


def test_failed_write_leaves_the_old_file_and_no_remains(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), config.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_folder_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        config.atomic_write(tmp_path / "file" / "below.txt", b"x")


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {}, "/home/ann/.cache/face2param"),
        ("linux", {"XDG_CACHE_HOME": "/big"}, "/big/face2param"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/ann/.cache/face2param"),
        ("darwin", {"XDG_CACHE_HOME": "/big"}, "/home/ann/Library/Caches/face2param"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/face2param"),
        ("win32", {}, "/home/ann/AppData/Local/face2param"),
        ("linux", {"FACE2PARAM_CACHE": "/mine", "XDG_CACHE_HOME": "/big"}, "/mine"),
        ("linux", {"FACE2PARAM_CACHE": "~/mine"}, "/home/ann/mine"),
    ],
)
def test_cache_folder_follows_the_platform(monkeypatch, platform, variables, folder):
    for name in ("FACE2PARAM_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ann", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert config.cache_folder() == Path(folder)


def test_without_a_home_the_variable_is_named(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    for name in ("FACE2PARAM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ConfigError, match="set FACE2PARAM_CACHE"):
        config.cache_folder()


def test_ranges_name_the_field():
    config.check_positive(Settings(0.5), ["rate"])
    config.check_not_negative(Settings(0.0), ["rate"])
    with pytest.raises(ConfigError, match="rate: must be positive"):
        config.check_positive(Settings(0.0), ["rate"])
    with pytest.raises(ConfigError, match="rate: must not be negative"):
        config.check_not_negative(Settings(-1.0), ["rate"])
