"""Released PyTorch checkpoints -> weights that `features.identity` and `features.parsing` open.

The checkpoint is read by `weights.torch_checkpoint`, without PyTorch and without running
anything that it contains; the networks' own packages know which tensor goes where.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from face2param.config import write_json
from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.weights import torch_checkpoint

NETWORKS = ("lightcnn29v2", "lightcnn29v1", "lightcnn9", "face_parsing")
SUFFIX = ".weights.h5"
_REMARKS = ("epoch", "arch", "prec1", "best_prec1")


@dataclasses.dataclass(frozen=True)
class Conversion:
    """What was converted.

    Attributes:
      weights: the file written.
      description: the JSON beside it.
      remarks: what the checkpoint says of itself besides its tensors.
      tensors: number of tensors in the checkpoint's state.
      parameters: number of values in them.
    """

    weights: Path
    description: dict
    remarks: dict
    tensors: int
    parameters: int


def description_path(weights: str | os.PathLike) -> Path:
    """`NAME.weights.h5` -> `NAME.json`."""
    weights = Path(weights)
    return weights.with_name(weights.name.removesuffix(SUFFIX) + ".json")


def convert(
    network: str,
    checkpoint: str | os.PathLike,
    output: str | os.PathLike,
    overwrite: bool = False,
    limit_bytes: int = torch_checkpoint.LIMIT_BYTES,
) -> Conversion:
    """Converts a checkpoint, runs the self-check and writes weights and description.

    A classifier is left out: recognition never needs it. Nothing is written unless every
    tensor fits.

    Args:
      network: a name of `NETWORKS`.
      checkpoint: file that `torch.save` wrote, in either serialisation.
      output: file to write, called `NAME.weights.h5`; `NAME.json` is written beside it.
      overwrite: replace files that exist.
      limit_bytes: see `torch_checkpoint.read`.

    Returns:
      What was converted.

    Raises:
      ConfigError: the network is unknown or the output's name has another ending.
      OutputError: the output exists, or cannot be written.
      WeightsError: the checkpoint cannot be read, or its keys are unknown, missing or
        misshapen; all of them are listed.
    """
    output = Path(output)
    check(network, output, overwrite)
    content = torch_checkpoint.read(checkpoint, limit_bytes)
    package = _package(network)
    try:
        state = package.read_state(content)
        if network == "face_parsing":
            description = package.convert.convert(content, output)
        else:
            description = package.convert.convert(content, output, network=network)
    except ValueError as error:
        raise WeightsError(f"{checkpoint}: {error}") from error
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error
    if network != "face_parsing":
        # Whoever measures it writes it here; see tests/benchmarks/identity_threshold.py.
        description = {**description, "threshold": None}
        write_json(description_path(output), description)
    remarks = content if isinstance(content, dict) and "state_dict" in content else {}
    return Conversion(
        output,
        description,
        {key: remarks[key] for key in _REMARKS if isinstance(remarks.get(key), (str, int, float))},
        len(state),
        sum(int(getattr(tensor, "size", 0)) for tensor in state.values()),
    )


def check(network: str, output: Path, overwrite: bool) -> None:
    """Refuses what cannot end well before minutes are spent; errors as `convert`."""
    if network not in NETWORKS:
        raise ConfigError(f"network {network!r} is unknown; choose from {', '.join(NETWORKS)}")
    if not output.name.endswith(SUFFIX) or output.name == SUFFIX:
        raise ConfigError(f"the output must be called NAME{SUFFIX}, got {output}")
    present = [path for path in (output, description_path(output)) if path.exists()]
    if present and not overwrite:
        raise OutputError(
            f"{' and '.join(map(str, present))} exist already; choose another name or overwrite"
        )


def _package(network: str):
    if network == "face_parsing":
        import face_parsing_tf

        return face_parsing_tf
    import lightcnn_tf

    return lightcnn_tf
