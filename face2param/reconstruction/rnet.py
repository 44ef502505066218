"""The trained R-Net as users hold it: aligned photographs in, named coefficients out."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from face2param import config
from face2param.errors import ConfigError, WeightsError
from face2param.estimator.compiled import compiled
from face2param.features import half_weights
from face2param.reconstruction import fingerprint, networks

BUILTIN = Path(__file__).parent / "weights" / "builtin"


@dataclasses.dataclass(frozen=True)
class Pedigree:
    """Where weights come from.

    Attributes:
      face_model: name of the face model whose coefficients the network answers.
      fingerprint: of that model's bases, see `fingerprint.fingerprint`.
      command: that trained the weights.
      metrics: on heads and photographs that training never saw.
      rnet: of a C-Net, digest of the R-Net whose features it reads.
    """

    face_model: str = ""
    fingerprint: Mapping[str, list[float]] = dataclasses.field(default_factory=dict)
    command: str = ""
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    rnet: str = ""

    @classmethod
    def of(cls, model, command: str = "") -> Pedigree:
        """The pedigree of a network that is trained for a `FaceModel`."""
        return cls(model.name, fingerprint.fingerprint(model), command)


class RNet:
    """Reads coefficients off aligned photographs.

    Attributes:
      network: configuration of the network.
      model: the Keras model, picture -> vector.
      pedigree: where the weights come from.
    """

    def __init__(
        self,
        network: networks.NetworkConfig,
        model: keras.Model | None = None,
        pedigree: Pedigree | None = None,
    ) -> None:
        """Joins the parts.

        Args:
          network: configuration that `model` was built from.
          model: the network; None builds one with fresh weights, which answers the mean face.
          pedigree: where the weights come from.
        """
        self.network = network
        self.model = networks.r_net(network) if model is None else model
        self.pedigree = Pedigree() if pedigree is None else pedigree
        self._answer = compiled(lambda images: self.model(images, training=False))
        self._looking: keras.Model | None = None
        self._look = compiled(lambda images: self.looking(images, training=False))

    @property
    def looking(self) -> keras.Model:
        """The model with the maps and features for C-Net beside its answer."""
        if self._looking is None:
            self._looking = networks.looking(self.model)
        return self._looking

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> dict[str, np.ndarray]:
        """Reads coefficients.

        Args:
          images: `[batch, size, size, 3]` RGB in [0, 1], aligned by `alignment.pos`.
          batch_size: pictures at a time.

        Returns:
          Name -> `[batch, width]` float32, in the order of the layout.

        Raises:
          ValueError: `images` has another shape.
        """
        images = self._checked(images)
        parts = [
            self._answer(images[start : start + batch_size])
            for start in range(0, len(images), batch_size)
        ]
        return self.split(np.concatenate(parts))

    def look(self, images: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Reads coefficients and, from the same pass, the inputs of C-Net.

        Args:
          images: as above, one batch.

        Returns:
          The coefficients by name; and {"maps", "pooled"} for `networks.c_net`.

        Raises:
          ValueError: `images` has another shape.
        """
        found = dict(self._look(self._checked(images)))
        return self.split(found.pop("coefficients")), found

    def split(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        """Coefficients `[batch, width]` by name."""
        found, start = {}, 0
        for name, width in self.network.sizes:
            found[name] = vector[..., start : start + width]
            start += width
        return found

    def check(self, model) -> None:
        """Checks that the coefficients are those of a face model.

        Raises:
          WeightsError: they are of another one, or nobody noted of which.
        """
        if not self.pedigree.fingerprint:
            raise WeightsError("rnet: its record does not say which face model it answers for")
        what = f"rnet of face model {self.pedigree.face_model!r}"
        fingerprint.check(self.pedigree.fingerprint, self.pedigree.face_model, model, what)

    def digest(self) -> str:
        """16 hex digits of the weights, the same before and after they are stored."""
        digest = hashlib.sha256()
        for weight in self.model.get_weights():
            kind = np.float16 if weight.ndim > 1 else np.float32  # as half_weights stores them
            digest.update(np.ascontiguousarray(weight.astype(kind)).tobytes())
        return digest.hexdigest()[:16]

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `rnet.weights.h5` (half precision) and `rnet.json`, each whole or not at all."""
        record = {
            "network": config.to_dict(self.network),
            "pedigree": config.to_dict(self.pedigree),
            "parameters": int(self.model.count_params()),
        }
        half_weights.save_half(self.model, Path(folder) / "rnet.weights.h5", record)

    @classmethod
    def load(cls, folder: str | os.PathLike = "builtin", expected=None) -> RNet:
        """Reads an R-Net.

        Args:
          folder: written by `save`, or "builtin" for the one that ships with the package.
          expected: the `FaceModel` that the caller works with; None accepts any.

        Raises:
          WeightsError: missing, damaged, or of another face model than `expected`.
        """
        found = load("rnet", folder, cls)
        if expected is not None:
            found.check(expected)
        return found

    def _checked(self, images) -> np.ndarray:
        images = np.asarray(images, np.float32)
        expected = (self.network.size, self.network.size, 3)
        if images.ndim != 4 or images.shape[1:] != expected or not len(images):
            raise ValueError(f"images: must be [batch >= 1, {expected}], got {images.shape}")
        return images


def load(kind: str, folder: str | os.PathLike, cls):
    """Reads a folder that `save` of R-Net or C-Net wrote.

    Args:
      kind: "rnet" or "cnet", the stem of the files and the end of the program's name.
      folder: the folder, or "builtin".
      cls: (network, pedigree=) -> the object with `model`.

    Raises:
      WeightsError: missing or damaged.
    """
    path = BUILTIN if str(folder) == "builtin" else Path(folder)
    weights = path / f"{kind}.weights.h5"
    for file in (weights, path / f"{kind}.json"):
        if not file.is_file():
            raise WeightsError(
                f"{kind} {folder}: {file} is missing; train one with: face2param train_{kind}"
            )
    record = half_weights.load_description(weights)
    try:
        network = config.from_dict(networks.NetworkConfig, record["network"])
        pedigree = config.from_dict(Pedigree, record["pedigree"])
        for basis in fingerprint.BASES if pedigree.fingerprint else ():
            np.asarray(pedigree.fingerprint[basis], float).reshape(-1)
        found = cls(network, pedigree=pedigree)
    except (ConfigError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{kind} {folder}: its record cannot be read: {error}") from None
    half_weights.load_half(found.model, weights)
    return found
