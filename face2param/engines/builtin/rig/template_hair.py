"""Hairstyles and beards of the template: fewer cards, and textures that all styles share."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.hair import PARTED_STYLES, HairPart
from face2param.engines.builtin.hair.beard import baked_beard, build_beard
from face2param.engines.builtin.hair.build import PARTING_KEYS, baked
from face2param.engines.builtin.hair.part import ACROSS, ALONG, COVER, FRIZZ
from face2param.engines.builtin.hair.ribbons import ribbon_faces
from face2param.engines.builtin.hair.styled import Styled
from face2param.schema import Character

_CAP_COLUMNS = 96
_FLIP = np.array([-1.0, 1.0, 1.0], np.float32)
_FUZZY = 0.35


class Fineness(NamedTuple):
    """Attributes: ribbons kept of a style, stations of each, strides of the cap's grid."""

    ribbons: int
    stations: int
    columns: int
    rows: int


class TemplateHair(NamedTuple):
    """A style on the canonical head, thinned.

    Attributes:
        name: of the style.
        rest: `[v, 3]` float32 cm.
        normals: `[v, 3]`.
        attributes: `[v, 7]`.
        faces: int32 `[t, 3]`, of ribbons and of the cap.
        sliders: name of an appearance slider -> displacement at 0 and at 1, each `[v, 3]` cm.
    """

    name: str
    rest: np.ndarray
    normals: np.ndarray
    attributes: np.ndarray
    faces: np.ndarray
    sliders: dict[str, tuple[np.ndarray, np.ndarray]]

    @property
    def fuzzy(self) -> bool:
        """Whether its shell is fuzz, see `hair_cards`."""
        cap = np.abs(self.attributes[:, ACROSS]) != 1.0
        return bool(cap.any() and self.attributes[cap, FRIZZ].mean() > _FUZZY)

    def part(self, mesh: HeadMesh) -> HairPart:
        """The style on a posed head, for textures and normals."""
        first = baked(self.name)
        return HairPart(
            "hair",
            mesh.deform(self.rest),
            self.normals,
            self.normals,
            self.attributes,
            self.faces,
            self.faces,
            first.shading,
        )


def style(name: str, fineness: Fineness) -> TemplateHair:
    """A style with its own sliders.

    Args:
      name: of `STYLES`.
      fineness: how much of it is kept.
    """
    middle = baked(name)
    rows, faces = _thinned(middle, fineness)
    shape = middle.shape(0.5, 0.5, 0.5)[rows]
    sliders = {
        "hair_volume": (-0.4 * middle.offset[rows], 0.4 * middle.offset[rows]),
        "hair_length": (-middle.grow[rows], middle.grow[rows]),
        "hairline_height": (-middle.recede[rows], middle.recede[rows]),
    }
    if name in PARTED_STYLES:
        # The engine parts styles on the viewer's left and mirrors them for the other side.
        whole = middle.shape(0.5, 0.5, 0.5)
        left = baked(name, PARTING_KEYS).shape(0.5, 0.5, 0.5) - whole
        partner = _mirrored(middle)
        right = (left * _FLIP)[partner]
        sliders["hair_part"] = (left[rows], right[rows])
    attributes = middle.attributes[rows]
    return TemplateHair(name, shape, middle.normals[rows], attributes, faces, sliders)


def _split(styled: Styled) -> tuple[int, int, int]:
    """Vertices of the cap, ribbons, stations of a ribbon."""
    ribbon = np.abs(styled.attributes[:, ACROSS]) == 1.0
    cap = int((~ribbon).sum())
    along = styled.attributes[cap::2, ALONG]
    count = int((along == 0).sum())
    return cap, count, len(along) // count


