"""The record that every mesh file is written from and read into."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.meshes.checks import check_finite, check_indices, check_shape


@dataclasses.dataclass(frozen=True)
class Mesh:
    """A triangle mesh with what a file can say about its surface.

    Attributes:
      vertices: float32 `[vertices, 3]`; +y up, counter-clockwise triangles seen from outside.
      faces: int32 `[triangles, 3]`, indices of vertices from 0.
      uv: float32 `[uv points, 2]` or None; (u, v) with (0, 0) at the upper left corner of the
        texture, v downwards like its rows, as in glTF. OBJ files have v upwards.
      uv_faces: int32 `[triangles, 3]`, indices of uv points, so that a vertex on a seam can have
        several; None: uv point i belongs to vertex i.
      colours: float32 `[vertices, 3]` RGB in [0, 1], or None.
      texture: float32 `[height, width, 3]` RGB in [0, 1], row 0 on top, or None.
      normals: float32 `[vertices, 3]` unit, or None.
    """

    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray | None = None
    uv_faces: np.ndarray | None = None
    colours: np.ndarray | None = None
    texture: np.ndarray | None = None
    normals: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Brings the arrays to their types and checks that they belong together.

        Raises:
          ValueError: a shape or an index does not fit; the message names the attribute.
        """
        for name, kind in _KINDS.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.ascontiguousarray(value, kind))
        check_shape(self.vertices, "vertices", (None, 3))
        check_shape(self.faces, "faces", (None, 3))
        check_indices(self.faces, "faces", len(self.vertices), "vertices")
        check_finite(self.vertices, "vertices")
        for name in ("colours", "normals"):
            if getattr(self, name) is not None:
                check_shape(getattr(self, name), name, (len(self.vertices), 3))
        if self.uv is None:
            for name in ("uv_faces", "texture"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} needs uv, which is None")
            return
        check_shape(self.uv, "uv", (None, 2))
        if self.uv_faces is None:
            check_shape(self.uv, "uv (without uv_faces)", (len(self.vertices), 2))
        else:
            check_shape(self.uv_faces, "uv_faces", (len(self.faces), 3))
            check_indices(self.uv_faces, "uv_faces", len(self.uv), "uv points")
        if self.texture is not None:
            check_shape(self.texture, "texture", (None, None, 3))

    def replace(self, **changes) -> Mesh:
        """Returns a copy with other attributes, checked anew."""
        return dataclasses.replace(self, **changes)

    @property
    def corner_uv(self) -> np.ndarray | None:
        """int32 `[triangles, 3]`: uv point of each corner; None without uv."""
        if self.uv is None:
            return None
        return self.faces if self.uv_faces is None else self.uv_faces


_KINDS = {
    "vertices": np.float32,
    "faces": np.int32,
    "uv": np.float32,
    "uv_faces": np.int32,
    "colours": np.float32,
    "texture": np.float32,
    "normals": np.float32,
}
