"""Joints of a face model: linear blend skinning with pose correctives, as FLAME has them."""

from dataclasses import dataclass

import numpy as np

from face2param.errors import FaceModelError


@dataclass(frozen=True, eq=False)
class Articulation:
    """How joints move a shape.

    Attributes:
      names: of the joints, a parent before its children: "global", "neck", "jaw", ...
      parents: `[joints]` int32 index of the joint that carries this one; the root has -1.
      regressor: `[joints, vertices]` float32; times a shape it gives the joints' positions.
      weights: `[vertices, joints]` float32 shares of the joints in a vertex; rows sum to 1.
      correctives: `[9 * (joints - 1), vertices, 3]` float32 offsets (dm) per entry of the
        rotation matrices of all joints but the root, row by row, minus the identity.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    regressor: np.ndarray
    weights: np.ndarray
    correctives: np.ndarray

    def __post_init__(self):
        """Converts the arrays; `check` says whether they fit a model."""
        object.__setattr__(self, "names", tuple(map(str, self.names)))
        for name in ("parents", "regressor", "weights", "correctives"):
            array = np.asarray(getattr(self, name))
            if array.dtype.kind not in "fiub":
                raise FaceModelError(
                    f"articulation.{name} has type {array.dtype}; it must hold numbers"
                )
        for name in ("regressor", "weights", "correctives"):
            array = np.ascontiguousarray(getattr(self, name), np.float32)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "parents", np.ascontiguousarray(self.parents, np.int32))

    def check(self, model: str, vertices: int) -> None:
        """Raises FaceModelError unless the record fits a model of so many vertices."""
        joints = len(self.names)
        expected = {
            "parents": (joints,),
            "regressor": (joints, vertices),
            "weights": (vertices, joints),
            "correctives": (9 * (joints - 1), vertices, 3),
        }
        for name, shape in expected.items():
            have = getattr(self, name).shape
            if have != shape:
                raise FaceModelError(
                    f"face model {model!r}: articulation.{name} has shape {list(have)}; it must "
                    f"be {list(shape)}"
                )
            if not np.isfinite(getattr(self, name)).all():
                raise FaceModelError(
                    f"face model {model!r}: articulation.{name} holds values that are not finite"
                )
        if joints and (self.parents[0] != -1 or (self.parents >= np.arange(joints)).any()):
            raise FaceModelError(
                f"face model {model!r}: articulation.parents is {self.parents.tolist()}; the root "
                "comes first with -1 and every parent before its children"
            )
        off = np.abs(self.weights.sum(1) - 1).max() if vertices else 0.0
        if off > 1e-2:
            raise FaceModelError(
                f"face model {model!r}: articulation.weights has a row whose sum is off 1 by "
                f"{off:.3g}"
            )
