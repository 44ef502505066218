"""Hair cards, lashes, corneas and lenses: surfaces with alpha, over the opaque picture.

Each sample keeps the nearest `LAYERS` surfaces in front of the opaque one, sorted, and blends them
back to front ("A-buffer", Carpenter 1984, with a fixed depth). Sorting by sample needs no order
of the triangles, so cards that cut through each other come out right.

Numba keeps these kernels with what they take from `shade`; see `opaque`.
"""

import numpy as np
from numba import njit, prange

from face2param.engines.rigged.scene import Projected
from face2param.engines.rigged.shade import (
    SCRATCH,
    SHADED,
    Lamps,
    cover,
    interpolate,
    shade_sample,
)
from face2param.regions import INDEX
from face2param.rendering.raster import EDGE, MINIMUM_AREA

LAYERS = 16
_BANDS = 16
# Less alpha than this is nothing.
_CLEAR = 1.0 / 255.0
# A surface that covers this much gives its class, depth and normal to the sample.
_COVERS = 0.5
# What is behind this little light is not seen.
_NOTHING = 1.0 / 512.0
_GLASSES = INDEX["eye_g"]


def draw_transparent(
    projected: Projected,
    lamp: Lamps,
    light: np.ndarray,
    classes: np.ndarray,
    normals: np.ndarray,
    inverse_depth: np.ndarray,
) -> None:
    """Blends the surfaces with alpha over the picture, in place.

    Glasses give their class to what they cover, as CelebAMask-HQ labels them; depth stays that
    of the first surface of half cover.

    Args:
        projected: the scene.
        lamp: the studio.
        light: float32 `[height, width, 3]` linear radiance.
        classes: uint8 `[height, width]`.
        normals: float32 `[height, width, 3]`.
        inverse_depth: float32 `[height, width]` 1 / cm, 0 on the background.
    """
    if projected.opaque == len(projected.scene.faces):
        return
    first, last = _rows(
        projected.scene.faces, projected.opaque, projected.screen, projected.inverse_depth,
        len(light),
    )  # fmt: skip
    # Nearer ones first: most of what lies behind them is then turned away at once.
    corners = projected.scene.faces[projected.opaque :]
    order = np.argsort(-projected.inverse_depth[corners].max(1), kind="stable")
    _blend(
        projected.scene,
        projected.opaque,
        projected.screen,
        projected.inverse_depth,
        order,
        first,
        last,
        lamp,
        light,
        classes,
        normals,
        inverse_depth,
    )


@njit(cache=True)
def _rows(faces, opaque, screen, depth, height):
    """First and last row of each triangle with alpha; none for those that cannot be drawn."""
    count = faces.shape[0] - opaque
    first = np.empty(count, np.int64)
    last = np.empty(count, np.int64)
    for n in range(count):
        a = faces[opaque + n, 0]
        b = faces[opaque + n, 1]
        c = faces[opaque + n, 2]
        low = min(screen[a, 1], screen[b, 1], screen[c, 1]) - 0.5
        high = max(screen[a, 1], screen[b, 1], screen[c, 1]) - 0.5
        area = (screen[b, 0] - screen[a, 0]) * (screen[c, 1] - screen[a, 1]) - (
            screen[b, 1] - screen[a, 1]
        ) * (screen[c, 0] - screen[a, 0])
        if (
            abs(area) < MINIMUM_AREA
            or min(depth[a], depth[b], depth[c]) <= 0.0
            or low > height
            or high < -1.0
        ):
            first[n] = height
            last[n] = -1
        else:
            first[n] = int(np.ceil(max(low - EDGE, 0.0)))
            last[n] = int(np.floor(min(high + EDGE, height - 1.0)))
    return first, last


