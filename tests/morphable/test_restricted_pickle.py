import os
import pickle

import numpy as np
import pytest
from scipy import sparse

from face2param.errors import FaceModelError
from face2param.morphable import restricted_pickle
from tests.morphable import small

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_sparse_and_chumpy_objects_come_back(protocol):
    arrays = small.flame_arrays()
    found = restricted_pickle.loads(small.chumpy_pickle(arrays, protocol), "flame.pkl")
    for name, array in arrays.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-15, err_msg=name)
    assert found["bs_type"] == "lrotmin" and "chumpy" not in dir()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_orders_types_and_scalars(protocol):
    rng = np.random.default_rng(0)
    values = {
        "fortran": np.asfortranarray(rng.normal(size=(3, 4))),
        "big": rng.normal(size=5).astype(">f8"),
        "bytes": np.arange(7, dtype=np.uint8),
        "flags": np.array([True, False]),
        "scalar": np.float32(2.5),
        "rows": sparse.random(4, 6, 0.5, format="csr", random_state=1),
        "list": [1, "two", (3.0, None)],
    }
    found = restricted_pickle.loads(pickle.dumps(values, protocol), "x.pkl")
    for name in ("fortran", "big", "bytes", "flags"):
        np.testing.assert_array_equal(found[name], values[name])
        assert found[name].dtype.isnative
    assert found["scalar"] == 2.5 and found["list"] == values["list"]
    np.testing.assert_array_equal(found["rows"], values["rows"].toarray())


class Command:
    """Runs a command where a careless program unpickles it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_code_is_refused_and_not_run(tmp_path, protocol):
    data = pickle.dumps({"v_template": Command(tmp_path / "proof")}, protocol)
    with pytest.raises(FaceModelError, match=r"it names '(posix|nt)\.system'.*Nothing .* was run"):
        restricted_pickle.loads(data, "bad.pkl")
    assert not (tmp_path / "proof").exists()
    pickle.loads(data)  # the same bytes do run elsewhere
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
        (b"c__builtin__\ngetattr\n.", "getattr"),
        (b"(S'x'\nios\nsystem\n.", "os.system"),
        (b"cnumpy\nndarray\n.", "a bare numpy.ndarray"),
        (b"cnumpy\nndarray\n)R.", "a bare array"),
        (b"c__builtin__\nobject\n)R.", "no function"),
        (b"cnumpy\ndtype\n(S'O8'\nK\x00K\x01tR(K\x03S'|'\nNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK"
         b"?tb.", "a bare dtype"),
        (b"\x80\x02cnumpy\ndtype\nX\x02\x00\x00\x00f4\x85R}(X\x01\x00\x00\x00aK\x01ub.", "dtype"),
        (b"]K\x05b.", "no function|sets the state|has none"),
        (b"\x82\x01.", "extensions"),
        (b"P1\n.", "objects outside"),
        (b"\x80\x04\x8cZ", "damaged pickle"),
        (b"", "damaged pickle"),
    ],
)  # fmt: skip
def test_what_is_odd_is_an_error(data, message):
    with pytest.raises(FaceModelError, match=message):
        restricted_pickle.loads(data, "odd.pkl")


def test_sizes_are_compared_with_the_bytes_that_are_there():
    data = pickle.dumps(np.arange(8, dtype=np.uint8), 2)
    assert b"K\x08\x85" in data
    huge = data.replace(b"K\x08\x85", b"J\xff\xff\xff\x7f\x85")
    with pytest.raises(FaceModelError, match="needs 2147483647 bytes, has 8"):
        restricted_pickle.loads(huge, "huge.pkl")
    # A memo that the C unpickler would make 32 GiB large for.
    assert restricted_pickle.loads(b"K\x01r\xff\xff\xff\x7f.", "memo.pkl") == 1


def test_sparse_matrices_must_be_consistent():
    matrix = sparse.random(4, 6, 0.5, format="csc", random_state=1)
    matrix.indices[0] = 100
    with pytest.raises(FaceModelError, match="index outside"):
        restricted_pickle.loads(pickle.dumps(matrix), "sparse.pkl")


def test_nesting_and_missing_files(tmp_path):
    with pytest.raises(FaceModelError, match="nested without end"):
        restricted_pickle.loads(b"]" * 60 + b"a" * 59 + b".", "deep.pkl")
    # 30 lists, each twice in the next one: a billion values for whoever walks through them.
    laughs = b"]q\x00" + b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(30)) + b"."
    with pytest.raises(FaceModelError, match="nested without end"):
        restricted_pickle.loads(laughs, "laughs.pkl")
    with pytest.raises(FaceModelError, match="cannot read"):
        restricted_pickle.load(tmp_path / "absent.pkl")
    with pytest.raises(FaceModelError, match="Python objects"):
        restricted_pickle.loads(pickle.dumps(np.array([None, 1], object)), "objects.pkl")
