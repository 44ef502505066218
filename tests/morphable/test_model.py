import dataclasses
import zipfile

import numpy as np
import pytest

from face2param import morphable
from face2param.errors import FaceModelError
from face2param.morphable import files
from face2param.morphable.articulation import Articulation
from tests.morphable import small


def joints(count, **changes):
    values = {
        "names": ("global", "jaw"),
        "parents": np.array([-1, 0]),
        "regressor": np.full((2, count), 1 / count),
        "weights": np.full((count, 2), 0.5),
        "correctives": np.zeros((9, count, 3)),
    } | changes
    return Articulation(**values)


def test_arrays_get_their_types_and_cannot_be_written():
    made = small.model()
    assert made.mean.dtype == np.float32 and made.faces.dtype == np.int32
    assert made.skin_mask.dtype == np.bool_
    assert made.sizes == {"identity": 4, "expression": 3, "albedo": 5}
    with pytest.raises(ValueError, match="read-only"):
        made.mean[0] = 1


def test_landmarks_are_barycentric_places():
    made = small.model()
    corners = made.mean[made.landmark_vertices]
    expected = np.einsum("lk,lkd->ld", made.landmark_weights, corners)
    np.testing.assert_allclose(made.landmarks(), expected, atol=1e-6)
    np.testing.assert_allclose(made.landmarks(made.mean + 1), expected + 1, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("mean", np.zeros((90, 2)), r"mean has shape \[90, 2\]; it must be \[90, 3\]"),
        ("identity", np.zeros((4, 89, 3)), r"identity has shape .* \[any, 90, 3\]"),
        ("albedo", np.full((1, 90, 3), np.nan), "albedo holds values that are not finite"),
        ("faces", np.zeros((144, 3)), "faces has type float64"),
        ("faces", np.full((144, 3), 2**32), r"faces holds indices 2147483647\.\."),
        ("mean", np.full((90, 3), "a"), "mean has type <U1; it must hold numbers"),
        ("landmark_weights", np.ones((68, 3)), "landmark_weights has a row whose sum is off 1 by"),
        ("skin_mask", np.zeros(89), r"skin_mask has shape \[89\]; it must be \[90\]"),
        ("front_mask", np.zeros(1), "front_mask has shape"),
        ("uv", np.zeros((5, 2)), "uv and uv_faces come together"),
        ("parts", {"skin": (0, 91)}, "part 'skin' holds vertices 0..90"),
        ("expression_names", ("a",), "1 expression_names for 3"),
    ],
)
def test_a_wrong_field_is_named(name, value, message):
    with pytest.raises(FaceModelError, match=message):
        small.model(**{name: value})


def test_one_based_indices_are_told_by_their_range():
    faces = small.fields()["faces"]
    with pytest.raises(FaceModelError, match=r"faces holds indices 1\.\.90; .*seem to be 1-based"):
        small.model(faces=faces + 1)
    with pytest.raises(FaceModelError, match=r"landmark_vertices holds indices .*-1"):
        small.model(landmark_vertices=np.full((68, 3), -1))


def test_reduced_keeps_the_first_components():
    made = small.model(explained={"identity": 0.9, "albedo": 0.8}, expression_names=("a", "b", "c"))
    fewer = made.reduced(identity=2, expression=1)
    assert fewer.sizes == {"identity": 2, "expression": 1, "albedo": 5}
    np.testing.assert_array_equal(fewer.identity, made.identity[:2])
    assert fewer.explained == {"albedo": 0.8} and fewer.expression_names == ("a",)
    assert fewer.hash != made.hash and made.reduced() is made
    with pytest.raises(FaceModelError, match="reduced to 9 albedo coefficients; it has 5"):
        made.reduced(albedo=9)


def test_hash_follows_the_numbers_or_the_declared_content():
    made = small.model()
    moved = dataclasses.replace(made, mean=made.mean + 1e-3)
    assert made.hash == small.model().hash != moved.hash
    declared = dataclasses.replace(made, content="1")
    assert declared.hash == dataclasses.replace(moved, content="1").hash
    assert declared.hash != dataclasses.replace(made, content="2").hash


