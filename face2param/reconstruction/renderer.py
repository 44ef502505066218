"""Coefficients to pictures: decode, rasterize, shade, smooth the silhouette."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from face2param.morphable.decode import Decoder, Scene
from face2param.rendering import cameras, rotations
from face2param.rendering.antialias import antialias as smooth_silhouettes
from face2param.rendering.draw import draw
from face2param.rendering.masks import mask


class Rendered(NamedTuple):
    """A batch of drawn faces.

    Attributes:
      image: `[batch, height, width, 3]` RGB, not clipped; 0 on the background.
      coverage: `[batch, height, width, 1]`, how much of each pixel the face covers, 0 to 1;
        `image` is already multiplied by it. Differentiable at the silhouette.
      mask: `[batch, height, width, 1]`, 1 where a pixel's centre sees the face; no gradient.
      front: likewise, where it sees a triangle of the model's front mask that nothing hides.
      landmarks: `[batch, 68, 2]` px.
      scene: geometry and colours behind the picture.
    """

    image: tf.Tensor
    coverage: tf.Tensor
    mask: tf.Tensor
    front: tf.Tensor
    landmarks: tf.Tensor
    scene: Scene

    def over(self, background: tf.Tensor) -> tf.Tensor:
        """The face laid over pictures `[batch, height, width, 3]`; differentiable in both."""
        return self.image + (1.0 - self.coverage) * background


class Renderer:
    """Draws the faces of one model with one camera.

    Deep3D draws the front part of the mesh a second time for the photometric mask; here the
    mask comes from the triangles that the one drawing sees, so that a part of the front which
    the nose hides is not compared with what the nose shows.
    """

    def __init__(
        self,
        decoder: Decoder,
        camera: cameras.Perspective | cameras.WeakPerspective = cameras.DEEP3D,
        antialias: bool = True,
        backend: str = "numba",
    ):
        """Prepares the constants.

        Args:
          decoder: of the face model.
          camera: says the picture's size, too.
          antialias: blend the pixels at silhouettes by how much of them is covered, which gives
            silhouettes a gradient.
          backend: see `rendering.rasterize`.
        """
        self.decoder = decoder
        self.camera = camera
        self.antialias = antialias
        self.backend = backend
        self._front = tf.constant(decoder.model.front_mask)

    def __call__(self, coefficients: dict[str, tf.Tensor]) -> Rendered:
        """Draws faces.

        Args:
          coefficients: name -> `[batch, size]`, see `Decoder.decode`.

        Returns:
          What was drawn. A gradient flows to all coefficients.

        Raises:
          FaceModelError: a coefficient is missing or has another size.
        """
        scene = self.decoder.decode(coefficients, self.camera, self.backend)
        faces = self.decoder.faces
        one = tf.ones_like(scene.colours[..., :1])
        painted = tf.concat([scene.colours, one], -1)
        drawn = draw(scene.projected, painted, faces, self.camera.size, self.backend)
        image = drawn.image
        if self.antialias:
            image = smooth_silhouettes(image, drawn.fragments, scene.projected, faces, self.backend)
        return Rendered(
            image=image[..., :3],
            coverage=image[..., 3:],
            mask=drawn.mask,
            front=mask(drawn.fragments, self._front),
            landmarks=scene.landmarks,
            scene=scene,
        )

    def landmarks(self, coefficients: dict[str, tf.Tensor]) -> tf.Tensor:
        """The 68 landmarks alone, `[batch, 68, 2]` px: a hundredth of the work of a picture."""
        shape = self.decoder.landmark_shape(coefficients["identity"], coefficients["expression"])
        rotation = rotations.from_euler(coefficients["rotation"])
        posed = rotations.transform(shape, rotation, coefficients["translation"])
        return self.camera.project(posed).screen
