"""Single hairs, drawn one by one: brows and stubble."""

import cv2
import numpy as np

from face2param.engines.paint.marks import Marks, blurred, both_sides, closed_curve, open_curve
from face2param.engines.paint.noise import smoothstep
from face2param.engines.paint.texels import Sheet, blank_sheet

_HAIRS, _SEED = 1500, 5


def brows(face: Marks) -> Sheet:
    """Both brows, drawn from the front: 1 where a hair lies."""
    sheet, rng = blank_sheet(), np.random.default_rng(_SEED)
    # Along the viewer's left brow from the nose outwards; the markup runs the other way.
    line = face.points[[21, 20, 19, 18, 17]].copy()
    # A parabola: landmarks on vertices of a coarse mesh go up and down.
    line[:, 1] = np.polyval(np.polyfit(line[:, 0], line[:, 1], 2), line[:, 0])
    line[:, 1] -= np.array([0.35, 0.34, 0.32, 0.28, 0.18]) * face.unit
    pixels = sheet.pixels
    shares = rng.uniform(0, 1, _HAIRS) ** 0.92
    roots = open_curve(line, shares)
    tangents = open_curve(line, np.minimum(shares + 0.02, 1))
    tangents -= open_curve(line, np.maximum(shares - 0.02, 0))
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    for t, root, along in zip(shares, roots, tangents, strict=True):
        up = np.array([along[1], -along[0]])  # the brow runs to -x
        half = face.unit * (0.10 + 0.27 * smoothstep(-0.06, 0.24, t) * smoothstep(1.12, 0.45, t))
        side = np.clip(rng.normal(0, 0.45), -1, 1)
        # Upright at the nose, flat along the brow further out; upper hairs lean down, lower up.
        lean = 0.85 * smoothstep(0.26, 0.0, t) + 0.40 - 0.55 * (side + 0.2)
        lean *= 1 - 0.5 * t
        direction = np.cos(lean) * along + np.sin(lean) * up
        length = (
            face.unit * rng.uniform(0.35, 0.75) * (0.65 + 0.5 * np.sin(np.pi * min(t + 0.2, 1)))
        )
        steps = np.linspace(0, 1, 5)[:, np.newaxis]
        droop = 0.12 * length * steps**2 * -up
        hair = root + up * side * half + direction * length * steps + droop
        strength = rng.uniform(0.35, 0.75) * (0.5 + 0.5 * smoothstep(0.0, 0.2, t))
        _stroke(pixels, sheet.place(hair), strength, face.unit * sheet.scale * 0.022)
    body = blurred(pixels, 0.10 * sheet.scale * face.unit)
    mixed = np.clip(0.62 * np.clip(1.25 * pixels, 0, 1) + 0.55 * body, 0, 1)
    return both_sides(sheet._replace(pixels=mixed.astype(np.float32)))


def beard_area(face: Marks) -> Sheet:
    """Where a beard grows, drawn from the front; soft."""
    p, unit = face.points, face.unit
    side = [
        p[1] + [0.1 * unit, 0.4 * unit, 0],
        p[2] + [0.5 * unit, 0.0, 0],
        p[3] + [1.3 * unit, 0.35 * unit, 0],
        p[48] + [-1.0 * unit, 0.75 * unit, 0],
        p[31] + [-0.35 * unit, -0.25 * unit, 0],
        p[33] + [0, -0.25 * unit, 0],
    ]
    upper = [*side, *[point * [-1, 1, 1] for point in side[-2::-1]]]
    low = face.chin - 2.6 * unit
    lower = np.array([[p[14, 0] + 1, low, 0], [p[2, 0] - 1, low, 0]])
    outline = np.concatenate([np.array(upper), lower])[:, :2]
    sheet = blank_sheet()
    inside = np.zeros(sheet.pixels.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(sheet.place(outline)).astype(np.int32)], 255)
    soft = blurred(inside.astype(np.float32) / 255, 0.42 * unit * sheet.scale)
    # Bare: the lips with the rim around them, and the hollow below the lower lip at its sides.
    lips = np.zeros_like(inside)
    ring = closed_curve(p[48:60])
    cv2.fillPoly(lips, [np.round(sheet.place(ring)).astype(np.int32)], 255)
    bare = blurred(lips.astype(np.float32) / 255, 0.12 * unit * sheet.scale)
    return sheet._replace(pixels=np.clip(soft - 1.6 * bare, 0, 1))


def stubble(face: Marks) -> Sheet:
    """Short hairs of a shaved beard, drawn from the front."""
    area, rng = beard_area(face), np.random.default_rng(_SEED + 1)
    dots = np.zeros_like(area.pixels)
    height, width = dots.shape
    count = 26000
    at = rng.uniform(0, 1, (count, 2)) * [width / 2, height]
    kept = area.pixels[at[:, 1].astype(int), at[:, 0].astype(int)] > rng.uniform(0, 1, count)
    for x, y in at[kept]:
        end = np.array([x + rng.normal(0, 2.0), y + rng.uniform(1, 5)])
        _stroke(dots, np.array([[x, y], end]), rng.uniform(0.3, 0.9), 1.2)
    dots = np.maximum(dots, dots[:, ::-1])
    return area._replace(pixels=np.clip(0.5 * area.pixels + 0.6 * dots * area.pixels, 0, 1))


def _stroke(pixels: np.ndarray, points: np.ndarray, strength: float, thickness: float) -> None:
    """Draws a line `[n, 2]` over what is there; the darker wins."""
    low = np.floor(points.min(0) - 3).astype(int).clip(0)
    high = np.ceil(points.max(0) + 4).astype(int)
    box = (slice(low[1], high[1]), slice(low[0], high[0]))
    patch = pixels[box]
    if not patch.size:
        return
    line = np.zeros(patch.shape, np.uint8)
    fixed = np.round((points - low - 0.5) * 16).astype(np.int32)
    cv2.polylines(line, [fixed], False, 255, max(1, round(thickness)), cv2.LINE_AA, 4)
    np.maximum(patch, strength * line.astype(np.float32) / 255, out=patch)
