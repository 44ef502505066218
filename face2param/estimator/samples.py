"""Prepared pictures with what is known about them, kept in memory maps.

The frozen networks see each head once for every copy; all epochs read what they saw.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face2param import config as configuration
from face2param.errors import ConfigError, DatabaseError
from face2param.estimator import augmented, inputs
from face2param.estimator.augmented import Disturbance
from face2param.estimator.targets import HEADS, UNKNOWN

_LOG = logging.getLogger(__name__)
Prepare = Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]
"""Pictures `[batch, 256, 256, 3]` and landmarks `[batch, 68, 2]` in pixels -> `inputs.prepare`."""

FLUSH_EVERY = 512
"""Prepared pictures between notes of how many there are."""


@dataclasses.dataclass(frozen=True)
class Heads:
    """Pictures of faces with what is known about them; pictures are read when they are needed.

    Attributes:
      name: for messages and files.
      read: index -> picture `[256, 256, 3]` uint8, classes `[256, 256]` uint8 (255 unknown).
      landmarks01: `[count, 68, 2]`.
      characters: `[count, width]` encoded; NaN in rows that nobody knows.
      nuisance: `[count, nuisance_width]` normalised; NaN where unknown.
      attributes: `[count, heads]` int8, see `targets`.
    """

    name: str
    read: Callable[[int], tuple[np.ndarray, np.ndarray]]
    landmarks01: np.ndarray
    characters: np.ndarray
    nuisance: np.ndarray
    attributes: np.ndarray

    def __post_init__(self) -> None:
        """Checks the arrays against each other.

        Raises:
          DatabaseError: naming the array that does not fit.
        """
        count = len(self.landmarks01)
        expected = {
            "landmarks01": (count, 68, 2),
            "characters": (count, *self.characters.shape[1:]),
            "nuisance": (count, *self.nuisance.shape[1:]),
            "attributes": (count, len(HEADS)),
        }
        for name, shape in expected.items():
            found = getattr(self, name).shape
            if found != shape:
                raise DatabaseError(f"{self.name}: {name}: expected shape {shape}, got {found}")
        if not count:
            raise DatabaseError(f"{self.name}: holds no heads")

    def __len__(self) -> int:
        """Number of heads."""
        return len(self.landmarks01)


@dataclasses.dataclass(frozen=True)
class Samples:
    """Prepared pictures.

    Attributes:
      inputs: name -> `[count, ...]`, see `inputs.prepare`; may be memory maps.
      characters: `[count, width]` float32 encoded; NaN where unknown.
      nuisance: `[count, nuisance_width]` float32 normalised; NaN where unknown.
      attributes: `[count, heads]` int8, `targets.UNKNOWN` where unknown.
    """

    inputs: Mapping[str, np.ndarray]
    characters: np.ndarray
    nuisance: np.ndarray
    attributes: np.ndarray

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.characters)

    def take(self, rows: np.ndarray) -> Samples:
        """The samples at `rows`, in that order, in memory."""
        return Samples(
            {name: array[rows] for name, array in self.inputs.items()},
            self.characters[rows],
            self.nuisance[rows],
            self.attributes[rows],
        )


def join(parts: Sequence[Samples]) -> Samples:
    """Samples one after the other, in memory."""
    return Samples(
        {name: np.concatenate([p.inputs[name] for p in parts]) for name in parts[0].inputs},
        np.concatenate([p.characters for p in parts]),
        np.concatenate([p.nuisance for p in parts]),
        np.concatenate([p.attributes for p in parts]),
    )


def prepared(
    heads: Heads,
    prepare: Prepare,
    canonical01: np.ndarray,
    folder: Path,
    *,
    copies: int = 1,
    disturbance: Disturbance | None = None,
    mirror: bool = False,
    seed: int = 0,
    batch_size: int = 16,
) -> Samples:
    """Augments and prepares pictures, once; goes on where an earlier call stopped.

    Args:
      heads: the pictures.
      prepare: see `Prepare`.
      canonical01: `[68, 2]` the engine's canonical landmarks, landmarks01.
      folder: of the memory maps; one for each set of heads.
      copies: of each head, each augmented anew.
      disturbance: how strongly; None aligns by the given landmarks and changes nothing else.
      mirror: odd copies are mirrored; only for heads whose character is unknown.
      seed: of the augmentation; a row depends on it, on the head and on the copy only.
      batch_size: pictures at a time.

    Returns:
      `copies * len(heads)` samples, first all heads once, then again.

    Raises:
      ConfigError: the folder holds other samples, or `mirror` with known characters.
    """
    if mirror and np.isfinite(heads.characters).any():
        raise ConfigError(f"{heads.name}: mirror: the labels of the characters would be wrong")
    count = copies * len(heads)
    recipe = {
        "heads": heads.name,
        "count": count,
        "copies": copies,
        "mirror": mirror,
        "seed": seed,
        "batch_size": batch_size,
        "disturbance": disturbance and dataclasses.asdict(disturbance),
    }
    store = _Store(folder, recipe, count)
    with tqdm(total=count, initial=store.done, desc=heads.name, unit="heads", disable=None) as bar:
        for start in range(store.done, count, batch_size):
            rows = np.arange(start, min(start + batch_size, count))
            batch = _batch(heads, rows, canonical01, disturbance, mirror, seed)
            store.write(rows, prepare(*batch))
            bar.update(len(rows))
    store.flush()
    which = np.arange(count) % len(heads)
    return Samples(
        store.open(), heads.characters[which], heads.nuisance[which], heads.attributes[which]
    )


def _batch(heads, rows, canonical01, disturbance, mirror, seed):
    pictures, labels, landmarks = [], [], []
    canonical = np.asarray(canonical01, np.float32) * inputs.SIZE
    still = disturbance or Disturbance(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for row in rows:
        head, copy = int(row % len(heads)), int(row // len(heads))
        rng = np.random.default_rng((seed, head, copy))
        image, classes = heads.read(head)
        image = image.astype(np.float32) / 255
        points = heads.landmarks01[head].astype(np.float32) * inputs.SIZE
        if mirror and copy % 2:
            image, points = augmented.mirrored(image, points)
            classes = np.full_like(classes, 255)
        found = augmented.realigned(image, classes, points, canonical, rng, still)
        for values, value in zip((pictures, labels, landmarks), found, strict=True):
            values.append(value)
    images = np.stack(pictures)
    if disturbance is not None:
        rng = np.random.default_rng((seed, int(rows[0]), 1))
        images = augmented.photographed(images, np.stack(labels), rng, disturbance)
    return images, np.stack(landmarks)


class _Store:
    """Memory maps of prepared inputs and how many rows of them are done."""

    def __init__(self, folder: Path, recipe: dict, count: int) -> None:
        self.folder, self.recipe, self.count = Path(folder), recipe, count
        self.arrays: dict[str, np.ndarray] = {}
        self.done = 0
        path = self.folder / "prepared.json"
        if not path.exists():
            return
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            known, done, names = record["recipe"], int(record["done"]), record["names"]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}; delete the folder") from None
        if known != json.loads(json.dumps(recipe)):
            odd = [name for name in recipe if known.get(name) != recipe[name]]
            raise ConfigError(
                f"{self.folder} holds samples prepared with other settings (of "
                f"{', '.join(odd) or 'other names'}); delete it or take another output folder"
            )
        self.done = done
        self.arrays = {name: np.load(self._file(name), mmap_mode="r+") for name in names}

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    def write(self, rows: np.ndarray, values: dict[str, np.ndarray]) -> None:
        """Writes the rows, and every `FLUSH_EVERY` that they are done."""
        if not self.arrays:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.arrays = {
                name: np.lib.format.open_memmap(
                    self._file(name), "w+", array.dtype, (self.count, *array.shape[1:])
                )
                for name, array in values.items()
            }
        for name, array in values.items():
            self.arrays[name][rows] = array
        before, self.done = self.done, int(rows[-1]) + 1
        if self.done // FLUSH_EVERY > before // FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Puts the rows on the disk, then the note that they are there."""
        for array in self.arrays.values():
            array.flush()
        record = {"recipe": self.recipe, "done": self.done, "names": sorted(self.arrays)}
        configuration.write_json(self.folder / "prepared.json", record)

    def open(self) -> dict[str, np.ndarray]:
        """The memory maps, to read."""
        return {name: np.load(self._file(name), mmap_mode="r") for name in self.arrays}


def unknown(count: int, width: int, nuisance_width: int) -> dict[str, np.ndarray]:
    """The arrays of `Heads` of photographs about which nothing is known.

    Args:
      count: of the photographs.
      width: of encoded characters.
      nuisance_width: of the nuisance.
    """
    return {
        "characters": np.full((count, width), np.nan, np.float32),
        "nuisance": np.full((count, nuisance_width), np.nan, np.float32),
        "attributes": np.full((count, len(HEADS)), UNKNOWN, np.int8),
    }
