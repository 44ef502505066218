"""What the parsing network is trained to make small."""

from __future__ import annotations

import numpy as np
from keras import ops

from face2param.regions import IGNORE


def hard_cross_entropy(logits, labels, hard_probability: float = 0.7, hard_share: float = 0.0625):
    """Cross-entropy of the hard pixels (online hard example mining).

    Differs from the published form in one point: where too few pixels are hard, all known
    pixels count instead of the hardest sixteenth, which spares a sort.

    Args:
      logits: `[batch, height, width, classes]`.
      labels: `[batch, height, width]` int32; `IGNORE` pixels do not count.
      hard_probability: a pixel is hard where its class gets less.
      hard_share: smallest share of the known pixels that must be hard.

    Returns:
      Scalar, >= 0; the gradient flows to `logits`.
    """
    known = labels != IGNORE
    classes = logits.shape[-1]
    logits = ops.cast(logits, "float32")
    target = ops.one_hot(ops.where(known, labels, 0), classes, dtype="float32")
    loss = ops.logsumexp(logits, axis=-1) - ops.sum(logits * target, axis=-1)
    known = ops.cast(known, "float32")
    hard = known * ops.cast(loss > -float(np.log(hard_probability)), "float32")
    enough = ops.cast(ops.sum(hard) > hard_share * ops.sum(known), "float32")
    weight = ops.stop_gradient(enough * hard + (1.0 - enough) * known)
    return ops.sum(loss * weight) / (ops.sum(weight) + 1.0)
