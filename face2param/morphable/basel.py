"""The Basel Face Model 2009 with Guo et al.'s expressions, as Deep3D combines them.

None of these files may be passed on; the user brings those that there are:
  01_MorphableModel.mat   the Basel model: 53490 vertices, 199 + 199 components
  Exp_Pca.bin, std_exp.txt expressions: 53215 vertices, 79 components (without the inside of
                          the mouth), and their standard deviations
  BFM_exp_idx.mat         trimIndex: those 53215 among the 53490
  BFM_front_idx.mat       idx: the 35709 of the face among the 53215
  select_vertex_id.mat    both steps in one
  facemodel_info.mat      triangles, landmarks and masks of the 35709
All indices in them are 1-based.
"""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2param.errors import FaceModelError
from face2param.meshes.face_model_checks import check_shape
from face2param.morphable import deep3d_file, expression_files, matlab
from face2param.morphable.model import FaceModel
from face2param.morphable.orientation import outward

IDENTITY, EXPRESSION, ALBEDO = 80, 64, 80
_MICROMETRES = 1e5  # to one decimetre
_BASEL = ("shapeMU", "shapePC", "shapeEV", "texMU", "texPC", "texEV")
_INFO = ("tri", "keypoints", "skinmask", "tri_mask2", "frontmask2_idx")


@dataclass(frozen=True)
class Companions:
    """The files beside 01_MorphableModel.mat; None: not given.

    Attributes: expressions (Exp_Pca.bin), deviations (std_exp.txt), trim (BFM_exp_idx.mat),
    front (BFM_front_idx.mat), select (select_vertex_id.mat), info (facemodel_info.mat).
    """

    expressions: Path | None = None
    deviations: Path | None = None
    trim: Path | None = None
    front: Path | None = None
    select: Path | None = None
    info: Path | None = None

    def found_beside(self, *files: str | os.PathLike | None) -> "Companions":
        """Fills in what lies in the folders of `files` under its usual name."""
        folders = [Path(file).parent for file in files if file is not None]
        changes = {}
        for name, usual in FILE_NAMES.items():
            if getattr(self, name) is None:
                hits = [f / usual for f in folders if (f / usual).is_file()]
                changes |= {name: hits[0]} if hits else {}
        return dataclasses.replace(self, **changes)


FILE_NAMES = {
    "expressions": "Exp_Pca.bin",
    "deviations": "std_exp.txt",
    "trim": "BFM_exp_idx.mat",
    "front": "BFM_front_idx.mat",
    "select": "select_vertex_id.mat",
    "info": "facemodel_info.mat",
}


def read(
    path: str | os.PathLike,
    companions: Companions | None = None,
    sizes: tuple[int, int, int] = (IDENTITY, EXPRESSION, ALBEDO),
) -> FaceModel:
    """Reads the Basel model and what goes with it.

    Args:
      path: of 01_MorphableModel.mat.
      companions: the other files; None: those that lie beside it. Without expressions the model
        has none. facemodel_info.mat is needed, and one way to the vertices that it speaks of:
        select_vertex_id.mat, or BFM_exp_idx.mat with BFM_front_idx.mat.
      sizes: how many identity, expression and albedo coefficients are kept (fewer where the
        files have fewer).

    Returns:
      The model in decimetres, its centroid in the origin.

    Raises:
      FaceModelError: a file is missing, or does not fit the others; says which and how to get
        on.
    """
    path = Path(path)
    given = Companions().found_beside(path) if companions is None else companions
    if given.info is None:
        raise FaceModelError(
            f"{path}: the Basel model has neither landmarks nor masks; give facemodel_info.mat "
            "(from the folder BFM of Deep3DFaceReconstruction, MIT licence) beside it"
        )
    info = matlab.read(given.info, _INFO)
    matlab.require(given.info, info, _INFO, "facemodel_info.mat")
    count = info["skinmask"].size
    basel = matlab.read(path, _BASEL)
    matlab.require(path, basel, _BASEL, "01_MorphableModel.mat")
    whole = _check_basel(path, basel)
    trim = None if given.trim is None else _indices(given.trim, "trimIndex", whole)
    select = _selection(path, given, trim, whole, count)

    def basis(name, columns, scale):
        kept = basel[f"{name}PC"][:, :columns].astype(np.float64) * scale
        kept = kept * basel[f"{name}EV"].reshape(-1)[:columns]
        return kept.T.reshape(kept.shape[1], whole, 3)[:, select].astype(np.float32)

    mean = basel["shapeMU"].reshape(-1, 3).astype(np.float64)[select] / _MICROMETRES
    mean = (mean - mean.mean(0)).astype(np.float32)
    expression = np.zeros((0, count, 3), np.float32)
    if given.expressions is not None:
        rows = _rows_of_expressions(path, given, trim, select, whole)
        table = expression_files.read(given.expressions, given.deviations, len(trim), sizes[1])
        expression = (table[:, rows] / np.float32(_MICROMETRES)).astype(np.float32)
    topology = _topology(given.info, info, count)
    return FaceModel(
        name=deep3d_file.NAME,
        mean=mean,
        identity=basis("shape", sizes[0], 1 / _MICROMETRES),
        expression=expression,
        albedo_mean=(basel["texMU"].reshape(-1, 3)[select] / 255).astype(np.float32),
        albedo=basis("tex", sizes[2], 1 / 255),
        **(topology | {"faces": outward(mean, topology["faces"])}),
    )


