"""Labelled pictures on disk and how they come into memory or into a cache that is mapped."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from face2param.errors import ConfigError, DatabaseError, OutputError
from face2param.weights.locks import file_lock

_BLOCK = 256
"""Pictures read between two marks of the cache's progress."""


@dataclasses.dataclass(frozen=True)
class LabelledFiles:
    """A list of pictures with their label maps, not yet read.

    Attributes:
      name: of the data set.
      pairs: picture, and the label file or folder of each.
      load: reads one pair at a side: uint8 `[size, size, 3]` RGB and uint8 `[size, size]` in
        the classes of `face2param.regions`.
    """

    name: str
    pairs: tuple[tuple[Path, Path], ...]
    load: Callable[[Path, Path, int], tuple[np.ndarray, np.ndarray]]

    def __len__(self) -> int:
        """How many pictures."""
        return len(self.pairs)

    def take(self, indices) -> LabelledFiles:
        """The pairs at `indices`."""
        return dataclasses.replace(self, pairs=tuple(self.pairs[i] for i in indices))

    def first(self, count: int) -> LabelledFiles:
        """The first `count` pairs, or all."""
        return dataclasses.replace(self, pairs=self.pairs[:count])

    def hold_out(self, count: int) -> tuple[LabelledFiles, LabelledFiles]:
        """Splits off `count` pairs, spread evenly, but at most a tenth: (rest, held out)."""
        count = min(count, len(self) // 10)
        held = set(np.linspace(0, len(self) - 1, count).astype(int).tolist()) if count else set()
        return self.take([i for i in range(len(self)) if i not in held]), self.take(sorted(held))


def read(
    files: LabelledFiles, size: int, *, memory: float = 4e9, cache: str | Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Reads all pictures: into memory, or where they do not fit into a mapped cache.

    Args:
      files: what to read.
      size: side of all pictures.
      memory: bytes up to which the pictures are held in memory.
      cache: folder for the caches of larger sets.

    Returns:
      images uint8 `[count, size, size, 3]` and labels uint8 `[count, size, size]`.

    Raises:
      ConfigError: they do not fit and there is no `cache`.
      DatabaseError: a file is missing or not as it must be; it is named.
      OutputError: the cache cannot be written.
    """
    needed = len(files) * size * size * 4
    if needed > memory:
        if cache is None:
            raise ConfigError(
                f"{files.name}: {len(files)} pictures of {size} pixels need {needed / 1e9:.1f} GB "
                f"and {memory / 1e9:.1f} are allowed; give a folder for the cache"
            )
        return _read_cached(files, size, Path(cache))
    images = np.zeros((len(files), size, size, 3), np.uint8)
    labels = np.zeros((len(files), size, size), np.uint8)
    _fill(files, size, range(len(files)), images, labels)
    return images, labels


def _fill(files, size, rows, images, labels) -> None:
    def fill(row: int) -> None:
        images[row], labels[row] = files.load(*files.pairs[row], size)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        tasks = [pool.submit(fill, row) for row in rows]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            for task in tasks:
                task.cancel()
            raise


def _read_cached(files: LabelledFiles, size: int, folder: Path):
    """Fills a cache, going on where an earlier attempt stopped, and maps it."""
    final = folder / f"{files.name}-{size}-{_key(files)}"
    with file_lock(final.with_name(final.name + ".lock")):
        if not final.is_dir():
            _build(files, size, final)
    arrays = [np.load(final / f"{name}.npy", mmap_mode="r") for name in ("images", "labels")]
    return arrays[0], arrays[1]


def _build(files: LabelledFiles, size: int, final: Path) -> None:
    part = final.with_name(final.name + ".part")
    images, labels, done = _open_part(part, len(files), size)
    todo = np.flatnonzero(np.asarray(done) == 0)
    bar = tqdm(total=len(files), initial=len(files) - len(todo), desc=f"cache of {files.name}")
    with bar:
        for start in range(0, len(todo), _BLOCK):
            rows = todo[start : start + _BLOCK]
            _fill(files, size, rows, images, labels)
            # The marks reach the disk after what they speak of.
            images.flush()
            labels.flush()
            done[rows] = 1
            done.flush()
            bar.update(len(rows))
    del images, labels, done
    try:
        os.replace(part, final)
    except OSError as error:
        raise OutputError(f"cannot finish the cache {final}: {error.strerror}") from None


def _open_part(part: Path, count: int, size: int):
    shapes = {
        "images": (count, size, size, 3),
        "labels": (count, size, size),
        "done": (count,),
    }
    try:
        if (part / "done.npy").is_file():
            return tuple(np.load(part / f"{name}.npy", mmap_mode="r+") for name in shapes)
        part.mkdir(parents=True, exist_ok=True)
        needed, free = count * size * size * 4, shutil.disk_usage(part).free
        if needed > free:
            raise OutputError(
                f"{part}: the cache needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} are free; "
                "choose another folder or a smaller size"
            )
        return tuple(
            np.lib.format.open_memmap(part / f"{name}.npy", "w+", np.uint8, shape)
            for name, shape in shapes.items()
        )
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write the cache {part}: {error}; delete it") from None


def _key(files: LabelledFiles) -> str:
    """Changes with the list of pictures, their sizes and times."""
    digest = hashlib.sha256()
    for path, label_path in files.pairs:
        for item in (path, label_path):
            try:
                status = item.stat()
            except OSError:
                raise DatabaseError(f"{item} is missing") from None
            digest.update(f"{item.absolute()} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def read_grey(path: Path) -> np.ndarray:
    """Reads a label file as `[height, width]` uint8 just as it is stored.

    Raises:
      DatabaseError: it is missing or no picture.
    """
    if not path.is_file():
        raise DatabaseError(f"{path}: this label file is missing")
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint8:
        raise DatabaseError(f"{path}: cannot be read as an 8-bit picture")
    return found if found.ndim == 2 else np.ascontiguousarray(found[..., 0])


def viewer_sides(labels: list[np.ndarray], left: int, right: int) -> bool:
    """Whether a data set's left eye lies on the viewer's left, by a vote of its label maps.

    Args:
      labels: `[height, width]` maps of several pictures.
      left: index of its left eye.
      right: index of its right eye.

    Returns:
      True also where no map holds both eyes.
    """
    votes = 0
    for found in labels:
        columns = [np.nonzero(found == index)[1] for index in (left, right)]
        if min(map(len, columns)):
            votes += 1 if columns[0].mean() <= columns[1].mean() else -1
    return votes >= 0
