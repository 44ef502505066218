"""Writes PyTorch checkpoints byte by byte, so that tests need no PyTorch and can lie."""

import io
import math
import pickle
import struct
import zipfile

MAGIC = 0x1950A86A20F9469CFC6C


def text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", value)


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def sequence(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + sequence(*arguments) + b"R"


def storage(kind: str, key: str, count: int, *view: bytes) -> bytes:
    kind = name("torch", f"{kind}Storage")
    return sequence(text("storage"), kind, text(key), text("cpu"), number(count), *view) + b"Q"


def tensor(kind: str, key: str, count: int, shape, strides, offset: int = 0) -> bytes:
    return call(
        name("torch._utils", "_rebuild_tensor_v2"),
        storage(kind, key, count),
        number(offset),
        sequence(*map(number, shape)),
        sequence(*map(number, strides)),
        b"\x89",
        call(name("collections", "OrderedDict")),
    )


def mapping(**items: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def program(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def old_file(body: bytes, storages: dict[str, bytes], item_sizes: dict[str, int] | None = None):
    """The serialisation before 1.6; elements have 4 bytes unless told."""
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    parts = [pickle.dumps(value, 2) for value in (MAGIC, 1001, system)]
    parts += [program(body), pickle.dumps(list(storages), 2)]
    for key, data in storages.items():
        size = (item_sizes or {}).get(key, 4)
        parts += [struct.pack("<q", len(data) // size), data]
    return b"".join(parts)


def zip_file(
    body: bytes,
    storages: dict[str, bytes],
    method: int = zipfile.ZIP_STORED,
    byteorder: str | None = "little",
):
    """The serialisation since 1.6."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("archive/data.pkl", program(body))
        if byteorder is not None:
            archive.writestr("archive/byteorder", byteorder)
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", data)
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


def state_dict(state: dict) -> tuple[bytes, dict[str, bytes]]:
    """Pickle body and storages of float32 arrays by key."""
    body = b"}("
    storages = {}
    for index, (key, array) in enumerate(state.items()):
        strides = [math.prod(array.shape[axis + 1 :]) for axis in range(array.ndim)]
        body += text(key) + tensor("Float", str(index), array.size, array.shape, strides)
        storages[str(index)] = array.astype("<f4").tobytes()
    return body + b"u", storages
