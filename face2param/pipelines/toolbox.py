"""Everything that a fit needs, loaded once: engine, imitator, identity and parsing networks."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from face2param import engines, features
from face2param.config import read_json
from face2param.errors import WeightsError
from face2param.features.precision import check as check_precision

if TYPE_CHECKING:
    import tensorflow as tf

    from face2param.engines import Engine
    from face2param.estimator.model import Estimator
    from face2param.features.base import IdentityNetwork
    from face2param.features.parsing_network import ParsingNetwork
    from face2param.fitting.objective import Callables
    from face2param.imitator.model import Imitator
    from face2param.schema import Schema


@dataclasses.dataclass(frozen=True)
class Toolbox:
    """The parts of a fit, all of one schema.

    Attributes:
      engine: draws the answer.
      imitator: draws what the search looks at.
      identity: says who is in a picture.
      parsing: says which region each pixel belongs to.
      estimator: answers at once; None where none was trained for the schema.
    """

    engine: Engine
    imitator: Imitator
    identity: IdentityNetwork
    parsing: ParsingNetwork
    estimator: Estimator | None = None

    def __post_init__(self) -> None:
        """Checks that engine and imitator mean the same by a parameter.

        Raises:
          WeightsError: the imitator was trained for another schema.
        """
        ours, theirs = self.engine.schema, self.imitator.schema
        if ours.hash != theirs.hash:
            raise WeightsError(
                f"the imitator was trained for schema {theirs.name} {theirs.hash}, but engine "
                f"{self.engine.name} draws {ours.name} {ours.hash}; train one with: face2param "
                "train_imitator --database=DATABASE --output=OUTPUT"
            )

    def at(self, precision: str) -> Toolbox:
        """Returns the toolbox whose networks compute in `precision`; itself for float32.

        The imitator keeps its last convolution in float32, or its pictures would have steps
        of 1/256.

        Raises:
          ConfigError: the precision is unknown, or this processor cannot compute in it.
        """
        if check_precision(precision) == "float32":
            return self
        from face2param.features.frozen import frozen

        return dataclasses.replace(
            self,
            imitator=frozen(self.imitator, precision, keep=("pixels",)),
            identity=frozen(self.identity, precision),
            parsing=frozen(self.parsing, precision),
        )

    def callables(self) -> Callables:
        """Returns what the search may call; see `fitting.objective.Callables`."""
        from face2param.fitting.objective import Callables

        return Callables(self._imitate, self.identity, self._content)

    def _imitate(self, encoded, nuisance, names: Collection[str]) -> dict[str, tf.Tensor]:
        parts = _partial_model(self.imitator.model, tuple(sorted(names)))
        drawn = dict(parts({"character": encoded, "nuisance": nuisance}, training=False))
        if "landmarks" in drawn:
            height, width = self.imitator.size
            drawn["landmarks"] = drawn["landmarks"] * np.float32([width, height])
        return drawn

    def _content(self, images) -> tf.Tensor:
        return weighted_features(self.parsing, images)


def weighted_features(parsing: ParsingNetwork, images) -> tf.Tensor:
    """Features of the parsing network, weighted by how much each cell is face.

    Equation 6 of Shi et al. 2019: the probability maps of the facial classes are the pixel
    weights of the feature map.

    Args:
      parsing: the network.
      images: `[batch, height, width, 3]` RGB in [0, 1].

    Returns:
      `[batch, h, w, channels]`. Differentiable.
    """
    import tensorflow as tf

    from face2param import regions

    outputs = parsing(images)
    maps = outputs["features"]
    inner = ("l_brow", "r_brow", "l_eye", "r_eye", "nose", "mouth", "u_lip", "l_lip", "skin")
    inside = tf.gather(outputs["coarse"], [regions.INDEX[name] for name in inner], axis=-1)
    weights = tf.reduce_sum(inside, -1, keepdims=True)
    return maps * tf.image.resize(weights, maps.shape[1:3], antialias=True)


@functools.lru_cache(maxsize=32)
def _partial_model(model, names: tuple[str, ...]):
    """The part of the imitator that computes some of its outputs."""
    import keras

    outputs = {name: model.output[name] for name in names}
    return keras.Model(model.input, outputs)


@functools.lru_cache(maxsize=4)
def load(
    engine: str = "builtin",
    imitator: str = "builtin",
    identity: str = "dlib",
    parsing: str = "default",
    estimator: str = "builtin",
) -> Toolbox:
    """Loads a toolbox; the same arguments give the same object again.

    Its networks are frozen: batch normalisations are folded into their convolutions.

    Args:
      engine: name of an engine.
      imitator: folder of a trained imitator, or `builtin`.
      identity: `dlib` or `lightcnn29v2`.
      parsing: `default` or a file of parsing weights.
      estimator: folder of a trained estimator, or `builtin`: the one that ships, if one ships
        for the engine's schema.

    Raises:
      WeightsError: weights are missing, damaged, or of another schema.
      EngineError: no such engine.
    """
    from face2param.features.frozen import frozen
    from face2param.imitator.model import Imitator

    drawing = engines.get(engine)
    return Toolbox(
        drawing,
        frozen(Imitator.load(imitator, expected=drawing.schema)),
        features.identity(identity),
        frozen(features.parsing(parsing)),
        _estimator(estimator, drawing.schema),
    )


def _estimator(folder: str, schema: Schema) -> Estimator | None:
    from face2param.estimator import model

    shipped = model.BUILTIN / "estimator.json"
    if folder == "builtin":
        # Another engine's schema has no estimator until one is trained; a search needs none.
        if not shipped.is_file() or read_json(shipped)["schema"]["hash"] != schema.hash:
            return None
    return model.Estimator.load(folder, expected=schema)
