"""Colours of people, as linear RGB albedo: skin, lips, hair, iris, make-up, cloth.

Ramps are authored in sRGB and interpolated there, which is how they were chosen by eye.
"""

import colorsys

import numpy as np

# Pale pinkish to very dark, at even steps of `skin_tone`: display RGB. The upper six follow
# the cheeks of studio portraits (medians over tenths of 70 photographs sorted by brightness).
_SKIN = np.array(
    [
        (248, 220, 207),
        (244, 201, 186),
        (235, 187, 165),
        (219, 165, 140),
        (193, 135, 109),
        (153, 104, 82),
        (113, 74, 60),
        (74, 48, 40),
    ],
    float,
)
# Black, dark brown, brown, light brown, dark blond, light blond: linear albedo.
_HAIR = np.array(
    [
        (0.008, 0.007, 0.007),
        (0.024, 0.014, 0.010),
        (0.070, 0.037, 0.020),
        (0.160, 0.088, 0.044),
        (0.310, 0.195, 0.095),
        (0.500, 0.365, 0.205),
    ]
)
_GINGER = np.array((0.30, 0.085, 0.028))
_WHITE = np.array((0.52, 0.52, 0.52))
# Dark brown, brown, hazel, green, grey, blue: linear albedo.
_IRIS = np.array(
    [
        (0.040, 0.018, 0.010),
        (0.110, 0.052, 0.024),
        (0.170, 0.108, 0.045),
        (0.120, 0.150, 0.078),
        (0.150, 0.185, 0.205),
        (0.085, 0.170, 0.310),
    ]
)
CLOTH = np.array((0.10, 0.13, 0.175))
TEETH = np.array((0.74, 0.67, 0.57))
GUMS = np.array((0.46, 0.17, 0.17))
TONGUE = np.array((0.46, 0.16, 0.16))
CAVITY = np.array((0.12, 0.03, 0.03))
BACKGROUND = ((0.66, 0.68, 0.70), (0.44, 0.46, 0.49))
"""Display RGB of the studio wall: behind the head, and in the corners of the picture."""

# A lip never comes closer to its skin than this fraction of the skin's luminance; dlib and
# people lose the mouth otherwise.
MINIMUM_LIP_CONTRAST = 0.18


def srgb_to_linear(colour: np.ndarray) -> np.ndarray:
    """Display RGB in [0, 1] to linear RGB (power 2.2, as `shading.py` encodes)."""
    return np.asarray(colour, np.float64) ** 2.2


def ramp(stops: np.ndarray, position: float) -> np.ndarray:
    """Linear interpolation in `[stops, 3]` at `position` in [0, 1]; returns `[3]`."""
    at = np.linspace(0.0, 1.0, len(stops))
    return np.array([np.interp(position, at, stops[:, k]) for k in range(3)])


def luminance(colour: np.ndarray) -> float:
    """Relative luminance of linear RGB `[3]`."""
    return float(np.dot(colour, (0.2126, 0.7152, 0.0722)))


def skin(tone: float, undertone: float) -> np.ndarray:
    """Linear albedo `[3]` of skin; tone 0 pale to 1 very dark, undertone 0 cool to 1 warm."""
    base = srgb_to_linear(ramp(_SKIN, tone) / 255.0)
    warm = undertone - 0.5
    blue = 0.34 if warm > 0 else 0.18  # from pink to golden
    return base * (1.0 + 0.04 * warm, 1.0 + 0.06 * warm, 1.0 - blue * warm)


def lips(skin_colour: np.ndarray, tint: float, darkness: float) -> np.ndarray:
    """Linear albedo `[3]` of natural lips on skin `[3]`, with a least contrast to it."""
    # Blood takes green and blue out; dark skin has browner, purpler lips.
    dark = 1.0 - min(luminance(skin_colour) / 0.45, 1.0)
    red = np.array((0.88, 0.49, 0.58)) * (1.0 - dark) + np.array((0.90, 0.55, 0.66)) * dark
    plain = np.array((0.88, 0.71, 0.76))
    colour = skin_colour * (plain + (red - plain) * (0.25 + 0.75 * tint))
    colour = colour * (1.12 - 0.52 * darkness)
    limit = (1.0 - MINIMUM_LIP_CONTRAST) * luminance(skin_colour)
    return colour * min(1.0, limit / luminance(colour))


def hair(tone: float, redness: float, grey: float) -> np.ndarray:
    """Linear albedo `[3]` of hair; also of brows and beards."""
    pigment = ramp(_HAIR, tone)
    ginger = _GINGER * (0.35 + 1.1 * tone)
    pigment = pigment + (ginger - pigment) * 0.8 * redness
    return pigment + (_WHITE * (0.45 + 0.55 * grey) - pigment) * grey


def iris(hue: float, lightness: float) -> np.ndarray:
    """Linear albedo `[3]` of the iris."""
    return ramp(_IRIS, hue) * (0.55 + 1.0 * lightness)


def lipstick(hue: float) -> np.ndarray:
    """Linear albedo `[3]`: purple over red to orange."""
    return srgb_to_linear(colorsys.hsv_to_rgb((0.90 + 0.15 * hue) % 1.0, 0.78, 0.66))


def eyeshadow(hue: float, skin_colour: np.ndarray) -> np.ndarray:
    """Linear albedo `[3]`, never lighter than 0.75 of the skin `[3]`."""
    colour = srgb_to_linear(colorsys.hsv_to_rgb(hue % 1.0, 0.50, 0.42))
    return np.minimum(colour, 0.75 * skin_colour)


def blush(skin_colour: np.ndarray) -> np.ndarray:
    """Linear albedo `[3]` of rouge on skin `[3]`."""
    return skin_colour * (1.0, 0.55, 0.58)
