"""How well the built-in model's components describe heads that they were not made of."""

from typing import NamedTuple

import numpy as np

from face2param import schema
from face2param.engines.builtin import controls, geometry, sampling
from face2param.morphable import builtin_samples
from face2param.morphable.builtin_mesh import gather, plan_for
from face2param.morphable.model import FaceModel

_MILLIMETRES = 100.0  # in a decimetre
# Coefficients are held near their distribution, as every fit does it: decimetres that one
# standard deviation is worth.
_PRIOR = 2e-4


class Error(NamedTuple):
    """Distances between a head and its reconstruction, millimetres.

    Attributes: mean and worst of the skin's vertices, mean_face (mean where the mean face stands
    for the head), spread (root mean square of the coefficients: about 1 is plausible).
    """

    mean: float
    worst: float
    mean_face: float
    spread: float


def held_out(model: FaceModel, heads: int = 40, seed: int = 1) -> dict[str, Error]:
    """Reconstructs random heads, neutral ones and ones with an expression.

    Args:
      model: the built-in model.
      heads: how many of each kind.
      seed: of their characters; not that of the model's samples.

    Returns:
      "identity": neutral heads by the identity components; "expression": heads with expressions
      by both bases. Position is free in both, turn and size are not.
    """
    rng = np.random.default_rng(seed)
    plan = plan_for(geometry.pose_head(schema.load(controls.SCHEMA_NAME).neutral()))
    people = sampling.random_characters(rng, heads)
    neutral = builtin_samples.heads(people, plan).shapes
    posed = [geometry.pose_head(p, builtin_samples.random_expression(rng)) for p in people]
    moved = np.stack([gather(plan, mesh).reshape(-1) for mesh in posed])
    skin = slice(*model.parts["skin"])
    both = np.concatenate([model.identity, model.expression])
    return {
        "identity": _fit(model, model.identity, neutral, skin),
        "expression": _fit(model, both, moved, skin),
    }


def _fit(model: FaceModel, basis: np.ndarray, heads: np.ndarray, skin: slice) -> Error:
    target = heads.reshape(len(heads), -1, 3)[:, skin] * np.float32(0.1) - model.mean[skin]
    target = target - target.mean(1, keepdims=True)
    columns = basis[:, skin] - basis[:, skin].mean(1, keepdims=True)
    matrix = columns.reshape(len(basis), -1).astype(np.float64)
    rows = target.reshape(len(heads), -1).astype(np.float64)
    normal = matrix @ matrix.T / matrix.shape[1] + _PRIOR**2 * np.eye(len(basis))
    found = np.linalg.solve(normal, matrix @ rows.T / matrix.shape[1]).T
    left = (rows - found @ matrix).reshape(target.shape)
    distance = np.linalg.norm(left, axis=-1) * _MILLIMETRES
    before = np.linalg.norm(target, axis=-1) * _MILLIMETRES
    return Error(
        float(distance.mean()),
        float(distance.max()),
        float(before.mean()),
        float(np.sqrt((found**2).mean())),
    )
