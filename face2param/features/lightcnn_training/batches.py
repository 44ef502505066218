"""Pictures from the disk, a few batches ahead of the training step.

What a batch holds depends on the seed, the epoch and its number alone, never on the threads,
so that a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

import collections
import concurrent.futures
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from face2param import images
from face2param.errors import DatabaseError, ImageError
from face2param.features.lightcnn_training.augmentation import COLUMNS, Augmentation, misplace
from face2param.features.lightcnn_training.image_lists import ImageList
from face2param.landmarks.chips import LIGHTCNN_SIZE, lightcnn_matrix
from face2param.landmarks.markup import five_points

Arrays = dict[str, np.ndarray]
LUMA = np.float32([0.299, 0.587, 0.114])
"""ITU-R 601, as `lightcnn_tf.Preprocessing` makes grey of RGB."""

_LARGEST_MARGIN = 1.3
"""An aligned crop has a margin of an eighth (144 for 128); more is no aligned crop."""

_AHEAD = 3


class Reader(Protocol):
    """Reads one picture for a batch; called from several threads."""

    def __len__(self) -> int: ...  # noqa: D105

    def read(self, index: int, rng: np.random.Generator | None) -> Arrays:
        """Arrays of one picture; without `rng` nothing is left to chance."""
        ...


class CropReader:
    """Aligned crops of a list, cut to the network's size at random or from the middle."""

    def __init__(self, pictures: ImageList, size: int, flip: bool = True) -> None:
        """Keeps the list.

        Args:
          pictures: aligned crops, grey or RGB, each up to a third larger than `size`.
          size: side of the network's input.
          flip: mirror half of the crops where chance is allowed.
        """
        self.pictures, self.size, self.flip = pictures, size, flip

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.pictures)

    def read(self, index: int, rng: np.random.Generator | None) -> Arrays:
        """Reads one crop.

        Returns:
          crops uint8 `[size, size, 1]`, labels int32, table `[COLUMNS]`.

        Raises:
          ImageError: the file is missing, no picture, or has the wrong size.
        """
        picture = _read(self.pictures, index)
        height, width = picture.shape[:2]
        if min(height, width) < self.size or max(height, width) > _LARGEST_MARGIN * self.size:
            raise ImageError(
                f"{self.pictures.where(index)}: {self.pictures.path(index)} is {width}x{height} "
                f"px; an aligned crop for a network of {self.size} px has "
                f"{round(1.125 * self.size)}. Align photographs first with --align"
            )
        room = np.array([height, width]) - self.size
        y, x = room // 2 if rng is None else rng.integers(0, room + 1)
        crop = picture[y : y + self.size, x : x + self.size] @ LUMA
        if rng is not None and rng.random() < 0.5 and self.flip:
            crop = crop[:, ::-1]
        return {
            "crops": images.to_uint8(crop)[..., None],
            "labels": self.pictures.labels[index],
            "table": _table(rng),
        }


class FaceReader:
    """Whole pictures with landmarks, for a teacher that cuts its own crop."""

    def __init__(self, pictures: ImageList, size: int, augmentation: Augmentation) -> None:
        """Keeps the list.

        Args:
          pictures: with landmarks, all of one size.
          size: side of the student's input.
          augmentation: how the student's crop may be misplaced.

        Raises:
          DatabaseError: the list has no landmarks.
        """
        if not pictures.has_landmarks:
            raise DatabaseError(
                f"{pictures.name}: a teacher cuts its own crop and needs landmarks, but there "
                "is no landmarks.npy beside the list; write one with --align"
            )
        self.pictures, self.size, self.augmentation = pictures, size, augmentation
        self._shape = _read(pictures, 0).shape

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.pictures)

    def read(self, index: int, rng: np.random.Generator | None) -> Arrays:
        """Reads one picture.

        Returns:
          images uint8 `[height, width, 3]`, landmarks float32 `[68, 2]`, matrices float32
          `[2, 3]` from pixels of the student's crop to pixels of the picture, labels, table.

        Raises:
          ImageError: the file is missing, no picture, or has another size than the first.
          DatabaseError: its landmarks are those of no face.
        """
        picture = _read(self.pictures, index)
        if picture.shape != self._shape:
            raise ImageError(
                f"{self.pictures.where(index)}: {self.pictures.path(index)} is "
                f"{picture.shape[1]}x{picture.shape[0]} px, the first picture is "
                f"{self._shape[1]}x{self._shape[0]}; all must have one size"
            )
        landmarks = self.pictures.landmarks(index)
        matrix = student_matrix(landmarks, self.size, self.pictures.where(index))
        if rng is not None:
            matrix = misplace(matrix, self.size, self.augmentation, rng)
        return {
            "images": images.to_uint8(picture),
            "landmarks": landmarks,
            "matrices": matrix.astype(np.float32),
            "labels": self.pictures.labels[index],
            "table": _table(rng),
        }


def student_matrix(landmarks: np.ndarray, size: int, where: str) -> np.ndarray:
    """LightCNN's crop of a face, for any size of the input.

    Args:
      landmarks: `[68, 2]` px of the picture.
      size: side of the crop.
      where: for the message.

    Returns:
      `[2, 3]` float64 crop px -> picture px.

    Raises:
      DatabaseError: the landmarks are those of no upright face.
    """
    try:
        matrix = lightcnn_matrix(five_points(landmarks))
    except ValueError as error:
        raise DatabaseError(f"{where}: {error}") from None
    return matrix * [LIGHTCNN_SIZE / size, LIGHTCNN_SIZE / size, 1.0]


def epoch_batches(
    reader: Reader, batch_size: int, seed: int, epoch: int, start: int = 0, threads: int = 4
) -> Iterator[Arrays]:
    """Yields the whole batches of an epoch in its own random order, from batch `start` on.

    Args:
      reader: of the pictures.
      batch_size: pictures in a batch; what remains at the end waits for another epoch.
      seed: of order and augmentation.
      epoch: its number.
      start: first batch.
      threads: that read and decode.

    Raises:
      ImageError, DatabaseError: from the reader, when the batch would be yielded.
    """
    order = np.random.default_rng((seed, epoch)).permutation(len(reader))
    count = len(order) // batch_size

    def read(position: int) -> Arrays:
        return reader.read(int(order[position]), np.random.default_rng((seed, epoch, position)))

    yield from _stream(read, range(start * batch_size, count * batch_size), batch_size, threads)


def plain_batches(reader: Reader, batch_size: int, threads: int = 4) -> Iterator[Arrays]:
    """Yields all pictures in order and without augmentation; the last batch may be smaller."""
    yield from _stream(
        lambda index: reader.read(index, None), range(len(reader)), batch_size, threads
    )


def _stream(read, positions: range, batch_size: int, threads: int) -> Iterator[Arrays]:
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    starts = iter(range(0, len(positions), batch_size))
    waiting: collections.deque = collections.deque()

    def submit() -> None:
        start = next(starts, None)
        if start is not None:
            chosen = positions[start : start + batch_size]
            waiting.append([pool.submit(read, position) for position in chosen])

    try:
        for _ in range(_AHEAD):
            submit()
        while waiting:
            rows = [future.result() for future in waiting.popleft()]
            submit()
            yield {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read(pictures: ImageList, index: int) -> np.ndarray:
    try:
        return images.read_image(pictures.path(index))
    except ImageError as error:
        raise ImageError(f"{pictures.where(index)}: {error}") from None


def _table(rng: np.random.Generator | None) -> np.ndarray:
    if rng is None:
        return np.full(COLUMNS, 0.5, np.float32)
    return rng.random(COLUMNS, dtype=np.float32)
