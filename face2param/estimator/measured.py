"""What a photograph says about a person without a trained network of its own."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from face2param.estimator import (
    colour_names,
    colour_readings,
    colour_space,
    face_shape,
    hair_shape,
    texture,
    white_balance,
)
from face2param.estimator.attributes import ATTRIBUTES, Reading, option
from face2param.estimator.logistic import Logistic
from face2param.features.glasses_detection import THRESHOLD, glasses_score
from face2param.features.landmark_regions import face_frame
from face2param.landmarks.markup import check_landmarks
from face2param.regions import CLASSES, INDEX

MODEL = Path(__file__).with_name("hair_length.json")

_GLASSES_AREA = 0.2
"""Squared outer-eye distances of "glasses": wearers show 0.36 to 0.57, others below 0.07."""
_DARK_FRAME = (55.0, 6.0)
"""Of `glasses_score`: where thin and dark frames part, and how softly."""
_COHERENCE = {"straight": (0.79, 0.07), "wavy": (0.76, 0.06), "curly": (0.59, 0.06)}
_USUAL_TEXTURE = {"straight": 0.74, "wavy": 0.16, "curly": 0.05, "coily": 0.05}
# A zone's evidence at which a beard is as likely as none, and how softly: most bare faces stay
# below the first, shaded jaws included.
_BEARD = {"moustache": (21.5, 1.5), "chin": (13.0, 1.5), "jaw": (22.0, 3.0)}


def measure(
    image: np.ndarray,
    landmarks: np.ndarray,
    probabilities: np.ndarray,
    wide: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> dict[str, Reading]:
    """Reads the attributes of a person.

    Colours are read in linear light after the light's own colour was taken out, see
    `white_balance`. The length of the hair comes from its silhouette by a logistic model
    fitted to 120 labelled portraits (`python tests/benchmarks/readings.py --write`).

    Args:
      image: `[height, width, 3]` RGB in [0, 1]; the face about upright, some 256 px high.
      landmarks: `[68, 2]` (x, y) in pixels of `image`.
      probabilities: `[height, width, 19]` of the parsing network.
      wide: the same three of a crop that shows more below the chin (`wide_landmarks`), for the
        length of the hair; None: it is read from `image`.

    Returns:
      name -> reading, for all of `ATTRIBUTES` but "age"; colours of what is not seen are
      missing. "beard" is a rough guess from colours for want of a network's.

    Raises:
      ValueError: an argument has the wrong shape.
    """
    image, landmarks, probabilities = _checked(image, landmarks, probabilities)
    light = white_balance.estimate(image, landmarks, probabilities)
    palette = colour_readings.Palette(image, landmarks, probabilities, light)
    readings = {}
    skin = colour_readings.skin(palette)
    if not skin.pixels:
        skin = palette.mean(palette.masks["face"])
    sure = 0.6 + 0.4 * light.evidence
    pixel = (100.0 / palette.unit) ** 2  # small faces count as if they were larger

    def colour(name, seen, enough, doubt=1.0):
        if seen.pixels:
            share = min(1.0, seen.pixels * pixel / enough) ** 0.5
            confidence = sure * share * np.exp(-seen.spread / 20.0) * doubt
            value = tuple(round(float(v), 2) for v in seen.lab)
            readings[name] = Reading(value, round(float(confidence), 3), "colour")

    evidence, beard_seen = colour_readings.beard(palette, skin.lab)
    colour("skin_tone", skin, 1200)
    readings |= _hair(image, landmarks, probabilities, wide)
    bald = readings["hair_length"].shares[0]
    colour("hair_colour", colour_readings.hair(palette), 1500, 1 - 0.6 * bald)
    colour("brow_colour", colour_readings.brows(palette, skin.lab), 120, 0.8)
    colour("lip_colour", colour_readings.lips(palette), 300)
    readings |= _glasses(image, landmarks, probabilities)
    worn = 1 - readings["glasses"].shares[0]
    colour("iris_colour", colour_readings.irises(palette), 60, 0.7 * (1 - 0.4 * worn))
    readings["beard"] = _beard(evidence)
    colour("beard_colour", beard_seen, 300, 1 - readings["beard"].shares[0])
    readings |= _face(landmarks, probabilities)
    return {name: readings[name] for name in ATTRIBUTES if name in readings}


def wide_landmarks(canonical: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Where to put a face so that the hair is in view down to the chest.

    Args:
      canonical: `[68, 2]` pixels, where the engine draws its face in a picture of that size.
      size: (height, width).

    Returns:
      `[68, 2]` float32 pixels: 0.6 times as large, a little above the middle.
    """
    middle = np.array([size[1] / 2, (canonical[:, 1].min() + canonical[:, 1].max()) / 2])
    target = np.array([size[1] / 2, 0.46 * size[0]])
    scaled = (np.asarray(canonical, np.float64) - middle) * 0.6 + target
    return scaled.astype(np.float32)


def describe(readings: Mapping[str, Reading]) -> list[str]:
    """Lines of text that a person can check, one per reading."""
    lines = []
    for name, reading in readings.items():
        attribute, value = ATTRIBUTES[name], reading.value
        if attribute.kind == "option":
            said = str(value)
        elif attribute.kind == "number":
            said = f"{value:.2f} {attribute.unit}"
        else:
            words = {"skin_tone": colour_names.skin_name}.get(
                name, colour_names.hair_name if name in _HAIRY else None
            )
            word = f"{words(value).replace('_', ' ')}, " if words else ""
            lab = ", ".join(f"{v:.0f}" for v in value)
            said = f"{word}{colour_space.hex_code(value)} (L*a*b* {lab})"
        sure = "set by the user" if reading.source == "user" else f"{reading.confidence:.0%} sure"
        lines.append(f"{name.replace('_', ' ')}: {said}; {sure}")
    return lines


