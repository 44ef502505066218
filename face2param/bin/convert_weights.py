"""Converts a released PyTorch checkpoint for this library; needs no PyTorch, runs none of it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from face2param.bin import app

_NETWORK = flags.DEFINE_string(
    "network", None, "lightcnn29v2, lightcnn29v1, lightcnn9 or face_parsing.", required=True
)
_CHECKPOINT = flags.DEFINE_string(
    "checkpoint", None, "File that torch.save wrote (.pth, .pth.tar).", required=True
)
_OUTPUT = flags.DEFINE_string(
    "output", None, "File to write, NAME.weights.h5; NAME.json goes beside it.", required=True
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the output if it exists.")


def main(argv: Sequence[str]) -> None:
    """Converts, and says what came of it and what to type next."""
    del argv
    from face2param.features import conversion

    output = Path(_OUTPUT.value)
    conversion.check(_NETWORK.value, output, _OVERWRITE.value)
    done = conversion.convert(_NETWORK.value, _CHECKPOINT.value, output, _OVERWRITE.value)
    remarks = ", ".join(f"{key} {value}" for key, value in done.remarks.items())
    print(
        f"read {done.tensors} tensors with {done.parameters:,} values from {_CHECKPOINT.value}"
        + (f" ({remarks})" if remarks else "")
    )
    print(f"wrote {output} and {conversion.description_path(output)}")
    print(f"self-check digest {done.description['self_check']['digest']}")
    for line in next_steps(_NETWORK.value, output):
        print(line)


def next_steps(network: str, output: Path) -> list[str]:
    """What to type after a conversion."""
    fit = "face2param fit --photo=me.jpg --output=result/"
    if network == "face_parsing":
        return [f"next: {fit} --parsing={shlex.quote(str(output))}"]
    lines = []
    if network == "lightcnn29v2" and output.name == f"{network}.weights.h5":
        folder = shlex.quote(str(output.absolute().parent))
        lines.append(f"next: FACE2PARAM_WEIGHTS={folder} {fit} --identity={network}")
    else:
        lines.append(f'next: features.identity("{network}", weights="{output}") in Python')
    lines.append(
        "its threshold has not been measured: python tests/benchmarks/identity_threshold.py "
        f"--identity={network} --weights={shlex.quote(str(output))} --photos=FOLDER "
        "--output=RESULT --write"
    )
    return lines


if __name__ == "__main__":
    app.run(main)