@njit(cache=True)
def _collect(
    scene, f, screen, depth, y0, y1, top, bottom, opaque, closed, count, faces, inverse, weights
):
    """Enters a triangle into the lists of the samples of rows y0..y1-1, nearest first."""
    width = count.shape[1]
    a = scene.faces[f, 0]
    b = scene.faces[f, 1]
    c = scene.faces[f, 2]
    ax = screen[a, 0]
    ay = screen[a, 1]
    abx = screen[b, 0] - ax
    aby = screen[b, 1] - ay
    acx = screen[c, 0] - ax
    acy = screen[c, 1] - ay
    inverse_area = 1.0 / (abx * acy - aby * acx)
    left = min(ax, screen[b, 0], screen[c, 0]) - 0.5
    right = max(ax, screen[b, 0], screen[c, 0]) - 0.5
    if right < -1.0 or left > width:
        return
    column0 = int(np.ceil(max(left - EDGE, 0.0)))
    column1 = int(np.floor(min(right + EDGE, width - 1.0)))
    for i in range(max(y0, top), min(y1 - 1, bottom) + 1):
        py = i + 0.5 - ay
        for j in range(column0, column1 + 1):
            px = j + 0.5 - ax
            w1 = (px * acy - py * acx) * inverse_area
            w2 = (py * abx - px * aby) * inverse_area
            w0 = 1.0 - w1 - w2
            if w0 < -EDGE or w1 < -EDGE or w2 < -EDGE:
                continue
            q = w0 * depth[a] + w1 * depth[b] + w2 * depth[c]
            row = i - y0
            used = count[row, j]
            if q <= max(opaque[i, j], closed[row, j]):
                continue
            if used == LAYERS and q <= inverse[row, j, LAYERS - 1]:
                continue
            w0 *= depth[a] / q
            w1 *= depth[b] / q
            w2 *= depth[c] / q
            alpha = cover(scene, f, w0, w1, w2)
            if alpha < _CLEAR:
                continue
            # An edge belongs to both neighbours; the second one would cover it twice.
            twice = False
            for at in range(used):
                same = abs(inverse[row, j, at] - q) <= 1e-9 * q
                if same and scene.material[faces[row, j, at]] == scene.material[f]:
                    twice = True
            if twice:
                continue
            at = min(used, LAYERS - 1)
            while at > 0 and inverse[row, j, at - 1] < q:
                faces[row, j, at] = faces[row, j, at - 1]
                inverse[row, j, at] = inverse[row, j, at - 1]
                weights[row, j, at] = weights[row, j, at - 1]
                at -= 1
            faces[row, j, at] = f
            inverse[row, j, at] = q
            weights[row, j, at, 0] = w0
            weights[row, j, at, 1] = w1
            weights[row, j, at, 2] = w2
            weights[row, j, at, 3] = alpha
            used = min(used + 1, LAYERS)
            count[row, j] = used
            clear = 1.0
            for at in range(used):
                clear *= 1.0 - weights[row, j, at, 3]
                if clear < _NOTHING:
                    closed[row, j] = inverse[row, j, at]
                    break


@njit(cache=True, parallel=True)
def _blend(
    scene, start, screen, depth, order, first, last, lamp, light, classes, normals, inverse_depth
):
    height, width = classes.shape
    for band in prange(_BANDS):
        y0 = band * height // _BANDS
        y1 = (band + 1) * height // _BANDS
        count = np.zeros((y1 - y0, width), np.int64)
        # Inverse depth of the surface behind which nothing is seen.
        closed = np.zeros((y1 - y0, width), np.float64)
        faces = np.empty((y1 - y0, width, LAYERS), np.int32)
        inverse = np.empty((y1 - y0, width, LAYERS), np.float64)
        weights = np.empty((y1 - y0, width, LAYERS, 4), np.float32)
        for n in order:
            if first[n] < y1 and last[n] >= y0:
                _collect(
                    scene, start + n, screen, depth, y0, y1, first[n], last[n],
                    inverse_depth, closed, count, faces, inverse, weights,
                )  # fmt: skip
        scratch = np.empty(SCRATCH)
        out = np.empty(SHADED)
        for i in range(y0, y1):
            for j in range(width):
                used = count[i - y0, j]
                if used == 0:
                    continue
                row = i - y0
                # From the camera on: how much each surface takes, until nothing is left.
                clear = 1.0
                solid = -1
                chosen = -1
                most = 0.0
                glasses = False
                last_seen = used - 1
                for at in range(used):
                    alpha = weights[row, j, at, 3]
                    glasses = glasses or scene.region[faces[row, j, at]] == _GLASSES
                    if solid < 0 and clear * alpha > most:
                        most = clear * alpha
                        chosen = at
                    clear *= 1.0 - alpha
                    if solid < 0 and clear <= 1.0 - _COVERS:
                        solid = at
                    if clear < _NOTHING:
                        last_seen = at
                        break
                for at in range(last_seen, -1, -1):
                    f = faces[row, j, at]
                    w = weights[row, j, at]
                    interpolate(scene, f, w[0], w[1], w[2], scratch)
                    shade_sample(scene, lamp, f, scratch, out)
                    for k in range(3):
                        light[i, j, k] = light[i, j, k] * (1.0 - out[3]) + out[k]
                    if solid >= 0 and at == chosen:
                        classes[i, j] = int(out[7])
                        for k in range(3):
                            normals[i, j, k] = out[4 + k]
                if solid >= 0:
                    inverse_depth[i, j] = inverse[row, j, solid]
                if glasses and classes[i, j] != 0:
                    classes[i, j] = _GLASSES
