import pytest

from face2param import engines
from face2param.errors import ConfigError
from face2param.pipelines import settings

ENGINE = engines.get("builtin")


def resolve(**given):
    return settings.resolve(given, ENGINE)


def refused(text, **given):
    with pytest.raises(ConfigError, match=text):
        resolve(**given)


def test_nothing_holds_nothing():
    found = settings.resolve(None, ENGINE)
    assert not found.held.sliders and not found.held.options and not found.readings
    assert found.held.moves().all()


def test_sliders_and_options_by_name_in_any_order_of_words():
    found = resolve(jaw_width="0.7", hair_style="curly_short", glasses="none")
    assert found.held.sliders == {"jaw_width": 0.7}
    assert found.held.options == {"hair": ("short_curls",), "glasses": ("none",)}
    assert found.readings["hair_length"].value == "short"
    assert found.readings["glasses"].value == "none"
    assert all(reading.source == "user" for reading in found.readings.values())
    assert found.to_dict()["hair_style"] == {"value": "curly_short", "source": "user"}


def test_attributes_allow_the_options_that_show_them():
    found = resolve(glasses="thin", hair_length="long", hair_texture="curly")
    assert found.held.options["glasses"] == ("round", "rimless")
    assert found.held.options["hair"] == ("curly_long",)
    assert found.readings["glasses"].value == "thin"


def test_colours_ages_and_fullness():
    found = resolve(skin_tone="60,15,18", age="old", fullness="1.5")
    assert found.readings["skin_tone"].value == (60.0, 15.0, 18.0)
    assert set(found.held.sliders) == {"age", "face_fat"}
    assert found.held.sliders["age"] > 0.6 and found.held.sliders["face_fat"] > 0.6
    slider = resolve(skin_tone=0.4, age=0.2)
    assert slider.held.sliders == {"skin_tone": 0.4, "age": 0.2} and not slider.readings


def test_unknown_names_list_near_matches():
    refused(r"nothing is called 'hair_lenght' .*near: hair_length", hair_lenght="long")
    refused(r"nothing is called 'zzz' .*choices hair, beard, glasses", zzz="1")


def test_wrong_values_list_what_is_right():
    refused(r"hair=bobb: choose from bald, .*; near: bob", hair="bobb")
    refused(r"jaw_width=2: a slider takes a number from 0 to 1", jaw_width=2)
    refused(r"jaw_width=wide: a slider takes a number", jaw_width="wide")
    refused(r"beard=beardy: choose from none, .*full_long", beard="beardy")
    refused(r"hair_length='huge': choose from bald", hair_length="huge")
    refused(r"hairline cannot be set with engine builtin.*hairline_height", hairline="0.5")


def test_settings_that_exclude_each_other_are_refused():
    refused(r"hair=bob leaves no option of hair", hair_length="long", hair="bob")
