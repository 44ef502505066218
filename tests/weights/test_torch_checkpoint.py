import collections
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.weights import torch_checkpoint
from tests.weights import torch_files as files


def read(tmp_path, data: bytes, **options):
    path = tmp_path / "checkpoint.pth.tar"
    path.write_bytes(data)
    return torch_checkpoint.read(path, **options)


def both(body, storages, **sizes):
    return [
        files.old_file(body, storages, sizes),
        files.zip_file(body, storages),
        files.zip_file(body, storages, zipfile.ZIP_DEFLATED, byteorder=None),
    ]


def test_a_tensor_is_a_window_on_its_storage(tmp_path):
    values = np.arange(12, dtype="<f4")
    body = files.mapping(
        whole=files.tensor("Float", "7", 12, (3, 4), (4, 1)),
        turned=files.tensor("Float", "7", 12, (4, 3), (1, 4)),
        corner=files.tensor("Float", "7", 12, (2, 2), (4, 2), offset=5),
        single=files.tensor("Float", "7", 12, (), (), offset=11),
        empty=files.tensor("Float", "7", 12, (0, 3), (3, 1)),
        stretched=files.tensor("Float", "7", 12, (5,), (0,), offset=2),
    )
    for data in both(body, {"7": values.tobytes()}):
        found = read(tmp_path, data)
        grid = values.reshape(3, 4)
        assert list(found) == ["whole", "turned", "corner", "single", "empty", "stretched"]
        np.testing.assert_array_equal(found["whole"], grid)
        np.testing.assert_array_equal(found["turned"], grid.T)
        np.testing.assert_array_equal(found["corner"], [[5, 7], [9, 11]])
        assert found["single"].shape == () and found["single"] == 11
        assert found["empty"].shape == (0, 3)
        assert found["stretched"].tolist() == [2] * 5
        assert all(a.dtype == np.float32 and not a.flags.writeable for a in found.values())


@pytest.mark.parametrize(
    ("kind", "stored", "values"),
    [
        ("Double", "<f8", [1.5, -2]),
        ("Half", "<f2", [0.5, -65504]),
        ("Long", "<i8", [2**40, -1]),
        ("Int", "<i4", [2**20, -1]),
        ("Short", "<i2", [300, -1]),
        ("Char", "<i1", [127, -128]),
        ("Byte", "<u1", [255, 0]),
        ("Bool", "?", [True, False]),
    ],
)
def test_element_types(tmp_path, kind, stored, values):
    values = np.array(values, stored)
    body = files.mapping(x=files.tensor(kind, "k", 2, (2,), (1,)))
    for data in both(body, {"k": values.tobytes()}, k=values.itemsize):
        found = read(tmp_path, data)["x"]
        assert found.dtype == values.dtype and found.tolist() == values.tolist()


def test_bfloat16_becomes_the_float32_of_the_same_value(tmp_path):
    raw = struct.pack("<3H", 0x3FC0, 0xC000, 0x7F80)
    body = files.mapping(x=files.tensor("BFloat16", "k", 3, (3,), (1,)))
    for data in both(body, {"k": raw}, k=2):
        found = read(tmp_path, data)["x"]
        assert found.dtype == np.float32 and found.tolist() == [1.5, -2.0, np.inf]


def test_a_big_endian_archive_is_swapped(tmp_path):
    body = files.mapping(x=files.tensor("Float", "k", 2, (2,), (1,)))
    data = files.zip_file(body, {"k": np.array([1.5, 3], ">f4").tobytes()}, byteorder="big")
    assert read(tmp_path, data)["x"].tolist() == [1.5, 3]
    data = files.zip_file(body, {"k": bytes(8)}, byteorder="odd")
    with pytest.raises(WeightsError, match="neither little nor big"):
        read(tmp_path, data)


def test_an_old_view_is_a_part_of_its_storage(tmp_path):
    view = files.sequence(files.text("v"), files.number(2), files.number(3))
    body = files.call(
        files.name("torch._utils", "_rebuild_tensor"),
        files.storage("Float", "k", 6, view),
        files.number(1),
        files.sequence(files.number(2)),
        files.sequence(files.number(1)),
    )
    data = files.old_file(body, {"k": np.arange(6, dtype="<f4").tobytes()})
    assert read(tmp_path, data).tolist() == [3, 4]


def test_what_python_2_wrote(tmp_path):
    # An OrderedDict of Python 2 carries its items in the call, a str is a byte string, and
    # a NumPy scalar is a dtype and its bytes.
    pair = b"](" + b"U\x04arch" + b"U\x08LightCNN" + b"e"
    ordered = files.call(files.name("collections", "OrderedDict"), b"](" + pair + b"e")
    kind = files.call(files.name("numpy", "dtype"), b"U\x02f8", b"K\x00", b"K\x01")
    kind += files.sequence(b"K\x03", b"U\x01<", b"N", b"N", b"N") + b"b"
    eight = struct.pack("<d", 98.5)
    scalar = files.call(files.name("numpy.core.multiarray", "scalar"), kind, b"U\x08" + eight)
    for data in both(files.mapping(a=ordered, prec1=scalar, epoch=b"K\x50"), {}):
        assert read(tmp_path, data) == {"a": {"arch": "LightCNN"}, "prec1": 98.5, "epoch": 80}


