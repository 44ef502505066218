"""Where a face model stands in space: as Deep3D's Basel model does, whatever the file.

Deep3D subtracts the centroid of its mean face, which covers a face without skull and neck. The
centroid of a whole head, or of a mesh that is dense at the eyes, lies elsewhere, and the
camera made for Deep3D would look past the face. So models other than the Basel face are moved
until the mean of five landmarks lies where Deep3D's does.
"""

import numpy as np

# Deep3D's standard face, decimetres: the eyes (image left, image right), the nose tip, the
# corners of the mouth. Measured on the landmarks of its mean face.
STANDARD_FIVE = np.array(
    [
        (-0.3115, 0.2904, 0.1338),
        (0.3098, 0.2897, 0.1318),
        (0.0033, -0.0462, 0.5524),
        (-0.2522, -0.3813, 0.2241),
        (0.2485, -0.3813, 0.2224),
    ]
)


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """Eyes (means of their corners), nose tip and mouth corners `[5, 3]` of 68 landmarks."""
    p = np.asarray(landmarks)
    return np.stack([(p[36] + p[39]) / 2, (p[42] + p[45]) / 2, p[30], p[48], p[54]])


def offset(landmarks: np.ndarray) -> np.ndarray:
    """What to add to a shape so that it stands where Deep3D's mean face does.

    Args:
      landmarks: `[68, 3]` of the mean shape, decimetres.

    Returns:
      `[3]` float64; its x is 0, since the middle of a symmetric head is its symmetry plane.
    """
    move = STANDARD_FIVE.mean(0) - five_points(landmarks).mean(0)
    return move * (0.0, 1.0, 1.0)
