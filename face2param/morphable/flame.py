"""Reader of FLAME (MPI; licences differ by year, the user brings the file): .pkl or .npz.

Arrays for V vertices and 5 joints: v_template [V, 3] metres, f [T, 3] 0-based, shapedirs
[V, 3, 300 + 100] (identity, then expression, times their standard deviations), posedirs
[V, 3, 36], J_regressor [5, V], kintree_table [2, 5], weights [V, 5]. FLAME 2019, 2020 and 2023
share this layout; V is 5023 there.

The file knows no landmarks: `landmark_embedding.npy` (from DECA) or a file of the same names
(.npz, .pkl) is needed. Texture coordinates come from `head_template.obj` where it is given.
FLAME's files hold no albedo per vertex: it borrows a painted one, see `borrowed_albedo`.
"""

import io
import os
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from face2param.errors import FaceModelError
from face2param.meshes import read_obj
from face2param.meshes.face_model_checks import check_numbers, check_shape
from face2param.meshes.npz import read_npz
from face2param.morphable import matlab, placement, restricted_pickle
from face2param.morphable.articulation import Articulation
from face2param.morphable.borrowed_albedo import Lender
from face2param.morphable.model import FaceModel
from face2param.morphable.orientation import outward

NAME = "flame"
JOINTS = ("global", "neck", "jaw", "eye_left", "eye_right")
IDENTITY = 300  # the components behind these are expressions
LANDMARK_FILE, TEMPLATE_FILE = "landmark_embedding.npy", "head_template.obj"
_METRES = 10.0
_KEYS = (
    "v_template", "f", "shapedirs", "posedirs", "J_regressor", "kintree_table", "weights",
)  # fmt: skip
_EMBEDDING = (
    "full_lmk_faces_idx", "full_lmk_bary_coords", "static_lmk_faces_idx", "static_lmk_bary_coords",
    "dynamic_lmk_faces_idx", "dynamic_lmk_bary_coords",
)  # fmt: skip
_EYE_REACH = 0.25  # decimetres between an eyeball's middle and that of its lids


def read(
    path: str | os.PathLike,
    landmarks: str | os.PathLike | None = None,
    template: str | os.PathLike | None = None,
) -> FaceModel:
    """Reads the model.

    Args:
      path: the model's .pkl or .npz.
      landmarks: the embedding of the 68 landmarks; None: `landmark_embedding.npy` beside it.
      template: `head_template.obj` for texture coordinates; None: the one beside it, if any.

    Raises:
      FaceModelError: a file or an array is missing, damaged or of the wrong size, or a pickle
        names anything but arrays.
    """
    path = Path(path)
    arrays = _arrays(path, _KEYS)
    missing = [name for name in _KEYS if name not in arrays]
    if missing:
        raise FaceModelError(f"{path}: has no {', '.join(missing)}; FLAME has {', '.join(_KEYS)}")
    where = str(path)
    check_shape(where, "v_template", arrays["v_template"], (None, 3))
    count, joints = len(arrays["v_template"]), len(JOINTS)
    for name, shape in {
        "f": (None, 3),
        "shapedirs": (count, 3, None),
        "posedirs": (count, 3, 9 * (joints - 1)),
        "J_regressor": (joints, count),
        "kintree_table": (2, joints),
        "weights": (count, joints),
    }.items():
        check_shape(where, name, arrays[name], shape)
    faces, _ = matlab.zero_based(where, "f", arrays["f"], count, one_based=False)
    mean = np.asarray(arrays["v_template"], np.float64) * _METRES
    corners, weights = _landmarks(path, landmarks, faces)
    points = (mean[corners] * weights[..., np.newaxis]).sum(1)
    # x is not moved: the head's symmetry plane is x = 0 already.
    mean = (mean + placement.offset(points)).astype(np.float32)
    points = (mean[corners] * weights[..., np.newaxis]).sum(1)
    directions = (np.moveaxis(arrays["shapedirs"], 2, 0) * _METRES).astype(np.float32)
    lender = Lender(points)
    albedo = lender.skin(mean)
    eyeballs = _eyeballs(mean, faces, points)
    for rows in eyeballs:
        albedo[:, rows] = lender.eyeball(mean[rows])
    skin_mask, front = lender.skin_mask(mean), lender.front(mean)
    for rows in eyeballs:
        skin_mask[rows], front[rows] = False, True
    turned = outward(mean, faces)
    uv, uv_faces = _texture(path, template, len(faces))
    if uv_faces is not None and (turned != faces).any():
        uv_faces = uv_faces[:, ::-1]
    return FaceModel(
        name=NAME,
        mean=mean,
        identity=directions[:IDENTITY],
        expression=directions[IDENTITY:],
        albedo_mean=albedo[0],
        albedo=albedo[1:],
        faces=turned,
        landmark_vertices=corners,
        landmark_weights=weights,
        skin_mask=skin_mask,
        front_mask=front[turned].all(1),
        uv=uv,
        uv_faces=uv_faces,
        articulation=_joints(where, arrays),
    )


