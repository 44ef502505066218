"""Reads Wavefront OBJ files that somebody else wrote: sizes first, then memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import numpy as np

from face2param.errors import CodecError
from face2param.meshes.mesh import Mesh

MAXIMUM_BYTES = 512 * 2**20
"""Larger files are refused before they are read; a scan of a million vertices has about 100 MB."""

MAXIMUM_CORNERS = 64
"""Corners of one polygon; more is a damaged file or one made to waste memory."""

_ABSENT = -(2**62)
_COLUMNS = {b"v": (3, 4, 6, 7), b"vt": (1, 2, 3), b"vn": (3,)}


def read_obj(path: str | os.PathLike, maximum_bytes: int = MAXIMUM_BYTES) -> Mesh:
    """Reads vertices, their colours and normals, UV and polygons; materials are not read.

    Polygons are split into fans of triangles around their first corner. Indices may be negative
    (counted back from the last element read so far), as the format allows. Colours are the three
    numbers that many programs write behind a position. OBJ's v points upwards, the record's down.

    Args:
      path: the file.
      maximum_bytes: larger files are refused.

    Returns:
      The mesh. Its `uv` is None unless every corner has one, its `normals` unless normal i is
      that of vertex i.

    Raises:
      CodecError: no such file, too large, no triangle in it, or a line that cannot be
        understood; the message names the line.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > maximum_bytes:
            raise CodecError(
                f"{path} has {size} bytes; at most {maximum_bytes} are read as an OBJ file"
            )
        text = path.read_bytes()
    except OSError as error:
        raise CodecError(f"cannot read {path}: {error.strerror or error}") from None
    lines = _Lines(path, text)
    points, marks, directions = (lines.table(key) for key in _COLUMNS)
    corners, counts = lines.corners()
    chosen = corners[fans(counts)]
    faces, marked, directed = chosen[..., 0], chosen[..., 1], chosen[..., 2]
    has_uv = marks.shape[1] >= 2 and bool((marked >= 0).all())
    same = has_uv and len(marks) == len(points) and np.array_equal(marked, faces)
    has_normals = len(directions) == len(points) and np.array_equal(directed, faces)
    return Mesh(
        points[:, :3],
        faces,
        marks[:, :2] * [1, -1] + [0, 1] if has_uv else None,
        marked if has_uv and not same else None,
        _colours(points),
        None,
        directions if has_normals else None,
    )


def fans(counts: np.ndarray) -> np.ndarray:
    """Splits polygons whose corners stand one after the other into triangles.

    Args:
      counts: int `[polygons]`, corners of each, at least 3.

    Returns:
      int `[triangles, 3]`: positions in the list of corners, around each polygon's first.
    """
    counts = np.asarray(counts)
    starts = np.cumsum(counts) - counts
    triangles = counts - 2
    first = np.repeat(starts, triangles)
    # 0, 1, 2, ... within each polygon.
    step = np.arange(triangles.sum()) - np.repeat(np.cumsum(triangles) - triangles, triangles)
    return np.stack([first, first + step + 1, first + step + 2], 1)


def _colours(points: np.ndarray) -> np.ndarray | None:
    if points.shape[1] < 6:
        return None
    colours = points[:, -3:]
    return np.clip(colours / 255 if colours.max() > 1 else colours, 0, 1)  # some write bytes


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


