"""Buffer views packed with EXT_meshopt_compression, unpacked by an optional package."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from face2param.errors import CodecError
from face2param.meshes.gltf.container import Budget
from face2param.meshes.gltf.document import Item

NAMES = ("EXT_meshopt_compression", "KHR_meshopt_compression")
"""The extension and its later name; what they share is read."""

MISSING = (
    'is packed with meshopt compression; pip install "face2param[meshopt]" reads it, '
    "or export the model without compression"
)

_FILTERS = {"OCTAHEDRAL": (4, 8), "QUATERNION": (8,), "EXPONENTIAL": tuple(range(4, 257, 4))}


def available() -> bool:
    """Whether the package is installed."""
    try:
        import meshoptimizer  # noqa: F401
    except ImportError:
        return False
    return True


def unpack(
    item: Item, span: Callable[[Item], memoryview], budget: Budget
) -> tuple[memoryview, int]:
    """Unpacks one buffer view.

    Args:
      item: the extension's JSON.
      span: gives the packed bytes that it names.
      budget: pays for the unpacked ones.

    Returns:
      The bytes and their stride.

    Raises:
      CodecError: the package is missing, or the data or its description is damaged.
    """
    mode = item.text("mode")
    stride, count = item.integer("byteStride", None, 1, 256), item.integer("count", lowest=1)
    kind = item.text("filter", "NONE")
    # The C code behind the package takes these for granted and would end the process.
    allowed = (2, 4) if mode in ("TRIANGLES", "INDICES") else tuple(range(4, 257, 4))
    if mode not in ("ATTRIBUTES", "TRIANGLES", "INDICES"):
        item.fail(f"must be ATTRIBUTES, TRIANGLES or INDICES, got {mode[:20]!r}", "mode")
    if stride not in allowed:
        item.fail(f"does not fit mode {mode}, got {stride}", "byteStride")
    if mode == "TRIANGLES" and count % 3:
        item.fail(f"must be a multiple of 3 for triangles, got {count}", "count")
    if kind != "NONE" and (mode != "ATTRIBUTES" or stride not in _FILTERS.get(kind, ())):
        item.fail(f"{kind[:20]!r} is not known for mode {mode}, stride {stride}", "filter")
    budget.take(2 * count * max(stride, 4))
    data = np.frombuffer(span(item), np.uint8)
    if not available():
        raise CodecError(f"{item.file} {MISSING}")
    from meshoptimizer import decoder

    try:
        if mode == "ATTRIBUTES":
            rows = np.dtype((np.uint8, (stride,)))
            values = decoder.decode_vertex_buffer(count, stride, data, rows)
        else:
            decode = decoder.decode_index_buffer if mode == "TRIANGLES" else None
            decode = decode or decoder.decode_index_sequence
            values = decode(count, 4, data).astype(f"<u{stride}")
        if kind != "NONE":
            values = _FILTER_CALLS[kind](decoder)(values, count, stride)
    except (RuntimeError, ValueError) as error:
        item.fail(f"holds damaged data: {error}")
    return memoryview(np.ascontiguousarray(values).tobytes()), stride


_FILTER_CALLS = {
    "OCTAHEDRAL": lambda decoder: decoder.decode_filter_oct,
    "QUATERNION": lambda decoder: decoder.decode_filter_quat,
    "EXPONENTIAL": lambda decoder: decoder.decode_filter_exp,
}
