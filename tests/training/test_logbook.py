import csv
import logging
import sys

from face2param.training.logbook import Logbook


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_and_late_columns(tmp_path):
    log = Logbook(tmp_path, "training")
    log.write(10, {"loss": 0.5})
    log.write(20, {"loss": 0.25, "identity": 0.125})
    assert rows(log.path) == [
        {"step": "10", "loss": "0.5", "identity": ""},
        {"step": "20", "loss": "0.25", "identity": "0.125"},
    ]


def test_resuming_cuts_what_lies_behind_the_checkpoint(tmp_path):
    log = Logbook(tmp_path, "training")
    for step in (10, 20, 30):
        log.write(step, {"loss": step})
    resumed = Logbook(tmp_path, "training", resume_step=20)
    resumed.write(30, {"loss": 7})
    assert [row["loss"] for row in rows(log.path)] == ["10", "20", "7"]
    fresh = Logbook(tmp_path, "training")
    fresh.write(10, {"loss": 1})
    assert len(rows(log.path)) == 1


def test_tensorboard_reads_the_scalars_back(tmp_path):
    Logbook(tmp_path, "training").write(10, {"loss": 0.5})
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "tensorboard" / "training"))
    events.Reload()
    (event,) = events.Scalars("loss")
    assert (event.step, event.value) == (10, 0.5)


def test_without_tensorboard_only_the_csv_file(tmp_path, monkeypatch, caplog):
    for name in [name for name in sys.modules if name.split(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with caplog.at_level(logging.WARNING):
        Logbook(tmp_path, "training").write(10, {"loss": 0.5})
    assert "tensorboard is not installed" in caplog.text
    assert rows(tmp_path / "training.csv") and not (tmp_path / "tensorboard").exists()
