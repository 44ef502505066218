"""Where the light of a photograph comes from, read from the shading of the skin."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.estimator.colour_space import LUMINANCE, srgb_to_linear

_ROUNDS = 3
_TRIMMED = 2.5
"""Standard deviations beyond which a pixel is a shadow, a highlight or no skin."""
_FEWEST = 200


@dataclasses.dataclass(frozen=True)
class ShadingLight:
    """Light on a face, with spherical harmonics up to the first order.

    Attributes:
      coefficients: `[3, 4]` of red, green and blue linear light that a surface of normal n sends
        back: `c[0] + c[1] n_x + c[2] n_y + c[3] n_z`; the colour of the skin is in them.
      towards: `[3]` unit vector to the brightest side; world axes, z towards the camera.
      contrast: length of the luminance's first order over its zeroth; 0 is light from everywhere,
        1 leaves the far side black.
      explained: share of the skin's variance of luminance that this light explains.
    """

    coefficients: np.ndarray
    towards: np.ndarray
    contrast: float
    explained: float

    def to_dict(self) -> dict:
        """Plain containers for JSON."""
        return {
            "towards": [round(float(v), 3) for v in self.towards],
            "contrast": round(self.contrast, 3),
            "explained": round(self.explained, 3),
            "coefficients": np.round(self.coefficients, 4).tolist(),
        }


def read(image: np.ndarray, normals: np.ndarray, skin: np.ndarray) -> ShadingLight | None:
    """Fits the light by least squares, leaving out what does not follow it.

    A convex Lambertian face under distant light is within a few percent of such a sum (Basri and
    Jacobs 2003). Skin of one colour is assumed; brows and beard must not be in `skin`.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      normals: `[height, width, 3]` unit world normals of the face fitted to it.
      skin: `[height, width]` bool, skin in the picture and on the fitted face.

    Returns:
      The light; None where too little skin is seen.

    Raises:
      ValueError: the shapes do not belong together.
    """
    if normals.shape != image.shape or skin.shape != image.shape[:2]:
        raise ValueError(
            f"normals and skin must belong to an image of shape {image.shape}, got "
            f"{normals.shape} and {skin.shape}"
        )
    colours = srgb_to_linear(image[skin].astype(np.float64))
    basis = np.concatenate([np.ones((len(colours), 1)), normals[skin]], 1)
    bright = colours @ LUMINANCE
    kept = np.ones(len(colours), bool)
    for _ in range(_ROUNDS):
        if kept.sum() < _FEWEST:
            return None
        found = np.linalg.lstsq(basis[kept], bright[kept], rcond=None)[0]
        errors = bright - basis @ found
        kept = np.abs(errors) <= _TRIMMED * errors[kept].std() + 1e-9
    coefficients = np.linalg.lstsq(basis[kept], colours[kept], rcond=None)[0].T
    level, direction = LUMINANCE @ coefficients[:, 0], LUMINANCE @ coefficients[:, 1:]
    length = float(np.linalg.norm(direction))
    variance = float(bright[kept].var())
    return ShadingLight(
        coefficients.astype(np.float32),
        (direction / max(length, 1e-9)).astype(np.float32),
        length / max(float(level), 1e-9),
        1.0 - float(errors[kept].var()) / variance if variance > 1e-12 else 0.0,
    )
