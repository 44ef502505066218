"""The looks of the procedural head as one colour per vertex, without light.

Each vertex takes the mean of the painted masks over the triangles around it, so fine paint
(freckles, hairs of the brows) is averaged and not hit or missed.
"""

import functools

import numpy as np
from numba import njit
from scipy.ndimage import map_coordinates
from scipy.sparse import csr_matrix

from face2param.engines.builtin import brows, eyeball, eyes, masks, mouth_cavity, palette, skin
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.film import GAMMA
from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.skin import Amount
from face2param.engines.builtin.texture import RESOLUTION, texture
from face2param.morphable.builtin_mesh import Plan, skin_uv

_SPLITS = 4  # each triangle is sampled at _SPLITS^2 places
# Spherical harmonics cast no shadow: what light gets between lids and brows, and into the mouth.
_EYE_LIGHT = 0.75
_MOUTH_LIGHT = {"teeth_upper": 0.80, "teeth_lower": 0.70, "tongue": 0.55, "cavity": 0.6}


class Painter:
    """Colours the vertices of a plan; precomputes what does not depend on the character."""

    def __init__(self, plan: Plan, mesh: HeadMesh):
        """Averages the painted masks around each vertex of the skin.

        Args:
          plan: of the model's mesh.
          mesh: a neutral head with open eyes, for the shadow of the lids.
        """
        self.plan = plan
        head = canonical()
        part = plan.parts["skin"]
        local = part.faces - part.start
        weights = _sample_weights(_SPLITS)
        self._average = _averaging(local, weights, len(part.rows))
        uv = _at_samples(skin_uv(plan), local, weights)
        self._masks = self._average @ _fetch(texture().layers, uv)
        neck = self._masks[:, masks.CHANNEL["region"]] * 255 > masks.REGION_NECK - 0.5
        self.masks = {name: self._masks[:, k] for name, k in masks.CHANNEL.items()}
        self.masks["neck"] = neck.astype(np.float32)
        place = _at_samples(part.matrix @ head.vertices, local, weights)
        column = np.abs(place[:, 0]) * brows.TEXELS_PER_CM - 0.5
        row = (place[:, 1] - brows.WINDOW_BOTTOM) * brows.TEXELS_PER_CM - 0.5
        # Only the front may carry a brow: the window is a shaft through the whole head.
        self._in_window = np.flatnonzero(
            (column > -1) & (column < brows.WINDOW_WIDTH * brows.TEXELS_PER_CM)
            & (row > -1) & (row < brows.WINDOW_HEIGHT * brows.TEXELS_PER_CM)
            & (place[:, 2] > 2.0)
        )  # fmt: skip
        self._brow_at = np.stack([row, column])[:, self._in_window]
        self._lashes = _lash_line(part.rows)
        self._lid_light = [self._shadow_of_lids(mesh, k) for k in (0, 1)]

    def _shadow_of_lids(self, mesh: HeadMesh, k: int) -> np.ndarray:
        skin_part, name = mesh.part("skin"), ("eye_left", "eye_right")[k]
        ring = skin_part.vertices[canonical().topology.eye_rims[k, 0]]
        half = len(ring) // 2
        upper, lower = ring[: half + 1], np.concatenate([ring[half:], ring[:1]])
        points = mesh.part(name).vertices[self.plan.parts[name].rows]
        return _EYE_LIGHT * eyeball.lid_shadow(points, upper, lower)

    def colours(self, character) -> np.ndarray:
        """Display RGB of a character's vertices under even white light.

        Args:
          character: of the "builtin" schema; its hair, beard and glasses are not drawn, the
            roots of beards and stubble are.

        Returns:
          `[vertices, 3]` float32 in [0, 1].
        """
        bald = character.replace(hair="bald")
        look = skin.look(bald, {})
        out = np.zeros((self.plan.count, 3))
        base = look.colours[skin.Colour.BASE]
        brow = np.zeros(self._average.shape[1])
        drawn = brows.draw(brows.BrowShape.of(character))[..., 0]
        brow[self._in_window] = map_coordinates(drawn, self._brow_at, order=1, mode="constant")
        amounts = look.amounts.copy()
        amounts[Amount.SCALP] = amounts[Amount.SCALP_SIDES] = 0.0
        span = self.plan.parts["skin"].span
        out[span] = _skin(self._masks, amounts, look.colours, self._average @ brow)
        out[span] *= self._lashes[:, np.newaxis]
        iris = palette.iris(float(character["iris_hue"]), float(character["iris_lightness"]))
        radius = eyeball.IRIS_RADIUS + 0.06 * (float(character["iris_size"]) - 0.5)
        for name, part in self.plan.parts.items():
            if name.startswith("ear"):
                out[part.span] = base * (1.02, 0.86, 0.84)
            elif name.startswith("eye"):
                light = self._lid_light[int(name == "eye_right")]
                points = eyes.eyeball()[0][part.rows]
                out[part.span] = eyeball.painted(points, radius, iris) * light[:, np.newaxis]
            elif name != "skin":
                out[part.span] = _inside_mouth(name) * _MOUTH_LIGHT[name]
        return (np.clip(out, 0, 1) ** (1 / GAMMA)).astype(np.float32)