class _Lines:
    """The lines of one file, sorted by what they hold."""

    def __init__(self, path: Path, text: bytes):
        self.path = path
        self.rows: dict[bytes, list[bytes]] = {key: [] for key in (*_COLUMNS, b"f")}
        self.numbers: dict[bytes, list[int]] = {key: [] for key in self.rows}
        # How many elements stand before each polygon: negative indices count from there.
        self.before: list[tuple[int, ...]] = []
        text = text.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").replace(b"\t", b" ")
        elements = [self.rows[key] for key in _COLUMNS]
        for number, line in enumerate(text.splitlines(), 1):
            key, _, rest = line.lstrip().partition(b" ")
            if key in self.rows:
                self.rows[key].append(rest.partition(b"#")[0])
                self.numbers[key].append(number)
                if key == b"f":
                    self.before.append(tuple(map(len, elements)))
        if not self.rows[b"v"] or not self.rows[b"f"]:
            raise CodecError(
                f"{path} holds {len(self.rows[b'v'])} vertices and {len(self.rows[b'f'])} "
                "polygons; an OBJ mesh needs both"
            )

    def table(self, key: bytes) -> np.ndarray:
        """The numbers of all lines of one kind, float64 `[lines, columns]`."""
        rows = [row.split() for row in self.rows[key]]
        width = len(rows[0]) if rows else 0
        for index, row in enumerate(rows):
            if len(row) != width or width not in _COLUMNS[key]:
                wanted = " or ".join(map(str, _COLUMNS[key]))
                self._refuse(key, index, f"has {len(row)} numbers; expected {wanted}, all alike")
        try:
            found = np.array(rows, np.float64).reshape(len(rows), width)
        except ValueError:
            found = np.array([[_number(text) for text in row] for row in rows])
        wrong = ~np.isfinite(found).all(-1)
        if wrong.any():
            self._refuse(key, int(wrong.argmax()), "holds something that is not a number")
        return found

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners of all polygons and how many each polygon has.

        Returns:
          int64 `[corners, 3]` indices from 0 of vertex, UV point and normal, -1 = none; and
          int64 `[polygons]`.
        """
        rows = [row.split() for row in self.rows[b"f"]]
        counts = np.array([len(row) for row in rows])
        wrong = (counts < 3) | (counts > MAXIMUM_CORNERS)
        if wrong.any():
            index = int(wrong.argmax())
            self._refuse(b"f", index, f"has {counts[index]} corners; 3 to {MAXIMUM_CORNERS} fit")
        written = self._indices(rows)
        before = np.repeat(np.array(self.before), counts, 0)
        sizes = np.array([len(self.rows[key]) for key in _COLUMNS])
        # From 1 forwards, or from the last element backwards; 0 is not an index.
        found = np.where(written > 0, written - 1, before + written)
        valid = (written != 0) & (found >= 0) & (found < sizes)
        absent = written == _ABSENT
        if not (valid | absent).all():
            corner = int((~(valid | absent)).any(-1).argmax())
            polygon = int(np.searchsorted(np.cumsum(counts), corner, "right"))
            self._refuse(
                b"f",
                polygon,
                f"names an element that does not exist; the file has {sizes[0]} vertices, "
                f"{sizes[1]} UV points and {sizes[2]} normals, counted from 1",
            )
        return np.where(absent, -1, found), counts

    def _indices(self, rows: list[list[bytes]]) -> np.ndarray:
        """What stands in the corners, int64 `[corners, 3]`, `_ABSENT` where nothing does."""
        corners = [corner for row in rows for corner in row]
        forms = {corner.translate(None, b"0123456789-") for corner in corners}
        found = np.full((len(corners), 3), _ABSENT, np.int64)
        if len(forms) == 1 and (slashes := len(next(iter(forms)))) <= 2:
            text = b" ".join(corners).replace(b"//", b"/%d/" % _ABSENT).replace(b"/", b" ")
            try:
                found[:, : slashes + 1] = np.array(text.split(), np.int64).reshape(-1, slashes + 1)
                return found
            except ValueError:
                pass  # the slow way below says where
        corner = 0
        for index, row in enumerate(rows):
            for text in row:
                parts = text.split(b"/")
                try:
                    values = [int(part) if part else _ABSENT for part in parts]
                except ValueError:
                    values = []
                if not 1 <= len(values) <= 3 or values[0] == _ABSENT:
                    shown = text.decode("ascii", "replace")
                    self._refuse(b"f", index, f"holds the corner {shown!r}")
                found[corner, : len(values)] = values
                corner += 1
        return found

    def _refuse(self, key: bytes, index: int, reason: str) -> NoReturn:
        number = self.numbers[key][index]
        raise CodecError(f"{self.path}, line {number}: {key.decode()!r} {reason}")
