"""The 68 landmarks of a rigged head: points of its triangles, and how they get there."""

from collections.abc import Sequence

import numpy as np

from face2param.engines.builtin.labels import landmark_visibility
from face2param.engines.rigged.head_file import Landmark
from face2param.engines.rigged.posed import PosedHead, PosedPart
from face2param.errors import EngineError
from face2param.meshes.gltf import Model

# A landmark whose skin turns away by more than this (cosine) is hidden; those of the jaw's
# contour lie on the silhouette by definition.
_EDGE_ON = -0.25
# Edges of the picture's surface that are this much farther (pixels) count as near as well.
_HAIR = 0.25


def place(
    landmarks: Sequence[Landmark], head: PosedHead, model: Model
) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks of a posed head.

    Args:
        landmarks: of the head file.
        head: posed.
        model: whose nodes the landmarks name.

    Returns:
        float32 `[68, 3]` metres and float32 `[68, 3]` unit normals of their triangles.

    Raises:
        EngineError: a landmark names what is not there, or lies on a part that is hidden.
    """
    parts = {(part.node, part.primitive): part for part in head.parts}
    corners = np.empty((len(landmarks), 3, 3))
    for i, point in enumerate(landmarks):
        node = model.node_indices.get(point.node)
        part = parts.get((node, point.primitive))
        if part is None:
            raise EngineError(
                f"landmark {i} lies on primitive {point.primitive} of node {point.node!r}, which "
                "is not shown; put it on a part that every character has"
            )
        if point.triangle >= len(part.faces):
            raise EngineError(
                f"landmark {i} lies on triangle {point.triangle} of {point.node!r}, which has "
                f"{len(part.faces)} triangles"
            )
        corners[i] = part.vertices[part.faces[point.triangle]]
    weights = np.array([point.barycentric for point in landmarks])
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-20
    points = (corners * weights[..., None]).sum(1)
    return points.astype(np.float32), normals.astype(np.float32)


def visible(
    points: np.ndarray,
    normals: np.ndarray,
    camera: np.ndarray,
    pixels: np.ndarray,
    distance: np.ndarray,
    depth: np.ndarray,
) -> np.ndarray:
    """Which landmarks the camera sees; bool `[68]`.

    Args:
        points: `[68, 3]` in the studio frame.
        normals: `[68, 3]` likewise.
        camera: `[3]` position.
        pixels: `[68, 2]` where they lie in the picture.
        distance: `[68]` along the camera axis, studio cm.
        depth: `[height, width]` of the picture, studio cm, inf = background.
    """
    facing = camera - points
    facing = facing / np.linalg.norm(facing, axis=1, keepdims=True)
    seen = (normals * facing).sum(1) > _EDGE_ON
    return seen & landmark_visibility(pixels, distance, depth)


def lift(
    pixels: np.ndarray,
    parts: Sequence[PosedPart],
    screens: Sequence[np.ndarray],
    depths: Sequence[np.ndarray],
    shown: Sequence[np.ndarray],
    names: Sequence[str],
) -> tuple[Landmark, ...]:
    """Finds the points of a surface that lie under points of its picture.

    A point beside the surface, in the slit of an eye for instance, goes to the nearest edge of
    what is seen.

    Args:
        pixels: `[points, 2]` (x, y).
        parts: that may carry landmarks.
        screens: `[vertices, 2]` of each part, (x, y) in the picture.
        depths: `[vertices]` of each part, distance along the camera axis; <= 0 behind it.
        shown: bool `[triangles]` of each part, whether something of a triangle is seen; the bag
            behind an eyeball is not.
        names: of the node of each part.

    Returns:
        As many landmarks.

    Raises:
        EngineError: the camera sees no triangle of the parts.
    """
    corners, far, owner, triangle = [], [], [], []
    for k, part in enumerate(parts):
        corner = np.asarray(screens[k], np.float64)[part.faces]
        distance = np.asarray(depths[k], np.float64)[part.faces]
        edge1, edge2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        area = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
        front = np.flatnonzero((area < -1e-9) & (distance.min(1) > 0) & shown[k])
        corners.append(corner[front])
        far.append(distance[front])
        owner.append(np.full(len(front), k))
        triangle.append(front)
    if not sum(len(block) for block in owner):
        raise EngineError("there is no skin in front of the camera to put landmarks on")
    corner, distance = np.concatenate(corners), np.concatenate(far)
    owner, triangle = np.concatenate(owner), np.concatenate(triangle)
    found = []
    for point in np.asarray(pixels, np.float64):
        index, flat = _under(point, corner, distance)
        # Weights on the screen -> weights in space.
        weights = flat / distance[index]
        weights /= weights.sum()
        found.append(
            Landmark(
                names[owner[index]],
                parts[owner[index]].primitive,
                int(triangle[index]),
                tuple(float(w) for w in weights),
            )
        )
    return tuple(found)


def _under(point: np.ndarray, corner: np.ndarray, distance: np.ndarray) -> tuple[int, np.ndarray]:
    """Triangle nearest to the camera that holds a point of the screen, and its weights there."""
    nearby = (corner.min(1) <= point + 1e-6).all(1) & (corner.max(1) >= point - 1e-6).all(1)
    candidates = np.flatnonzero(nearby)
    weights = _weights(point, corner[candidates])
    inside = weights.min(1) >= -1e-6
    if inside.any():
        candidates, weights = candidates[inside], np.maximum(weights[inside], 0.0)
        weights /= weights.sum(1, keepdims=True)
        best = np.argmax((weights / distance[candidates]).sum(1))
        return int(candidates[best]), weights[best]
    # Nearest point on any edge; of the nearest within a hair's breadth, the one in front.
    start, end = corner, np.roll(corner, -1, 1)
    along = end - start
    t = ((point - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-20)
    t = np.clip(t, 0.0, 1.0)
    gap = np.linalg.norm(start + along * t[..., None] - point, axis=-1)
    nearest = gap.min(1)
    close = np.flatnonzero(nearest <= nearest.min() + _HAIR)
    index = int(close[np.argmin(distance[close].mean(1))])
    side = int(np.argmin(gap[index]))
    weights = np.zeros(3)
    weights[side], weights[(side + 1) % 3] = 1.0 - t[index, side], t[index, side]
    return index, weights


def _weights(point: np.ndarray, corner: np.ndarray) -> np.ndarray:
    edge1, edge2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    to = point - corner[:, 0]
    area = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
    w1 = (to[:, 0] * edge2[:, 1] - to[:, 1] * edge2[:, 0]) / area
    w2 = (edge1[:, 0] * to[:, 1] - edge1[:, 1] * to[:, 0]) / area
    return np.stack([1.0 - w1 - w2, w1, w2], 1)