def _lash_line(rows: np.ndarray) -> np.ndarray:
    """What the lashes, which are no part of the model, leave of the light of the lids' rims."""
    out = np.ones(len(rows))
    rims = canonical().topology.eye_rims
    half = rims.shape[-1] // 2
    for ring, upper, lower in ((0, 0.30, 0.75), (1, 0.45, 0.85)):
        out[np.isin(rows, rims[:, ring, 1:half])] = upper
        out[np.isin(rows, rims[:, ring, half + 1 :])] = lower
    return out


def _sample_weights(splits: int) -> np.ndarray:
    """Centres of the splits^2 equal parts of a triangle, `[splits^2, 3]` barycentric."""
    out = []
    for i in range(splits):
        for j in range(splits - i):
            out.append((i + 1 / 3, j + 1 / 3))
            if i + j < splits - 1:
                out.append((i + 2 / 3, j + 2 / 3))
    first = np.array(out) / splits
    return np.column_stack([first, 1 - first.sum(1)])


def _at_samples(values: np.ndarray, faces: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Per-vertex values `[n, d]` at the samples of all triangles, `[triangles * samples, d]`."""
    return np.einsum("sk,tkd->tsd", weights, values[faces]).reshape(-1, values.shape[1])


def _averaging(faces: np.ndarray, weights: np.ndarray, count: int) -> csr_matrix:
    """`[vertices, samples]`: each vertex's weighted mean over the samples around it."""
    samples = len(faces) * len(weights)
    rows = np.repeat(faces[:, np.newaxis], len(weights), 1).reshape(-1)
    columns = np.repeat(np.arange(samples), 3)
    # Squared weights favour what lies near the vertex: a compromise of sharp and smooth.
    values = np.broadcast_to(weights**2, (len(faces), *weights.shape)).reshape(-1)
    matrix = csr_matrix((values, (rows, columns)), shape=(count, samples))
    total = np.asarray(matrix.sum(1)).reshape(-1)
    return csr_matrix(matrix.multiply(1 / np.maximum(total, 1e-9)[:, np.newaxis]))


def _fetch(layers: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Bilinear masks `[points, masks]` in [0, 1] at uv `[points, 2]`."""
    x = np.clip(uv[:, 0] * RESOLUTION - 0.5, 0, RESOLUTION - 1.001)
    y = np.clip(uv[:, 1] * RESOLUTION - 0.5, 0, RESOLUTION - 1.001)
    j, i = x.astype(int), y.astype(int)
    fx, fy = (x - j)[:, np.newaxis], (y - i)[:, np.newaxis]
    flat, n = np.asarray(layers).reshape(-1, layers.shape[-1]), len(masks.MASKS)

    def at(di, dj):
        return flat[(i + di) * RESOLUTION + j + dj, :n].astype(np.float32)

    top = at(0, 0) * (1 - fx) + at(0, 1) * fx
    bottom = at(1, 0) * (1 - fx) + at(1, 1) * fx
    return (top * (1 - fy) + bottom * fy) / 255.0


@njit(cache=True)
def _skin(mask, amounts, colours, brow):
    out = np.empty((mask.shape[0], 3))
    sample = np.empty(6)
    for v in range(mask.shape[0]):
        skin.skin_sample(mask[v], amounts, colours, brow[v], sample)
        out[v, 0] = sample[0]
        out[v, 1] = sample[1]
        out[v, 2] = sample[2]
    return out


@functools.cache
def _inside_mouth(name: str) -> np.ndarray:
    """Linear colours of teeth, tongue or wall, `[n, 3]` or `[3]`."""
    if not name.startswith("teeth"):
        return {"tongue": palette.TONGUE, "cavity": palette.CAVITY}[name]
    vertices, faces, corner = mouth_cavity.teeth(name == "teeth_upper")
    v = np.zeros(len(vertices))
    v[faces.reshape(-1)] = corner[..., 1].reshape(-1)
    gum = np.clip((0.53 - v) / 0.06, 0, 1)[:, np.newaxis]
    return palette.TEETH + gum * (palette.GUMS - palette.TEETH)
