"""What the estimator is punished for: wrong parameters, wrong attributes, wrong pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import ops

from face2param.config import check_not_negative
from face2param.estimator.targets import HEADS, Compatible

Tensor = Any


@dataclasses.dataclass(frozen=True)
class LossWeights:
    """Weights of the loss terms.

    Attributes:
      parameters: squared error of the continuous parameters, each weighted by its visible
        effect.
      confidence: likelihood of those errors under the predicted variances.
      choices: cross-entropy of the choices.
      nuisance: squared error of expression and pose.
      attributes: cross-entropy of the attribute heads.
      consistency: choices of photographs against the attributes that somebody saw there.
      picture: imitated picture of the answer against that of the truth (second phase).
      landmarks: of the imitated answer against those of the photograph (second phase).
      identity: distance of the descriptors (second phase).
      content: regions of the imitated answer against the photograph's (second phase).
      loop: parameters estimated from the imitated answer against the answer (second phase).
    """

    parameters: float = 20.0
    confidence: float = 0.05
    choices: float = 0.3
    nuisance: float = 5.0
    attributes: float = 0.3
    consistency: float = 0.3
    picture: float = 0.0
    landmarks: float = 0.0
    identity: float = 0.0
    content: float = 0.0
    loop: float = 0.0

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the weight that is negative.
        """
        check_not_negative(self, [field.name for field in dataclasses.fields(self)])

    @property
    def looks(self) -> bool:
        """Whether a term needs the imitator."""
        return any((self.picture, self.landmarks, self.identity, self.content, self.loop))


def known(targets: Tensor) -> tuple[Tensor, Tensor]:
    """Splits targets from what is unknown.

    Args:
      targets: `[batch, width]`, NaN where unknown.

    Returns:
      targets with 0 instead of NaN, and `[batch, width]` 1.0 where known.
    """
    missing = ops.isnan(targets)
    return ops.where(missing, 0.0, targets), 1.0 - ops.cast(missing, "float32")


