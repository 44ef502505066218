"""Weights of the losses: the paper's, the published code's, and ours for refinement.

Where paper and code differ (Deng et al. 2019 against its authors' repository):

| | paper | code |
| --- | --- | --- |
| photometric | 1.9 | 1.92 |
| albedo inside the coefficient loss | 1.7e-3 | 1.7e-2 |
| gamma | not mentioned; light is white, 9 bands | 10; RGB light, 27 bands |
| skin attention | 1 where P > 0.5, else P | P |

The rest agrees: landmarks 1.6e-3, perceptual 0.2, coefficients 3e-4 with identity 1 and
expression 0.8, reflectance 5.
"""

from __future__ import annotations

import dataclasses

from face2param import config
from face2param.errors import ConfigError

ATTENTIONS = ("posterior", "threshold", "none")


@dataclasses.dataclass(frozen=True)
class Weights:
    """Weight of each loss; a loss of weight 0 is not computed.

    Attributes:
      photometric: colour difference inside the attended face.
      landmarks: squared px of a 224 crop.
      perceptual: one minus the cosine of identity descriptors.
      coefficients: sum of squares in the proportions below.
      reflectance: variance of the skin's albedo.
      gamma: deviation of the light from white.
      identity: proportion inside `coefficients`.
      expression: likewise.
      albedo: likewise.
      attention: weight of a pixel by its probability P of skin: "posterior" P itself,
        "threshold" 1 where P > 0.5, else P, "none" 1.
      photometric_noise: colour difference that a good photograph of a good model leaves; a loss E
        then counts s log(1 + E / s), see `losses.unknown_noise`. 0: counts E.
      landmark_noise: likewise of the landmark loss, in its square px.
      landmark_scale: px at which a landmark's error stops growing; 0: never. See
        `losses.landmarks`.
    """

    photometric: float = 0.0
    landmarks: float = 0.0
    perceptual: float = 0.0
    coefficients: float = 0.0
    reflectance: float = 0.0
    gamma: float = 0.0
    identity: float = 1.0
    expression: float = 0.8
    albedo: float = 1.7e-2
    attention: str = "posterior"
    photometric_noise: float = 0.0
    landmark_noise: float = 0.0
    landmark_scale: float = 0.0

    def __post_init__(self) -> None:
        """Raises ConfigError where a weight is negative or the attention unknown."""
        numbers = [f.name for f in dataclasses.fields(self) if f.name != "attention"]
        config.check_not_negative(self, numbers)
        if self.attention not in ATTENTIONS:
            raise ConfigError(f"attention {self.attention!r} is unknown; choose from {ATTENTIONS}")

    def active(self) -> tuple[str, ...]:
        """Names of the losses that count, in the order of the fields."""
        return tuple(name for name in TERMS if getattr(self, name))

    def proportions(self) -> dict[str, float]:
        """Proportions inside the coefficient loss."""
        return {name: getattr(self, name) for name in ("identity", "expression", "albedo")}


OBSERVED = ("photometric", "landmarks", "perceptual")
"""Losses that compare with the photograph; the others are priors."""

TERMS = (*OBSERVED, "coefficients", "reflectance", "gamma")

_SHARED = {"landmarks": 1.6e-3, "perceptual": 0.2, "coefficients": 3e-4, "reflectance": 5.0}

PAPER = Weights(photometric=1.9, albedo=1.7e-3, attention="threshold", **_SHARED)
CODE = Weights(photometric=1.92, gamma=10.0, albedo=1.7e-2, attention="posterior", **_SHARED)
REFINE = Weights(
    photometric=1.92,
    landmarks=1.6e-3,
    coefficients=1e-4,
    reflectance=5.0,
    gamma=10.0,
    albedo=0.05,
    photometric_noise=0.02,
    landmark_noise=4.0,
)
"""For the descent on one picture. No descriptor: it costs as much as all else together. Smaller
pull to the mean than in training, where it also steadies the network; what photographs leave
unexplained (0.08 of the photometric loss, 8 square pixels of the landmarks') restores it through
the two noise levels, while drawn faces (0.003 and 0.2) are followed closely. The embedded model's
albedo basis holds beards and brows; at the code's 0.017 it paints shadows with them."""
PRESETS = {"paper": PAPER, "code": CODE, "refine": REFINE}


def get(name: str) -> Weights:
    """Finds weights by name.

    Raises:
      ConfigError: there are none of that name; the message lists those there are.
    """
    if name not in PRESETS:
        raise ConfigError(f"no preset {name!r}; there are: {', '.join(PRESETS)}")
    return PRESETS[name]
