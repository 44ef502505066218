"""What BiSeNet expects of a picture, kept beside the weights."""

from __future__ import annotations

import dataclasses

from keras import ops


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """Per-channel normalisation of RGB pictures in [0, 1].

    Attributes:
      mean: subtracted from each channel (ImageNet's by default).
      deviation: divides each channel.
    """

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    deviation: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __call__(self, images):
        """Normalises `[batch, height, width, 3]` RGB in [0, 1]; differentiable.

        Raises:
          ValueError: `images` does not have four axes and three channels.
        """
        if len(images.shape) != 4 or images.shape[-1] != 3:
            raise ValueError(f"images must be [batch, height, width, 3], got {tuple(images.shape)}")
        mean = ops.convert_to_tensor(self.mean, dtype=images.dtype)
        deviation = ops.convert_to_tensor(self.deviation, dtype=images.dtype)
        return (images - mean) / deviation

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Preprocessing:
        """Reads what `to_dict` wrote."""
        return cls(mean=tuple(values["mean"]), deviation=tuple(values["deviation"]))
