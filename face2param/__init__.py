"""From a face photograph to the parameters of a game character.

    import face2param

    result = face2param.fit("me.jpg")
    result.save("out/")

Importing the package is instant; TensorFlow is loaded at the first fit.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from face2param.pipelines.fit import fit
    from face2param.pipelines.result import Result

__all__ = ["Result", "fit"]

_HOMES = {"fit": "face2param.pipelines.fit", "Result": "face2param.pipelines.result"}


def __getattr__(name: str) -> typing.Any:
    """Loads a name of the front door when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
