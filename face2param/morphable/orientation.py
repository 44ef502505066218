"""Which way triangles face; files do not agree."""

import numpy as np


def outward(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Turns all triangles counter-clockwise seen from outside, or leaves all as they are.

    Args:
      vertices: `[vertices, 3]` of a face that looks to +z.
      faces: `[triangles, 3]`, oriented consistently.

    Returns:
      `[triangles, 3]`; where more area looks away from the centroid, unchanged.
    """
    corner = np.asarray(vertices, np.float64)[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    centre = corner.mean(1)
    outwards = ((centre - centre.mean(0)) * normal).sum()
    return faces if outwards >= 0 else faces[:, ::-1]
