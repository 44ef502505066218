"""Shrinks GLB files that our writer made: 16 bits for lengths, 8 for colours and weights.

KHR_mesh_quantization, which needs no decoder. Lengths are metres within +-1, so a step is 0.03 mm;
morphs of a head lie below that only where nobody sees them.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping

import numpy as np

from face2param.errors import EngineError

_MAGIC, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT, _SHORT, _UNSIGNED_BYTE, _UNSIGNED_SHORT = 5126, 5122, 5121, 5123
_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
# What an attribute becomes: component type and the number that stands for 1.
_TARGETS = {
    "POSITION": (_SHORT, 32767.0),
    "NORMAL": (_SHORT, 32767.0),
    "TANGENT": (_SHORT, 32767.0),
    "COLOR_0": (_UNSIGNED_BYTE, 255.0),
    "WEIGHTS_0": (_UNSIGNED_BYTE, 255.0),
    "TEXCOORD_0": (_UNSIGNED_SHORT, 65535.0),
}


def shrink(data: bytes) -> bytes:
    """Quantises a GLB file of `meshes.gltf.write_gltf`.

    Args:
      data: the file; every length in it lies within +-1, its matrices stay as they are.

    Returns:
      The smaller file.

    Raises:
      EngineError: no GLB file, or a length lies outside.
    """
    document, binary = _read(data)
    views = [_bytes(view, binary) for view in document["bufferViews"]]
    for index, name in _attributes(document).items():
        accessor = document["accessors"][index]
        kind, one = _TARGETS[name]
        if accessor["componentType"] != _FLOAT:
            continue
        if "bufferView" in accessor:
            values = _values(accessor, views[accessor["bufferView"]])
            if name == "TEXCOORD_0" and (values.min() < 0 or values.max() > 1):
                continue  # repeats
            quantised = _quantise(values, kind, one, name)
            views[accessor["bufferView"]] = _aligned(quantised)
            view = document["bufferViews"][accessor["bufferView"]]
            view.pop("byteStride", None)
            if quantised.dtype.itemsize * quantised.shape[1] % 4:
                view["byteStride"] = _stride(quantised)
            _bounds(accessor, quantised, name)
        sparse = accessor.get("sparse")
        if sparse:
            at = sparse["values"]
            rows = np.frombuffer(views[at["bufferView"]], "<f4").reshape(sparse["count"], -1)
            quantised = _quantise(rows, kind, one, name)
            views[at["bufferView"]] = quantised.tobytes()
            if "bufferView" not in accessor:
                _bounds(accessor, np.concatenate([quantised, 0 * quantised[:1]]), name)
        accessor["componentType"], accessor["normalized"] = kind, True
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            _tidy_joints(document, views, primitive["attributes"])
            _short_indices(document, views, primitive["indices"])
    extension = "KHR_mesh_quantization"
    for key in ("extensionsUsed", "extensionsRequired"):
        document[key] = sorted({*document.get(key, []), extension})
    return _write(document, views)


def _tidy_joints(document: dict, views: list[bytes], attributes: Mapping) -> None:
    """Bones in one byte; those whose weight became 0 are named 0."""
    joints = document["accessors"][attributes.get("JOINTS_0", 0)]
    if "JOINTS_0" not in attributes:
        return
    weights = document["accessors"][attributes["WEIGHTS_0"]]
    used = np.frombuffer(views[weights["bufferView"]], "u1").reshape(-1, 4) > 0
    kind = _TYPES[joints["componentType"]]
    names = np.frombuffer(views[joints["bufferView"]], kind).reshape(-1, 4)
    if names.max() > 255:
        return
    views[joints["bufferView"]] = np.where(used, names, 0).astype("u1").tobytes()
    joints["componentType"] = _UNSIGNED_BYTE
    document["bufferViews"][joints["bufferView"]].pop("byteStride", None)


def _short_indices(document: dict, views: list[bytes], index: int) -> None:
    accessor = document["accessors"][index]
    if _TYPES[accessor["componentType"]] != "<u4":
        return
    values = np.frombuffer(views[accessor["bufferView"]], "<u4")
    if values.max(initial=0) < 65535:
        views[accessor["bufferView"]] = values.astype("<u2").tobytes()
        accessor["componentType"] = _UNSIGNED_SHORT


def _read(data: bytes) -> tuple[dict, bytes]:
    if len(data) < 20 or struct.unpack_from("<I", data)[0] != _MAGIC:
        raise EngineError("shrink: this is no GLB file")
    length, kind = struct.unpack_from("<II", data, 12)
    start = 20 + length
    if kind != _JSON or struct.unpack_from("<I", data, start + 4)[0] != _BINARY:
        raise EngineError("shrink: the GLB file does not hold JSON and one binary chunk")
    size = struct.unpack_from("<I", data, start)[0]
    return json.loads(data[20:start]), data[start + 8 : start + 8 + size]


def _bytes(view: Mapping, binary: bytes) -> bytes:
    start = view.get("byteOffset", 0)
    return binary[start : start + view["byteLength"]]


def _attributes(document: dict) -> dict[int, str]:
    """Accessor -> attribute, of all that can be made smaller."""
    out = {}
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            for attributes in (primitive["attributes"], *primitive.get("targets", [])):
                for name, index in attributes.items():
                    if name in _TARGETS:
                        out[index] = name
    return out


def _values(accessor: Mapping, view: bytes) -> np.ndarray:
    width = _WIDTH[accessor["type"]]
    return np.frombuffer(view, "<f4").reshape(accessor["count"], width)


def _quantise(values: np.ndarray, kind: int, one: float, name: str) -> np.ndarray:
    if np.abs(values).max(initial=0) > 1 + 1e-6:
        raise EngineError(
            f"shrink: a {name} is {np.abs(values).max():g}; it must lie in [-1, 1], in metres"
        )
    scaled = np.round(values * one)
    if name == "WEIGHTS_0":
        # They must add up to 255 exactly: the largest takes the rest.
        rows = np.arange(len(scaled))
        scaled[rows, scaled.argmax(1)] += one - scaled.sum(1)
    return scaled.astype(_TYPES[kind])


def _stride(values: np.ndarray) -> int:
    return -(-values.dtype.itemsize * values.shape[1] // 4) * 4


def _aligned(values: np.ndarray) -> bytes:
    """Rows that begin at multiples of four bytes, as vertex attributes must."""
    stride = _stride(values)
    rows = values.reshape(len(values), -1).view("u1").reshape(len(values), -1)
    return np.pad(rows, ((0, 0), (0, stride - rows.shape[1]))).tobytes()


def _bounds(accessor: dict, values: np.ndarray, name: str) -> None:
    if name == "POSITION":
        accessor["min"] = values.min(0).tolist()
        accessor["max"] = values.max(0).tolist()


def _write(document: dict, views: list[bytes]) -> bytes:
    binary = bytearray()
    for view, data in zip(document["bufferViews"], views, strict=True):
        binary += b"\0" * (-len(binary) % 4)
        view["byteOffset"], view["byteLength"] = len(binary), len(data)
        binary += data
    binary += b"\0" * (-len(binary) % 4)
    document["buffers"][0]["byteLength"] = len(binary)
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        [
            struct.pack("<III", _MAGIC, 2, total),
            struct.pack("<II", len(text), _JSON),
            text,
            struct.pack("<II", len(binary), _BINARY),
            bytes(binary),
        ]
    )
