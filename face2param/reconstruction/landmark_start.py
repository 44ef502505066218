"""A whole first answer from landmarks and colours by least squares; needs no network.

Pose, identity and expression that put the model's 68 landmarks on those of the photograph, by
Gauss-Newton with coefficients held by their distribution; then the light that explains the
skin's colours on that shape. The refinement takes it from there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from face2param.landmarks import markup
from face2param.morphable.coefficients import BANDS, Layout, neutral
from face2param.morphable.decode import Scene
from face2param.morphable.model import FaceModel
from face2param.reconstruction import lights, pose

_NOISE = 2.0
"""Pixels of the 224 crop by which predicted landmarks are off, as a standard deviation."""

_JAW = 0.3
"""Weight of the jaw line, whose points slide along the outline when the head turns."""

_ITERATIONS = 6
_POSE_STEPS = 12
_STEP = 1e-4
_SKIN = 0.5


def fit_shape(
    model: FaceModel,
    camera,
    landmarks: np.ndarray,
    identity: np.ndarray | None = None,
    noise: float = _NOISE,
    near: dict[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Finds pose, identity and expression from landmarks.

    Args:
      model: the face model.
      camera: `rendering.cameras.Perspective`.
      landmarks: `[68, 2]` px of the camera's picture.
      identity: `[identity coefficients]` that is known already; None: it is found too.
      noise: standard deviation of the landmarks in px; larger stays nearer to the mean face.
      near: an answer to begin at, such as that of the frame before; None: the mean face.

    Returns:
      identity, expression, rotation, translation: `[size]` float32 each.

    Raises:
      ValueError: landmarks have another shape.
    """
    target = markup.check_landmarks(landmarks).astype(np.float64)
    if target.ndim != 2:
        raise ValueError(f"landmarks must have shape [68, 2], got {list(target.shape)}")
    mean, known, expression = (
        (part[..., model.landmark_vertices, :] * model.landmark_weights[..., None]).sum(-2)
        for part in (model.mean, model.identity, model.expression)
    )
    mean = mean.astype(np.float64)
    if identity is not None:
        mean, known = mean + np.tensordot(identity, known, 1), known[:0]
    basis = np.concatenate([known, expression]).astype(np.float64)
    trust = np.full(markup.COUNT, 1.0)
    trust[list(markup.GROUPS["jaw"])] = _JAW
    coefficients = np.zeros(len(basis))
    if near is None:
        angles, shift, _ = pose.fit_pose(mean[None], target[None], camera, trust, _POSE_STEPS)
        place = np.concatenate([angles[0], shift[0]])
    else:
        place = np.concatenate([near["rotation"], near["translation"]]).astype(np.float64)
        coefficients[len(known) :] = near["expression"]
        coefficients[: len(known)] = near["identity"][: len(known)]
    trust = np.sqrt(trust) / noise
    held = np.r_[np.zeros(6), np.ones(len(basis))]
    for _ in range(_ITERATIONS):
        shape = mean + np.tensordot(coefficients, basis, 1)
        jacobian = np.concatenate(
            [_slope_of_pose(shape, place, camera), _slope_of_basis(shape, basis, place, camera)]
        )
        jacobian = (jacobian * trust[:, None]).reshape(len(held), -1)
        seen = pose.project(shape[None], place[None], camera)[0]
        error = ((target - seen) * trust[:, None]).ravel()
        step = np.linalg.solve(
            jacobian @ jacobian.T + np.diag(held + 1e-9),
            jacobian @ error - held * np.r_[np.zeros(6), coefficients],
        )
        place, coefficients = place + step[:6], coefficients + step[6:]
        if np.abs(step[:6]).max() < 1e-4 and np.abs(step[6:]).max(initial=0) < 1e-2:
            break
    found = {
        "identity": coefficients[: len(known)] if identity is None else identity,
        "expression": coefficients[len(known) :],
        "rotation": place[:3],
        "translation": place[3:],
    }
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def start(
    model: FaceModel,
    decode: Callable[[dict[str, np.ndarray]], Scene],
    layout: Layout,
    camera,
    image: np.ndarray,
    landmarks: np.ndarray,
    attention: np.ndarray,
    identity: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """A complete set of coefficients for one aligned photograph.

    Args:
      model: the face model.
      decode: coefficients, name -> `[size]`, to a posed face under `camera`.
      layout: of its coefficients.
      camera: `rendering.cameras.Perspective` of the crop.
      image: `[size, size, 3]` RGB in [0, 1], the crop.
      landmarks: `[68, 2]` px of `image`.
      attention: `[size, size]` in [0, 1], how much each pixel is skin.
      identity: see `fit_shape`.

    Returns:
      name -> `[1, size]` float32, in the layout's order; the albedo is the mean's.
    """
    found = {name: np.array(part) for name, part in neutral(layout).items()}
    for name, part in fit_shape(model, camera, landmarks, identity).items():
        found[name] = part[None]
    scene = decode({name: part[0] for name, part in found.items()})
    skin = np.asarray(attention)[None] > _SKIN
    light = lights.fit_lights(scene, image[None], skin, model.skin_mask)
    if layout.size("light") == BANDS:
        light = light.reshape(1, -1, BANDS).mean(1)
    return found | {"light": light}


def _slope_of_pose(shape: np.ndarray, place: np.ndarray, camera) -> np.ndarray:
    """Change of the screen positions with each of the six numbers of the pose, `[6, n, 2]`."""
    steps = np.eye(6) * _STEP
    points = np.broadcast_to(shape, (6, *shape.shape))
    more = pose.project(points, place + steps, camera)
    return (more - pose.project(points, place - steps, camera)) / (2 * _STEP)


def _slope_of_basis(shape: np.ndarray, basis: np.ndarray, place: np.ndarray, camera) -> np.ndarray:
    """Change of the screen positions with each coefficient, `[coefficients, n, 2]`."""
    turn = pose.rotation_matrix(place[:3])
    x, y, z = np.moveaxis(shape @ turn.T + place[3:], -1, 0)
    depth = np.maximum(camera.distance - z, camera.near)
    dx, dy, dz = np.moveaxis(basis @ turn.T, -1, 0)
    scale = camera.focal / depth
    return np.stack([scale * (dx + x / depth * dz), -scale * (dy + y / depth * dz)], -1)
