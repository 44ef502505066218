"""Prepared samples on the disk, in parts that are either whole or absent.

A part holds some hundred samples as one `.npy` file for each array; it counts once its note in
`prepared.json` is written. An interrupted preparation goes on after the last whole part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face2param.config import atomic_path, write_json
from face2param.errors import ConfigError

NOTE = "prepared.json"
PART = 256
"""Inputs that one part is made of."""


class NoSamplesError(ConfigError):
    """Every input was left out."""


class Table:
    """Arrays of equal length, read from memory maps row by row.

    Attributes:
      names: of the arrays.
    """

    def __init__(self, parts: Sequence[Mapping[str, np.ndarray]]) -> None:
        """Joins parts; each is name -> `[rows, ...]`.

        Raises:
          NoSamplesError: there are no rows.
          ConfigError: the parts hold different arrays.
        """
        self._parts = [part for part in parts if len(next(iter(part.values())))]
        if not self._parts:
            raise NoSamplesError("no samples: every input was left out")
        self.names = tuple(self._parts[0])
        shapes = {name: array.shape[1:] for name, array in self._parts[0].items()}
        for part in self._parts:
            found = {name: array.shape[1:] for name, array in part.items()}
            if found != shapes:
                raise ConfigError(f"parts of the samples differ: {found} and {shapes}")
        lengths = [len(part[self.names[0]]) for part in self._parts]
        self._ends = np.cumsum(lengths)

    def __len__(self) -> int:
        """Number of samples."""
        return int(self._ends[-1])

    def take(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The samples at `rows`, in that order, in memory."""
        rows = np.asarray(rows)
        part = np.searchsorted(self._ends, rows, "right")
        start = np.concatenate([[0], self._ends])[part]
        first = self._parts[0]
        found = {
            name: np.empty((len(rows), *first[name].shape[1:]), first[name].dtype)
            for name in self.names
        }
        for number in np.unique(part):
            here = np.flatnonzero(part == number)
            for name in self.names:
                found[name][here] = self._parts[number][name][rows[here] - start[here]]
        return found

    def column(self, name: str) -> np.ndarray:
        """One whole array, in memory."""
        return np.concatenate([part[name] for part in self._parts])

    @classmethod
    def joined(cls, tables: Sequence[Table]) -> Table:
        """Several tables of the same arrays, one after the other."""
        return cls([part for table in tables for part in table._parts])


def prepared(
    folder: Path,
    recipe: Mapping,
    count: int,
    make: Callable[[np.ndarray], Mapping[str, np.ndarray]],
    what: str,
) -> Table:
    """Makes samples part by part, once; goes on where an earlier call stopped.

    Args:
      folder: of the parts.
      recipe: JSON values that say what the samples are; kept beside them.
      count: number of inputs.
      make: rows of inputs -> arrays of any equal length; inputs that cannot be used are left
        out by it.
      what: for the progress bar.

    Returns:
      All samples, as memory maps.

    Raises:
      ConfigError: the folder holds samples of another recipe.
      NoSamplesError: no input could be used.
    """
    folder = Path(folder)
    recipe = json.loads(json.dumps({**recipe, "count": count}))
    done = _done(folder, recipe)
    with tqdm(total=count, initial=min(done * PART, count), desc=what, disable=None) as bar:
        for number in range(done, -(-count // PART)):
            rows = np.arange(number * PART, min((number + 1) * PART, count))
            arrays = make(rows)
            for name, array in arrays.items():
                with atomic_path(_file(folder, number, name)) as path, path.open("wb") as file:
                    np.save(file, array)
            note = {"recipe": recipe, "parts": number + 1, "names": sorted(arrays)}
            write_json(folder / NOTE, note)
            bar.update(len(rows))
    return Table(list(_open(folder)))


def _file(folder: Path, number: int, name: str) -> Path:
    return folder / f"{number:05d}.{name}.npy"


def _note(folder: Path) -> tuple[dict, int, list[str]]:
    path = folder / NOTE
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        return dict(note["recipe"]), int(note["parts"]), [str(name) for name in note["names"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; delete the folder") from None


def _done(folder: Path, recipe: dict) -> int:
    if not (folder / NOTE).exists():
        return 0
    known, parts, _ = _note(folder)
    if known != recipe:
        odd = [name for name in recipe if known.get(name) != recipe[name]]
        raise ConfigError(
            f"{folder} holds samples prepared with other settings (of "
            f"{', '.join(odd) or 'other names'}); delete it or take another output folder"
        )
    return parts


def _open(folder: Path) -> Iterator[dict[str, np.ndarray]]:
    _, parts, names = _note(folder)
    for number in range(parts):
        files = {name: _file(folder, number, name) for name in names}
        try:
            yield {name: np.load(file, mmap_mode="r") for name, file in files.items()}
        except (OSError, ValueError, EOFError):
            # np.load maps no empty array.
            loaded = {name: _small(file) for name, file in files.items()}
            yield loaded


def _small(file: Path) -> np.ndarray:
    try:
        return np.load(file)
    except (OSError, ValueError, EOFError) as error:
        raise ConfigError(f"{file} cannot be read: {error}; delete the folder") from None
