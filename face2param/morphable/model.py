"""The one record of a linear face model: mean, bases, connectivity, landmarks and masks."""

import dataclasses
import functools
import hashlib
from dataclasses import dataclass, field

import numpy as np

from face2param.errors import FaceModelError
from face2param.meshes.face_model_checks import check_indices, check_numbers, check_shape
from face2param.morphable.articulation import Articulation

LANDMARKS = 68
# Bases of one field name belong to its mean.
_MEANS = {"identity": "mean", "expression": "mean", "albedo": "albedo_mean"}
_FLOATS = ("mean", "identity", "expression", "albedo_mean", "albedo", "landmark_weights")
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class FaceModel:
    """A linear (morphable) face model.

    shape = mean + sum_i identity_coefficient_i * identity_i
                 + sum_j expression_coefficient_j * expression_j
    albedo = albedo_mean + sum_k albedo_coefficient_k * albedo_k

    The bases are already multiplied by their standard deviations, so each coefficient is
    distributed about like N(0, 1). Positions are in decimetres, +x to the viewer's right, +y
    up, +z to the viewer, placed as Deep3D places the Basel model (see `placement`). Albedo is
    display RGB: 0..1, as a photograph under even white light would show it.

    Attributes:
      name: of the model.
      mean: `[vertices, 3]` float32.
      identity: `[identity coefficients, vertices, 3]` float32.
      expression: `[expression coefficients, vertices, 3]` float32.
      albedo_mean: `[vertices, 3]` float32.
      albedo: `[albedo coefficients, vertices, 3]` float32.
      faces: `[triangles, 3]` int32, 0-based, counter-clockwise seen from outside.
      landmark_vertices: `[68, 3]` int32 corners around each landmark, iBUG order.
      landmark_weights: `[68, 3]` float32 barycentric weights of these; each row sums to 1.
      skin_mask: `[vertices]` bool, bare skin whose albedo may be expected to be even.
      front_mask: `[triangles]` bool, triangles that are compared with a photograph.
      uv: `[uv points, 2]` float32 texture coordinates in [0, 1], v = 0 at the top of the
        texture (glTF's convention), or None.
      uv_faces: `[triangles, 3]` int32 uv points of each triangle's corners, or None.
      explained: what share of its samples' variance each basis explains, by basis; empty where
        the file does not say.
      parts: named pieces as ranges (first vertex, behind the last one): "skin", "eye_left", ...;
        empty where the file does not say.
      expression_names: of the expression coefficients where each is a named shape, or empty.
      articulation: joints of models that have them (FLAME), or None.
      content: what identifies generated content, see `hash`; empty for models read from files.
    """

    name: str
    mean: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    albedo_mean: np.ndarray
    albedo: np.ndarray
    faces: np.ndarray
    landmark_vertices: np.ndarray
    landmark_weights: np.ndarray
    skin_mask: np.ndarray
    front_mask: np.ndarray
    uv: np.ndarray | None = None
    uv_faces: np.ndarray | None = None
    explained: dict[str, float] = field(default_factory=dict)
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    expression_names: tuple[str, ...] = ()
    articulation: Articulation | None = None
    content: str = ""

    def __post_init__(self):
        """Converts the arrays and checks that they fit together."""
        for name in (*_FLOATS, "uv"):
            self._convert(name, np.float32)
        for name in ("faces", "landmark_vertices", "uv_faces"):
            self._convert(name, np.int32)
        for name in ("skin_mask", "front_mask"):
            self._convert(name, np.bool_)
        self._check()

    def _convert(self, name: str, kind: type) -> None:
        value = getattr(self, name)
        if value is None:
            return
        value = np.asarray(value)
        check_numbers(self.name, name, value)
        if kind is np.int32:
            if value.dtype.kind not in "iu":
                raise FaceModelError(
                    f"face model {self.name!r}: {name} has type {value.dtype}; it must hold "
                    "integers"
                )
            # Before the conversion, in which large numbers would wrap around to small ones.
            value = np.clip(value, -1, np.iinfo(np.int32).max)
        array = np.ascontiguousarray(value, kind)
        array.flags.writeable = False
        object.__setattr__(self, name, array)

    def _check(self) -> None:
        vertices, triangles = len(self.mean), len(self.faces)
        expected = {
            "mean": (vertices, 3),
            "identity": (None, vertices, 3),
            "expression": (None, vertices, 3),
            "albedo_mean": (vertices, 3),
            "albedo": (None, vertices, 3),
            "faces": (triangles, 3),
            "landmark_vertices": (LANDMARKS, 3),
            "landmark_weights": (LANDMARKS, 3),
            "skin_mask": (vertices,),
            "front_mask": (triangles,),
        }
        if (self.uv is None) != (self.uv_faces is None):
            raise FaceModelError(
                f"face model {self.name!r}: uv and uv_faces come together or not at all"
            )
        if self.uv is not None:
            expected |= {"uv": (None, 2), "uv_faces": (triangles, 3)}
        for name, shape in expected.items():
            check_shape(self.name, name, getattr(self, name), shape)
        for name in _FLOATS:
            if not np.isfinite(getattr(self, name)).all():
                raise FaceModelError(
                    f"face model {self.name!r}: {name} holds values that are not finite numbers"
                )
        check_indices(self.name, "faces", self.faces, vertices)
        check_indices(self.name, "landmark_vertices", self.landmark_vertices, vertices)
        if self.uv is not None:
            check_indices(self.name, "uv_faces", self.uv_faces, len(self.uv))
        off = np.abs(self.landmark_weights.sum(1) - 1).max()
        if off > _SUM_TOLERANCE:
            raise FaceModelError(
                f"face model {self.name!r}: landmark_weights has a row whose sum is off 1 by "
                f"{off:.3g}; each row holds the barycentric weights of one landmark"
            )
        for name, (first, stop) in self.parts.items():
            if not 0 <= first <= stop <= vertices:
                raise FaceModelError(
                    f"face model {self.name!r}: part {name!r} holds vertices {first}..{stop - 1}; "
                    f"they must lie in 0..{vertices - 1}"
                )
        if self.expression_names and len(self.expression_names) != len(self.expression):
            raise FaceModelError(
                f"face model {self.name!r}: {len(self.expression_names)} expression_names for "
                f"{len(self.expression)} expression coefficients"
            )
        if self.articulation is not None:
            self.articulation.check(self.name, vertices)

    @property
    def sizes(self) -> dict[str, int]:
        """Numbers of coefficients: identity, expression, albedo."""
        return {name: len(getattr(self, name)) for name in _MEANS}

    @functools.cached_property
    def hash(self) -> str:
        """16 hex digits that tell models apart; networks remember theirs.

        Of generated models it covers the name, the sizes and `content` (the version of the
        generator): the numbers' last bits differ between linear algebra libraries. Of all
        others it covers every number.
        """
        digest = hashlib.sha256(f"{self.name}|{self.content}|{self.sizes}".encode())
        digest.update(f"{self.mean.shape}{self.faces.shape}".encode())
        if not self.content:
            for name in (*_MEANS.values(), *_MEANS, "faces", "landmark_vertices"):
                digest.update(np.ascontiguousarray(getattr(self, name)).data)
        return digest.hexdigest()[:16]

    def landmarks(self, vertices: np.ndarray | None = None) -> np.ndarray:
        """Returns the 68 landmarks `[68, 3]` on `vertices` `[vertices, 3]`, or on the mean."""
        points = self.mean if vertices is None else np.asarray(vertices)
        check_shape(self.name, "vertices", points, (len(self.mean), 3))
        return (points[self.landmark_vertices] * self.landmark_weights[..., None]).sum(1)

    def reduced(
        self,
        identity: int | None = None,
        expression: int | None = None,
        albedo: int | None = None,
    ) -> "FaceModel":
        """The model with its first coefficients only.

        Args:
          identity: how many identity coefficients remain; None: all.
          expression: likewise.
          albedo: likewise.

        Raises:
          FaceModelError: a number is negative or larger than the model has.
        """
        wanted = {"identity": identity, "expression": expression, "albedo": albedo}
        changes: dict = {}
        for name, count in wanted.items():
            have = self.sizes[name]
            if count is None or count == have:
                continue
            if not 0 <= count <= have:
                raise FaceModelError(
                    f"face model {self.name!r}: reduced to {count} {name} coefficients; it has "
                    f"{have}"
                )
            changes[name] = getattr(self, name)[:count]
        if not changes:
            return self
        kept = {k: v for k, v in self.explained.items() if k not in changes}
        if self.expression_names and "expression" in changes:
            changes["expression_names"] = self.expression_names[:expression]
        return dataclasses.replace(self, **changes, explained=kept)
