"""The umbrella: `face2param NAME ...` runs `python -m face2param.bin.NAME ...`.

Lists the programs without importing any of them, so that `face2param --help` is instant.
"""

import ast
import runpy
import sys
from pathlib import Path

_NOT_PROGRAMS = {"__init__", "app", "cli", "pairs"}


def programs() -> dict[str, str]:
    """Returns name -> first docstring line of every program in this folder."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in _NOT_PROGRAMS:
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found[path.stem] = text.splitlines()[0] if text else ""
    return found


def usage() -> str:
    """Returns the text of `face2param --help`."""
    names = programs()
    width = max(map(len, names))
    lines = ["usage: face2param NAME [--flag=value ...]", "", "programs:"]
    lines += [f"  {name:<{width}}  {text}" for name, text in names.items()]
    lines += ["", "face2param NAME --help lists the flags of one program."]
    return "\n".join(lines)


def main() -> None:
    """Entry point of the `face2param` command."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help", "help"):
        print(usage())
        sys.exit(0 if len(sys.argv) > 1 else 2)
    name = sys.argv[1]
    if name == "--version":
        from importlib.metadata import version

        print(version("face2param"))
        return
    if name not in programs():
        known = ", ".join(programs())
        print(f"error: no program {name!r}; there are: {known}", file=sys.stderr)
        sys.exit(2)
    sys.argv = [f"face2param {name}", *sys.argv[2:]]
    runpy.run_module(f"face2param.bin.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
