"""Runs a program's main function: flags, one-line errors, exit codes."""

import importlib.util
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import app, flags

from face2param.errors import Face2ParamError


def run(main: Callable[[Sequence[str]], None], words: bool = False) -> None:
    """Parses the flags, calls `main`, and ends the process.

    Args:
      main: gets the program's name and, with `words`, the words after it.
      words: whether the program takes words besides flags; the others refuse them.

    Exit codes: 0 done; 2 wrong flags or input (one line on stderr); 130 interrupted.
    """

    # Only TensorFlow's warnings; set before it is loaded, and only if the user did not.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

    def guarded(argv: Sequence[str]) -> int:
        if len(argv) > 1 and not words:
            return _refuse(f"unexpected argument {argv[1]!r}; options are given as --name=value")
        try:
            main(argv)
        except Face2ParamError as error:
            return _refuse(str(error))
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        return 0

    app.run(guarded, flags_parser=_parse)


def prepare_training() -> str:
    """Before Keras is loaded: PyTorch where there is no TensorFlow.

    Returns:
      The command line as the user would type it again, for the files that the run leaves.
    """
    if "KERAS_BACKEND" not in os.environ and importlib.util.find_spec("tensorflow") is None:
        os.environ["KERAS_BACKEND"] = "torch"
    name = Path(sys.argv[0]).stem.split()[-1]  # "face2param train_x" or a path
    return "face2param " + shlex.join([name, *sys.argv[1:]])


def _parse(argv: Sequence[str]) -> list[str]:
    if {"--help", "-h", "-help"} & set(argv[1:]):
        app.usage(shorthelp=True, writeto_stdout=True, exitcode=0)
    flags.FLAGS.set_gnu_getopt(True)
    try:
        return flags.FLAGS(list(argv))
    except flags.Error as error:
        missing = re.search(r"Flag (--\w+) must have a value other than None", str(error))
        sys.exit(_refuse(f"{missing[1]} is required" if missing else str(error)))


def _refuse(message: str) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2
