"""The trained C-Net as users hold it, and the network that it is trained inside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
from keras import ops

from face2param import config
from face2param.errors import WeightsError
from face2param.estimator.compiled import compiled
from face2param.features import half_weights
from face2param.reconstruction import image_sets, networks
from face2param.reconstruction.rnet import Pedigree, RNet, load


class CNet:
    """Says how far each identity coefficient of each photograph is to be trusted.

    Attributes:
      network: configuration of the R-Net that it continues.
      model: the Keras model.
      pedigree: where the weights come from; `rnet` is the digest of that R-Net.
    """

    def __init__(
        self,
        network: networks.NetworkConfig,
        model: keras.Model | None = None,
        pedigree: Pedigree | None = None,
    ) -> None:
        """Joins the parts.

        Args:
          network: of the R-Net.
          model: the network; None builds one with fresh weights, which trusts all alike.
          pedigree: where the weights come from.
        """
        self.network = network
        self.model = networks.c_net(network) if model is None else model
        self.pedigree = Pedigree() if pedigree is None else pedigree
        self._run = compiled(
            lambda maps, pooled: self.model({"maps": maps, "pooled": pooled}, training=False)
        )

    def __call__(self, seen: Mapping[str, np.ndarray]) -> np.ndarray:
        """Confidences `[batch, identity]` in (0, 1) for what `RNet.look` saw."""
        return self._run(seen["maps"], seen["pooled"])

    def aggregate(self, identity: np.ndarray, seen: Mapping[str, np.ndarray]) -> np.ndarray:
        """The identity of one person.

        Args:
          identity: `[pictures, identity]` of each photograph.
          seen: of `RNet.look`, of the same photographs.

        Returns:
          `[identity]` float32.
        """
        return image_sets.aggregate(np.asarray(identity), self(seen))

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `cnet.weights.h5` (half precision) and `cnet.json`, each whole or not at all."""
        record = {
            "network": config.to_dict(self.network),
            "pedigree": config.to_dict(self.pedigree),
            "parameters": int(self.model.count_params()),
        }
        half_weights.save_half(self.model, Path(folder) / "cnet.weights.h5", record)

    @classmethod
    def load(cls, folder: str | os.PathLike = "builtin", rnet: RNet | None = None) -> CNet:
        """Reads a C-Net.

        Args:
          folder: written by `save`, or "builtin" for the one that ships with the package.
          rnet: that it shall continue; None checks nothing.

        Raises:
          WeightsError: missing, damaged, or trained behind another R-Net.
        """
        found = load("cnet", folder, cls)
        if rnet is not None and found.pedigree.rnet != rnet.digest():
            raise WeightsError(
                f"cnet {folder}: was trained behind the R-Net {found.pedigree.rnet or 'unknown'}, "
                f"not behind this one ({rnet.digest()}), whose features mean something else; "
                "train one with: face2param train_cnet"
            )
        return found


class SetNetwork(keras.Model):
    """R-Net, frozen, with one identity for each set of photographs: what C-Net is trained in.

    Answers as R-Net does, `[batch, width]`, only that the identity coefficients of the pictures
    of a set are those of the set. Only C-Net's weights are trainable.
    """

    def __init__(self, rnet: RNet, cnet: CNet, pictures: int) -> None:
        """Joins the networks.

        Args:
          rnet: stays as it is.
          cnet: learns.
          pictures: in each set; rows that follow each other.
        """
        super().__init__(name="set_network")
        self.looking, self.confidence = rnet.looking, cnet.model
        self.looking.trainable = False
        self._pictures = pictures
        self._sizes = rnet.network.sizes

    def call(self, images, training=False):
        """Coefficients of pictures `[sets * pictures, size, size, 3]`."""
        del training  # C-Net has no layer that works otherwise in training
        seen = self.looking(images, training=False)
        vector = seen["coefficients"]
        confidence = self.confidence({name: seen[name] for name in ("maps", "pooled")})
        parts, start = [], 0
        for name, width in self._sizes:
            part = vector[:, start : start + width]
            start += width
            if name == networks.IDENTITY:
                shape = (-1, self._pictures, width)
                one = image_sets.aggregate(ops.reshape(part, shape), ops.reshape(confidence, shape))
                part = ops.repeat(one, self._pictures, axis=0)
            parts.append(part)
        return ops.concatenate(parts, -1)
