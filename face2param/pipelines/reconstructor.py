"""Everything that reconstructs a face: face model, networks, refinement, texture."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import time
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from face2param import features, morphable
from face2param import regions as region_table
from face2param.alignment import pos
from face2param.errors import ConfigError
from face2param.morphable.coefficients import BANDS, layout_of, light_matrix
from face2param.morphable.decode import Decoder
from face2param.pipelines.photos import Photo
from face2param.pipelines.reconstruction_pictures import Pinhole
from face2param.pipelines.reconstruction_result import Geometry, Reconstruction
from face2param.reconstruction import atlas, landmark_start, objective, plans, presets
from face2param.reconstruction.refine import Refiner
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.texture_baking import View, bake
from face2param.rendering import cameras, harmonics

Coefficients = dict[str, np.ndarray]

_COVERING = ("background", "hair", "hat", "cloth", "ear_r", "neck_l")
"""Parsing classes that are not the face's own surface; lenses of glasses show it."""

_TEXTURE_SIZES = (512, 1024)
_DECIMETRE_OF_TEXTURE = 0.35
"""Share of a texture's side that a decimetre of a frontal face takes up, about."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to reconstruct.

    Attributes:
      model: "builtin" or a file of a face model.
      rnet: "builtin", a folder that `train_rnet` wrote, or "none": start from landmarks alone.
        Empty: the one that ships for the built-in model, none for others.
      cnet: folder that `train_cnet` wrote; empty: identities of a set are averaged.
      refine_steps: of analysis by synthesis; None: as planned; 0: off.
      preset: weights of the losses, see `reconstruction.presets`.
      white_light: nine coefficients of light instead of nine for each colour.
      texture_size: side of the texture; 0: by the photograph.
    """

    model: str = "builtin"
    rnet: str = ""
    cnet: str = ""
    refine_steps: int | None = None
    preset: str = "code"
    white_light: bool = False
    texture_size: int = 0

    def __post_init__(self) -> None:
        """Raises ConfigError where a number is out of range."""
        if self.refine_steps is not None and self.refine_steps < 0:
            raise ConfigError(f"refine_steps must not be negative, got {self.refine_steps}")
        if not self.rnet:
            chosen = "builtin" if self.model == "builtin" else "none"
            object.__setattr__(self, "rnet", chosen)
        if self.cnet and self.rnet == "none":
            raise ConfigError("cnet needs an rnet, whose features it looks at; rnet is none")


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
        self.rnet = self._rnet()
        self.seconds: dict[str, float] = {}
        self._project = tf.function(self._decode)

    @classmethod
    def shared(cls, settings: Settings) -> Reconstructor:
        """Returns the same object for the same settings, with its traces."""
        if settings not in cls._instances:
            cls._instances[settings] = cls(settings)
        return cls._instances[settings]

    def _rnet(self):
        if self.settings.rnet == "none":
            return None
        from face2param.reconstruction.rnet import RNet

        return RNet.load(self.settings.rnet, expected=self.model)

    @functools.cached_property
    def parsing(self):
        """The parsing network, for what covers the face."""
        from face2param.features.frozen import frozen

        return frozen(features.parsing())

    def look(self, photo: Photo) -> Looked:
        """Aligns a photograph and finds what covers the face."""
        with self.clock("photograph"):
            aligned = pos.align_pos(photo.image, photo.landmarks, self.standard)
            classes = np.asarray(self.parsing.probabilities(tf.constant(aligned.image[None])))[0]
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
                found = self.rnet(np.stack([one.aligned.image for one in looked]))
                if found["light"].shape[-1] != self.layout.size("light"):
                    found["light"] = _other_light(found["light"], self.layout.size("light"))
                if identity is not None:
                    found["identity"] = np.repeat(identity[None], len(looked), 0)
                return {name: found[name] for name in self.layout.names}
            rows = [
                landmark_start.start(
                    self.decoder,
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
        self, looked: Sequence[Looked], start: Coefficients, identity: bool = True
    ) -> tuple[Coefficients, list[dict[str, float]]]:
        """Analysis by synthesis from a start.

        Args:
          looked: photographs.
          start: name -> `[photographs, size]`.
          identity: whether the identity may move.

        Returns:
          Coefficients alike, and the losses of each photograph (empty without refinement).
        """
        if self.settings.refine_steps == 0:
            return start, [{} for _ in looked]
        refiner = self._refiner(identity)
        with self.clock("refinement"):
            photo = objective.prepare(
                np.stack([one.aligned.image for one in looked]),
                np.stack([one.aligned.landmarks for one in looked]),
                np.stack([one.aligned.valid_mask for one in looked]),
                attention=refiner.objective.weights.attention,
                perception=refiner.objective.perception,
            )
            photo["attention"] *= np.stack([own_surface(one.classes) for one in looked])[..., None]
            steps = self.settings.refine_steps
            found, courses = refiner.run(start, photo, steps)
            last = courses[-1]
            losses = [
                {n: float(last.history[-1, k, row]) for k, n in enumerate(last.terms)}
                for row in range(len(looked))
            ]
            return {name: part.numpy() for name, part in found.items()}, losses

    @functools.lru_cache(maxsize=2)  # noqa: B019 - reconstructors are few and shared
    def _refiner(self, identity: bool) -> Refiner:
        from face2param.reconstruction.perception import Perception

        weights = presets.get(self.settings.preset)
        perception = None
        if weights.perceptual:
            perception = Perception(features.identity())
        plan = plans.DEFAULT
        if not identity:
            plan = plans.Plan(tuple(_without(stage, "identity") for stage in plan.stages))
        return Refiner(objective.Objective(self.renderer, weights, perception), self.layout, plan)

    def finish(
        self,
        looked: Sequence[Looked],
        found: Coefficients,
        losses: Sequence[dict[str, float]],
    ) -> list[Reconstruction]:
        """Geometry and textures of coefficients.

        Args:
          looked: photographs, of one person.
          found: name -> `[photographs, size]`.
          losses: of each photograph, for the record.
        """
        with self.clock("geometry"):
            shapes = [self.geometry({n: part[k] for n, part in found.items()})
                      for k in range(len(looked))]  # fmt: skip
        with self.clock("texture"):
            rows = [{n: part[k : k + 1] for n, part in found.items()} for k in range(len(looked))]
            views = [self._view(*item) for item in zip(looked, shapes, rows, strict=True)]
            chart = atlas.of_model(self.model, self._texture_size(looked))
            baked = []
            for k, shape in enumerate(shapes):
                order = [views[k], *views[:k], *views[k + 1 :]]
                baked.append(bake(chart, self.model.faces, order, shape.albedo))
        share = {name: value / len(looked) for name, value in self.seconds.items()}
        return [
            Reconstruction(
                name=one.photo.name,
                model=self.model,
                coefficients={n: part[k].astype(np.float32) for n, part in found.items()},
                geometry=shapes[k],
                image=one.photo.image,
                detected=one.photo.landmarks,
                crop=one.aligned.image,
                matrix=one.aligned.matrix,
                camera=self.photo_camera(one.aligned),
                atlas=chart,
                baked=baked[k],
                losses=losses[k],
                seconds=share,
            )
            for k, one in enumerate(looked)
        ]

    def geometry(self, coefficients: Coefficients) -> Geometry:
        """Decodes one set of coefficients, name -> `[size]`."""
        rows = {name: tf.constant(part[None]) for name, part in coefficients.items()}
        decoded = {name: part.numpy() for name, part in self._project(rows).items()}
        return Geometry(
            shape=decoded["shapes"][0],
            neutral=decoded["shapes"][1],
            expression=decoded["shapes"][2],
            posed=decoded["posed"][0],
            normals=decoded["normals"][0],
            albedo=decoded["albedo"][0],
            colours=decoded["colours"][0],
            landmarks=decoded["landmarks"][0],
        )

    def _decode(self, rows):
        scene = self.decoder.decode(rows, self.camera)
        none = {name: tf.zeros_like(rows[name]) for name in ("identity", "expression")}
        shapes = self.decoder.shape(
            tf.concat([rows["identity"], rows["identity"], none["identity"]], 0),
            tf.concat([rows["expression"], none["expression"], rows["expression"]], 0),
        )
        return {
            "shapes": shapes,
            "posed": scene.vertices,
            "normals": scene.normals,
            "albedo": scene.albedo,
            "colours": scene.colours,
            "landmarks": scene.landmarks,
        }

    def photo_camera(self, aligned: pos.PosAlignment) -> Pinhole:
        """The crop's camera as one of the whole photograph."""
        focal, principal = aligned.photo_camera(self.camera.focal, self.camera.principal)
        return Pinhole(focal, principal, self.camera.distance)

    def _view(self, looked: Looked, shape: Geometry, coefficients: Coefficients) -> View:
        light = light_matrix(tf.constant(coefficients["light"]))
        normals = tf.constant(shape.normals[None])
        shading = harmonics.shade(tf.ones_like(normals), normals, light)[0].numpy()
        camera = self.photo_camera(looked.aligned)
        size = looked.photo.image.shape[:2]
        mask = _to_photo(_surely(own_surface(looked.classes)), looked.aligned, size)
        eye = np.array([0, 0, camera.distance])
        return View(
            looked.photo.image, shape.posed, shape.normals, shading, camera.project, eye, mask
        )

    def _texture_size(self, looked: Sequence[Looked]) -> int:
        """The smallest size whose texels are not much larger than the photographs' pixels."""
        if self.settings.texture_size:
            return self.settings.texture_size
        pixels = max(pos.RESCALE / one.aligned.matrix[0, 0] for one in looked)  # to a decimetre
        enough = [size for size in _TEXTURE_SIZES if size * _DECIMETRE_OF_TEXTURE > pixels]
        return enough[0] if enough else _TEXTURE_SIZES[-1]

    def _attention(self, looked: Looked) -> np.ndarray:
        skin = objective.attend(looked.aligned.image) * own_surface(looked.classes)
        return skin * looked.aligned.valid_mask

    @contextlib.contextmanager
    def clock(self, name: str) -> Iterator[None]:
        """Adds the time of its block to `seconds`."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def own_surface(classes: np.ndarray) -> np.ndarray:
    """How much each pixel shows the face itself: `[..., 19]` probabilities to `[...]`."""
    return 1 - classes[..., [region_table.INDEX[name] for name in _COVERING]].sum(-1)


def _surely(mask: np.ndarray, margin: int = 5) -> np.ndarray:
    """1 well inside of where a mask `[height, width]` is sure, 0 outside, soft between.

    What lies along the border of a region is a mixture with its neighbour, and in a texture it
    would be smeared over everything beyond.
    """
    import cv2

    inside = cv2.erode((mask > 0.6).astype(np.float32), np.ones((margin, margin), np.uint8))
    return cv2.GaussianBlur(inside, (0, 0), margin / 3) * inside


def _to_photo(mask: np.ndarray, aligned: pos.PosAlignment, size: tuple[int, int]) -> np.ndarray:
    """A mask of the crop as one of the photograph, its border continued outwards."""
    import cv2

    # OpenCV's pixel centres are whole numbers, ours end in .5.
    matrix = aligned.inverse.copy()
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    grown = cv2.warpAffine(
        np.ascontiguousarray(mask, np.float32),
        matrix,
        size[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(grown, 0, 1)


def _other_light(light: np.ndarray, width: int) -> np.ndarray:
    """Coloured light `[batch, 27]` as white `[batch, 9]`, or white as coloured."""
    bands = light.reshape(len(light), -1, BANDS)
    if width == BANDS:
        return bands.mean(1)
    return np.repeat(bands, width // BANDS // bands.shape[1], 1).reshape(len(light), width)


def _without(stage: plans.Stage, name: str) -> plans.Stage:
    """The stage with one kind of coefficient at rest."""
    return dataclasses.replace(stage, rates=tuple(r for r in stage.rates if r[0] != name))
