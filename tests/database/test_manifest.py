import json

import pytest

from face2param.database import manifest
from face2param.errors import ConfigError, DatabaseError, SchemaError
from tests.database.toy_engine import SCHEMA


def settings(**changes):
    values = {
        "engine": "toy",
        "engine_version": "1",
        "schema": "toy",
        "schema_hash": SCHEMA.hash,
        "seed": 1,
    }
    return manifest.Settings(**{**values, **changes})


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.2, 0.25, 0.5, 1 / 3])
def test_the_split_has_the_right_share_at_every_count(fraction):
    chosen = [settings(validation_fraction=fraction).is_validation(i) for i in range(1000)]
    for count in range(1, 1001):
        assert sum(chosen[:count]) == int(count * fraction + 1e-6)


def test_every_fifth_record_is_for_validation():
    chosen = [i for i in range(20) if settings().is_validation(i)]
    assert chosen == [4, 9, 14, 19]


def test_round_trip(tmp_path):
    written = manifest.build(settings(), 10, True)
    assert (written.training, written.validation) == (8, 2)
    manifest.write(tmp_path, written, SCHEMA)
    assert manifest.read(tmp_path) == (written, SCHEMA)


@pytest.mark.parametrize(
    ("name", "value"),
    [("size", 63), ("spread", 1.5), ("jitter", -1), ("validation_fraction", 1), ("seed", -1)],
)
def test_ranges(name, value):
    with pytest.raises(ConfigError, match=name):
        settings(**{name: value})


def test_differences_are_listed():
    with pytest.raises(DatabaseError, match=r"seed 1 \(there\) and 2 \(now\); size 512"):
        manifest.check_same("x", settings(), settings(seed=2, size=256))
    manifest.check_same("x", settings(), settings())


def test_damaged_folders(tmp_path):
    with pytest.raises(DatabaseError, match="is not a database"):
        manifest.read(tmp_path)
    manifest.write(tmp_path, manifest.build(settings(), 10, True), SCHEMA)
    path = tmp_path / manifest.MANIFEST
    whole = json.loads(path.read_text())
    changes = [
        ({**whole, "format": 2}, "format 2"),
        ({**whole, "colour": 2}, "is damaged"),
        ({**whole, "settings": 3}, "is damaged"),
        ({**whole, "settings": {**whole["settings"], "schema_hash": "0"}}, "another database"),
        ([], "is damaged"),
    ]
    for values, message in changes:
        path.write_text(json.dumps(values))
        with pytest.raises(DatabaseError, match=message):
            manifest.read(tmp_path)
    path.write_text("{")
    with pytest.raises(DatabaseError, match="is damaged"):
        manifest.read(tmp_path)
    path.write_text(json.dumps(whole))
    (tmp_path / manifest.SCHEMA).unlink()
    with pytest.raises(SchemaError, match="does not exist"):
        manifest.read(tmp_path)