def test_a_file_brings_everything_back(tmp_path):
    fields = small.fields()
    uv = np.random.default_rng(0).random((90, 2))
    made = small.model(
        uv=uv, uv_faces=fields["faces"], explained={"identity": 0.75}, parts={"skin": (0, 90)},
        expression_names=("smile", "frown", "blink"), articulation=joints(90), content="7",
    )  # fmt: skip
    path = tmp_path / "model.npz"
    morphable.save(made, path)
    back = morphable.load(path)
    for field in dataclasses.fields(made):
        before, after = getattr(made, field.name), getattr(back, field.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
        elif field.name != "articulation":
            assert before == after, field.name
    assert back.articulation.names == ("global", "jaw")
    np.testing.assert_array_equal(back.articulation.weights, made.articulation.weights)
    assert back.hash == made.hash and morphable.get(path).hash == made.hash


def test_half_precision_files_are_smaller_and_close(tmp_path):
    made = small.model()
    files.save(made, tmp_path / "full.npz")
    files.save(made, tmp_path / "half.npz", half=True)
    back = files.load(tmp_path / "half.npz")
    # Half precision has 11 bits.
    np.testing.assert_allclose(back.identity, made.identity, rtol=2**-11, atol=1e-7)
    np.testing.assert_array_equal(back.mean, made.mean)
    assert (tmp_path / "half.npz").stat().st_size < 0.75 * (tmp_path / "full.npz").stat().st_size


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(FaceModelError, match="cannot read"):
        files.load(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(FaceModelError, match="is no readable"):
        files.load(path)
    np.savez(path, a=np.zeros(3))
    with pytest.raises(FaceModelError, match="has no text 'format'"):
        files.load(path)
    with pytest.raises(FaceModelError, match=r"ends in \.npz"):
        files.save(small.model(), tmp_path / "model.mat")
    files.save(small.model(), path)
    whole = dict(np.load(path))
    np.savez(path, **{k: v for k, v in whole.items() if k not in ("faces", "albedo")})
    with pytest.raises(FaceModelError, match="has no albedo, faces"):
        files.load(path)
    np.savez(path, **(whole | {"format": np.array("other 9")}))
    with pytest.raises(FaceModelError, match="its format is 'other 9'"):
        files.load(path)
    np.savez(path, **(whole | {"parts": np.zeros((2, 2), int)}))
    with pytest.raises(FaceModelError, match="part_names and parts differ"):
        files.load(path)
    np.savez(path, **(whole | {"part_names": ["a"], "parts": [["b", "c"]]}))
    with pytest.raises(FaceModelError, match=r"parts has shape .* and type <U1; it must hold"):
        files.load(path)
    np.savez(path, **(whole | {"articulation_names": np.array(["global"])}))
    with pytest.raises(FaceModelError, match="articulation has no parents"):
        files.load(path)


def test_objects_and_false_sizes_in_a_file_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, mean=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FaceModelError, match="Python objects"):
        files.read_npz(path)
    np.savez(path, mean=np.zeros(100))
    with pytest.raises(FaceModelError, match="more than 0 MiB"):
        files.read_npz(path, limit=500)
    assert files.read_npz(path, wanted=("other",)) == {}
    head = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9999999,)}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mean.npy", head.ljust(127) + b"\n" + b"\0" * 16)
    with pytest.raises(FaceModelError, match="does not fit into its 144 bytes"):
        files.read_npz(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parents": np.array(["a", "b"])}, "articulation.parents has type <U1"),
        ({"parents": np.array([0, -1])}, "articulation.parents is"),
        ({"weights": np.ones((90, 2))}, "articulation.weights has a row whose sum is off 1"),
        ({"regressor": np.zeros((3, 90))}, r"articulation.regressor has shape \[3, 90\]"),
        ({"correctives": np.full((9, 90, 3), np.inf)}, "articulation.correctives holds values"),
    ],
)
def test_wrong_joints_are_named(changes, message):
    with pytest.raises(FaceModelError, match=message):
        small.model(articulation=joints(90, **changes))
