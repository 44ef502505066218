"""Labelled pictures in memory or mapped, and the batches drawn from them."""

from __future__ import annotations

import dataclasses
import functools
import queue
import threading

import numpy as np

from face2param.errors import ConfigError
from face2param.features.augmentation.dice import COLUMNS

_AHEAD = 2
"""Batches made in advance."""


@dataclasses.dataclass(frozen=True)
class LabelledPictures:
    """One source of training pictures.

    Attributes:
      images: uint8 `[count, height, width, 3]`, RGB; may be mapped from a file.
      labels: uint8 `[count, height, width]`, classes of `face2param.regions`, 255 unknown, or
        `parsing_classes.REST`.
      share: how often it is drawn, relative to the other sources.
      name: for reports.
    """

    images: np.ndarray
    labels: np.ndarray
    share: float = 1.0
    name: str = ""

    def __post_init__(self):
        """Checks shapes and types."""
        shape = self.images.shape
        if len(shape) != 4 or shape[-1] != 3 or self.images.dtype != np.uint8 or not shape[0]:
            raise ConfigError(
                f"images must be uint8 [count, height, width, 3], got {self.images.dtype} {shape}"
            )
        if self.labels.shape != shape[:3] or self.labels.dtype != np.uint8:
            raise ConfigError(
                f"labels must be uint8 {shape[:3]}, got {self.labels.dtype} {self.labels.shape}"
            )

    def some(self, count: int) -> LabelledPictures:
        """At most `count` pictures, spread evenly, in memory."""
        rows = np.unique(np.linspace(0, len(self.images) - 1, count).astype(int))
        return dataclasses.replace(self, images=self.images[rows], labels=self.labels[rows])


class Batches:
    """Draws the batch of any step; the same step gets the same batch.

    Each pass over a source shows each of its pictures once, in another order.
    """

    def __init__(self, sources: list[LabelledPictures], batch_size: int, seed: int):
        """Shares the batch out among the sources.

        Raises:
          ConfigError: no sources, pictures of different sizes, or more sources than
            pictures in a batch.
        """
        self.sources, self.seed = sources, seed
        self.counts = _counts(sources, batch_size)
        self._order = functools.lru_cache(maxsize=2 * len(sources))(self._make_order)

    def rows(self, step: int) -> list[np.ndarray]:
        """Which pictures of each source the batch of `step` holds."""
        rows = []
        for number, (source, count) in enumerate(zip(self.sources, self.counts, strict=True)):
            epochs, places = np.divmod(step * count + np.arange(count), len(source.images))
            found = zip(epochs, places, strict=True)
            rows.append(np.array([self._order(number, epoch)[place] for epoch, place in found]))
        return rows

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """The batch of `step`.

        Returns:
          `images` uint8 `[batch, height, width, 3]`, `labels` uint8 `[batch, height, width]`
          and `table` float32 `[batch, COLUMNS]`, uniform random numbers in [0, 1).
        """
        rng = np.random.default_rng((self.seed, step))
        pairs = list(zip(self.sources, self.rows(step), strict=True))
        return {
            "images": np.concatenate([source.images[rows] for source, rows in pairs]),
            "labels": np.concatenate([source.labels[rows] for source, rows in pairs]),
            "table": rng.random((sum(self.counts), COLUMNS), dtype=np.float32),
        }

    def _make_order(self, number: int, epoch: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, number, int(epoch), 1))
        return rng.permutation(len(self.sources[number].images))


class Prefetch:
    """Makes the batches of the coming steps in a thread; a context manager."""

    def __init__(self, batches: Batches, first: int):
        """Begins with the batch of step `first`."""
        self._queue: queue.Queue = queue.Queue(_AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(batches, first), daemon=True)

    def __enter__(self) -> Prefetch:
        """Starts the thread."""
        self._thread.start()
        return self

    def __exit__(self, *unused) -> None:
        """Ends it."""
        self._stop.set()
        self._thread.join()

    def next(self) -> dict[str, np.ndarray]:
        """The next batch; raises what happened while it was made."""
        item = self._queue.get()
        if isinstance(item, BaseException):
            raise item
        return item

    def _run(self, batches: Batches, step: int) -> None:
        while not self._stop.is_set():
            try:
                item = batches.batch(step)
            except Exception as error:
                item = error
            while not self._stop.is_set():
                try:
                    self._queue.put(item, timeout=0.1)
                    break
                except queue.Full:
                    continue
            if isinstance(item, Exception):
                return
            step += 1


def _counts(sources: list[LabelledPictures], batch_size: int) -> list[int]:
    """Pictures of each source in a batch, at least one of each."""
    if not sources:
        raise ConfigError("sources: no training pictures were given")
    shapes = {source.images.shape[1:] for source in sources}
    if len(shapes) > 1:
        raise ConfigError(f"sources: pictures must have one size, got {sorted(shapes)}")
    if batch_size < len(sources):
        raise ConfigError(f"batch_size must be at least {len(sources)}, one of each source")
    shares = np.array([source.share for source in sources], float)
    counts = np.maximum(1, np.floor(shares / shares.sum() * batch_size).astype(int))
    counts[np.argmax(counts)] += batch_size - counts.sum()
    return counts.tolist()
