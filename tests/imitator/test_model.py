import dataclasses
import json

import numpy as np
import pytest

from face2param.errors import SchemaError, WeightsError
from face2param.imitator.model import Imitator, Pedigree
from tests.imitator import toy

PEDIGREE = Pedigree("disc", "1", "face2param train_imitator --seed=3", {"region_iou": 0.5})


@pytest.fixture(scope="module")
def imitator():
    return Imitator(toy.SCHEMA, toy.NETWORK, pedigree=PEDIGREE)


def draw(imitator, count=3):
    data = toy.samples(count, 1)
    outputs = imitator(data.characters, data.nuisance)
    return {name: np.asarray(value) for name, value in outputs.items()}


def test_saved_and_loaded_in_half_precision(imitator, tmp_path):
    imitator.save(tmp_path)
    loaded = Imitator.load(tmp_path, expected=toy.SCHEMA)
    assert loaded.network == imitator.network
    assert loaded.pedigree == PEDIGREE
    assert loaded.schema.hash == toy.SCHEMA.hash
    again = draw(loaded)
    for name, value in draw(imitator).items():
        # Kernels keep 11 bits: 5e-4 of each weight, less after the sigmoid.
        np.testing.assert_allclose(again[name], value, atol=2e-3)
    assert (
        tmp_path / "imitator.weights.h5"
    ).stat().st_size < 3 * imitator.model.count_params() + 65536


def test_no_nuisance_means_neutral(imitator):
    data = toy.samples(2, 1)
    neutral = imitator(data.characters, np.zeros((2, 1), np.float32))
    np.testing.assert_array_equal(
        np.asarray(imitator(data.characters)["image"]), np.asarray(neutral["image"])
    )


def test_paper_pictures_stay_in_range():
    network = dataclasses.replace(toy.NETWORK, name="paper")
    imitator = Imitator(toy.SCHEMA, network)
    image = draw(imitator)["image"]
    assert image.min() == 0 and image.max() <= 1  # the last layer alone is centred on 0


def test_wrong_widths_are_refused(imitator):
    with pytest.raises(SchemaError, match=r"encoded: expected \[batch, 6\] for schema disc"):
        imitator(np.zeros((2, 5), np.float32))
    with pytest.raises(SchemaError, match=r"nuisance: expected \[batch, 1\]"):
        imitator(np.zeros((2, 6), np.float32), np.zeros((2, 3), np.float32))
    with pytest.raises(WeightsError, match=r"takes \(9, 1\) inputs .* has \(6, 1\)"):
        Imitator(toy.SCHEMA, dataclasses.replace(toy.NETWORK, width=9))


def test_another_schema_is_refused_with_both_hashes(imitator, tmp_path):
    imitator.save(tmp_path)
    other = dataclasses.replace(toy.SCHEMA, version="2")
    with pytest.raises(WeightsError) as error:
        Imitator.load(tmp_path, expected=other)
    assert toy.SCHEMA.hash in str(error.value) and other.hash in str(error.value)
    other.save(tmp_path / "schema.json")
    with pytest.raises(WeightsError, match=r"schema\.json beside"):
        Imitator.load(tmp_path)


def test_missing_and_damaged_files_are_refused(imitator, tmp_path):
    with pytest.raises(WeightsError, match=r"is missing; train one with: face2param"):
        Imitator.load(tmp_path / "nowhere")
    imitator.save(tmp_path)
    record = json.loads((tmp_path / "imitator.json").read_text())
    (tmp_path / "imitator.json").write_text(json.dumps({**record, "network": {"size": 32}}))
    with pytest.raises(WeightsError, match="records cannot be read"):
        Imitator.load(tmp_path)
    imitator.save(tmp_path)
    path = tmp_path / "imitator.weights.h5"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="damaged"):
        Imitator.load(tmp_path)
