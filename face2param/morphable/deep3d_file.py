"""BFM_model_front.mat, the face model file of Deep3DFaceReconstruction: reader and writer.

Layout (for N vertices and T triangles; all indices in the file are 1-based):
meanshape [1, 3N] dm, meantex [1, 3N] 0..255, idBase [3N, .], exBase [3N, .], texBase [3N, .],
tri [T, 3], point_buf [N, 8] (triangles around a vertex, T + 1 = none), tri_mask2 [M, 3] (into
frontmask2_idx [F, 1]), keypoints [1, 68], skinmask [1, N].
"""

import io
import os
from pathlib import Path

import numpy as np

from face2param import config
from face2param.errors import FaceModelError
from face2param.meshes.face_model_checks import check_shape
from face2param.morphable import matlab
from face2param.morphable.model import FaceModel
from face2param.morphable.orientation import outward

NAME = "bfm"
POINT_BUFFER = 8
_KEYS = (
    "meanshape", "meantex", "idBase", "exBase", "texBase", "tri", "tri_mask2", "frontmask2_idx",
    "keypoints", "skinmask",
)  # fmt: skip
_BYTES = np.float32(255)


def read(path: str | os.PathLike) -> FaceModel:
    """Reads the model; its centroid becomes the origin, as Deep3D's decoder makes it.

    Args:
      path: of the file; `point_buf` is not needed.

    Raises:
      FaceModelError: a key is missing, a size is wrong, or indices fit no base.
    """
    path = Path(path)
    arrays = matlab.read(path, _KEYS)
    matlab.require(path, arrays, _KEYS, "BFM_model_front.mat")
    where = str(path)
    numbers = arrays["meanshape"].size
    if numbers % 3 or 1 not in arrays["meanshape"].shape:
        raise FaceModelError(
            f"{path}: meanshape has shape {list(arrays['meanshape'].shape)}; it must be [1, 3N]"
        )
    count = numbers // 3
    if arrays["meantex"].size != numbers:
        raise FaceModelError(
            f"{path}: meantex holds {arrays['meantex'].size} values; expected {numbers} as "
            "meanshape"
        )
    for name in ("idBase", "exBase", "texBase"):
        check_shape(where, name, arrays[name], (numbers, None))
    mean = arrays["meanshape"].reshape(-1, 3).astype(np.float64)
    mean = (mean - mean.mean(0)).astype(np.float32)
    tri = arrays["tri"]
    check_shape(where, "tri", tri, (None, 3))
    faces, one_based = matlab.zero_based(where, "tri", tri, count)
    known = masks_and_landmarks(path, arrays, faces, count, one_based)
    return FaceModel(
        name=NAME,
        mean=mean,
        identity=_basis(arrays["idBase"]),
        expression=_basis(arrays["exBase"]),
        albedo_mean=arrays["meantex"].reshape(-1, 3).astype(np.float32) / _BYTES,
        albedo=_basis(arrays["texBase"]) / _BYTES,
        **(known | {"faces": outward(mean, faces)}),
    )


def masks_and_landmarks(
    path: Path, arrays: dict[str, np.ndarray], faces: np.ndarray, count: int, one_based: bool
) -> dict[str, np.ndarray]:
    """Fields of the record that this file and facemodel_info.mat keep alike.

    Args:
      path: of the file, for messages.
      arrays: keypoints, skinmask, frontmask2_idx, tri_mask2.
      faces: `[triangles, 3]` 0-based.
      count: number of vertices.
      one_based: whether the triangles in the file were 1-based, and so the others should be.

    Raises:
      FaceModelError: a size is wrong, or indices fit no base.
    """
    where = str(path)
    keypoints = _indices(where, "keypoints", arrays["keypoints"], count, one_based)
    if len(keypoints) != 68:
        raise FaceModelError(f"{path}: keypoints holds {len(keypoints)} indices; expected 68")
    skin = arrays["skinmask"].reshape(-1)
    if len(skin) != count:
        raise FaceModelError(f"{path}: skinmask holds {len(skin)} values; expected {count}")
    front = _indices(where, "frontmask2_idx", arrays["frontmask2_idx"], count, one_based)
    check_shape(where, "tri_mask2", arrays["tri_mask2"], (None, 3))
    sub, _ = matlab.zero_based(where, "tri_mask2", arrays["tri_mask2"], len(front), one_based)
    weights = np.zeros((68, 3), np.float32)
    weights[:, 0] = 1
    return {
        "faces": faces,
        "landmark_vertices": np.repeat(keypoints[:, np.newaxis], 3, 1),
        "landmark_weights": weights,
        "skin_mask": skin > 0.5,
        "front_mask": _among(faces, front[sub]),
    }


