"""Files of ICT-FaceKit's light model (MIT, USC ICT): OBJ files, or all of them in one .npz.

Nothing is changed but that quadrilaterals become triangles and texture coordinates get v down:
positions stay in centimetres, vertices in the format's order.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from face2param.errors import FaceModelError
from face2param.meshes.face_model_checks import check_indices, check_numbers, check_shape
from face2param.meshes.npz import read_npz
from face2param.meshes.obj_reader import read_obj

VERTICES, POLYGONS = 26719, 26384
_NEUTRAL = "generic_neutral_mesh"
# Last vertex + 1 of the pieces, in order (the format's own table).
PARTS = (
    ("skin", 9409), ("neck", 11248), ("cavity", 13294), ("socket_left", 13678),
    ("socket_right", 14062), ("tongue", 17039), ("teeth", 21451), ("eye_left", 23021),
    ("eye_right", 24591),
)  # fmt: skip
# The 68 landmarks' vertices, 0-based (the format's own table).
LANDMARKS = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088,
    3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140,
    2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732,
    5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533, 6216,
    6207, 6470, 5517, 5966,
)  # fmt: skip
_PACKED = ("neutral", "faces", "uv", "uv_faces", "deltas_q", "delta_scale", "names")


class Head(NamedTuple):
    """Attributes: neutral `[v, 3]` cm, shapes name -> `[v, 3]` displacement in cm, faces
    `[t, 3]`, uv `[u, 2]` v down, uv_faces `[t, 3]`."""

    neutral: np.ndarray
    shapes: dict[str, np.ndarray]
    faces: np.ndarray
    uv: np.ndarray
    uv_faces: np.ndarray


def read(path: str | Path) -> Head:
    """Reads the model.

    Args:
      path: a folder with generic_neutral_mesh.obj, identity*.obj and expressions' .obj files
        (those that are there), or an .npz file with the arrays neutral, faces, uv, uv_faces,
        deltas_q, delta_scale and names.

    Raises:
      FaceModelError: something is missing or has the wrong size.
    """
    path = Path(path)
    return _read_folder(path) if path.is_dir() else _read_packed(path)


def _read_packed(path: Path) -> Head:
    arrays = read_npz(path, wanted=_PACKED)
    missing = [name for name in _PACKED if name not in arrays]
    if missing:
        raise FaceModelError(f"{path}: has no {', '.join(missing)}; it needs {list(_PACKED)}")
    count = len(arrays["names"])
    expected = {
        "neutral": (VERTICES, 3),
        "faces": (POLYGONS, 4),
        "uv": (None, 2),
        "uv_faces": (POLYGONS, 4),
        "deltas_q": (count, VERTICES, 3),
        "delta_scale": (count,),
        "names": (count,),
    }
    for name, shape in expected.items():
        check_shape(str(path), name, arrays[name], shape)
        if name != "names":
            check_numbers(str(path), name, arrays[name])
    polygons, uv_polygons = arrays["faces"], arrays["uv_faces"]
    three = polygons[:, 3] < 0  # triangles end with -1
    uv_polygons = np.where(three[:, np.newaxis] & (uv_polygons < 0), 0, uv_polygons)
    check_indices(str(path), "faces", np.where(polygons < 0, 0, polygons), VERTICES)
    check_indices(str(path), "uv_faces", uv_polygons, len(arrays["uv"]))
    shapes = {
        str(name): quantised.astype(np.float32) * np.float32(scale)
        for name, quantised, scale in zip(
            arrays["names"], arrays["deltas_q"], arrays["delta_scale"], strict=True
        )
    }
    return Head(
        arrays["neutral"].astype(np.float32),
        shapes,
        _triangles(polygons, three),
        arrays["uv"].astype(np.float32) * (1, -1) + (0, 1),
        _triangles(uv_polygons, three),
    )


def _triangles(polygons: np.ndarray, three: np.ndarray) -> np.ndarray:
    """Both halves of each quadrilateral `[n, 4]`, one after the other; triangles stay."""
    halves = np.stack([polygons[:, [0, 1, 2]], polygons[:, [0, 2, 3]]], 1)
    keep = np.stack([np.ones_like(three), ~three], 1)
    return halves[keep]


def _read_folder(folder: Path) -> Head:
    neutral_path = folder / f"{_NEUTRAL}.obj"
    if not neutral_path.is_file():
        raise FaceModelError(
            f"{folder}: has no {_NEUTRAL}.obj; give the folder FaceXModel of ICT-FaceKit, or the "
            "packed .npz"
        )
    mesh = read_obj(neutral_path)
    check_shape(str(neutral_path), "vertices", mesh.vertices, (VERTICES, 3))
    if mesh.uv is None:
        raise FaceModelError(f"{neutral_path}: has no texture coordinates")
    shapes = {}
    for path in sorted(folder.glob("*.obj")):
        if path == neutral_path:
            continue
        vertices = read_obj(path).vertices
        check_shape(str(path), "vertices", vertices, (VERTICES, 3))
        shapes[path.stem] = (vertices - mesh.vertices).astype(np.float32)
    if not shapes:
        raise FaceModelError(f"{folder}: holds no identity*.obj and no expressions beside it")
    uv_faces = mesh.faces if mesh.uv_faces is None else mesh.uv_faces
    vertices = mesh.vertices.astype(np.float32)
    return Head(vertices, shapes, mesh.faces, mesh.uv, uv_faces)
