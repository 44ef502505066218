"""Whether coefficients belong to a face model: a few numbers of each of its bases.

A basis computed anew on another machine may come out with another sign or in another order, and
coefficients would then mean something else although every width fits. So networks keep, beside
their weights, the product of every basis vector with one fixed pattern.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from face2param.errors import WeightsError

BASES = ("identity", "expression", "albedo")
_TOLERANCE = 0.03
"""Of the size that such a product has: wide enough for half precision, not for another basis."""


def fingerprint(model) -> dict[str, list[float]]:
    """Products of each basis vector with a fixed pattern of random signs.

    Args:
      model: `morphable.model.FaceModel`.

    Returns:
      Basis -> as many numbers as it has vectors, in units of their length; about N(0, 1).
    """
    count = np.asarray(model.mean).size
    pattern = np.random.default_rng(2019).choice([-1.0, 1.0], count)
    found = {}
    for name in BASES:
        basis = np.asarray(getattr(model, name), np.float64).reshape(-1, count)
        length = np.maximum(np.linalg.norm(basis, axis=1), 1e-12)
        found[name] = [round(float(value), 3) for value in basis @ pattern / length]
    return found


def check(kept: Mapping[str, Sequence[float]], name: str, model, what: str) -> None:
    """Compares what was kept with a face model.

    Args:
      kept: of `fingerprint`, of the face model that the weights were trained with.
      name: of that face model, for the message.
      model: that they shall be used with.
      what: the weights, for the message.

    Raises:
      WeightsError: another number of coefficients, or other basis vectors.
    """
    now = fingerprint(model)
    for basis in BASES:
        expected, found = np.asarray(kept[basis], float), np.asarray(now[basis], float)
        if expected.shape != found.shape:
            raise WeightsError(
                f"{what}: trained for face model {name!r} with {len(expected)} {basis} "
                f"coefficients, the face model {model.name!r} has {len(found)}; train one for it "
                "with: face2param train_rnet"
            )
        odd = np.flatnonzero(np.abs(expected - found) > _TOLERANCE)
        if len(odd):
            raise WeightsError(
                f"{what}: trained for face model {name!r}; vector {odd[0]} of the {basis} basis "
                f"of {model.name!r} is another one ({len(odd)} of {len(found)} differ), so its "
                "coefficients would mean something else; train one with: face2param train_rnet"
            )
