"""What an imitator is trained on: pixels, edges, coarse scales, landmarks, regions, identity.

Every function takes and returns tensors of the current Keras backend, lets the gradient flow to
its first argument, and is a mean over the batch. Pictures are `[batch, height, width, 3]` in
[0, 1].
"""

import dataclasses
from typing import Any, Protocol

import numpy as np
from keras import ops

from face2param import regions
from face2param.errors import ConfigError

Tensor = Any

REGION_WEIGHTS = {
    "background": 0.5,
    "skin": 1.5,
    "brows": 3.0,
    "eyes": 5.0,
    "glasses": 4.0,
    "ears": 1.0,
    "nose": 2.5,
    "mouth": 3.5,
    "upper_lip": 3.5,
    "lower_lip": 3.5,
    "neck": 0.6,
    "cloth": 0.4,
    "hair": 1.0,
}
"""How much an error at a pixel counts: a face is recognised by its middle."""


@dataclasses.dataclass(frozen=True)
class LossWeights:
    """Weights of the loss terms; a term of weight 0 is not computed."""

    image: float = 1.0
    edges: float = 1.0
    scales: float = 0.5
    landmarks: float = 2.0
    regions: float = 0.05
    identity: float = 0.1

    def __post_init__(self) -> None:
        """Checks the weights.

        Raises:
          ConfigError: a weight is negative.
        """
        for field in dataclasses.fields(self):
            if getattr(self, field.name) < 0:
                raise ConfigError(
                    f"{field.name}: a loss weight must not be negative, "
                    f"got {getattr(self, field.name)}"
                )


class IdentityNetwork(Protocol):
    """The part of `features.IdentityNetwork` that training needs."""

    def crop(self, images: Tensor, landmarks: Tensor) -> Tensor:
        """Aligned crops; `landmarks` `[batch, 68, 2]` in pixels."""

    def embed(self, crops: Tensor) -> Tensor:
        """`[batch, dimensions]` descriptors."""


def region_weight_table() -> Tensor:
    """`[256]` weight of each merged region; that of unknown labels is 1."""
    table = np.ones(256, np.float32)
    table[: len(regions.MERGED)] = [REGION_WEIGHTS[name] for name in regions.MERGED]
    return ops.convert_to_tensor(table)


def region_weights(labels: Tensor, table: Tensor) -> Tensor:
    """Weights of the pixels; no gradient.

    Args:
      labels: `[batch, h / 4, w / 4]` merged regions.
      table: of `region_weight_table`; made once, since a copy to a GPU in every step stalls it.

    Returns:
      `[batch, h, w, 1]`.
    """
    weights = ops.take(table, ops.cast(labels, "int32"), axis=0)
    weights = ops.repeat(ops.repeat(weights, 4, axis=1), 4, axis=2)
    return weights[..., None]


def weighted_l1(difference: Tensor, weights: Tensor | None) -> Tensor:
    """Mean absolute difference, each pixel counted with its weight.

    Args:
      difference: `[batch, height, width, channels]`.
      weights: `[batch, height, width, 1]`, or None for equal weights.
    """
    if weights is None:
        return ops.mean(ops.abs(difference))
    return ops.mean(ops.abs(difference) * weights) / ops.mean(weights)


def edge_l1(difference: Tensor, weights: Tensor | None) -> Tensor:
    """`weighted_l1` of the horizontal and vertical pixel differences, averaged.

    Blur costs nothing in the mean of a textured patch but much in its gradients, so this term
    keeps lashes, lids and lip lines crisp.
    """
    vertical = difference[:, 1:] - difference[:, :-1]
    horizontal = difference[:, :, 1:] - difference[:, :, :-1]
    if weights is None:
        return (weighted_l1(vertical, None) + weighted_l1(horizontal, None)) / 2
    return (weighted_l1(vertical, weights[:, 1:]) + weighted_l1(horizontal, weights[:, :, 1:])) / 2


