"""Coefficients by name: which part of a vector means what is said here and nowhere else."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from face2param.errors import FaceModelError
from face2param.morphable.model import FaceModel

BANDS = 9
CHANNELS = 3
# Deep3D adds this to the first band of each channel: zero coefficients are a lit face.
AMBIENT = 0.8


@dataclass(frozen=True)
class Layout:
    """The order of named coefficients in a vector.

    Attributes:
      sizes: pairs (name, count) in order.
    """

    sizes: tuple[tuple[str, int], ...]

    def __post_init__(self):
        """Refuses names that repeat."""
        names = [name for name, _ in self.sizes]
        if len(set(names)) != len(names) or any(count < 0 for _, count in self.sizes):
            raise FaceModelError(
                f"a layout needs names that differ and sizes of 0 or more, got {self.sizes}"
            )

    @functools.cached_property
    def width(self) -> int:
        """Length of the vector."""
        return sum(count for _, count in self.sizes)

    @functools.cached_property
    def slices(self) -> dict[str, slice]:
        """Name -> part of the vector."""
        out, start = {}, 0
        for name, count in self.sizes:
            out[name] = slice(start, start + count)
            start += count
        return out

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(name for name, _ in self.sizes)

    def size(self, name: str) -> int:
        """How many coefficients `name` has.

        Raises:
          FaceModelError: there is no such name.
        """
        if name not in self.slices:
            raise FaceModelError(f"no coefficients named {name!r}; there are {list(self.names)}")
        part = self.slices[name]
        return part.stop - part.start

    def split(self, vector) -> dict:
        """Takes a vector apart.

        Args:
          vector: `[..., width]`, a tensor or an array; a gradient flows.

        Returns:
          name -> `[..., size]`, of the same kind.

        Raises:
          FaceModelError: the vector has another width.
        """
        if vector.shape[-1] != self.width:
            raise FaceModelError(
                f"coefficients have shape {list(vector.shape)}; the last axis must be "
                f"{self.width}: {self._describe()}"
            )
        return {name: vector[..., part] for name, part in self.slices.items()}

    def join(self, coefficients: Mapping):
        """The inverse of `split`; arrays give an array, tensors a tensor.

        Raises:
          FaceModelError: a name is missing or unknown, or has another size.
        """
        if set(coefficients) != set(self.names):
            missing = [n for n in self.names if n not in coefficients]
            unknown = sorted(set(coefficients) - set(self.names))
            raise FaceModelError(
                f"coefficients do not fit the layout: missing {missing}, unknown {unknown}"
            )
        parts = [coefficients[name] for name in self.names]
        for (name, count), part in zip(self.sizes, parts, strict=True):
            if part.shape[-1] != count:
                raise FaceModelError(
                    f"coefficients {name!r} have shape {list(part.shape)}; the last axis must be "
                    f"{count}"
                )
        if all(isinstance(part, np.ndarray) for part in parts):
            return np.concatenate(parts, -1)
        return tf.concat(parts, -1)

    def _describe(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in self.sizes)


def layout(identity: int, expression: int, albedo: int, white: bool = False) -> Layout:
    """Deep3D's order for any numbers of coefficients.

    Args:
      identity: number of identity coefficients.
      expression: of expression coefficients.
      albedo: of albedo coefficients.
      white: one light for all channels (9 coefficients) instead of one per channel (27).

    Returns:
      identity, expression, albedo; rotation: Euler angles about x, y, z in radians; light:
      channel-major; translation: decimetres.
    """
    light = BANDS if white else BANDS * CHANNELS
    return Layout(
        (
            ("identity", identity),
            ("expression", expression),
            ("albedo", albedo),
            ("rotation", 3),
            ("light", light),
            ("translation", 3),
        )
    )


DEEP3D = layout(80, 64, 80)  # 257, the published code
DEEP3D_WHITE = layout(80, 64, 80, white=True)  # 239, the paper


def layout_of(model: FaceModel, white: bool = False, joints: bool = False) -> Layout:
    """The layout of a model's coefficients, see `layout`.

    Args:
      model: the model.
      white: one light for all channels.
      joints: whether the turns of the model's joints but the root follow behind the others,
        three numbers each.

    Raises:
      FaceModelError: joints are wanted of a model that has none.
    """
    plain = layout(**model.sizes, white=white)
    if not joints:
        return plain
    if model.articulation is None:
        raise FaceModelError(f"face model {model.name!r} has no joints")
    return Layout((*plain.sizes, ("joints", 3 * (len(model.articulation.names) - 1))))


def light_matrix(light: tf.Tensor) -> tf.Tensor:
    """Light coefficients as one row per band.

    Args:
      light: `[batch, 27]` channel-major (red's nine bands first), or `[batch, 9]` white light.

    Returns:
      `[batch, 9, 3]` with 0.8 added to the first band, as Deep3D does: zeros are an evenly lit
      face. A gradient flows.

    Raises:
      FaceModelError: the last axis is neither 27 nor 9.
    """
    light = tf.convert_to_tensor(light)
    if light.shape.rank != 2 or light.shape[-1] not in (BANDS, BANDS * CHANNELS):
        raise FaceModelError(
            f"light has shape {light.shape}; it must be [batch, {BANDS * CHANNELS}] or "
            f"[batch, {BANDS}]"
        )
    if light.shape[-1] == BANDS:
        bands = tf.repeat(light[..., tf.newaxis], CHANNELS, axis=-1)
    else:
        bands = tf.transpose(tf.reshape(light, [-1, CHANNELS, BANDS]), [0, 2, 1])
    ambient = tf.one_hot(0, BANDS, on_value=AMBIENT, off_value=0.0, dtype=bands.dtype)
    return bands + ambient[:, tf.newaxis]


def neutral(sizes: Layout, batch: int = 1) -> dict[str, tf.Tensor]:
    """All zeros: the mean face, frontal, centred, under even light; name -> `[batch, size]`."""
    return {name: tf.zeros([batch, count]) for name, count in sizes.sizes}
