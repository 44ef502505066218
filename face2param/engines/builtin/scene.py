"""Gathers a posed head, its glasses and its hair into the arrays that the kernels draw."""

from typing import NamedTuple

import numpy as np

from face2param.engines.builtin import brows, eyeball, glasses, palette, shading, skin
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.hair import build as build_hair
from face2param.engines.builtin.irradiance import vertex_irradiance
from face2param.engines.builtin.lighting import Lighting
from face2param.engines.builtin.occluders import Occluders
from face2param.engines.builtin.shading import Looks, Material, Surface
from face2param.engines.builtin.texture import texture
from face2param.rendering.normals import vertex_normals

MATERIALS = {
    "skin": Material.SKIN,
    "ear_left": Material.EAR,
    "ear_right": Material.EAR,
    "eye_left": Material.EYE_LEFT,
    "eye_right": Material.EYE_RIGHT,
    "lashes": Material.LASHES,
    "torso": Material.CLOTH,
    "teeth_upper": Material.TEETH,
    "teeth_lower": Material.TEETH,
    "tongue": Material.TONGUE,
    "cavity": Material.CAVITY,
    "glasses_frame": Material.FRAME,
}
_EYES = {"eye_left": 0, "eye_right": 1}


class Joined(NamedTuple):
    """Parts in one mesh, the skin first.

    Attributes:
        vertices: float32 `[vertices, 3]` world cm.
        normals: float32 `[vertices, 3]`.
        faces: int32 `[triangles, 3]`; material: uint8 `[triangles]`.
        start: part name -> index of its first vertex.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    material: np.ndarray
    start: dict[str, int]


def join(parts) -> Joined:
    """Concatenates opaque parts (objects with name, vertices, faces), the skin first."""
    ordered = sorted(parts, key=lambda part: part.name != "skin")
    start, count = {}, 0
    for part in ordered:
        start[part.name] = count
        count += len(part.vertices)
    vertices = np.concatenate([p.vertices for p in ordered]).astype(np.float32, copy=False)
    faces = np.concatenate([p.faces + np.int32(start[p.name]) for p in ordered])
    faces = np.ascontiguousarray(faces, np.int32)
    material = np.concatenate([np.full(len(p.faces), MATERIALS[p.name], np.uint8) for p in ordered])
    return Joined(vertices, vertex_normals(vertices, faces), faces, material, start)


def surface(joined: Joined, mesh, occluders: Occluders, lighting: Lighting) -> Surface:
    """Adds light and what each material needs per vertex.

    Args:
        joined: of `join`.
        mesh: the posed head.
        occluders: what throws shadows on it.
        lighting: the studio.
    """
    count = len(joined.vertices)
    light = vertex_irradiance(joined.vertices, joined.normals, occluders, lighting)
    attributes = np.ones((count, shading.ATTRIBUTES), np.float32)
    attributes[:, shading.POSITION : shading.POSITION + 3] = joined.vertices
    attributes[:, shading.NORMAL : shading.NORMAL + 3] = joined.normals
    attributes[:, shading.KEY] = light.key
    attributes[:, shading.AMBIENT : shading.AMBIENT + 3] = light.ambient
    head = canonical()
    attributes[: len(head.vertices), shading.PLANE : shading.PLANE + 2] = head.vertices[:, :2]
    for part in mesh.parts:
        first = joined.start[part.name]
        inside = slice(first, first + len(part.vertices))
        if part.name in _EYES:
            ring = joined.vertices[head.topology.eye_rims[_EYES[part.name], 0]]
            half = len(ring) // 2
            upper, lower = ring[: half + 1], np.concatenate([ring[half:], ring[:1]])
            attributes[inside, shading.EXTRA] = eyeball.lid_shadow(part.vertices, upper, lower)
        elif part.name.startswith("teeth") and part.corner_uv is not None:
            along = np.zeros(len(part.vertices), np.float32)
            along[part.faces] = part.corner_uv[..., 1]
            attributes[inside, shading.EXTRA] = along
    return Surface(joined.faces, joined.material, texture().corner_uv, attributes)


def looks(character, expression: dict[str, float], mesh) -> Looks:
    """Colours of a character.

    Args:
        character: of the built-in schema.
        expression: weights by name.
        mesh: the posed head, for the frames of the eyes and the head.
    """
    layers = skin.look(character, expression)
    base = layers.colours[skin.Colour.BASE]
    model = glasses.FRAMES.get(character["glasses"])
    # The white of eyes and teeth follows the longer exposure of dark skin only in part.
    even = exposure(character) ** -0.8
    albedo, gloss = np.zeros((len(Material), 3)), np.zeros(len(Material))
    for material, colour, shine in (
        (Material.EAR, base * (1.02, 0.86, 0.84), 0.22),
        (Material.LASHES, np.full(3, 0.008), 0.05),
        (Material.CLOTH, palette.CLOTH, 0.03),
        (Material.TEETH, palette.TEETH * even, 0.7),
        (Material.GUMS, palette.GUMS, 0.7),
        (Material.TONGUE, palette.TONGUE, 0.6),
        (Material.CAVITY, palette.CAVITY, 0.2),
        (Material.FRAME, model.colour if model else base, 0.9 + 1.6 * model.metal if model else 0),
    ):
        albedo[material], gloss[material] = colour, shine
    eyes = np.zeros((2, 16))
    radius = eyeball.IRIS_RADIUS + 0.06 * (float(character["iris_size"]) - 0.5)
    for k in (0, 1):
        eyes[k, :3] = mesh.eyes.centres[k]
        eyes[k, 3] = mesh.eyes.radii[k]
        eyes[k, 4:13] = np.asarray(mesh.eyes.rotations[k], float).T.ravel()
        eyes[k, 13] = radius
        eyes[k, 14] = even
    return Looks(
        texture().layers,
        layers.amounts,
        layers.colours,
        brows.draw(brows.BrowShape.of(character)),
        albedo,
        gloss,
        eyes,
        palette.iris(float(character["iris_hue"]), float(character["iris_lightness"])),
        np.asarray(mesh.rotation, float),
    )


class Glasses(NamedTuple):
    """Attributes: frames (opaque parts), lenses (clear parts), tint of the lenses."""

    frames: list
    lenses: list
    tint: float


def attachments(character, mesh) -> tuple[list, Glasses]:
    """Hair and glasses of a character, posed with the head."""
    parts = glasses.build(character, mesh)
    model = glasses.FRAMES.get(character["glasses"])
    frames = [part for part in parts if part.name == glasses.FRAME_NAME]
    lenses = [part for part in parts if part.name == glasses.LENS_NAME]
    return build_hair(character, mesh), Glasses(frames, lenses, model.lens if model else 0.0)


def exposure(character) -> float:
    """Factor on the light: dark skin is exposed longer, as a photographer would."""
    return 1.0 + 0.42 * float(character["skin_tone"]) ** 1.3
