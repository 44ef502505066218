import pytest

from face2param.errors import SchemaError
from face2param.schema import Choice, Continuous, Nuisance


def test_integers_become_floats():
    assert isinstance(Continuous("a", "g", default=1).default, float)


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (Continuous, {"name": "1a", "group": "g"}, "name"),
        (Continuous, {"name": "a", "group": ""}, "group"),
        (Continuous, {"name": "a", "group": "g", "default": 1.1}, "default"),
        (Continuous, {"name": "a", "group": "g", "default": float("nan")}, "default"),
        (Continuous, {"name": "a", "group": "g", "default": True}, "default"),
        (Continuous, {"name": "a", "group": "g", "mirror": 3}, "mirror"),
        (Continuous, {"name": "a", "group": "g", "description": None}, "description"),
        (Choice, {"name": "a", "group": "g", "options": ("x",), "default": "x"}, "options"),
        (Choice, {"name": "a", "group": "g", "options": ("x", "x"), "default": "x"}, "options"),
        (Choice, {"name": "a", "group": "g", "options": "xy", "default": "x"}, "options"),
        (Choice, {"name": "a", "group": "g", "options": ("x", "y z"), "default": "x"}, "options"),
        (Choice, {"name": "a", "group": "g", "options": ("x", "y"), "default": "z"}, "default"),
        (Nuisance, {"name": "a", "group": "g", "minimum": 1, "maximum": 1}, "maximum"),
        (Nuisance, {"name": "a", "group": "g", "minimum": float("-inf")}, "minimum"),
        (Nuisance, {"name": "a", "group": "g", "default": 2}, "default"),
        (Nuisance, {"name": "a", "group": "g", "unit": "degree"}, "unit"),
        (Nuisance, {"name": "a", "group": "g", "mirror_sign": 0.5}, "mirror_sign"),
    ],
)
def test_a_wrong_field_is_named(kind, fields, field):
    with pytest.raises(SchemaError, match=f"field '{field}'"):
        kind(**fields)


def test_scale_is_the_larger_limit_of_an_angle():
    assert Nuisance("a", "pose", -0.5, 0.9, unit="radian").scale == 0.9
    assert Nuisance("a", "expression", 0, 0.7).scale == 1.0