def _arrays(path: Path, wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    arrays = _named_arrays(path, wanted)
    for name, array in arrays.items():
        check_numbers(str(path), name, array)
    return arrays


def _named_arrays(path: Path, wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    if path.suffix == ".npz":
        return read_npz(path, wanted=wanted)
    if path.suffix == ".npy":
        value = _pickled_array(path)
    else:
        value = restricted_pickle.load(path)
    if type(value) is not dict:
        raise FaceModelError(f"{path}: holds a {type(value).__name__}; expected named arrays")
    return {n: a for n, a in value.items() if n in wanted and isinstance(a, np.ndarray)}


def _pickled_array(path: Path):
    """The one object of an .npy file that np.save wrote from a dictionary."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FaceModelError(f"cannot read {path}: {error.strerror or error}") from None
    stream = io.BytesIO(data)
    try:
        version = npy_format.read_magic(stream)
        header = (
            npy_format.read_array_header_1_0(stream)
            if version[0] == 1
            else npy_format.read_array_header_2_0(stream)
        )
    except ValueError as error:
        raise FaceModelError(f"{path}: is no readable .npy file ({error})") from None
    if header[0] != () or not header[2].hasobject:
        raise FaceModelError(f"{path}: holds no dictionary of named arrays")
    value = restricted_pickle.loads(data[stream.tell() :], str(path), objects=True)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _joints(where: str, arrays: dict[str, np.ndarray]) -> Articulation:
    parents = np.asarray(arrays["kintree_table"][0]).astype(np.int64)
    parents = np.where((parents < 0) | (parents >= len(JOINTS)), -1, parents)
    correctives = np.moveaxis(np.asarray(arrays["posedirs"], np.float64), 2, 0) * _METRES
    joints = Articulation(
        JOINTS, parents, arrays["J_regressor"], arrays["weights"], correctives.astype(np.float32)
    )
    joints.check(where, len(arrays["weights"]))
    return joints


def _landmarks(path: Path, given, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    file = path.parent / LANDMARK_FILE if given is None else Path(given)
    if not file.is_file():
        raise FaceModelError(
            f"{path}: FLAME's file holds no landmarks; put {LANDMARK_FILE} (from DECA's folder "
            f"data) beside it, or name such a file: there is no {file}"
        )
    table = _arrays(file, _EMBEDDING)

    def both(prefix):
        keys = (f"{prefix}_lmk_faces_idx", f"{prefix}_lmk_bary_coords")
        if not all(key in table for key in keys):
            return None
        index, weight = (np.asarray(table[key]) for key in keys)
        if prefix == "dynamic":  # by yaw; the first row is the frontal contour
            index, weight = index[:1], weight[:1]
        return index.reshape(-1), weight.reshape(-1, 3)

    pairs = [both("full")]
    if pairs[0] is None:
        pairs = [both("dynamic"), both("static")]
    if any(pair is None for pair in pairs):
        raise FaceModelError(
            f"{file}: has neither full_lmk_faces_idx and full_lmk_bary_coords nor the static and "
            "dynamic ones"
        )
    index = np.concatenate([pair[0] for pair in pairs])
    weight = np.concatenate([pair[1] for pair in pairs]).astype(np.float32)
    if len(index) != 68 or len(weight) != 68:
        raise FaceModelError(f"{file}: holds {len(index)} landmarks; expected 68")
    index, _ = matlab.zero_based(str(file), "lmk_faces_idx", index, len(faces), one_based=False)
    return faces[index].astype(np.int32), weight


def _texture(path: Path, given, triangles: int):
    file = path.parent / TEMPLATE_FILE if given is None else Path(given)
    if given is None and not file.is_file():
        return None, None
    mesh = read_obj(file)
    if mesh.uv is None or len(mesh.faces) != triangles:
        raise FaceModelError(
            f"{file}: has {len(mesh.faces)} triangles and "
            f"{'no' if mesh.uv is None else len(mesh.uv)} texture coordinates; expected "
            f"{triangles} triangles with coordinates"
        )
    return mesh.uv, mesh.faces if mesh.uv_faces is None else mesh.uv_faces


def _eyeballs(mean: np.ndarray, faces: np.ndarray, landmarks: np.ndarray) -> list[np.ndarray]:
    """Vertices of the two eyeballs: pieces of their own that lie behind the lids."""
    rows, columns = faces[:, [0, 1, 2]].reshape(-1), faces[:, [1, 2, 0]].reshape(-1)
    edges = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(mean),) * 2)
    _, piece = connected_components(edges, directed=False)
    largest = np.bincount(piece).argmax()
    lids = [landmarks[36:42].mean(0), landmarks[42:48].mean(0)]
    found = []
    for number in np.unique(piece):
        inside = np.flatnonzero(piece == number)
        if number == largest or len(inside) < 20:
            continue
        middle = mean[inside].mean(0)
        if min(np.linalg.norm(middle - lid) for lid in lids) < _EYE_REACH:
            found.append(inside)
    return found
