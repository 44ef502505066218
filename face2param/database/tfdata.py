"""A database as a `tf.data.Dataset` that streams from disk. Needs TensorFlow."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from face2param import regions
from face2param.database.reader import REGION_CELL, Database
from face2param.errors import DatabaseError


def dataset(
    database: Database,
    split: str = "training",
    size: int = 256,
    batch_size: int = 16,
    shuffle_seed: int | None = None,
    repeat: bool = False,
) -> tf.data.Dataset:
    """Streams batches; memory does not grow with the database.

    Args:
      database: the database.
      split: "training", "validation" or "all".
      size: side of the pictures; TensorFlow's antialiased area filter brings them to it.
      batch_size: records per batch; the last batch may be smaller.
      shuffle_seed: None keeps the order; a number shuffles all records, anew in each epoch.
      repeat: without end.

    Returns:
      Elements `(inputs, targets)`, the same as those of `batches.Batches`: inputs `character`
      `[batch, width]`, `nuisance` `[batch, nuisance_width]`; targets `image`
      `[batch, size, size, 3]` float32 in [0, 1], `landmarks` `[batch, 68, 2]` (landmarks01) and,
      where there are label maps, `regions` `[batch, size / 4, size / 4]` uint8.

    Raises:
      DatabaseError: the split is empty, or with label maps a size that does not fit.
    """
    indices = database.indices(split)
    if not len(indices):
        raise DatabaseError(f"{database.path}: split {split!r} is empty")
    cells = size // REGION_CELL
    if database.has_labels and (size % REGION_CELL or database.size % cells):
        raise DatabaseError(
            f"size is {size}; with regions it must be a multiple of {REGION_CELL} whose quarter "
            f"divides the rendered size {database.size}"
        )
    columns = {
        "path": [str(database.picture_path(i)) for i in indices],
        "character": database.characters[indices],
        "nuisance": database.nuisance[indices],
        "landmarks": database.landmarks01[indices],
    }
    if database.has_labels:
        columns["index"] = indices.astype(np.int32)

    def vote(index: np.ndarray) -> np.ndarray:
        return regions.vote(database.labels(int(index)), (cells, cells))

    def read(row: dict[str, tf.Tensor]) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        picture = tf.io.decode_jpeg(tf.io.read_file(row["path"]), channels=3)
        picture = tf.image.convert_image_dtype(picture, tf.float32)
        if size != database.size:
            picture = tf.image.resize(picture, (size, size), method="area")
        picture = tf.ensure_shape(picture, (size, size, 3))
        targets = {"image": picture, "landmarks": row["landmarks"]}
        if "index" in row:
            voted = tf.numpy_function(vote, [row["index"]], tf.uint8, stateful=False)
            targets["regions"] = tf.ensure_shape(voted, (cells, cells))
        return {"character": row["character"], "nuisance": row["nuisance"]}, targets

    data = tf.data.Dataset.from_tensor_slices(columns)
    if shuffle_seed is not None:
        data = data.shuffle(len(indices), seed=shuffle_seed, reshuffle_each_iteration=True)
    if repeat:
        data = data.repeat()
    data = data.map(read, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return data.batch(batch_size).prefetch(tf.data.AUTOTUNE)
