"""Who can draw a character. `get("builtin")` returns the procedural head.

Importing this package loads neither TensorFlow nor Numba; an engine's code is imported when it
is asked for.
"""

import importlib
from pathlib import Path

from face2param.engines.base import Engine, Rendering
from face2param.errors import EngineError

# name -> package with `open(argument: str | None) -> Engine`
_PACKAGES = {
    "ict": "face2param.engines.ict",
    "makehuman": "face2param.engines.makehuman",
    "unity": "face2param.engines.unity",
}
_BUILTIN = "builtin"
_WAYS = (
    "give a head file (PATH.json, made by inspect_head), or an engine of your own as module:Class"
)

__all__ = ["Engine", "Rendering", "get", "names"]


def names() -> tuple[str, ...]:
    """Names that `get` knows."""
    return tuple(sorted((_BUILTIN, *_PACKAGES)))


def get(name: str = _BUILTIN) -> Engine:
    """Returns a new engine by name.

    Args:
        name: one of these:
            "builtin": the procedural head;
            "ict", "ict=FOLDER": ICT-FaceKit;
            "makehuman", "makehuman=FOLDER": MakeHuman;
            "unity", "unity=HOST:PORT": a game that runs;
            "PATH.json": a head file, of any rigged glTF model;
            "module:Class": an engine of one's own, such as `cartoon_engine:CartoonEngine`; the
            class must be importable and is called without arguments.

    Raises:
        EngineError: no engine has that name, or it cannot be imported or opened.
        CodecError: a head file or its model cannot be read.
    """
    text = name if isinstance(name, str) else ""
    known, equals, argument = text.partition("=")
    if text == _BUILTIN:
        engine = _call(name, "face2param.engines.builtin.engine", "BuiltinEngine")
    elif known in _PACKAGES and (argument or not equals):
        engine = _call(name, _PACKAGES[known], "open", argument or None)
    elif Path(text).suffix == ".json":
        from face2param.engines.rigged.engine import RiggedEngine

        engine = RiggedEngine.from_file(text)
    elif text.count(":") == 1 and not equals:
        engine = _call(name, *text.split(":"))
    else:
        raise EngineError(
            f"there is no engine named {name!r}; choose one of: {', '.join(names())}, or {_WAYS}"
        )
    if not isinstance(engine, Engine):
        raise EngineError(f"engine {name!r} is a {type(engine).__name__}, not an Engine")
    return engine


def _call(name: str, module: str, attribute: str, *arguments: str | None) -> object:
    try:
        make = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise EngineError(f"engine {name!r} cannot be imported: {error}") from None
    return make(*arguments)
