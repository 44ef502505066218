import json

import numpy as np

from face2param import regions
from face2param.fitting import readings, zones


def test_readings_name_the_beard_by_its_contrast_and_regions_by_area():
    colours = np.full((len(zones.NAMES), 3), [0.6, 0.1, 0.15], np.float32)
    colours[zones.NAMES.index("chin"), 0] = 0.3
    maps = np.zeros((8, 8, len(regions.MERGED)), np.float32)
    maps[:2, :, regions.MERGED.index("hair")] = 1
    found = readings.describe(colours, np.float32([0.2, 0.0, 0.05]), maps)
    assert found["beard_contrast"]["chin"] == 30.0
    assert found["beard_contrast"]["moustache"] == 0.0
    assert found["areas"]["hair"] == 0.25
    assert found["hair"] == [20.0, 0.0, 5.0]
    json.dumps(found)
