"""A face drawn with flat colours, whose every reading is known."""

import numpy as np

from face2param.estimator.colour_space import lab_to_linear, linear_to_srgb
from face2param.features.landmark_regions import landmark_masks
from face2param.regions import CLASSES, INDEX

SKIN, HAIR, LIPS, BROWS = (72.0, 16.0, 18.0), (25.0, 8.0, 9.0), (52.0, 30.0, 14.0), (22, 5, 6)
IRIS, WHITE_OF_EYE, BACKGROUND = (35.0, -3.0, -14.0), (62.0, 16.0, 11.0), (60.0, -2.0, -8.0)
CLOTH = (91.0, -2.5, -1.0)
SIZE = 256


def canonical_landmarks():
    from face2param import engines

    return np.asarray(engines.get("builtin").canonical_landmarks((SIZE, SIZE)), np.float64)


def draw(hair_bottom=-0.1, top=0.5, hair=HAIR, skin=SKIN, light=(1.0, 1.0, 1.0)):
    """Draws a face.

    Args:
      hair_bottom: how far beside the face the hair goes down, in outer-eye distances below the
        eyes; None for no hair.
      top: thickness of the hair on top, likewise.
      hair: L*a*b*.
      skin: L*a*b*.
      light: `[3]` linear RGB of the lamp.

    Returns:
      picture, landmarks, probabilities.
    """
    landmarks = canonical_landmarks()
    masks = landmark_masks(landmarks, (SIZE, SIZE))
    unit = np.linalg.norm(landmarks[45] - landmarks[36])
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    x = (columns - landmarks[[36, 45], 0].mean()) / unit
    y = (rows - landmarks[[36, 45], 1].mean()) / unit
    half = np.ptp(landmarks[:17, 0]) / 2 / unit
    skull = (x / half) ** 2 + ((y + 0.1) / 1.0) ** 2 < 1
    labels = np.zeros((SIZE, SIZE), int)
    colour = np.tile(np.float64(BACKGROUND), (SIZE, SIZE, 1))

    def paint(mask, name, lab):
        labels[mask] = INDEX[name]
        colour[mask] = lab

    paint((np.abs(x) < 1.3) & (y > 1.75), "cloth", CLOTH)
    if hair_bottom is not None:
        outside = (x / (half + 0.3)) ** 2 + ((y + 0.1) / (1.0 + top / 2)) ** 2 < 1
        beside = (np.abs(x) < half + 0.3) & (y > -0.1) & (y < hair_bottom)
        paint((outside & (y < -0.1)) | beside, "hair", hair)
    paint((np.abs(x) < 0.45) & (y > 1.0) & (y < 1.75), "neck", skin)
    paint(skull & (y < 0.2), "skin", skin)
    paint(masks["face"], "skin", skin)
    if hair_bottom is not None:
        paint(skull & (y < -1.1 + top / 2), "hair", hair)
    paint(masks["nose"], "nose", skin)
    for name in ("l_brow", "r_brow"):
        paint(masks[name], name, BROWS)
    for name, first in (("l_eye", 36), ("r_eye", 42)):
        paint(masks[name], name, WHITE_OF_EYE)
        middle = landmarks[first : first + 6].mean(0)
        far = np.hypot(columns - middle[0], rows - middle[1]) / unit
        colour[masks[name] & (far < 0.065)] = IRIS
        colour[masks[name] & (far < 0.022)] = (8, 0, 0)
    paint(masks["u_lip"], "u_lip", LIPS)
    paint(masks["l_lip"], "l_lip", LIPS)
    image = linear_to_srgb(np.maximum(lab_to_linear(colour), 0) * np.array(light))
    return image.astype(np.float32), landmarks, np.eye(len(CLASSES), dtype=np.float32)[labels]
