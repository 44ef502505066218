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
        name: one of `names()`.

    Raises:
        EngineError: no engine has that name.
    """
    try:
        module, attribute = _ENGINES[name]
    except (KeyError, TypeError):
        raise EngineError(
            f"there is no engine named {name!r}; choose one of: {', '.join(names())}"
        ) from None
    return getattr(importlib.import_module(module), attribute)()