def parameter_error(predicted: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Mean squared error of the known parameters.

    Args:
      predicted: `[batch, parameters]`; carries the gradient.
      targets: `[batch, parameters]`, NaN where unknown.
      weights: `[parameters]`.

    Returns:
      Scalar; 0 where nothing is known.
    """
    wanted, there = known(targets)
    errors = weights * there * ops.square(predicted - wanted)
    return ops.sum(errors) / ops.maximum(ops.sum(there), 1.0)


def confidence_error(predicted: Tensor, log_variance: Tensor, targets: Tensor) -> Tensor:
    """Negative log-likelihood of the errors; the gradient flows to the variance only.

    The mean is trained by `parameter_error`: a likelihood of both would stop looking at what it
    takes for hopeless (Seitzer et al. 2022, beta = 1).

    Args:
      predicted: `[batch, parameters]`; held constant.
      log_variance: `[batch, parameters]`; carries the gradient.
      targets: `[batch, parameters]`, NaN where unknown.

    Returns:
      Scalar; 0 where nothing is known.
    """
    wanted, there = known(targets)
    squares = ops.square(ops.stop_gradient(predicted) - wanted)
    losses = 0.5 * there * (squares * ops.exp(-log_variance) + log_variance)
    return ops.sum(losses) / ops.maximum(ops.sum(there), 1.0)


def choice_error(logits: Tensor, targets: Tensor, options: tuple[int, ...]) -> Tensor:
    """Cross-entropy of the choices, the mean over the known ones.

    Args:
      logits: `[batch, sum of options]`; carries the gradient.
      targets: `[batch, sum of options]` one-hot or relaxed blocks, NaN where unknown.
      options: number of options of each choice.

    Returns:
      Scalar.
    """
    wanted, there = known(targets)
    total, start = 0.0, 0
    for count in options:
        block = slice(start, start + count)
        start += count
        shares = ops.log_softmax(logits[:, block], axis=-1)
        losses = -ops.sum(wanted[:, block] * shares, -1) * there[:, block.start]
        total += ops.sum(losses) / ops.maximum(ops.sum(there[:, block.start]), 1.0)
    return total / max(len(options), 1)


def attribute_error(outputs: Mapping[str, Tensor], targets: Tensor, smooth: float = 0.05) -> Tensor:
    """Cross-entropy of the attribute heads, summed over heads, each the mean over known targets.

    Args:
      outputs: name -> `[batch, options]` logits; carries the gradient.
      targets: `[batch, heads]` indices in the order of `HEADS`, -1 where unknown.
      smooth: probability that a label is wrong, spread over all options.

    Returns:
      Scalar.
    """
    total = 0.0
    for column, (name, options) in enumerate(HEADS.items()):
        index = ops.cast(targets[:, column], "int32")
        there = ops.cast(index >= 0, "float32")
        wanted = ops.one_hot(ops.maximum(index, 0), len(options))
        wanted = (1 - smooth) * wanted + smooth / len(options)
        losses = -ops.sum(wanted * ops.log_softmax(outputs[name], axis=-1), -1) * there
        total += ops.sum(losses) / ops.maximum(ops.sum(there), 1.0)
    return total


def consistency_error(
    logits: Tensor, attributes: Tensor, table: tuple[Compatible, ...], targets: Tensor
) -> Tensor:
    """How improbable the choices make what somebody saw: minus the logarithm of the probability
    of all options that go with it. It teaches the choices of photographs where no target does.

    Args:
      logits: `[batch, sum of options]`; carries the gradient.
      attributes: `[batch, heads]` indices in the order of `HEADS`, -1 where unknown.
      table: see `targets.compatible`.
      targets: `[batch, sum of options]`, NaN where the choice is unknown; other rows do not
        count.

    Returns:
      Scalar: summed over the table, each the mean over the rows that count.
    """
    total = 0.0
    for entry in table:
        index = ops.cast(attributes[:, entry.head], "int32")
        unknown = ops.isnan(targets[:, entry.block.start])
        there = ops.cast(ops.logical_and(index >= 0, unknown), "float32")
        fits = ops.take(ops.convert_to_tensor(entry.table.T), ops.maximum(index, 0), axis=0)
        shares = ops.softmax(logits[:, entry.block], axis=-1)
        losses = -ops.log(ops.sum(shares * fits, -1) + 1e-3) * there
        total += ops.sum(losses) / ops.maximum(ops.sum(there), 1.0)
    return total


def relaxed(outputs: Mapping[str, Tensor], options: tuple[int, ...]) -> Tensor:
    """The answer as the encoded vector that an imitator takes, choices by their probabilities.

    Args:
      outputs: of the network.
      options: number of options of each choice.

    Returns:
      `[batch, width]`. Differentiable.
    """
    blocks, start = [outputs["continuous"]], 0
    for count in options:
        blocks.append(ops.softmax(outputs["choices"][:, start : start + count], axis=-1))
        start += count
    return ops.concatenate(blocks, -1)


@dataclasses.dataclass(frozen=True)
class Objective:
    """The loss of a batch.

    Attributes:
      weights: of the terms.
      effect: `[continuous]` visible effect of each parameter, mean 1.
      options: number of options of each choice.
      table: what attributes say about choices, see `targets.compatible`.
      look: terms of the second phase: (outputs, inputs, targets, network) -> name -> scalar;
        or None. See `looking.Looking`.
    """

    weights: LossWeights
    effect: np.ndarray
    options: tuple[int, ...]
    table: tuple[Compatible, ...] = ()
    look: Callable[[Mapping, Mapping, Mapping, Callable], dict[str, Tensor]] | None = None

    def __call__(
        self,
        outputs: Mapping[str, Tensor],
        inputs: Mapping[str, Tensor],
        targets: Mapping[str, Tensor],
        network: Callable | None = None,
    ) -> dict[str, Tensor]:
        """Computes the terms.

        Args:
          outputs: of the network.
          inputs: of the network.
          targets: characters `[batch, width]`, nuisance `[batch, nuisance_width]`, NaN where
            unknown; attributes `[batch, heads]`, -1 where unknown.
          network: inputs -> outputs, for the second phase.

        Returns:
          Terms by name, unweighted, and their weighted sum "loss".
        """
        count = outputs["continuous"].shape[-1]
        continuous, picks = targets["characters"][:, :count], targets["characters"][:, count:]
        terms = {
            "parameters": parameter_error(outputs["continuous"], continuous, self.effect),
            "confidence": confidence_error(
                outputs["continuous"], outputs["confidence"], continuous
            ),
            "attributes": attribute_error(outputs, targets["attributes"]),
        }
        if self.options:
            terms["choices"] = choice_error(outputs["choices"], picks, self.options)
        if self.table:
            terms["consistency"] = consistency_error(
                outputs["choices"], targets["attributes"], self.table, picks
            )
        if "nuisance" in outputs:
            terms["nuisance"] = parameter_error(outputs["nuisance"], targets["nuisance"], 1.0)
        if self.look is not None and self.weights.looks:
            terms.update(self.look(outputs, inputs, targets, network))
        loss = sum(getattr(self.weights, name) * term for name, term in terms.items())
        return {"loss": loss, **terms}
