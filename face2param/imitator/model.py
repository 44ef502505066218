"""The trained imitator as users hold it: a network, its schema, and where it came from."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import keras
from keras import ops

from face2param import config
from face2param.errors import SchemaError, WeightsError
from face2param.features import schema_weights
from face2param.imitator import networks
from face2param.schema import Schema

Tensor = Any
BUILTIN = Path(__file__).parent / "weights" / "builtin"


@dataclasses.dataclass(frozen=True)
class Pedigree:
    """Where weights come from.

    Attributes:
      engine: name of the engine that drew the training pictures.
      engine_version: of that engine.
      command: that trained the weights.
      metrics: on heads that training never saw.
    """

    engine: str = ""
    engine_version: str = ""
    command: str = ""
    metrics: dict[str, float] = dataclasses.field(default_factory=dict)


class Imitator:
    """Draws characters: encoded parameters in, picture, landmarks and regions out.

    Attributes:
      schema: what the parameters mean.
      network: configuration of the network.
      model: the Keras model.
      pedigree: where the weights come from.
    """

    def __init__(
        self,
        schema: Schema,
        network: networks.NetworkConfig,
        model: keras.Model | None = None,
        pedigree: Pedigree | None = None,
    ) -> None:
        """Joins the parts.

        Args:
          schema: of the parameters.
          network: configuration that `model` was built from.
          model: the network; None builds one with fresh random weights.
          pedigree: where the weights come from.

        Raises:
          WeightsError: the network's inputs are not as wide as the schema's vectors.
        """
        widths = (network.width, network.nuisance_width)
        if widths != (schema.width, schema.nuisance_width):
            raise WeightsError(
                f"network: takes {widths} inputs (character, nuisance), but schema "
                f"{schema.name} has {(schema.width, schema.nuisance_width)}"
            )
        self.schema, self.network = schema, network
        self.model = networks.build(network) if model is None else model
        self.pedigree = Pedigree() if pedigree is None else pedigree

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the pictures."""
        return (self.network.size, self.network.size)

    def __call__(self, encoded: Tensor, nuisance: Tensor | None = None) -> dict[str, Tensor]:
        """Draws a batch of characters. Differentiable in both arguments.

        Args:
          encoded: `[batch, width]` encoded characters in [0, 1]; choices may be relaxed.
          nuisance: `[batch, nuisance_width]` normalised nuisance; None is neutral.

        Returns:
          "image" `[batch, height, width, 3]` in [0, 1]; and, if the network has the heads,
          "landmarks" `[batch, 68, 2]` landmarks01 and "regions" `[batch, height / 4, width / 4,
          regions]` probabilities.

        Raises:
          SchemaError: an argument has another width than the schema.
        """
        encoded = ops.convert_to_tensor(encoded, "float32")
        _check_width("encoded", encoded, self.schema.width, self.schema.name)
        if nuisance is None:
            neutral = self.schema.normalise_nuisance(self.schema.neutral_nuisance())
            neutral = ops.convert_to_tensor(neutral, "float32")[None]
            nuisance = ops.repeat(neutral, ops.shape(encoded)[0], axis=0)
        nuisance = ops.convert_to_tensor(nuisance, "float32")
        _check_width("nuisance", nuisance, self.schema.nuisance_width, self.schema.name)
        outputs = dict(self.model({"character": encoded, "nuisance": nuisance}, training=False))
        if self.network.name == "paper":  # its last layer is linear
            outputs["image"] = ops.clip(outputs["image"], 0.0, 1.0)
        return outputs

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `imitator.weights.h5` (half precision), `schema.json` and `imitator.json`.

        Each file is whole or absent; `imitator.json` comes last and holds the digest of the
        weights, so that a broken copy is noticed.
        """
        record = {
            "network": config.to_dict(self.network),
            "pedigree": config.to_dict(self.pedigree),
        }
        schema_weights.save("imitator", folder, self.model, self.schema, record)

    @classmethod
    def load(
        cls, folder: str | os.PathLike = "builtin", expected: Schema | None = None
    ) -> "Imitator":
        """Reads an imitator.

        Args:
          folder: written by `save`, or "builtin" for the one that ships with the package.
          expected: schema that the caller works with; None accepts the imitator's own.

        Raises:
          WeightsError: missing, damaged, or of another schema than `expected`.
        """

        def build(schema: Schema, record: dict) -> "Imitator":
            network = config.from_dict(networks.NetworkConfig, record["network"])
            pedigree = config.from_dict(Pedigree, record["pedigree"])
            return cls(schema, network, pedigree=pedigree)

        return schema_weights.load(
            "imitator", folder, BUILTIN, expected, build, lambda imitator: imitator.model
        )


def _check_width(name: str, values: Tensor, width: int, schema_name: str) -> None:
    if len(values.shape) != 2 or values.shape[-1] != width:
        raise SchemaError(
            f"{name}: expected [batch, {width}] for schema {schema_name}, got {tuple(values.shape)}"
        )
