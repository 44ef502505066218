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

import numpy as np

from face2param.meshes import ict as files
from face2param.morphable import placement
from face2param.morphable.borrowed_albedo import Lender
from face2param.morphable.model import FaceModel
from face2param.morphable.orientation import outward

NAME = "ict"
EXPRESSION_SCALE = np.float32(1 / 3)
_CENTIMETRES = np.float32(0.1)
_KEPT = files.PARTS[-1][1]
_NARROW_FACE = 6706
_IDENTITY = re.compile(r"identity\d+")


def read(path: str | Path) -> FaceModel:
    """Reads the model.

    Args:
      path: a folder with generic_neutral_mesh.obj, identity*.obj and expressions' .obj files
        (those that are there), or an .npz file with the arrays neutral, faces, uv, uv_faces,
        deltas_q, delta_scale and names.

    Raises:
      FaceModelError: something is missing or has the wrong size.
    """
    parts = files.read(path)
    neutral = parts.neutral * _CENTIMETRES
    shapes = {name: shape[:_KEPT] * _CENTIMETRES for name, shape in parts.shapes.items()}
    identity = [shapes[n] for n in sorted(shapes) if _IDENTITY.fullmatch(n)]
    names = sorted(n for n in shapes if not _IDENTITY.fullmatch(n))
    expression = [shapes[n] * EXPRESSION_SCALE for n in names]
    kept = (parts.faces < _KEPT).all(1)
    mean = neutral[:_KEPT] + placement.offset(neutral[list(files.LANDMARKS)]).astype(np.float32)
    faces = outward(mean, parts.faces[kept])
    flipped = (faces != parts.faces[kept]).any()
    uv_faces = parts.uv_faces[kept]
    starts = [0, *(stop for _, stop in files.PARTS)]
    ranges = {name: (starts[i], stop) for i, (name, stop) in enumerate(files.PARTS)}
    lender = Lender(mean[list(files.LANDMARKS)])
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
        landmark_vertices=np.repeat(np.array(files.LANDMARKS)[:, np.newaxis], 3, 1),
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


def _one_tile(parts: files.Head, ranges: dict[str, tuple[int, int]]) -> np.ndarray:
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