def scale_l1(difference: Tensor, weights: Tensor | None, levels: int = 3) -> Tensor:
    """Mean of `weighted_l1` at 1/2, 1/4, ... of the size (box-averaged `levels` times).

    Averaging before the absolute value asks for the right mean colour of a patch even where
    its texture cannot be matched.
    """
    total = 0.0
    for _ in range(levels):
        difference = ops.average_pool(difference, 2, 2, data_format="channels_last")
        if weights is not None:
            weights = ops.average_pool(weights, 2, 2, data_format="channels_last")
        total = total + weighted_l1(difference, weights)
    return total / levels


def landmark_l1(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference of `[batch, 68, 2]` landmarks01, in picture sizes."""
    return ops.mean(ops.abs(predicted - true))


def region_cross_entropy(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Mean -log p of the true region; cells labelled `regions.IGNORE` are left out.

    Args:
      probabilities: `[batch, h, w, regions]`.
      labels: `[batch, h, w]` indices into `regions.MERGED`.
    """
    labels = ops.cast(labels, "int32")
    is_known = labels < len(regions.MERGED)
    known = ops.cast(is_known, probabilities.dtype)
    index = labels * ops.cast(is_known, "int32")
    chosen = ops.take_along_axis(probabilities, index[..., None], axis=-1)[..., 0]
    return -ops.sum(ops.log(chosen + 1e-7) * known) / (ops.sum(known) + 1e-7)


def descriptors(network: IdentityNetwork, images: Tensor, landmarks01: Tensor) -> Tensor:
    """Descriptors of the faces in pictures.

    Args:
      network: the identity network.
      images: `[batch, height, width, 3]` in [0, 1].
      landmarks01: `[batch, 68, 2]`.

    Returns:
      `[batch, dimensions]`; the gradient flows to `images`.
    """
    # Pictures of an imitator are square.
    return network.embed(network.crop(images, landmarks01 * float(images.shape[1])))


def identity_distance(found: Tensor, true: Tensor) -> Tensor:
    """Mean Euclidean distance of `[batch, dimensions]` descriptors."""
    return ops.mean(ops.sqrt(ops.sum(ops.square(found - true), -1) + 1e-8))


class Objective:
    """The weighted sum of the terms; holds the weights and the frozen identity network."""

    def __init__(
        self,
        weights: LossWeights,
        identity: IdentityNetwork | None = None,
        identity_share: float = 0.25,
    ) -> None:
        """Keeps the parts.

        Args:
          weights: of the terms.
          identity: network of the identity term, or None to leave it out.
          identity_share: part of each batch on which the (expensive) identity term is
            computed.
        """
        self.weights = weights
        self.identity = identity if weights.identity else None
        self.identity_share = identity_share
        self.table = region_weight_table()

    def __call__(self, outputs: dict[str, Tensor], batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Computes the terms.

        Args:
          outputs: of the network.
          batch: "image", "landmarks01", if known "regions", and for the identity term
            "descriptors" `[batch, dimensions]` of the true pictures.

        Returns:
          the unweighted terms by name, and their weighted sum as "loss"; scalars.
        """
        labels = batch.get("regions")
        pixel_weights = None if labels is None else region_weights(labels, self.table)
        difference = outputs["image"] - batch["image"]
        terms = {"image": weighted_l1(difference, pixel_weights)}
        if self.weights.edges:
            terms["edges"] = edge_l1(difference, pixel_weights)
        if self.weights.scales:
            terms["scales"] = scale_l1(difference, pixel_weights)
        if self.weights.landmarks and "landmarks" in outputs:
            terms["landmarks"] = landmark_l1(outputs["landmarks"], batch["landmarks01"])
        if self.weights.regions and "regions" in outputs and labels is not None:
            terms["regions"] = region_cross_entropy(outputs["regions"], labels)
        if self.identity is not None:
            # Cropped at the true landmarks, so that the crop says nothing about the imitation.
            count = max(1, round(self.identity_share * outputs["image"].shape[0]))
            found = descriptors(
                self.identity, outputs["image"][:count], batch["landmarks01"][:count]
            )
            terms["identity"] = identity_distance(found, batch["descriptors"][:count])
        terms["loss"] = sum(getattr(self.weights, name) * term for name, term in terms.items())
        return terms
