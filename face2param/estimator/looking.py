"""Second phase: the answer is drawn by the imitator and compared with what was seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import ops

from face2param.estimator import inputs as preparing
from face2param.estimator.losses import LossWeights, known, relaxed
from face2param.features.sampling import affine_sample, fit_similarity
from face2param.landmarks import markup

Tensor = Any


@dataclasses.dataclass(frozen=True)
class Looking:
    """Terms that need a picture of the answer. Only some rows of a batch are drawn: it is slow.

    Attributes:
      weights: terms of weight 0 are not computed.
      options: number of options of each choice.
      imitate: encoded `[batch, width]` and normalised nuisance -> "image" `[batch, 256, 256, 3]`,
        "landmarks" `[batch, 68, 2]` landmarks01, "regions" `[batch, 64, 64, regions]`.
      identity: identity network: pictures and landmarks in pixels -> descriptors.
      canonical01: `[68, 2]` where photographs are aligned to.
      rows: of each batch that are drawn; choose them around the border of rendered and real.
      look: pictures and landmarks -> inputs as tensors, for `loop`; or None.
      moves: `[width]` 1 where the gradient may flow, None everywhere. A recognition network
        that may move colours and styles soon asks for dark skin and grey hair everywhere.
    """

    weights: LossWeights
    options: tuple[int, ...]
    imitate: Callable[[Tensor, Tensor], Mapping[str, Tensor]]
    identity: Any
    canonical01: np.ndarray
    rows: slice
    look: Callable[[Tensor, Tensor], Mapping[str, Tensor]] | None = None
    moves: np.ndarray | None = None

    def __call__(
        self,
        outputs: Mapping[str, Tensor],
        inputs: Mapping[str, Tensor],
        targets: Mapping[str, Tensor],
        network: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]],
    ) -> dict[str, Tensor]:
        """Computes the terms; the gradient flows to `outputs`.

        Args:
          outputs: of the network, `[batch, ...]` each.
          inputs: that it saw.
          targets: see `losses.Objective`.
          network: inputs -> outputs, held constant in `loop`.

        Returns:
          picture: mean absolute difference to the imitated truth, where it is known;
          landmarks: mean distance in outer-eye distances; identity: mean descriptor distance;
          content: mean absolute difference of region probabilities; loop: mean squared
          difference of parameters. All scalars.
        """
        rows, weights = self.rows, self.weights
        outputs = {name: value[rows] for name, value in outputs.items()}
        inputs = {name: value[rows] for name, value in inputs.items()}
        encoded = relaxed(outputs, self.options)
        if self.moves is not None:
            moves = np.asarray(self.moves, np.float32)
            encoded = moves * encoded + ops.stop_gradient((1 - moves) * encoded)
        nuisance = ops.clip(outputs["nuisance"], -1.0, 1.0)
        drawn = self.imitate(encoded, nuisance)
        side = drawn["image"].shape[1]
        marks = drawn["landmarks"] * side
        terms = {}
        if weights.picture:
            terms["picture"] = self._picture(drawn["image"], targets)
        stable = list(markup.STABLE)
        canonical = np.asarray(self.canonical01, np.float32)
        matrices = fit_similarity(
            ops.convert_to_tensor(canonical[stable] * side), ops.take(marks, stable, axis=1)
        )
        if weights.landmarks:
            found = _back(matrices, marks) / side
            wanted = ops.reshape(ops.cast(inputs["landmarks"], "float32"), (-1, 68, 2))
            unit = markup.outer_eye_distance(canonical)
            distance = ops.sqrt(ops.sum(ops.square(found - wanted), -1) + 1e-10)
            terms["landmarks"] = ops.mean(distance) / unit
        if weights.identity:
            described = self.identity(drawn["image"], marks)
            seen = ops.cast(inputs["descriptor"], "float32")
            squares = ops.sum(ops.square(described - seen), -1)
            terms["identity"] = ops.mean(ops.sqrt(squares + 1e-8))
        if weights.content:
            terms["content"] = self._content(drawn["regions"], matrices, side, inputs["regions"])
        if weights.loop and self.look is not None:
            aligned = affine_sample(drawn["image"], matrices, (side, side))
            again = network(self.look(aligned, _back(matrices, marks)))
            count = outputs["continuous"].shape[-1]
            difference = again["continuous"] - ops.stop_gradient(encoded[:, :count])
            terms["loop"] = ops.mean(ops.square(difference))
        return terms

    def _picture(self, image: Tensor, targets: Mapping[str, Tensor]) -> Tensor:
        characters, there = known(targets["characters"][self.rows])
        nuisance, _ = known(targets["nuisance"][self.rows])
        truth = ops.stop_gradient(self.imitate(characters, nuisance)["image"])
        there = there[:, 0]
        errors = ops.mean(ops.abs(image - truth), axis=(1, 2, 3)) * there
        return ops.sum(errors) / ops.maximum(ops.sum(there), 1.0)

    def _content(self, regions: Tensor, matrices: Tensor, side: int, wanted: Tensor) -> Tensor:
        cell = side / regions.shape[1]
        coarse = side / preparing.REGIONS
        linear = matrices[:, :, :2] * (coarse / cell)
        placed = ops.concatenate([linear, matrices[:, :, 2:] / cell], -1)
        size = (preparing.REGIONS, preparing.REGIONS)
        found = affine_sample(regions, placed, size, supersample=2)
        return ops.mean(ops.abs(found - ops.cast(wanted, "float32") / 255))


def _back(matrices: Tensor, points: Tensor) -> Tensor:
    """Applies the inverses of similarities `[batch, 2, 3]` to points `[batch, points, 2]`."""
    a, b = matrices[:, 0, 0], matrices[:, 1, 0]
    power = a * a + b * b
    moved = points - matrices[:, None, :, 2]
    cos, sin = (a / power)[:, None], (b / power)[:, None]
    x = cos * moved[..., 0] + sin * moved[..., 1]
    y = cos * moved[..., 1] - sin * moved[..., 0]
    return ops.stack([x, y], -1)


def visible_effect(
    draw: Callable[[np.ndarray], np.ndarray],
    characters: np.ndarray,
    count: int,
    step: float = 0.2,
) -> np.ndarray:
    """How much each continuous parameter changes the picture, by finite differences.

    Args:
      draw: encoded `[batch, width]` -> pictures `[batch, height, width, 3]`.
      characters: `[batch, width]` around which the parameters are moved.
      count: number of continuous parameters.
      step: by which each is moved to both sides, inside of [0, 1].

    Returns:
      `[count]` float32, square roots of the mean absolute changes (an effect counts even where
      it is small), not below a tenth of the mean, with mean 1.
    """
    changes = np.zeros(count)
    for index in range(count):
        low, high = characters.copy(), characters.copy()
        low[:, index] = np.clip(low[:, index] - step, 0, 1)
        high[:, index] = np.clip(high[:, index] + step, 0, 1)
        width = np.maximum(high[:, index] - low[:, index], 1e-3)
        difference = np.abs(draw(high) - draw(low)).mean((1, 2, 3)) / width
        changes[index] = difference.mean()
    effect = np.sqrt(changes)
    effect = np.maximum(effect, 0.1 * effect.mean())
    return (effect / effect.mean()).astype(np.float32)
