"""Smoothing over time: one-euro while it runs, Kalman with hindsight for whole clips."""

from __future__ import annotations

import math

import numpy as np


class OneEuro:
    """Low-pass filter whose cut-off rises with speed: still faces rest, moving ones do not lag.

    Casiez, Roussel and Vogel, "1 euro filter: a simple speed-based low-pass filter for noisy
    input in interactive systems", CHI 2012. Causal; holds state.
    """

    def __init__(self, cutoff: float = 1.0, speed: float = 0.01, speed_cutoff: float = 1.0):
        """Sets the filter.

        Args:
          cutoff: in hertz, at rest; lower is smoother.
          speed: hertz by which the cut-off rises for each unit per second.
          speed_cutoff: in hertz, of the filter of the speed itself.

        Raises:
          ValueError: a cut-off is not positive, or the speed is negative.
        """
        if not (cutoff > 0 and speed_cutoff > 0 and speed >= 0):
            raise ValueError(
                f"cutoff and speed_cutoff must be positive and speed not negative, got {cutoff}, "
                f"{speed_cutoff} and {speed}"
            )
        self.cutoff, self.speed, self.speed_cutoff = cutoff, speed, speed_cutoff
        self.reset()

    def reset(self) -> None:
        """Forgets everything: the next value passes unchanged."""
        self._time: float | None = None
        self._value = self._slope = np.zeros(0)

    def __call__(self, value: np.ndarray, time: float) -> np.ndarray:
        """Smooths the next value.

        Args:
          value: any shape, the same each time.
          time: in seconds, larger than the last.

        Returns:
          The smoothed value, float64.

        Raises:
          ValueError: time did not advance.
        """
        value = np.asarray(value, np.float64)
        if self._time is None:
            self._time, self._value, self._slope = time, value, np.zeros_like(value)
            return value.copy()
        step = time - self._time
        if not step > 0:
            raise ValueError(f"time must advance, got {time} after {self._time}")
        slope = (value - self._value) / step
        self._slope = self._slope + _share(self.speed_cutoff, step) * (slope - self._slope)
        cutoff = self.cutoff + self.speed * np.abs(self._slope)
        self._value = self._value + _share(cutoff, step) * (value - self._value)
        self._time = time
        return self._value.copy()


def _share(cutoff, step: float):
    """Weight of the new value in a first-order low-pass filter."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * step))


def smooth(
    values: np.ndarray,
    times: np.ndarray,
    noise: np.ndarray,
    agility: np.ndarray,
    present: np.ndarray | None = None,
) -> np.ndarray:
    """Smooths whole series with hindsight, so that nothing lags, and bridges gaps.

    A Kalman filter with a constant-velocity model forwards and the Rauch-Tung-Striebel smoother
    backwards ("Maximum likelihood estimates of linear dynamic systems", AIAA Journal 1965). All
    series are independent of each other, so the states are pairs of value and slope.

    Args:
      values: `[frames, series]`; where not present they are not looked at.
      times: `[frames]` seconds, rising.
      noise: `[series]` or one number, standard deviation of a measurement.
      agility: `[series]` or one number, how fast slopes change: standard deviation of the
        slope's change in a second. The smaller against `noise`, the smoother.
      present: `[frames]` bool, where there is a measurement; None: everywhere.

    Returns:
      `[frames, series]` float64.

    Raises:
      ValueError: shapes do not fit, times do not rise, or nothing is present.
    """
    values, times = np.asarray(values, np.float64), np.asarray(times, np.float64)
    present = np.ones(len(times), bool) if present is None else np.asarray(present, bool)
    if values.ndim != 2 or times.shape != values.shape[:1] or present.shape != times.shape:
        raise ValueError(
            f"values must be [frames, series], times and present [frames], got "
            f"{list(values.shape)}, {list(times.shape)} and {list(present.shape)}"
        )
    if (np.diff(times) <= 0).any():
        raise ValueError("times must rise from frame to frame")
    if not present.any():
        raise ValueError("present: no frame has a measurement")
    series = values.shape[1]
    noise = np.broadcast_to(np.asarray(noise, np.float64), series) ** 2
    agility = np.broadcast_to(np.asarray(agility, np.float64), series) ** 2
    first = int(present.argmax())
    # Value and slope of each series; a slope unknown at first.
    state = np.stack([values[first], np.zeros(series)], -1)
    spread = np.zeros((series, 2, 2))
    spread[:, 0, 0], spread[:, 1, 1] = noise, 100 * (agility + noise)
    states, spreads, guesses, guess_spreads, moves = [], [], [], [], []
    for frame, time in enumerate(times):
        step = time - times[frame - 1] if frame else 0.0
        move = np.array([[1.0, step], [0.0, 1.0]])
        drift = np.array([[step**3 / 3, step**2 / 2], [step**2 / 2, step]])
        state = state @ move.T
        spread = move @ spread @ move.T + agility[:, None, None] * drift
        guesses.append(state)
        guess_spreads.append(spread)
        moves.append(move)
        if present[frame]:
            gain = spread[:, :, 0] / (spread[:, 0, 0] + noise)[:, None]
            state = state + gain * (values[frame] - state[:, 0])[:, None]
            spread = spread - gain[:, :, None] * spread[:, :1, :]
        states.append(state)
        spreads.append(spread)
    result = np.empty_like(values)
    later = states[-1]
    result[-1] = later[:, 0]
    for frame in range(len(times) - 2, -1, -1):
        back = spreads[frame] @ moves[frame + 1].T @ np.linalg.inv(guess_spreads[frame + 1])
        change = later - guesses[frame + 1]
        later = states[frame] + np.einsum("sij,sj->si", back, change)
        result[frame] = later[:, 0]
    return result
