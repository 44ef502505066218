"""The 68 landmarks as fixed points of the built-in model's mesh."""

import numpy as np

from face2param.engines.builtin.canonical import canonical
from face2param.morphable.builtin_mesh import Plan

# Inner lip: landmarks that must part when the mouth opens; those of the upper and lower lip.
_UPPER = (49, 50, 51, 52, 53, 61, 62, 63)
_LOWER = (55, 56, 57, 58, 59, 65, 66, 67)
_CANDIDATES = 60


def attach(points: np.ndarray, mean: np.ndarray, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Ties landmarks to the nearest places of the skin.

    Args:
      points: `[68, 3]` where the landmarks lie on the mean head, cm.
      mean: `[vertices, 3]` of the model, cm.
      plan: of its mesh.

    Returns:
      Corners `[68, 3]` int32 and barycentric weights `[68, 3]` float32.
    """
    part = plan.parts["skin"]
    topology = canonical().topology
    faces = part.faces
    # Triangles inside the lids and behind the lips are no places for a landmark.
    hidden = np.zeros(plan.count, bool)
    for rows in (topology.eye_rims[:, 1].ravel(), topology.inner_lips[1:].ravel()):
        hidden[part.start + np.flatnonzero(np.isin(part.rows, rows))] = True
    lip = np.zeros(plan.count, int)
    lip[part.span] = topology.lip_sign[part.rows]
    seen = ~hidden[faces].any(1)
    upper, lower = (lip[faces] > 0).any(1), (lip[faces] < 0).any(1)
    # The corners of the mouth belong to the upper lip; every other lower triangle is all lower.
    pools = {True: np.flatnonzero(seen & ~lower), False: np.flatnonzero(seen & ~upper)}
    everywhere = np.flatnonzero(seen)
    corners, weights = np.zeros((68, 3), np.int32), np.zeros((68, 3), np.float32)
    for i, point in enumerate(points):
        pool = pools[True] if i in _UPPER else pools[False] if i in _LOWER else everywhere
        middle = mean[faces[pool]].mean(1)
        near = pool[np.argsort(((middle - point) ** 2).sum(1), kind="stable")[:_CANDIDATES]]
        best = np.inf
        for triangle in faces[near]:
            weight, distance = _closest(point, mean[triangle].astype(np.float64))
            if distance < best:
                best, corners[i], weights[i] = distance, triangle, weight
    return corners, weights


def _closest(point: np.ndarray, corner: np.ndarray) -> tuple[np.ndarray, float]:
    """Barycentric weights of the place of a triangle `[3, 3]` nearest to `point`, distance."""
    a, b = corner[1] - corner[0], corner[2] - corner[0]
    gram = np.array([[a @ a, a @ b], [a @ b, b @ b]]) + 1e-12 * np.eye(2)
    s, t = np.linalg.solve(gram, np.array([a, b]) @ (point - corner[0]))
    candidates = [np.array([1 - s - t, s, t])]
    for i, j in ((0, 1), (1, 2), (2, 0)):
        edge = corner[j] - corner[i]
        at = np.clip((point - corner[i]) @ edge / max(edge @ edge, 1e-12), 0, 1)
        weight = np.zeros(3)
        weight[i], weight[j] = 1 - at, at
        candidates.append(weight)
    inside = [w for w in candidates if (w >= -1e-9).all()]
    distances = [float(np.linalg.norm(w @ corner - point)) for w in inside]
    best = int(np.argmin(distances))
    return np.maximum(inside[best], 0), distances[best]
