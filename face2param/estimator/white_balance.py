"""The colour of the light on a portrait, from what nearly every portrait shows.

A diagonal (von Kries) model in linear RGB. Five things vote on the light's log chromaticity:
eye whites, teeth, white cloth, grey hair, and the skin, whose chromaticities lie along a narrow
locus for all complexions (Stoerring, Andersen and Granum 1999). Each vote says how far
the thing is from where it is under neutral light and how much that varies among people; the
light is the most probable one under a Gaussian prior around the photograph's own balance
(Brainard and Freeman 1997), votes far from the others counting less (Huber 1964). With little
evidence the prior wins and the photograph stays as its camera balanced it. Exposure is corrected
in the same way by eye whites and white cloth, timidly: shadows look like dim light.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.estimator.colour_space import LUMINANCE, linear_to_lab, srgb_to_linear
from face2param.features.landmark_regions import landmark_masks
from face2param.regions import INDEX

# (log R/G, log B/G, log luminance) under a studio's neutral light, and the standard deviation
# of each among people: medians and spreads over 120 studio portraits. Infinite: says nothing.
_EXPECTED = {
    "eye_whites": ((0.44, -0.07, -1.18), (0.15, 0.14, 0.30)),
    "teeth": ((0.20, -0.12, -0.60), (0.17, 0.12, np.inf)),
    # Chosen by its brightness, so that its own brightness says little.
    "white_cloth": ((-0.04, 0.07, -0.23), (0.065, 0.09, 0.30)),
    "grey_hair": ((0.19, 0.0, 0.0), (0.12, 0.10, np.inf)),
}
# A line each in minus the log luminance, fitted to the cheeks of the same portraits.
_LOCUS_RED = (0.336, 0.318)
_LOCUS_BLUE = (-0.24, -0.034)
_SKIN_SPREAD = (0.12, 0.15)
_PRIOR = (0.07, 0.09, 0.12)
"""Standard deviation of the light that a camera's own balance and exposure leave."""
_LIMIT = 0.6
_HUBER = 1.5
_LEAST = 12
"""Pixels that a vote needs."""


@dataclasses.dataclass(frozen=True)
class Light:
    """The light on a portrait.

    Attributes:
      gain: `[3]` linear RGB of a white surface; (1, 1, 1) where nothing speaks against the
        photograph's own balance.
      evidence: in [0, 1]: how much of the prior's doubt about its colour was removed.
      votes: what was seen, with its (log R/G, log B/G) against neutral.
    """

    gain: np.ndarray
    evidence: float
    votes: dict[str, tuple[float, float]]

    def neutral(self, linear: np.ndarray) -> np.ndarray:
        """Linear RGB `[..., 3]` as neutral light would show it."""
        return linear / self.gain


def skin_locus(luminance: float) -> tuple[float, float]:
    """(log R/G, log B/G) of skin of a linear luminance under neutral light."""
    depth = np.clip(-np.log(max(luminance, 1e-3)), 0.2, 3.5)
    return float(np.polyval(_LOCUS_RED, depth)), float(np.polyval(_LOCUS_BLUE, depth))


def estimate(image: np.ndarray, landmarks: np.ndarray, probabilities: np.ndarray) -> Light:
    """Estimates the light's colour and strength.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      landmarks: `[68, 2]` (x, y) in pixels.
      probabilities: `[height, width, 19]` of the parsing network.
    """
    seen = observe(image, landmarks, probabilities)
    offsets, spreads, names = [], [], []
    for name, found in seen.items():
        if name == "skin":
            expected, spread = (*skin_locus(np.exp(found[2])), 0.0), (*_SKIN_SPREAD, np.inf)
        else:
            expected, spread = _EXPECTED[name]
        names.append(name)
        offsets.append(found - expected)
        spreads.append(spread)
    offsets = np.array(offsets).reshape(-1, 3)
    spreads = np.array(spreads).reshape(-1, 3)
    prior = np.array(_PRIOR)
    light = np.zeros(3)
    precision = 1 / spreads**2
    for _ in range(20):  # reweighted least squares of a convex loss
        away = np.abs(offsets - light) / spreads
        weights = precision * np.minimum(1.0, _HUBER / np.maximum(away, 1e-9))
        # A camera that failed badly is no rarer than the tail of a Laplace distribution.
        held = np.minimum(1.0, _HUBER / np.maximum(np.abs(light) / prior, 1e-9)) / prior**2
        light = (weights * offsets).sum(0) / (weights.sum(0) + held)
    share = weights.sum(0) / (weights.sum(0) + held)
    light = np.clip(light, -_LIMIT, _LIMIT)
    gain = np.exp([light[0], 0.0, light[1]])
    gain *= np.exp(light[2]) / (LUMINANCE @ gain)
    votes = {n: (float(o[0]), float(o[1])) for n, o in zip(names, offsets, strict=True)}
    return Light(gain, float(share[:2].mean()), votes)


def observe(
    image: np.ndarray, landmarks: np.ndarray, probabilities: np.ndarray
) -> dict[str, np.ndarray]:
    """What a portrait shows of the light: (log R/G, log B/G, log luminance) of each witness.

    Arguments as `estimate`. A witness with few or doubtful pixels is left out.
    """
    linear = srgb_to_linear(np.asarray(image, np.float64))
    lab = linear_to_lab(linear)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    masks = landmark_masks(landmarks, image.shape[:2])
    unclipped = (image.max(-1) < 0.985) & (linear.min(-1) > 0.004)

    def probability(*names):
        return probabilities[..., [INDEX[name] for name in names]].sum(-1)

    result = {}

    def vote(name, where, weights=None):
        where = where & unclipped
        if where.sum() >= _LEAST:
            colour = np.median(linear[where], 0)
            result[name] = np.array(
                [
                    np.log(colour[0] / colour[1]),
                    np.log(colour[2] / colour[1]),
                    np.log(colour @ LUMINANCE),
                ]
            )

    eyes = (masks["l_eye"] | masks["r_eye"]) & (probability("eye_g") < 0.5)
    vote("eye_whites", _brightest(eyes, lab[..., 0], 0.7, 0.95) & (lab[..., 0] > 45))
    mouth = masks["mouth"] & (probability("mouth") > 0.4)
    vote("teeth", _brightest(mouth, lab[..., 0], 0.6, 0.95) & (lab[..., 0] > 55))
    cloth = (probability("cloth") > 0.9) & (lab[..., 0] > 80) & (chroma < 22)
    if cloth.mean() > 0.003:
        vote("white_cloth", cloth)
    hair = probability("hair") > 0.95
    if hair.sum() > 100:
        lightness = np.median(lab[hair, 0])
        if lightness > 45 and np.median(chroma[hair]) < 14:
            vote("grey_hair", hair & (np.abs(lab[..., 0] - lightness) < 15))
    vote("skin", (probability("skin", "nose") > 0.9) & masks["face"] & (lab[..., 0] > 15))
    return result


def _brightest(mask: np.ndarray, lightness: np.ndarray, low: float, high: float) -> np.ndarray:
    """Pixels of a mask between two quantiles of lightness."""
    if not mask.any():
        return mask
    bounds = np.quantile(lightness[mask], [low, high])
    return mask & (lightness >= bounds[0]) & (lightness <= bounds[1])
