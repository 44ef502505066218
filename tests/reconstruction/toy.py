"""A small face model that can be drawn: a dome with a nose, for fast tests."""

import functools

import numpy as np

from face2param.morphable.model import FaceModel

SIDE = 28


def _arc(centre, radii, count, last):
    """Points around a centre, from its left over the top (y up)."""
    angles = np.linspace(np.pi, last * np.pi, count)
    return [(centre[0] + radii[0] * np.cos(a), centre[1] + radii[1] * np.sin(a)) for a in angles]


# About where a face has them, in units of the dome's half width.
_POINTS = np.array(
    _arc((0.0, 0.1), (0.7, -0.75), 17, 0)
    + [(x, 0.42) for x in (*np.linspace(-0.5, -0.15, 5), *np.linspace(0.15, 0.5, 5))]
    + [(0.0, y) for y in np.linspace(0.28, -0.02, 4)]
    + [(x, -0.12) for x in np.linspace(-0.12, 0.12, 5)]
    + _arc((-0.3, 0.27), (0.1, 0.04), 6, -2 / 3)
    + _arc((0.3, 0.27), (0.1, 0.04), 6, -2 / 3)
    + _arc((0.0, -0.35), (0.24, 0.08), 12, -5 / 6)
    + _arc((0.0, -0.35), (0.15, 0.03), 8, -3 / 4)
)


@functools.cache
def dome() -> FaceModel:
    """784 vertices, 4 identity, 3 expression and 3 albedo coefficients."""
    axis = np.linspace(-1, 1, SIDE)
    x, y = (grid.ravel() for grid in np.meshgrid(axis, axis[::-1]))
    radius = np.hypot(x, y)
    nose = 0.25 * np.exp(-((x / 0.12) ** 2) - ((y + 0.02) / 0.25) ** 2)
    mean = np.stack([0.8 * x, y, 0.5 - 0.6 * radius**2 + nose], 1)
    mean -= mean.mean(0)
    zero = np.zeros_like(x)
    modes = [
        np.stack([0.06 * x, zero, zero], 1),  # wider
        np.stack([zero, 0.06 * y, zero], 1),  # longer
        np.stack([zero, zero, nose * 0.5], 1),  # nose
        np.stack([zero, zero, 0.05 * x * y], 1),  # twisted
        np.stack([zero, -0.06 * np.exp(-(((y + 0.5) / 0.2) ** 2)), zero], 1),  # jaw
        np.stack([0.05 * x * np.exp(-(((y + 0.35) / 0.15) ** 2)), zero, zero], 1),  # smile
        np.stack([zero, 0.05 * np.exp(-(((y - 0.42) / 0.1) ** 2)), zero], 1),  # brows
    ]
    pattern = 0.08 * np.sin(7 * x) * np.cos(6 * y)
    albedo_mean = np.array([0.75, 0.55, 0.45]) + np.stack([pattern] * 3, 1)
    stripes = np.cos(5 * x + 3 * y)
    tint = [np.array([0.08, 0.06, 0.05]), np.array([0.05, 0.0, -0.02])]
    albedo = [np.tile(t, (len(x), 1)) for t in tint] + [0.04 * np.stack([stripes] * 3, 1)]
    index = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, c, b), (b, c, d))])
    centres = mean[faces].mean(1)
    nearest = [np.argmin((x - u) ** 2 + (y - v) ** 2) for u, v in _POINTS]
    return FaceModel(
        name="dome",
        mean=mean,
        identity=np.stack(modes[:4]),
        expression=np.stack(modes[4:]),
        albedo_mean=albedo_mean,
        albedo=np.stack(albedo),
        faces=faces,
        landmark_vertices=np.repeat(np.array(nearest)[:, None], 3, 1),
        landmark_weights=np.tile([1.0, 0.0, 0.0], (68, 1)),
        skin_mask=radius < 0.7,
        front_mask=np.hypot(centres[:, 0] / 0.8, centres[:, 1]) < 0.9,
    )
