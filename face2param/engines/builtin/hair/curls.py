"""Spirals and waves."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.hair.flow import smoothstep
from face2param.engines.builtin.hair.styles import Curl


def curled(
    curl: Curl, line: np.ndarray, normal: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Adds spirals and waves to centre lines.

    Args:
      curl: sizes.
      line: `[n, s, 3]` cm.
      normal: `[n, s, 3]` unit, outwards.
      rng: phases.

    Returns:
      `[n, s, 3]` cm.
    """
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
