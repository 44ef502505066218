"""Pictures of the built-in engine's people, with the coefficients of the embedded model.

The embedded model is a linear model of this very head, so a head's coefficients are had by
projecting its vertices on the bases. Unlike faces drawn from the model, these people have hair,
beards, glasses and clothes, as photographs have.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from face2param import images as pictures
from face2param import regions, schema
from face2param.database.reader import Database
from face2param.engines.builtin import geometry
from face2param.errors import ConfigError
from face2param.estimator import augmented
from face2param.morphable import builtin_mesh, builtin_samples
from face2param.morphable.builtin_albedo import Painter
from face2param.morphable.coefficients import layout_of
from face2param.reconstruction import known, store
from face2param.reconstruction.lights import fit_lights
from face2param.reconstruction.pose import fit_pose
from face2param.reconstruction.renderer import Renderer

_SKIN = [regions.INDEX[name] for name in ("skin", "nose")]
_DECIMETRES = 0.1

Pose = Callable[..., geometry.HeadMesh]
"""`geometry.pose_head`, or what remembers its answers."""


class Projection:
    """Coefficients of the embedded model for characters of the engine."""

    def __init__(self, model, pose: Pose = geometry.pose_head) -> None:
        """Prepares the projections.

        Args:
          model: the embedded `FaceModel`.
          pose: shapes a character's head.

        Raises:
          ConfigError: the model is not one of the built-in head.
        """
        neutral = geometry.pose_head(schema.load("builtin").neutral())
        self.plan = builtin_mesh.plan_for(neutral)
        if self.plan.count != len(model.mean):
            raise ConfigError(
                f"face model {model.name!r} has {len(model.mean)} vertices, the built-in head "
                f"{self.plan.count}: characters have no coefficients of it"
            )
        self.model, self._pose = model, pose
        self._painter = Painter(self.plan, neutral)
        seen = builtin_samples.importance(self.plan)
        self._solvers = {
            "identity": _solver(model.identity, seen),
            "expression": _solver(model.expression, seen),
            "albedo": _solver(model.albedo, np.ones_like(seen)),
        }
        # The model stands elsewhere than the engine's head; it is not turned or scaled.
        self.offset = np.zeros(3)

    def vertices(self, character, nuisance=None) -> np.ndarray:
        """The model's vertices `[vertices, 3]` on a character's head, dm, at the engine's place."""
        return builtin_mesh.gather(self.plan, self._pose(character, nuisance)) * _DECIMETRES

    def place(self, characters) -> None:
        """Finds where the model stands: the mean over characters of what it is away from."""
        away = [np.mean(self.vertices(c) - self.model.mean, 0) for c in characters]
        self.offset = -np.mean(away, 0) * (0, 1, 1)

    def __call__(self, characters, nuisances) -> np.ndarray:
        """Coefficients of some characters.

        Args:
          characters: of the "builtin" schema.
          nuisances: of each the expression, the head's turn left out.

        Returns:
          `[characters, coefficients]` float32: identity, expression, albedo.
        """
        neutral = np.stack([self.vertices(character) for character in characters])
        moved = [self.vertices(c, n) for c, n in zip(characters, nuisances, strict=True)]
        colours = np.stack([self._painter.colours(character) for character in characters])
        parts = {
            "identity": neutral + (self.offset - self.model.mean),
            "expression": np.stack(moved) - neutral,
            "albedo": colours - self.model.albedo_mean,
        }
        found = [
            value.reshape(len(value), -1).astype(np.float32) @ self._solvers[name].T
            for name, value in parts.items()
        ]
        return np.concatenate(found, 1)


