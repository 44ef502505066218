"""Writes small networks in dlib's format, so that the reader is tested without dlib."""

import numpy as np


def integer(value: int) -> bytes:
    count = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([count | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(count, "little")


def number(value: float) -> bytes:
    mantissa, exponent = np.frexp(value)
    return integer(int(mantissa * 2**53)) + integer(int(exponent) - 53)


def text(value: str) -> bytes:
    return integer(len(value)) + value.encode("latin1")


def shape(*sizes: int) -> bytes:
    return b"".join(integer(n) for n in sizes)


def tensor(array) -> bytes:
    array = np.asarray(array, "<f4")
    sizes = array.shape + (1,) * (4 - array.ndim)
    return integer(2) + shape(*sizes) + array.tobytes()


def alias(*sizes: int) -> bytes:
    return integer(1) + shape(*sizes)


EMPTY = integer(2) + shape(0, 0, 0, 0)


def layer(details: bytes, bottom: bool = False) -> bytes:
    return details + b"000" + 3 * EMPTY + (integer(1) if bottom else b"")


def convolution(weights, bias, stride=1, padding=0) -> bytes:
    out, _, rows, columns = weights.shape
    values = np.concatenate([weights.ravel(), bias])
    details = text("con_4") + tensor(values) + shape(out, rows, columns, stride, stride)
    details += shape(padding, padding) + alias(*weights.shape) + alias(1, out, 1, 1)
    return details + 4 * number(1.0)


def affine(gamma, beta) -> bytes:
    n = len(gamma)
    details = text("affine_") + tensor(np.concatenate([gamma, beta]))
    return details + alias(1, n, 1, 1) + alias(1, n, 1, 1) + integer(0)


def pool(kind: str, size: int, stride: int) -> bytes:
    return text(kind) + shape(size, size, stride, stride, 0, 0)


def dense(weights) -> bytes:
    inputs, outputs = weights.shape
    details = text("fc_2") + shape(outputs, inputs) + tensor(weights)
    return details + alias(inputs, outputs, 1, 1) + alias(0, 0, 0, 0) + integer(1) + 4 * number(1.0)


def tiny_network(rng, size: int = 15) -> tuple[bytes, dict]:
    """A stem, one residual block that halves the size, and a descriptor of 3 numbers."""
    w = {
        "stem": rng.standard_normal((2, 3, 3, 3)),
        "first": rng.standard_normal((4, 2, 3, 3)),
        "second": rng.standard_normal((4, 4, 3, 3)),
        "dense": rng.standard_normal((4, 3)),
    }
    w = {name: value.astype(np.float32) for name, value in w.items()}
    scale = {n: rng.random(n).astype(np.float32) + 0.5 for n in (2, 4)}
    zeros = {n: np.zeros(n, np.float32) for n in (2, 4)}
    forward = [
        layer(convolution(w["stem"], zeros[2], stride=2), bottom=True),
        layer(affine(scale[2], zeros[2])),
        layer(text("relu_")),
        layer(pool("max_pool_2", 3, 2)),
        layer(convolution(w["first"], zeros[4], stride=2)),
        layer(affine(scale[4], zeros[4])),
        layer(text("relu_")),
        layer(convolution(w["second"], zeros[4], padding=1)),
        layer(affine(scale[4], zeros[4])),
        layer(pool("avg_pool_2", 2, 2)),
        layer(text("add_prev_")),
        layer(text("relu_")),
        layer(pool("avg_pool_2", 0, 1)),
        layer(dense(w["dense"])),
    ]
    head = integer(1) + text("loss_metric_2") + number(0.04) + number(0.5)
    nesting = integer(2) * (len(forward) - 1) + integer(1) + integer(3)
    picture = text("input_rgb_image_sized") + number(1.0) + number(2.0) + number(3.0)
    picture += shape(size, size)
    return head + nesting + picture + b"".join(forward), {"weights": w, "scale": scale}
