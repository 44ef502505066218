"""Released checkpoints -> Keras weights with a description beside them.

    checkpoint = {...}  # names -> arrays, as read from LightCNN_29Layers_V2_checkpoint.pth.tar
    convert(checkpoint, "lightcnn29v2.weights.h5", network="lightcnn29v2")
    model = load("lightcnn29v2.weights.h5")

`NAME.weights.h5` gets `NAME.json` beside it: the network, its preprocessing and sizes, the
sha256 of the weights and what the network answers to a fixed input.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from lightcnn_tf import self_check
from lightcnn_tf.networks import EMBEDDING_SIZES, NETWORKS
from lightcnn_tf.preprocessing import Preprocessing
from lightcnn_tf.state import load_torch_state, read_state

_SUFFIX = ".weights.h5"
_REQUIRED = {"network", "classes", "preprocessing", "self_check", "sha256"}
# The layer that makes the embedding is called differently in each definition.
_TELLTALES = {
    "lightcnn9": "fc1.filter.weight",
    "lightcnn29v1": "fc.filter.weight",
    "lightcnn29v2": "fc.weight",
}


def convert(
    checkpoint: Mapping[str, Any],
    output: str | os.PathLike,
    network: str = "lightcnn29v2",
    classes: bool = False,
) -> dict:
    """Writes the weights of a checkpoint for Keras.

    The file is read back into a fresh model and must give the same outputs before it gets
    its name; on any error nothing is left behind and an older file stays as it was.

    Args:
      checkpoint: names -> NumPy arrays (or what np.asarray takes), bare or inside the
        training script's {epoch, arch, state_dict, prec1}; see `read_state`.
      output: file to write, called `*.weights.h5`; its folder is made if need be.
      network: a name of `lightcnn_tf.NETWORKS`.
      classes: keeps the classifier; otherwise it is dropped, which recognition never needs.

    Returns:
      The description, as written to JSON.

    Raises:
      ValueError: unknown network, wrong file name, or a checkpoint that does not fit; every
        unknown, missing and misshapen key is listed.
      OSError: the folder cannot be written.
    """
    output = Path(output)
    sidecar = description_path(output)
    for path in (output, sidecar):
        if path.is_dir():
            raise ValueError(f"{path} is a folder, a file is to be written there")
    if network not in NETWORKS:
        raise ValueError(f"network {network!r} is unknown; choose from {sorted(NETWORKS)}")
    state = read_state(checkpoint)
    description = {
        "network": network,
        "embedding_size": EMBEDDING_SIZES[network],
        "classes": _count_classes(state) if classes else None,
        "preprocessing": Preprocessing().to_dict(),
    }
    model = _build(description)
    _fill(model, state)
    description["self_check"] = self_check.run(model)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=output.parent) as folder:
        weights, text = Path(folder) / output.name, Path(folder) / sidecar.name
        model.save_weights(weights)
        _compare(_filled(weights, description), description, output)
        description["sha256"] = _sha256(weights)
        text.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
        os.replace(weights, output)
        os.replace(text, sidecar)
    return json.loads(sidecar.read_text(encoding="utf-8"))


def load(path: str | os.PathLike) -> keras.Model:
    """Builds the network that `convert` wrote and fills it.

    Args:
      path: the `*.weights.h5`, with its JSON beside it.

    Raises:
      ValueError: the JSON is not a description, or the weights are not those it names.
      OSError: one of the two files is missing.
    """
    return _filled(Path(path), _describe(Path(path)))


def verify(path: str | os.PathLike) -> dict:
    """Runs the self-check again on this machine.

    Args:
      path: the `*.weights.h5`, with its JSON beside it.

    Returns:
      The description.

    Raises:
      ValueError: the weights are not those that the JSON names, or the network's outputs
        differ from the stored ones by more than `self_check.TOLERANCE`.
      OSError: one of the two files is missing.
    """
    description = _describe(Path(path))
    _compare(_filled(Path(path), description), description, path)
    return description


def description_path(path: str | os.PathLike) -> Path:
    """`folder/NAME.weights.h5` -> `folder/NAME.json`.

    Raises:
      ValueError: the name does not end with `.weights.h5`, which Keras requires.
    """
    path = Path(path)
    if not path.name.endswith(_SUFFIX) or path.name == _SUFFIX:
        raise ValueError(f"the weights file must be called NAME{_SUFFIX}, got {path}")
    return path.with_name(path.name.removesuffix(_SUFFIX) + ".json")


def _count_classes(state: Mapping[str, Any]) -> int:
    shape = np.shape(state.get("fc2.weight", ()))
    if len(shape) != 2:
        raise ValueError(
            "classes=True keeps the classifier, but the checkpoint has none: 'fc2.weight' is "
            f"missing or not [classes, embedding] (shape {shape})"
        )
    return shape[0]


def _fill(model: keras.Model, state: Mapping[str, Any]) -> None:
    try:
        load_torch_state(model, state)
    except ValueError as error:
        others = [name for name, key in _TELLTALES.items() if key in state and name != model.name]
        hint = f"; it looks like a checkpoint of {others[0]}" if others else ""
        raise ValueError(f"{error}{hint}") from None


def _build(description: dict) -> keras.Model:
    size = tuple(description["preprocessing"]["size"])
    return NETWORKS[description["network"]](description["classes"], size)


def _describe(path: Path) -> dict:
    """Reads the description and checks the weights file against it."""
    sidecar = description_path(path)
    try:
        description = json.loads(sidecar.read_text(encoding="utf-8"))
        missing = _REQUIRED - set(description)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{sidecar} is no description of LightCNN weights: {error}") from None
    if missing:
        raise ValueError(f"{sidecar} is no description of LightCNN weights: no {sorted(missing)}")
    if description["network"] not in NETWORKS:
        raise ValueError(f"{sidecar} names the unknown network {description['network']!r}")
    expected = description["sha256"]
    found = _sha256(path)
    if found != expected:
        raise ValueError(
            f"{path}: sha256 is {found[:16]}..., {sidecar.name} says {expected[:16]}...; the file "
            "is damaged or was exchanged; convert the checkpoint again"
        )
    return description


def _filled(path: Path, description: dict) -> keras.Model:
    model = _build(description)
    with warnings.catch_warnings():
        # Keras 3.15 warns about its own bookkeeping of every functional model; the self-check
        # compares what the weights compute.
        warnings.filterwarnings("ignore", message="Skipping nested container")
        try:
            model.load_weights(path)
        except (ValueError, KeyError) as error:
            raise ValueError(f"{path} does not hold the weights of {model.name}: {error}") from None
    return model


def _compare(model: keras.Model, description: dict, path: str | os.PathLike) -> None:
    lines = self_check.differences(self_check.run(model), description["self_check"])
    if lines:
        raise ValueError(f"{path}: the self-check failed: " + "; ".join(lines))


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
