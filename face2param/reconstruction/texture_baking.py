"""Paints a face model's texture from photographs of the face.

A texel is looked up in the photograph where its place on the posed face lies. How much it is
believed depends on what the camera saw: nothing behind an edge or outside of the photograph,
little at a grazing angle. What one photograph did not see comes from other photographs of the
same person, then from the mirrored side, then from the model's albedo, each matched in colour
to what lies above it (see `pull_push.blend`).

All of this happens without light: colours are divided by the shading of the place where they
were seen and multiplied by that of the place where they go.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial import cKDTree

from face2param.reconstruction import pull_push, texture_kernel
from face2param.reconstruction.atlas import Atlas
from face2param.rendering import raster

Project = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

_DEPTH_SIDE = 512
"""Longest side in pixels of the depth picture that decides what is hidden."""

_DARKEST = 0.2
"""Shading below this is not divided away: there the photograph holds noise, not colour."""

_FINER = 1.4
"""Pixels to a texel from which a photograph is shrunk before it is sampled."""

_SPREAD = 3
"""Pixels of the depth picture around an edge in which what lies behind is not believed."""

_RIM = 0.03
"""Of the face's size: within this distance of its outline belief falls to 0."""

_LIMITS = (0.25, 0.65, 0.006, 1.0)
"""See `texture_kernel.sample`. The third: 6 mm at Deep3D's distance of ten decimetres."""

_SEEN = 0.25
"""A vertex with more weight counts as seen."""

_FADE = 0.25
"""Decimetres beyond what was seen over which its colours go over into their mean."""

_EVEN = 0.6
"""How far the light on places that were not seen is drawn to its mean."""

_SHARE = 0.3
"""Of the vertices of a piece of skin: where fewer were seen, it goes by the largest piece."""

_ALIKE = 0.15
"""Largest difference of mean albedo between pieces that are taken for the same skin."""


@dataclasses.dataclass(frozen=True)
class View:
    """One photograph and the face in it.

    Attributes:
      image: `[height, width, 3]` float32 RGB in [0, 1], the whole photograph.
      vertices: `[vertices, 3]` posed face, decimetres.
      normals: `[vertices, 3]` unit, posed.
      shading: `[vertices, 3]` colour of the light that each vertex sends back when its albedo
        is 1.
      project: posed points `[points, 3]` to (screen `[points, 2]` in pixels of the photograph,
        inverse depth `[points]`).
      eye: `[3]` where the camera is.
      mask: `[rows, columns]` in [0, 1], where the photograph shows the face itself and not what
        covers it; None: everywhere.
      mask_matrix: `[2, 3]`, pixels of the photograph to pixels of the mask, beyond which nothing
        is believed; None: they are the same.
    """

    image: np.ndarray
    vertices: np.ndarray
    normals: np.ndarray
    shading: np.ndarray
    project: Project
    eye: np.ndarray
    mask: np.ndarray | None = None
    mask_matrix: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class Baked:
    """A face's texture.

    Attributes:
      lit: `[size, size, 3]` float32 in [0, 1], as the first photograph shows it: with its light.
      albedo: `[size, size, 3]` float32 in [0, 1], the same without light.
      seen: `[size, size]` in [0, 1], how much of each texel the photographs showed.
    """

    lit: np.ndarray
    albedo: np.ndarray
    seen: np.ndarray


def bake(atlas: Atlas, faces: np.ndarray, views: Sequence[View], albedo: np.ndarray) -> Baked:
    """Paints the texture.

    Args:
      atlas: of the face model.
      faces: int32 `[triangles, 3]` of the model.
      views: photographs of one person, the one to be preferred first.
      albedo: `[vertices, 3]` the model's, where nothing was seen.

    Returns:
      The texture under the first view's light, and without light.

    Raises:
      ValueError: there is no view.
    """
    if not views:
        raise ValueError("views must hold at least one photograph")
    looked = [sample(atlas, faces, view) for view in views]
    return compose(atlas, [*(pair for pair, _ in looked), looked[0][1]], views[0], albedo)


