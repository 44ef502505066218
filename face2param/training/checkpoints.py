"""Snapshots of a training run that are either whole or absent."""

import dataclasses
import json
import zipfile
from pathlib import Path

import numpy as np

from face2param.config import atomic_path
from face2param.errors import ConfigError, OutputError

NAME = "checkpoint.npz"


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
      epoch: number of the current epoch.
      batch: number of the next batch inside the epoch.
      step: number of the next optimiser step.
      seconds: spent training so far, in all sessions together.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0


def refuse_existing(folder: Path, resume: bool, overwrite: bool) -> None:
    """Keeps a run from being overwritten by accident.

    Raises:
      OutputError: `folder` holds a run and neither `resume` nor `overwrite` is given.
    """
    if not resume and not overwrite and (folder / NAME).exists():
        raise OutputError(f"{folder} already holds a training run; give --resume or --overwrite")


def save(folder: Path, state: dict[str, np.ndarray], progress: Progress, run: dict) -> None:
    """Replaces the checkpoint in `folder`.

    Args:
      folder: of the run.
      state: arrays of the stepper.
      progress: how far the run is.
      run: what must be the same when the run is resumed; JSON values.
    """
    record = json.dumps({"progress": dataclasses.asdict(progress), "run": run})
    with atomic_path(folder / NAME) as temporary, temporary.open("wb") as file:
        np.savez(file, record=np.array(record), **state)


def load(folder: Path, run: dict) -> tuple[dict[str, np.ndarray], Progress]:
    """Reads the checkpoint in `folder`.

    Raises:
      ConfigError: there is none, it is damaged, or it belongs to another run; the message
        names the first setting that differs.
    """
    path = folder / NAME
    try:
        with np.load(path, allow_pickle=False) as arrays:
            state = dict(arrays)
        record = json.loads(str(state.pop("record")))
        progress = Progress(**record["progress"])
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing: there is no run to resume") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} cannot be read: {error}; start anew with overwrite") from None
    wanted = json.loads(json.dumps(run))  # tuples become lists, as in the record
    for name in sorted(set(wanted) | set(record["run"])):
        if wanted.get(name) != record["run"].get(name):
            raise ConfigError(
                f"{path} belongs to a run with {name} = {record['run'].get(name)}, now it is "
                f"{wanted.get(name)}; take the same settings, or start anew with overwrite"
            )
    return state, progress
