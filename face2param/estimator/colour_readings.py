"""Colours of a person under neutral light, each from the pixels that surely show it."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from face2param.estimator.colour_space import (
    LUMINANCE,
    lab_to_linear,
    linear_to_lab,
    srgb_to_linear,
)
from face2param.estimator.white_balance import Light
from face2param.features.landmark_regions import face_frame, fill_polygon, landmark_masks
from face2param.regions import INDEX


@dataclasses.dataclass(frozen=True)
class Seen:
    """A colour and how well it was seen.

    Attributes:
      lab: `[3]` L*a*b*; NaN where nothing was seen.
      pixels: how many showed it.
      spread: L*a*b* distance of its parts from each other, or of its pixels from the mean.
    """

    lab: np.ndarray
    pixels: int
    spread: float


class Palette:
    """A photograph ready for reading colours: neutral light, regions, landmarks."""

    def __init__(self, image, landmarks, probabilities, light: Light):
        """Prepares a photograph.

        Args:
          image: `[height, width, 3]` RGB in [0, 1].
          landmarks: `[68, 2]` (x, y) in pixels.
          probabilities: `[height, width, 19]` of the parsing network.
          light: to take out.
        """
        self.linear = light.neutral(srgb_to_linear(np.asarray(image, np.float64)))
        self.lab = linear_to_lab(self.linear)
        self.landmarks = np.asarray(landmarks, np.float64)
        self.probabilities = probabilities
        self.size = image.shape[:2]
        self.masks = landmark_masks(landmarks, self.size)
        self.origin, self.across, self.down, self.unit = face_frame(landmarks)

    def region(self, *names: str) -> np.ndarray:
        """Probability `[height, width]` of being of one of the classes."""
        return self.probabilities[..., [INDEX[name] for name in names]].sum(-1)

    def inside(self, mask: np.ndarray, distance: float) -> np.ndarray:
        """The mask without what is closer to its edge than a part of the outer-eye distance.

        The picture's border is no edge.
        """
        padded = np.pad(mask.astype(np.uint8), 1, mode="edge")
        deep = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
        return deep > distance * self.unit

    def mean(self, mask: np.ndarray, low: float = 0.25, high: float = 0.75) -> Seen:
        """Mean in linear light of a mask's pixels between two quantiles of luminance.

        Highlights and deep shadows fall outside.
        """
        if not mask.any():
            return _unseen()
        colours = self.linear[mask]
        light = colours @ LUMINANCE
        bounds = np.quantile(light, [low, high])
        between = (light >= bounds[0]) & (light <= bounds[1])
        if between.any():  # of two pixels none lies between the quantiles
            colours = colours[between]
        lab = linear_to_lab(colours.mean(0))
        spread = np.linalg.norm(linear_to_lab(colours) - lab, axis=-1)
        return Seen(lab, int(mask.sum()), float(np.median(spread)))

    def unlike(self, mask: np.ndarray, skin_lab: np.ndarray, share: float = 0.4) -> Seen:
        """Mean of the part of a mask that is least like the skin: hairs, dark, grey or white."""
        if not mask.any():
            return _unseen()
        apart = np.linalg.norm(self.lab - skin_lab, axis=-1)
        return self.mean(mask & (apart >= np.quantile(apart[mask], 1 - share)), 0.1, 0.9)

    def patch(self, weights: dict[int, float], radius: float) -> np.ndarray:
        """Disc around a combination of landmarks; the radius in outer-eye distances."""
        x, y = sum(share * self.landmarks[index] for index, share in weights.items())
        disc = np.zeros(self.size, np.uint8)
        centre = (round((x - 0.5) * 16), round((y - 0.5) * 16))  # in 1/16 pixel
        cv2.circle(disc, centre, round(radius * self.unit * 16), 1, cv2.FILLED, cv2.LINE_8, 4)
        return disc.astype(bool)


_CHEEKS = (
    {41: 0.3, 31: 0.35, 3: 0.35},
    {46: 0.3, 35: 0.35, 13: 0.35},
)
_ZONES = {
    "moustache": ({33: 0.4, 51: 0.6}, {32: 0.4, 50: 0.6}, {34: 0.4, 52: 0.6}),
    "chin": ({57: 0.4, 8: 0.6}, {58: 0.4, 7: 0.6}, {56: 0.4, 9: 0.6}),
    "jaw": (
        {48: 0.35, 5: 0.65}, {48: 0.35, 4: 0.65}, {54: 0.35, 11: 0.65}, {54: 0.35, 12: 0.65},
    ),
    "whiskers": ({48: 0.2, 3: 0.8}, {31: 0.2, 2: 0.8}, {54: 0.2, 13: 0.8}, {35: 0.2, 14: 0.8}),
}  # fmt: skip
BEARD_ZONES = tuple(_ZONES)


def skin(palette: Palette) -> Seen:
    """Skin of both cheeks and the forehead; `spread` is how far these three are apart."""
    bare = palette.region("skin") > 0.7
    up = -0.35 * palette.unit * palette.down
    brows = palette.landmarks[19:25]
    forehead = fill_polygon(
        np.concatenate([brows + 0.3 * up, (brows + 1.1 * up)[::-1]]), palette.size
    )
    zones = [palette.patch(cheek, 0.17) & bare for cheek in _CHEEKS] + [forehead & bare]
    # Foreheads and cheekbones shine: their upper half of brightness is lamp, not skin.
    parts = [palette.mean(zone, 0.05, 0.45) for zone in zones if zone.sum() > 20]
    if not parts:
        return palette.mean(bare & palette.masks["face"])
    linear = np.maximum(lab_to_linear(np.array([part.lab for part in parts])), 0.0)
    # Lit and shadowed side count alike.
    lab = linear_to_lab(np.mean(linear, 0))
    apart = [np.linalg.norm(part.lab - lab) for part in parts]
    return Seen(lab, int(sum(part.pixels for part in parts)), float(np.max(apart)))


def hair(palette: Palette) -> Seen:
    """Hair well inside its silhouette, where no background shines through."""
    for share, depth in ((0.95, 0.06), (0.9, 0.03), (0.7, 0.015)):
        deep = palette.inside(palette.region("hair") > share, depth)
        if deep.sum() > 0.02 * palette.unit**2:
            return palette.mean(deep, 0.2, 0.8)
    return _unseen()


def brows(palette: Palette, skin_lab: np.ndarray) -> Seen:
    """The hairs of both brows rather than the skin `[3]` between them."""
    mask = (palette.masks["l_brow"] | palette.masks["r_brow"]) & (
        palette.region("l_brow", "r_brow") > 0.4
    )
    return palette.unlike(mask, skin_lab)


def lips(palette: Palette) -> Seen:
    """Both lips without their edges and highlights."""
    mask = (palette.masks["u_lip"] | palette.masks["l_lip"]) & (
        palette.region("u_lip", "l_lip") > 0.6
    )
    smaller = palette.inside(mask, 0.012)
    return palette.mean(smaller if smaller.sum() > 15 else mask, 0.2, 0.8)


def irises(palette: Palette) -> Seen:
    """A ring around each pupil, without lids, lashes and highlights.

    The iris is 11.8 mm wide and the outer eye corners 90 mm apart in the mean adult (Farkas
    1994), so its radius is 0.065 outer-eye distances. The ring is looked for around the darkest
    place of the eye's middle; `spread` grows when the two eyes disagree.
    """
    found = []
    for first, side in ((36, "l_eye"), (42, "r_eye")):
        opening = palette.inside(palette.masks[side], 0.008)
        points = palette.landmarks[first : first + 6]
        middle, width = points.mean(0), np.linalg.norm(points[3] - points[0])
        rows, columns = np.ogrid[: palette.size[0], : palette.size[1]]
        rows, columns = rows + 0.5, columns + 0.5
        near = palette.masks[side] & (np.hypot(columns - middle[0], rows - middle[1]) < 0.3 * width)
        if near.sum() < 6 or opening.sum() < 6:
            continue
        radius = 0.065 * palette.unit
        dark = cv2.GaussianBlur(palette.lab[..., 0], (0, 0), 0.5 * radius)
        at = np.unravel_index(np.where(near, dark, np.inf).argmin(), dark.shape)
        far = np.hypot(columns - columns[0, at[1]], rows - rows[at[0], 0])
        ring = opening & (far > 0.4 * radius) & (far < 0.85 * radius)
        if ring.sum() >= 6:
            found.append(palette.mean(ring, 0.25, 0.8))
    if not found:
        return _unseen()
    lab = np.mean([part.lab for part in found], 0)
    apart = max(np.linalg.norm(part.lab - lab) for part in found)
    return Seen(lab, sum(part.pixels for part in found), float(apart if len(found) > 1 else 12.0))


def beard(palette: Palette, skin_lab: np.ndarray) -> tuple[dict[str, float], Seen]:
    """Signs of a beard at four places, and the colour that it would have.

    Args:
      palette: the photograph.
      skin_lab: `[3]` bare skin, of `skin`.

    Returns:
      zone -> how much darker than the skin (or, for white beards, less coloured) it is, in
      units of L*a*b*, plus its roughness; shaded skin reaches about 10, beards 20 and more.
      And the colour of the zones with the strongest signs.
    """
    evidence, masks = {}, {}
    smooth = cv2.GaussianBlur(palette.lab[..., 0], (0, 0), 0.03 * palette.unit)
    rough = np.abs(palette.lab[..., 0] - smooth)
    free = palette.region("skin", "hair", "neck") > 0.5
    for name, places in _ZONES.items():
        mask = np.zeros(palette.size, bool)
        for place in places:
            mask |= palette.patch(place, 0.05)
        masks[name] = mask = mask & free & ~palette.masks["u_lip"] & ~palette.masks["l_lip"]
        seen = palette.mean(mask)
        if seen.pixels < 10:
            evidence[name] = 0.0
            continue
        darker = max(skin_lab[0] - seen.lab[0], 0.0)
        paler = max(np.hypot(*skin_lab[1:]) - np.hypot(*seen.lab[1:]), 0.0)
        evidence[name] = float(np.hypot(darker, paler) + 2.0 * np.mean(rough[mask]))
    strong = max(evidence.values())
    chosen = [masks[name] for name, value in evidence.items() if value > 0.7 * strong]
    return evidence, palette.unlike(np.any(chosen, 0), skin_lab)


def _unseen() -> Seen:
    return Seen(np.full(3, np.nan), 0, 0.0)