def compose(
    atlas: Atlas, layers: Sequence[tuple[np.ndarray, np.ndarray]], view: View, albedo: np.ndarray
) -> Baked:
    """Puts layers of colours without light together; see `bake`.

    Args:
      atlas: of the face model.
      layers: from `sample`, the preferred first; the last is the mirrored one and does not
        count as seen.
      view: under whose light `lit` is.
      albedo: `[vertices, 3]` the model's.
    """
    picture, known = pull_push.blend(layers)
    below = atlas.spread(albedo)
    shift, share = _shift(atlas, picture - below, known, albedo, view.vertices)
    below += shift
    picture = below + known[..., None] * (picture - below)
    shading = atlas.spread(view.shading)
    # What was never seen says nothing about the light there: a milder one is safer.
    mean = (shading * known[..., None]).sum((0, 1)) / max(float(known.sum()), 1e-6)
    shading += _EVEN * (1 - share) * (mean - shading)
    lit = picture * shading
    covered = atlas.covered()
    return Baked(
        lit=_with_gutter(np.clip(lit, 0, 1), covered),
        albedo=_with_gutter(np.clip(picture, 0, 1), covered),
        seen=np.max([weights for _, weights in layers[:-1]], 0),
    )


def sample(
    atlas: Atlas, faces: np.ndarray, view: View
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Looks every texel up in one photograph: where it lies, and where its mirror image lies.

    Args:
      atlas: of the face model.
      faces: int32 `[triangles, 3]` of the model.
      view: the photograph.

    Returns:
      Two pairs, direct and mirrored: colours without light `[size, size, 3]` float32, and how
      much they are believed, `[size, size]` in [0, 1].
    """
    sight = np.asarray(view.eye, np.float32) - view.vertices
    sight /= np.linalg.norm(sight, axis=1, keepdims=True)
    facing = (sight * view.normals).sum(1, keepdims=True)
    attributes = np.concatenate([view.vertices, facing, view.shading], 1)
    screen, inverse = (np.asarray(part) for part in view.project(view.vertices))
    part = _part(atlas, faces, view, screen)
    depth = _depth(faces, part.moved(screen), inverse, part.image.shape[:2])
    direct = _look_up(atlas, view, attributes, part, depth)
    return direct, _look_up(atlas, view, atlas.mirrored(attributes), part, depth)


def _look_up(
    atlas: Atlas, view: View, attributes: np.ndarray, part: _Part, depth: tuple[np.ndarray, float]
) -> tuple[np.ndarray, np.ndarray]:
    points = np.ascontiguousarray(attributes[:, :3], np.float32)
    screen, inverse = (np.asarray(found) for found in view.project(points))
    vertex = np.concatenate([part.moved(screen), inverse[:, None], attributes[:, 3:]], 1)
    found = texture_kernel.sample(
        atlas.corners,
        atlas.weights,
        np.ascontiguousarray(vertex, np.float32),
        part.image,
        part.mask,
        *depth,
        _LIMITS,
    )
    table = np.zeros((atlas.size * atlas.size, 4), np.float32)
    table[atlas.inside, :3] = found[:, :3] / np.maximum(found[:, 3:6], _DARKEST)
    table[atlas.inside, 3] = found[:, 6]
    table = table.reshape(atlas.size, atlas.size, 4)
    return table[..., :3], table[..., 3]


@dataclasses.dataclass(frozen=True)
class _Part:
    """The part of a photograph around the face, its pixels not much smaller than texels."""

    image: np.ndarray
    mask: np.ndarray
    corner: np.ndarray
    scale: np.ndarray

    def moved(self, screen: np.ndarray) -> np.ndarray:
        """Pixels of the photograph to pixels of the part."""
        return (screen - self.corner) * self.scale


def _part(atlas: Atlas, faces: np.ndarray, view: View, screen: np.ndarray) -> _Part:
    import cv2

    size = np.array(view.image.shape[1::-1])
    low = np.clip(np.floor(screen.min(0)) - 2, 0, size - 2).astype(int)
    high = np.clip(np.ceil(screen.max(0)) + 2, low + 2, size).astype(int)
    window = slice(low[1], high[1]), slice(low[0], high[0])
    image = view.image[window]
    # Pixels to a texel where the face looks at the camera.
    on_screen = np.abs(_areas(screen[faces]))
    on_texture = np.abs(_areas(atlas.uv[atlas.uv_faces] * atlas.size))
    front = on_screen >= np.median(on_screen)
    density = float(np.sqrt(on_screen[front].sum() / max(on_texture[front].sum(), 1e-9)))
    shape = image.shape[:2]
    if density > _FINER:
        shape = tuple(max(2, round(side / density)) for side in shape)
        # Averages of areas: sharper filters carry the background two pixels into the face.
        image = cv2.resize(image, shape[::-1], interpolation=cv2.INTER_AREA)
    scale = np.array([shape[1], shape[0]]) / (high - low)
    mask = np.ones(shape, np.float32)
    if view.mask is not None:
        mask = _mask(view, low, scale, shape)
        if density > _FINER:
            # A pixel whose average reached into what is covered is not believed.
            mask = cv2.erode(mask, np.ones((3, 3), np.uint8))
    return _Part(np.ascontiguousarray(image, np.float32), mask, low, scale)


def _mask(view: View, corner: np.ndarray, scale: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The mask at the pixels of a part of the photograph, `[height, width]`."""
    import cv2

    matrix = np.eye(3)
    if view.mask_matrix is not None:
        matrix[:2] = view.mask_matrix
    # Pixel centres of ours end in .5, OpenCV's are whole numbers.
    to_photo = np.array([[1 / scale[0], 0, corner[0]], [0, 1 / scale[1], corner[1]], [0, 0, 1]])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    whole = np.linalg.inv(half) @ matrix @ to_photo @ half
    return cv2.warpAffine(
        np.ascontiguousarray(view.mask, np.float32),
        whole[:2],
        shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )


def _areas(corners: np.ndarray) -> np.ndarray:
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2


def _depth(
    faces: np.ndarray, screen: np.ndarray, inverse: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, float]:
    """The nearest surface around each pixel and the distance to the outline, and their scale."""
    import cv2

    scale = min(1.0, _DEPTH_SIDE / max(size))
    small = tuple(max(1, round(side * scale)) for side in size)
    drawn = raster.rasterize(screen * scale, inverse, faces, small)
    near = cv2.dilate(drawn.inverse_depth, np.ones((_SPREAD, _SPREAD), np.uint8))
    covered = (drawn.triangle >= 0).astype(np.uint8)
    # Beyond the picture the face may go on: that border is no outline.
    bordered = cv2.copyMakeBorder(covered, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    outline = cv2.distanceTransform(bordered, cv2.DIST_L2, 3)[1:-1, 1:-1]
    rim = max(1.0, _RIM * float(np.sqrt(covered.sum())))
    # The outermost pixels are partly background.
    return np.stack([near, np.maximum(outline - 2, 0) / rim]).astype(np.float32), scale


def _shift(
    atlas: Atlas,
    difference: np.ndarray,
    known: np.ndarray,
    albedo: np.ndarray,
    vertices: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """What to add to the model's albedo so that it goes on where the photographs end.

    Near what was seen it is the smooth extension of the difference there; farther away, also on
    pieces of which nothing was seen but that are coloured like it (ears), its mean.

    Args:
      atlas: of the model.
      difference: `[size, size, 3]`, seen colours minus the model's.
      known: `[size, size]` in [0, 1], where they are known.
      albedo: `[vertices, 3]` the model's.
      vertices: `[vertices, 3]`, for distances in decimetres.

    Returns:
      `[size, size, 3]` float32; and how near each texel is to what was seen, `[size, size, 1]`
      in [0, 1].
    """
    near = pull_push.extend(difference, pull_push.sure(known))
    texel = np.clip((atlas.vertex_uv * atlas.size).astype(int), 0, atlas.size - 1)
    seen = known[texel[:, 1], texel[:, 0]] > _SEEN
    reach = np.zeros(len(vertices), np.float32)
    far = np.zeros((len(vertices), 3), np.float32)
    largest = np.bincount(atlas.pieces[seen], minlength=1).argmax() if seen.any() else 0
    mean: dict[int, np.ndarray] = {}
    pieces = [largest, *(p for p in range(atlas.pieces.max() + 1) if p != largest)]
    for piece in pieces:
        here = np.flatnonzero(atlas.pieces == piece)
        found = here[seen[here]]
        alike = np.abs(albedo[here].mean(0) - albedo[atlas.pieces == largest].mean(0)).max()
        alike = piece != largest and alike < _ALIKE
        # A little that is seen of an ear is its edge and says less of it than the skin does; of
        # teeth it says more.
        if len(found) > (_SHARE if alike else 0) * len(here):
            distance, _ = cKDTree(vertices[found]).query(vertices[here])
            reach[here] = np.exp(-((distance / _FADE) ** 2))
            mean[piece] = difference[texel[found, 1], texel[found, 0]].mean(0)
            far[here] = mean[piece]
        elif alike and largest in mean:
            far[here] = mean[largest]
    share = atlas.spread(reach[:, None])
    return share * near + (1 - share) * atlas.spread(far), share


def _with_gutter(texture: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Continues the colours beyond the charts, so that smaller versions have no dark seams."""
    return pull_push.extend(texture, covered)
