"""Predicted faces and true scans of a folder each, paired by name, with their landmarks."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import numpy as np

from face2param import meshes
from face2param.errors import CodecError, ConfigError
from face2param.metrics import face_points

READERS = {".obj": meshes.read_obj}
LANDMARK_SUFFIXES = (".txt", ".npy", ".pp")
RECONSTRUCTED = ("neutral.obj", "face.obj")
"""What a folder of `face2param reconstruct` may hold, the first that exists: protocols compare
scans of neutral faces, so that a neutral mesh goes before one with the photograph's expression."""

MILLIMETRES = {"mm": 1.0, "cm": 10.0, "dm": 100.0, "m": 1000.0}
_EYES = (60.0, 130.0)  # millimetres between outer eye corners; adults have 80 to 105
_LARGEST_LANDMARK_FILE = 2**20


@dataclasses.dataclass(frozen=True)
class Face:
    """A face in space with its marked points.

    Attributes:
      name: that pairs it.
      vertices: `[vertices, 3]` float32.
      faces: `[triangles, 3]` int32.
      landmarks: `[68, 3]` or `[7, 3]` float64, in the unit of the vertices.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    landmarks: np.ndarray


def find(folder: str | os.PathLike) -> dict[str, Path]:
    """Lists the meshes of a folder.

    Args:
      folder: holds `NAME.obj`, or folders `NAME/` that `face2param reconstruct` wrote.

    Returns:
      name -> path of the mesh, sorted.

    Raises:
      ConfigError: no such folder, no mesh in it, or two of one name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(f"no such folder: {folder}")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            inside = [path / name for name in RECONSTRUCTED if (path / name).is_file()]
            path, name = (inside[0], path.name) if inside else (None, "")
        else:
            path, name = (path if path.suffix.lower() in READERS else None), path.stem
        if path is None:
            continue
        if name in found:
            raise ConfigError(f"{folder} holds two meshes named {name}: {found[name]} and {path}")
        found[name] = path
    if not found:
        raise ConfigError(
            f"no meshes in {folder}; looked for {', '.join(READERS)} files and for folders with "
            f"{' or '.join(RECONSTRUCTED)}"
        )
    return found


def pair(
    predictions: dict[str, Path], scans: dict[str, Path], allow_missing: bool = False
) -> list[str]:
    """Names that both have.

    Args:
      predictions: of `find`.
      scans: of `find`.
      allow_missing: leave out what has no partner; otherwise that is refused.

    Raises:
      ConfigError: a file has no partner, or none has; the message names the files.
    """
    both = [name for name in predictions if name in scans]
    alone = {
        "predictions without a scan": [p for n, p in predictions.items() if n not in scans],
        "scans without a prediction": [p for n, p in scans.items() if n not in predictions],
    }
    told = "; ".join(
        f"{title}: {', '.join(map(str, paths))}" for title, paths in alone.items() if paths
    )
    if not both:
        raise ConfigError(f"no prediction has the name of a scan; {told}")
    if told and not allow_missing:
        raise ConfigError(
            f"{told}; rename them, or pass --allow_missing to measure the others alone"
        )
    return both


