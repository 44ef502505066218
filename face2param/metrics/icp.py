"""Iterative closest points: moves a surface onto points that have no known partners."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.errors import ConfigError
from face2param.metrics.procrustes import Similarity
from face2param.metrics.surfaces import Closest, Surface

_LARGEST_TURN = 0.35  # radians a step may turn: its equations are those of small turns
_LARGEST_GROWTH = 0.25  # natural logarithm of the scale that a step may change
_DAMPING = 1e-9  # of directions that the points leave open, such as turning a sphere
_FEWEST = 12


@dataclasses.dataclass(frozen=True)
class IcpSettings:
    """How to align.

    Attributes:
      scale: whether the size may change; False is rigid.
      plane: minimise distances to the tangent planes of the nearest points (Chen and Medioni,
        "Object modelling by registration of multiple range images", 1992), which slides along
        the surface and needs few steps. False: distances to the nearest points.
      trim: share of the worst pairs that is left out (Chetverikov et al., "The trimmed
        iterative closest point algorithm", 2002), in [0, 1).
      maximum_distance: pairs further apart are left out, in the unit of the points; None: none.
      maximum_angle: pairs whose normals differ by more radians are left out; needs the normals
        of the points; None: none.
      skip_border: leave out points whose nearest point lies on the rim of the surface, where
        it only says that the surface ended there.
      iterations: at most; 0 only looks for the pairs.
      tolerance: stop when a step moves the points by less, as a fraction of their radius.
    """

    scale: bool = True
    plane: bool = True
    trim: float = 0.0
    maximum_distance: float | None = None
    maximum_angle: float | None = None
    skip_border: bool = True
    iterations: int = 100
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not 0 <= self.trim < 1:
            raise ConfigError(f"trim: must lie in [0, 1), got {self.trim}")
        if self.iterations < 0 or not self.tolerance >= 0:
            raise ConfigError(
                f"iterations and tolerance must not be negative, got "
                f"{self.iterations} and {self.tolerance}"
            )
        for name in ("maximum_distance", "maximum_angle"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"{name}: must be positive or None, got {value}")


@dataclasses.dataclass(frozen=True)
class Aligned:
    """Where a surface came to rest.

    Attributes:
      motion: moves the surface onto the points.
      closest: nearest points of the moved surface, distances in the unit of the points.
      plane_distance: `[points]` distance to the tangent plane of the surface at the nearest
        point (with interpolated normals), not negative, at most `closest.distance`.
      border: `[points]` bool, whether the nearest point lies on the rim.
      used: `[points]` bool, the pairs of the last step.
      iterations: steps made.
      converged: whether the last step was within the tolerance.
    """

    motion: Similarity
    closest: Closest
    plane_distance: np.ndarray
    border: np.ndarray
    used: np.ndarray
    iterations: int
    converged: bool

    @property
    def rms(self) -> float:
        """Root of the mean squared distance of the pairs that were used."""
        return float(np.sqrt((self.closest.distance[self.used] ** 2).mean()))


def align(
    mesh: Surface,
    points: np.ndarray,
    start: Similarity | None = None,
    settings: IcpSettings | None = None,
    normals: np.ndarray | None = None,
) -> Aligned:
    """Moves a surface onto points; equal input gives equal output.

    Distances are measured where the points are, so that shrinking everything is no way to make
    them small.

    Args:
      mesh: the surface that moves.
      points: `[points, 3]`, of a scan.
      start: motion of the surface to begin with, such as `procrustes` of landmarks; None: where
        it is. ICP finds the nearest valley: half a turn away it stays there.
      settings: None: the defaults.
      normals: `[points, 3]` unit, of the scan; only for `maximum_angle`.

    Returns:
      The motion and the pairs that it leads to.

    Raises:
      ConfigError: `maximum_angle` without `normals`.
      ValueError: another shape, a number that is not finite, or hardly a pair left.
    """
    settings = settings or IcpSettings()
    points = np.ascontiguousarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < _FEWEST:
        raise ValueError(f"points must have shape [points >= {_FEWEST}, 3], got {points.shape}")
    if normals is not None and np.shape(normals) != points.shape:
        raise ValueError(f"normals must have shape {points.shape}, got {np.shape(normals)}")
    if settings.maximum_angle is not None and normals is None:
        raise ConfigError("maximum_angle: needs the normals of the points")
    centre = points.mean(0)
    radius = float(np.sqrt(((points - centre) ** 2).sum(1).mean()))
    motion, converged, iteration = start or Similarity.identity(), False, 0
    length, cost = 1.0, np.inf
    while True:
        found = _pairs(mesh, points, motion, settings, normals)
        if converged or iteration == settings.iterations:
            break
        before, cost = cost, _cost(mesh, points, motion, found, settings)
        # Pairs change from step to step, so that full steps may circle around the answer.
        length = length if cost < before else 0.5 * length
        step = _step(mesh, points, motion, found, settings, centre, radius, length)
        motion, iteration = step.after(motion), iteration + 1
        moved = step.apply(points) - points
        converged = float(np.sqrt((moved**2).sum(1).mean())) <= settings.tolerance * radius
    closest, used, border = found
    closest = closest._replace(point=motion.apply(closest.point))
    heights = _heights(mesh, points, motion, closest)
    return Aligned(motion, closest, heights, border, used, iteration, converged)


def _heights(mesh: Surface, points: np.ndarray, motion: Similarity, closest: Closest) -> np.ndarray:
    """Distances to the tangent planes, `closest.point` being where it was moved to."""
    normal = _normals(mesh, closest, motion)
    height = np.abs((normal * (points - closest.point)).sum(1))
    # Where there is no normal there is no plane: the distance is that to the point.
    height = np.where((normal != 0).any(1), height, closest.distance)
    return np.minimum(height, closest.distance)


def _cost(
    mesh: Surface,
    points: np.ndarray,
    motion: Similarity,
    found: tuple[Closest, np.ndarray, np.ndarray],
    settings: IcpSettings,
) -> float:
    """Mean squared distance of the pairs that count."""
    closest, used, _ = found
    distance = closest.distance
    if settings.plane:
        moved = closest._replace(point=motion.apply(closest.point))
        distance = _heights(mesh, points, motion, moved)
    return float((distance[used] ** 2).mean())


def _normals(mesh: Surface, closest: Closest, motion: Similarity) -> np.ndarray:
    return mesh.normals_at(closest) @ motion.rotation.T


def _pairs(
    mesh: Surface,
    points: np.ndarray,
    motion: Similarity,
    settings: IcpSettings,
    normals: np.ndarray | None,
) -> tuple[Closest, np.ndarray, np.ndarray]:
    """Nearest points, still where the surface was; which pairs count; which lie on the rim."""
    closest = mesh.closest(motion.inverse().apply(points))
    closest = closest._replace(distance=closest.distance * motion.scale)
    border = mesh.on_border(closest)
    used = ~border if settings.skip_border else np.ones(len(points), bool)
    if settings.maximum_distance is not None:
        used &= closest.distance <= settings.maximum_distance
    if settings.maximum_angle is not None:
        cosine = (_normals(mesh, closest, motion) * normals).sum(1)
        used &= cosine >= np.cos(settings.maximum_angle)
    if settings.trim and used.any():
        limit = np.quantile(closest.distance[used], 1 - settings.trim)
        used &= closest.distance <= limit
    if used.sum() < _FEWEST:
        raise ValueError(
            f"only {int(used.sum())} of {len(points)} points have a partner on the surface; "
            "start from landmarks, or loosen maximum_distance, maximum_angle or trim"
        )
    return closest, used, border


def _step(
    mesh: Surface,
    points: np.ndarray,
    motion: Similarity,
    found: tuple[Closest, np.ndarray, np.ndarray],
    settings: IcpSettings,
    centre: np.ndarray,
    radius: float,
    length: float,
) -> Similarity:
    """Makes `length` of a Gauss-Newton step: growth, turn and shift about the centre."""
    closest, used, _ = found
    place = motion.apply(closest.point[used])
    gap = (points[used] - place) / radius
    arm = (place - centre) / radius
    if settings.plane:
        normal = _normals(mesh, closest, motion)[used]
        slope = np.concatenate(
            [(normal * arm).sum(1, keepdims=True), np.cross(arm, normal), normal], 1
        )
        wanted = (normal * gap).sum(1)
    else:
        axes = np.eye(3)
        slope = np.concatenate(
            [
                np.concatenate(
                    [arm[:, i : i + 1], np.cross(arm, axes[i]), np.tile(axes[i], (len(arm), 1))], 1
                )
                for i in range(3)
            ]
        )
        wanted = gap.T.ravel()
    if not settings.scale:
        slope = slope[:, 1:]
    square = slope.T @ slope
    damping = _DAMPING * np.trace(square) * np.eye(len(square))
    answer = length * np.linalg.solve(square + damping, slope.T @ wanted)
    growth = float(np.clip(answer[0], -_LARGEST_GROWTH, _LARGEST_GROWTH)) if settings.scale else 0
    turn, shift = answer[-6:-3], answer[-3:] * radius
    angle = float(np.linalg.norm(turn))
    if angle > _LARGEST_TURN:
        turn = turn * (_LARGEST_TURN / angle)
    size, rotation = float(np.exp(growth)), rotation_matrix(turn)
    return Similarity(rotation, centre + shift - size * rotation @ centre, size)


def rotation_matrix(turn: np.ndarray) -> np.ndarray:
    """Rodrigues' formula: the rotation about `turn` `[3]` by its length in radians, `[3, 3]`."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        axis, angle = np.array([1.0, 0.0, 0.0]), 0.0
    else:
        axis = turn / angle
    cross = np.cross(np.eye(3), axis)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
