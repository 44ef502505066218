"""Any rigged head as an engine: a model, a head file, and the studio of the built-in engine."""

import dataclasses
import functools
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from face2param.engines import arguments
from face2param.engines.base import Engine, Rendering
from face2param.engines.builtin import film, labels
from face2param.engines.builtin.lighting import Lighting
from face2param.engines.builtin.studio_wall import studio_wall
from face2param.engines.drawing import DRAWING
from face2param.engines.rigged import landmarks, opaque, scene, shade, transparent
from face2param.engines.rigged.head_file import HeadFile, Landmark
from face2param.engines.rigged.rest import Rest
from face2param.engines.rigged.rig import Rig
from face2param.engines.rigged.wardrobe import Wardrobe
from face2param.errors import EngineError
from face2param.meshes.gltf import Model, read_gltf
from face2param.regions import INDEX
from face2param.rendering import raster
from face2param.schema import Character

LOOK = "2"
"""Raise it when the same head begins to look different."""

_SKIN = INDEX["skin"]
# A random expression moves few muscles at once, mostly both sides alike.
_ACTIVE, _ONE_SIDED = 0.22, 0.2


class RiggedEngine(Engine):
    """Draws the characters of a head file.

    Attributes:
        rig: model and head file, joined.
        lighting: the studio.
    """

    def __init__(
        self,
        model: Model,
        head: HeadFile,
        name: str,
        version: str | None = None,
        lighting: Lighting | None = None,
    ):
        """Joins a model and its head file.

        Args:
            model: meshes, bones and materials.
            head: its controls.
            name: what `face2param.engines.get` is asked for.
            version: None: made of the contents of both.
            lighting: the studio.

        Raises:
            EngineError: the head file names what the model lacks.
        """
        self.rig = Rig(model, head)
        self.schema = head.schema
        self.name = name
        self.lighting = lighting or Lighting()
        self._version = version

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> "RiggedEngine":
        """Reads a head file and the model beside it.

        Raises:
            CodecError: one of them cannot be read.
            EngineError: they do not belong together.
        """
        head = HeadFile.load(path)
        return cls(read_gltf(head.model_path), head, name=str(Path(path)))

    @functools.cached_property
    def version(self) -> str:
        """Given, or 16 hexadecimal characters of the contents of model, head file and pictures."""
        if self._version is not None:
            return self._version
        head = self.rig.head
        masks = {layer.mask for layers in head.layers.values() for layer in layers}
        for channels in head.bindings.values():
            masks |= {channel.image for channel in channels if channel.kind == "texture"}
        images = [head.image(name) for name in sorted(masks)]
        return digest([LOOK, self.rig.model, head.to_dict(), images])

    def render(
        self,
        character: Character,
        nuisance: np.ndarray | None = None,
        *,
        size: tuple[int, int] = (512, 512),
        supersample: int = 2,
        background: np.ndarray | None = None,
    ) -> Rendering:
        """Draws a character; see `Engine.render`.

        Lengths are in metres. Without landmarks in the head file, those of the picture are NaN
        and none is visible.
        """
        size = arguments.check_size(size)
        supersample = arguments.check_supersample(supersample)
        arguments.check_character(character, self.schema)
        nuisance = arguments.check_nuisance(nuisance, self.schema)
        wall = studio_wall(*size) if background is None else background
        wall = arguments.check_background(wall, size)
        with DRAWING:
            return self._draw(character, nuisance, size, supersample, wall)

    def canonical_landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Landmarks of the neutral character; see `Engine.canonical_landmarks`.

        Raises:
            EngineError: the head file has none.
        """
        size = arguments.check_size(size)
        if self.rig.head.landmarks is None:
            raise EngineError(
                f"{self.name}: the head file has no landmarks; make it with inspect_head, which "
                "finds them, or give it a map with --landmarks"
            )
        with DRAWING:
            rest = self._rest
        points, _ = landmarks.place(self.rig.head.landmarks, rest.head, self.rig.model)
        studio = rest.camera.to_studio(points)
        return rest.camera.project(studio, size)[0].astype(np.float32)

    def lift(self, pixels: np.ndarray, size: tuple[int, int]) -> tuple[Landmark, ...]:
        """Points of the neutral character's skin under points of its picture.

        Args:
            pixels: `[points, 2]` (x, y) in a picture of the neutral character.
            size: (height, width) of that picture.

        Returns:
            As many landmarks, for `HeadFile.replace(landmarks=...)` if there are 68.

        Raises:
            EngineError: the camera sees nothing of it.
        """
        size = arguments.check_size(size)
        with DRAWING:
            rest, camera = self._rest, self._rest.camera
            parts = [part for part in rest.head.parts if part.region == _SKIN]
            parts = parts or list(rest.head.parts)
            seen = [rest.is_seen(part)[part.faces].any(1) for part in parts]
        projected = [camera.project(camera.to_studio(part.vertices), size) for part in parts]
        return landmarks.lift(
            pixels,
            parts,
            [screen for screen, _ in projected],
            [depth for _, depth in projected],
            seen,
            [self.rig.model.nodes[part.node].name for part in parts],
        )

    def random_nuisance(self, rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
        """See the base class; a few muscles at a time, mostly the same on both sides."""
        controls = self.schema.nuisance
        default = self.schema.neutral_nuisance()
        out = default.copy()
        active = rng.random(len(controls)) < _ACTIVE
        one_sided = rng.random(len(controls)) < _ONE_SIDED
        drawn = rng.random(len(controls))
        for i, control in enumerate(controls):
            partner = self.schema.nuisance_index[control.mirror or control.name]
            leader = min(i, partner) if not one_sided[min(i, partner)] else i
            low, high = control.minimum, control.maximum
            if low < default[i] < high:
                # Gaze and pose: always some, seldom much.
                share = 2.0 * drawn[leader] - 1.0
                if leader != i:
                    share *= control.mirror_sign
                reach = high - default[i] if share > 0 else default[i] - low
                out[i] += amount * share**3 * reach
            elif active[leader]:
                reach = high - default[i] if high > default[i] else low - default[i]
                out[i] += amount * drawn[leader] * reach
        return out.astype(np.float32)

    @functools.cached_property
    def _rest(self) -> Rest:
        return Rest(self.rig)

    @functools.cached_property
    def _wardrobe(self) -> Wardrobe:
        return Wardrobe(self._rest)

    def _draw(self, character, nuisance, size, supersample, wall) -> Rendering:
        head = self.rig.pose(character, nuisance)
        rest, camera = self._rest, self._rest.camera
        big = (size[0] * supersample, size[1] * supersample)
        textures = self._wardrobe.dress(head, min(big))
        projected = scene.gather(head, rest, camera, self.lighting, big, textures)
        drawn = raster.rasterize(
            projected.screen,
            projected.inverse_depth,
            projected.scene.faces[: projected.opaque],
            big,
        )
        lamps = shade.lamps(self.lighting, camera)
        light = film.backdrop(wall, 1.0, supersample)
        classes = np.zeros(big, np.uint8)
        normals = np.zeros((*big, 3), np.float32)
        opaque.draw_opaque(projected, drawn, lamps, light, classes, normals)
        inverse_depth = drawn.inverse_depth
        transparent.draw_transparent(projected, lamps, light, classes, normals, inverse_depth)
        image = film.develop(light, 1.0, supersample)
        classes, depth, normals = labels.downsample(classes, inverse_depth, normals, supersample)
        place = self._landmarks(head, size, depth)
        metres = depth / np.float32(camera.scale)
        return Rendering(image, classes, *place, metres, camera.turn_back(normals))

    def _landmarks(self, head, size, depth):
        """`[68, 2]` pixels, `[68, 3]` metres, `[68]` whether they are seen."""
        if self.rig.head.landmarks is None:
            nowhere = np.full((68, 5), np.nan, np.float32)
            return nowhere[:, :2], nowhere[:, 2:], np.zeros(68, bool)
        camera = self._rest.camera
        points, normals = landmarks.place(self.rig.head.landmarks, head, self.rig.model)
        studio = camera.to_studio(points)
        pixels, along = camera.project(studio, size)
        pixels = pixels.astype(np.float32)
        seen = landmarks.visible(
            studio, camera.turn(normals), camera.position, pixels, along, depth
        )
        return pixels, points, seen


def digest(value: object) -> str:
    """16 hexadecimal characters that identify nested records, containers and arrays."""
    state = hashlib.blake2b(digest_size=8)

    def feed(item: object) -> None:
        if isinstance(item, np.ndarray):
            state.update(f"{item.dtype.str}{item.shape}".encode())
            state.update(np.ascontiguousarray(item).data)
        elif dataclasses.is_dataclass(item):
            state.update(type(item).__name__.encode())
            for field in dataclasses.fields(item):
                feed(getattr(item, field.name))
        elif isinstance(item, dict):
            state.update(b"{")
            for key in item:
                feed(key)
                feed(item[key])
        elif isinstance(item, Iterable) and not isinstance(item, (str, bytes)):
            state.update(b"[")
            for entry in item:
                feed(entry)
            state.update(b"]")
        else:
            state.update(repr(item).encode() + b";")

    feed(value)
    return state.hexdigest()
