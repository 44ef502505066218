"""Label maps for real portraits, made without any learned segmentation.

The landmarks give the inner face (`landmark_regions`). The rest is classical: colour models
of background, skin, hair and cloth start from places where each is certain, are smoothed
along the picture's edges (cost-volume filtering, Rhemann et al., CVPR 2011) and estimated
again. Where the winner is unsure the label is `IGNORE`, so that training learns nothing
from it. Meant for portraits: one face, upright, shoulders below, a calm background.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage

from face2param.features import glasses_detection
from face2param.features.landmark_regions import face_frame, landmark_masks
from face2param.regions import IGNORE, INDEX

_BACKGROUND, _SKIN, _HAIR, _CLOTH = range(4)
_COMPONENTS = (5, 4, 4, 5)
"""Gaussians per colour model."""


def pseudo_labels(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Labels one portrait.

    Args:
      image: `[height, width, 3]` float32 RGB in [0, 1]; about 60 to 200 pixels between the
        outer eye corners work best.
      landmarks: `[68, 2]` (x, y) in pixels.

    Returns:
      `[height, width]` uint8 classes of `face2param.regions`, `IGNORE` where unsure.

    Raises:
      ValueError: `image` or `landmarks` has the wrong shape.
    """
    image = np.asarray(image, np.float32)
    if image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(f"image must be [height, width, 3], got {image.shape}")
    size = image.shape[:2]
    x, y = _face_coordinates(landmarks, size)
    masks = landmark_masks(landmarks, size)
    chin = float(_to_face(landmarks, landmarks[8:9])[0, 1])
    colours = _colour_features(image)
    foreground = _foreground(image, x, y, masks, chin)
    coarse, certainty = _materials(image, colours, foreground, x, y, masks, chin)
    labels = _compose(image, colours, coarse, certainty, masks, landmarks, x, y)
    if glasses_detection.glasses_score(image, landmarks) > glasses_detection.THRESHOLD:
        # As CelebAMask-HQ has it, glasses hide the eyes; where they end is unsure.
        lens, may_be = glasses_detection.lens_masks(x, y)
        labels[may_be] = IGNORE
        labels[lens] = INDEX["eye_g"]
    return labels


