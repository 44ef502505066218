import pytest

from face2param.bin import pairs
from face2param.errors import ConfigError


def test_pairs():
    assert pairs.texts("set", ["a=1", "hair=bob", "b==x"]) == {"a": "1", "hair": "bob", "b": "=x"}
    assert pairs.numbers("nuisance", ["a=1", "b=-.5"]) == {"a": 1.0, "b": -0.5}
    assert pairs.texts("set", []) == {}


@pytest.mark.parametrize("items", [["a"], ["=1"], ["a="], ["a=1", "a=2"]])
def test_what_is_no_pair(items):
    with pytest.raises(ConfigError, match=r"--set: .* is not a new NAME=VALUE"):
        pairs.texts("set", items)


def test_what_is_no_number():
    with pytest.raises(ConfigError, match="--nuisance: a is 'much'"):
        pairs.numbers("nuisance", ["a=much"])