def read(name: str, path: Path, landmarks: str | os.PathLike | None = None) -> Face:
    """Reads a mesh and its landmarks.

    Args:
      name: for messages.
      path: of the mesh.
      landmarks: folder of the landmark files; None: they lie beside the mesh.

    Raises:
      CodecError: a file cannot be understood.
      ConfigError: there is no landmark file.
    """
    mesh = READERS[path.suffix.lower()](path)
    marks = find_landmarks(name, path, landmarks)
    points = read_landmarks(marks)
    # Marked points belong to the surface: a file of another scan, or in another unit, does not.
    near = mesh.vertices[:: max(1, len(mesh.vertices) // 5000)]
    size = np.ptp(near, axis=0).max()
    away = np.abs(face_points.seven_points(points).mean(0) - near.mean(0)).max()
    if not away <= size:
        raise CodecError(
            f"{marks} does not belong to {path}: its points lie {away:.4g} away from the middle "
            f"of a mesh that measures {size:.4g}; another unit, or another file?"
        )
    return Face(name, mesh.vertices, mesh.faces, points)


def find_landmarks(name: str, mesh: Path, folder: str | os.PathLike | None = None) -> Path:
    """The landmark file of a mesh.

    In a folder: `NAME.txt`, `NAME.npy` or `NAME.pp`; beside a mesh: the same with the mesh's
    own name, or with `_landmarks` after it.

    Raises:
      ConfigError: there is none; the message names what was looked for.
    """
    places = [mesh.parent / mesh.stem, mesh.parent / f"{mesh.stem}_landmarks"]
    if folder is not None:
        places = [Path(folder) / name]
    tried = [Path(f"{place}{suffix}") for place in places for suffix in LANDMARK_SUFFIXES]
    for path in tried:
        if path.is_file():
            return path
    raise ConfigError(
        f"{mesh} has no landmarks; looked for {', '.join(map(str, tried))} with 7 or 68 points "
        "(x y z a line)"
    )


def read_landmarks(path: Path) -> np.ndarray:
    """Reads 68 points, or the 7 of the NoW benchmark.

    Args:
      path: `.txt` with x, y, z a line, separated by blanks or commas; `.npy`; or `.pp`, the
        picked points of MeshLab that the NoW benchmark uses.

    Returns:
      `[68, 3]` or `[7, 3]` float64.

    Raises:
      CodecError: not such a file, or another number of points.
    """
    try:
        if path.stat().st_size > _LARGEST_LANDMARK_FILE:
            raise CodecError(f"{path} is too large for a landmark file: {path.stat().st_size} B")
        if path.suffix == ".npy":
            points = np.load(path, allow_pickle=False)
        elif path.suffix == ".pp":
            points = _picked(path.read_text(encoding="utf-8"))
        else:
            lines = path.read_text(encoding="utf-8").replace(",", " ").splitlines()
            rows = [line.split("#")[0].split() for line in lines]
            points = np.array([row for row in rows if row], np.float64)
        return face_points.seven_points(points) if len(points) == 7 else _checked(points)
    except CodecError:
        raise
    except OSError as error:
        raise CodecError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, TypeError, EOFError) as error:
        raise CodecError(f"{path} is not a landmark file: {error}") from None


def _checked(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float64)
    face_points.seven_points(points)
    if not np.isfinite(points).all():
        raise ValueError("it holds a number that is not finite")
    return points


def _picked(text: str) -> np.ndarray:
    """Coordinates of `<point x="" y="" z="">` elements; nothing else of the XML is looked at."""
    rows = []
    for element in re.findall(r"<point\b[^>]*>", text):
        values = [re.search(rf"""\b{axis}=["']([^"']*)["']""", element) for axis in "xyz"]
        if not all(values):
            raise ValueError(f"{element[:60]!r} lacks a coordinate")
        rows.append([float(value[1]) for value in values])
    return np.array(rows, np.float64)


def in_millimetres(face: Face, unit: str, path: Path) -> Face:
    """Scales a face to millimetres.

    Args:
      face: in `unit`.
      unit: of `MILLIMETRES`.
      path: of its mesh, for the message.

    Raises:
      ConfigError: the eyes would not be as far apart as a person's.
    """
    seven = face_points.seven_points(face.landmarks)
    eyes = face_points.outer_eye_distance(seven)
    if not _EYES[0] <= eyes * MILLIMETRES[unit] <= _EYES[1]:
        fits = [n for n, f in MILLIMETRES.items() if _EYES[0] <= eyes * f <= _EYES[1]]
        advice = f"; the unit seems to be {fits[0]}" if fits else ""
        raise ConfigError(
            f"{path}: outer eye corners are {eyes * MILLIMETRES[unit]:.4g} mm apart if its unit "
            f"is {unit}; a face has {_EYES[0]:.0f} to {_EYES[1]:.0f} mm{advice}"
        )
    factor = MILLIMETRES[unit]
    return dataclasses.replace(
        face, vertices=face.vertices * np.float32(factor), landmarks=face.landmarks * factor
    )
