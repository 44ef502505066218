"""Who can draw a character. `get("builtin")` returns the procedural head.

Importing this package loads neither TensorFlow nor Numba; an engine's code is imported when it
is asked for.
"""

import importlib

from face2param.engines.base import Engine, Rendering
from face2param.errors import EngineError

# name -> (module, class)
_ENGINES = {"builtin": ("face2param.engines.builtin.engine", "BuiltinEngine")}

__all__ = ["Engine", "Rendering", "get", "names"]


def names() -> tuple[str, ...]:
    """Names that `get` knows."""
    return tuple(sorted(_ENGINES))


def get(name: str = "builtin") -> Engine:
    """Returns a new engine by name.

    Args:
        name: one of `names()`, or `module:Class` for an engine of one's own, such as
            `cartoon_engine:CartoonEngine`; the class must be importable and is called without
            arguments.

    Raises:
        EngineError: no engine has that name, or it cannot be imported.
    """
    if name in _ENGINES:
        module, attribute = _ENGINES[name]
    elif isinstance(name, str) and name.count(":") == 1:
        module, attribute = name.split(":")
    else:
        raise EngineError(
            f"there is no engine named {name!r}; choose one of: {', '.join(names())}, or give "
            "your own as module:Class"
        )
    try:
        engine = getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError) as error:
        raise EngineError(f"engine {name!r} cannot be imported: {error}") from None
    if not isinstance(engine, Engine):
        raise EngineError(f"engine {name!r} is a {type(engine).__name__}, not an Engine")
    return engine