def _thinned(styled: Styled, fineness: Fineness) -> tuple[np.ndarray, np.ndarray]:
    """Kept vertices `[v]` and their faces."""
    cap, count, stations = _split(styled)
    half = count // 2
    keep = np.unique(np.linspace(0, half - 1, min(half, fineness.ribbons // 2)).astype(int))
    keep = np.concatenate([keep, keep + half])
    at = np.unique(np.linspace(0, stations - 1, min(stations, fineness.stations)).round())
    grid = np.arange(count * stations * 2).reshape(count, stations, 2)
    ribbons = cap + grid[keep][:, at.astype(int)].reshape(-1)
    rows_of_cap = cap // _CAP_COLUMNS
    columns = np.arange(0, _CAP_COLUMNS, fineness.columns)
    rows = np.unique(np.append(np.arange(0, rows_of_cap, fineness.rows), rows_of_cap - 1))
    shell = (columns[:, None] * rows_of_cap + rows[None]).reshape(-1)
    i, j = np.meshgrid(np.arange(len(columns)), np.arange(len(rows) - 1), indexing="ij")
    a = (i * len(rows) + j).ravel()
    b = ((i + 1) % len(columns) * len(rows) + j).ravel()
    cap_faces = np.concatenate([np.stack([a, a + 1, b], 1), np.stack([b, a + 1, b + 1], 1)])
    seen = (styled.attributes[shell][:, COVER] > 0.02)[cap_faces].any(1)
    strands = ribbon_faces(len(keep), len(at)) + len(shell)
    faces = np.concatenate([strands, cap_faces[seen]]).astype(np.int32)
    return np.concatenate([shell, ribbons]), faces


def _mirrored(styled: Styled) -> np.ndarray:
    """The vertex on the other side of each of a style's vertices."""
    cap, count, stations = _split(styled)
    rows = cap // _CAP_COLUMNS
    columns = (-np.arange(_CAP_COLUMNS)) % _CAP_COLUMNS
    shell = (columns[:, None] * rows + np.arange(rows)[None]).reshape(-1)
    grid = np.arange(count * stations * 2).reshape(count, stations, 2)
    # In the mirror a ribbon's left border is the right border of its partner.
    swapped = np.roll(grid, count // 2, axis=0)[..., ::-1]
    return np.concatenate([shell, cap + swapped.reshape(-1)])


def widened(hair: TemplateHair, before: int) -> TemplateHair:
    """Ribbons as wide as is needed to fill the place of those that were left out.

    Args:
      hair: thinned.
      before: number of ribbons of the whole style.
    """
    ribbon = np.flatnonzero(np.abs(hair.attributes[:, ACROSS]) == 1.0)
    pairs = hair.rest[ribbon].reshape(-1, 2, 3)
    kept = int((hair.attributes[ribbon[::2], ALONG] == 0).sum())
    factor = np.float32(min(1.9, (before / kept) ** 0.5))
    middle = pairs.mean(1, keepdims=True)
    rest = hair.rest.copy()
    rest[ribbon] = (middle + (pairs - middle) * factor).reshape(-1, 3)
    return hair._replace(rest=rest)


def thin_style(name: str, fineness: Fineness) -> TemplateHair:
    """`style`, its ribbons widened."""
    return widened(style(name, fineness), _split(baked(name))[1])


class TemplateBeard(NamedTuple):
    """Which vertices of a beard are kept.

    Attributes:
        name: of the beard.
        rows: `[v]` of the engine's part.
        faces: int32 `[t, 3]`.
        wider: factor on the width of its ribbons, which fill the place of others.
    """

    name: str
    rows: np.ndarray
    faces: np.ndarray
    wider: np.float32

    def part(self, neutral: Character, mesh: HeadMesh, **sliders: float) -> HairPart:
        """The beard on a posed head."""
        whole = build_beard(neutral.replace(beard=self.name, **sliders), mesh)[0]
        vertices = whole.vertices[self.rows]
        ribbon = np.abs(whole.attributes[self.rows, ACROSS]) == 1.0
        pairs = vertices[ribbon].reshape(-1, 2, 3)
        middle = pairs.mean(1, keepdims=True)
        vertices[ribbon] = (middle + (pairs - middle) * self.wider).reshape(-1, 3)
        return dataclasses.replace(
            whole,
            vertices=vertices,
            normals=whole.normals[self.rows],
            tangents=whole.tangents[self.rows],
            attributes=whole.attributes[self.rows],
            faces=self.faces,
            occluders=self.faces,
        )


def thin_beard(name: str, share: int) -> TemplateBeard:
    """Every `share`-th ribbon of a beard with three stations, and its whole shell."""
    beard = baked_beard(name)
    count = len(beard.roots)
    stations = (len(beard.attributes) - len(beard.shell)) // (2 * count)
    half = count // 2
    keep = np.arange(0, half, share)
    keep = np.concatenate([keep, keep + half])
    at = np.array([0, stations // 2, stations - 1])
    grid = np.arange(count * stations * 2).reshape(count, stations, 2)
    ribbons = grid[keep][:, at].reshape(-1)
    first = count * stations * 2
    shell = beard.faces[(beard.faces >= first).all(1)] - first
    rows = np.concatenate([ribbons, first + np.arange(len(beard.shell))])
    faces = np.concatenate([ribbon_faces(len(keep), len(at)), shell + len(ribbons)])
    return TemplateBeard(name, rows, faces.astype(np.int32), np.float32(share**0.45))
