"""How much of the room's light reaches each vertex: the one kind of light that is exported.

Vertex colours multiply the albedo in glTF, so nostrils, the mouth and the skin under the hair
stay dark in renderers that know no ambient occlusion.
"""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin import irradiance, occluders, scene
from face2param.engines.builtin.lighting import Lighting

# A floor and a curve: renderers have lights of their own, half of the shadow is enough.
_FLOOR, _POWER = 0.30, 0.8
_DIRECTIONS = 64


def openness(parts: list, hair: list) -> dict[str, np.ndarray]:
    """Share of the room's light that reaches the vertices of opaque parts.

    Args:
      parts: of the posed head, with the frame of its glasses.
      hair: its hair parts, which throw shadows.

    Returns:
      Part name -> float32 `[vertices]` in (0, 1].
    """
    joined = scene.join(parts)
    lamp = Lighting(ambient_samples=_DIRECTIONS)
    shadows = occluders.gather(parts, joined.vertices, joined.start, hair)
    far = np.full((3, 3), -1e3, np.float32), np.array([[0, 1, 2]], np.int32)
    lit = irradiance.vertex_irradiance(joined.vertices, joined.normals, shadows, lamp).ambient
    free = irradiance.vertex_irradiance(
        joined.vertices, joined.normals, occluders.Occluders(far, far), lamp
    ).ambient
    share = np.clip(lit.sum(1) / np.maximum(free.sum(1), 1e-6), 0, 1) ** _POWER
    share = (_FLOOR + (1 - _FLOOR) * share).astype(np.float32)
    return {part.name: share[joined.start[part.name] :][: len(part.vertices)] for part in parts}


def grey(share: np.ndarray, alpha: np.ndarray | float = 1.0) -> np.ndarray:
    """Vertex colours `[v, 4]` of a share of light `[v]` and an opacity."""
    out = np.ones((len(share), 4), np.float32)
    out[:, :3] = np.asarray(share)[:, None]
    out[:, 3] = alpha
    return out
