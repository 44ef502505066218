import numpy as np
import pytest
import tensorflow as tf

from face2param import engines
from face2param.estimator.attributes import Reading, from_user, option
from face2param.fitting import zones
from face2param.pipelines import attributes, measuring, photos
from tests.pipelines import toy_tools

ENGINE = engines.get("builtin")


def options(choice):
    return ENGINE.schema.choices[ENGINE.schema.choice_index[choice]].options


def test_every_photograph_is_read_with_its_hair_in_view():
    tools, batch = toy_tools.tools(), [toy_tools.photo(width=w) for w in (0.3, 0.7)]
    canonical = tools.engine.canonical_landmarks((64, 64))
    aligned = [photos.align(photo, canonical, 64) for photo in batch]
    maps = measuring.parse_classes(tools, np.stack([photo.image for photo in aligned]))
    found = attributes.read(tools, batch, aligned, maps)
    assert len(found) == 2
    assert {"skin_tone", "hair_length", "glasses", "beard"} <= set(found[0])
    assert found[0]["glasses"].value == "none"


def test_evidence_is_on_the_side_of_what_was_read():
    readings = [
        {
            "hair_length": option("hair_length", np.array([0.9, 0.06, 0.02, 0.01, 0.01]), "shape"),
            "glasses": option("glasses", np.array([0.05, 0.15, 0.8]), "shape"),
        },
        {"hair_length": Reading("long", 0.9, "user")},
    ]
    found = attributes.evidence(ENGINE, readings)
    first = dict(zip(options("hair"), found["hair"][0], strict=True))
    assert first["bald"] == first["horseshoe"] == 0 < first["receding"] < first["long"]
    frames = dict(zip(options("glasses"), found["glasses"][0], strict=True))
    assert frames["rectangular"] == 0 < frames["round"] < frames["none"]
    np.testing.assert_array_equal(found["beard"], 0)
    np.testing.assert_array_equal(found["hair"][1], 0)  # a decision is held, not priced


def test_evidence_without_a_table_is_none():
    found = attributes.evidence(toy_tools.ToyEngine(), [{}, {}])
    np.testing.assert_array_equal(found["hair"], np.zeros((2, 3)))


def test_the_network_joins_what_was_measured_and_adds_the_rest():
    read = {
        "beard": option("beard", np.array([0.9, 0.02, 0.03, 0.02, 0.03]), "colour"),
        "glasses": option("glasses", np.array([0.98, 0.01, 0.01]), "shape"),
        "skin_tone": Reading((60.0, 10.0, 10.0), 0.5, "colour"),
    }
    estimated = {
        "beard": np.array([0.1, 0.1, 0.1, 0.1, 0.6]),
        "glasses": np.array([0.4, 0.5, 0.1]),
        "age": np.array([0.2, 0.2, 0.6]),
    }
    found = attributes.with_network(read, estimated)
    assert found["beard"] is read["beard"]
    assert found["glasses"].value == "none" and found["glasses"].confidence > 0.7
    assert found["age"].value == "old" and found["skin_tone"] is read["skin_tone"]


def test_decided_colours_take_the_place_of_measured_ones():
    rng = np.random.default_rng(0)
    photo = {
        "zones": tf.constant(rng.uniform(0.2, 0.6, (2, len(zones.NAMES), 3)), tf.float32),
        "hair": tf.constant(rng.uniform(0, 1, (2, 3)), tf.float32),
    }
    decided = {
        "hair_colour": from_user("hair_colour", "20,5,5"),
        "skin_tone": from_user("skin_tone", "70,12,16"),
        "lip_colour": from_user("lip_colour", "40,30,10"),
    }
    found = attributes.recoloured(photo, decided)
    np.testing.assert_allclose(found["hair"], [[0.2, 0.05, 0.05]] * 2, rtol=1e-6)
    clean = tf.gather(found["zones"], [zones.NAMES.index(n) for n in zones.CLEAN], axis=1)
    np.testing.assert_allclose(tf.reduce_mean(clean, 1), [[0.7, 0.12, 0.16]] * 2, atol=1e-6)
    lips = found["zones"].numpy()[:, zones.NAMES.index("lower_lip")]
    np.testing.assert_allclose(lips, [[0.4, 0.3, 0.1]] * 2, rtol=1e-6)
    same = zones.NAMES.index("brows")
    np.testing.assert_array_equal(found["zones"][:, same], photo["zones"][:, same])
    untouched = attributes.recoloured(photo, {})
    np.testing.assert_array_equal(untouched["zones"], photo["zones"])


@pytest.mark.parametrize("name", list(attributes.WEIGHTS))
def test_weights_are_of_attributes_that_the_engine_shows(name):
    table = ENGINE.people().attributes
    assert any(name in shown for rows in table.values() for shown in rows.values())
