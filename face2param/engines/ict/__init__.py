"""ICT-FaceKit's light model as an engine, named `ict`."""

from __future__ import annotations

import os
from pathlib import Path

from face2param.engines.base import Engine
from face2param.errors import EngineError

VARIABLE = "FACE2PARAM_ICT"
PACKED = "ict_facekit.npz"


def open(argument: str | None = None) -> Engine:
    """Builds the engine.

    Args:
        argument: folder with `ict_facekit.npz` or with the OBJ files of FaceXModel, or an .npz
            file; None: the environment variable FACE2PARAM_ICT says which.

    Raises:
        EngineError: no folder was given, or it does not exist.
        FaceModelError: the files are incomplete or damaged.
    """
    from face2param.engines.ict.build import build
    from face2param.engines.paint.sampling import PeopledEngine
    from face2param.meshes import ict

    where = argument or os.environ.get(VARIABLE)
    if not where:
        raise EngineError(
            f"engine 'ict' needs the files of ICT-FaceKit: set {VARIABLE} to their folder, or "
            "name it: ict=FOLDER"
        )
    path = Path(where)
    if not path.exists():
        raise EngineError(
            f"engine 'ict': there is no {path}; set {VARIABLE} or ict=FOLDER to the folder with "
            f"{PACKED} or with FaceXModel's OBJ files"
        )
    packed = path / PACKED
    model, head, usual = build(ict.read(packed if packed.is_file() else path))
    engine = PeopledEngine(model, head, "ict" if argument is None else f"ict={argument}")
    engine.usual = usual
    return engine
