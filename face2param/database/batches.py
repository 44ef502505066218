"""Batches of a database as NumPy arrays, for any Keras backend."""

from __future__ import annotations

import numpy as np

from face2param.database.reader import Database
from face2param.errors import DatabaseError


class Batches:
    """A sequence of batches from pictures decoded into memory once.

    `batches[i]` is `(inputs, targets)`: inputs `character` `[batch, width]` and `nuisance`
    `[batch, nuisance_width]`; targets `image` `[batch, size, size, 3]` float32 in [0, 1],
    `landmarks` `[batch, 68, 2]` float32 (landmarks01) and, where the database has label maps,
    `regions` `[batch, size / 4, size / 4]` uint8. `shuffle` draws a new order.
    """

    def __init__(
        self,
        database: Database,
        split: str = "training",
        size: int = 256,
        batch_size: int = 16,
        drop_remainder: bool = False,
    ) -> None:
        """Decodes the split.

        Args:
          database: the database.
          split: "training", "validation" or "all".
          size: side of the pictures.
          batch_size: records per batch; the last batch may be smaller.
          drop_remainder: leave out a smaller last batch.

        Raises:
          DatabaseError: the split is empty, `batch_size` is below 1, or a file is damaged.
        """
        if batch_size < 1:
            raise DatabaseError(f"batch_size is {batch_size}; it must be 1 or more")
        self.arrays = database.arrays(split, size)
        self.batch_size = batch_size
        self.drop_remainder = drop_remainder
        self._order = np.arange(len(self.arrays["images"]))
        if not len(self):
            raise DatabaseError(
                f"{database.path}: split {split!r} has {len(self._order)} records, too few for a "
                f"batch of {batch_size}"
            )

    def __len__(self) -> int:
        """Number of batches."""
        whole, rest = divmod(len(self._order), self.batch_size)
        return whole + (rest > 0 and not self.drop_remainder)

    def __getitem__(self, i: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Batch i; raises IndexError beyond the last one, so that `for` works."""
        if not 0 <= i < len(self):
            raise IndexError(f"batch {i} of {len(self)}")
        rows = self._order[i * self.batch_size : (i + 1) * self.batch_size]
        inputs = {
            "character": self.arrays["characters"][rows],
            "nuisance": self.arrays["nuisance"][rows],
        }
        targets = {
            "image": self.arrays["images"][rows].astype(np.float32) / np.float32(255),
            "landmarks": self.arrays["landmarks01"][rows],
        }
        if "regions" in self.arrays:
            targets["regions"] = self.arrays["regions"][rows]
        return inputs, targets

    def shuffle(self, seed: int) -> None:
        """Puts the records into an order that depends on the seed alone."""
        self._order = np.random.default_rng(seed).permutation(len(self._order))
