"""glTF files put together by hand, right or wrong in whatever way a test needs."""

import base64
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from face2param.meshes.gltf import Model, read_gltf
from face2param.meshes.gltf.formats import COMPONENTS
from face2param.meshes.gltf.writer import container

CODES = {kind: code for code, kind in COMPONENTS.items()}
TYPES = {0: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)


class Builder:
    """A document in the making: one node, one mesh, one primitive to begin with."""

    def __init__(self, vertices: np.ndarray = TRIANGLE, indices: Any = (0, 1, 2)):
        self.data = bytearray()
        self.document: dict = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "accessors": [],
            "bufferViews": [],
        }
        self.primitive: dict = {"attributes": {"POSITION": self.accessor(vertices)}}
        if indices is not None:
            self.primitive["indices"] = self.accessor(np.array(indices, np.uint16))
        self.document["meshes"] = [{"primitives": [self.primitive]}]

    def view(self, data: bytes, **more: Any) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        place = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        self.data += data
        return self.add("bufferViews", place | more)

    def accessor(self, values: np.ndarray, **more: Any) -> int:
        values = np.ascontiguousarray(values)
        return self.add(
            "accessors",
            {
                "bufferView": self.view(values.tobytes()),
                "componentType": CODES[values.dtype],
                "count": len(values),
                "type": TYPES[values[0].size if values.ndim > 1 else 0],
            }
            | more,
        )

    def add(self, kind: str, item: dict) -> int:
        self.document.setdefault(kind, []).append(item)
        return len(self.document[kind]) - 1

    def attribute(self, name: str, values: np.ndarray, **more: Any) -> None:
        self.primitive["attributes"][name] = self.accessor(values, **more)

    def texture(self, picture: bytes, **more: Any) -> int:
        image = self.add("images", {"bufferView": self.view(picture), "mimeType": "image/png"})
        return self.add("textures", {"source": image} | more)

    def material(self, **more: Any) -> int:
        index = self.add("materials", more)
        self.primitive["material"] = index
        return index

    def finished(self) -> dict:
        if self.data:
            self.document["buffers"] = [{"byteLength": len(self.data)}]
        return self.document

    def read(self, folder: Path, **options: Any) -> Model:
        path = folder / "built.glb"
        path.write_bytes(container(self.finished(), bytes(self.data)))
        return read_gltf(path, **options)


def png(pixels: np.ndarray, form: str = "png", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


def data_uri(data: bytes, mime: str = "application/octet-stream") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def chunks(*parts: tuple[bytes, bytes], version: int = 2, length: int | None = None) -> bytes:
    body = b"".join(struct.pack("<I4s", len(data), kind) + data for kind, data in parts)
    return struct.pack("<4sII", b"glTF", version, length or 12 + len(body)) + body
