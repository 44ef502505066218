import dataclasses

import pytest

from face2param.errors import SchemaError
from face2param.metrics import parameters
from face2param.schema import Choice, Continuous, Schema


@pytest.fixture
def schema():
    return Schema(
        "s",
        "1",
        (Continuous("a", "nose"), Continuous("b", "nose"), Continuous("c", "jaw")),
        (Choice("hair", "hair", ("bald", "bob", "long"), "bob"),),
    )


def test_by_hand(schema):
    true = [schema.character(a=0.2, b=0.4, c=1.0), schema.character(hair="long")]
    predicted = [schema.character(a=0.4, b=0.4, c=0.7), schema.character(hair="bald")]
    found = parameters.error(predicted, true)
    assert found.continuous == pytest.approx(0.5 / 6)
    assert found.groups == pytest.approx({"nose": 0.2 / 4, "jaw": 0.3 / 2})
    assert found.choices == {"hair": 0.5}


def test_errors(schema):
    with pytest.raises(ValueError, match="got 1 and 2"):
        parameters.error([schema.neutral()], [schema.neutral()] * 2)
    with pytest.raises(ValueError, match="at least one"):
        parameters.error([], [])
    other = dataclasses.replace(schema, version="2")
    with pytest.raises(SchemaError, match="belongs to schema"):
        parameters.error([other.neutral()], [schema.neutral()])
