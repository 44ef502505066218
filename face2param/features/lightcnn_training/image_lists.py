"""Lists of pictures of people that may be millions of lines long.

The format is that of the public LightCNN repository: one line `path label` for each picture,
paths relative to a root folder, labels counted from 0. Only where each line starts, and its
label, are kept in memory; a path is read from the file when its picture is wanted.
"""

from __future__ import annotations

import array
import mmap
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from face2param.config import atomic_path
from face2param.errors import DatabaseError

LIST_NAME = "list.txt"
LANDMARKS_NAME = "landmarks.npy"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_CHECKED_AT_ONCE = 20000


class ImageList:
    """Pictures with the number of the person on each and, where known, landmarks.

    Attributes:
      name: for messages.
      labels: `[count]` int32, the person on each picture.
    """

    def __init__(self, name, root, buffer, starts, labels, landmarks=None, rows=None) -> None:
        """Keeps the parts; use `open_list`, `open_folder` or `from_paths`.

        Args:
          name: for messages.
          root: folder that paths are relative to.
          buffer: bytes (or a mapped file) with one line `path label` for each picture.
          starts: `[count]` int64, where each line starts.
          labels: `[count]` int32.
          landmarks: `[all, 68, 2]` in pixels of each picture, or None.
          rows: `[count]` row of each picture in `landmarks`.
        """
        self.name, self.labels = name, np.asarray(labels, np.int32)
        self._root, self._buffer, self._landmarks = Path(root), buffer, landmarks
        self._starts = np.asarray(starts, np.int64)
        if landmarks is not None and rows is None:
            rows = np.arange(len(self._starts))
        self._rows = rows

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self._starts)

    @property
    def has_landmarks(self) -> bool:
        """Whether landmarks are known."""
        return self._landmarks is not None

    def path(self, index: int) -> Path:
        """File of one picture."""
        return self._root / self.text(index)

    def text(self, index: int) -> str:
        """Path of one picture as the list has it."""
        start = int(self._starts[index])
        end = self._buffer.find(b"\n", start)
        line = self._buffer[start : end if end >= 0 else len(self._buffer)]
        return os.fsdecode(line.rsplit(maxsplit=1)[0])

    def landmarks(self, index: int) -> np.ndarray:
        """Landmarks `[68, 2]` of one picture, (x, y) in its pixels."""
        return np.asarray(self._landmarks[self._rows[index]], np.float32)

    def where(self, index: int) -> str:
        """The line of one picture, for messages."""
        return f"{self.name} line {_line_number(self._buffer, int(self._starts[index]))}"

    def take(self, indices: np.ndarray) -> ImageList:
        """The pictures at `indices`, as a list of their own; nothing is copied."""
        indices = np.asarray(indices, np.int64)
        rows = None if self._rows is None else self._rows[indices]
        starts, labels = self._starts[indices], self.labels[indices]
        return ImageList(self.name, self._root, self._buffer, starts, labels, self._landmarks, rows)

    def with_landmarks(self, landmarks: np.ndarray) -> ImageList:
        """The same pictures with landmarks.

        Args:
          landmarks: `[count, 68, 2]`; may be a mapped file.

        Raises:
          DatabaseError: another shape.
        """
        if landmarks.shape != (len(self), 68, 2):
            raise DatabaseError(
                f"{self.name}: its landmarks must be [{len(self)}, 68, 2], got "
                f"{list(landmarks.shape)}; they belong to another list"
            )
        return ImageList(self.name, self._root, self._buffer, self._starts, self.labels, landmarks)

    def check_files(self) -> None:
        """Looks whether the pictures are there: all of a short list, a sample of a long one.

        Raises:
          DatabaseError: one is missing; the message names its line.
        """
        step = -(-len(self) // _CHECKED_AT_ONCE)
        for index in range(0, len(self), step):
            if not self.path(index).is_file():
                raise DatabaseError(
                    f"{self.where(index)}: there is no picture {self.path(index)}; paths are "
                    "relative to --root"
                )


def open_list(path: str | os.PathLike, root: str | os.PathLike | None = None) -> ImageList:
    """Opens a list file; landmarks are taken from `landmarks.npy` beside it where it exists.

    Args:
      path: text file of lines `path label`; empty lines do not count.
      root: folder that the paths are relative to; None takes the list's folder.

    Raises:
      DatabaseError: the file is missing or empty, a line is malformed, or the landmarks are
        those of another list.
    """
    path = Path(path)
    starts, labels = array.array("q"), array.array("i")
    position = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.isspace():
                    starts.append(position)
                    labels.append(_label(path, number, line))
                position += len(line)
            if not starts:
                raise DatabaseError(f"{path}: holds no line; a line is 'path label'")
            buffer = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read ({error.strerror or error})") from None
    found = ImageList(path.name, root or path.parent, buffer, starts, labels)
    beside = path.parent / LANDMARKS_NAME
    if not beside.is_file():
        return found
    try:
        landmarks = np.load(beside, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatabaseError(f"{beside}: is no array of landmarks ({error})") from None
    return found.with_landmarks(landmarks)


def open_folder(folder: str | os.PathLike) -> ImageList:
    """Lists a folder that holds one sub-folder of pictures for each person.

    People are numbered in the order of their folders' names.

    Raises:
      DatabaseError: there is no such folder, or a person has no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatabaseError(f"{folder}: there is no such folder")
    people = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    if not people:
        raise DatabaseError(f"{folder}: holds no sub-folder; there must be one for each person")
    paths, labels = [], array.array("i")
    for label, person in enumerate(people):
        names = sorted(name for name in os.listdir(person) if name.lower().endswith(SUFFIXES))
        if not names:
            raise DatabaseError(f"{person}: holds no picture; looked for {', '.join(SUFFIXES)}")
        paths += [f"{person.name}/{name}" for name in names]
        labels.extend([label] * len(names))
    return from_paths(paths, labels, folder, name=folder.name)


def from_paths(
    paths: Iterable[str | os.PathLike],
    labels: Sequence[int] | np.ndarray,
    root: str | os.PathLike = "",
    landmarks: np.ndarray | None = None,
    name: str = "pictures",
) -> ImageList:
    """Makes a list of pictures that are known already, such as those of a database.

    Args:
      paths: of the pictures, relative to `root` or absolute.
      labels: `[count]` the person on each.
      root: folder.
      landmarks: `[count, 68, 2]` in pixels of each picture, or None.
      name: for messages.
    """
    buffer, starts = bytearray(), array.array("q")
    for path, label in zip(paths, labels, strict=True):
        starts.append(len(buffer))
        buffer += os.fsencode(path) + b" %d\n" % label
    found = ImageList(name, root, bytes(buffer), starts, labels)
    return found if landmarks is None else found.with_landmarks(landmarks)


def write_list(
    folder: str | os.PathLike,
    paths: Sequence[str],
    labels: Sequence[int] | np.ndarray,
    landmarks: np.ndarray | None = None,
) -> Path:
    """Writes `list.txt` and, where given, `landmarks.npy` for `open_list`; the list last.

    Args:
      folder: that the paths are relative to.
      paths: of the pictures.
      labels: `[count]`.
      landmarks: `[count, 68, 2]` in pixels of each picture, or None.

    Returns:
      The list's path.
    """
    folder = Path(folder)
    if landmarks is not None:
        with atomic_path(folder / LANDMARKS_NAME) as temporary, temporary.open("wb") as file:
            np.save(file, np.asarray(landmarks, np.float32))
    with atomic_path(folder / LIST_NAME) as temporary, temporary.open("wb") as file:
        for path, label in zip(paths, labels, strict=True):
            file.write(os.fsencode(path) + b" %d\n" % label)
    return folder / LIST_NAME


def count_people(pictures: ImageList, classes: int | None = None) -> int:
    """Number of classes that a list needs.

    Args:
      pictures: the list.
      classes: that the caller says there are; None counts them.

    Raises:
      DatabaseError: a label is too large, labels have gaps, or there is only one person.
    """
    counts = np.bincount(pictures.labels[pictures.labels < (classes or 2 * len(pictures) + 2)])
    largest = int(pictures.labels.max())
    if classes is not None and largest >= classes:
        index = int(np.argmax(pictures.labels))
        raise DatabaseError(
            f"{pictures.where(index)}: label {largest} is not below the {classes} classes"
        )
    if classes is None and (largest >= len(counts) or not counts.all()):
        gap = int(np.argmin(counts)) if not counts.all() else len(counts)
        raise DatabaseError(
            f"{pictures.name}: labels go up to {largest}, but nobody has label {gap}; number "
            "the people from 0 without gaps, or say how many classes there are"
        )
    if (counts > 0).sum() < 2:
        raise DatabaseError(
            f"{pictures.name}: all pictures show one person; to tell people apart there must "
            "be at least two"
        )
    return classes or largest + 1


def hold_out(count: int, held: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Splits rows at random: (training rows, `held` validation rows), both ascending."""
    order = np.random.default_rng((seed, 1)).permutation(count)
    return np.sort(order[held:]), np.sort(order[:held])


def _label(path: Path, number: int, line: bytes) -> int:
    parts = line.rsplit(maxsplit=1)
    if len(parts) == 2 and parts[1].isdigit() and len(parts[1]) < 10:
        return int(parts[1])
    shown = os.fsdecode(line.strip())[:80]
    raise DatabaseError(
        f"{path} line {number}: {shown!r} is not 'path label' with a label counted from 0"
    )


def _line_number(buffer, start: int) -> int:
    number, position = 1, buffer.find(b"\n")
    while 0 <= position < start:
        number, position = number + 1, buffer.find(b"\n", position + 1)
    return number
