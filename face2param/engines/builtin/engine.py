"""The built-in engine: a procedural head drawn by NumPy and Numba, no TensorFlow, no GPU."""

import functools
import threading

import numpy as np

from face2param.engines.base import Engine, Rendering
from face2param.engines.builtin import controls, film, geometry, labels, occluders, scene, shading
from face2param.engines.builtin.camera import Camera
from face2param.engines.builtin.hair_pass import draw_hair
from face2param.engines.builtin.lens_pass import draw_lenses
from face2param.engines.builtin.lighting import Lighting
from face2param.engines.builtin.palette import BACKGROUND
from face2param.errors import EngineError
from face2param.rendering import raster
from face2param.schema import Character, load

MINIMUM_SIZE, MAXIMUM_SIZE, MAXIMUM_SUPERSAMPLE = 16, 4096, 4
VERSION = "1"

# Numba's default threading layer must not be entered from two Python threads at once.
_DRAWING = threading.Lock()


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
        height, width = _check_size(size)
        supersample = _check_supersample(supersample)
        wall = _wall(background, height, width)
        nuisance = self._check_character(character, nuisance)
        with _DRAWING:
            return self._draw(character, nuisance, (height, width), supersample, wall)

    def canonical_landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Landmarks of the neutral character; see `Engine.canonical_landmarks`."""
        size = _check_size(size)
        mesh = geometry.pose_head(self.schema.neutral(), None)
        return self.camera.project(mesh.landmarks3d, size)[0].astype(np.float32)

    def _check_character(self, character, nuisance) -> np.ndarray:
        if not isinstance(character, Character):
            raise EngineError(
                f"render: character is a {type(character).__name__}; it must be a Character "
                f"of schema {self.schema.name!r}"
            )
        if character.schema.hash != self.schema.hash:
            raise EngineError(
                f"render: the character belongs to schema {character.schema.name!r} "
                f"({character.schema.hash}); this engine draws {self.schema.name!r} "
                f"({self.schema.hash})"
            )
        if nuisance is None:
            return self.schema.neutral_nuisance()
        nuisance = np.asarray(nuisance, np.float32)
        wanted = (self.schema.nuisance_width,)
        if nuisance.shape != wanted or not np.isfinite(nuisance).all():
            raise EngineError(
                f"render: nuisance must be {wanted[0]} finite numbers (see "
                f"Schema.nuisance_vector), got shape {nuisance.shape}"
            )
        return nuisance

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


def _check_size(size) -> tuple[int, int]:
    try:
        height, width = (int(n) for n in size)
        good = (height, width) == tuple(size)
    except (TypeError, ValueError):
        good, height, width = False, 0, 0
    if not good or not all(MINIMUM_SIZE <= n <= MAXIMUM_SIZE for n in (height, width)):
        raise EngineError(
            f"render: size must be (height, width), whole numbers from {MINIMUM_SIZE} to "
            f"{MAXIMUM_SIZE}, got {size!r}"
        )
    return height, width


def _check_supersample(supersample) -> int:
    if supersample not in range(1, MAXIMUM_SUPERSAMPLE + 1):
        raise EngineError(
            f"render: supersample must be a whole number from 1 to {MAXIMUM_SUPERSAMPLE}, "
            f"got {supersample!r}"
        )
    return int(supersample)


@functools.lru_cache(maxsize=4)
def _studio_wall(height: int, width: int) -> np.ndarray:
    """The engine's own background, display RGB `[height, width, 3]` float32, read-only."""
    inner, outer = (np.array(colour) for colour in BACKGROUND)
    y = (np.arange(height) + 0.5) / height - 0.42
    x = (np.arange(width) + 0.5) / width - 0.5
    share = np.clip(np.hypot(x[None], y[:, None]) / 0.75, 0.0, 1.0) ** 1.5
    wall = (inner + (outer - inner) * share[..., None]).astype(np.float32)
    wall.setflags(write=False)
    return wall


def _wall(background, height: int, width: int) -> np.ndarray:
    """Display RGB `[height, width, 3]` behind the head."""
    if background is None:
        return _studio_wall(height, width)
    wall = np.asarray(background, np.float32)
    if wall.shape not in ((3,), (height, width, 3)):
        raise EngineError(
            f"render: background must have shape [3] or [{height}, {width}, 3], got {wall.shape}"
        )
    if not (np.isfinite(wall).all() and wall.min() >= 0.0 and wall.max() <= 1.0):
        raise EngineError(
            "render: background must hold RGB in [0, 1], got values from "
            f"{wall.min():.3g} to {wall.max():.3g}"
        )
    wall = np.ascontiguousarray(np.broadcast_to(wall, (height, width, 3)))
    wall.setflags(write=False)  # one signature for the compiler
    return wall
