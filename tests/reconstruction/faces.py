"""A tiny face model for the tests of this room: the fields that networks look at."""

import types

import numpy as np

SIZES = {
    "identity": 6,
    "expression": 4,
    "albedo": 5,
    "rotation": 3,
    "light": 27,
    "translation": 3,
}


def bases(seed=0, count=40, name="tiny"):
    """A face model with random bases."""
    rng = np.random.default_rng(seed)
    return types.SimpleNamespace(
        name=name,
        mean=rng.normal(size=(count, 3)).astype(np.float32),
        **{
            basis: rng.normal(size=(SIZES[basis], count, 3)).astype(np.float32)
            for basis in ("identity", "expression", "albedo")
        },
    )
