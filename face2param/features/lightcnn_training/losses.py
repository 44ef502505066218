"""What a LightCNN is trained for: to name people, or to order faces as a teacher does."""

from __future__ import annotations

import numpy as np
from keras import ops

_TINY = 1e-12


def cross_entropy(logits, labels):
    """Mean cross-entropy of people's numbers.

    Args:
      logits: `[batch, classes]`.
      labels: `[batch]` int, below `classes`.

    Returns:
      Scalar, >= 0; the gradient flows to `logits`.

    Raises:
      ValueError: an argument has the wrong rank.
    """
    if len(logits.shape) != 2 or len(labels.shape) != 1:
        raise ValueError(
            "logits must be [batch, classes] and labels [batch], got "
            f"{tuple(logits.shape)} and {tuple(labels.shape)}"
        )
    logits = ops.cast(logits, "float32")
    chosen = ops.take_along_axis(logits, ops.cast(labels, "int32")[:, None], axis=-1)[:, 0]
    return ops.mean(ops.logsumexp(logits, axis=-1) - chosen)


def pairwise(distance, embeddings):
    """Distance of each embedding to each.

    Args:
      distance: `IdentityNetwork.distance`, of two sets `[n, d]` -> `[n]`.
      embeddings: `[batch, d]`.

    Returns:
      `[batch, batch]`, differentiable.
    """
    count = embeddings.shape[0]
    first = ops.repeat(embeddings, count, axis=0)
    second = ops.tile(embeddings, (count, 1))
    return ops.reshape(distance(first, second), (count, count))


def cosine_distances(embeddings):
    """1 - cosine of each embedding `[batch, d]` to each, `[batch, batch]` in [0, 2]."""
    embeddings = ops.cast(embeddings, "float32")
    square = ops.sum(ops.square(embeddings), axis=-1, keepdims=True)
    directions = embeddings / ops.sqrt(square + _TINY)
    return 1.0 - ops.matmul(directions, ops.transpose(directions))


def centred(embeddings):
    """Embeddings `[batch, d]` less their mean over the batch, float32; differentiable.

    Untrained, and without normalisation, all embeddings point the same way and their cosines
    hardly differ. What is centred here is centred for good when the weights are written, see
    `lightcnn_files`.
    """
    embeddings = ops.cast(embeddings, "float32")
    return embeddings - ops.mean(embeddings, axis=0, keepdims=True)


def relation_loss(embeddings, targets):
    """Relational distillation: 1 - cosine shall be proportional to the teacher's distances.

    After Park, Kim, Lu and Cho, "Relational Knowledge Distillation", CVPR 2019, equations
    4-6: the teacher's distances are divided by their mean over the batch and compared by the
    Huber loss. The student's distance is the one that is used later, 1 - cosine. That of
    centred embeddings has a mean of 1 by itself, as with released weights, so that losses
    and thresholds keep their scale.

    Args:
      embeddings: `[batch, d]` of the student, `centred`.
      targets: `[batch, batch]` of the teacher, already of the kind of 1 - cosine (squared if
        the teacher's distance is Euclidean, see `cosine_like`).

    Returns:
      Scalar, >= 0; the gradient flows to `embeddings`.

    Raises:
      ValueError: `targets` is not square or of another batch.
    """
    count = embeddings.shape[0]
    if tuple(targets.shape) != (count, count) or count < 2:
        raise ValueError(
            f"targets must be [{count}, {count}] with at least two rows, got {tuple(targets.shape)}"
        )
    others = ops.convert_to_tensor(1.0 - np.eye(count, dtype=np.float32))
    pairs = count * (count - 1)
    distances = cosine_distances(embeddings) * others
    targets = ops.stop_gradient(ops.cast(targets, "float32")) * others
    targets = targets / (ops.sum(targets) / pairs + 1e-6)
    error = ops.abs(distances - targets)
    huber = ops.where(error < 1.0, 0.5 * ops.square(error), error - 0.5)
    return ops.sum(huber * others) / pairs


def projection_loss(projected, embeddings):
    """1 - cosine between the projected student and the teacher, averaged.

    Args:
      projected: `[batch, d]`, the student's embedding brought to the teacher's length.
      embeddings: `[batch, d]` of the teacher; constants.

    Returns:
      Scalar in [0, 2]; the gradient flows to `projected`.

    Raises:
      ValueError: the shapes differ.
    """
    if tuple(projected.shape) != tuple(embeddings.shape):
        raise ValueError(
            f"projected is {tuple(projected.shape)}, embeddings {tuple(embeddings.shape)}"
        )
    projected = ops.cast(projected, "float32")
    embeddings = ops.stop_gradient(ops.cast(embeddings, "float32"))
    dot = ops.sum(projected * embeddings, axis=-1)
    norms = ops.sum(ops.square(projected), -1) * ops.sum(ops.square(embeddings), -1)
    return ops.mean(1.0 - dot / ops.sqrt(norms + _TINY))


def cosine_like(distance, embedding_size: int) -> bool:
    """Whether a teacher's distance ignores the embeddings' lengths, as 1 - cosine does.

    If not it is taken for Euclidean, and its square is what 1 - cosine is proportional to.
    """
    first, second = np.random.default_rng(0).standard_normal((2, 1, embedding_size), np.float32)
    values = [
        float(ops.convert_to_numpy(distance(ops.convert_to_tensor(f * first), second))[0])
        for f in (np.float32(1), np.float32(3))
    ]
    return abs(values[0] - values[1]) < 1e-3 * abs(values[0])
