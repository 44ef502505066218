"""What the hair modules hand to the renderer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# columns of HairPart.attributes
STRAND, ACROSS, ALONG, FRAY, OCCLUSION, COVER, FRIZZ = range(7)


@dataclass(frozen=True)
class HairShading:
    """How a bundle of hair takes the light.

    Attributes:
      gloss: strength of both highlights (0 matt frizz, 1 combed hair).
      contrast: brightness difference between strands.
    """

    gloss: float = 1.0
    contrast: float = 1.0


@dataclass(frozen=True)
class HairPart:
    """One bundle of hair, posed and ready to draw.

    Attributes:
      name: "hair", "beard", "moustache" or "brow".
      vertices: `[n, 3]` float32 world cm.
      normals: `[n, 3]` float32 unit, outwards.
      tangents: `[n, 3]` float32 unit, root to tip.
      attributes: `[n, 7]` float32: noise coordinate across the strands (cm), position across
        the ribbon (-1..1), position along it (0 root..1 tip), raggedness of the tip, ambient
        occlusion (0 dark..1 open), cover (share of strands that exist here), frizz (0 combed
        strands..1 isotropic fuzz).
      faces: `[m, 3]` int32, drawn from both sides.
      occluders: `[k, 3]` int32, the subset of `faces` that throws shadows.
      shading: constants of the shader.
    """

    name: str
    vertices: np.ndarray
    normals: np.ndarray
    tangents: np.ndarray
    attributes: np.ndarray
    faces: np.ndarray
    occluders: np.ndarray
    shading: HairShading
