"""What an identity network sees in photographs and in drawn faces."""

from __future__ import annotations

import tensorflow as tf

from face2param.errors import ConfigError
from face2param.features.base import IdentityNetwork
from face2param.reconstruction.renderer import Rendered

BACKGROUNDS = ("black", "photo")


class Perception:
    """An identity network looking at photographs and at drawn faces.

    A drawn face has no hair, no background and no clothes. Deep3D shows it to the network as it
    is, on black, and so does the default here. Laid over the photograph ("photo") both pictures
    share their surroundings, which draws the descriptors together whatever the face is: the
    distance becomes smaller and says less about the face, but the picture is one such as the
    network learned.
    """

    def __init__(self, network: IdentityNetwork, background: str = "black"):
        """Wraps a network.

        Args:
          network: of `features.identity`.
          background: "black" or "photo".

        Raises:
          ConfigError: another background.
        """
        if background not in BACKGROUNDS:
            raise ConfigError(f"background must be one of {BACKGROUNDS}, got {background!r}")
        self.network = network
        self.background = background

    def photo(self, images: tf.Tensor, landmarks: tf.Tensor) -> tf.Tensor:
        """Describes photographs.

        Args:
          images: `[batch, height, width, 3]` RGB in [0, 1].
          landmarks: `[batch, 68, 2]` px.

        Returns:
          `[batch, embedding size]`.
        """
        return self.network(images, landmarks)

    def drawn(self, rendered: Rendered, images: tf.Tensor | None = None) -> tf.Tensor:
        """Describes drawn faces.

        Args:
          rendered: what was drawn; the crop follows its landmarks, through which no gradient
            flows: else the face could hide by sliding out of the crop.
          images: `[batch, height, width, 3]` the photographs, for the background "photo".

        Returns:
          `[batch, embedding size]`. Differentiable in the picture.
        """
        image = rendered.image if self.background == "black" else rendered.over(images)
        # The network knows pictures; shading beyond white is none. The slope stays 1 inside.
        return self.network(tf.clip_by_value(image, 0.0, 1.0), rendered.landmarks)
