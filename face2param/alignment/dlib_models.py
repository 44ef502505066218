"""dlib's two models, opened once per process."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from face2param.errors import DependencyError, WeightsError
from face2param.weights import register


def import_dlib() -> ModuleType:
    """Imports dlib.

    Raises:
      DependencyError: it is not installed.
    """
    try:
        import dlib
    except ImportError as error:
        raise DependencyError(
            f"faces are found by dlib, which cannot be imported ({error}); "
            "to get it: pip install dlib-bin"
        ) from None
    return dlib


@functools.cache
def face_detector() -> Any:
    """Dlib's HOG detector of frontal faces; it is part of the dlib library itself.

    Raises:
      DependencyError: dlib is not installed.
    """
    return import_dlib().get_frontal_face_detector()


@functools.cache
def shape_predictor() -> Any:
    """Dlib's predictor of the 68 landmarks (Kazemi and Sullivan, CVPR 2014).

    Raises:
      DependencyError: dlib or the package with the model is not installed.
      WeightsError: the model file is damaged.
    """
    path = register.path("dlib_landmarks68")
    try:
        return import_dlib().shape_predictor(str(path))
    except RuntimeError as error:
        raise WeightsError(f"{path} is not a landmark model that dlib can read: {error}") from None
