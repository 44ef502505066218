"""What a worker process of the generator does."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from face2param import engines, images
from face2param.database import manifest
from face2param.database.manifest import Settings
from face2param.database.records import Record
from face2param.database.sampling import sample
from face2param.engines import Engine
from face2param.schema import facenn

_ONE_THREAD = {
    name: "1"
    for name in (
        "NUMBA_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
    )
}


@dataclasses.dataclass(frozen=True)
class Task:
    """What all records have in common.

    Attributes:
      settings: of the database.
      folder: of the database.
      engine: name of the engine, or a picklable function that makes it.
    """

    settings: Settings
    folder: str
    engine: str | Callable[[], Engine]


_state: dict[str, object] = {}


def make_engine(engine: str | Callable[[], Engine]) -> Engine:
    """The engine of that name, or what the function returns."""
    return engine() if callable(engine) else engines.get(engine)


def start(task: Task) -> None:
    """Prepares this process: one engine, kept for all its records."""
    # Ctrl-C reaches every process of the terminal; only the parent is to act on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _state["task"] = task
    _state["engine"] = make_engine(task.engine)


def render(index: int) -> Record:
    """Draws record `index` and writes its picture and labels, each whole or not at all.

    Returns:
      What goes into the record log.

    Raises:
      OutputError: a file cannot be written.
    """
    task, engine = _state["task"], _state["engine"]
    return render_record(engine, task, index)  # type: ignore[arg-type]


def render_record(engine: Engine, task: Task, index: int) -> Record:
    """`render` with everything given; the pixels depend on settings and index alone."""
    settings = task.settings
    character, nuisance = sample(engine, settings, index)
    rendering = engine.render(
        character,
        nuisance,
        size=(settings.size, settings.size),
        supersample=settings.supersample,
    )
    name = facenn.picture_name(index, engine.schema)
    if settings.labels:
        images.write_image(label_path(task.folder, name), rendering.labels)
    # The picture comes last: where it exists, the labels do.
    images.write_image(
        picture_path(task.folder, name), rendering.image, quality=settings.jpeg_quality
    )
    return Record(
        index=index,
        character=engine.schema.encode(character)[0],
        nuisance=np.asarray(nuisance, np.float32),
        landmarks=np.asarray(rendering.landmarks, np.float32),
        visibility=np.asarray(rendering.visibility, bool),
    )


def picture_path(folder: str | os.PathLike, name: str) -> Path:
    """Where the picture of a record is, in face-nn's layout."""
    return Path(folder) / f"{name}.jpg"


def label_path(folder: str | os.PathLike, name: str) -> Path:
    """Where the label map of a record is."""
    return Path(folder) / manifest.LABELS / f"{name}.png"


@contextlib.contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes started within this block use one thread each.

    The variables must be set before the process begins, since Numba and BLAS read them when
    they are imported.
    """
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
