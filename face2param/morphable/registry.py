"""Face models by name or file: `get("builtin")`, `get("model.npz")`, ..."""

import os
from pathlib import Path

from face2param.errors import FaceModelError
from face2param.morphable import files
from face2param.morphable.model import FaceModel


def get(source: str | os.PathLike = "builtin") -> FaceModel:
    """Returns a face model.

    Args:
      source: "builtin", the embedded model (built in some seconds at first use, then cached),
        or a file: .npz of this library.

    Raises:
      FaceModelError: there is no such model or file.
    """
    if source == "builtin":
        from face2param.morphable import builtin

        return builtin.load()
    path = Path(source)
    if path.suffix == ".npz" and path.is_file():
        return files.load(path)
    raise FaceModelError(
        f"there is no face model {str(source)!r}; give builtin or a model file that exists"
    )