def _to_face(landmarks: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Positions in the face's frame, in outer-eye distances: x right, y down from the eyes."""
    origin, across, down, unit = face_frame(np.asarray(landmarks, np.float64))
    return (points - origin) @ np.stack([across, down], 1) / unit


def _face_coordinates(landmarks: np.ndarray, size: tuple[int, int]):
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    grid = np.stack([columns, rows], -1).reshape(-1, 2)
    return _to_face(landmarks, grid).reshape(*size, 2).transpose(2, 0, 1)


def _colour_features(image: np.ndarray) -> np.ndarray:
    """`[h, w, 4]`: Lab and local contrast, each scaled to about one unit of difference."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    smooth = cv2.bilateralFilter(lab, 5, 8.0, 2.0)
    light = lab[..., 0]
    detail = cv2.GaussianBlur(np.abs(light - cv2.GaussianBlur(light, (0, 0), 2.0)), (0, 0), 2.0)
    scales = np.float32([12.0, 5.0, 5.0, 3.0])
    return np.concatenate([smooth, np.minimum(detail, 12.0)[..., None]], -1) / scales


def _foreground(image, x, y, masks, chin) -> np.ndarray:
    """Person against background: GrabCut seeded by the face and a smooth wall; bool."""
    # Stretched Lab: black hair differs from a dark studio wall in its chroma only.
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB) * np.float32([2.0, 2.5, 2.5])
    width = max(2, x.shape[1] // 60)
    border = np.zeros(x.shape, bool)
    border[:width] = border[:, :width] = border[:, -width:] = True
    border &= ((y < 0.2) & (np.abs(x) > 1.0)) | (y < -2.3)
    guess = np.full(x.shape, cv2.GC_PR_BGD, np.uint8)
    head = (x / 1.15) ** 2 + ((y - 0.05) / 1.75) ** 2 < 1
    # The whole width below the chin: a suit left to the background would teach it navy.
    guess[head | (y > chin + 0.3)] = cv2.GC_PR_FGD
    wall = _smooth_wall(lab, border, x, y)
    if wall is not None:
        guess[:] = cv2.GC_PR_FGD
        guess[wall] = cv2.GC_PR_BGD
        guess[cv2.erode(wall.astype(np.uint8), np.ones((5, 5))).astype(bool)] = cv2.GC_BGD
    neck = (np.abs(x) < 0.4) & (y > 0.3) & (y < chin + 0.5)
    chest = (np.abs(x) < 0.6 + 0.6 * (y - chin - 0.5)) & (y >= chin + 0.5)
    guess[border] = cv2.GC_BGD
    guess[masks["face"] | neck | chest] = cv2.GC_FGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    picture = np.clip(lab + np.float32([0, 128, 128]), 0, 255).astype(np.uint8)
    cv2.setRNGSeed(0)
    cv2.grabCut(np.ascontiguousarray(picture), guess, None, *models, 4, cv2.GC_INIT_WITH_MASK)
    person = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    # Only what hangs together with the face, and no holes.
    _, parts = cv2.connectedComponents(person)
    inside = parts[masks["face"]]
    person = parts == np.bincount(inside).argmax()
    return ndimage.binary_fill_holes(person)


def _smooth_wall(lab, border, x, y) -> np.ndarray | None:
    """Pixels of a wall whose colour is a smooth function of the place, or None.

    A quadratic of the position is fitted to the border and to what it explains of the
    pixels that hang together with it. None where the border itself is not explained.
    """
    scale = max(np.abs(x).max(), np.abs(y).max())
    u, v = (x / scale).ravel(), (y / scale).ravel()
    basis = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], 1)
    flat = lab.reshape(-1, 3)
    seeds = border.copy()
    if seeds.sum() < 50:
        return None
    for _ in range(4):
        chosen = seeds.ravel()
        weights = np.ones(chosen.sum())
        for _ in range(4):  # iteratively reweighted: hair at the border is an outlier
            root = np.sqrt(weights)[:, None]
            fit = np.linalg.lstsq(basis[chosen] * root, flat[chosen] * root, rcond=None)[0]
            distance = np.linalg.norm(flat[chosen] - basis[chosen] @ fit, axis=1)
            weights = 1 / (1 + (distance / 8.0) ** 2)
        distance = np.linalg.norm(flat - basis @ fit, axis=1).reshape(x.shape)
        like = (distance < 20.0).astype(np.uint8)
        _, parts = cv2.connectedComponents(like)
        touching = np.unique(parts[border & (like > 0)])
        seeds = np.isin(parts, touching[touching > 0])
    return seeds if (distance[border] < 20.0).mean() > 0.7 else None


def _materials(image, colours, foreground, x, y, masks, chin):
    """Most likely of the four materials `[h, w]` and its probability."""
    prior = _priors(x, y, masks, chin, foreground)
    feature = masks["l_eye"] | masks["r_eye"] | masks["u_lip"] | masks["l_lip"] | masks["mouth"]
    feature |= masks["l_brow"] | masks["r_brow"]
    clear = masks["face"] & ~cv2.dilate(feature.astype(np.uint8), np.ones((5, 5))).astype(bool)
    seeds = np.zeros((*x.shape, 4), bool)
    seeds[..., _BACKGROUND] = ~foreground
    # Cheeks, nose and lower forehead; a beard below would spoil the skin model.
    seeds[..., _SKIN] = clear & (y < 0.45) & (y > -0.42)
    skin_score = _log_likelihood(colours, colours[seeds[..., _SKIN]], 3)
    unlike = skin_score < np.quantile(skin_score[seeds[..., _SKIN]], 0.02)
    high = foreground & (y < -0.55) & ~masks["face"]
    beside = foreground & (np.abs(x) > 0.85) & (y < 0.1)
    seeds[..., _HAIR] = (high | beside) & unlike
    seeds[..., _CLOTH] = foreground & (y > chin + 0.55)
    guide = np.ascontiguousarray(image)
    probability = None
    for _ in range(3):
        scores = []
        for material in range(4):
            values = colours[seeds[..., material]]
            if len(values) < 60:
                scores.append(np.full(x.shape, -40.0, np.float32))
                continue
            scores.append(_log_likelihood(colours, values, _COMPONENTS[material]))
        volume = np.maximum(np.stack(scores, -1), -14.0) + np.log(prior + 1e-6)
        volume = np.stack(
            [
                cv2.ximgproc.guidedFilter(guide, np.ascontiguousarray(v), 4, 1e-4)
                for v in np.moveaxis(volume.astype(np.float32), -1, 0)
            ],
            -1,
        )
        volume -= volume.max(-1, keepdims=True)
        probability = np.exp(volume) / np.exp(volume).sum(-1, keepdims=True)
        winner = probability.argmax(-1)
        sure = probability.max(-1) > 0.9
        for material in (_SKIN, _HAIR, _CLOTH):
            seeds[..., material] = sure & (winner == material)
        seeds[..., _SKIN] &= ~feature
    return probability.argmax(-1), probability.max(-1)


def _priors(x, y, masks, chin, foreground) -> np.ndarray:
    """Where each material may be, `[h, w, 4]`."""

    def soft(value, width=0.08):
        return 1 / (1 + np.exp(-np.clip(value / width, -30, 30)))

    inside = cv2.GaussianBlur(masks["face"].astype(np.float32), (0, 0), 2.0)
    person = cv2.GaussianBlur(foreground.astype(np.float32), (0, 0), 1.0)
    # The face goes on above the brows to a hairline at about -0.85, to -1.5 where bald.
    face = np.maximum(inside, soft(0.78 - np.abs(x)) * soft(y + 0.75) * soft(0.2 - y))
    dome = soft(1.0 - (x / 0.85) ** 2 - (np.minimum(y, 0) / 1.5) ** 2) * soft(0.1 - y)
    ears = soft(1.0 - np.abs(x), 0.05) * soft(y + 0.35) * soft(0.55 - y)
    neck = soft(0.62 - np.abs(x)) * soft(y - 0.5) * soft(chin + 0.75 - y)
    skin = np.maximum.reduce([face, 0.35 * dome, 0.5 * ears, 0.8 * neck, np.full_like(x, 0.01)])
    hair = (1 - inside) * soft(chin + 1.6 - y, 0.3) * (1 - 0.97 * neck * soft(0.45 - np.abs(x)))
    hair *= 1 - 0.9 * inside
    hair = np.maximum(hair * np.where(y > 0.5, 0.35, 0.7), 0.002)
    cloth = soft(y - chin - 0.22 + 0.25 * np.abs(x), 0.06)
    background = np.clip(1 - person, 0.0005, 1.0)
    materials = np.stack([background, person * skin, person * hair, person * cloth], -1)
    return materials / materials.sum(-1, keepdims=True)


def _log_likelihood(features: np.ndarray, values: np.ndarray, components: int) -> np.ndarray:
    """Log density of a Gaussian mixture fitted to `values`, at every pixel of `features`."""
    rng = np.random.default_rng(0)
    if len(values) > 2500:
        values = values[rng.choice(len(values), 2500, replace=False)]
    components = int(min(components, max(1, len(values) // 40)))
    means, covariances, weights = _fit_mixture(values.astype(np.float64), components, rng)
    flat = features.reshape(-1, features.shape[-1]).astype(np.float64)
    score = np.stack(
        [
            np.log(w) + _gaussian(flat, m, c)
            for m, c, w in zip(means, covariances, weights, strict=True)
        ]
    )
    top = score.max(0)
    score = top + np.log(np.exp(score - top).sum(0))
    return score.reshape(features.shape[:-1]).astype(np.float32)


def _gaussian(values, mean, covariance):
    lower = np.linalg.cholesky(covariance)
    solved = np.linalg.solve(lower, (values - mean).T)
    return -0.5 * (solved**2).sum(0) - np.log(np.diag(lower)).sum()


def _fit_mixture(values: np.ndarray, components: int, rng: np.random.Generator):
    """Expectation maximisation from k-means++ starts; covariances are kept wide."""
    means = [values[rng.integers(len(values))]]
    for _ in range(components - 1):
        distance = np.min([((values - m) ** 2).sum(1) for m in means], 0)
        means.append(values[rng.choice(len(values), p=distance / distance.sum())])
    means = np.array(means)
    dimensions = values.shape[1]
    covariances = np.repeat(np.eye(dimensions)[None], components, 0)
    weights = np.full(components, 1 / components)
    for _ in range(12):
        score = np.stack(
            [
                np.log(w + 1e-12) + _gaussian(values, m, c)
                for m, c, w in zip(means, covariances, weights, strict=True)
            ],
            1,
        )
        share = np.exp(score - score.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        mass = share.sum(0) + 1e-6
        weights = mass / mass.sum()
        means = share.T @ values / mass[:, None]
        for k in range(components):
            centred = values - means[k]
            covariances[k] = (share[:, k, None] * centred).T @ centred / mass[k]
            covariances[k] += 0.12 * np.eye(dimensions)
    return means, covariances, weights


def _compose(image, colours, coarse, certainty, masks, landmarks, x, y) -> np.ndarray:
    """Joins materials and landmark regions into the 19 classes."""
    labels = np.full(x.shape, IGNORE, np.uint8)
    materials = {_BACKGROUND: "background", _HAIR: "hair", _CLOTH: "cloth", _SKIN: "skin"}
    for material, name in materials.items():
        labels[(coarse == material) & (certainty > 0.75)] = INDEX[name]
    face = masks["face"]
    skin = labels == INDEX["skin"]
    jaw = _to_face(landmarks, landmarks[:17])
    half_width = np.interp(y, jaw[:9, 1], (jaw[16:7:-1, 0] - jaw[:9, 0]) / 2)
    centre = np.interp(y, jaw[:9, 1], (jaw[16:7:-1, 0] + jaw[:9, 0]) / 2)
    beyond = np.abs(x - centre) - half_width
    below = (y > 0.35) & ~face
    labels[skin & below] = INDEX["neck"]
    ear = skin & ~face & (beyond > 0.015) & (y > -0.3) & (y < 0.5)
    labels[ear & (x < 0)] = INDEX["l_ear"]
    labels[ear & (x > 0)] = INDEX["r_ear"]
    # Above the jaw line's ends the border between temple and ear is a guess.
    labels[ear & (np.abs(beyond) < 0.04)] = IGNORE
    hair = labels == INDEX["hair"]
    kept = _opened(hair, 0.06 * face_frame(landmarks)[3])  # not the shaded rim of a bald head
    _, parts = cv2.connectedComponents(kept.astype(np.uint8))
    on_head = np.unique(parts[kept & (y < -0.1)])  # not a dark seam on a shoulder
    labels[hair & ~(kept & np.isin(parts, on_head))] = IGNORE
    labels[hair & (y > 0.6) & (np.abs(x) < 0.45)] = IGNORE  # a beard below the chin, or hair
    # Inside the outline everything is skin, a beard too, except what does not look like it
    # higher up: a fringe, a shadow, glasses. What that is the colours cannot say.
    labels[face & (labels != INDEX["skin"]) & (y <= 0.45)] = IGNORE
    odd = face & ~_skin_like(colours, masks, y)
    odd = cv2.morphologyEx(odd.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7))).astype(bool)
    labels[odd & (y <= 0.45)] = IGNORE
    labels[face & (y > 0.45)] = INDEX["skin"]
    labels[_thin_lines(image) & (np.abs(x) < 0.8) & (y > -0.25) & (y < 0.36)] = IGNORE
    edge = cv2.morphologyEx(face.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3)))
    labels[edge.astype(bool) & (y > 0.3)] = IGNORE
    for name in ("nose", "l_eye", "r_eye", "u_lip", "l_lip", "mouth"):
        labels[_rim(masks[name]) & (labels == INDEX["skin"])] = IGNORE
        labels[masks[name]] = INDEX[name]
    _label_brows(labels, image, masks)
    return labels


def _skin_like(colours, masks, y) -> np.ndarray:
    cheeks = masks["face"] & (y > 0.1) & (y < 0.45) & ~masks["nose"]
    score = _log_likelihood(colours, colours[cheeks], 3)
    return score > np.quantile(score[cheeks], 0.01) - 4.0


def _opened(mask: np.ndarray, radius: float) -> np.ndarray:
    size = 2 * round(radius) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel).astype(bool)


def _thin_lines(image: np.ndarray) -> np.ndarray:
    """Pixels that differ from their surroundings: frames of glasses, deep folds."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    around = np.stack([cv2.medianBlur(np.ascontiguousarray(lab[..., i]), 5) for i in range(3)], -1)
    wide = cv2.GaussianBlur(around, (0, 0), 5.0)
    differs = np.linalg.norm(lab - wide, axis=-1) > 13.0
    return cv2.dilate(differs.astype(np.uint8), np.ones((3, 3))).astype(bool)


def _rim(mask: np.ndarray) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3))).astype(bool) & ~mask


