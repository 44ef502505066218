"""Reads the network files of dlib's deep-learning module (`.dat`) without dlib.

Enough of the format for `dlib_face_recognition_resnet_model_v1.dat` and files of the same
layers. The file comes from outside, so every length is checked against the bytes that are
left before memory is taken, and nothing in it can name code.

Format (dlib 19 and 20): an integer is one control byte (low four bits: number of bytes,
0x80: negative) and that many little-endian bytes; a float is two integers, mantissa and
binary exponent; a tensor is the version 2, four sizes and raw little-endian float32.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from face2param.errors import WeightsError

_LARGEST_FILE = 512 * 1024 * 1024
_LONGEST_NAME = 256
_DEEPEST_NESTING = 4096
_SPECIAL_FLOATS = {32000: float("inf"), 32001: float("-inf"), 32002: float("nan")}


@dataclasses.dataclass(frozen=True)
class DlibLayer:
    """One layer of the file, in forward order.

    Attributes:
      kind: `convolution`, `affine`, `max_pool`, `average_pool`, `dense`, `relu`, `add`.
      kernel, stride, padding: (rows, columns) where the kind has them.
      weights: convolution `[out, in, height, width]`, dense `[in, out]`, affine's gamma
        `[channels]`; else None.
      bias: convolution `[out]`, affine's beta `[channels]`; else None.
    """

    kind: str
    kernel: tuple[int, int] = (0, 0)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class DlibNetworkFile:
    """What a network file holds.

    Attributes:
      threshold: distance below which dlib calls two faces the same person.
      mean: RGB mean of 0..255 pictures that the network subtracts.
      size: (height, width) of the input.
      layers: forward order, without dlib's tag and skip wrappers.
    """

    threshold: float
    mean: tuple[float, float, float]
    size: tuple[int, int]
    layers: tuple[DlibLayer, ...]


def read_network(path: str | Path) -> DlibNetworkFile:
    """Reads a dlib network with the `loss_metric` top.

    Args:
      path: the `.dat` file.

    Returns:
      Its layers, with arrays that own their memory.

    Raises:
      WeightsError: the file is missing, too large, cut short, has bytes left over, or holds
        a layer that this reader does not know; the byte offset is named.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise WeightsError(f"{path}: {size} bytes is more than a dlib network can have")
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error})") from error
    return parse_network(data, str(path))


def parse_network(data: bytes, source: str = "data") -> DlibNetworkFile:
    """Parses the bytes of a network file; see `read_network`."""
    reader = _Reader(data, source)
    reader.expect(1, "file version")
    loss = reader.text()
    if not loss.startswith("loss_metric"):
        reader.fail(f"the network ends with {loss!r}; loss_metric expected")
    reader.number()  # margin of the training loss
    threshold = reader.number()
    nesting = _read_nesting(reader)
    name = reader.text()
    if name != "input_rgb_image_sized":
        reader.fail(f"the input layer is {name!r}; input_rgb_image_sized expected")
    mean = tuple(reader.number() for _ in range(3))
    size = (reader.integer(), reader.integer())
    if not all(1 <= n <= 4096 for n in size):
        reader.fail(f"the input size is {size}")
    layers = []
    for wrapper in reversed(nesting):  # outermost first in the file, innermost runs first
        if wrapper == 1:
            continue
        layers.append(_read_layer(reader))
        for _ in range(3):
            reader.flag()
        for _ in range(3):  # x_grad, cached_output, params_grad: empty in a saved network
            reader.tensor()
        if wrapper == 3:
            reader.integer()  # sample expansion factor
    if reader.left:
        reader.fail(f"{reader.left} bytes are left over")
    return DlibNetworkFile(threshold, mean, size, tuple(layers))


def _read_nesting(reader: _Reader) -> list[int]:
    """The wrappers, outermost first: 1 tag or skip, 2 layer, 3 the layer over the input."""
    nesting = []
    while not nesting or nesting[-1] != 3:
        version = reader.integer()
        if version not in (1, 2, 3):
            reader.fail(f"{version} is no known layer wrapper")
        nesting.append(version)
        if len(nesting) > _DEEPEST_NESTING:
            reader.fail(f"more than {_DEEPEST_NESTING} nested layers")
    return nesting


