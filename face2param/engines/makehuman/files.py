"""MakeHuman's files: the base mesh (hm08) and its targets. Sizes first, then memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from face2param.errors import CodecError, EngineError
from face2param.meshes import Mesh, read_obj

BASE, TARGETS = "base.obj", "targets"
VERTICES = 19158
CENTIMETRES = 10.0
"""Centimetres of the files' unit."""
_MAXIMUM_BYTES = 8 << 20
_MAXIMUM_TARGETS = 4000


def read(folder: Path) -> tuple[Mesh, dict[str, np.ndarray]]:
    """Reads the mesh and all targets that are there.

    Args:
        folder: with base.obj and targets/GROUP/NAME.target.

    Returns:
        The mesh in the files' unit, and "group/name" -> displacements float32
        `[vertices, 3]` in cm.

    Raises:
        EngineError: the folder is not one of MakeHuman.
        CodecError: a file is damaged.
    """
    base, targets = folder / BASE, folder / TARGETS
    if not base.is_file() or not targets.is_dir():
        raise EngineError(
            f"engine 'makehuman': {folder} has no {BASE} or no {TARGETS}/; give the folder that "
            "holds both"
        )
    mesh = read_obj(base, _MAXIMUM_BYTES)
    if len(mesh.vertices) != VERTICES or mesh.uv is None:
        raise CodecError(
            f"{base}: has {len(mesh.vertices)} vertices; the base mesh hm08 has {VERTICES} and "
            "texture coordinates"
        )
    paths = sorted(targets.glob("*/*.target"))
    if not paths or len(paths) > _MAXIMUM_TARGETS:
        raise EngineError(
            f"engine 'makehuman': {targets} holds {len(paths)} targets in groups; it must hold "
            f"1 to {_MAXIMUM_TARGETS}, as {TARGETS}/nose/nose-hump-incr.target"
        )
    return mesh, {f"{path.parent.name}/{path.stem}": read_target(path) for path in paths}


def read_target(path: Path) -> np.ndarray:
    """Reads displacements, float32 `[vertices, 3]` in cm.

    Raises:
        CodecError: the file is too large, no text, or a line is not "vertex x y z".
    """
    if path.stat().st_size > _MAXIMUM_BYTES:
        raise CodecError(f"{path}: is larger than {_MAXIMUM_BYTES >> 20} MiB; it is no target")
    try:
        text = path.read_text(encoding="utf-8")
        rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
        numbers = np.array([row for row in rows if row], np.float64).reshape(-1, 4)
    except (OSError, ValueError) as error:
        raise CodecError(f"{path}: a line is not 'vertex x y z' ({error})") from None
    vertex = numbers[:, 0].astype(np.int64)
    good = np.isfinite(numbers).all() and (vertex == numbers[:, 0]).all()
    if not good or (vertex < 0).any() or (vertex >= VERTICES).any():
        raise CodecError(
            f"{path}: a line has no vertex number below {VERTICES} or no finite displacement"
        )
    moves = np.zeros((VERTICES, 3), np.float32)
    moves[vertex] = numbers[:, 1:] * CENTIMETRES
    return moves
