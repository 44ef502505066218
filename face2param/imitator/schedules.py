"""Learning rate and averaging momentum as pure functions of how far the training is."""

from face2param.errors import ConfigError
from face2param.training import schedules

NAMES = ("cosine", "paper")


def learning_rate(
    schedule: str, peak: float, progress: float, step: int, epoch: int, warmup_steps: int
) -> float:
    """The learning rate of a step.

    Args:
      schedule: "cosine": from the peak to a hundredth of it along half a cosine; "paper": 10 %
        less every 50 epochs.
      peak: rate after the warm-up.
      progress: part of the training that is done, in [0, 1]: of the epochs or of the seconds.
      step: number of the step.
      epoch: number of the epoch.
      warmup_steps: the rate grows linearly over this many steps.

    Raises:
      ConfigError: there is no such schedule.
    """
    if schedule == "cosine":
        rate = schedules.cosine(peak, progress)
    elif schedule == "paper":
        rate = peak * 0.9 ** (epoch // 50)
    else:
        raise ConfigError(f"schedule: there is no {schedule!r}; choose one of {NAMES}")
    return rate * schedules.warm_up(step, warmup_steps)


def averaging_momentum(final: float, step: int) -> float:
    """Momentum of the average of the weights: short at first, so that it forgets the start."""
    return min(final, (1 + step) / (10 + step))
