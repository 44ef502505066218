"""The objective: a drawn face against a photograph, by the losses that a preset weighs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from face2param.errors import ConfigError
from face2param.landmarks import markup
from face2param.reconstruction import losses, skin
from face2param.reconstruction.perception import Perception
from face2param.reconstruction.presets import ATTENTIONS, Weights
from face2param.reconstruction.renderer import Rendered, Renderer

Photo = dict[str, tf.Tensor]
Terms = dict[str, tf.Tensor]

_DRAWN = ("photometric", "perceptual")
"""Losses that need the picture."""


def prepare(
    images: np.ndarray,
    landmarks: np.ndarray,
    valid_mask: np.ndarray | None = None,
    *,
    attention: str = "posterior",
    perception: Perception | None = None,
    skin_model: skin.SkinModel | None = None,
    parsing=None,
) -> Photo:
    """Takes the measures of photographs that the losses compare with.

    Args:
      images: `[batch, height, width, 3]` RGB in [0, 1], cropped as `alignment.pos` does.
      landmarks: `[batch, 68, 2]` px.
      valid_mask: `[batch, height, width]`, 0 beyond the photograph; None: all is photograph.
      attention: see `presets.Weights`.
      perception: for the perceptual loss; None: no descriptor.
      skin_model: None takes the shipped one.
      parsing: network of `features.parsing`; its probability of bare skin is multiplied in.
        Colours alone cannot tell a hand, or a wooden wall, from a face. None: colours alone.

    Returns:
      `image` `[batch, height, width, 3]`, `attention` `[batch, height, width, 1]`, `landmarks`
      `[batch, 68, 2]`, `landmark_weights` `[batch, 68]` (20 times weights; change them to
      distrust points) and, with a perception, `descriptor` `[batch, size]`. No gradient.

    Raises:
      ConfigError: the attention is unknown.
      ValueError: the shapes do not fit.
    """
    images = np.asarray(images, np.float32)
    if images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(f"images must be [batch, height, width, 3], got {list(images.shape)}")
    landmarks = markup.check_landmarks(landmarks).astype(np.float32)
    if landmarks.shape != (len(images), markup.COUNT, 2):
        raise ValueError(
            f"landmarks must be [{len(images)}, 68, 2] like images, got {list(landmarks.shape)}"
        )
    weight = np.ones(images.shape[:3], np.float32)
    if valid_mask is not None:
        if np.shape(valid_mask) != images.shape[:3]:
            raise ValueError(
                f"valid_mask must be {list(images.shape[:3])} like images, got "
                f"{list(np.shape(valid_mask))}"
            )
        weight *= np.asarray(valid_mask, np.float32)
    weight *= attend(images, attention, skin_model)
    if parsing is not None:
        weight *= parsed_skin(images, parsing)
    photo = {
        "image": tf.constant(images),
        "attention": tf.constant(weight[..., None]),
        "landmarks": tf.constant(landmarks),
        "landmark_weights": tf.constant(np.tile(losses.LANDMARK_WEIGHTS, (len(images), 1))),
    }
    if perception is not None:
        photo["descriptor"] = tf.stop_gradient(perception.photo(photo["image"], photo["landmarks"]))
    return photo


def attend(
    images: np.ndarray, attention: str = "posterior", skin_model: skin.SkinModel | None = None
) -> np.ndarray:
    """Weight of each pixel by its colour, `[..., height, width]` float32; see `prepare`."""
    if attention not in ATTENTIONS:
        raise ConfigError(f"attention {attention!r} is unknown; choose from {ATTENTIONS}")
    if attention == "none":
        return np.ones(images.shape[:-1], np.float32)
    probability = (skin_model or skin.load()).probability(images)
    if attention == "threshold":
        return np.where(probability > 0.5, np.float32(1), probability)
    return probability


def parsed_skin(images: np.ndarray, parsing) -> np.ndarray:
    """Probability that a pixel shows the face's own surface, by the parsing network.

    Args:
      images: `[batch, height, width, 3]` RGB in [0, 1].
      parsing: network of `features.parsing`.

    Returns:
      `[batch, height, width]` float32: skin, nose, brows, eyes, lips and mouth together.
    """
    names = ("skin", "nose", "l_brow", "r_brow", "l_eye", "r_eye", "u_lip", "l_lip", "mouth")
    kept = [index for index, name in enumerate(parsing.classes) if name in names]
    return np.asarray(parsing.probabilities(images))[..., kept].sum(-1)


class Objective:
    """The losses of a batch of faces under one preset."""

    def __init__(self, renderer: Renderer, weights: Weights, perception: Perception | None = None):
        """Puts the parts together.

        Args:
          renderer: draws the faces.
          weights: of the losses.
          perception: needed where the perceptual loss counts.

        Raises:
          ConfigError: the perceptual loss counts and there is nothing to perceive with.
        """
        if weights.perceptual and perception is None:
            raise ConfigError(
                "the perceptual loss has a weight but there is no identity network; give one, or "
                "set the weight perceptual to 0"
            )
        self.renderer = renderer
        self.weights = weights
        self.perception = perception

    def __call__(self, coefficients: Mapping[str, tf.Tensor], photo: Photo) -> Terms:
        """Computes every loss that counts.

        Args:
          coefficients: name -> `[batch, size]`.
          photo: from `prepare`, one photograph for each row.

        Returns:
          name -> `[batch]`, unweighted, in the order of `presets.TERMS`. Differentiable in the
          coefficients. Nothing is drawn where no loss looks at a picture.
        """
        active = self.weights.active()
        rendered = None
        if any(name in active for name in _DRAWN):
            rendered = self.renderer(coefficients)
        return self.compare(coefficients, photo, rendered)

    def compare(
        self, coefficients: Mapping[str, tf.Tensor], photo: Photo, rendered: Rendered | None
    ) -> Terms:
        """The same for faces that were drawn already; see `__call__`."""
        weights, terms = self.weights, {}
        active = weights.active()
        if "photometric" in active:
            terms["photometric"] = losses.photometric(
                rendered.over(photo["image"]), photo["image"], rendered.front * photo["attention"]
            )
        if "landmarks" in active:
            found = rendered.landmarks if rendered else self.renderer.landmarks(coefficients)
            terms["landmarks"] = losses.landmarks(
                found, photo["landmarks"], photo["landmark_weights"], weights.landmark_scale
            )
        if "perceptual" in active:
            seen = self.perception.drawn(rendered, photo["image"])
            terms["perceptual"] = losses.perceptual(seen, photo["descriptor"])
        if "coefficients" in active:
            terms["coefficients"] = losses.coefficients(coefficients, weights.proportions())
        if "reflectance" in active:
            decoder = self.renderer.decoder
            albedo = rendered.scene.albedo if rendered else decoder.albedo(coefficients["albedo"])
            terms["reflectance"] = losses.reflectance(albedo, decoder.model.skin_mask)
        if "gamma" in active:
            terms["gamma"] = losses.gamma(coefficients["light"])
        return terms

    def total(self, terms: Terms) -> tf.Tensor:
        """The weighted sum of losses, `[batch]`; some count logarithmically, see `Weights`."""
        weights = self.weights
        noise = {"photometric": weights.photometric_noise, "landmarks": weights.landmark_noise}
        return tf.add_n(
            [
                getattr(weights, name) * losses.unknown_noise(value, noise.get(name, 0.0))
                for name, value in terms.items()
            ]
        )
