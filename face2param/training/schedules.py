"""Learning rates as pure functions of how far a training is."""

import math

_FLOOR = 0.01
"""Share of the peak that a cosine ends at."""


def cosine(peak: float, done: float) -> float:
    """From the peak to a hundredth of it along half a cosine.

    Args:
      peak: the largest rate.
      done: part of the training that is done; from 1 on the rate stays.
    """
    return peak * (_FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def warm_up(step: int, steps: int) -> float:
    """Factor that grows linearly to 1 over the first `steps` steps; 1 where there are none."""
    return min(1.0, (step + 1) / max(steps, 1))
