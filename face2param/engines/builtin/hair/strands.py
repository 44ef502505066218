"""Traces clumps of hair over the skull (and down the curtain of long styles)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from face2param.engines.builtin.hair.curls import curled
from face2param.engines.builtin.hair.curtain import hang
from face2param.engines.builtin.hair.flow import BUN_CENTRE, comb, smoothstep, thickness
from face2param.engines.builtin.hair.hairline import inside_hairline, polyline, sample_roots
from face2param.engines.builtin.hair.scalp import Scalp, azimuth
from face2param.engines.builtin.hair.styles import Style

_STEPS = 40


@dataclass(frozen=True)
class Strands:
    """Centre lines of clumps.

    Attributes:
      base: `[n, s, 3]` cm, foot points on the skull (or on the inner curtain).
      offset: `[n, s, 3]` cm from the foot to the strand; scales with the volume slider.
      normal: `[n, s, 3]` unit, outwards.
      lift: `[n, s]` height in shares of the local volume, for occlusion.
      width: `[n, s]` cm.
      cover: `[n, s]` share of strands.
      seed: `[n]` noise coordinate of the clump.
      twist: `[n]` radians about the path.
    """

    base: np.ndarray
    offset: np.ndarray
    normal: np.ndarray
    lift: np.ndarray
    width: np.ndarray
    cover: np.ndarray
    seed: np.ndarray
    twist: np.ndarray


def trace(style: Style, scalp: Scalp, roots: np.ndarray, rng: np.random.Generator):
    """Follows the comb from each root.

    Args:
      style: the combing rule and lengths.
      scalp: the skull.
      roots: `[n, 3]` cm.
      rng: deviation of the clumps.

    Returns:
      Path `[n, steps, 3]`, normals `[n, steps, 3]` and the last valid step `[n]`.
    """
    n = len(roots)
    up = smoothstep(3.5, 7.5, roots[:, 1])
    length = style.length_side * (1 - up) + style.length_top * up
    length = length * rng.uniform(0.8, 1.15, n)
    # upright hair spends its length on height, not on the way over the skull
    step = length * (1 - 0.75 * style.upright * up) / _STEPS
    angle = np.radians(rng.normal(0, style.spread, n))
    point, normal = scalp.project(roots)
    path = np.empty((n, _STEPS + 1, 3))
    normals = np.empty_like(path)
    path[:, 0], normals[:, 0] = point, normal
    end = np.full(n, _STEPS, float)
    alive = np.ones(n, bool)
    heading = None
    stop_y = _stop_height(style, roots, rng)
    for k in range(_STEPS):
        wanted = comb(point, style)
        wanted -= normal * (wanted * normal).sum(1, keepdims=True)
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True) + 1e-9
        side = np.cross(normal, wanted)
        wanted = wanted * np.cos(angle)[:, None] + side * np.sin(angle)[:, None]
        heading = wanted if heading is None else heading * 0.65 + wanted * 0.35
        heading -= normal * (heading * normal).sum(1, keepdims=True)
        heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-9
        ahead = point + heading * step[:, None]
        moved, moved_normal = scalp.project(ahead)
        if style.curtain is not None:
            moved, moved_normal = hang(style.curtain, point, moved, moved_normal, step, stop_y)
        point, normal = moved, moved_normal
        path[:, k + 1], normals[:, k + 1] = point, normal
        ended = _ended(style, point, roots, stop_y)
        end = np.where(alive & ended, k + 0.5, end)
        alive &= ~ended
    return path, normals, end


def _stop_height(style: Style, roots: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Height at which each strand ends."""
    stop = np.full(len(roots), -99.0)
    degrees = azimuth(roots)
    if style.curtain is not None:
        stop = polyline(style.curtain.ends, degrees) + rng.uniform(-0.2, 1.4, len(roots))
    if style.fringe is not None:
        front = (np.abs(degrees) < style.fringe[-1][0]) & (roots[:, 1] > 5.0)
        cut = polyline(style.fringe, degrees) + rng.uniform(-0.15, 0.6, len(roots))
        stop = np.where(front, cut, stop)
    return stop


def _ended(style: Style, point: np.ndarray, roots: np.ndarray, stop_y: np.ndarray) -> np.ndarray:
    ended = point[:, 1] < stop_y
    if style.fringe is not None and style.curtain is None:
        # strands that wander over the forehead from the sides end with the fringe
        degrees = np.abs(azimuth(point))
        ended |= (degrees < 48) & (point[:, 1] < polyline(style.fringe, degrees) - 0.3)
    if style.curtain is None:
        low = (np.abs(azimuth(point)) > 52) & (roots[:, 1] < 20)
        ended |= low & (inside_hairline(point, style) < -style.overhang)
    if style.bun:
        ended |= np.linalg.norm(point - BUN_CENTRE, axis=1) < 1.4
    return ended