def _indices(where: str, name: str, values: np.ndarray, count: int, one_based: bool) -> np.ndarray:
    return matlab.zero_based(where, name, values.reshape(-1), count, one_based)[0]


def _basis(columns: np.ndarray) -> np.ndarray:
    """`[3N, k]` -> `[k, N, 3]`."""
    return columns.T.astype(np.float32).reshape(columns.shape[1], -1, 3)


def _among(faces: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Which triangles `[T, 3]` are among `some` `[M, 3]`, whatever their first corner."""
    both = np.sort(np.concatenate([faces, some]), 1)
    _, number = np.unique(both, axis=0, return_inverse=True)
    number = number.reshape(-1)
    return np.isin(number[: len(faces)], number[len(faces) :])


def write(model: FaceModel, path: str | os.PathLike) -> list[str]:
    """Writes a model for programs that read BFM_model_front.mat.

    Args:
      model: any face model.
      path: of the file, NAME.mat.

    Returns:
      What of the model the format cannot hold, in words; empty for the Basel face.

    Raises:
      FaceModelError: the name does not end in .mat.
      OutputError: the file cannot be written.
    """
    from scipy.io import savemat

    path = Path(path)
    if path.suffix != ".mat":
        raise FaceModelError(f"{path}: this format is written to a file that ends in .mat")
    remarks = []
    keypoints = model.landmark_vertices[np.arange(68), model.landmark_weights.argmax(1)]
    if (model.landmark_weights.max(1) < 0.999).any():
        remarks.append("landmarks lie between vertices; the nearest vertex of each was written")
    buffer, cut = point_buffer(model.faces, len(model.mean))
    if cut:
        remarks.append(
            f"{cut} vertices touch more than {POINT_BUFFER} triangles; point_buf holds "
            f"{POINT_BUFFER} of them"
        )
    if tuple(model.sizes.values()) != (80, 64, 80):
        remarks.append(f"Deep3D's networks need 80, 64, 80 coefficients; these are {model.sizes}")
    if model.uv is not None or model.articulation is not None:
        remarks.append("texture coordinates and joints are left out")
    front, sub = np.unique(model.faces[model.front_mask], return_inverse=True)

    def columns(basis):
        return basis.reshape(len(basis), -1).T

    arrays = {
        "meanshape": model.mean.reshape(1, -1),
        "meantex": model.albedo_mean.reshape(1, -1) * _BYTES,
        "idBase": columns(model.identity),
        "exBase": columns(model.expression),
        "texBase": columns(model.albedo) * _BYTES,
        "tri": (model.faces + 1).astype(np.float32),
        "point_buf": (buffer + 1).astype(np.float32),
        "tri_mask2": (sub.reshape(-1, 3) + 1).astype(np.float32),
        "frontmask2_idx": (front[:, np.newaxis] + 1).astype(np.float32),
        "keypoints": (keypoints[np.newaxis] + 1).astype(np.float32),
        "skinmask": model.skin_mask[np.newaxis].astype(np.float32),
    }
    stream = io.BytesIO()
    savemat(stream, arrays)
    config.atomic_write(path, stream.getvalue())
    return remarks


def point_buffer(faces: np.ndarray, count: int) -> tuple[np.ndarray, int]:
    """Triangles around each vertex.

    Args:
      faces: `[triangles, 3]` 0-based.
      count: number of vertices.

    Returns:
      `[vertices, 8]` 0-based triangles in ascending order, filled up with the number of
      triangles; and how many vertices touch more than eight.
    """
    vertex = faces.reshape(-1)
    order = np.argsort(vertex, kind="stable")
    degree = np.bincount(vertex, minlength=count)
    start = np.concatenate([[0], np.cumsum(degree)[:-1]])
    place = np.arange(len(vertex)) - start[vertex[order]]
    buffer = np.full((count, POINT_BUFFER), len(faces), np.int64)
    fits = place < POINT_BUFFER
    buffer[vertex[order][fits], place[fits]] = order[fits] // 3
    return buffer, int((degree > POINT_BUFFER).sum())
