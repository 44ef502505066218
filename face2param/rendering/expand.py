"""Lists of unequal lengths as rounds of fixed length, which XLA can compile.

Every item (a triangle, an edge) has a number of candidates (pixels, links). Candidates are
numbered through in the order of the items and looked at in rounds of a fixed size; only the
number of rounds depends on the data.
"""

from collections.abc import Callable

import tensorflow as tf


def in_rounds(
    counts: tf.Tensor, step: Callable, state: tuple[tf.Tensor, ...], round_size: int = 1 << 16
) -> tuple[tf.Tensor, ...]:
    """Runs `state = step(item, offset, live, *state)` over all candidates.

    Args:
      counts: int64 `[items]`, candidates of each item; at least one item.
      step: gets the item of each candidate of the round (int32 `[round]`), its place among the
        item's candidates (int32 `[round]`) and whether it is one at all (bool `[round]`), and
        the state; returns the new state.
      state: tensors of fixed shape.
      round_size: candidates looked at together; small lists take smaller rounds.

    Returns:
      The last state. No gradient flows.
    """
    items = counts.shape[0]
    if items is not None:
        round_size = min(round_size, max(4096, items))
    ends = tf.cumsum(counts)
    starts = ends - counts
    total = ends[-1]

    def body(first, *state):
        place = starts - first
        here = (place > 0) & (place < round_size)
        # Items that start in this round raise the owner by one at their start.
        slot = tf.cast(tf.where(here, place, tf.constant(round_size, tf.int64)), tf.int32)
        raised = tf.math.unsorted_segment_sum(tf.ones_like(slot), slot, round_size + 1)
        before = tf.reduce_sum(tf.cast(place <= 0, tf.int32)) - 1
        item = before + tf.cumsum(raised[:round_size])
        number = first + tf.range(round_size, dtype=tf.int64)
        offset = tf.cast(number - tf.gather(starts, item), tf.int32)
        return (first + round_size, *step(item, offset, number < total, *state))

    result = tf.while_loop(
        lambda first, *_: first < total,
        body,
        (tf.zeros([], tf.int64), *state),
        parallel_iterations=1,
    )
    return tuple(tf.stop_gradient(part) for part in result[1:])
