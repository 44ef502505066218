"""Choices as probabilities, so that a gradient can move them. Needs Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import ops

from face2param.errors import SchemaError

if TYPE_CHECKING:
    from face2param.schema.schema import Schema


def relax_choices(encoded_logits: Any, schema: Schema, beta: float | Any = 10.0) -> Any:
    """Turns the choice blocks of a search variable into probabilities.

    Each block x of a choice becomes softmax(beta * x), as Shi et al. relax the discrete
    parameters of the Face-to-Parameter line (they use beta 100 in the iterative search, 1 in
    the one-shot network); the continuous part passes unchanged. As beta grows, the result
    tends to the one-hot vector of the largest entry.

    Args:
      encoded_logits: `[batch, width]` float tensor; continuous values in [0, 1], then any
        real numbers for the options of each choice.
      schema: what the vector means.
      beta: sharpness, a positive number or a scalar tensor.

    Returns:
      `[batch, width]`, an encoded vector whose blocks sum to 1. Gradients flow to
      `encoded_logits` and to a tensor `beta`.

    Raises:
      SchemaError: `encoded_logits` has another shape, or `beta` is a number not above 0.
    """
    shape = tuple(encoded_logits.shape)
    if len(shape) != 2 or shape[-1] != schema.width:
        raise SchemaError(
            f"encoded_logits: got shape {list(shape)}, schema {schema.name!r} wants "
            f"[batch, {schema.width}]"
        )
    if isinstance(beta, (int, float)) and not beta > 0:
        raise SchemaError(f"beta: got {beta}, wants a number above 0")
    parts = [encoded_logits[:, : len(schema.continuous)]]
    for block in schema.slices.values():
        parts.append(ops.softmax(beta * encoded_logits[:, block], axis=-1))
    return ops.concatenate(parts, axis=-1)
