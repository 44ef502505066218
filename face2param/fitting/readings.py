"""What was read from a photograph, in words and numbers that a person can check."""

from typing import Any

import numpy as np

from face2param import regions as region_table
from face2param.fitting import zones

_LAB_STEP = 100.0


def describe(
    zone_colours: np.ndarray, hair_colour: np.ndarray, region_maps: np.ndarray
) -> dict[str, Any]:
    """Lists the readings of one photograph.

    Args:
      zone_colours: `[zones, 3]` L*a*b* / 100 in the order of `zones.NAMES`.
      hair_colour: `[3]` L*a*b* / 100.
      region_maps: `[h, w, merged regions]` probabilities.

    Returns:
      `zones`: name -> [L, a, b] in usual units; `hair`: [L, a, b]; `areas`: region -> share of
      the picture; `beard_contrast`: zone -> L*a*b* distance from clean skin.
    """
    by_name = dict(zip(zones.NAMES, zone_colours, strict=True))
    skin = np.mean([by_name[name] for name in zones.CLEAN], 0)
    beard = [n for n in zones.NAMES if n.startswith(("moustache", "soul", "chin", "jaw", "whisk"))]
    areas = region_maps.mean((0, 1))
    return {
        "zones": {name: _lab(colour) for name, colour in by_name.items()},
        "hair": _lab(hair_colour),
        "areas": {
            name: round(float(area), 4)
            for name, area in zip(region_table.MERGED, areas, strict=True)
        },
        "beard_contrast": {
            name: round(float(np.linalg.norm(by_name[name] - skin)) * _LAB_STEP, 1)
            for name in beard
        },
    }


def _lab(colour: np.ndarray) -> list[float]:
    return [round(float(channel) * _LAB_STEP, 1) for channel in colour]
