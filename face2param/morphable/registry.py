"""Face models by name or file: `get("builtin")`, `get("BFM_model_front.mat")`, ..."""

import os
import zipfile
from pathlib import Path

from face2param.errors import FaceModelError
from face2param.morphable.model import FaceModel


def get(source: str | os.PathLike = "builtin") -> FaceModel:
    """Returns a face model.

    Args:
      source: "builtin", the embedded model (built in some seconds at first use, then cached);
        or a file, whose format is recognised: .npz of this library, of ICT-FaceKit or of FLAME;
        BFM_model_front.mat; 01_MorphableModel.mat of the Basel Face Model with its companions
        beside it (see `basel.Companions`); FLAME's .pkl; or ICT-FaceKit's folder of OBJ files.

    Raises:
      FaceModelError: there is no such model, or the file is damaged.
    """
    if source == "builtin":
        from face2param.morphable import builtin

        return builtin.load()
    path = Path(source)
    if not path.exists():
        raise FaceModelError(
            f"there is no face model {str(source)!r}; give builtin or a model file that exists"
        )
    return _READERS[recognise(path)](path)


def recognise(path: Path) -> str:
    """Tells formats apart: "own", "ict", "flame", "deep3d" or "basel".

    Raises:
      FaceModelError: the file is none of these.
    """
    if path.is_dir():
        return "ict"
    suffix = path.suffix.lower()
    if suffix == ".pkl":
        return "flame"
    names: set[str] = set()
    if suffix == ".npz":
        try:
            with zipfile.ZipFile(path) as archive:
                names = {name.removesuffix(".npy") for name in archive.namelist()}
        except (OSError, zipfile.BadZipFile) as error:
            raise FaceModelError(f"{path}: is no readable .npz file ({error})") from None
    elif suffix == ".mat":
        from face2param.morphable.matlab import contents

        names = set(contents(path))
    for kind, key in _MARKS.items():
        if key in names:
            return kind
    raise FaceModelError(
        f"{path}: is no face model that is known here; it may be .npz (of this library, "
        "ICT-FaceKit, FLAME), .mat (BFM_model_front.mat, 01_MorphableModel.mat), .pkl (FLAME) or "
        "ICT-FaceKit's folder"
    )


# An array that only this format has.
_MARKS = {
    "own": "landmark_weights",
    "ict": "deltas_q",
    "flame": "shapedirs",
    "deep3d": "idBase",
    "basel": "shapeMU",
}


def _own(path: Path) -> FaceModel:
    from face2param.morphable import files

    return files.load(path)


def _ict(path: Path) -> FaceModel:
    from face2param.morphable import ict

    return ict.read(path)


def _flame(path: Path) -> FaceModel:
    from face2param.morphable import flame

    return flame.read(path)


def _deep3d(path: Path) -> FaceModel:
    from face2param.morphable import deep3d_file

    return deep3d_file.read(path)


def _basel(path: Path) -> FaceModel:
    from face2param.morphable import basel

    return basel.read(path)


_READERS = {"own": _own, "ict": _ict, "flame": _flame, "deep3d": _deep3d, "basel": _basel}
