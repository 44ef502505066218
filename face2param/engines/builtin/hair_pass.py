"""Draws hair over the shaded head: own z-buffer, strands blended, labels where it is dense."""

import numpy as np

from face2param.engines.builtin import irradiance, palette
from face2param.engines.builtin.hair.hair_raster import raster_hair
from face2param.engines.builtin.hair.hair_shading import shade_hair
from face2param.engines.builtin.lighting import frame
from face2param.regions import INDEX

_SHADOW_RESOLUTION = 320
_BANDS = 16
# Hair covers what lies below where its opacity is at least this.
_COVERS = 0.5
_LABELS = {
    "hair": INDEX["hair"],
    # CelebAMask-HQ counts beards as skin.
    "beard": INDEX["skin"],
    "moustache": INDEX["skin"],
}


def draw_hair(parts, character, occluders, camera, lighting, light, classes, inverse_depth):
    """Blends all hair parts over the picture, in place.

    Args:
        parts: list of HairPart.
        character: for the colours.
        occluders: what throws shadows.
        camera: the Camera.
        lighting: the studio.
        light: float32 `[height, width, 3]` linear radiance, changed in place.
        classes: uint8 `[height, width]`, changed in place.
        inverse_depth: float32 `[height, width]` of the opaque scene, 1 / cm.

    Returns:
        float32 `[height, width]` inverse depth with the hair, where it covers.
    """
    axes = np.stack(frame(lighting.key_direction))
    shadow = irradiance.depth_maps(*occluders.fine, axes[None], _SHADOW_RESOLUTION)[0]
    scale = _SHADOW_RESOLUTION / (2.0 * irradiance.EXTENT)
    centre = axes @ np.array(irradiance.CENTRE)
    # The map holds depth from its centre; the hair shader measures from the world's origin.
    shadow = shadow + np.float32(centre[2])
    origin = centre[:2] - irradiance.EXTENT + 0.5 / scale
    sky, ground = lighting.room()
    size = classes.shape
    result = inverse_depth.copy()
    for part in parts:
        screen, distance = camera.project(part.vertices, size)
        screen = screen.astype(np.float32) - np.float32(0.5)
        triangle, bary, alpha, depth = raster_hair(
            np.ascontiguousarray(screen[:, 0]),
            np.ascontiguousarray(screen[:, 1]),
            (1.0 / distance).astype(np.float32),
            part.faces,
            part.attributes,
            inverse_depth,
            _BANDS,
        )
        coverage = np.zeros(size, np.float32)
        pigment, grey = _colour(part.name, character)
        constants = part.shading
        shade_hair(
            triangle,
            bary,
            alpha,
            part.faces,
            part.vertices,
            part.normals,
            part.tangents,
            part.attributes,
            camera.position,
            lighting.key_direction,
            np.array(lighting.key_colour),
            lighting.rim_direction,
            np.array(lighting.rim_colour),
            sky,
            ground,
            shadow,
            axes,
            origin,
            scale,
            pigment,
            grey,
            np.array((constants.gloss, constants.contrast)),
            light,
            coverage,
        )
        covered = coverage >= _COVERS
        classes[covered] = _LABELS[part.name]
        result[covered] = np.maximum(result, depth[0])[covered]
    return result


def _colour(name: str, character) -> tuple[np.ndarray, float]:
    """Linear pigment `[3]` and share of white strands of a hair part."""
    redness = float(character["hair_redness"])
    if name == "hair":
        tone, grey = character["hair_tone"], character["hair_grey"]
    else:
        tone, grey = character["beard_tone"], character["beard_grey"]
        redness *= 0.6
    return palette.hair(float(tone), redness, 0.0), float(grey)
