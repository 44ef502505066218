"""The released checkpoint -> Keras weights with a description beside them.

    checkpoint = {...}  # names -> arrays, as read from 79999_iter.pth
    convert(checkpoint, "face_parsing.weights.h5")
    model = load("face_parsing.weights.h5")

`NAME.weights.h5` gets `NAME.json` beside it: the classes, the preprocessing and sizes, the
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

from face_parsing_tf import self_check
from face_parsing_tf.classes import CLASSES
from face_parsing_tf.model import bisenet
from face_parsing_tf.preprocessing import Preprocessing
from face_parsing_tf.state import load_torch_state

_SUFFIX = ".weights.h5"
_REQUIRED = {"classes", "width", "fine_head", "auxiliary_heads", "size", "self_check", "sha256"}
_SIZE = (512, 512)
# Weights do not depend on the size, and the self-check need not take seconds.
_CHECK_SIZE = (128, 128)


def convert(
    checkpoint: Mapping[str, Any],
    output: str | os.PathLike,
    classes: int = len(CLASSES),
    auxiliary_heads: bool = False,
) -> dict:
    """Writes the weights of a checkpoint for Keras.

    The file is read back into a fresh model and must give the same outputs before it gets
    its name; on any error nothing is left behind and an older file stays as it was.

    Args:
      checkpoint: names -> NumPy arrays (or what np.asarray takes); see
        `face_parsing_tf.state.read_state`.
      output: file to write, called `*.weights.h5`; its folder is made if need be.
      classes: number of classes that the checkpoint was trained on. Only the 19 of
        CelebAMask-HQ have names.
      auxiliary_heads: keeps the two heads that only training uses.

    Returns:
      The description, as written to JSON.

    Raises:
      ValueError: wrong file name, or a checkpoint that does not fit; every unknown, missing
        and misshapen key is listed.
      OSError: the folder cannot be written.
    """
    output = Path(output)
    sidecar = description_path(output)
    for path in (output, sidecar):
        if path.is_dir():
            raise ValueError(f"{path} is a folder, a file is to be written there")
    named = classes == len(CLASSES)
    description = {
        "network": "bisenet",
        "classes": list(CLASSES) if named else [f"class_{i}" for i in range(classes)],
        "width": 1.0,
        "fine_head": False,
        "auxiliary_heads": bool(auxiliary_heads),
        "size": list(_SIZE),
        "preprocessing": Preprocessing().to_dict(),
    }
    model = _build(description, _CHECK_SIZE)
    load_torch_state(model, checkpoint)
    description["self_check"] = self_check.run(model)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=output.parent) as folder:
        weights, text = Path(folder) / output.name, Path(folder) / sidecar.name
        model.save_weights(weights)
        _compare(_filled(weights, description, _CHECK_SIZE), description, output)
        description["sha256"] = _sha256(weights)
        text.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
        os.replace(weights, output)
        os.replace(text, sidecar)
    return json.loads(sidecar.read_text(encoding="utf-8"))


def load(path: str | os.PathLike, size: tuple[int, int] | None = None) -> keras.Model:
    """Builds the network that `convert` wrote and fills it.

    Args:
      path: the `*.weights.h5`, with its JSON beside it.
      size: (height, width) of the input; None takes the one that it was trained for.

    Raises:
      ValueError: the JSON is not a description, or the weights are not those it names.
      OSError: one of the two files is missing.
    """
    description = _describe(Path(path))
    return _filled(Path(path), description, size or description["size"])


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
    _compare(_filled(Path(path), description, _CHECK_SIZE), description, path)
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


def _build(description: dict, size: tuple[int, int]) -> keras.Model:
    return bisenet(
        len(description["classes"]),
        description["width"],
        size=tuple(size),
        auxiliary_heads=description["auxiliary_heads"],
        fine_head=description["fine_head"],
    )


def _describe(path: Path) -> dict:
    """Reads the description and checks the weights file against it."""
    sidecar = description_path(path)
    try:
        description = json.loads(sidecar.read_text(encoding="utf-8"))
        missing = _REQUIRED - set(description)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{sidecar} is no description of BiSeNet weights: {error}") from None
    if missing:
        raise ValueError(f"{sidecar} is no description of BiSeNet weights: no {sorted(missing)}")
    expected = description["sha256"]
    found = _sha256(path)
    if found != expected:
        raise ValueError(
            f"{path}: sha256 is {found[:16]}..., {sidecar.name} says {expected[:16]}...; the file "
            "is damaged or was exchanged; convert the checkpoint again"
        )
    return description


def _filled(path: Path, description: dict, size: tuple[int, int]) -> keras.Model:
    model = _build(description, size)
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
