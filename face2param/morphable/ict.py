"""Reader of ICT-FaceKit's light model (MIT, USC ICT): OBJ files, or all of them in one .npz.

Positions become decimetres, quadrilaterals triangles. What only adds gloss in a renderer
(lacrimal fluid, blends and shadows of the eyes, lashes) is left out; it lies behind all other
vertices, so the numbers of those stay as they are. The light model has no albedo: it borrows a
painted one, see `borrowed_albedo`. Its expression shapes are meant for weights in [0, 1]; here
three standard deviations are a full shape, so `EXPRESSION_SCALE` turns coefficients into weights.
Negative weights of such shapes are no expressions (lips cross): draw coefficients from 0 to 3.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from face2param.errors import FaceModelError
from face2param.meshes import read_obj
from face2param.morphable import placement
from face2param.morphable.borrowed_albedo import Lender
from face2param.morphable.files import read_npz
from face2param.morphable.model import FaceModel, check_indices, check_numbers, check_shape
from face2param.morphable.orientation import outward

NAME = "ict"
VERTICES, POLYGONS = 26719, 26384
EXPRESSION_SCALE = np.float32(1 / 3)
_CENTIMETRES = np.float32(0.1)
_NEUTRAL = "generic_neutral_mesh"
# Last vertex + 1 of the pieces, in order (the format's own table).
_PARTS = (
    ("skin", 9409), ("neck", 11248), ("cavity", 13294), ("socket_left", 13678),
    ("socket_right", 14062), ("tongue", 17039), ("teeth", 21451), ("eye_left", 23021),
    ("eye_right", 24591),
)  # fmt: skip
_KEPT = _PARTS[-1][1]
_NARROW_FACE = 6706
# The 68 landmarks' vertices, 0-based (the format's own table).
LANDMARKS = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088,
    3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140,
    2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732,
    5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533, 6216,
    6207, 6470, 5517, 5966,
)  # fmt: skip
_IDENTITY = re.compile(r"identity\d+")
_PACKED = ("neutral", "faces", "uv", "uv_faces", "deltas_q", "delta_scale", "names")


class _Parts(NamedTuple):
    """Attributes: neutral `[v, 3]` cm, shapes name -> `[v, 3]` displacement in cm, faces
    `[t, 3]`, uv `[u, 2]` v down, uv_faces `[t, 3]`."""

    neutral: np.ndarray
    shapes: dict[str, np.ndarray]
    faces: np.ndarray
    uv: np.ndarray
    uv_faces: np.ndarray


def read(path: str | Path) -> FaceModel:
    """Reads the model.

    Args:
      path: a folder with generic_neutral_mesh.obj, identity*.obj and expressions' .obj files
        (those that are there), or an .npz file with the arrays neutral, faces, uv, uv_faces,
        deltas_q, delta_scale and names.

    Raises:
      FaceModelError: something is missing or has the wrong size.
    """
    path = Path(path)
    parts = _read_folder(path) if path.is_dir() else _read_packed(path)
    neutral = parts.neutral * _CENTIMETRES
    shapes = {name: shape[:_KEPT] * _CENTIMETRES for name, shape in parts.shapes.items()}
    identity = [shapes[n] for n in sorted(shapes) if _IDENTITY.fullmatch(n)]
    names = sorted(n for n in shapes if not _IDENTITY.fullmatch(n))
    expression = [shapes[n] * EXPRESSION_SCALE for n in names]
    kept = (parts.faces < _KEPT).all(1)
    mean = neutral[:_KEPT] + placement.offset(neutral[list(LANDMARKS)]).astype(np.float32)
    faces = outward(mean, parts.faces[kept])
    flipped = (faces != parts.faces[kept]).any()
    uv_faces = parts.uv_faces[kept]
    starts = [0, *(stop for _, stop in _PARTS)]
    ranges = {name: (starts[i], stop) for i, (name, stop) in enumerate(_PARTS)}
    lender = Lender(mean[list(LANDMARKS)])
    albedo = _albedo(lender, mean, ranges)
    narrow = (faces < _NARROW_FACE).all(1)
    eyes = ((faces >= ranges["eye_left"][0]) & (faces < ranges["eye_right"][1])).all(1)
    skin_mask = np.zeros(_KEPT, bool)
    skin_mask[:_NARROW_FACE] = lender.skin_mask(mean[:_NARROW_FACE])
    weights = np.zeros((68, 3), np.float32)
    weights[:, 0] = 1
    return FaceModel(
        name=NAME,
        mean=mean,
        identity=np.stack(identity) if identity else np.zeros((0, _KEPT, 3)),
        expression=np.stack(expression) if expression else np.zeros((0, _KEPT, 3)),
        albedo_mean=albedo[0],
        albedo=albedo[1:],
        faces=faces,
        landmark_vertices=np.repeat(np.array(LANDMARKS)[:, np.newaxis], 3, 1),
        landmark_weights=weights,
        skin_mask=skin_mask,
        front_mask=narrow | eyes,
        uv=_one_tile(parts, ranges),
        uv_faces=uv_faces[:, ::-1] if flipped else uv_faces,
        parts=ranges,
        expression_names=tuple(names),
    )


def _albedo(lender: Lender, mean: np.ndarray, ranges: dict[str, tuple[int, int]]) -> np.ndarray:
    pieces = []
    for name, (first, stop) in ranges.items():
        if name in ("eye_left", "eye_right"):
            pieces.append(lender.eyeball(mean[first:stop]))
        elif name in ("cavity", "tongue"):
            pieces.append(lender.plain(name, stop - first))
        elif name == "teeth":
            pieces.append(lender.plain("teeth_upper", stop - first))
        else:
            pieces.append(lender.skin(mean[first:stop]))
    return np.concatenate(pieces, 1)


def _read_packed(path: Path) -> _Parts:
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
    return _Parts(
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


def _read_folder(folder: Path) -> _Parts:
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
    return _Parts(vertices, shapes, mesh.faces, mesh.uv, uv_faces)


def _one_tile(parts: _Parts, ranges: dict[str, tuple[int, int]]) -> np.ndarray:
    """Brings UDIM tiles (u from 0 to 7) into [0, 1]: the face above, the others in a row below.

    The eyeballs have a texture of their own whose coordinates are those of the face's tile; they
    get boxes of their own.
    """
    uv = parts.uv
    tile = np.floor(np.clip(uv[:, 0], 0, 6.999)).astype(int)
    inside = np.stack([uv[:, 0] - tile, np.clip(uv[:, 1], 0, 1)], 1)
    for name, box in (("eye_left", 4), ("eye_right", 5)):
        first, stop = ranges[name]
        faces = ((parts.faces >= first) & (parts.faces < stop)).all(1)
        tile[parts.uv_faces[faces]] = box
    face = inside * (1.0, 0.82)
    small = inside * (0.16, 0.16) + np.stack([(tile - 1) / 6, np.full(len(tile), 0.83)], 1)
    return np.where((tile == 0)[:, np.newaxis], face, small).astype(np.float32)
