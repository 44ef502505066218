import dataclasses

import numpy as np
import pytest

from face2param.errors import SchemaError


def test_encode_by_hand(small):
    character = small.character(jaw_width=0.1, hair="long")
    np.testing.assert_allclose(
        small.encode(character), [[0.1, 0.5, 0.5, 0.5, 0.2, 0, 0, 1, 1, 0]], rtol=1e-6
    )
    assert small.encode([]).shape == (0, 10)


def test_decode_inverts_encode(small):
    characters = small.random(np.random.default_rng(1), 20)
    encoded = small.encode(characters)
    assert encoded.dtype == np.float32
    assert small.decode(encoded) == characters
    assert small.decode(encoded[3]) == characters[3]


def test_decode_takes_the_largest_option(small):
    encoded = small.encode(small.neutral())[0]
    encoded[small.slices["hair"]] = [-3, -5, -2.5]
    assert small.decode(encoded)["hair"] == "long"


def test_random_is_uniform_and_reproducible(small):
    encoded = small.encode(small.random(np.random.default_rng(2), 4000))
    again = small.encode(small.random(np.random.default_rng(2), 4000))
    np.testing.assert_array_equal(encoded, again)
    values = encoded[:, :5]
    # Standard errors at 4000 draws: mean 0.0046, variance 0.0012, share of a third 0.0075.
    np.testing.assert_allclose(values.mean(0), 0.5, atol=0.02)
    np.testing.assert_allclose(values.var(0), 1 / 12, atol=0.005)
    np.testing.assert_allclose(encoded[:, small.slices["hair"]].mean(0), 1 / 3, atol=0.03)


def test_spread_shrinks_towards_the_default(small):
    values = small.encode(small.random(np.random.default_rng(3), 2000, spread=0.5))[:, :5]
    np.testing.assert_allclose(values.min(0), [0.25, 0.25, 0.25, 0.25, 0.1], atol=0.01)
    np.testing.assert_allclose(values.max(0), [0.75, 0.75, 0.75, 0.75, 0.6], atol=0.01)
    still = small.random(np.random.default_rng(3), 1, spread=0)[0]
    np.testing.assert_array_equal(still.values, small.neutral().values)


def test_errors(small):
    with pytest.raises(SchemaError, match=r"encoded: got shape \[9\]"):
        small.decode(np.zeros(9))
    with pytest.raises(SchemaError, match="encoded: got shape"):
        small.decode(np.zeros((1, 1, 10)))
    with pytest.raises(SchemaError, match="not a number"):
        small.decode(np.full(10, np.nan))
    with pytest.raises(SchemaError, match=r"spread: got 1\.5"):
        small.random(np.random.default_rng(0), 1, spread=1.5)
    with pytest.raises(SchemaError, match="count: got -1"):
        small.random(np.random.default_rng(0), -1)
    other = dataclasses.replace(small, version="2")
    with pytest.raises(SchemaError, match="a character belongs to schema"):
        small.encode(other.neutral())