def build_strands(style: Style, scalp: Scalp) -> Strands:
    """All clumps of a style on the canonical head.

    The left half is traced as the mirror image of a right half with the mirrored parting, from
    the same random numbers, so that mirrored styles are mirrored to the last bit.

    Args:
      style: the style.
      scalp: the skull.

    Returns:
      The clumps, the right half (x > 0 at the root) first.
    """
    right = _half(style, scalp)
    other = _half(replace(style, part=-style.part), scalp) if style.parted else right
    pairs = zip(vars(right).values(), vars(_mirrored(other)).values(), strict=True)
    return Strands(*(np.concatenate(pair) for pair in pairs))


def _half(style: Style, scalp: Scalp) -> Strands:
    """Clumps rooted at x > 0, outermost first: the rasterizer then skips what they hide."""
    rng = np.random.default_rng(style.seed)
    roots = sample_roots(style, scalp, style.ribbons, rng)
    layer = np.sort(1.0 - style.layering * rng.random(len(roots)) ** 1.4)[::-1]
    # the roots come sorted from the front: give them their layers at random
    roots = roots[rng.permutation(len(roots))]
    path, normals, end = trace(style, scalp, roots, rng)
    n, s = len(roots), style.stations
    t = np.linspace(0, 1, s) ** (1.3 if style.curtain is not None else 1.0)
    where = end[:, None] * t[None]
    low = np.clip(np.floor(where).astype(int), 0, _STEPS - 1)
    frac = (where - low)[..., None]
    rows = np.arange(n)[:, None]
    base = path[rows, low] * (1 - frac) + path[rows, low + 1] * frac
    normal = normals[rows, low] * (1 - frac) + normals[rows, low + 1] * frac
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    height = thickness(base.reshape(-1, 3), style).reshape(n, s)
    length = np.linalg.norm(np.diff(base, axis=1), axis=-1).sum(1)
    risen = np.clip(t[None] * length[:, None] / np.minimum(0.45 * length, 2.6)[:, None], 0, 1)
    rise = 1 - (1 - risen) ** 2
    if style.upright > 0:
        rise = rise * (1 - style.upright) + t * style.upright
    inside = inside_hairline(roots, style)
    # away from the hairline the roots are out of sight: start there nearer to the surface
    start = np.clip((inside - 0.8) / 2.5, 0, 1) * np.maximum(0.6, style.start)
    if style.flow.startswith("part"):
        start = start * np.clip(np.abs(roots[:, 0] - style.part) / 1.2, 0.15, 1)
    start = np.maximum(start, style.start)[:, None]
    lift = layer[:, None] * (start + (1 - start) * rise)
    if style.curtain is None:
        # short hair thins out towards the ears and the nape
        edge = inside_hairline(base.reshape(-1, 3), style).reshape(n, s)
        sides = smoothstep(45, 60, np.abs(azimuth(base)))
        height = height * (1 - sides * (1 - np.clip(0.25 + edge / 2.2, 0.12, 1)))
        height = height * np.clip(1 + (1 - sides) * edge / 4.0, 0.35, 1)
    else:
        over = inside_hairline(base.reshape(-1, 3), style).reshape(n, s)
        over = np.where(np.abs(azimuth(base)) < 45, over, 0.0)
        height = height * np.clip(1 + over / 4.0, 0.4, 1)
    offset = normal * (height * lift)[..., None]
    offset = curled(style.curl, base + offset, normal, rng) - base
    taper = np.interp(t, [0, 0.12, 0.6, 1], [0.75, 1, 1, 0.55])
    width = style.width * rng.uniform(0.65, 1.25, n)[:, None] * taper[None]
    thin = style.thin_top * smoothstep(7.0, 9.0, roots[:, 1])
    full = (1 - thin * rng.uniform(0.6, 1.2, n))[:, None]
    if style.bald_above is not None:
        below = polyline(style.bald_above, azimuth(roots)) - roots[:, 1]
        full = full * np.clip(0.45 + below / 3.0, 0.3, 1)[:, None]
    # at the hairline strands appear one by one
    start = np.clip(0.25 + inside / 1.2, 0.25, 1.0)[:, None]
    cover = full * np.clip(start + t[None] * np.maximum(4.0, 0.5 * length[:, None]), 0, 1.15)
    strands = Strands(
        base, offset, normal, lift, width, cover,
        rng.uniform(0, 4000, n), np.radians(rng.normal(0, style.twist, n)),
    )  # fmt: skip
    return strands


def _mirrored(s: Strands) -> Strands:
    """The mirror image of clumps."""
    flip = np.array([-1.0, 1.0, 1.0])

    return Strands(
        s.base * flip,
        s.offset * flip,
        s.normal * flip,
        s.lift,
        s.width,
        s.cover,
        s.seed + 0.37,
        -s.twist,
    )
