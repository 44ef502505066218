import numpy as np
import pytest

from face2param.errors import CodecError, ConfigError
from face2param.meshes import Mesh, write_obj
from face2param.pipelines import scan_pairs
from tests.metrics.shapes import face

VERTICES, FACES, LANDMARKS = face(10.0)
SEVEN = LANDMARKS[[36, 39, 42, 45, 33, 48, 54]]


@pytest.fixture
def folder(tmp_path):
    write_obj(tmp_path / "anna.obj", Mesh(VERTICES, FACES))
    np.savetxt(tmp_path / "anna.txt", LANDMARKS)
    return tmp_path


def test_finds_meshes_and_folders_of_reconstructions(folder):
    for name, files in {
        "bert": ("face.obj", "neutral.obj"),
        "cleo": ("face.obj",),
        "x": (),
    }.items():
        (folder / name).mkdir()
        for file in files:
            (folder / name / file).touch()
    found = scan_pairs.find(folder)
    assert list(found) == ["anna", "bert", "cleo"]
    assert found["bert"].name == "neutral.obj" and found["cleo"].name == "face.obj"


def test_folders_without_meshes_are_refused(folder, tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        scan_pairs.find(folder / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no meshes in .*looked for \.obj files"):
        scan_pairs.find(tmp_path / "empty")
    (folder / "anna").mkdir()
    (folder / "anna" / "face.obj").touch()
    with pytest.raises(ConfigError, match="two meshes named anna"):
        scan_pairs.find(folder)


def test_files_without_partner_are_named(tmp_path):
    first = {name: tmp_path / f"p/{name}.obj" for name in ("a", "b")}
    second = {name: tmp_path / f"s/{name}.obj" for name in ("b", "c")}
    with pytest.raises(ConfigError) as caught:
        scan_pairs.pair(first, second)
    assert "predictions without a scan: " + str(first["a"]) in str(caught.value)
    assert "scans without a prediction: " + str(second["c"]) in str(caught.value)
    assert scan_pairs.pair(first, second, allow_missing=True) == ["b"]
    with pytest.raises(ConfigError, match="no prediction has the name of a scan"):
        scan_pairs.pair({"a": first["a"]}, second, allow_missing=True)


def test_reads_mesh_and_landmarks(folder):
    found = scan_pairs.read("anna", folder / "anna.obj")
    np.testing.assert_allclose(found.vertices, VERTICES, atol=1e-5)
    np.testing.assert_allclose(found.landmarks, LANDMARKS)


def test_landmark_formats(folder):
    (folder / "seven.txt").write_text("\n".join(f"{x},{y}, {z} # point" for x, y, z in SEVEN))
    np.testing.assert_allclose(scan_pairs.read_landmarks(folder / "seven.txt"), SEVEN)
    np.save(folder / "all.npy", LANDMARKS)
    np.testing.assert_allclose(scan_pairs.read_landmarks(folder / "all.npy"), LANDMARKS)
    points = "".join(
        f'<point x="{x}" name="{i}" y=\'{y}\' active="1" z="{z}"/>\n'
        for i, (x, y, z) in enumerate(SEVEN)
    )
    (folder / "picked.pp").write_text(f"<!DOCTYPE PickedPoints>\n<PickedPoints>{points}")
    np.testing.assert_allclose(scan_pairs.read_landmarks(folder / "picked.pp"), SEVEN)


def test_landmarks_beside_the_mesh_or_in_a_folder(folder):
    write_obj(folder / "bert" / "neutral.obj", Mesh(VERTICES, FACES))
    beside = folder / "bert" / "neutral_landmarks.txt"
    with pytest.raises(ConfigError, match=r"has no landmarks; looked for .*neutral_landmarks\.txt"):
        scan_pairs.find_landmarks("bert", folder / "bert" / "neutral.obj")
    beside.touch()
    assert scan_pairs.find_landmarks("bert", folder / "bert" / "neutral.obj") == beside
    (folder / "marks").mkdir()
    np.save(folder / "marks" / "bert.npy", LANDMARKS)
    named = scan_pairs.find_landmarks("bert", folder / "bert" / "neutral.obj", folder / "marks")
    assert named == folder / "marks" / "bert.npy"


def test_damaged_landmark_files_are_refused(folder):
    path = folder / "bad.txt"
    for text, reason in {
        "1 2 3\n4 5 6\n": r"must have shape \[68, 3\] or \[7, 3\], got \(2, 3\)",
        "1 2 x\n" * 7: "is not a landmark file",
        "1 2\n1 2 3\n": "is not a landmark file",
        "nan 2 3\n" * 68: "not finite",
        "1 2 3\n" * 68: "coincide",
    }.items():
        path.write_text(text)
        with pytest.raises(CodecError, match=reason):
            scan_pairs.read_landmarks(path)
    np.save(folder / "pickled.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(CodecError, match="is not a landmark file"):
        scan_pairs.read_landmarks(folder / "pickled.npy")
    (folder / "a.pp").write_text('<point x="1" y="2"/>')
    with pytest.raises(CodecError, match="lacks a coordinate"):
        scan_pairs.read_landmarks(folder / "a.pp")
    path.write_bytes(b"0" * (2**20 + 1))
    with pytest.raises(CodecError, match="too large for a landmark file"):
        scan_pairs.read_landmarks(path)
    with pytest.raises(CodecError, match="cannot read"):
        scan_pairs.read_landmarks(folder / "absent.txt")


def test_landmarks_of_another_mesh_are_refused(folder):
    np.savetxt(folder / "anna.txt", LANDMARKS + [0, 900, 0])
    with pytest.raises(CodecError, match=r"anna\.txt does not belong to .*anna\.obj"):
        scan_pairs.read("anna", folder / "anna.obj")


def test_units(folder):
    mine = scan_pairs.read("anna", folder / "anna.obj")
    small = scan_pairs.Face("a", mine.vertices / 1000, FACES, LANDMARKS / 1000)
    metres = scan_pairs.in_millimetres(small, "m", folder / "a.obj")
    np.testing.assert_allclose(metres.vertices, mine.vertices, rtol=1e-5)
    np.testing.assert_allclose(metres.landmarks, LANDMARKS)
    with pytest.raises(ConfigError, match=r"0\.09 mm apart .* unit seems to be m"):
        scan_pairs.in_millimetres(small, "mm", folder / "a.obj")
    huge = scan_pairs.Face("a", mine.vertices * 500, FACES, LANDMARKS * 500)
    with pytest.raises(ConfigError, match=r"a face has 60 to 130 mm$"):
        scan_pairs.in_millimetres(huge, "mm", folder / "a.obj")
