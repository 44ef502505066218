"""What goes into an exported network and what comes out, by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from face2param.errors import ConfigError

if TYPE_CHECKING:
    import keras


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What the numbers of an input or output stand for, for whoever runs the file.

    Attributes:
      text: one sentence.
      low: lowest value; None where there is none.
      high: highest value; None where there is none.
      columns: what each entry of the last axis is called; empty where they have no names.
    """

    text: str = ""
    low: float | None = None
    high: float | None = None
    columns: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Port:
    """One input or output of an exported network; float32.

    Attributes:
      name: under which the file knows it.
      shape: None stands for a batch of any size.
      meaning: of its numbers.
    """

    name: str
    shape: tuple[int | None, ...]
    meaning: Meaning = dataclasses.field(default_factory=Meaning)

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        record = {"name": self.name, "shape": list(self.shape), "dtype": "float32"}
        if self.meaning.text:
            record["meaning"] = self.meaning.text
        if (self.meaning.low, self.meaning.high) != (None, None):
            record["range"] = [self.meaning.low, self.meaning.high]
        if self.meaning.columns:
            record["columns"] = list(self.meaning.columns)
        return record


@dataclasses.dataclass(frozen=True)
class Ports:
    """All inputs and outputs of a Keras model, in the model's order.

    Attributes:
      inputs: of the exported file. An input of width 0 (a schema without nuisance controls)
        holds nothing and is left out; runtimes do not take empty arrays.
      outputs: of the exported file.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def example(self, batch: int) -> dict[str, np.ndarray]:
        """Inputs that are the same every time: uniform in each range, [0, 1] if it has none."""
        rng, values = np.random.default_rng(0), {}
        for port in self.inputs:
            low, high = port.meaning.low, port.meaning.high
            low = 0.0 if low is None else low
            high = low + 1.0 if high is None else high
            numbers = rng.uniform(low, high, (batch, *port.shape[1:]))
            values[port.name] = numbers.astype(np.float32)
        return values


def find(
    model: keras.Model, batch: int | None, meanings: Mapping[str, Meaning] | None = None
) -> Ports:
    """Names what goes into and comes out of a model.

    Dictionaries keep their keys; single tensors and lists take the names of the input
    layers and of the layers that make the outputs.

    Args:
      model: functional, of one float32 tensor, or a flat list or dictionary of them, with
        known shapes apart from the batch.
      batch: of the exported file; None is any.
      meanings: by name of input or output; those that are absent have none.

    Raises:
      ConfigError: a shape is open, two names are the same, or a meaning fits nothing.
    """
    todo = dict(meanings or {})
    inputs = _named(model.input, [tensor.name for tensor in model.inputs])
    outputs = _named(model.output, list(model.output_names))
    groups = []
    for kind, tensors in (("input", inputs), ("output", outputs)):
        found = []
        for name, tensor in tensors.items():
            if None in tensor.shape[1:]:
                raise ConfigError(
                    f"{kind} {name!r} of {model.name} has the shape {tuple(tensor.shape)}; only "
                    "the batch may be open: build the network with fixed sizes"
                )
            port = Port(name, (batch, *tensor.shape[1:]), todo.pop(name, Meaning()))
            if port.meaning.columns and len(port.meaning.columns) != port.shape[-1]:
                raise ConfigError(
                    f"{kind} {name!r}: {len(port.meaning.columns)} columns are named, but its "
                    f"shape is {port.shape}"
                )
            if kind == "output" or all(port.shape[1:]):
                found.append(port)
        groups.append(tuple(found))
    if todo:
        known = sorted({*inputs, *outputs})
        raise ConfigError(f"meanings of {sorted(todo)}: {model.name} has only {known}")
    return Ports(*groups)


def call(model: keras.Model, values: Mapping[str, Any], empty: Any) -> dict[str, Any]:
    """Runs the model on tensors by name.

    Args:
      model: as in `find`.
      values: a tensor for each port of `Ports.inputs`.
      empty: function of nothing that returns a tensor `[batch, 0]` for inputs of width 0.

    Returns:
      Tensors by the names of `Ports.outputs`.
    """
    names = list(_named(model.input, [tensor.name for tensor in model.inputs]))
    tensors = {name: values[name] if name in values else empty() for name in names}
    if isinstance(model.input, dict):
        outputs = model(tensors, training=False)
    elif isinstance(model.input, list | tuple):
        outputs = model(list(tensors.values()), training=False)
    else:
        outputs = model(next(iter(tensors.values())), training=False)
    return _named(outputs, list(model.output_names))


def _named(structure: Any, names: list[str]) -> dict[str, Any]:
    if isinstance(structure, dict):
        return dict(structure)
    tensors = list(structure) if isinstance(structure, list | tuple) else [structure]
    if len(set(names)) < len(tensors):
        raise ConfigError(
            f"inputs and outputs need names that differ, got {names}; build the model with "
            "dictionaries of inputs and outputs"
        )
    return dict(zip(names, tensors, strict=True))
