"""Display RGB, linear light and CIE L*a*b* on NumPy arrays (IEC 61966-2-1; CIE 15:2004, D65)."""

import numpy as np

_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _RGB_TO_XYZ.sum(1)
LUMINANCE = _RGB_TO_XYZ[1]
"""`[3]` luminance of linear red, green and blue."""


def srgb_to_linear(colours: np.ndarray) -> np.ndarray:
    """Display RGB `[..., 3]`, clipped to [0, 1], to linear RGB."""
    colours = np.clip(colours, 0.0, 1.0)
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(colours: np.ndarray) -> np.ndarray:
    """Linear RGB `[..., 3]`, clipped to [0, 1], to display RGB."""
    colours = np.clip(colours, 0.0, 1.0)
    return np.where(colours <= 0.0031308, colours * 12.92, 1.055 * colours ** (1 / 2.4) - 0.055)


def linear_to_lab(colours: np.ndarray) -> np.ndarray:
    """Linear RGB `[..., 3]`, at least 0, to L*a*b*, L* in [0, 100]."""
    ratio = np.asarray(colours) @ _RGB_TO_XYZ.T / _WHITE
    knee = 6 / 29
    f = np.where(ratio > knee**3, np.cbrt(ratio), ratio / (3 * knee**2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def lab_to_linear(colours: np.ndarray) -> np.ndarray:
    """L*a*b* `[..., 3]` to linear RGB; colours no display shows leave [0, 1]."""
    lightness, a, b = np.moveaxis(np.asarray(colours, np.float64), -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], -1)
    knee = 6 / 29
    ratio = np.where(f > knee, f**3, 3 * knee**2 * (f - 4 / 29))
    return ratio * _WHITE @ np.linalg.inv(_RGB_TO_XYZ).T


def srgb_to_lab(colours: np.ndarray) -> np.ndarray:
    """Display RGB `[..., 3]` in [0, 1] to L*a*b*."""
    return linear_to_lab(srgb_to_linear(colours))


def hex_code(lab: np.ndarray) -> str:
    """`#rrggbb` of the display colour next to L*a*b* `[3]`."""
    code = np.round(linear_to_srgb(lab_to_linear(lab)) * 255).astype(int)
    return "#" + "".join(f"{value:02x}" for value in code)
