import json

import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.estimator import attributes
from face2param.estimator.attributes import Reading


def test_readings_survive_json():
    readings = {
        "skin_tone": Reading((71.0, 14.5, 17.25), 0.8, "colour"),
        "hair_length": attributes.option("hair_length", [0.1, 0.1, 0.6, 0.1, 0.1], "shape"),
        "fullness": Reading(-1.25, 0.7, "shape"),
    }
    text = json.dumps(attributes.to_dict(readings))
    assert attributes.from_dict(json.loads(text)) == readings


def test_the_most_probable_option_is_said_with_its_share():
    reading = attributes.option("glasses", [1.0, 2.0, 1.0], "shape")
    assert (reading.value, reading.confidence) == ("thin", 0.5)
    assert reading.shares == (0.25, 0.5, 0.25)
    with pytest.raises(ValueError, match=r"shares of glasses must be \[3\]"):
        attributes.option("glasses", [1.0, 2.0], "shape")


def test_a_user_may_give_options_numbers_and_colours():
    assert attributes.from_user("glasses", "none") == Reading("none", 1.0, "user")
    assert attributes.from_user("fullness", "-1.5").value == -1.5
    assert attributes.from_user("skin_tone", "65,14,17").value == (65.0, 14.0, 17.0)
    white = attributes.from_user("hair_colour", "#ffffff").value
    np.testing.assert_allclose(white, (100, 0, 0), atol=0.1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("mood", "good", "no attribute 'mood'; there are: skin_tone"),
        ("glasses", "pink", "choose from none, thin, dark"),
        ("hairline", "high", "give a number from 0 to 2.5"),
        ("hairline", "nan", "give a number from 0 to 2.5"),
        ("brow_thickness", 3, "outer-eye distances"),
        ("skin_tone", "65,14", "as #d2a58c"),
        ("skin_tone", "#12345z", "as #d2a58c"),
        ("skin_tone", (101.0, 0.0, 0.0), "as #d2a58c"),
    ],
)
def test_what_is_not_a_value_is_refused_with_what_is(name, value, message):
    with pytest.raises(ConfigError, match=message):
        attributes.from_user(name, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": "guess"}, "source 'guess'"),
        ({"confidence": 1.5}, "confidence must be"),
        ({"shares": [1.0]}, "shares must be 3 numbers"),
        ({"value": None}, "choose from none, thin, dark"),
    ],
)
def test_damaged_records_are_refused(change, message):
    fields = {"value": "none", "confidence": 0.5, "source": "shape"}
    with pytest.raises(ConfigError, match=message):
        attributes.from_dict({"glasses": {**fields, **change}})
