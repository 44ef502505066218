import numpy as np

from face2param import engines
from face2param.engines import Engine


def test_people_name_only_what_the_schema_has():
    engine = engines.get("builtin")
    people, schema = engine.people(), engine.schema
    assert people.mean.shape == people.spread.shape == (len(schema.continuous),)
    assert (people.spread > 0).all() and ((people.mean >= 0) & (people.mean <= 1)).all()
    options = {choice.name: choice.options for choice in schema.choices}
    for name, odds in people.odds.items():
        assert set(odds) == set(options[name]) and min(odds.values()) > 0
    assert set(people.curl) <= set(options["hair"])
    sliders = {control.name for control in schema.continuous}
    for name, rows in people.variants.items():
        assert name in options and all(set(row) <= sliders for row in rows)


def test_an_engine_without_a_table_expects_what_its_random_characters_show():
    engine = engines.get("builtin")
    people = Engine.people(engine)
    assert people.mean.shape == (len(engine.schema.continuous),) and not people.odds
    row = engine.schema.names.index("age")
    assert abs(people.mean[row] - 0.5) < 0.05 and people.spread[row] > 0.2
    assert np.min(people.spread) >= 0.1 - 1e-6
