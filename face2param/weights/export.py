"""Exports Keras networks as SavedModel, ONNX and LiteRT, and runs what was written.

A file is kept only if its own runtime opens it and computes what the Keras model computes:
converters have been seen to drop weights without a word. A JSON beside the file says what a
program in another language must know to run it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from face2param.config import read_json, write_json
from face2param.errors import ConfigError, DependencyError, OutputError, WeightsError
from face2param.weights import export_ports
from face2param.weights.export_formats import FORMATS, Format, Runner, Serving
from face2param.weights.export_ports import Meaning, Ports

if TYPE_CHECKING:
    import keras

TOLERANCES = {"float32": 1e-4, "float16": 0.03}
"""Largest difference that is accepted, as a part of the largest output. Converters fold
normalisations and change the order of float32 sums (1e-7 to 3e-5 over our networks); kernels
in half precision are off by 2^-11 each (3e-4 to 6e-3)."""


@dataclasses.dataclass(frozen=True)
class Report:
    """What was written and how well it was found to work.

    Attributes:
      path: the file, or the folder of a SavedModel.
      description: the JSON beside it.
      bytes: of the file or folder.
      runtime: that ran it, with its version.
      differences: largest absolute difference to the Keras model, by output.
    """

    path: Path
    description: Path
    bytes: int
    runtime: str
    differences: dict[str, float]


def export(
    model: keras.Model,
    output: str | os.PathLike,
    format: str = "savedmodel",
    *,
    batch: int | None = None,
    precision: str = "float32",
    meanings: Mapping[str, Meaning] | None = None,
    facts: Mapping[str, Any] | None = None,
    example: Mapping[str, np.ndarray] | None = None,
    overwrite: bool = False,
) -> Report:
    """Writes a network for other runtimes, opens the file, runs it and compares.

    Args:
      model: functional; see `export_ports.find`. The Keras backend is TensorFlow.
      output: file or, for a SavedModel, folder. Its JSON is called the same with `.json`.
      format: "savedmodel", "onnx" or "litert".
      batch: fixed size of the batch; None leaves it open.
      precision: of the stored kernels: "float32", or "float16" for half the bytes (ONNX and
        LiteRT). Either way the network computes in float32.
      meanings: what inputs and outputs stand for, by name; goes into the JSON, and the
        ranges of the inputs limit the numbers of the check.
      facts: more for the JSON, such as the hash of a schema.
      example: inputs for the check, `[count, ...]` by name, if numbers drawn at random are
        not what the network is made for.
      overwrite: replace an older export.

    Raises:
      ConfigError: an argument is out of range, or Keras runs on another backend.
      DependencyError: a package of the format is not installed.
      OutputError: the file exists, or cannot be written.
      WeightsError: the network cannot be converted, or the file does not compute the same.
        Nothing is left behind.
    """
    output, description = Path(output), description_path(output)
    check_request(output, format, batch, precision, overwrite)
    _check_backend()
    kind = FORMATS[format]
    ports = export_ports.find(model, batch, meanings)
    serving = _serving(model, ports)
    folder = _temporary_folder(output)
    try:
        written = folder / f"network{kind.suffix}"
        kind.write(serving, written, precision)
        size = _size(written)
        least = _kernel_bytes(model, precision)
        if size < least:
            raise WeightsError(
                f"{output}: the {format} file has {size} bytes, its kernels alone need {least}: "
                "the converter dropped weights; nothing was written"
            )
        found = compare(model, _open(kind, written), ports, precision, example)
        record = {
            "file": output.name,
            "format": format,
            "precision": precision,
            "bytes": size,
            **({"sha256": _digest(written)} if written.is_file() else {}),
            "inputs": [port.to_dict() for port in ports.inputs],
            "outputs": [port.to_dict() for port in ports.outputs],
            **(facts or {}),
            "check": {
                "runtime": kind.version(),
                "largest_difference": found,
                "tolerance": TOLERANCES[precision],
            },
        }
        write_json(folder / "network.json", record)
        _move(written, output)
        os.replace(folder / "network.json", description)
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Report(output, description, size, kind.version(), found)


def check(
    output: str | os.PathLike,
    model: keras.Model,
    example: Mapping[str, np.ndarray] | None = None,
) -> dict[str, float]:
    """Runs an exported file again, perhaps on another machine, and compares.

    Args:
      output: what `export` wrote, with its JSON.
      model: the Keras model.
      example: as in `export`.

    Returns:
      Largest absolute difference by output.

    Raises:
      ConfigError: there is no JSON beside it.
      WeightsError: the file was exchanged, or does not compute what the model computes.
      DependencyError: the runtime is not installed.
    """
    output = Path(output)
    record = read_json(description_path(output))
    _check_backend()
    try:
        precision, batch = record["precision"], record["inputs"][0]["shape"][0]
        _check_values(record["format"], batch, precision)
    except (KeyError, IndexError, TypeError):
        raise ConfigError(
            f"{description_path(output)} was not written by export; export the network again"
        ) from None
    if "sha256" in record and (not output.is_file() or _digest(output) != record["sha256"]):
        raise WeightsError(f"{output}: is not the file that its JSON describes; export it again")
    kind, ports = FORMATS[record["format"]], export_ports.find(model, batch)
    return compare(model, _open(kind, output), ports, precision, example)


def compare(
    model: keras.Model,
    run: Runner,
    ports: Ports,
    precision: str = "float32",
    example: Mapping[str, np.ndarray] | None = None,
) -> dict[str, float]:
    """Compares what a runtime and the Keras model compute from the same numbers.

    A file with an open batch is run with one and with three examples.

    Returns:
      Largest absolute difference by output.

    Raises:
      WeightsError: names, shapes or numbers differ, or something is not a number.
    """
    fixed = ports.inputs[0].shape[0]
    largest: dict[str, float] = {}
    for count in (1, 3) if fixed is None else (fixed,):
        values = _example(ports, example, count)
        expected = {
            name: np.asarray(value)
            for name, value in export_ports.call(
                model, values, lambda count=count: np.zeros((count, 0), np.float32)
            ).items()
        }
        try:
            found = run(values)
        except Exception as error:  # every runtime has classes of its own
            reason = str(error).strip()[:300]
            raise WeightsError(f"the exported file does not run: {reason}") from None
        if set(found) != set(expected):
            raise WeightsError(
                f"the exported file has the outputs {sorted(found)}, not {sorted(expected)}"
            )
        for name, value in expected.items():
            difference = _difference(name, found[name], value, TOLERANCES[precision])
            largest[name] = max(largest.get(name, 0.0), difference)
    return largest


def description_path(output: str | os.PathLike) -> Path:
    """`head.onnx` -> `head.json`; a SavedModel `head` -> `head.json` beside the folder."""
    output = Path(output)
    suffix = next((kind.suffix for kind in FORMATS.values() if kind.suffix == output.suffix), "")
    return output.with_name(output.name.removesuffix(suffix) + ".json")


def check_request(
    output: str | os.PathLike,
    format: str,
    batch: int | None = None,
    precision: str = "float32",
    overwrite: bool = False,
) -> None:
    """Refuses what `export` would refuse, before Keras and a network are loaded.

    Raises:
      ConfigError: an argument is out of range.
      OutputError: the name does not fit the format, or is taken.
    """
    _check_values(format, batch, precision)
    kind, output = FORMATS[format], Path(output)
    if kind.suffix and output.suffix != kind.suffix:
        raise OutputError(f"{output}: the name of {kind.name} files must end in {kind.suffix}")
    for path in (output, description_path(output)):
        if path.exists() and not overwrite:
            raise OutputError(f"{path} is already there; choose another output or overwrite it")
    if output.exists() and output.is_dir() != (not kind.suffix):
        raise OutputError(f"{output} is no {kind.name}; remove it first")
    if output.is_dir() and not (output / "saved_model.pb").is_file():
        raise OutputError(f"{output} is a folder, but no SavedModel; choose another output")


def _check_values(format: str, batch: int | None, precision: str) -> None:
    if format not in FORMATS:
        raise ConfigError(f"format: there is no {format!r}; choose one of {', '.join(FORMATS)}")
    kind = FORMATS[format]
    if precision not in kind.precisions:
        raise ConfigError(
            f"precision: {format} files are written in {' or '.join(kind.precisions)}, "
            f"not in {precision!r}"
        )
    if batch is not None and batch < 1:
        raise ConfigError(f"batch: must be at least 1, or None for any, got {batch}")


def _check_backend() -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ConfigError(
            f"export goes through TensorFlow, but Keras runs on {keras.backend.backend()}; "
            "weights trained there load under TensorFlow as they are: set "
            "KERAS_BACKEND=tensorflow"
        )


def _temporary_folder(output: Path) -> Path:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".part-", dir=output.parent))
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from None


def _open(kind: Format, path: Path) -> Runner:
    try:
        return kind.open(path)
    except DependencyError:
        raise
    except Exception as error:  # every runtime has classes of its own
        raise WeightsError(
            f"{kind.runtime} cannot open the exported file: {str(error).strip()[:200]}; a fixed "
            "batch may help: try batch 1"
        ) from None


def _serving(model: keras.Model, ports: Ports) -> Serving:
    import tensorflow as tf

    def serve(**values: Any) -> dict[str, Any]:
        first = next(iter(values.values()))
        outputs = export_ports.call(model, values, lambda: tf.zeros((tf.shape(first)[0], 0)))
        return {name: tf.identity(value, name=name) for name, value in outputs.items()}

    specs = {
        port.name: tf.TensorSpec(port.shape, tf.float32, name=port.name) for port in ports.inputs
    }
    return Serving(model, tf.function(serve), specs)


def _example(
    ports: Ports, example: Mapping[str, np.ndarray] | None, count: int
) -> dict[str, np.ndarray]:
    if example is None:
        return ports.example(count)
    values = {}
    for port in ports.inputs:
        given = np.asarray(example.get(port.name, ()), np.float32)
        if not len(given) or given.shape[1:] != port.shape[1:]:
            raise ConfigError(
                f"example: {port.name!r} must be [count, {', '.join(map(str, port.shape[1:]))}], "
                f"got {given.shape}"
            )
        values[port.name] = given[np.arange(count) % len(given)]
    return values


def _difference(name: str, found: np.ndarray, expected: np.ndarray, tolerance: float) -> float:
    if found.shape != expected.shape:
        raise WeightsError(
            f"output {name!r} of the exported file has the shape {found.shape}, "
            f"not {expected.shape}"
        )
    difference = float(np.max(np.abs(found.astype(np.float64) - expected), initial=0.0))
    allowed = tolerance * float(np.max(np.abs(expected), initial=0.0))
    if not difference <= allowed:  # also true for what is not a number
        raise WeightsError(
            f"output {name!r} of the exported file differs from the Keras model's by "
            f"{difference:.3g}; {allowed:.3g} is allowed"
        )
    return difference


def _kernel_bytes(model: keras.Model, precision: str) -> int:
    """Bytes of matrices and kernels; vectors may be folded into them, zeros left out."""
    kernels = [np.asarray(weight.value) for weight in model.weights if len(weight.shape) > 1]
    width = 2 if precision == "float16" else 4
    return width * sum(kernel.size for kernel in kernels if np.ptp(kernel))


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _move(written: Path, output: Path) -> None:
    """Puts a file or folder in its place; an older folder goes only when the new one is there."""
    if output.is_dir():
        old = written.with_name("old")
        os.replace(output, old)
        try:
            os.replace(written, output)
        except OSError:
            os.replace(old, output)
            raise
    else:
        os.replace(written, output)
