"""Shoulders with a round collar, in one fixed cut, so that an imitator can learn them."""

import functools

import numpy as np

_COLUMNS = 64
# height, half width, half depth, z of the middle (cm)
_ROWS = (
    (-19.0, 7.2, 7.6, -2.6),
    (-17.2, 6.7, 7.2, -2.5),
    (-16.7, 6.6, 7.0, -2.4),
    (-16.3, 6.9, 7.2, -2.4),
    (-16.5, 7.3, 7.6, -2.4),
    (-17.6, 9.6, 8.2, -2.6),
    (-18.8, 13.5, 7.6, -2.3),
    (-20.3, 17.5, 8.5, -2.3),
    (-23.0, 19.5, 9.5, -2.3),
    (-30.0, 20.0, 10.0, -2.3),
)


@functools.cache
def build() -> tuple[np.ndarray, np.ndarray]:
    """Returns vertices `[n, 3]` float64 (cm) and faces `[m, 3]` int32."""
    phi = np.linspace(0, 2 * np.pi, _COLUMNS + 1)
    rows = []
    for y, width, depth, z in _ROWS:
        collar = float(y > -18)
        dip = 0.5 * np.clip(-np.cos(phi), 0, 1) - 0.9 * np.clip(np.cos(phi), 0, 1)
        rows.append(np.stack([width * np.sin(phi), y + collar * dip, z + depth * np.cos(phi)], 1))
    i, j = np.meshgrid(np.arange(len(rows) - 1), np.arange(_COLUMNS), indexing="ij")
    a = i * (_COLUMNS + 1) + j
    b = a + _COLUMNS + 1
    faces = np.stack([a, b, a + 1, a + 1, b, b + 1], -1).reshape(-1, 3)
    return np.array(rows).reshape(-1, 3), faces.astype(np.int32)
