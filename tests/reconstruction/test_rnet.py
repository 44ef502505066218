import json

import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.reconstruction import networks
from face2param.reconstruction.rnet import Pedigree, RNet
from tests.contracts import backends
from tests.reconstruction import faces

TINY = networks.NetworkConfig(tuple(faces.SIZES.items()), "compact", 64)


@pytest.fixture
def trained():
    found = RNet(TINY, pedigree=Pedigree.of(faces.bases(), "face2param train_rnet"))
    backends.fill(found.model)
    return found


@pytest.fixture
def images():
    return np.random.default_rng(0).random((3, 64, 64, 3), np.float32)


def test_answers_by_name(trained, images):
    found = trained(images, batch_size=2)
    assert {name: value.shape for name, value in found.items()} == {
        name: (3, width) for name, width in faces.SIZES.items()
    }
    alone = trained(images[2:])
    for name, value in found.items():
        np.testing.assert_allclose(value[2:], alone[name], atol=1e-4)
    coefficients, seen = trained.look(images)
    np.testing.assert_allclose(coefficients["light"], found["light"], atol=1e-4)
    assert {name: value.shape for name, value in seen.items()} == {
        "maps": (3, 8, 8, 64),
        "pooled": (3, 512),
    }


def test_saved_and_read_again(trained, images, tmp_path):
    trained.save(tmp_path)
    again = RNet.load(tmp_path, faces.bases())
    assert again.pedigree == trained.pedigree
    for name, value in trained(images).items():
        # Kernels are kept with 11 bits.
        np.testing.assert_allclose(again(images)[name], value, atol=2e-2 * np.abs(value).max())


def test_another_face_model_is_refused(trained, tmp_path):
    trained.save(tmp_path)
    flipped = faces.bases(name="flipped")
    flipped.expression[2] *= -1
    with pytest.raises(WeightsError, match="vector 2 of the expression basis of 'flipped'"):
        RNet.load(tmp_path, flipped)
    fewer = faces.bases(name="fewer")
    fewer.albedo = fewer.albedo[:3]
    with pytest.raises(WeightsError, match="5 albedo coefficients, the face model 'fewer' has 3"):
        RNet.load(tmp_path, fewer)
    half = faces.bases()
    half.identity = half.identity.astype(np.float16)
    RNet.load(tmp_path, half)  # rounding is no other basis


def test_without_a_record_no_face_model_fits(tmp_path):
    RNet(TINY).save(tmp_path)
    RNet.load(tmp_path)
    with pytest.raises(WeightsError, match="does not say which face model"):
        RNet.load(tmp_path, faces.bases())


def test_missing_and_damaged_files(trained, tmp_path):
    with pytest.raises(WeightsError, match=r"rnet.weights.h5 is missing; train one with"):
        RNet.load(tmp_path)
    trained.save(tmp_path)
    record = json.loads((tmp_path / "rnet.json").read_text())
    for change in (
        {"network": {"sizes": [["identity", 10**9]]}},
        {"network": {"sizes": 7}},
        {"pedigree": {"fingerprint": {"identity": []}}},
        {"pedigree": {"fingerprint": {b: "x" for b in ("identity", "expression", "albedo")}}},
    ):
        (tmp_path / "rnet.json").write_text(json.dumps({**record, **change}))
        with pytest.raises(WeightsError, match="its record cannot be read"):
            RNet.load(tmp_path)
    other = {**record, "network": {**record["network"], "sizes": [["identity", 3]]}}
    (tmp_path / "rnet.json").write_text(json.dumps(other))
    with pytest.raises(WeightsError, match="do not fit the network"):
        RNet.load(tmp_path)
    with (tmp_path / "rnet.weights.h5").open("ab") as file:
        file.write(b"x")
    with pytest.raises(WeightsError, match="damaged or was exchanged"):
        RNet.load(tmp_path)


@pytest.mark.parametrize("shape", [(64, 64, 3), (1, 32, 64, 3), (0, 64, 64, 3)])
def test_odd_pictures(trained, shape):
    with pytest.raises(ValueError, match="images: must be"):
        trained(np.zeros(shape, np.float32))