def _label_brows(labels, image, masks) -> None:
    """Brow where the landmarks' band and the darkness of the hair agree, unsure where not.

    Darkness runs from the skin around (0) to the brow's darkest fifth (1). Deep inside the
    band little of it is asked for, since brows are thin, pale or grey; far outside much, since
    folds of the lid and shadows of the brow ridge are dark too.
    """
    light = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0]
    light = cv2.GaussianBlur(light, (0, 0), 0.8)
    eyes = masks["l_eye"] | masks["r_eye"]
    for name in ("l_brow", "r_brow"):
        band = masks[name]
        depth = 2.0 * max(_distance_inside(band).max(), 1.0)  # the band's height
        outside = (_distance_inside(~band) - _distance_inside(band)) / depth
        near = (outside < 0.35) & ~eyes
        around = (outside >= 0.35) & (outside < 0.9) & (labels == INDEX["skin"])
        labels[near] = IGNORE
        if around.sum() < 20 or band.sum() < 20:
            continue
        skin = np.median(light[around])
        dark = np.quantile(light[band], 0.2)
        darkness = (skin - light) / max(skin - dark, 6.0)
        asked = np.clip(0.5 + 1.4 * outside, 0.1, 0.95)
        labels[near & (darkness > asked + 0.1)] = INDEX[name]
        labels[near & (darkness < asked - 0.1)] = INDEX["skin"]
        if skin - dark < 6:  # too faint to tell: trust the landmarks' band
            labels[band & ~eyes] = INDEX[name]


def _distance_inside(mask: np.ndarray) -> np.ndarray:
    """Distance of each pixel of the mask to its edge, 0 outside."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
