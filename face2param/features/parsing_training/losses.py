"""What the parsing network is trained to make small."""

from __future__ import annotations

import numpy as np
from keras import ops

from face2param.regions import IGNORE


def cross_entropy(logits, labels):
    """Cross-entropy of each pixel.

    Args:
      logits: `[batch, height, width, classes]`.
      labels: `[batch, height, width]` int32, `IGNORE` where unknown.

    Returns:
      loss `[batch, height, width]` >= 0, 0 where unknown, and known, the same shape, 1.0
      where the label is known. The gradient flows to `logits`.
    """
    known = labels != IGNORE
    logits = ops.cast(logits, "float32")
    # On a CPU twice as fast as Keras' sparse cross-entropy.
    target = ops.one_hot(ops.where(known, labels, 0), logits.shape[-1], dtype="float32")
    loss = ops.logsumexp(logits, axis=-1) - ops.sum(logits * target, axis=-1)
    known = ops.cast(known, "float32")
    return loss * known, known


def hard_cross_entropy(logits, labels, hard_probability: float = 0.7, hard_share: float = 0.0625):
    """Cross-entropy of the hard pixels (online hard example mining), without a sort.

    Differs from the published form in one point: where too few pixels are hard, all known
    pixels count instead of the hardest.

    Args:
      logits: `[batch, height, width, classes]`.
      labels: `[batch, height, width]` int32; `IGNORE` pixels do not count.
      hard_probability: a pixel is hard where its class gets less.
      hard_share: smallest share of the known pixels that must be hard.

    Returns:
      Scalar, >= 0; the gradient flows to `logits`.
    """
    loss, known = cross_entropy(logits, labels)
    hard = ops.cast(loss > -float(np.log(hard_probability)), "float32")
    enough = ops.cast(ops.sum(hard) > hard_share * ops.sum(known), "float32")
    weight = ops.stop_gradient(enough * hard + (1.0 - enough) * known)
    return ops.sum(loss * weight) / (ops.sum(weight) + 1.0)


def hardest_cross_entropy(
    logits, labels, hard_probability: float = 0.7, hard_share: float = 0.0625
):
    """The published online hard example mining: hard pixels, but at least the hardest n.

    n is `hard_share` of all pixels of the batch, a sixteenth as published. If the pixel after
    the n hardest is still hard, all hard pixels count; else the n hardest. An unknown pixel
    has no loss and is among them only if fewer are known.

    Args:
      logits: `[batch, height, width, classes]`, sizes known.
      labels: `[batch, height, width]` int32; `IGNORE` where unknown.
      hard_probability: a pixel is hard where its class gets less.
      hard_share: n as a share of the pixels, below 1.

    Returns:
      Scalar, >= 0; the gradient flows to `logits`.
    """
    loss = ops.reshape(cross_entropy(logits, labels)[0], (-1,))
    least = max(1, int(hard_share * loss.shape[0]))
    top = ops.top_k(loss, min(least + 1, loss.shape[0]), sorted=True)[0]
    limit = -float(np.log(hard_probability))
    hard = ops.cast(ops.stop_gradient(loss) > limit, "float32")
    mean_of_hard = ops.sum(loss * hard) / ops.maximum(ops.sum(hard), 1.0)
    enough = ops.cast(ops.stop_gradient(top[-1]) > limit, "float32")
    return enough * mean_of_hard + (1.0 - enough) * ops.mean(top[:least])


MINING = {"all": hard_cross_entropy, "hardest": hardest_cross_entropy}
