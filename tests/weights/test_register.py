import dataclasses
import re
import sys
import urllib.parse
from pathlib import Path

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
    with pytest.raises(WeightsError, match=r"no lightcnn29v2.weights.h5 .*convert_weights"):
        register.path("lightcnn29v2")


def test_a_checkpoint_that_is_here_is_named_in_the_command(monkeypatch, tmp_path):
    monkeypatch.setenv(register.FOLDER_VARIABLE, str(tmp_path))
    checkpoint = tmp_path / register.FILES["lightcnn29v2_checkpoint"].file
    checkpoint.write_bytes(b"")
    with pytest.raises(WeightsError) as caught:
        register.path("lightcnn29v2")
    assert f"--network lightcnn29v2 --checkpoint {checkpoint} --output /" in str(caught.value)


def test_order_of_places(monkeypatch, tmp_path, cache):
    entry = register.FILES["dlib_recognition"]
    package = register.path(entry.name)
    cache.mkdir(parents=True)
    cached = cache / entry.file
    cached.symlink_to(package)  # of the right size without copying it
    monkeypatch.setenv(register.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / entry.file).write_bytes(b"mine")
    assert [found.place for found in register.locations(entry)] == ["own", "pip", "cache"]
    assert register.path(entry.name) == tmp_path / entry.file
    monkeypatch.delenv(register.FOLDER_VARIABLE)
    assert register.path(entry.name) == package
    bare = dataclasses.replace(entry, package="no_such_package_x")
    monkeypatch.setitem(register.FILES, entry.name, bare)
    assert register.path(entry.name) == cached


def test_a_fetched_file_cut_short_is_not_used(monkeypatch, cache):
    entry = register.FILES["resnet18_imagenet"]
    cache.mkdir(parents=True)
    (cache / entry.file).write_bytes(b"half")
    with pytest.raises(WeightsError, match=r"has 4 bytes, it must have 46827520.*weights fetch"):
        register.path(entry.name)


@pytest.mark.parametrize("name", list(register.FILES))
def test_every_entry_says_whose_it_is_and_how_to_get_it(name):
    entry = register.FILES[name]
    assert entry.name == name and entry.file == Path(entry.file).name
    assert entry.licence and entry.users in ("anyone", "non-commercial", "research")
    assert len(entry.purpose.partition(";")[0]) <= 36  # a column of the table
    ways = (entry.shipped, entry.sources, entry.pages, entry.converted_from)
    assert any(ways)
    if entry.sources:
        # What a program fetches without being looked at, it must be able to judge.
        assert re.fullmatch("[0-9a-f]{64}", entry.sha256) and entry.size
    for address in (*entry.pages, *(source.url for source in entry.sources)):
        assert urllib.parse.urlsplit(address).scheme in ("http", "https")
    if entry.converted_from:
        assert entry.converted_from in register.FILES
        assert entry.convert.startswith(f"face2param convert_weights --network {name} ")


def test_no_two_entries_share_a_file_name():
    files = [entry.file for entry in register.FILES.values()]
    assert len(files) == len(set(files))


def test_what_needs_a_browser_is_no_source():
    for entry in register.FILES.values():
        for source in entry.sources:
            assert not re.search(r"drive\.google|pan\.baidu|weiyun|login", source.url)


def test_shipped_files_are_those_that_the_library_opens():
    parsing_network = pytest.importorskip("face2param.features.parsing_network")
    assert register.path("parsing").samefile(parsing_network.SHIPPED)
    assert register.path("imitator").parent.parent.parent.name == "imitator"


def test_every_network_in_the_package_is_registered():
    package = Path(register.__file__).parents[1]
    shipped = {str(path.relative_to(package)) for path in package.rglob("*.weights.h5")}
    assert shipped == {entry.shipped for entry in register.FILES.values() if entry.shipped}


def test_a_package_that_lost_the_file_is_to_be_installed_again(monkeypatch, cache):
    entry = dataclasses.replace(register.FILES["dlib_recognition"], file="gone.dat")
    monkeypatch.setitem(register.FILES, entry.name, entry)
    with pytest.raises(WeightsError, match=r"no gone\.dat .*--force-reinstall; or: .*fetch"):
        register.path(entry.name)