_HAIRY = ("hair_colour", "beard_colour")


def _glasses(image, landmarks, probabilities) -> dict[str, Reading]:
    """Region of the lenses and line of the frame; either may speak alone for thin frames."""
    unit = face_frame(landmarks)[3]
    area = float(probabilities[..., INDEX["eye_g"]].sum() / unit**2)
    score = glasses_score(image, landmarks)
    wears = _sigmoid((area - _GLASSES_AREA) / 0.06 + (score - THRESHOLD) / 12.0)
    dark = _sigmoid((score - _DARK_FRAME[0]) / _DARK_FRAME[1])
    shares = np.array([1 - wears, wears * (1 - dark), wears * dark])
    if wears > 0.5:  # one of the frames, even where neither has half of the probability
        shares[0] = min(shares[0], shares[1:].max() * 0.99)
    return {"glasses": option("glasses", shares, "shape")}


def _beard(evidence: Mapping[str, float]) -> Reading:
    lip, chin, jaw = (_sigmoid((evidence[k] - at) / soft) for k, (at, soft) in _BEARD.items())
    shares = np.array(
        [(1 - lip) * (1 - chin), 0.02, lip * (1 - chin), chin * (1 - jaw) * lip, chin * jaw]
    )
    shares[0] += chin * (1 - jaw) * (1 - lip)  # a dark chin alone is a shadow
    # A colour cannot know a beard from a shadow: much of what is usual stays.
    usual = np.array([0.9, 0.02, 0.03, 0.02, 0.03])
    return option("beard", 0.8 * shares / shares.sum() + 0.2 * usual, "colour")


def _hair(image, landmarks, probabilities, wide) -> dict[str, Reading]:
    near = hair_shape.grid(image, landmarks, probabilities)
    silhouette = hair_shape.grid(*_checked(*wide)) if wide else near
    numbers = dict(zip(hair_shape.NAMES, hair_shape.describe(near), strict=True))
    hat = numbers["hat"]
    hidden = _sigmoid((hat - 0.4) / 0.08)  # squared outer-eye distances
    shares = length_shares(silhouette)
    usual = np.array([0.08, 0.09, 0.6, 0.12, 0.11])
    shares = (1 - hidden) * shares + hidden * usual
    result = {"hair_length": option("hair_length", shares, "shape")}
    height = hair_shape.line_height(near, 0.0, 0.25)
    if np.isfinite(height):
        sure = (1 - hidden) * (1 - shares[0]) * float(np.clip(numbers["thickness"] / 0.2, 0.1, 1.0))
        value = float(np.clip(height, 0.0, 2.5))
        result["hairline"] = Reading(round(value, 3), round(0.9 * sure, 3), "shape")
    result["hair_texture"] = _texture(image, probabilities)
    return result


def length_shares(silhouette: hair_shape.HairGrid) -> np.ndarray:
    """Probabilities of bald, receding, short, medium, long `[5]`, from a silhouette."""
    model = _models()["wide" if hair_shape.shows_shoulders(silhouette) else "near"]
    return model(hair_shape.describe(silhouette)[: hair_shape.NAMES.index("hat")])


def _texture(image, probabilities) -> Reading:
    """Coherence of the strands; too little hair leaves what is usual."""
    names = ATTRIBUTES["hair_texture"].options
    usual = np.array([_USUAL_TEXTURE[name] for name in names])
    height, width = (side // 4 * 4 for side in image.shape[:2])
    hair = probabilities[:height, :width, INDEX["hair"]]
    cells = hair.reshape(height // 4, 4, width // 4, 4).mean((1, 3))
    found = texture.coherence(image[:height, :width], cells)
    if np.isnan(found):
        reading = option("hair_texture", usual, "shape")
        return Reading(reading.value, 0.3, "shape", reading.shares)
    # Coils look like curls, only smaller; nothing here tells them apart.
    places = [_COHERENCE[name if name != "coily" else "curly"] for name in names]
    fits = np.array([np.exp(-0.5 * ((found - at) / s) ** 2) / s for at, s in places])
    return option("hair_texture", usual * (fits + 1e-3), "shape")


def _face(landmarks, probabilities) -> dict[str, Reading]:
    thickness, apart = face_shape.brow_thickness(landmarks, probabilities)
    fullness, turn = face_shape.fullness(landmarks)
    return {
        "brow_thickness": Reading(
            round(min(thickness, 0.5), 4), round(float(0.9 * np.exp(-2 * apart)), 3), "shape"
        ),
        "fullness": Reading(
            round(float(np.clip(fullness, -5, 5)), 3), round(0.9 * (1 - turn**2) ** 2, 3), "shape"
        ),
    }


@functools.cache
def _models() -> dict[str, Logistic]:
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    return {name: Logistic.from_dict(stored[name]) for name in ("near", "wide")}


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -60, 60))))


def _checked(image, landmarks, probabilities):
    image = np.asarray(image, np.float32)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image must be [height, width, 3], got {list(image.shape)}")
    probabilities = np.asarray(probabilities, np.float32)
    if probabilities.shape != (*image.shape[:2], len(CLASSES)):
        raise ValueError(
            f"probabilities must be {[*image.shape[:2], len(CLASSES)]} as the image, "
            f"got {list(probabilities.shape)}"
        )
    return image, check_landmarks(np.asarray(landmarks, np.float64)), probabilities
