"""Coefficients to geometry and colours, in TensorFlow: shape, albedo, landmarks, posed scene."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from face2param.errors import FaceModelError
from face2param.morphable.articulate import Rig
from face2param.morphable.coefficients import light_matrix
from face2param.morphable.model import FaceModel
from face2param.rendering import harmonics, mesh_normals, rotations


class Scene(NamedTuple):
    """A batch of posed faces.

    Attributes:
      vertices: `[batch, vertices, 3]` posed, decimetres.
      normals: `[batch, vertices, 3]` unit, posed.
      albedo: `[batch, vertices, 3]` RGB.
      colours: `[batch, vertices, 3]` RGB, albedo under the light; not clipped.
      projected: what the camera's `project` gives for the vertices.
      landmarks: `[batch, 68, 2]` (x, y) in pixels of the camera's picture.
    """

    vertices: tf.Tensor
    normals: tf.Tensor
    albedo: tf.Tensor
    colours: tf.Tensor
    projected: tuple
    landmarks: tf.Tensor


class Decoder:
    """Turns the coefficients of one model into faces.

    Identity and expression share one matrix, so a shape is one product; landmarks alone need
    their own rows only, a two-hundredth of the work.
    """

    def __init__(self, model: FaceModel, weighting: str = "area", bases: str = "float32"):
        """Prepares the constants.

        Args:
          model: the model.
          weighting: of the vertex normals, "area" or "unit" (as Deep3D), see
            `rendering.mesh_normals`.
          bases: precision of the products with the large bases. "bfloat16" halves the memory
            that a step reads and more than halves the time of batches of 5 or more with their
            gradient, on processors that have it; shapes are then off by about 0.01 mm.
            Landmarks by themselves stay in float32.

        Raises:
          FaceModelError: no such precision.
        """
        if bases not in ("float32", "bfloat16"):
            raise FaceModelError(f"bases is {bases!r}; choose float32 or bfloat16")
        self._precision = tf.as_dtype(bases)
        self.model = model
        self.weighting = weighting
        self.faces = tf.constant(model.faces)
        self.rig = None if model.articulation is None else Rig(model.articulation)
        self._vertices = len(model.mean)
        shape_basis = np.concatenate([model.identity, model.expression])
        self._mean = tf.constant(model.mean.reshape(1, -1))
        self._basis = self._constant(shape_basis)
        self._albedo_mean = tf.constant(model.albedo_mean.reshape(1, -1))
        self._albedo_basis = self._constant(model.albedo)
        weights = model.landmark_weights[..., np.newaxis]
        self._landmark_vertices = tf.constant(model.landmark_vertices)
        self._landmark_weights = tf.constant(weights)
        rows = (shape_basis[:, model.landmark_vertices] * weights).sum(2)
        self._landmark_basis = tf.constant(rows.reshape(len(rows), -1).astype(np.float32))
        self._landmark_mean = tf.constant(model.landmarks().reshape(1, -1).astype(np.float32))

    def shape(self, identity: tf.Tensor, expression: tf.Tensor) -> tf.Tensor:
        """The face before it turns.

        Args:
          identity: `[batch, identity coefficients]`.
          expression: `[batch, expression coefficients]`.

        Returns:
          `[batch, vertices, 3]` decimetres. A gradient flows to both.

        Raises:
          FaceModelError: one has another size.
        """
        both = self._shape_coefficients(identity, expression)
        flat = self._mean + self._product(both, self._basis)
        return tf.reshape(flat, [-1, self._vertices, 3])

    def albedo(self, albedo: tf.Tensor) -> tf.Tensor:
        """Colours without light: `[batch, albedo coefficients]` -> `[batch, vertices, 3]` RGB.

        Not clipped; a gradient flows.

        Raises:
          FaceModelError: another number of coefficients.
        """
        albedo = self._checked("albedo", albedo)
        flat = self._albedo_mean + self._product(albedo, self._albedo_basis)
        return tf.reshape(flat, [-1, self._vertices, 3])

    def landmarks(self, vertices: tf.Tensor) -> tf.Tensor:
        """The 68 landmarks `[batch, 68, 3]` on vertices `[batch, vertices, 3]`; linear."""
        corners = tf.gather(vertices, self._landmark_vertices, axis=1)
        return tf.reduce_sum(corners * self._landmark_weights, axis=2)

    def landmark_shape(self, identity: tf.Tensor, expression: tf.Tensor) -> tf.Tensor:
        """`landmarks(shape(identity, expression))` without the other vertices: `[batch, 68, 3]`."""
        both = self._shape_coefficients(identity, expression)
        return tf.reshape(self._landmark_mean + both @ self._landmark_basis, [-1, 68, 3])

    def decode(self, coefficients: dict[str, tf.Tensor], camera, backend: str = "numba") -> Scene:
        """Poses and lights faces as Deep3D does.

        Normals are those of the unposed shape, turned. A gradient flows to all coefficients.

        Args:
          coefficients: identity, expression, albedo; rotation `[batch, 3]` Euler angles about
            x, y, z in radians; light `[batch, 27]` or `[batch, 9]`, see `light_matrix`;
            translation `[batch, 3]` decimetres; for models with joints also joints, see
            `articulate.Rig.pose` (absent: at rest).
          camera: of `rendering.cameras`.
          backend: of the normals, see `rendering.rasterize`.

        Raises:
          FaceModelError: a name is missing, or has another size.
        """
        missing = [n for n in ("rotation", "light", "translation") if n not in coefficients]
        missing += [n for n in self.model.sizes if n not in coefficients]
        if missing:
            raise FaceModelError(f"decode: the coefficients have no {', '.join(missing)}")
        shape = self.shape(coefficients["identity"], coefficients["expression"])
        if "joints" in coefficients:
            if self.rig is None:
                raise FaceModelError(f"decode: model {self.model.name!r} has no joints")
            shape = self.rig.pose(shape, coefficients["joints"])
        rotation = rotations.from_euler(coefficients["rotation"])
        vertices = rotations.transform(shape, rotation, coefficients["translation"])
        normals = mesh_normals.vertex_normals(shape, self.faces, self.weighting, backend)
        normals = normals @ tf.linalg.matrix_transpose(rotation)
        albedo = self.albedo(coefficients["albedo"])
        colours = harmonics.shade(albedo, normals, light_matrix(coefficients["light"]))
        landmarks = camera.project(self.landmarks(vertices)).screen
        return Scene(vertices, normals, albedo, colours, camera.project(vertices), landmarks)

    def _constant(self, basis: np.ndarray) -> tf.Tensor:
        """`[coefficients, vertices, 3]` as a matrix in the chosen precision."""
        return tf.cast(tf.constant(basis.reshape(len(basis), -1)), self._precision)

    def _product(self, values: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.cast(values, matrix.dtype) @ matrix, values.dtype)

    def _shape_coefficients(self, identity, expression) -> tf.Tensor:
        both = [self._checked("identity", identity), self._checked("expression", expression)]
        return tf.concat(both, -1)

    def _checked(self, name: str, value) -> tf.Tensor:
        value = tf.convert_to_tensor(value)
        if value.shape.rank != 2 or value.shape[-1] != self.model.sizes[name]:
            raise FaceModelError(
                f"{name} coefficients have shape {value.shape}; model {self.model.name!r} takes "
                f"[batch, {self.model.sizes[name]}]"
            )
        return value
