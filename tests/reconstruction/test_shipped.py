"""The networks that come with the package."""

import numpy as np
import pytest

from face2param.morphable import registry
from face2param.morphable.decode import Decoder
from face2param.pipelines.reconstruction_training import aligned_photos
from face2param.reconstruction import image_sets, validation
from face2param.reconstruction.cnet import CNet
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import RNet
from tests.data import shared_data

MEASURING = ("A000055", "A000379", "B001223")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    renderer = Renderer(Decoder(registry.get("builtin")), antialias=False)
    paths = [shared_data("portraits") / f"{name}.jpg" for name in MEASURING]
    return aligned_photos(paths, tmp_path_factory.mktemp("photos"), renderer), renderer


def test_r_net_reads_photographs(photos):
    table, renderer = photos
    rnet = RNet.load("builtin", registry.get("builtin"))
    found = validation.measure_photos(rnet, table, renderer)
    still = validation.measure_photos(RNet(rnet.network), table, renderer)
    # Over the 40 measuring portraits it is 0.034, of the mean face 0.084.
    assert found["nme"] < 0.05 < still["nme"]
    assert found["colour"] < 0.12 < still["colour"]
    assert found["spread"] > 0.2  # not the mean face for everybody


def test_c_net_belongs_to_it(photos):
    table, _ = photos
    rnet = RNet.load("builtin")
    cnet = CNet.load("builtin", rnet)
    pictures = table.take(np.arange(len(table)))["image"].astype(np.float32) / 255
    answer, seen = rnet.look(pictures)
    confidence = cnet(seen)
    assert np.ptp(confidence) > 0.05
    weighed = cnet.aggregate(answer["identity"], seen)
    plain = image_sets.aggregate(answer["identity"])
    assert 0 < np.abs(weighed - plain).max() < np.ptp(answer["identity"], axis=0).max()