def test_no_torch_is_imported(tmp_path):
    data = files.zip_file(
        files.mapping(x=files.tensor("Float", "k", 1, (1,), (1,))), {"k": bytes(4)}
    )
    read(tmp_path, data)
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['keras'] = None\n"
        "from face2param.weights import torch_checkpoint\n"
        f"print(torch_checkpoint.read({str(tmp_path / 'checkpoint.pth.tar')!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "{'x': array([0.]" in done.stdout


def test_other_files_are_refused_by_name(tmp_path):
    cases = {
        b"": "is empty",
        b"<!DOCTYPE html><html>": "is a web page",
        bytes(257) + b"ustar" + bytes(300): "is a tar archive",
        b"\x89HDF\r\n\x1a\n" + bytes(9): "HDF5",
        b"hello world": "no PyTorch checkpoint; it begins with 68 65",
        b"\x80\x02K\x05.\x80\x02K\x05.\x80\x02K\x05.": "none that torch",
    }
    for data, message in cases.items():
        with pytest.raises(WeightsError, match=message):
            read(tmp_path, data)
    with pytest.raises(WeightsError, match=r"cannot read .*No such file"):
        torch_checkpoint.read(tmp_path / "missing.pth")
    with pytest.raises(WeightsError, match="limit_bytes allows 10"):
        read(tmp_path, bytes(11), limit_bytes=10)
    with pytest.raises(WeightsError, match="whole module with its source code"):
        module = files.sequence(files.text("module"), b"N", files.text("a.py"), files.text("x"))
        read(tmp_path, files.old_file(module + b"Q", {}))


def test_zip_archives_of_others_are_refused(tmp_path):
    path = tmp_path / "checkpoint.pth.tar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "x")
    with pytest.raises(WeightsError, match="none that torch"):
        torch_checkpoint.read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", "x")
        archive.writestr("m/constants.pkl", "x")
    with pytest.raises(WeightsError, match="TorchScript"):
        torch_checkpoint.read(path)


@pytest.mark.parametrize("modern", [True, False], ids=["zip", "old"])
def test_equals_what_torch_saved(tmp_path, modern):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.manual_seed(0)
    base = torch.randn(6, 8)
    state = collections.OrderedDict(
        ("module." + key, value)
        for key, value in {
            "whole": base,
            "rows": base[1:4],
            "turned": base.T,
            "strided": base[::2, 1::3],
            "half": base.half(),
            "bfloat16": base.bfloat16()[2:, 3:],
            "double": base.double(),
            "bool": base > 0,
            "long": torch.arange(5)[1:],
            "byte": torch.arange(5, dtype=torch.uint8),
            "unsigned": torch.arange(5).to(torch.uint16),
            "empty": torch.zeros(0, 3),
            "scalar": torch.tensor(2.5),
            "expanded": torch.ones(1).expand(3),
            "parameter": torch.nn.Parameter(base[0]),
        }.items()
    )
    state._metadata = {"": {"version": 1}}
    network = torch.nn.DataParallel(
        torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    )
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    sum(p.sum() for p in network.parameters()).backward()
    optimizer.step()
    checkpoint = {
        "epoch": 12,
        "arch": "LightCNN-29v2",
        "prec1": np.float64(97.25),
        "best": torch.tensor(3.0),
        "state_dict": state,
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "size": torch.Size([1, 2]),
        "seen": {1, 2},
        "nested": [(1, "a"), None, b"raw"],
    }
    path = tmp_path / "x.pth"
    torch.save(checkpoint, path, _use_new_zipfile_serialization=modern)
    found = torch_checkpoint.read(path)
    assert {k: found[k] for k in ("epoch", "arch", "prec1", "best", "size", "seen", "nested")} == {
        **{"epoch": 12, "arch": "LightCNN-29v2", "prec1": 97.25, "best": 3.0},
        **{"size": (1, 2), "seen": {1, 2}, "nested": [(1, "a"), None, b"raw"]},
    }
    for part in ("state_dict", "network"):
        assert list(found[part]) == list(checkpoint[part])
        for key, value in checkpoint[part].items():
            widened = value.float() if value.dtype == torch.bfloat16 else value
            expected = widened.detach().numpy()
            assert found[part][key].dtype == expected.dtype, key
            np.testing.assert_array_equal(found[part][key], expected, err_msg=key)
    momentum = found["optimizer"]["state"][0]["momentum_buffer"]
    np.testing.assert_array_equal(
        momentum, optimizer.state_dict()["state"][0]["momentum_buffer"].numpy()
    )


def test_a_whole_module_that_torch_saved_is_refused(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    path = tmp_path / "x.pth"
    torch.save(torch.nn.Linear(2, 2), path)
    with pytest.raises(WeightsError, match=r"names 'torch.nn.modules.linear.Linear'.*state_dict"):
        torch_checkpoint.read(path)
