"""The result of a fit as the user holds it, and the files it is saved to."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from face2param import config, images
from face2param.errors import OutputError
from face2param.estimator import attributes
from face2param.estimator.attributes import Reading
from face2param.fitting.result import FitResult
from face2param.pipelines import plots
from face2param.schema import Character, facenn

FILES = (
    "params.json",
    "params.bytes",
    "character.png",
    "comparison.png",
    "progress.csv",
    "progress.png",
)
LEGACY = ("facenn95", "facenn99")


@dataclasses.dataclass(frozen=True)
class Result:
    """A fitted character with its pictures.

    Attributes:
      name: of the photograph.
      fit: what the search found.
      picture: `[512, 512, 3]` the engine's drawing, neutral and frontal.
      comparison: labelled sheet of photograph, imitator, engine and region maps.
      aligned: `[size, size, 3]` the photograph as the search saw it.
    """

    name: str
    fit: FitResult
    picture: np.ndarray
    comparison: np.ndarray
    aligned: np.ndarray

    @property
    def character(self) -> Character:
        """The answer."""
        return self.fit.character

    @property
    def attributes(self) -> dict[str, Reading]:
        """What was read of the person, or decided by the user: name -> reading."""
        return attributes.from_dict(self.fit.attributes)

    def save(self, folder: str | os.PathLike, overwrite: bool = False) -> Path:
        """Writes all files, or none.

        Args:
          folder: made if it does not exist.
          overwrite: replace results that are already there.

        Returns:
          The folder.

        Raises:
          OutputError: the folder holds results and `overwrite` is false, or it cannot be
            written.
        """
        folder = Path(folder)
        check_folder(folder, overwrite)
        with stage(folder) as temporary:
            config.write_json(temporary / "params.json", self.fit.to_dict())
            if self.character.schema.name in LEGACY:
                facenn.write_bytes(temporary / "params.bytes", self.character)
            images.write_image(temporary / "character.png", self.picture)
            images.write_image(temporary / "comparison.png", self.comparison)
            config.atomic_write(temporary / "progress.csv", self.fit.csv().encode())
            images.write_image(temporary / "progress.png", plots.course(self.fit.course))
        return folder


def check_folder(
    folder: str | os.PathLike, overwrite: bool = False, files: tuple[str, ...] = FILES
) -> None:
    """Refuses an output folder early, before any work is done.

    Args:
      folder: where results will go.
      overwrite: whether existing results may be replaced.
      files: names that count as results.

    Raises:
      OutputError: it is a file, holds results and `overwrite` is false, or cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; the output must be a folder")
    present = [name for name in files if (folder / name).exists()]
    if present and not overwrite:
        raise OutputError(
            f"{folder} already holds results ({', '.join(present)}); choose another folder or "
            "pass --overwrite"
        )
    existing = folder
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from None


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Path]:
    """Yields a temporary folder whose files are moved into `folder` when all are written.

    The temporary folder lies inside the target, hence on the same file system; after an error
    nothing of it stays.

    Args:
      folder: made if it does not exist.

    Raises:
      OutputError: the folder cannot be made or written.
    """
    existed = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from None
    done = False
    try:
        yield temporary
        for path in sorted(temporary.iterdir()):
            os.replace(path, folder / path.name)
        done = True
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if not done and not existed:
            with contextlib.suppress(OSError):
                folder.rmdir()
