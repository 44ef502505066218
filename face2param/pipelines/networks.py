"""The library's own networks, ready to be exported: by name, with all that running them takes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from face2param import features
from face2param.errors import ConfigError
from face2param.weights import export as exporting
from face2param.weights.export_ports import Meaning

if TYPE_CHECKING:
    import keras

    from face2param.schema import Schema

_RGB = "RGB, row 0 on top; the network's own normalisation is inside"


@dataclasses.dataclass(frozen=True)
class Network:
    """A network and what its numbers mean.

    Attributes:
      model: functional Keras model with its preprocessing inside.
      meanings: of inputs and outputs, by name.
      facts: for the JSON beside an exported file.
      example: inputs that the network is made for; None where any numbers will do.
      litert_batch: fixed batch of LiteRT files if none is asked for; None where it may be open.
    """

    model: keras.Model
    meanings: dict[str, Meaning]
    facts: dict[str, Any]
    example: dict[str, np.ndarray] | None = None
    litert_batch: int | None = None


def open_network(name: str, weights: str | os.PathLike | None = None) -> Network:
    """Opens one of the library's networks.

    Args:
      name: a key of `NETWORKS`.
      weights: folder of an imitator or file of another network; None takes the one that
        ships with the package or that the weight register finds.

    Raises:
      ConfigError: there is no network of that name.
      WeightsError: the weights are missing, damaged or of another network.
    """
    if name not in NETWORKS:
        raise ConfigError(f"network: there is no {name!r}; choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name](weights)


def export(
    name: str,
    output: str | os.PathLike,
    format: str = "savedmodel",
    *,
    weights: str | os.PathLike | None = None,
    batch: int | None = None,
    precision: str = "float32",
    overwrite: bool = False,
) -> exporting.Report:
    """Exports one of the library's networks; see `weights.export.export` and `open_network`.

    The batch is open if none is given, except in LiteRT files of the parsing network, which
    can only have a fixed one.
    """
    exporting.check_request(output, format, batch, precision, overwrite)
    network = open_network(name, weights)
    return exporting.export(
        network.model,
        output,
        format,
        batch=network.litert_batch if batch is None and format == "litert" else batch,
        precision=precision,
        meanings=network.meanings,
        facts={"network": name, **network.facts},
        example=network.example,
        overwrite=overwrite,
    )


def _imitator(weights: str | os.PathLike | None) -> Network:
    from face2param import regions
    from face2param.imitator.model import Imitator

    imitator = Imitator.load("builtin" if weights is None else weights)
    schema, model = imitator.schema, imitator.model
    found = {
        "character": Meaning(
            "encoded character: sliders, then one 1 among the options of each choice",
            0.0,
            1.0,
            columns=tuple(_columns(schema)),
        ),
        "nuisance": Meaning(
            "expression and pose: a weight as it is, an angle divided by its scale",
            min((control.minimum / control.scale for control in schema.nuisance), default=0.0),
            max((control.maximum / control.scale for control in schema.nuisance), default=1.0),
            columns=schema.nuisance_names,
        ),
        "image": Meaning("RGB, row 0 on top", 0.0, 1.0),
        "landmarks": Meaning(
            "the 68 iBUG landmarks as (x / width, y / height), y downwards", columns=("x", "y")
        ),
        "regions": Meaning("probability of each region", 0.0, 1.0, columns=regions.MERGED),
    }
    if imitator.network.name == "paper":
        found["image"] = Meaning("RGB, row 0 on top; clip it to [0, 1]")
    present = {*model.input, *model.output}
    facts = {
        "schema": {"name": schema.name, "version": schema.version, "hash": schema.hash},
        "neutral": {
            "character": schema.encode(schema.neutral()).ravel().tolist(),
            "nuisance": schema.normalise_nuisance(schema.neutral_nuisance()).tolist(),
        },
        "sliders": [
            {"name": control.name, "index": schema.index[control.name]}
            for control in schema.continuous
        ],
        "choices": [
            {
                "name": choice.name,
                "first": schema.slices[choice.name].start,
                "options": list(choice.options),
                "default": choice.default,
            }
            for choice in schema.choices
        ],
        "nuisance": [
            {
                "name": control.name,
                "unit": control.unit,
                "range": [control.minimum, control.maximum],
                "neutral": control.default,
                "scale": control.scale,
            }
            for control in schema.nuisance
        ],
        "pedigree": dataclasses.asdict(imitator.pedigree),
    }
    return Network(
        model,
        {name: meaning for name, meaning in found.items() if name in present},
        facts,
        _characters(schema),
    )


def _columns(schema: Schema) -> list[str]:
    names = list(schema.names)
    for choice in schema.choices:
        names += [f"{choice.name}={option}" for option in choice.options]
    return names


def _characters(schema: Schema, count: int = 3) -> dict[str, np.ndarray]:
    # All expressions at full strength at once are far from anything that training saw; there
    # the network magnifies the rounding of float32 a thousandfold.
    rng = np.random.default_rng(0)
    weights = 0.1 * rng.random((count, schema.nuisance_width))
    neutral = schema.normalise_nuisance(schema.neutral_nuisance())
    return {
        "character": np.asarray(schema.encode(schema.random(rng, count)), np.float32),
        "nuisance": (neutral + weights).astype(np.float32),
    }


def _dlib(weights: str | os.PathLike | None) -> Network:
    identity = features.identity("dlib", weights)
    name = next(iter(identity.model.output_names))
    return Network(
        identity.model,
        {
            identity.model.inputs[0].name: Meaning(
                f"aligned face chips as dlib's; {_RGB}", 0.0, 1.0
            ),
            name: Meaning("descriptor; the same person lies within the threshold (Euclidean)"),
        },
        {"threshold": identity.threshold, "distance": "Euclidean"},
    )


def _lightcnn(weights: str | os.PathLike | None) -> Network:
    import keras

    identity = features.identity("lightcnn29v2", weights)
    crops = keras.Input((*identity.crop_size, 3), name="crops")
    embedding = identity.model(identity.preprocessing(crops), training=False)
    model = keras.Model({"crops": crops}, {"embedding": embedding}, name="lightcnn29v2")
    text = f"aligned faces, RGB, row 0 on top; made grey inside. {_alignment(identity)}"
    return Network(
        model,
        {
            "crops": Meaning(text, 0.0, 1.0),
            "embedding": Meaning("embedding, not normalised; compared by 1 - cosine"),
        },
        {"threshold": identity.threshold, "distance": "1 - cosine"},
    )


def _alignment(identity: Any) -> str:
    x, y = identity.preprocessing.eye_centre
    drop = identity.preprocessing.eye_mouth_distance
    return f"Midpoint of the eyes at ({x:g}, {y:g}), middle of the mouth corners {drop:g} below"


def _parsing(weights: str | os.PathLike | None) -> Network:
    import keras

    network = features.parsing("default" if weights is None else os.fspath(weights))
    images = keras.Input((*network.size, 3), name="images")
    outputs = network.model(network.preprocessing(images), training=False)
    probabilities = keras.ops.softmax(outputs["out"], axis=-1)
    model = keras.Model({"images": images}, {"probabilities": probabilities}, name="parsing")
    text = f"the face fills about half of the picture; {_RGB}"
    return Network(
        model,
        {
            "images": Meaning(text, 0.0, 1.0),
            "probabilities": Meaning("of each class at each pixel", 0.0, 1.0, network.classes),
        },
        {"classes": list(network.classes)},
        # With an open batch LiteRT loses track of the sizes after nearest UpSampling2D and
        # refuses its own file.
        litert_batch=1,
    )


NETWORKS: Mapping[str, Callable[[str | os.PathLike | None], Network]] = {
    "imitator": _imitator,
    "dlib": _dlib,
    "lightcnn29v2": _lightcnn,
    "parsing": _parsing,
}
