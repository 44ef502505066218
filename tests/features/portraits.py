"""A drawn portrait whose regions are known."""

import numpy as np

from face2param.landmarks import chips


def landmarks(size: float = 320.0) -> np.ndarray:
    """Landmarks `[68, 2]` of a frontal face in the middle of a square picture."""
    points = np.zeros((68, 2))
    points[list(chips.DLIB_POINTS)] = chips.DLIB_MEAN_SHAPE - [0.490127, 0.21]
    points[65:68] = points[[62]] + [[0.06, 0.05], [0.0, 0.055], [-0.06, 0.05]]
    points[55:60] = points[[57 - 6]] + [[0.16, 0.1], [0.08, 0.15], [0, 0.16], [-0.08, 0.15],
                                        [-0.16, 0.1]]  # fmt: skip
    x = np.linspace(-1, 1, 17)
    points[:17] = np.stack([0.62 * x, 0.95 * (1 - np.abs(x) ** 2.5)], 1)
    left = np.stack([np.linspace(-0.5, -0.1, 5), [-0.15, -0.2, -0.22, -0.2, -0.17]], 1)
    points[17:22] = left
    points[22:27] = left[::-1] * [-1, 1]
    return points * 0.36 * size + [0.5 * size, 0.42 * size]


def draw(size: int = 320, glasses: bool = False) -> np.ndarray:
    """Blue wall, dark hair, pale face, navy suit; `[size, size, 3]` in [0, 1]."""
    import cv2

    points = landmarks(size)
    y, x = (np.mgrid[:size, :size] + 0.5 - 0.5 * size) / size
    image = np.ones((size, size, 3)) * [0.25, 0.4, 0.85]
    image += 0.1 * y[..., None]
    hair = (x / 0.3) ** 2 + ((y + 0.16) / 0.31) ** 2 < 1
    image[hair & (y < 0.05)] = [0.12, 0.09, 0.07]
    image[(np.abs(x) < 0.13) & (y > 0.1)] = [0.75, 0.55, 0.45]
    image[(y > 0.34) & (np.abs(x) < 0.5 * (y + 0.6))] = [0.08, 0.1, 0.2]
    image = np.round(255 * image).astype(np.uint8)

    def paint(indices, colour):
        polygon = np.round(points[list(indices)]).astype(np.int32)
        cv2.fillPoly(image, [polygon], [int(255 * c) for c in colour])

    skin = (0.86, 0.66, 0.56)
    paint([*range(17)], skin)
    forehead = (size // 2, int(0.38 * size)), (int(0.215 * size), int(0.2 * size))
    cv2.ellipse(image, *forehead, 0, 0, 360, [int(255 * c) for c in skin], -1)
    for start in (17, 22):
        cv2.polylines(image, [points[start : start + 5].astype(np.int32)], False, (60, 40, 30), 5)
    for start in (36, 42):
        paint(range(start, start + 6), (0.3, 0.25, 0.3))
    paint(range(48, 60), (0.75, 0.3, 0.35))
    if glasses:
        for eye in (points[36:42].mean(0), points[42:48].mean(0)):
            centre = tuple(int(v) for v in eye)
            cv2.ellipse(image, centre, (30, 24), 0, 0, 360, (20, 20, 20), 4)
        bridge = points[27].astype(int)
        cv2.line(image, (bridge[0] - 14, bridge[1]), (bridge[0] + 14, bridge[1]), (20, 20, 20), 4)
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return (np.clip(image + noise, 0, 255) / 255).astype(np.float32)
