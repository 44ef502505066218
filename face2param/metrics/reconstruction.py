"""How far a reconstructed face is from the true one, by the published protocols.

Both align the prediction to the truth first, since a single photograph tells neither place nor
size; numbers of different protocols are not comparable, not even of the same faces.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.metrics import face_points, icp
from face2param.metrics.icp import Aligned, IcpSettings
from face2param.metrics.procrustes import procrustes
from face2param.metrics.surfaces import Surface, surface

_ICP_POINTS = 4000  # of the truth that the alignment looks at; all are measured
_TOLERANCE = 1e-5  # of the face: less than a micrometre of its error


@dataclasses.dataclass(frozen=True)
class ScanError:
    """Distances between a true face and an aligned prediction, in millimetres.

    Attributes:
      distances: `[vertices]` of the truth; nan outside the measured region.
      aligned: the last alignment.
      covered: share of the measured vertices whose nearest point is not the prediction's rim;
        well below 1 means that the prediction lacks a part of the face.
    """

    distances: np.ndarray
    aligned: Aligned
    covered: float

    @property
    def measured(self) -> np.ndarray:
        """The distances that count, `[measured]`."""
        return self.distances[~np.isnan(self.distances)]

    @property
    def rmse(self) -> float:
        """Root of the mean squared distance."""
        return float(np.sqrt((self.measured**2).mean()))

    @property
    def mean(self) -> float:
        """Mean distance."""
        return float(self.measured.mean())

    @property
    def median(self) -> float:
        """Median distance."""
        return float(np.median(self.measured))

    @property
    def std(self) -> float:
        """Standard deviation of the distances."""
        return float(self.measured.std())


def micc(
    vertices: np.ndarray,
    faces: np.ndarray,
    landmarks: np.ndarray,
    true_vertices: np.ndarray,
    true_landmarks: np.ndarray,
    radius: float = face_points.MICC_RADIUS,
    scale: bool = True,
) -> ScanError:
    """The protocol of Deng et al. 2019 on MICC Florence; its number is `rmse`.

    As the author describes it (their repository, issue 23): ICP with an isotropic scale of its
    own for every mesh, then distances from the vertices of the ground truth that lie within
    95 mm of the nose tip, the forehead cut off, to the planes of the prediction. No code was
    published. Here ICP starts from seven landmarks, minimises point to plane, and looks at the
    measured region alone.

    Args:
      vertices: `[vertices, 3]` of the prediction, in any unit.
      faces: `[triangles, 3]`.
      landmarks: of the prediction, `[68, 3]` or `[7, 3]`.
      true_vertices: `[scan vertices, 3]` of the ground truth in millimetres.
      true_landmarks: of the ground truth, `[68, 3]` or `[7, 3]`.
      radius: millimetres around the nose tip.
      scale: False keeps the prediction's size (then it must be in millimetres).

    Returns:
      Distances to planes.

    Raises:
      ValueError: a shape does not fit, or the truth has no vertex in the region.
    """
    region = face_points.micc_region(true_vertices, true_landmarks, radius)
    mesh = surface(vertices, faces)
    return _measure(mesh, landmarks, true_vertices, true_landmarks, region, scale, plane=True)


def now(
    vertices: np.ndarray,
    faces: np.ndarray,
    landmarks: np.ndarray,
    true_vertices: np.ndarray,
    true_landmarks: np.ndarray,
    scale: bool = True,
) -> ScanError:
    """Scan-to-mesh distance as the NoW benchmark measures it: `median`, `mean`, `std`.

    The prediction, with a neutral expression, is brought to the scan by seven landmarks, then by
    the scan-to-mesh distance itself; measured are the distances from the scan's vertices in the
    benchmark's ball to the surface. The benchmark pools the distances of all scans before it
    takes its statistics: use `pooled`. Deviations: squared distances to planes are minimised in
    the second step, where the benchmark's robust optimiser is not restated.

    Args:
      vertices: `[vertices, 3]` of the prediction, in any unit.
      faces: `[triangles, 3]`.
      landmarks: of the prediction, `[68, 3]` or `[7, 3]`.
      true_vertices: `[scan vertices, 3]` in millimetres.
      true_landmarks: of the scan, `[68, 3]` or `[7, 3]`.
      scale: False is the benchmark's metrical variant: the size counts (the prediction must be
        in millimetres).

    Returns:
      Distances to the surface.

    Raises:
      ValueError: a shape does not fit, or the scan has no vertex in the region.
    """
    region = face_points.now_region(true_vertices, true_landmarks)
    mesh = surface(vertices, faces)
    return _measure(mesh, landmarks, true_vertices, true_landmarks, region, scale, plane=False)


def _measure(
    mesh: Surface,
    landmarks: np.ndarray,
    true_vertices: np.ndarray,
    true_landmarks: np.ndarray,
    region: np.ndarray,
    scale: bool,
    plane: bool,
) -> ScanError:
    true_vertices = np.asarray(true_vertices, np.float64)
    points = true_vertices[region]
    if not len(points):
        raise ValueError(
            "true_vertices: none lies in the measured part of the face; are vertices and "
            "landmarks of the same scan, in millimetres?"
        )
    start = procrustes(
        face_points.seven_points(landmarks),
        face_points.seven_points(true_landmarks, "true_landmarks"),
        scale=scale,
    )
    settings = IcpSettings(scale=scale, tolerance=_TOLERANCE)
    thinned = points[:: -(-len(points) // _ICP_POINTS)]
    came = icp.align(mesh, thinned, start, settings)
    found = icp.align(mesh, points, came.motion, dataclasses.replace(settings, iterations=0))
    found = dataclasses.replace(found, iterations=came.iterations, converged=came.converged)
    distances = np.full(len(true_vertices), np.nan)
    distances[region] = found.plane_distance if plane else found.closest.distance
    return ScanError(distances, found, float(1 - found.border.mean()))


def pooled(errors: list[ScanError]) -> dict[str, float]:
    """Statistics over the vertices of all scans, as the NoW benchmark reports them.

    Args:
      errors: at least one.

    Returns:
      `median`, `mean` and `std` in millimetres.
    """
    every = np.concatenate([error.measured for error in errors])
    return {
        "median": float(np.median(every)),
        "mean": float(every.mean()),
        "std": float(every.std()),
    }


def vertex_error(
    predicted: np.ndarray,
    true: np.ndarray,
    alignment: str = "similarity",
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Distances of corresponding vertices, for meshes of one topology.

    Args:
      predicted: `[vertices, 3]`.
      true: `[vertices, 3]`.
      alignment: what is taken away first: `similarity` (turn, place and size), `rigid` (turn and
        place), `translation`, or `none`.
      mask: `[vertices]` bool, which count, for the alignment too; None: all.

    Returns:
      `[vertices]` float64 in the unit of `true`, of all vertices.

    Raises:
      ValueError: the shapes do not fit, or another word.
    """
    predicted, true = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    if predicted.ndim != 2 or predicted.shape[1] != 3 or predicted.shape != true.shape:
        raise ValueError(
            f"predicted and true must have one shape [vertices, 3], got {predicted.shape} and "
            f"{true.shape}"
        )
    mask = np.ones(len(true), bool) if mask is None else np.asarray(mask, bool)
    if alignment in ("similarity", "rigid"):
        motion = procrustes(predicted[mask], true[mask], scale=alignment == "similarity")
        predicted = motion.apply(predicted)
    elif alignment == "translation":
        predicted = predicted + (true[mask] - predicted[mask]).mean(0)
    elif alignment != "none":
        raise ValueError(
            f"alignment must be similarity, rigid, translation or none, got {alignment!r}"
        )
    return np.linalg.norm(predicted - true, axis=1)
