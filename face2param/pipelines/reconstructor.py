"""Everything that reconstructs a face: face model, networks, refinement, texture."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from face2param import features, images, morphable
from face2param.alignment import pos
from face2param.estimator.compiled import compiled
from face2param.morphable.coefficients import BANDS, layout_of, light_matrix
from face2param.morphable.decode import Decoder, Scene
from face2param.pipelines import own_surface
from face2param.pipelines.photos import Photo
from face2param.pipelines.reconstruction_pictures import Pinhole
from face2param.pipelines.reconstruction_result import Geometry, Reconstruction
from face2param.pipelines.reconstruction_settings import Settings
from face2param.reconstruction import (
    atlas,
    image_sets,
    landmark_start,
    objective,
    plans,
    presets,
    texture_baking,
)
from face2param.reconstruction.refine import Refiner
from face2param.reconstruction.renderer import Renderer
from face2param.rendering import cameras, harmonics

Coefficients = dict[str, np.ndarray]

_TEXTURE_SIZES = (512, 1024)
_DECIMETRE_OF_TEXTURE = 0.35
"""Share of a texture's side that a decimetre of a frontal face takes up, about."""


@dataclasses.dataclass(frozen=True)
class Looked:
    """A photograph that is ready for network and refinement.

    Attributes:
      photo: the whole photograph.
      aligned: the crop.
      classes: `[224, 224, 19]` probabilities of the parsing classes.
    """

    photo: Photo
    aligned: pos.PosAlignment
    classes: np.ndarray