def _check_basel(path: Path, basel: dict[str, np.ndarray]) -> int:
    """Number of vertices of the whole Basel model."""
    where, numbers = str(path), basel["shapeMU"].size
    if numbers == 0 or numbers % 3:
        raise FaceModelError(f"{path}: shapeMU holds {numbers} values; it must hold 3 a vertex")
    for name in ("shape", "tex"):
        check_shape(where, f"{name}PC", basel[f"{name}PC"], (numbers, None))
        columns = basel[f"{name}PC"].shape[1]
        for key, expected in ((f"{name}EV", columns), (f"{name}MU", numbers)):
            if basel[key].size != expected:
                raise FaceModelError(
                    f"{path}: {key} holds {basel[key].size} values; expected {expected}"
                )
    return numbers // 3


def _indices(path: Path, key: str, count: int) -> np.ndarray:
    arrays = matlab.read(path, (key,))
    matlab.require(path, arrays, (key,), path.name)
    return matlab.zero_based(str(path), key, arrays[key].reshape(-1), count)[0]


def _selection(path, given: Companions, trim, whole: int, count: int) -> np.ndarray:
    """The vertices of facemodel_info.mat among those of the Basel model."""
    if given.select is not None:
        names = tuple(matlab.contents(given.select))
        if len(names) != 1:
            raise FaceModelError(f"{given.select}: must hold one array, has {', '.join(names)}")
        select, name = _indices(given.select, names[0], whole), given.select
    elif trim is not None and given.front is not None:
        select, name = trim[_indices(given.front, "idx", len(trim))], given.front
    elif count == whole:
        select, name = np.arange(whole), given.info
    else:
        raise FaceModelError(
            f"{path}: has {whole} vertices, {given.info.name} speaks of {count}; give "
            "select_vertex_id.mat, or BFM_exp_idx.mat with BFM_front_idx.mat, beside it"
        )
    if len(select) != count:
        raise FaceModelError(
            f"{name}: selects {len(select)} vertices; {given.info.name} speaks of {count}"
        )
    return select


def _rows_of_expressions(path, given: Companions, trim, select, whole: int) -> np.ndarray:
    """Where the selected vertices lie in Exp_Pca.bin."""
    if trim is None:
        raise FaceModelError(
            f"{given.expressions}: give BFM_exp_idx.mat beside it; it says which vertices of "
            f"{path.name} the expressions have"
        )
    where = np.full(whole, -1)
    where[trim] = np.arange(len(trim))
    rows = where[select]
    if (rows < 0).any():
        raise FaceModelError(
            f"{given.trim}: {int((rows < 0).sum())} selected vertices have no expression; the "
            "index files do not belong together"
        )
    return rows


def _topology(path: Path, info: dict[str, np.ndarray], count: int) -> dict[str, np.ndarray]:
    """Triangles, landmarks and masks of facemodel_info.mat as fields of the record."""
    where = str(path)
    check_shape(where, "tri", info["tri"], (None, 3))
    faces, one_based = matlab.zero_based(where, "tri", info["tri"], count)
    return deep3d_file.masks_and_landmarks(path, info, faces, count, one_based)
