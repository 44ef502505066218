"""The objective of the search: measures of the photograph against measures of the imitation."""

import dataclasses
from collections.abc import Callable, Collection

import tensorflow as tf

from face2param.fitting import measures, terms
from face2param.fitting.measures import Measures
from face2param.schema import Schema
from face2param.schema.relaxation import relax_choices

Imitate = Callable[[tf.Tensor, tf.Tensor, Collection[str]], dict[str, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Callables:
    """All that a search may call. It knows neither engine nor network behind them.

    Attributes:
      imitate: (encoded characters `[batch, width]`, nuisance `[batch, nuisance width]` in network
        units, names) -> the named outputs among `image` `[batch, height, width, 3]`, `landmarks`
        `[batch, 68, 2]` in pixels and `regions` `[batch, height / 4, width / 4, regions]`.
        Differentiable.
      embed: (images, landmarks) -> `[batch, size]` identity descriptor. Differentiable.
      content: images -> `[batch, h, w, channels]` probability-weighted parsing features; only
        the `paper` preset needs it. Differentiable.
    """

    imitate: Imitate
    embed: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None
    content: Callable[[tf.Tensor], tf.Tensor] | None = None


@dataclasses.dataclass(frozen=True)
class Weights:
    """Weight of each term; a term of weight 0 is not computed.

    Attributes:
      identity: descriptor distance.
      landmarks: 68 landmarks in outer-eye distances.
      regions: overlap of the region maps.
      zones: colours of skin, lips, brows, iris and beard zones.
      hair: mean colour of the hair.
      appearance: smoothed picture inside the face.
      content: probability-weighted features of the parsing network.
      prior: squared standard deviations of the character.
      expression: sum of the expression weights, which keeps unneeded ones at zero, and of the
        differences between left and right: a lopsided smile is rarer than a turned head.
      pose: squared head angles in units of their range.
    """

    identity: float = 0.0
    landmarks: float = 0.0
    regions: float = 0.0
    zones: float = 0.0
    hair: float = 0.0
    appearance: float = 0.0
    content: float = 0.0
    prior: float = 0.0
    expression: float = 0.0
    pose: float = 0.0

    def active(self) -> tuple[str, ...]:
        """Names of the terms that count, in the order of the fields."""
        return tuple(name for name, value in dataclasses.asdict(self).items() if value)


@dataclasses.dataclass(frozen=True)
class Prior:
    """What plausible characters look like.

    Attributes:
      mean: `[width]` of the encoded vector.
      precision: `[width]` diagonal of the inverse covariance; 0 leaves a value alone (choices).
      expression: `[nuisance width]` 1 for expression weights, 0 else.
      pose: `[nuisance width]` 1 for head angles, 0 else.
      partner: `[nuisance width]` index of the control on the other side, or of itself.
      correction: `[width, k]` low-rank part of the inverse covariance; see `terms.prior`. None:
        values vary independently.
    """

    mean: tf.Tensor
    precision: tf.Tensor
    expression: tf.Tensor
    pose: tf.Tensor
    partner: tf.Tensor
    correction: tf.Tensor | None = None


@dataclasses.dataclass(frozen=True)
class Objective:
    """The weighted sum of the terms for a batch of searches.

    Attributes:
      schema: what the encoded vectors mean.
      callables: imitator and feature networks.
      weights: which terms count how much.
      prior: for the terms that look at the parameters themselves.
      cosine: identity is one minus the cosine, else the Euclidean distance.
      quiet: measures that are taken from the imitation without expression, which is what the
        user will get; the others see the fitted expression. The head keeps its pose in both.
    """

    schema: Schema
    callables: Callables
    weights: Weights
    prior: Prior
    cosine: bool = False
    quiet: tuple[str, ...] = ()

    def measured(self) -> tuple[str, ...]:
        """Names of the measures that the active terms compare."""
        needed = {
            "identity": ("descriptor",),
            "landmarks": ("landmarks",),
            "regions": ("regions",),
            "zones": ("zones",),
            "hair": ("hair", "regions"),
            "appearance": ("appearance",),
            "content": ("content",),
        }
        names = [m for term in self.weights.active() for m in needed.get(term, ())]
        return tuple(dict.fromkeys(names))

    def imitation(self, values: tf.Tensor, nuisance: tf.Tensor, beta: tf.Tensor) -> Measures:
        """Measures the imitation of a batch of characters.

        Args:
          values: `[batch, width]` in [0, 1]; choice blocks are sharpened by softmax(beta x).
          nuisance: `[batch, nuisance width]` in network units.
          beta: scalar sharpness of the choices.

        Returns:
          The measures that the active terms need. Differentiable in values; in nuisance only
          those that are not quiet.
        """
        encoded = relax_choices(values, self.schema, beta)
        quiet = [name for name in self.measured() if name in self.quiet]
        others = [name for name in self.measured() if name not in self.quiet]
        found = self._measure(encoded, nuisance, others)
        # Left to itself the search would nod and turn the head to change colours and descriptor.
        pose = tf.stop_gradient(self.without_expression(nuisance))
        return found | self._measure(encoded, pose, quiet)

    def without_expression(self, nuisance: tf.Tensor) -> tf.Tensor:
        """Returns the nuisance `[batch, nuisance width]` with every expression at its default."""
        neutral = self.schema.normalise_nuisance(self.schema.neutral_nuisance())
        kept = 1.0 - self.prior.expression
        return nuisance * kept + neutral * (1.0 - kept)

    def _measure(self, encoded: tf.Tensor, nuisance: tf.Tensor, names: list[str]) -> Measures:
        pixels = {"zones", "hair", "appearance", "descriptor", "content"}
        landmarked = {"landmarks", "zones", "descriptor"}
        outputs = []
        if pixels & set(names):
            outputs.append("image")
        if landmarked & set(names):
            outputs.append("landmarks")
        if {"regions", "hair"} & set(names):
            outputs.append("regions")
        if not outputs:
            return {}
        drawn = self.callables.imitate(encoded, nuisance, tuple(outputs))
        return measures.measure(
            drawn.get("image"),
            drawn.get("landmarks"),
            drawn.get("regions"),
            names,
            self.callables.embed,
            self.callables.content,
        )

    def __call__(
        self,
        values: tf.Tensor,
        nuisance: tf.Tensor,
        photo: Measures,
        corrections: Measures,
        beta: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Computes every active term.

        Args:
          values: `[batch, width]` in [0, 1].
          nuisance: `[batch, nuisance width]` in network units.
          photo: measures of the photographs, one per row of `values`; with `valid`
            `[batch, h, w, 1]` beside `regions` and `face` `[batch, h / 2, w / 2, 1]` beside
            `appearance`. `expected` `[batch, width]` takes the place of the prior's mean where
            something is known of the person.
          corrections: what the engine's picture measured more than the imitation at an earlier
            point of the search, by name; added to the imitation's measures. May be empty.
          beta: scalar sharpness of the choices.

        Returns:
          term -> `[batch]`, unweighted, in the order of the weights' fields. Differentiable.
        """
        found = self.imitation(values, nuisance, beta)
        for name, correction in corrections.items():
            if name in found:
                found[name] = found[name] + correction
        if "regions" in found:
            found["regions"] = tf.clip_by_value(found["regions"], 0.0, 1.0)
        computed = compare(photo, found, self.weights.active(), self.cosine)
        if self.weights.prior:
            prior = self.prior
            mean = photo.get("expected", prior.mean)
            computed["prior"] = terms.prior(values, mean, prior.precision, prior.correction)
        if self.weights.expression:
            other = tf.gather(nuisance, self.prior.partner, axis=-1)
            # The square forgives small differences: nobody is symmetric.
            lopsided = tf.minimum(10.0 * (nuisance - other) ** 2, tf.abs(nuisance - other))
            amount = tf.abs(nuisance) + lopsided
            computed["expression"] = tf.reduce_sum(amount * self.prior.expression, -1)
        if self.weights.pose:
            computed["pose"] = tf.reduce_sum(nuisance**2 * self.prior.pose, -1)
        return {name: computed[name] for name in self.weights.active()}

    def total(self, computed: dict[str, tf.Tensor]) -> tf.Tensor:
        """Returns the weighted sum of terms, `[batch]`."""
        weights = dataclasses.asdict(self.weights)
        return tf.add_n([weights[name] * value for name, value in computed.items()])


def compare(
    photo: Measures, found: Measures, names: Collection[str], cosine: bool = False
) -> dict[str, tf.Tensor]:
    """Compares two sets of measures term by term.

    Args:
      photo: measures of the photographs, with `valid` and `face`.
      found: measures of as many imitations or engine pictures.
      names: terms to compute; those that look at parameters are skipped.
      cosine: whether identity is one minus the cosine.

    Returns:
      term -> `[batch]`.
    """
    computed = {}
    if "identity" in names:
        distance = terms.identity_cosine if cosine else terms.identity_distance
        computed["identity"] = distance(photo["descriptor"], found["descriptor"])
    if "landmarks" in names:
        computed["landmarks"] = terms.landmarks(photo["landmarks"], found["landmarks"])
    if "regions" in names:
        computed["regions"] = terms.region_overlap(
            photo["regions"], found["regions"], photo["valid"]
        )
    if "zones" in names:
        computed["zones"] = terms.zone_colours(photo["zones"], found["zones"])
    if "hair" in names:
        present = terms.hair_present(photo["regions"], found["regions"])
        computed["hair"] = terms.hair_colour(photo["hair"], found["hair"], present)
    if "appearance" in names:
        computed["appearance"] = terms.appearance(
            photo["appearance"], found["appearance"], photo["face"]
        )
    if "content" in names:
        computed["content"] = terms.content(photo["content"], found["content"])
    return computed
