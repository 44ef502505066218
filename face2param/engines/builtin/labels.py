"""Annotations at the picture's size: parsing labels, depth, normals, visible landmarks."""

import numpy as np
from numba import njit, prange

# A landmark is hidden when something lies nearer to the camera by more than this (cm): the
# skin's own curvature around a landmark at the silhouette stays below it.
VISIBILITY_TOLERANCE = 0.7


@njit(cache=True, parallel=True)
def downsample(labels, inverse_depth, normals, supersample):
    """Reduces supersampled annotations.

    Args:
        labels: uint8 `[height * supersample, width * supersample]`.
        inverse_depth: float32, same shape, 1 / cm, 0 = background.
        normals: float32, same shape `[..., 3]`.
        supersample: samples per pixel along each axis.

    Returns:
        uint8 labels `[height, width]` (majority; the larger class at a tie, which no mirror
        changes), float32 depth (the nearest sample, inf on the background), float32 normals
        `[height, width, 3]` (mean, unit length).
    """
    height = labels.shape[0] // supersample
    width = labels.shape[1] // supersample
    out = np.empty((height, width), np.uint8)
    depth = np.empty((height, width), np.float32)
    direction = np.zeros((height, width, 3), np.float32)
    for i in prange(height):
        count = np.zeros(256, np.int64)
        for j in range(width):
            best = 0
            nearest = 0.0
            x = 0.0
            y = 0.0
            z = 0.0
            for a in range(supersample):
                for b in range(supersample):
                    row = i * supersample + a
                    column = j * supersample + b
                    label = labels[row, column]
                    count[label] += 1
                    nearest = max(nearest, inverse_depth[row, column])
                    x += normals[row, column, 0]
                    y += normals[row, column, 1]
                    z += normals[row, column, 2]
            most = 0
            for a in range(supersample):
                for b in range(supersample):
                    label = labels[i * supersample + a, j * supersample + b]
                    if count[label] > most or (count[label] == most and label > best):
                        most = count[label]
                        best = label
            for a in range(supersample):
                for b in range(supersample):
                    count[labels[i * supersample + a, j * supersample + b]] = 0
            out[i, j] = best
            depth[i, j] = 1.0 / nearest if nearest > 0.0 else np.inf
            length = np.sqrt(x * x + y * y + z * z)
            if length > 0.0:
                direction[i, j, 0] = x / length
                direction[i, j, 1] = y / length
                direction[i, j, 2] = z / length
    return out, depth, direction


def landmark_visibility(
    landmarks: np.ndarray, distance: np.ndarray, depth: np.ndarray
) -> np.ndarray:
    """Which landmarks the camera sees.

    Args:
        landmarks: `[68, 2]` (x, y) in pixels of the depth picture.
        distance: `[68]` of the landmarks along the camera axis, cm.
        depth: `[height, width]` of the picture, cm, inf = background.

    Returns:
        bool `[68]`: inside the picture, and not behind all of the surface within one pixel
        (where only background is near, a landmark on the silhouette, nothing can hide it).
    """
    height, width = depth.shape
    column = np.floor(landmarks[:, 0]).astype(int)
    row = np.floor(landmarks[:, 1]).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    farthest = np.full(len(landmarks), -np.inf)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            here = depth[np.clip(row + di, 0, height - 1), np.clip(column + dj, 0, width - 1)]
            farthest = np.maximum(farthest, np.where(np.isfinite(here), here, -np.inf))
    hidden = np.isfinite(farthest) & (distance > farthest + VISIBILITY_TOLERANCE)
    return inside & ~hidden
