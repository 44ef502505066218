"""The skin's texture space: where each texel lies on the head, and the painted masks.

Painting takes a few seconds, so the result is kept in the user's cache beside the canonical
head and mapped from there: worker processes share one copy in memory.
"""

import functools
import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.ndimage import distance_transform_edt

from face2param import config
from face2param.engines.builtin import anatomy, canonical, masks
from face2param.rendering import raster

RESOLUTION = 1024
_SOURCES = ("masks", "noise", "texture", "wrinkles")


class Texture(NamedTuple):
    """The painted skin.

    Attributes:
        layers: uint8 `[RESOLUTION, RESOLUTION, masks.LAYERS]`, see `masks.paint`; read-only.
        corner_uv: float32 `[skin triangles, 3, 2]`, (u, v) in [0, 1], v = 0 at the crown.
    """

    layers: np.ndarray
    corner_uv: np.ndarray


@functools.cache
def texture() -> Texture:
    """The texture of the canonical head: read from the cache, or painted and stored there."""
    head = canonical.canonical()
    corner_uv = unwrap(head.topology.base, head.faces)
    layers = _stored()
    if layers is None:
        layers = _paint(head, corner_uv)
        _store(layers)
    layers = np.asarray(layers)
    layers.setflags(write=False)
    corner_uv.setflags(write=False)
    return Texture(layers, corner_uv)


def unwrap(base: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Cylindrical texture coordinates, the face enlarged, the seam at the back.

    Args:
        base: `[vertices, 3]` of the head's base surface, cm.
        faces: int32 `[triangles, 3]`.

    Returns:
        float32 `[triangles, 3, 2]` (u, v) per corner.
    """
    azimuth = np.arctan2(base[:, 0], base[:, 2] + 0.5)
    degrees = np.degrees(np.abs(azimuth))
    # The front 70 degrees of either side take 70 percent of the width.
    share = np.interp(degrees, [0, 70, 180], [0, 0.35, 0.5])
    u = 0.5 + np.sign(azimuth) * share
    v = np.interp(-base[:, 1], [-12.5, -8, 13, 21.5], [0, 0.12, 0.88, 1])
    corner = np.stack([u, v], 1)[faces]
    # Vertices on the seam belong to the side that their triangle lies on.
    points = base[faces]
    seam = (np.abs(points[..., 0]) < 1e-6) & (points[..., 2].mean(1) < -1)[:, None]
    side = np.where(points[..., 0].mean(1) > 0, 1.0, 0.0)[:, None]
    corner[..., 0] = np.where(seam, side, corner[..., 0])
    return corner.astype(np.float32)


def texel_positions(points: np.ndarray, faces: np.ndarray, corner_uv: np.ndarray) -> np.ndarray:
    """Canonical position of each texel, extended beyond the islands of the mesh.

    Args:
        points: `[vertices, 3]` canonical skin, cm.
        faces: int32 `[triangles, 3]`.
        corner_uv: of `unwrap`.

    Returns:
        float32 `[RESOLUTION, RESOLUTION, 3]`.
    """
    screen = corner_uv.reshape(-1, 2) * RESOLUTION
    corners = np.arange(len(screen), dtype=np.int32).reshape(-1, 3)
    drawn = raster.rasterize(screen, np.ones(len(screen)), corners, (RESOLUTION, RESOLUTION))
    position = np.zeros((RESOLUTION, RESOLUTION, 3), np.float32)
    hit = drawn.triangle >= 0
    weights = drawn.barycentric[hit][..., None]
    position[hit] = (points[faces[drawn.triangle[hit]]] * weights).sum(1)
    nearest = distance_transform_edt(~hit, return_distances=False, return_indices=True)
    return position[nearest[0], nearest[1]]


def _paint(head, corner_uv: np.ndarray) -> np.ndarray:
    position = texel_positions(head.vertices, head.faces, corner_uv)
    centre = (anatomy.EYE_X, anatomy.EYE_Y)
    plan = masks.FacePlan(
        anatomy.mouth_curves, anatomy.MOUTH_HALF_WIDTH, anatomy.eye_outline() + centre, centre
    )
    return masks.paint(position, plan)


def cache_path() -> Path:
    """Where the painted layers are kept; the name changes with everything they depend on."""
    digest = hashlib.sha256(canonical.content_key().encode())
    for name in _SOURCES:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return canonical.cache_path().parent / f"builtin_skin_{digest.hexdigest()[:16]}.npy"


def _stored() -> np.ndarray | None:
    shape = (RESOLUTION, RESOLUTION, masks.LAYERS)
    try:
        layers = np.load(cache_path(), mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return layers if layers.shape == shape and layers.dtype == np.uint8 else None


def _store(layers: np.ndarray) -> None:
    path = cache_path()
    buffer = io.BytesIO()
    np.save(buffer, layers)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        config.atomic_write(path, buffer.getvalue())
    except Exception:
        pass
