"""Traces clumps of hair over the skull (and down the curtain of long styles)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from face2param.engines.builtin.hair.flow import BUN_CENTRE, comb, smoothstep, thickness
from face2param.engines.builtin.hair.scalp import CENTRE, Scalp, azimuth
from face2param.engines.builtin.hair.styles import Curtain, Polyline, Style

_STEPS = 40
_LEAVE_Y = 1.8  # below this height long hair no longer follows the skull


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


def polyline(line: Polyline, degrees: np.ndarray) -> np.ndarray:
    """Evaluates a polyline at absolute azimuths."""
    return np.interp(np.abs(degrees), [a for a, _ in line], [b for _, b in line])


def inside_hairline(points: np.ndarray, style: Style) -> np.ndarray:
    """Signed height above the hairline, `[n]` cm (positive: hair grows here)."""
    return points[:, 1] - polyline(style.hairline, azimuth(points))


def curtain_radius(degrees: np.ndarray) -> np.ndarray:
    """Horizontal radius about the axis of the skull where hair leaves it, cm."""
    a = np.radians(degrees)
    depth = np.where(np.cos(a) > 0, 9.4, 8.9)
    return 1.0 / np.sqrt((np.sin(a) / 7.55) ** 2 + (np.cos(a) / depth) ** 2)


def face_opening(y: np.ndarray, curtain: Curtain) -> np.ndarray:
    """Smallest azimuth (degrees) that hanging hair may have at a height."""
    heights = [-30.0, -6.0, 0.0, 2.5, 4.5, 6.0, 7.2, 8.5]
    edge = curtain.opening
    shares = [0.97, 0.97, 0.94, 0.87, 0.74, 0.52, 0.24, 0.0]
    return np.interp(y, heights, [edge * share for share in shares])


def sample_roots(style: Style, scalp: Scalp, count: int, rng: np.random.Generator) -> np.ndarray:
    """Evenly scattered roots inside the hairline.

    Args:
      style: gives the hairline.
      scalp: the skull.
      count: number of roots on both sides together; symmetric styles return half of them.
      rng: jitter.

    Returns:
      `[n, 3]` cm on the scalp; symmetric styles only x > 0.
    """
    total = 14000
    k = np.arange(total) + 0.5
    cosine = 1 - 1.93 * k / total
    sine = np.sqrt(1 - cosine**2)
    angle = k * np.pi * (3 - np.sqrt(5))
    direction = np.stack([sine * np.sin(angle), cosine, sine * np.cos(angle)], 1)
    if style.symmetric:
        direction = direction[direction[:, 0] > 0.01]
    points, _ = scalp.project(CENTRE + direction)
    # an irregular line: roots are judged a little beside their place
    stray = np.radians(rng.normal(0, 1.5, len(points)))
    c, s = np.cos(stray), np.sin(stray)
    x, z = points[:, 0], points[:, 2] - CENTRE[2]
    beside = np.stack([c * x + s * z, points[:, 1], c * z - s * x + CENTRE[2]], 1)
    inside = inside_hairline(beside, style) + rng.normal(0, 0.15, len(points))
    if style.bald_above is not None:
        above = points[:, 1] - polyline(style.bald_above, azimuth(points))
        inside = np.where(above > rng.normal(-1.1, 0.7, len(points)), -1.0, inside)
    points = points[inside > 0.0]
    # the front edge is what a viewer sees: denser there
    edge = smoothstep(3.0, 0.3, inside[inside > 0.0]) * smoothstep(75, 50, np.abs(azimuth(points)))
    keys = rng.random(len(points)) ** (1.0 / (1.0 + 1.2 * edge))
    n = count // 2 if style.symmetric else count
    return points[np.sort(np.argsort(-keys)[:n])]


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
            moved, moved_normal = _hang(style, point, moved, moved_normal, step, rng, stop_y)
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
    if style.curtain is None:
        low = (np.abs(azimuth(point)) > 52) & (roots[:, 1] < 20)
        ended |= low & (inside_hairline(point, style) < -style.overhang)
    if style.bun:
        ended |= np.linalg.norm(point - BUN_CENTRE, axis=1) < 1.4
    return ended


def _hang(style, point, moved, normal, step, rng, stop_y):
    """Below the widest part of the skull strands fall; the face stays open."""
    curtain = style.curtain
    fringe = stop_y > 0
    degrees = azimuth(moved)
    side = np.where(degrees < 0, -1.0, 1.0)
    opening = face_opening(moved[:, 1], curtain)
    opening = opening * (1 + 0.04 * np.sin(moved[:, 1] * 1.3 + stop_y * 7))
    behind = np.abs(degrees) < opening
    # strands gather at the edge of the opening instead of crossing the face
    target = np.where(
        behind & ~fringe,
        0.35 * opening + 0.65 * np.maximum(np.abs(degrees), opening),
        np.abs(degrees),
    )
    turned = np.radians(side * target)
    hanging = (point[:, 1] < _LEAVE_Y) & ~fringe
    radius = np.hypot(moved[:, 0], moved[:, 2] - CENTRE[2])
    y = np.where(hanging, point[:, 1] - step, moved[:, 1])
    previous = np.hypot(point[:, 0], point[:, 2] - CENTRE[2])
    wide = curtain_radius(np.degrees(turned))
    depth = np.clip((_LEAVE_Y - y) / 10.0, 0.0, 1.2)
    toward = wide + curtain.flare * depth
    left = y - stop_y
    toward -= curtain.inward * np.clip(1 - left / 4.0, 0, 1) ** 2
    rate = np.minimum(1.0, step / 1.2)
    radius = np.where(hanging, previous + (toward - previous) * rate, radius)
    out = np.stack([np.sin(turned), 0 * turned, np.cos(turned)], 1)
    placed = out * radius[:, None] + CENTRE
    placed[:, 1] = y
    use = hanging | (behind & ~fringe)
    return (
        np.where(use[:, None], placed, moved),
        np.where(hanging[:, None], out, normal),
    )


def build_strands(style: Style, scalp: Scalp) -> Strands:
    """All clumps of a style on the canonical head.

    Args:
      style: the style.
      scalp: the skull.

    Returns:
      The clumps; symmetric styles are exactly mirrored.
    """
    rng = np.random.default_rng(style.seed)
    roots = sample_roots(style, scalp, style.ribbons, rng)
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
    layer = 1.0 - style.layering * rng.random(n) ** 1.4
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
    offset = _curled(style, base + offset, normal, rng) - base
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
    return _mirrored(strands) if style.symmetric else strands


def _curled(style: Style, line: np.ndarray, normal: np.ndarray, rng: np.random.Generator):
    """Adds spirals and waves to centre lines `[n, s, 3]`."""
    curl = style.curl
    n, s = line.shape[:2]
    if curl.radius == 0 and curl.sway == 0:
        return line
    tangent = np.gradient(line, axis=1)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True) + 1e-9
    side = np.cross(tangent, normal)
    length = np.linalg.norm(np.diff(line, axis=1), axis=-1).sum(1)
    arc = length[:, None] * np.linspace(0, 1, s)[None]
    fade = np.clip(arc / 1.5, 0, 1)
    out = line
    if curl.radius > 0:
        phase = rng.uniform(0, 2 * np.pi, n)[:, None] + 2 * np.pi * arc / (
            curl.pitch * rng.uniform(0.8, 1.25, n)[:, None]
        )
        size = curl.radius * fade * rng.uniform(0.6, 1.3, n)[:, None]
        out = out + side * (size * np.cos(phase))[..., None]
        out = out + normal * (size * np.sin(phase))[..., None]
    if curl.sway > 0:
        # neighbours wave together: the phase is a smooth function of the root
        root = line[:, 0]
        phase = (root @ [0.3, 0.15, 0.25])[:, None] + rng.normal(0, 0.3, n)[:, None]
        fade = fade * (0.15 + 0.85 * smoothstep(6.5, 2.0, line[..., 1]))
        wave = np.sin(2 * np.pi * arc / curl.sway_pitch + phase)
        out = out + side * (curl.sway * fade * wave)[..., None]
        out = out + normal * (0.5 * curl.sway * fade * np.cos(phase + wave))[..., None]
    return out


def _mirrored(s: Strands) -> Strands:
    flip = np.array([-1.0, 1.0, 1.0])

    def both(a):
        return np.concatenate([a, a * flip])

    def twice(a):
        return np.concatenate([a, a])

    return Strands(
        both(s.base), both(s.offset), both(s.normal), twice(s.lift), twice(s.width),
        twice(s.cover), np.concatenate([s.seed, s.seed + 0.37]),
        np.concatenate([s.twist, -s.twist]),
    )  # fmt: skip
