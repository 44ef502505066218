"""The bones of a rigged head and what they carry.

root -> neck -> head -> jaw, eye_left, eye_right. Neck and head share one pivot, that of the
built-in engine; the engine turns the neck by half of the angle and the head by the other half,
which spreads the turn over the neck as `head_pose.turn` does.
"""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin import anatomy, head_pose
from face2param.engines.builtin.rig.pieces import METRES
from face2param.meshes.gltf import Node, Skin

BONES = ("root", "neck", "head", "jaw", "eye_left", "eye_right")
ROOT, NECK, HEAD, JAW, EYE_LEFT, EYE_RIGHT = range(len(BONES))
PARENTS = (None, ROOT, NECK, HEAD, HEAD, HEAD)


def places(eye_centres: np.ndarray) -> np.ndarray:
    """Where the bones stand, `[bones, 3]` cm.

    Args:
      eye_centres: `[2, 3]` of the eyeballs, +x first.
    """
    return np.array(
        [
            (0.0, -20.0, anatomy.NECK_PIVOT[2]),
            anatomy.NECK_PIVOT,
            anatomy.NECK_PIVOT,
            anatomy.JAW_PIVOT,
            *np.asarray(eye_centres, float),
        ]
    )


def nodes(eye_centres: np.ndarray) -> list[Node]:
    """The bones as nodes 0, 1, ... of a model."""
    at = places(eye_centres)
    out = []
    for name, parent, place in zip(BONES, PARENTS, at, strict=True):
        inside = place if parent is None else place - at[parent]
        out.append(Node(name, parent, translation=inside * METRES))
    return out


def skin(eye_centres: np.ndarray) -> Skin:
    """What ties the meshes to the bones."""
    inverse = np.tile(np.eye(4), (len(BONES), 1, 1))
    inverse[:, :3, 3] = -places(eye_centres) * METRES
    return Skin("bones", tuple(range(len(BONES))), inverse)


def ride(rest: np.ndarray, jaw: np.ndarray | float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Bones and weights of points that turn with neck and head.

    Args:
      rest: `[points, 3]` on the canonical head, cm.
      jaw: `[points]` share of the jaw's turn.

    Returns:
      int32 `[points, 4]` and float32 `[points, 4]`.
    """
    share = head_pose.share(rest).astype(np.float64)
    jaw = np.clip(np.broadcast_to(np.asarray(jaw, float), share.shape), 0, 1)
    head = np.clip(2 * share - 1, 0, 1)
    neck = 1 - np.abs(2 * share - 1)
    weights = np.stack([np.clip(1 - 2 * share, 0, 1), neck, head], 1) * (1 - jaw)[:, None]
    weights = np.concatenate([weights, jaw[:, None]], 1)
    joints = np.tile(np.array([ROOT, NECK, HEAD, JAW], np.int32), (len(rest), 1))
    return _tidy(joints, weights)


def only(bone: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Bones and weights of `count` points on one bone."""
    joints = np.zeros((count, 4), np.int32)
    joints[:, 0] = bone
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1
    return joints, weights


def _tidy(joints: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest first, tiny ones dropped, bones of weight 0 named 0, as glTF wants it."""
    weights = np.where(weights < 1e-3, 0, weights)
    weights = weights / weights.sum(1, keepdims=True)
    order = np.argsort(-weights, axis=1, kind="stable")
    weights = np.take_along_axis(weights, order, 1).astype(np.float32)
    joints = np.where(weights > 0, np.take_along_axis(joints, order, 1), 0)
    return joints.astype(np.int32), weights
