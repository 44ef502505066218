import json

from face2param import schema
from face2param.engines.builtin import bones, controls, sculpt
from face2param.engines.builtin.geometry_sliders import GEOMETRY_SLIDERS


def test_shipped_schema_is_the_table():
    shipped = json.loads(controls.schema_path().read_text(encoding="utf-8"))
    assert shipped == controls.schema_dict(), (
        "run `python -m face2param.engines.builtin.controls` after changing the table"
    )


def test_the_character_is_as_rich_as_promised():
    family = schema.load("builtin")
    options = {choice.name: choice.options for choice in family.choices}
    assert controls.GEOMETRY_COUNT >= 105
    assert len(family.continuous) - controls.GEOMETRY_COUNT >= 30
    assert len(options["hair"]) >= 10 and len(options["beard"]) >= 5
    assert len(options["glasses"]) >= 4
    assert {"jawOpen", "mouthSmileLeft", "mouthPucker", "eyeBlinkRight", "cheekPuff"} <= set(
        family.nuisance_names
    )
    limits = {c.name: c.maximum for c in family.nuisance}
    assert limits["head_yaw"] > 1.04 and limits["head_pitch"] > 0.52


def test_every_effect_has_a_target():
    ear_constants = {"scale", "width", "flare", "point", "dy", "dz", "lobe"}
    for slider in GEOMETRY_SLIDERS:
        for effect in slider.effects:
            known = {
                "bone": bones.BONES.keys(),
                "shape": sculpt.SHAPE_NAMES,
                "ear": ear_constants,
            }
            assert effect.target in known[effect.kind], (slider.name, effect)
            assert effect.amount != 0
