"""MakeHuman's base mesh and its face targets as an engine, named `makehuman`."""

from __future__ import annotations

import os
from pathlib import Path

from face2param.engines.base import Engine
from face2param.errors import EngineError

VARIABLE = "FACE2PARAM_MAKEHUMAN"


def open(argument: str | None = None) -> Engine:
    """Builds the engine.

    Args:
        argument: folder with base.obj and targets/; None: the environment variable
            FACE2PARAM_MAKEHUMAN says which.

    Raises:
        EngineError: no folder was given, or it is not one of MakeHuman.
        CodecError: a file in it is damaged.
    """
    from face2param.engines.makehuman import files
    from face2param.engines.makehuman.build import build
    from face2param.engines.paint.sampling import PeopledEngine

    where = argument or os.environ.get(VARIABLE)
    if not where:
        raise EngineError(
            f"engine 'makehuman' needs MakeHuman's data: set {VARIABLE} to the folder with "
            f"{files.BASE} and {files.TARGETS}/, or name it: makehuman=FOLDER"
        )
    model, head, usual = build(*files.read(Path(where)))
    name = "makehuman" if argument is None else f"makehuman={argument}"
    engine = PeopledEngine(model, head, name)
    engine.usual = usual
    return engine
