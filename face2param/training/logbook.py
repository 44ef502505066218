"""Numbers of a training run: a CSV file and, where the package is there, TensorBoard scalars."""

import csv
import logging
import os
import time
from pathlib import Path

from face2param.config import atomic_write

_LOG = logging.getLogger(__name__)


class Logbook:
    """Appends rows of named numbers to `<folder>/<name>.csv` and to TensorBoard.

    A resumed run cuts the rows behind its checkpoint, so that no step is told twice.
    """

    def __init__(self, folder: Path, name: str, resume_step: int | None = None) -> None:
        """Opens the logbook.

        Args:
          folder: of the run.
          name: of the CSV file and of the TensorBoard run.
          resume_step: keep the rows up to this step; None starts anew.
        """
        self.path = folder / f"{name}.csv"
        self.rows: list[dict[str, str]] = []
        if resume_step is not None and self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                rows = [row for row in csv.DictReader(file) if row.get("step", "").isdigit()]
            self.rows = [row for row in rows if int(row["step"]) <= resume_step]
        self._events = _event_writer(folder / "tensorboard" / name)

    def write(self, step: int, values: dict[str, float]) -> None:
        """Adds one row; the file is replaced whole, so that a reader never sees half a row."""
        row = {"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}}
        self.rows.append(row)
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        lines = [",".join(names)]
        lines += [",".join(row.get(name, "") for name in names) for row in self.rows]
        atomic_write(self.path, ("\n".join(lines) + "\n").encode())
        if self._events is not None:
            self._events(step, values)


def _event_writer(folder: Path):
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError:
        _LOG.warning("tensorboard is not installed: the run is logged to CSV files only")
        return None
    os.makedirs(folder, exist_ok=True)
    writer = EventFileWriter(str(folder))

    def write(step: int, values: dict[str, float]) -> None:
        summary = Summary(
            value=[
                Summary.Value(tag=name, simple_value=float(number))
                for name, number in values.items()
            ]
        )
        writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))
        writer.flush()

    return write
