"""Where a training of the parsing network stands: checkpoint and log."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import keras
import numpy as np

from face2param.config import atomic_path
from face2param.errors import ConfigError, WeightsError

NAME = "checkpoint.npz"


@dataclasses.dataclass
class Progress:
    """How far a training is.

    Attributes:
      step: gradient steps done.
      seconds: spent in them.
    """

    step: int = 0
    seconds: float = 0.0


def save(folder: str | Path, variables: list, progress: Progress) -> None:
    """Writes variables and progress to `folder`/checkpoint.npz, atomically."""
    arrays = {f"v{i:04}": keras.ops.convert_to_numpy(v.value) for i, v in enumerate(variables)}
    with atomic_path(Path(folder) / NAME) as temporary:
        np.savez(temporary, step=progress.step, seconds=progress.seconds, **arrays)


def load(folder: str | Path, variables: list) -> Progress:
    """Puts a checkpoint back into `variables`.

    Raises:
      ConfigError: there is none.
      WeightsError: it belongs to another network, or is damaged.
    """
    path = Path(folder) / NAME
    if not path.is_file():
        raise ConfigError(f"nothing to resume: {path} does not exist")
    try:
        with np.load(path) as file:
            arrays = [file[f"v{i:04}"] for i in range(len(file.files) - 2)]
            progress = Progress(int(file["step"]), float(file["seconds"]))
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"{path}: is damaged ({error}); start anew with --overwrite") from error
    shapes = [tuple(v.shape) for v in variables]
    if [a.shape for a in arrays] != shapes:
        raise WeightsError(
            f"{path}: was written by another network; use the same flags or --overwrite"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return progress


class CsvLog:
    """Rows of numbers in a CSV file; a resumed run goes on where its checkpoint was."""

    def __init__(self, path: Path, columns: tuple[str, ...], progress: Progress):
        """Opens the log and drops the rows after the checkpoint."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = []
        if progress.step and path.is_file():
            with path.open(newline="") as file:
                rows = [row for row in csv.reader(file)][1:]
            rows = [row for row in rows if row and int(row[0]) <= progress.step]
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])

    def write(self, *values) -> None:
        """Appends one row."""
        with self._path.open("a", newline="") as file:
            csv.writer(file).writerow(values)
