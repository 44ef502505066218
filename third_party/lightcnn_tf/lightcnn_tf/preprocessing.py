"""What LightCNN expects of a crop, kept beside the weights."""

from __future__ import annotations

import dataclasses

from keras import ops

_LUMA = (0.299, 0.587, 0.114)


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """Alignment and colour of the crops that LightCNN was trained on.

    Attributes:
      size: (height, width) of the crop in pixels.
      eye_centre: (x, y) of the point midway between the eyes, in pixels of the crop.
      eye_mouth_distance: pixels from there down to the middle of the mouth corners.
    """

    size: tuple[int, int] = (128, 128)
    eye_centre: tuple[float, float] = (64.0, 40.0)
    eye_mouth_distance: float = 48.0

    def __call__(self, images):
        """Turns aligned RGB crops into the network's input.

        Args:
          images: `[batch, height, width, 3]`, RGB in [0, 1], already aligned.

        Returns:
          `[batch, height, width, 1]`, grey (ITU-R 601 luma) in [0, 1]; differentiable.

        Raises:
          ValueError: `images` does not have three channels and the crop's size.
        """
        if len(images.shape) != 4 or tuple(images.shape[1:]) != (*self.size, 3):
            raise ValueError(
                f"images must be [batch, {self.size[0]}, {self.size[1]}, 3], "
                f"got {tuple(images.shape)}"
            )
        weights = ops.convert_to_tensor(_LUMA, dtype=images.dtype)
        return ops.sum(images * weights, axis=-1, keepdims=True)

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> Preprocessing:
        """Reads what `to_dict` wrote."""
        return cls(
            size=tuple(values["size"]),
            eye_centre=tuple(values["eye_centre"]),
            eye_mouth_distance=float(values["eye_mouth_distance"]),
        )
