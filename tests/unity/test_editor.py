"""What the editor's windows and batch runs decide, without Unity."""

import numpy as np
import pytest

from face2param.schema import Character, Choice, Continuous, Schema, facenn, load
from tests.database.toy_engine import SCHEMA as TOY
from tests.unity.mono import PACKAGE, Refused

DEFAULTS = "2000 1 1 512 0 False 2 - - - False 3"


def test_batch_arguments(driver):
    unitys = ("Unity", "-batchmode", "-projectPath", "/p", "-executeMethod", "X.Y", "-logFile", "-")
    assert driver("batch_arguments", *unitys) == DEFAULTS
    ours = ("-count", 20, "-seed", 7, "-spread", 0.6, "-output", "/out", "-gender", "female")
    assert driver("batch_arguments", *unitys, *ours) == (
        "20 7 0.6 512 0 False 2 /out female - False 4"
    )
    ours = ("-size", 256, "-jitter", 0.3, "-labels", "-supersample", 1, "-head", "Assets/a.json")
    assert driver("batch_arguments", *ours, "-overwrite", "-family", "elf") == (
        "2000 1 1 256 0.3 True 1 - elf Assets/a.json True 3"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-count",), "-count needs a value"),
        (("-output", "-gender", "male"), "-output needs a value"),
        (("-count", "many"), "-count is 'many'; it must be a whole number from 0 to 100000"),
        (("-count", "-3"), "-count is '-3'"),
        (("-count", "99999999999999999999"), "-count is '99999999999999999999'"),
        (("-spread", "wide"), "-spread is 'wide'; it must be a number"),
        (("-spread", "2"), "spread is 2.0; it must be in"),
        (("-gender", "both"), "-gender is 'both'; it must be male or female"),
        (("-size", "5000"), "size is 5000.0; it must be in"),
    ],
)
def test_bad_batch_arguments_are_refused(driver, arguments, message):
    with pytest.raises(Refused) as error:
        driver("batch_arguments", *arguments)
    assert message in error.value.message


def test_results_go_beside_the_project(driver):
    assert driver("project_paths", "/games/mine/Assets", "") == (
        "/games/export/database|/games/export/regular/model_a.jpg"
    )
    assert driver("project_paths", "/games/mine/Assets", "elf").startswith(
        "/games/export/database_elf|"
    )


def test_a_gender_or_family_picks_a_head(driver):
    heads = ("Assets/my_female.schema.json", "Assets/my_male.schema.json", "Assets/elf.schema.json")
    assert driver("pick_head", "male", *heads) == heads[1]
    assert driver("pick_head", "female", *heads) == heads[0]
    assert driver("pick_head", "elf", *heads) == heads[2]
    assert driver("pick_head", "", *heads) == heads[0]
    assert driver("pick_head", "female", heads[2]) == heads[2]  # One body for both.
    assert driver(
        "pick_head", "elf", "Assets/orc/head.schema.json", "Assets/elf/head.schema.json"
    ) == ("Assets/elf/head.schema.json")
    assert driver("pick_head", "") == "none"
    with pytest.raises(Refused, match="no head 'orc' in this project; it has my_female, my_male"):
        driver("pick_head", "orc", *heads)


def test_rows_of_the_preview(driver, tmp_path):
    schema = Schema(
        name="colours",
        version="1",
        continuous=(
            Continuous("nose_tip_width", "nose"),
            *(Continuous(f"lip_{c}", "colour") for c in ("red", "green", "blue")),
            *(Continuous(f"iris_{c}", "colour") for c in ("hue", "saturation", "value")),
            Continuous("hair_hue", "colour"),
        ),
        choices=(Choice("hair", "nose", ("none", "bob"), "none"),),
    )
    schema.save(tmp_path / "schema.json")
    assert driver("preview_rows", tmp_path / "schema.json").split("|") == [
        "nose:Nose tip width:Slider:nose_tip_width",
        "nose:Hair:Popup:hair",
        "colour:Lip:Colour:lip_red,lip_green,lip_blue",
        "colour:Iris:Colour:iris_hue,iris_saturation,iris_value",
        "colour:Hair hue:Slider:hair_hue",
    ]


def test_every_parameter_has_a_row(driver, tmp_path):
    schema = load("builtin")
    schema.save(tmp_path / "schema.json")
    rows = driver("preview_rows", tmp_path / "schema.json").split("|")
    assert sorted(row.split(":")[3] for row in rows) == sorted(schema.names + schema.choice_names)


def test_a_picture_finds_its_character(driver, tmp_path):
    characters = TOY.random(np.random.default_rng(1), 3)
    names = [facenn.picture_name(i, TOY) for i in range(3)]
    TOY.save(tmp_path / "schema.json")
    facenn.write_db_description(tmp_path / "db_description", names, TOY.encode(characters), TOY)
    driver("find_picture", tmp_path / "db_00001_3.jpg", tmp_path / "params.json")
    assert Character.load(tmp_path / "params.json", TOY) == characters[1]
    with pytest.raises(Refused, match="no record 'holiday' among its 3"):
        driver("find_picture", tmp_path / "holiday.jpg", tmp_path / "params.json")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(Refused, match="not a database: it has no db_description"):
        driver("find_picture", tmp_path / "elsewhere" / "db_00001_3.jpg", tmp_path / "p.json")


def test_a_picture_of_face_nn_finds_its_character(driver, tmp_path):
    schema = load("facenn99")
    characters = schema.random(np.random.default_rng(1), 2)
    names = [facenn.picture_name(i, schema) for i in range(2)]
    encoded = schema.encode(characters)
    facenn.write_db_description(tmp_path / "db_description", names, encoded, schema)
    driver("find_picture", tmp_path / "db_00001_3.jpg", tmp_path / "params.json")
    assert Character.load(tmp_path / "params.json", schema) == characters[1]


@pytest.mark.parametrize(
    "menu",
    ["Preview", "GenerateDatabase", "SelectModel", "SelectPicture", "Connect", "Close"],
)
def test_the_menus_of_the_original_are_there(menu):
    sources = "".join(path.read_text() for path in (PACKAGE / "Editor").rglob("*.cs"))
    assert f'[MenuItem("Tools/{menu}"' in sources
