"""Joints in TensorFlow: turns them and the skin that hangs on them (linear blend skinning)."""

import tensorflow as tf

from face2param.errors import FaceModelError
from face2param.morphable.articulation import Articulation


def axis_angle_matrices(vectors: tf.Tensor) -> tf.Tensor:
    """Rotation matrices of axis-angle vectors (Rodrigues).

    Args:
      vectors: `[..., 3]`, direction: the axis, length: the angle in radians.

    Returns:
      `[..., 3, 3]`; the gradient is finite at zero too.
    """
    squared = tf.reduce_sum(vectors * vectors, -1)[..., tf.newaxis, tf.newaxis]
    small = squared < 1e-8
    safe = tf.where(small, tf.ones_like(squared), squared)
    angle = tf.sqrt(safe)
    # sin(a) / a and (1 - cos(a)) / a^2, by their series where a is tiny.
    first = tf.where(small, 1.0 - squared / 6.0, tf.sin(angle) / angle)
    second = tf.where(small, 0.5 - squared / 24.0, (1.0 - tf.cos(angle)) / safe)
    x, y, z = tf.unstack(vectors, axis=-1)
    zero = tf.zeros_like(x)
    rows = [tf.stack(row, -1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    cross = tf.stack(rows, -2)
    return tf.eye(3, dtype=vectors.dtype) + first * cross + second * (cross @ cross)


class Rig:
    """The constants of an articulation, ready to pose shapes."""

    def __init__(self, articulation: Articulation):
        """Keeps the record's arrays as tensors."""
        self.names = articulation.names
        self._parents = articulation.parents.tolist()
        self._regressor = tf.constant(articulation.regressor)
        self._weights = tf.constant(articulation.weights)
        flat = articulation.correctives.reshape(len(articulation.correctives), -1)
        self._correctives = tf.constant(flat)

    @property
    def width(self) -> int:
        """Number of joint coefficients: three for each joint but the root."""
        return 3 * (len(self.names) - 1)

    def pose(self, shape: tf.Tensor, joints: tf.Tensor) -> tf.Tensor:
        """Turns the joints (the root is turned by the rotation of the whole face).

        Args:
          shape: `[batch, vertices, 3]` decimetres.
          joints: `[batch, 3 * (joints - 1)]` axis-angle vectors of all joints but the root, in
            the order of `names[1:]`, radians.

        Returns:
          `[batch, vertices, 3]`. A gradient flows to both.

        Raises:
          FaceModelError: `joints` has another width.
        """
        joints = tf.convert_to_tensor(joints)
        if joints.shape.rank != 2 or joints.shape[-1] != self.width:
            raise FaceModelError(
                f"joints coefficients have shape {joints.shape}; these {len(self.names)} joints "
                f"take [batch, {self.width}]"
            )
        count = len(self.names)
        turns = axis_angle_matrices(tf.reshape(joints, [-1, count - 1, 3]))
        feature = tf.reshape(turns - tf.eye(3), [-1, 9 * (count - 1)])
        shape_with = shape + tf.reshape(feature @ self._correctives, tf.shape(shape))
        places = tf.einsum("jv,bvd->bjd", self._regressor, shape)
        batch = tf.shape(joints)[0]
        rotation = [tf.eye(3, batch_shape=[batch])]
        origin = [places[:, 0]]
        for j in range(1, count):
            parent = self._parents[j]
            rotation.append(rotation[parent] @ turns[:, j - 1])
            offset = places[:, j] - places[:, parent]
            origin.append(origin[parent] + tf.linalg.matvec(rotation[parent], offset))
        # Each joint moves p to R (p - place) + origin; skinning mixes these maps by weight.
        matrices = tf.stack(rotation, 1)
        shift = tf.stack(origin, 1) - tf.linalg.matvec(matrices, places)
        mixed = tf.einsum("vj,bjkl->bvkl", self._weights, matrices)
        moved = tf.einsum("vj,bjk->bvk", self._weights, shift)
        return tf.linalg.matvec(mixed, shape_with) + moved