def _solver(basis: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`[coefficients, 3 vertices]`: weighted least squares on a basis."""
    flat = np.asarray(basis, np.float64).reshape(len(basis), -1)
    weighted = flat * weights
    solved = np.linalg.solve(weighted @ flat.T + 1e-9 * np.eye(len(flat)), weighted)
    return solved.astype(np.float32)


def coefficients(database: Database, indices, projection: Projection, folder: Path) -> store.Table:
    """Coefficients of characters of a database, once; identity, expression and albedo joined.

    Args:
      database: of the built-in engine.
      indices: of its records.
      projection: on the model.
      folder: where they are kept.

    Raises:
      ConfigError: the folder holds others, or the database is of another engine.
    """
    if database.manifest.settings.engine != "builtin":
        raise ConfigError(
            f"database {database.path}: is of engine {database.manifest.settings.engine!r}; only "
            "heads of the built-in engine have coefficients of the embedded model"
        )
    family = database.schema
    turn = [i for i, name in enumerate(family.nuisance_names) if name.startswith("head_")]
    model = projection.model
    recipe = {
        "what": "coefficients of heads",
        "model": f"{model.name} {model.hash}",
        "database": database.path.name,
        "indices": [int(indices[0]), int(indices[-1])],
        "offset": [round(float(value), 5) for value in projection.offset],
    }

    def make(rows: np.ndarray) -> dict[str, np.ndarray]:
        found = []
        for start in range(0, len(rows), 32):
            some = np.asarray(indices)[rows[start : start + 32]]
            nuisances = family.denormalise_nuisance(database.nuisance[some]).astype(np.float32)
            nuisances[:, turn] = 0
            found.append(projection([database.character(i) for i in some], nuisances))
        return {"coefficients": np.concatenate(found)}

    return store.prepared(folder, recipe, len(indices), make, f"coefficients {folder.name}")


def photographed(
    database: Database,
    indices: np.ndarray,
    table: store.Table,
    renderer: Renderer,
    folder: Path,
    *,
    copies: int,
    variety: known.Variety,
    size: int,
    seed: int = 0,
) -> store.Table:
    """Pictures of a database as crops of photographs, with all coefficients, once.

    Args:
      database: with label maps.
      indices: of its records.
      table: of `coefficients`, row by row.
      renderer: of the face model.
      folder: where the samples are kept.
      copies: augmented copies of each picture.
      variety: how they differ.
      size: side of the stored pictures, 224 or 112.
      seed: of the augmentation.

    Returns:
      As `known.drawn`. Rotation and translation are those under which the model's landmarks
      meet the known ones; the light is fitted to the skin that is seen.

    Raises:
      ConfigError: the folder holds other samples.
    """
    linear = table.column("coefficients")
    recipe = {
        "what": "pictures of heads",
        "model": f"{renderer.decoder.model.name} {renderer.decoder.model.hash}",
        "database": database.path.name,
        "indices": [int(indices[0]), int(indices[-1])],
        "copies": copies,
        "variety": dataclasses.asdict(variety),
        "size": size,
        "seed": seed,
    }

    def make(rows: np.ndarray) -> dict[str, np.ndarray]:
        parts = []
        for start in range(0, len(rows), 16):
            some = rows[start : start + 16]
            which = some % len(indices)
            rng = np.random.default_rng((seed, int(some[0])))
            parts.append(
                _crops(database, indices[which], linear[which], renderer, rng, variety, size)
            )
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    count = copies * len(indices)
    return store.prepared(folder, recipe, count, make, f"heads {folder.name}")


def _crops(database, indices, linear, renderer, rng, variety, size) -> dict[str, np.ndarray]:
    model = renderer.decoder.model
    cut, labels, screen = [], [], []
    for index in indices:
        landmarks = database.landmarks01[index] * database.size
        matrix = known.alignment(landmarks, model, rng, variety)
        image = pictures.to_uint8(database.image(index))
        found, classes = _moved(image, database.labels(index), matrix, size)
        cut.append(found)
        labels.append(classes)
        screen.append(known.similarity_of_each(matrix[None], landmarks[None])[0])
    labels, screen = np.stack(labels), np.stack(screen)
    shown = np.stack(cut).astype(np.float32) / 255
    images = augmented.photographed(shown, labels, rng, variety.disturbance)

    identity, expression = model.sizes["identity"], model.sizes["expression"]
    found = {
        "identity": linear[:, :identity],
        "expression": linear[:, identity : identity + expression],
        "albedo": linear[:, identity + expression :],
    }
    shape = renderer.decoder.landmark_shape(
        tf.constant(found["identity"]), tf.constant(found["expression"])
    ).numpy()
    rotation, translation, _ = fit_pose(shape, screen, renderer.camera)
    found["rotation"], found["translation"] = (
        value.astype(np.float32) for value in (rotation, translation)
    )
    found["light"] = np.zeros((len(indices), 27), np.float32)
    scene = renderer.decoder.decode(
        {name: tf.constant(value) for name, value in found.items()}, renderer.camera
    )
    skin = np.isin(labels, _SKIN)
    found["light"] = fit_lights(scene, images, skin, model.skin_mask)
    return {
        "image": np.round(255 * images).astype(np.uint8),
        "coefficients": layout_of(model).join(found).astype(np.float32),
        "landmarks": scene.landmarks.numpy(),
    }


def _moved(image, labels, matrix, size):
    """Crop of a picture and its labels at `size`; edges are continued."""
    import cv2

    scaled = matrix * (size / known.SIZE)
    half = matrix[:, :2] @ [0.5, 0.5] - 0.5
    at_full = np.concatenate([matrix[:, :2], (matrix[:, 2] + half)[:, None]], 1)
    cut = cv2.warpAffine(
        np.ascontiguousarray(image), at_full, (known.SIZE, known.SIZE),
        flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    if size != known.SIZE:
        cut = cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA)
    half = scaled[:, :2] @ [0.5, 0.5] - 0.5
    index = np.concatenate([scaled[:, :2], (scaled[:, 2] + half)[:, None]], 1)
    classes = cv2.warpAffine(
        np.ascontiguousarray(labels), index, (size, size),
        flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return cut, classes