def _read_layer(reader: _Reader) -> DlibLayer:
    kind = reader.text()
    if kind == "con_4":
        return _read_convolution(reader)
    if kind == "affine_":
        values = reader.tensor().ravel()
        gamma, beta = reader.alias(), reader.alias()
        reader.integer()  # convolutional or dense mode
        first, second = _cut(reader, values, gamma, beta)
        return DlibLayer("affine", weights=first.ravel(), bias=second.ravel())
    if kind in ("max_pool_2", "avg_pool_2"):
        n = [reader.integer() for _ in range(6)]
        name = "max_pool" if kind == "max_pool_2" else "average_pool"
        return DlibLayer(name, (n[0], n[1]), (n[2], n[3]), (n[4], n[5]))
    if kind == "fc_2":
        outputs, inputs = reader.integer(), reader.integer()
        values = reader.tensor()
        reader.alias(), reader.alias()
        if reader.integer() != 1:
            reader.fail("a dense layer with bias is not supported")
        for _ in range(4):
            reader.number()
        if values.size != inputs * outputs:
            reader.fail(f"a dense layer {inputs} -> {outputs} has {values.size} weights")
        return DlibLayer("dense", weights=values.reshape(inputs, outputs))
    if kind in ("relu_", "add_prev_"):
        return DlibLayer("relu" if kind == "relu_" else "add")
    return reader.fail(f"{kind!r} is no known layer")


def _read_convolution(reader: _Reader) -> DlibLayer:
    values = reader.tensor().ravel()
    _, *n = [reader.integer() for _ in range(7)]  # filters, kernel, stride, padding
    filters, biases = reader.alias(), reader.alias()
    for _ in range(4):  # learning-rate and weight-decay multipliers
        reader.number()
    weights, bias = _cut(reader, values, filters, biases)
    if weights.shape[2:] != (n[0], n[1]):
        reader.fail(f"a convolution {n[0]}x{n[1]} has weights {weights.shape}")
    return DlibLayer("convolution", (n[0], n[1]), (n[2], n[3]), (n[4], n[5]), weights, bias.ravel())


def _cut(reader: _Reader, values: np.ndarray, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    sizes = [int(np.prod(shape)) for shape in shapes]
    if sum(sizes) != values.size:
        reader.fail(f"{values.size} parameters for shapes {shapes}")
    pieces = np.split(values, np.cumsum(sizes)[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


class _Reader:
    """A cursor over the bytes that never reads past their end."""

    def __init__(self, data: bytes, source: str):
        self._data, self._at, self._source = data, 0, source

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def fail(self, problem: str):
        raise WeightsError(
            f"{self._source}: {problem} (byte {self._at} of {len(self._data)}); this is not "
            "dlib's face recognition network or the file is damaged: install it again"
        )

    def take(self, count: int) -> bytes:
        if count > self.left:
            self.fail(f"{count} bytes are promised and {self.left} are left")
        self._at += count
        return self._data[self._at - count : self._at]

    def integer(self) -> int:
        control = self.take(1)[0]
        count = control & 0x0F
        if count > 8 or control & 0x70:
            self.fail(f"0x{control:02x} does not start an integer")
        value = int.from_bytes(self.take(count), "little")
        return -value if control & 0x80 else value

    def expect(self, value: int, what: str) -> None:
        found = self.integer()
        if found != value:
            self.fail(f"{what} is {found}, {value} expected")

    def number(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if exponent in _SPECIAL_FLOATS:
            return _SPECIAL_FLOATS[exponent]
        if not -2000 < exponent < 960:
            self.fail(f"a float has the exponent {exponent}")
        return float(mantissa) * 2.0**exponent

    def text(self) -> str:
        count = self.integer()
        if not 0 <= count <= _LONGEST_NAME:
            self.fail(f"a name of {count} characters")
        return self.take(count).decode("latin1")

    def flag(self) -> bool:
        value = self.take(1)
        if value not in (b"0", b"1"):
            self.fail(f"{value!r} is no boolean")
        return value == b"1"

    def _shape(self) -> tuple[int, int, int, int]:
        shape = tuple(self.integer() for _ in range(4))
        if any(n < 0 for n in shape):
            self.fail(f"a tensor of shape {shape}")
        return shape

    def tensor(self) -> np.ndarray:
        self.expect(2, "tensor version")
        shape = self._shape()
        count = shape[0] * shape[1] * shape[2] * shape[3]  # Python integers do not overflow
        return np.frombuffer(self.take(4 * count), "<f4").reshape(shape).astype(np.float32)

    def alias(self) -> tuple[int, int, int, int]:
        self.expect(1, "alias version")
        return self._shape()
