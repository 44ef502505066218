"""Parsing classes inside of skin: a map of the face at rest, drawn around its landmarks.

A rigged head says which part is skin, hair or eye, but seldom where on the skin nose, lips and
brows are. The landmarks of the head at rest tell: polygons about them are painted into a small
picture, every vertex remembers where it lay in it, and keeps its class when it moves.
"""

import numpy as np
from PIL import Image, ImageDraw

from face2param.regions import INDEX

SIZE = 512
HIDDEN, SHOWN = 0, 1
# Thickness of a brow below its landmarks, from the outer end inwards, and how far it reaches
# above them; in distances of the outer eye corners. dlib marks the upper edge.
_BROW_BELOW = np.array([0.03, 0.06, 0.08, 0.085, 0.08])
_BROW_ABOVE = 0.02
# Half widths of the nose down its ridge, in half widths of the nostrils.
_RIDGE = np.array([0.45, 0.50, 0.72])
_ALA = 1.5
# The underside of the chin lies behind the chin, this far above its edge in the picture.
_UNDERSIDE = 0.25


def paint(landmarks: np.ndarray, parted: frozenset[str]) -> np.ndarray:
    """The map of classes.

    Args:
        landmarks: `[68, 2]` (x, y) of the head at rest, in a picture of side 1.
        parted: classes that parts of their own have; these are not painted.

    Returns:
        uint8 `[2, 512, 512]`: classes of skin that is hidden at rest, and of skin that shows.
    """
    points = np.asarray(landmarks, np.float64) * SIZE
    return np.stack([_paint(points, parted, layer) for layer in (HIDDEN, SHOWN)])


def plain() -> np.ndarray:
    """The map of a head without landmarks: skin."""
    return np.full((2, 1, 1), INDEX["skin"], np.uint8)


def _paint(p: np.ndarray, parted: frozenset[str], layer: int) -> np.ndarray:
    picture = Image.new("L", (SIZE, SIZE), INDEX["skin"])
    draw = ImageDraw.Draw(picture)

    def fill(name: str, polygon: np.ndarray) -> None:
        if name not in parted:
            # Pillow's pixel i is centred at i, ours at i + 0.5.
            draw.polygon([(float(x), float(y)) for x, y in polygon - 0.5], fill=INDEX[name])

    eyes = float(np.linalg.norm(p[45] - p[36]))
    face = float(np.linalg.norm(p[16] - p[0]))
    far = 4.0 * SIZE
    fill("neck", _neck(p, eyes if layer == HIDDEN else 0.0, far))
    for name, jaw, out in (("l_ear", p[:3], -1.0), ("r_ear", p[16:13:-1], 1.0)):
        edge = jaw
        # The contour's first point lies where the ear begins, a little below its top.
        top = 0.85 * edge[0, 1] + 0.15 * p[17:27, 1].mean()
        lobe = edge[2, 1] + 0.10 * face
        fill(
            name,
            np.array(
                [
                    (edge[0, 0] + out * 0.02 * face, top),
                    *edge,
                    (edge[2, 0] - out * 0.03 * face, lobe),
                    (out * far, lobe),
                    (out * far, top),
                ]
            ),
        )
    fill("nose", _nose(p))
    outer, inner = p[48:60], p[60:68]
    if layer == HIDDEN:
        # What is folded behind the lips is the inside of the mouth.
        fill("mouth", _grown(outer, 0.06 * eyes))
        return np.asarray(picture)
    for name, brow in (("l_brow", p[17:22]), ("r_brow", p[26:21:-1])):
        below = brow + [0.0, 1.0] * (_BROW_BELOW[:, None] * eyes)
        fill(name, np.concatenate([brow - [0.0, _BROW_ABOVE * eyes], below[::-1]]))
    fill("mouth", inner)
    fill("u_lip", np.concatenate([outer[:7], inner[4::-1]]))
    fill("l_lip", np.concatenate([outer[6:], outer[:1], inner[:1], inner[:3:-1]]))
    for name, eye in (("l_eye", p[36:42]), ("r_eye", p[42:48])):
        fill(name, eye)
    return np.asarray(picture)


def _grown(polygon: np.ndarray, by: float) -> np.ndarray:
    away = polygon - polygon.mean(0)
    return polygon + by * away / (np.linalg.norm(away, axis=1, keepdims=True) + 1e-9)


def _nose(p: np.ndarray) -> np.ndarray:
    half = 0.5 * (p[35, 0] - p[31, 0])
    ridge = np.abs(_RIDGE * half)
    left = [p[27 + k] - [ridge[k], 0.0] for k in range(3)]
    right = [p[27 + k] + [ridge[k], 0.0] for k in range(3)]
    middle, base = p[33], p[31:36].copy()
    rise = p[33, 1] - p[30, 1]
    base[:, 1] = middle[1] + 0.1 * rise
    wings = [(0.90, 0.9), (1.0, 0.40), (0.92, 0.0)]
    left += [middle + [-_ALA * half * x, -rise * y] for x, y in wings]
    right += [middle + [_ALA * half * x, -rise * y] for x, y in wings]
    return np.array([*left, *base, *right[::-1]])


def _neck(p: np.ndarray, eyes: float, far: float) -> np.ndarray:
    # Landmarks are few: the contour bulges beyond the lines between them.
    jaw = p[8] + 1.03 * (p[3:14] - p[8])
    jaw = np.where(np.arange(11)[:, None] == 5, p[8], jaw)
    jaw[2:9, 1] -= _UNDERSIDE * eyes
    return np.array([(-far, jaw[0, 1]), *jaw, (far, jaw[-1, 1]), (far, far), (-far, far)])
