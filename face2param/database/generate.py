"""Rendering a database with all cores; it can be interrupted and taken up again."""

from __future__ import annotations

import collections
import concurrent.futures
import functools
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face2param.database import manifest as manifests
from face2param.database import records, worker
from face2param.database.manifest import Manifest, Settings
from face2param.engines import Engine
from face2param.errors import ConfigError, DatabaseError, OutputError
from face2param.schema import Schema, facenn

_WAITING = 4
"""Records handed out per worker beyond the finished ones: enough to keep it busy, few to hold."""


def generate(
    engine: str | Callable[[], Engine],
    output: str | os.PathLike,
    count: int = 2000,
    seed: int = 1,
    *,
    size: int = 512,
    spread: float = 1.0,
    plausible: bool = True,
    jitter: float = 0.0,
    labels: bool = False,
    validation_fraction: float = 0.2,
    workers: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Manifest:
    """Renders random characters of an engine into a folder.

    The folder holds `db_00000_3.jpg` and so on, `db_description` (face-nn's layout with the
    encoded vectors, `schema.facenn`), `records.npz` (characters, nuisance, landmarks and their
    visibility), `manifest.json`, `schema.json` and, on request, `labels/` (class indices as grey
    PNG). Record i depends on the settings and on i alone, not on the number of workers or on
    interrupts.

    A folder with the same settings is completed without drawing again what is there; a larger
    `count` extends it.

    Args:
      engine: name of the engine, or a picklable function that makes one.
      output: folder; absent, empty, or a database with the same settings.
      count: number of records.
      seed: of the random characters.
      size: side of the pictures in pixels.
      spread: 1 for the full range of the parameters, 0.6 for moderate heads.
      plausible: whether appearances are drawn that occur together.
      jitter: amount of random expression and head pose, 0 to 1.
      labels: whether to write label maps.
      validation_fraction: share of the records for validation.
      workers: processes; None: one per core that this process may use; 1: this process. An
        engine that serves one process only gets so many threads instead.
      overwrite: delete the database that is in the folder first, whatever its settings.
      progress: whether to show a progress bar.

    Returns:
      The manifest of the complete database.

    Raises:
      ConfigError: an argument is out of range.
      DatabaseError: the folder holds a database with other settings or with more records, or
        a worker process died.
      OutputError: the folder holds other things, or cannot be written.
    """
    maximum = 100_000  # What ten characters of name can count.
    if not 1 <= count <= maximum:
        raise ConfigError(f"count is {count}; it must be in [1, {maximum}]")
    if workers is not None and workers < 1:
        raise ConfigError(f"workers is {workers}; it must be 1 or more")
    drawer = worker.make_engine(engine)
    settings = Settings(
        engine=drawer.name,
        engine_version=drawer.version,
        schema=drawer.schema.name,
        schema_hash=drawer.schema.hash,
        seed=seed,
        size=size,
        spread=spread,
        plausible=plausible,
        jitter=jitter,
        labels=labels,
        validation_fraction=validation_fraction,
    )
    folder = Path(output)
    done = _open_folder(folder, settings, count, overwrite)
    _remove_leftovers(folder)
    log = records.RecordLog(folder / manifests.LOG, drawer.schema)
    done |= log.read()
    done = {i: record for i, record in done.items() if _is_drawn(folder, drawer.schema, labels, i)}
    missing = [index for index in range(count) if index not in done]
    if missing or not _is_complete(folder, count):
        manifests.write(folder, manifests.build(settings, count, False), drawer.schema)
        task = worker.Task(settings, os.fspath(folder), engine)
        bar = tqdm(
            total=count, initial=count - len(missing), desc="heads", disable=not progress, unit=""
        )
        with bar:
            for record in _render_all(drawer, task, missing, workers):
                log.append(record)
                done[record.index] = record
                bar.update()
        _finish(folder, [done[index] for index in range(count)], drawer.schema)
    complete = manifests.build(settings, count, True)
    manifests.write(folder, complete, drawer.schema)
    return complete


def _open_folder(
    folder: Path, settings: Settings, count: int, overwrite: bool
) -> dict[int, records.Record]:
    """Makes the folder ready; returns the records of a finished database that is in it."""
    if (folder / manifests.MANIFEST).is_file() and overwrite:
        _delete_database(folder)
    if not (folder / manifests.MANIFEST).is_file():
        _require_empty(folder)
        return {}
    old, schema = manifests.read(folder)
    manifests.check_same(folder, old.settings, settings)
    if old.count > count:
        raise DatabaseError(
            f"{folder} holds a database of {old.count} records, more than the {count} asked for. "
            "Choose another --output, a larger --count, or --overwrite to delete it"
        )
    if not (folder / manifests.RECORDS).is_file():
        return {}
    try:
        with np.load(folder / manifests.RECORDS) as data:
            held = len(data["character"])
        arrays = records.read_npz(folder / manifests.RECORDS, schema, held)
    except (OSError, ValueError, KeyError, DatabaseError):
        return {}  # Damaged: what it said is drawn again.
    return records.from_arrays(arrays)


def _require_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = sorted(p.name for p in folder.iterdir() if not p.name.startswith(".part-"))
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror or error}") from None
    if held:
        raise OutputError(
            f"{folder} is not empty and no database (it holds {', '.join(held[:3])}"
            f"{' ...' if len(held) > 3 else ''}); choose another --output"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write into {folder}: permission denied")


def _delete_database(folder: Path) -> None:
    """Deletes the files of a database and nothing else; the manifest goes last."""
    for path in folder.glob("db_*_*.jpg"):
        path.unlink()
    shutil.rmtree(folder / manifests.LABELS, ignore_errors=True)
    names = (manifests.DESCRIPTION, manifests.RECORDS, manifests.LOG, manifests.SCHEMA)
    for name in (*names, manifests.MANIFEST):
        (folder / name).unlink(missing_ok=True)


def _is_drawn(folder: Path, schema: Schema, labels: bool, index: int) -> bool:
    name = facenn.picture_name(index, schema)
    paths = [worker.picture_path(folder, name)]
    if labels:
        paths.append(worker.label_path(folder, name))
    return all(path.is_file() and path.stat().st_size for path in paths)


def _is_complete(folder: Path, count: int) -> bool:
    if not all((folder / name).is_file() for name in manifests.FINISHED):
        return False
    manifest, _ = manifests.read(folder)
    return manifest.complete and manifest.count == count


def _render_all(
    engine: Engine, task: worker.Task, indices: list[int], workers: int | None
) -> Iterator[records.Record]:
    """Draws the records in any number of processes, and yields them in order."""
    if not indices:
        return
    processes = min(workers or available_cores(), len(indices))
    if processes == 1:
        for index in indices:
            yield worker.render_record(engine, task, index)
        return
    if engine.one_process:
        with concurrent.futures.ThreadPoolExecutor(processes) as threads:
            draw = functools.partial(worker.render_record, engine, task)
            yield from _in_order(threads, draw, indices, processes * _WAITING)
        return
    # Whatever the engine caches on disk is made once here, not by every worker at once.
    engine.canonical_landmarks((task.settings.size, task.settings.size))
    pool = concurrent.futures.ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=worker.start,
        initargs=(task,),
    )
    try:
        yield from _in_order(pool, worker.render, indices, processes * _WAITING)
    except concurrent.futures.process.BrokenProcessPool:
        raise DatabaseError(
            "a worker process died, probably for want of memory; what is drawn is kept. "
            "Start the same command again, with fewer --workers"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: concurrent.futures.Executor,
    draw: Callable[[int], records.Record],
    indices: Iterable[int],
    waiting: int,
) -> Iterator[records.Record]:
    queue: collections.deque[concurrent.futures.Future] = collections.deque()
    for index in indices:
        with worker.one_thread_each():  # The first submits start the processes.
            queue.append(pool.submit(draw, index))
        if len(queue) >= waiting:
            yield queue.popleft().result()
    while queue:
        yield queue.popleft().result()


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _finish(folder: Path, done: list[records.Record], schema: Schema) -> None:
    names = [facenn.picture_name(record.index, schema) for record in done]
    encoded = np.stack([record.character for record in done])
    facenn.write_db_description(folder / manifests.DESCRIPTION, names, encoded, schema)
    records.write_npz(folder / manifests.RECORDS, done)
    (folder / manifests.LOG).unlink(missing_ok=True)


def _remove_leftovers(folder: Path) -> None:
    """Temporary files of a process that was killed while it wrote."""
    for place in (folder, folder / manifests.LABELS):
        for path in place.glob(".part-*"):
            path.unlink(missing_ok=True)
