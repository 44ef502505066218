"""A first answer from landmarks and colours alone, by least squares; needs no network.

Pose, identity and expression that put the model's 68 landmarks on those of the photograph
(Gauss-Newton, coefficients held by their distribution), then the light that explains the skin's
colours on that shape (linear in the nine bands, Ramamoorthi and Hanrahan 2001).
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from face2param.landmarks import markup
from face2param.morphable.coefficients import AMBIENT, BANDS, Layout
from face2param.morphable.model import FaceModel

_NOISE = 2.0
"""Pixels of the 224 crop by which predicted landmarks are off, as a standard deviation."""

_JAW = 0.3
"""Weight of the jaw line, whose points slide along the outline when the head turns."""

_ITERATIONS = 10
_STEP = 1e-4
_LIGHT_RIDGE = 0.02


def fit(
    model: FaceModel,
    camera,
    landmarks: np.ndarray,
    fixed_identity: np.ndarray | None = None,
    noise: float = _NOISE,
) -> dict[str, np.ndarray]:
    """Finds pose, identity and expression from landmarks.

    Args:
      model: the face model.
      camera: a `rendering.cameras.Perspective`.
      landmarks: `[68, 2]` px of the camera's picture.
      fixed_identity: `[identity coefficients]` that is known already; None: it is found too.
      noise: standard deviation of the landmarks in px; larger stays nearer to the mean face.

    Returns:
      identity, expression, rotation, translation: `[size]` float32 each.

    Raises:
      ValueError: landmarks have another shape.
    """
    target = markup.check_landmarks(landmarks).astype(np.float64)
    if target.ndim != 2:
        raise ValueError(f"landmarks must have shape [68, 2], got {list(target.shape)}")
    weights = model.landmark_weights[..., None]
    mean = (model.mean[model.landmark_vertices] * weights).sum(1).astype(np.float64)
    identity = (model.identity[:, model.landmark_vertices] * weights).sum(2)
    expression = (model.expression[:, model.landmark_vertices] * weights).sum(2)
    if fixed_identity is not None:
        mean = mean + np.tensordot(fixed_identity, identity, 1)
        identity = identity[:0]
    basis = np.concatenate([identity, expression]).astype(np.float64)
    trust = np.full(markup.COUNT, 1 / noise)
    trust[list(markup.GROUPS["jaw"])] *= np.sqrt(_JAW)
    angles, shift = _pose(camera, mean, target, trust)
    coefficients = np.zeros(len(basis))
    for _ in range(_ITERATIONS):
        shape = mean + np.tensordot(coefficients, basis, 1)
        turn = Rotation.from_euler("xyz", angles).as_matrix()
        screen, slope = _project(camera, shape @ turn.T + shift)
        columns = [_slope_of_turn(angles, axis, shape) for axis in range(3)]
        columns = [*columns, *np.broadcast_to(np.eye(3)[:, None], (3, markup.COUNT, 3))]
        columns = [*columns, *(basis @ turn.T)]
        # Change of each landmark's place on the screen with each unknown.
        jacobian = np.einsum("plk,lsk->lsp", np.stack(columns), slope) * trust[:, None, None]
        jacobian = jacobian.reshape(2 * markup.COUNT, -1)
        error = ((target - screen) * trust[:, None]).ravel()
        prior = np.r_[np.zeros(6), np.ones(len(basis))]
        pull = np.r_[np.zeros(6), coefficients]
        step = np.linalg.solve(
            jacobian.T @ jacobian + np.diag(prior + 1e-9), jacobian.T @ error - pull
        )
        angles, shift = angles + step[:3], shift + step[3:6]
        coefficients = coefficients + step[6:]
        if np.abs(step[:6]).max() < 1e-5 and np.abs(step[6:]).max(initial=0) < 1e-3:
            break
    known = len(identity)
    found = {
        "identity": coefficients[:known] if fixed_identity is None else fixed_identity,
        "expression": coefficients[known:],
        "rotation": angles,
        "translation": shift,
    }
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def light(
    normals: np.ndarray, albedo: np.ndarray, colours: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """The light under which a surface of known albedo shows these colours.

    Args:
      normals: `[points, 3]` unit.
      albedo: `[points, 3]`.
      colours: `[points, 3]` RGB in [0, 1] of the photograph at these points.
      weights: `[points]`, not negative.

    Returns:
      `[27]` float32 coefficients, channel-major, 0.8 taken off each channel's first band as
      `morphable.coefficients.light_matrix` adds it.
    """
    from face2param.rendering import harmonics

    bands = np.asarray(harmonics.basis(np.asarray(normals, np.float32)), np.float64)
    ambient = np.eye(BANDS)[0] * AMBIENT
    total = max(float(np.sum(weights)), 1e-9)
    found = []
    for channel in range(3):
        rows = bands * albedo[:, channel : channel + 1]
        wanted = colours[:, channel] - rows @ ambient
        held = np.diag(np.full(BANDS, _LIGHT_RIDGE))
        square = (rows * weights[:, None]).T @ rows / total + held * _LIGHT_RIDGE
        found.append(np.linalg.solve(square, (rows * weights[:, None]).T @ wanted / total))
    return np.concatenate(found).astype(np.float32)


def start(
    model: FaceModel,
    layout: Layout,
    camera,
    image: np.ndarray,
    landmarks: np.ndarray,
    attention: np.ndarray,
    fixed_identity: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """A complete set of coefficients for one aligned photograph.

    Args:
      model: the face model.
      layout: of its coefficients.
      camera: a `rendering.cameras.Perspective`.
      image: `[height, width, 3]` of the camera's size.
      landmarks: `[68, 2]` px of `image`.
      attention: `[height, width]` in [0, 1], how much each pixel is skin.
      fixed_identity: see `fit`.

    Returns:
      name -> `[size]` float32, in the layout's order; albedo is the mean's.
    """
    found = fit(model, camera, landmarks, fixed_identity)
    shape = model.mean + np.tensordot(found["identity"], model.identity, 1)
    shape = shape + np.tensordot(found["expression"], model.expression, 1)
    turn = Rotation.from_euler("xyz", found["rotation"]).as_matrix()
    from face2param.rendering.normals import vertex_normals

    normals = vertex_normals(shape.astype(np.float32), model.faces) @ turn.T
    screen, _ = _project(camera, shape @ turn.T + found["translation"])
    cell = np.floor(screen).astype(int)
    inside = ((cell >= 0) & (cell < [image.shape[1], image.shape[0]])).all(1)
    cell = np.where(inside[:, None], cell, 0)
    facing = np.clip((normals[:, 2] - 0.3) / 0.4, 0, 1)
    weights = facing * inside * model.skin_mask * attention[cell[:, 1], cell[:, 0]]
    lit = light(normals, model.albedo_mean, image[cell[:, 1], cell[:, 0]], weights)
    if layout.size("light") == BANDS:
        lit = lit.reshape(3, BANDS).mean(0)
    found |= {"albedo": np.zeros(layout.size("albedo"), np.float32), "light": lit}
    return {name: found[name] for name in layout.names}


def _project(camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places on the screen `[n, 2]` and their slopes `[n, 2, 3]` by the points `[n, 3]`."""
    depth = camera.distance - points[:, 2]
    scale = camera.focal / depth
    x, y = points[:, 0], points[:, 1]
    screen = np.stack([camera.principal[0] + scale * x, camera.principal[1] - scale * y], 1)
    slope = np.zeros((len(points), 2, 3))
    slope[:, 0, 0], slope[:, 1, 1] = scale, -scale
    slope[:, 0, 2], slope[:, 1, 2] = scale * x / depth, -scale * y / depth
    return screen, slope


def _pose(camera, points: np.ndarray, target: np.ndarray, trust: np.ndarray):
    """Euler angles and shift by an affine camera, the start of the iterations."""
    scale = camera.focal / camera.distance
    wanted = (target - np.array(camera.principal)) * [1, -1] / scale
    rows = np.concatenate([points, np.ones((len(points), 1))], 1) * trust[:, None]
    solved = np.linalg.lstsq(rows, wanted * trust[:, None], rcond=None)[0]
    size = np.linalg.norm(solved[:3], axis=0).mean()
    first, second = solved[:3].T / size
    left, _, right = np.linalg.svd(np.stack([first, second, np.cross(first, second)]))
    turn = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right
    # A larger image than at the standard distance is a nearer face.
    depth = camera.distance * (1 - 1 / size)
    shift = np.r_[solved[3] / size, depth]
    return Rotation.from_matrix(turn).as_euler("xyz"), shift


def _slope_of_turn(angles: np.ndarray, axis: int, shape: np.ndarray) -> np.ndarray:
    step = np.eye(3)[axis] * _STEP
    more = Rotation.from_euler("xyz", angles + step).as_matrix()
    less = Rotation.from_euler("xyz", angles - step).as_matrix()
    return shape @ (more - less).T / (2 * _STEP)
