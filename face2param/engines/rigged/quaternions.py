"""Quaternions x, y, z, w as tuples of floats: few at a time, so without arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

Quaternion = tuple[float, float, float, float]
IDENTITY: Quaternion = (0.0, 0.0, 0.0, 1.0)


def multiply(a: Sequence[float], b: Sequence[float]) -> Quaternion:
    """The product: turns by b first, then by a."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def inverse(a: Sequence[float]) -> Quaternion:
    """Of a unit quaternion."""
    return (-a[0], -a[1], -a[2], a[3])


def normalise(a: Sequence[float]) -> Quaternion:
    """Length 1; no turn where the length is 0."""
    length = math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2] + a[3] * a[3])
    if length < 1e-12:
        return IDENTITY
    return (a[0] / length, a[1] / length, a[2] / length, a[3] / length)


def lerp(a: Sequence[float], b: Sequence[float], t: float) -> Quaternion:
    """Unity's Quaternion.Lerp: linear on the shorter way, then normalised.

    The angle does not grow quite evenly with t: towards 60 degrees it lags or leads by 0.3.
    """
    sign = 1.0 if a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] >= 0 else -1.0
    return normalise([p + t * (sign * q - p) for p, q in zip(a, b, strict=True)])


def about(axis: Sequence[float], angle: float) -> Quaternion:
    """The turn by `angle` radians about a unit axis, counter-clockwise seen from its tip."""
    sine = math.sin(angle / 2)
    return (axis[0] * sine, axis[1] * sine, axis[2] * sine, math.cos(angle / 2))


def turn(a: Sequence[float], point: Sequence[float]) -> tuple[float, float, float]:
    """The point turned by a unit quaternion."""
    x, y, z, _ = multiply(multiply(a, (*point, 0.0)), inverse(a))
    return (x, y, z)
