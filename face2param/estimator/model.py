"""The trained estimator as users hold it: one look at a photograph, and a character."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from face2param import config
from face2param.errors import WeightsError
from face2param.estimator import networks
from face2param.estimator.colour_sliders import FILE, ColourSliders
from face2param.estimator.compiled import compiled
from face2param.estimator.targets import HEADS
from face2param.features import schema_weights
from face2param.schema import Schema

BUILTIN = Path(__file__).parent / "weights" / "builtin"


@dataclasses.dataclass(frozen=True)
class Pedigree:
    """Where weights come from.

    Attributes:
      engine: name of the engine that drew the training pictures.
      engine_version: of that engine.
      command: that trained the weights.
      metrics: on heads and portraits that training never saw.
    """

    engine: str = ""
    engine_version: str = ""
    command: str = ""
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What the estimator says about a batch of photographs.

    Attributes:
      values: `[batch, width]` float32 encoded characters, each choice its most probable option.
      probabilities: `[batch, width]` the same with the probability of every option.
      deviation: `[batch, continuous]` standard deviation of the error expected of each
        continuous parameter.
      confidence: `[batch, continuous]` in [0, 1]: 1 sure, 0 no better than knowing nothing.
      nuisance: `[batch, nuisance_width]` normalised expression and pose.
      attributes: attribute -> `[batch, options]` probabilities in the order of `targets.HEADS`.
    """

    values: np.ndarray
    probabilities: np.ndarray
    deviation: np.ndarray
    confidence: np.ndarray
    nuisance: np.ndarray
    attributes: dict[str, np.ndarray]


class Estimator:
    """Reads characters off prepared photographs.

    Attributes:
      schema: what the parameters mean.
      network: configuration of the network.
      model: the Keras model.
      spread: `[continuous]` standard deviation of each parameter among the training heads.
      pedigree: where the weights come from.
      colours: what colours tell better than the network; None: nothing.
    """

    def __init__(
        self,
        schema: Schema,
        network: networks.NetworkConfig,
        model: keras.Model | None = None,
        spread: np.ndarray | None = None,
        pedigree: Pedigree | None = None,
        colours: ColourSliders | None = None,
    ) -> None:
        """Joins the parts.

        Args:
          schema: of the parameters.
          network: configuration that `model` was built from.
          model: the network; None builds one with fresh random weights.
          spread: of the training heads; None takes that of a uniform distribution.
          pedigree: where the weights come from.
          colours: what colours tell better than the network.

        Raises:
          WeightsError: the network's outputs are not those of the schema.
        """
        own = (network.continuous, network.options, network.nuisance)
        if own != widths(schema):
            raise WeightsError(
                f"network: answers {own} (continuous, options, nuisance), but schema "
                f"{schema.name} has {widths(schema)}"
            )
        self.schema, self.network = schema, network
        self.model = networks.build(network) if model is None else model
        self.spread = np.full(network.continuous, 12**-0.5) if spread is None else spread
        self.spread = np.asarray(self.spread, np.float32)
        self.pedigree = Pedigree() if pedigree is None else pedigree
        self.colours = colours
        self._run = compiled(self._outputs)

    def __call__(self, inputs: Mapping[str, np.ndarray], batch_size: int = 64) -> Estimate:
        """Estimates characters.

        Args:
          inputs: of `inputs.prepare`, `[batch, ...]` each.
          batch_size: photographs at a time.

        Raises:
          ValueError: an input is missing or has another shape.
        """
        arrays = [np.asarray(array) for array in self._checked(inputs).values()]
        count = len(arrays[0])
        parts = [
            self._run(*(array[start : start + batch_size] for array in arrays))
            for start in range(0, max(count, 1), batch_size)
        ]
        outputs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return self.interpret(outputs)

    def interpret(self, outputs: Mapping[str, np.ndarray]) -> Estimate:
        """What outputs of the network mean."""
        count = len(outputs["continuous"])
        shares = [outputs["continuous"]]
        picked, start = [outputs["continuous"]], 0
        for options in self.network.options:
            block = _softmax(outputs["choices"][:, start : start + options])
            start += options
            shares.append(block)
            picked.append(np.eye(options, dtype=np.float32)[block.argmax(-1)])
        deviation = np.exp(0.5 * outputs["confidence"])
        nuisance = outputs.get("nuisance", np.zeros((count, 0), np.float32))
        low, high = (
            self.schema.normalise_nuisance(
                np.array([getattr(control, name) for control in self.schema.nuisance], np.float32)
            )
            for name in ("minimum", "maximum")
        )
        return Estimate(
            np.concatenate(picked, -1).astype(np.float32),
            np.concatenate(shares, -1).astype(np.float32),
            deviation,
            np.clip(1 - deviation / np.maximum(self.spread, 1e-6), 0, 1),
            np.clip(nuisance, low, high),
            {name: _softmax(outputs[name]) for name in HEADS},
        )

    def _outputs(self, *arrays):
        names = networks.NAMES
        return self.model(networks.cast(dict(zip(names, arrays, strict=True))), training=False)

    def _checked(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        for name in networks.NAMES:
            expected = tuple(self.model.input[name].shape[1:])
            found = np.shape(inputs[name])[1:] if name in inputs else "nothing"
            if found != expected:
                raise ValueError(f"{name}: must be [batch, {expected}], got {found}")
        return {name: inputs[name] for name in networks.NAMES}

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `estimator.weights.h5` (half precision), `schema.json`, `estimator.json`.

        And `colours.npz` where colours tell anything.

        Each file is whole or absent; `estimator.json` comes last and holds the digest of the
        weights, so that a broken copy is noticed.
        """
        record = {
            "network": config.to_dict(self.network),
            "spread": [round(float(value), 5) for value in self.spread],
            "pedigree": config.to_dict(self.pedigree),
        }
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / FILE).unlink(missing_ok=True)
        if self.colours is not None:
            self.colours.save(folder)
        schema_weights.save("estimator", folder, self.model, self.schema, record)

    @classmethod
    def load(
        cls, folder: str | os.PathLike = "builtin", expected: Schema | None = None
    ) -> Estimator:
        """Reads an estimator.

        Args:
          folder: written by `save`, or "builtin" for the one that ships with the package.
          expected: schema that the caller works with; None accepts the estimator's own.

        Raises:
          WeightsError: missing, damaged, or of another schema than `expected`.
        """

        def build(schema: Schema, record: dict) -> Estimator:
            network = config.from_dict(networks.NetworkConfig, record["network"])
            pedigree = config.from_dict(Pedigree, record["pedigree"])
            return cls(
                schema, network, spread=np.array(record["spread"], np.float32), pedigree=pedigree
            )

        found = schema_weights.load(
            "estimator", folder, BUILTIN, expected, build, lambda estimator: estimator.model
        )
        found.colours = ColourSliders.load(BUILTIN if folder == "builtin" else folder)
        return found


def widths(schema: Schema) -> tuple[int, tuple[int, ...], int]:
    """What a network of this schema answers: continuous, options of each choice, nuisance."""
    options = tuple(len(choice.options) for choice in schema.choices)
    return len(schema.continuous), options, schema.nuisance_width


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return (shares / shares.sum(-1, keepdims=True)).astype(np.float32)
