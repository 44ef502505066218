"""Starts the training of an imitator from one that may belong to another schema.

Nearly everything that an imitator knows of heads lies in layers that no schema touches: they are
copied. Only the first layers have a row for every input. A row whose control has the same name
in both schemas is copied; the others stay fresh. What the other network got from the inputs that
are no longer there, at rest, becomes part of the bias; what the fresh rows add at rest is taken
from it. So the new head at rest starts as the old one at rest, bald if that is nearest to the
pictures to learn from.

Optimisers and averages start anew; the statistics of batch normalisations are copied.
"""

import dataclasses
import logging

import keras
import numpy as np

from face2param.errors import WeightsError
from face2param.imitator import networks
from face2param.imitator.model import Imitator
from face2param.schema import Character, Schema

_LOG = logging.getLogger(__name__)
_DRAWN = 8  # pictures at a time
_NEARER = 0.9  # of the default's error: an option must be better than by chance to replace it


def check(initial: Imitator, network: networks.NetworkConfig) -> None:
    """Checks that the networks differ in the width of their inputs only.

    Raises:
      WeightsError: naming the settings that differ.
    """
    theirs, ours = dataclasses.asdict(initial.network), dataclasses.asdict(network)
    differing = [
        f"{name} {theirs[name]} instead of {ours[name]}"
        for name in ours
        if name not in ("width", "nuisance_width") and theirs[name] != ours[name]
    ]
    if differing:
        raise WeightsError(
            f"initial: its network has {', '.join(differing)}; start from an imitator of the "
            "same network and size, or train with its settings"
        )


def transfer(
    model: keras.Model, network: networks.NetworkConfig, schema: Schema, initial: Imitator,
    picture: np.ndarray,
) -> None:  # fmt: skip
    """Copies what `initial` knows into a fresh network.

    Args:
      model: fresh, built from `network`; changed in place.
      network: configuration of the new network.
      schema: of its inputs.
      initial: imitator to start from, of any schema.
      picture: `[size, size, 3]` in [0, 1], mean of what is to be learnt. Choices that `schema`
        does not have are made so that the old head at rest is nearest to it.

    Raises:
      WeightsError: the networks differ in more than the width of their inputs.
    """
    check(initial, network)
    first = networks.first_layers(network)
    for layer in initial.model.layers:
        if layer.weights and layer.name not in first:
            model.get_layer(layer.name).set_weights(layer.get_weights())

    theirs = {label: index for index, label in enumerate(_labels(initial.schema))}
    matched = {index: theirs[la] for index, la in enumerate(_labels(schema)) if la in theirs}
    ours, old = list(matched), list(matched.values())
    scales = _scales(schema)[ours] / _scales(initial.schema)[old]
    start = _nearest(initial, old, picture)
    rest = _rest(network, schema.neutral(), ours)
    old_rest = _rest(initial.network, start, old)
    for name, axis in first.items():
        kernel, bias = initial.model.get_layer(name).get_weights()
        old_rows, fresh = np.moveaxis(kernel, axis, 0), model.get_layer(name).get_weights()[0]
        rows = np.moveaxis(fresh, axis, 0).copy()
        rows *= np.median(_size(old_rows)) / np.median(_size(rows))  # as large as learnt ones
        rows[ours] = scales.reshape(-1, *[1] * (rows.ndim - 1)) * old_rows[old]
        moved = np.tensordot(old_rest, old_rows, 1) - np.tensordot(rest, rows, 1)
        # A transposed convolution has several places and one bias: their mean.
        bias = bias + moved.reshape(-1, len(bias)).mean(0)
        model.get_layer(name).set_weights([np.moveaxis(rows, 0, axis), bias])
    _report(initial.schema, schema, start, ours, old)


def _labels(schema: Schema) -> list[tuple[str, ...]]:
    """What each input of a network means, such as ("choice", "hair", "bob")."""
    return [
        *(("continuous", name) for name in schema.names),
        *(("choice", c.name, option) for c in schema.choices for option in c.options),
        *(("nuisance", control.unit, control.name) for control in schema.nuisance),
    ]


def _scales(schema: Schema) -> np.ndarray:
    """`[inputs]`: what 1 at each input stands for; angles are told in parts of their range."""
    return np.array([1.0] * schema.width + [control.scale for control in schema.nuisance])


def _foreign(schema: Schema, matched: list[int]) -> list[str]:
    """The choices that have no option among the matched inputs."""
    return [
        name
        for name, block in schema.slices.items()
        if not set(range(block.start, block.stop)) & set(matched)
    ]


def _rest(network: networks.NetworkConfig, start: Character, matched: list[int]) -> np.ndarray:
    """`[inputs]` that the first layers get at rest, 0 at those of the matched rows."""
    schema = start.schema
    encoded = schema.encode(start)[0]
    for name in set(schema.slices) - set(_foreign(schema, matched)):
        encoded[schema.slices[name]] = 0  # one of the matched options is on instead
    if network.name == "compact":
        encoded = 2 * encoded - 1  # blocks.Centre
    values = np.concatenate([encoded, schema.normalise_nuisance(schema.neutral_nuisance())])
    values[matched] = 0
    return values


def _nearest(initial: Imitator, matched: list[int], picture: np.ndarray) -> Character:
    """The old head at rest, with the unmatched choices that draw it nearest to `picture`."""
    schema = initial.schema
    start = schema.neutral()
    for name in _foreign(schema, matched):
        options = schema.choices[schema.choice_index[name]].options
        heads = [start.replace(**{name: option}) for option in options]
        errors = []
        for first in range(0, len(heads), _DRAWN):
            drawn = initial(schema.encode(heads[first : first + _DRAWN]))["image"]
            drawn = keras.ops.convert_to_numpy(drawn)
            errors.extend(np.abs(drawn - picture).mean((1, 2, 3)))
        default, best = start.choices[schema.choice_index[name]], int(np.argmin(errors))
        if errors[best] < _NEARER * errors[default]:
            start = heads[best]
    return start


def _size(rows: np.ndarray) -> np.ndarray:
    """Root mean square of every row."""
    return np.sqrt((rows.reshape(len(rows), -1) ** 2).mean(1))


def _report(old_schema, schema, start: Character, ours: list[int], old: list[int]) -> None:
    widths = len(schema.names), schema.width, schema.width + schema.nuisance_width
    ends = [sum(index < width for index in ours) for width in widths]
    parts, begun = [], (0, 0)
    for kind, count, width in zip(("continuous", "options", "nuisance"), ends, widths, strict=True):
        parts.append(f"{count - begun[0]} of {width - begun[1]} {kind}")
        begun = count, width
    rested = [f"{name}={start[name]}" for name in _foreign(old_schema, old)]
    _LOG.info(
        "initial: %s -> %s: every layer but the first; by name %s; at rest %s",
        old_schema.name,
        schema.name,
        ", ".join(parts),
        ", ".join(rested) or "as it was",
    )
