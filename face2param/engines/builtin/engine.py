"""The built-in engine: a procedural head drawn by NumPy and Numba, no TensorFlow, no GPU."""

import numpy as np

from face2param.engines import arguments
from face2param.engines.base import Engine, People, Rendering
from face2param.engines.builtin import (
    controls,
    film,
    geometry,
    labels,
    occluders,
    portraits,
    sampling,
    scene,
    shading,
)
from face2param.engines.builtin.camera import Camera
from face2param.engines.builtin.hair_pass import draw_hair
from face2param.engines.builtin.lens_pass import draw_lenses
from face2param.engines.builtin.lighting import Lighting
from face2param.engines.builtin.studio_wall import studio_wall
from face2param.engines.drawing import DRAWING
from face2param.rendering import raster
from face2param.schema import Character, load

VERSION = "1"


class BuiltinEngine(Engine):
    """Draws characters of the "builtin" schema.

    Attributes:
        lighting: the studio; `Lighting().mirrored()` draws the mirror image of a mirrored
            character.
        camera: fixed, frontal.
    """

    name = "builtin"
    version = VERSION

    def __init__(self, lighting: Lighting | None = None, camera: Camera | None = None):
        """Chooses studio and camera; everything heavy waits for the first picture."""
        self.schema = load(controls.SCHEMA_NAME)
        self.lighting = lighting or Lighting()
        self.camera = camera or Camera()

    def render(
        self,
        character: Character,
        nuisance: np.ndarray | None = None,
        *,
        size: tuple[int, int] = (512, 512),
        supersample: int = 2,
        background: np.ndarray | None = None,
    ) -> Rendering:
        """Draws a character; see `Engine.render`."""
        size = arguments.check_size(size)
        supersample = arguments.check_supersample(supersample)
        arguments.check_character(character, self.schema)
        nuisance = arguments.check_nuisance(nuisance, self.schema)
        if background is None:
            wall = studio_wall(*size)
        else:
            wall = arguments.check_background(background, size)
        with DRAWING:
            return self._draw(character, nuisance, size, supersample, wall)

    def canonical_landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Landmarks of the neutral character; see `Engine.canonical_landmarks`."""
        size = arguments.check_size(size)
        mesh = geometry.pose_head(self.schema.neutral(), None)
        return self.camera.project(mesh.landmarks3d, size)[0].astype(np.float32)

    def random_characters(
        self, rng: np.random.Generator, count: int, spread: float = 1.0, plausible: bool = True
    ) -> list[Character]:
        """See the base class."""
        return sampling.random_characters(rng, count, spread, plausible)

    def random_nuisance(self, rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
        """See the base class; toothy smiles are frequent."""
        return sampling.random_nuisance(rng, amount)

    def people(self) -> People:
        """See the base class."""
        return portraits.people(self.schema)

    def _draw(self, character, nuisance, size, supersample, wall) -> Rendering:
        expression = dict(zip(controls.NUISANCE_NAMES, nuisance.tolist(), strict=True))
        mesh = geometry.pose_head(character, nuisance)
        hair, glasses = scene.attachments(character, mesh)
        parts = [*mesh.parts, *glasses.frames]
        joined = scene.join(parts)
        shadows = occluders.gather(parts, joined.vertices, joined.start, hair)
        surface = scene.surface(joined, mesh, shadows, self.lighting)
        looks = scene.looks(character, expression, mesh)

        big = (size[0] * supersample, size[1] * supersample)
        screen, distance = self.camera.project(joined.vertices, big)
        drawn = raster.rasterize(screen, 1.0 / distance, joined.faces, big)
        exposure = scene.exposure(character)
        light = film.backdrop(wall, exposure, supersample)
        classes = np.zeros(big, np.uint8)
        normals = np.zeros((*big, 3), np.float32)
        lamp = self.lighting
        shading.shade(
            drawn.triangle,
            drawn.barycentric,
            surface,
            looks,
            self.camera.position,
            lamp.key_direction,
            np.array(lamp.key_colour),
            lamp.rim_direction,
            np.array(lamp.rim_colour),
            light,
            classes,
            normals,
        )
        inverse_depth = drawn.inverse_depth
        room = np.stack(lamp.room())
        draw_lenses(glasses.lenses, glasses.tint, self.camera, room, light, classes, inverse_depth)
        if hair:
            inverse_depth = draw_hair(
                hair,
                character,
                shadows,
                self.camera,
                lamp,
                light,
                classes,
                inverse_depth,
            )
        image = film.develop(light, exposure, supersample)
        classes, depth, normals = labels.downsample(classes, inverse_depth, normals, supersample)
        landmarks, along = self.camera.project(mesh.landmarks3d, size)
        landmarks = landmarks.astype(np.float32)
        facing = self.camera.position - mesh.landmarks3d
        facing /= np.linalg.norm(facing, axis=1, keepdims=True)
        seen = (mesh.landmark_normals * facing).sum(1) > _EDGE_ON
        visible = seen & labels.landmark_visibility(landmarks, along, depth)
        return Rendering(image, classes, landmarks, mesh.landmarks3d, visible, depth, normals)


# A landmark whose skin turns away by more than this (cosine) is hidden; those of the jaw's
# contour lie on the silhouette by definition.
_EDGE_ON = -0.25