class Reconstructor:
    """Face model, networks and traced refinement, kept between calls."""

    _instances: dict[Settings, Reconstructor] = {}  # noqa: RUF012 - shared on purpose

    def __init__(self, settings: Settings):
        """Loads what the settings name.

        Raises:
          FaceModelError: the face model cannot be read.
          WeightsError: weights are missing, or of another face model.
          ConfigError: no such preset.
        """
        self.settings = settings
        self.model = morphable.get(settings.model)
        self.decoder = Decoder(self.model)
        self.layout = layout_of(self.model, settings.white_light)
        self.camera = cameras.DEEP3D
        self.renderer = Renderer(self.decoder, self.camera)
        self.standard = pos.five_points(self.model.landmarks())
        self.rnet, self.cnet = self._networks()
        self.seconds: dict[str, float] = {}
        self._decoded = tf.function(self._decode)
        self._scene = tf.function(lambda rows: self.decoder.decode(rows, self.camera))

    @classmethod
    def shared(cls, settings: Settings) -> Reconstructor:
        """Returns the same object for the same settings, with its traces."""
        if settings not in cls._instances:
            cls._instances[settings] = cls(settings)
        return cls._instances[settings]

    def _networks(self):
        """R-Net and C-Net, None where the settings name none."""
        if self.settings.rnet == "none":
            return None, None
        from face2param.reconstruction.cnet import CNet
        from face2param.reconstruction.rnet import RNet

        rnet = RNet.load(self.settings.rnet, expected=self.model)
        return rnet, CNet.load(self.settings.cnet, rnet) if self.settings.cnet else None

    @functools.cached_property
    def parse(self):
        """Pictures `[batch, 224, 224, 3]` to probabilities of the parsing classes."""
        from face2param.features.frozen import frozen

        return compiled(frozen(features.parsing()).probabilities)

    def look(self, photo: Photo) -> Looked:
        """Aligns a photograph and finds what covers the face."""
        with self.clock("photograph"):
            aligned = pos.align_pos(photo.image, photo.landmarks, self.standard)
            classes = np.asarray(self.parse(aligned.image[None]))[0]
        return Looked(photo, aligned, classes)

    def start(self, looked: Sequence[Looked], identity: np.ndarray | None = None) -> Coefficients:
        """A first answer, by network or by landmarks.

        Args:
          looked: photographs.
          identity: `[identity coefficients]` that is known already, or None.

        Returns:
          name -> `[photographs, size]` float32.
        """
        with self.clock("start"):
            if self.rnet is not None:
                found = self.rnet(self._network_pictures(looked))
                if found["light"].shape[-1] != self.layout.size("light"):
                    found["light"] = _other_light(found["light"], self.layout.size("light"))
                if identity is not None:
                    found["identity"] = np.repeat(identity[None], len(looked), 0)
                return {name: found[name] for name in self.layout.names}
            rows = [
                landmark_start.start(
                    self.model,
                    self.scene,
                    self.layout,
                    self.camera,
                    one.aligned.image,
                    one.aligned.landmarks,
                    self._attention(one),
                    identity,
                )
                for one in looked
            ]
            return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}

    def refine(
        self,
        looked: Sequence[Looked],
        start: Coefficients,
        common: Sequence[str] = (),
    ) -> tuple[Coefficients, list[dict[str, float]]]:
        """Analysis by synthesis from a start.

        Args:
          looked: photographs.
          start: name -> `[photographs, size]`.
          common: kinds of coefficients that all photographs share. Each photograph has the same
            word in them: C-Net's confidence is one in R-Net's answer, not in the photograph.

        Returns:
          Coefficients alike, and the losses of each photograph (empty without refinement).
        """
        if self.settings.refine_steps == 0:
            return start, [{} for _ in looked]
        refiner = self._refiner
        with self.clock("refinement"):
            photo = objective.prepare(
                np.stack([one.aligned.image for one in looked]),
                np.stack([one.aligned.landmarks for one in looked]),
                np.stack([one.aligned.valid_mask for one in looked]),
                attention=refiner.objective.weights.attention,
                perception=refiner.objective.perception,
            )
            own = [own_surface.probability(one.classes) for one in looked]
            photo["attention"] *= np.stack(own)[..., None]
            steps = self.settings.refine_steps
            shared = {name: np.ones_like(start[name]) for name in common}
            found, courses = refiner.run(start, photo, steps, shared)
            last = courses[-1]
            losses = [
                {n: float(last.history[-1, k, row]) for k, n in enumerate(last.terms)}
                for row in range(len(looked))
            ]
            return {name: part.numpy() for name, part in found.items()}, losses

    @functools.cached_property
    def _refiner(self) -> Refiner:
        from face2param.reconstruction.perception import Perception

        weights = presets.get(self.settings.preset)
        perception = None
        if weights.perceptual:
            perception = Perception(features.identity())
        seen = objective.Objective(self.renderer, weights, perception)
        return Refiner(seen, self.layout, plans.DEFAULT)

    def _network_pictures(self, looked: Sequence[Looked]) -> np.ndarray:
        """The crops at the size that R-Net works at, `[photographs, size, size, 3]`."""
        size = (self.rnet.network.size, self.rnet.network.size)
        crops = [one.aligned.image for one in looked]
        return np.stack([c if c.shape[:2] == size else images.resize(c, size) for c in crops])

    def common_start(self, looked: Sequence[Looked]) -> Coefficients:
        """A first answer to photographs of one person, with the identity of all of them.

        Args:
          looked: photographs.

        Returns:
          See `start`; C-Net weighs the identities, where there is one.
        """
        identity = self.start(looked)["identity"]
        return self.start(looked, image_sets.aggregate(identity, self.confidence(looked)))

    def confidence(self, looked: Sequence[Looked]) -> np.ndarray | None:
        """How far C-Net trusts the identity of each photograph, `[photographs, size]`, or None."""
        if self.cnet is None:
            return None
        with self.clock("start"):
            _, seen = self.rnet.look(self._network_pictures(looked))
            return self.cnet(seen)

    def finish(
        self,
        looked: Sequence[Looked],
        found: Coefficients,
        losses: Sequence[dict[str, float]],
        count: int | None = None,
    ) -> list[Reconstruction]:
        """Geometry and textures of coefficients.

        Args:
          looked: photographs, of one person.
          found: name -> `[photographs, size]`.
          losses: of each photograph, for the record.
          count: of how many photographs, from the first, a result is wanted; None: all. All of
            them lend their colours.
        """
        rows = [{n: part[k] for n, part in found.items()} for k in range(len(looked))]
        with self.clock("geometry"):
            shapes = [self.geometry(row) for row in rows]
        with self.clock("texture"):
            chart = atlas.of_model(self.model, self._texture_size(looked))
            views = [self._view(*item) for item in zip(looked, shapes, strict=True)]
            layers = [texture_baking.sample(chart, self.model.faces, view) for view in views]
            baked = []
            for k in range(len(looked) if count is None else count):
                others = [pair for j, (pair, _) in enumerate(layers) if j != k]
                order = [layers[k][0], *others, layers[k][1]]
                baked.append(texture_baking.compose(chart, order, views[k], shapes[k].albedo))
        share = {name: value / len(looked) for name, value in self.seconds.items()}
        return [
            Reconstruction(
                name=looked[k].photo.name,
                model=self.model,
                coefficients={n: part.astype(np.float32) for n, part in rows[k].items()},
                geometry=shapes[k],
                image=looked[k].photo.image,
                detected=looked[k].photo.landmarks,
                crop=looked[k].aligned.image,
                matrix=looked[k].aligned.matrix,
                camera=self.photo_camera(looked[k].aligned),
                atlas=chart,
                baked=texture,
                losses=losses[k],
                seconds=share,
            )
            for k, texture in enumerate(baked)
        ]

    def geometry(self, coefficients: Coefficients) -> Geometry:
        """Decodes one set of coefficients, name -> `[size]`."""
        rows = {name: tf.constant(part[None]) for name, part in coefficients.items()}
        return Geometry(**{name: part[0].numpy() for name, part in self._decoded(rows).items()})

    def _decode(self, rows):
        scene = self.decoder.decode(rows, self.camera)
        identity, expression = rows["identity"], rows["expression"]
        ones = tf.ones_like(scene.albedo)
        return {
            "shape": self.decoder.shape(identity, expression),
            "neutral": self.decoder.shape(identity, tf.zeros_like(expression)),
            "expression": self.decoder.shape(tf.zeros_like(identity), expression),
            "posed": scene.vertices,
            "normals": scene.normals,
            "albedo": scene.albedo,
            "shading": harmonics.shade(ones, scene.normals, light_matrix(rows["light"])),
            "colours": scene.colours,
            "landmarks": scene.landmarks,
        }

    def scene(self, coefficients: Coefficients) -> Scene:
        """One posed face, name -> `[size]`, as a batch of one."""
        return self._scene({name: tf.constant(part[None]) for name, part in coefficients.items()})

    def landmarks(self, coefficients: Coefficients) -> np.ndarray:
        """`[batch, 68, 2]` px of the crop, of name -> `[batch, size]`."""
        rows = {name: tf.constant(part) for name, part in coefficients.items()}
        return self.renderer.landmarks(rows).numpy()

    def photo_camera(self, aligned: pos.PosAlignment) -> Pinhole:
        """The crop's camera as one of the whole photograph."""
        focal, principal = aligned.photo_camera(self.camera.focal, self.camera.principal)
        return Pinhole(focal, principal, self.camera.distance)

    def _view(self, looked: Looked, shape: Geometry) -> texture_baking.View:
        camera = self.photo_camera(looked.aligned)
        return texture_baking.View(
            image=looked.photo.image,
            vertices=shape.posed,
            normals=shape.normals,
            shading=shape.shading,
            project=camera.project,
            eye=np.array([0, 0, camera.distance]),
            mask=own_surface.surely(own_surface.probability(looked.classes)),
            mask_matrix=looked.aligned.matrix,
        )

    def _texture_size(self, looked: Sequence[Looked]) -> int:
        """The smallest size whose texels are not much larger than the photographs' pixels."""
        if self.settings.texture_size:
            return self.settings.texture_size
        pixels = max(pos.RESCALE / one.aligned.matrix[0, 0] for one in looked)  # to a decimetre
        enough = [size for size in _TEXTURE_SIZES if size * _DECIMETRE_OF_TEXTURE > pixels]
        return enough[0] if enough else _TEXTURE_SIZES[-1]

    def _attention(self, looked: Looked) -> np.ndarray:
        skin = objective.attend(looked.aligned.image) * own_surface.probability(looked.classes)
        return skin * looked.aligned.valid_mask

    @contextlib.contextmanager
    def clock(self, name: str) -> Iterator[None]:
        """Adds the time of its block to `seconds`."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def _other_light(light: np.ndarray, width: int) -> np.ndarray:
    """Coloured light `[batch, 27]` as white `[batch, 9]`, or white as coloured."""
    bands = light.reshape(len(light), -1, BANDS)
    if width == BANDS:
        return bands.mean(1)
    return np.repeat(bands, width // BANDS // bands.shape[1], 1).reshape(len(light), width)
