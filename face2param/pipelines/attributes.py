"""Attributes of the people on photographs: read, turned into evidence for the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from face2param.engines import Engine
from face2param.estimator import measured
from face2param.estimator.attributes import ATTRIBUTES, Reading, option
from face2param.fitting import zones
from face2param.fitting.measures import Measures
from face2param.pipelines import photos
from face2param.pipelines.photos import Photo
from face2param.pipelines.toolbox import Toolbox

Readings = dict[str, Reading]

WEIGHTS = {"hair_length": 0.02, "hair_texture": 0.006, "beard": 0.01, "glasses": 0.02}
"""Cost of an option that a reading calls e times less likely, in units of the objective.

Chosen on 46 labelled training portraits by what the ranking of the options then puts first (hair
length right 85 % instead of 78 %, glasses and frame 98 % instead of 85 %); no weight within a
factor of two does otherwise."""
_DOUBT = 0.02
"""Probability that every option keeps: no reading is that sure."""


def read(
    toolbox: Toolbox,
    photographs: Sequence[Photo],
    aligned: Sequence,
    probabilities: np.ndarray,
) -> list[Readings]:
    """Reads the attributes of every photograph.

    Args:
      toolbox: for the parsing network and the engine's face.
      photographs: whole photographs.
      aligned: the same, aligned to the engine's face.
      probabilities: `[batch, size, size, 19]` of the aligned photographs.

    Returns:
      One dict per photograph; see `estimator.measured.measure`.
    """
    size = probabilities.shape[1]
    canonical = toolbox.engine.canonical_landmarks((size, size))
    target = measured.wide_landmarks(canonical, (size, size))
    wide = [photos.align(photo, target, size) for photo in photographs]
    pictures = tf.constant(np.stack([photo.image for photo in wide]))
    of_wide = np.asarray(toolbox.parsing.probabilities(pictures))
    return [
        measured.measure(
            near.image,
            near.landmarks,
            maps,
            (far.image, far.landmarks, far_maps),
        )
        for near, maps, far, far_maps in zip(aligned, probabilities, wide, of_wide, strict=True)
    ]


def evidence(engine: Engine, readings: Sequence[Readings]) -> dict[str, np.ndarray]:
    """What readings say against the options of the choices.

    Args:
      engine: for its table of what each option looks like.
      readings: one dict per photograph.

    Returns:
      choice name -> `[batch, options]` costs, 0 for the likeliest.
    """
    schema, table = engine.schema, engine.people().attributes
    found = {}
    for choice in schema.choices:
        shown = table.get(choice.name, {})
        rows = [[_cost(shown.get(o, {}), row) for o in choice.options] for row in readings]
        costs = np.array(rows, np.float64)
        found[choice.name] = costs - costs.min(1, keepdims=True)
    return found


def _cost(shown: Mapping[str, str], readings: Readings) -> float:
    total = 0.0
    for name, value in shown.items():
        reading = readings.get(name)
        if reading is None or not reading.shares:
            continue
        share = reading.shares[ATTRIBUTES[name].options.index(value)]
        total -= WEIGHTS.get(name, 0.0) * float(np.log(share + _DOUBT))
    return total


def with_network(readings: Readings, estimated: Mapping[str, np.ndarray]) -> Readings:
    """Joins readings with what a network says about the same photograph.

    Args:
      readings: measured.
      estimated: attribute -> `[options]` probabilities.

    Returns:
      A copy: what was measured by shape is multiplied with the network's probabilities (both saw
      the same photograph, hence the root), what colours tell stays (of beards they know more than
      the network, whose renders have the engine's beards), the rest comes from the network.
    """
    found = dict(readings)
    for name, shares in estimated.items():
        shares = np.asarray(shares, np.float64)
        own = readings.get(name)
        if own is not None and own.source in ("colour", "user"):
            continue
        if own is not None and own.shares:
            shares = np.sqrt((shares + 1e-4) * (np.array(own.shares) + 1e-4))
        found[name] = option(name, shares, "network")
    return {name: found[name] for name in ATTRIBUTES if name in found}


_SKIN = (
    "forehead", "cheeks", "nose", "under_eyes", "moustache", "soul_patch", "chin", "jaw",
    "whiskers",
)  # fmt: skip
_PLACES = {
    "lip_colour": ("upper_lip", "lower_lip"),
    "brow_colour": ("brows",),
    "iris_colour": ("irises",),
    "beard_colour": ("moustache", "soul_patch", "chin", "jaw", "whiskers"),
}


def recoloured(photo: Measures, decided: Mapping[str, Reading]) -> Measures:
    """Puts decided colours in the place of those that were measured.

    Args:
      photo: measures of a batch of photographs, with `zones` and `hair` where they are compared.
      decided: attributes that the user set.

    Returns:
      A copy. The skin's zones keep their differences.
    """
    found = dict(photo)
    if "hair" in found and "hair_colour" in decided:
        found["hair"] = tf.ones_like(found["hair"]) * _lab(decided["hair_colour"])
    if "zones" not in found:
        return found
    colours = found["zones"].numpy().copy()
    if "skin_tone" in decided:
        clean = colours[:, [zones.NAMES.index(name) for name in zones.CLEAN]].mean(1)
        for name in _SKIN:
            colours[:, zones.NAMES.index(name)] += _lab(decided["skin_tone"]) - clean
    for attribute, names in _PLACES.items():
        if attribute in decided:
            colours[:, [zones.NAMES.index(n) for n in names]] = _lab(decided[attribute])
    found["zones"] = tf.constant(colours)
    return found


def _lab(reading: Reading) -> np.ndarray:
    return np.float32(reading.value) / np.float32(100.0)
