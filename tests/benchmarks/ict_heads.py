"""Random people made of the ICT FaceKit head, photographed: the geometry behind each is known.

The head is a statistical one of another laboratory than any model of this library, its skin is
painted here, the light is physical (linear, with a lamp, sky and gloss) and not the harmonics that
the reconstruction assumes, and the camera stands where it likes.
"""

import dataclasses
import itertools
import json
from pathlib import Path

import numpy as np

from face2param import images
from face2param.metrics.icp import rotation_matrix
from face2param.rendering import normals as mesh_normals
from face2param.rendering import raster

SKIN, MOUTH, SOCKET, GUMS, TEETH, EYE = range(6)
# First vertex of each part, and what it is made of (README of ICT FaceKit).
_PARTS = (
    (0, SKIN),
    (11248, MOUTH),
    (13294, SOCKET),
    (14062, GUMS),
    (17039, TEETH),
    (21451, EYE),
)
_EYES = ((21451, 22221), (23021, 23791))  # the outer shells of the eyeballs
_USED = 24591  # later vertices are tear fluid and lashes, which are cards with transparency
SCAN = 11248  # vertices of face, head and neck: what a scanner would see
_EXPRESSIONS = ("jawOpen", "mouthSmile_L", "mouthSmile_R", "browInnerUp_L", "browInnerUp_R")
_SUPERSAMPLE = 2


@dataclasses.dataclass(frozen=True)
class Person:
    """Who is photographed.

    Attributes:
      vertices: `[vertices, 3]` neutral, centimetres.
      seed: of skin, hair and eyes.
    """

    vertices: np.ndarray
    seed: int


class Heads:
    """The ICT FaceKit head with its statistics."""

    def __init__(self, folder: Path):
        """Reads the packed model.

        Args:
          folder: holds `ict_facekit.npz` and `vertex_indices.json`.
        """
        stored = np.load(folder / "ict_facekit.npz")
        polygons = stored["faces"]
        quads = polygons[polygons[:, 3] >= 0]
        faces = np.concatenate([polygons[:, :3], quads[:, [0, 2, 3]]]).astype(np.int32)
        self.faces = np.ascontiguousarray(faces[(faces < _USED).all(1)])
        self.neutral = stored["neutral"][:_USED].astype(np.float64)
        deltas = stored["deltas_q"][:, :_USED] * stored["delta_scale"][:, None, None]
        names = stored["names"].tolist()
        count = int(stored["n_identity"])
        self.identity = deltas[:count].astype(np.float32)
        self.expressions = {n: deltas[names.index(n)].astype(np.float32) for n in _EXPRESSIONS}
        marks = json.loads((folder / "vertex_indices.json").read_text())["idx_to_landmark_verts"]
        self.landmark_vertices = np.array(marks)
        starts = np.array([start for start, _ in _PARTS])
        kinds = np.array([kind for _, kind in _PARTS])
        self.material = kinds[np.searchsorted(starts, self.faces[:, 0], side="right") - 1]
        self.scan_faces = self.faces[(self.faces < SCAN).all(1)]
        self.openness = _openness(self.neutral, self.faces)

    def person(self, seed: int) -> Person:
        """A random person: coefficients of the identity modes ~ N(0, 1)."""
        coefficients = np.random.default_rng(seed).normal(size=len(self.identity))
        return Person(self.neutral + np.tensordot(coefficients, self.identity, 1), seed)

    def truth(self, person: Person) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The neutral face in millimetres: vertices, triangles, 68 landmarks."""
        vertices = 10 * person.vertices
        return vertices[:SCAN], self.scan_faces, vertices[self.landmark_vertices]

    def photograph(
        self,
        person: Person,
        rng: np.random.Generator,
        size: int = 400,
        yaw: float = 35.0,
        expression: float = 0.0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Takes a picture of a person under random pose and light.

        Args:
          person: of `person`.
          rng: of everything that differs between photographs of one person.
          size: height and width in pixels.
          yaw: largest turn of the head in degrees.
          expression: strength of a random expression, 0 for none.

        Returns:
          `[size, size, 3]` float32, and the true `[68, 2]` landmarks in pixels.
        """
        vertices = person.vertices
        for name in _EXPRESSIONS:
            vertices = vertices + expression * rng.uniform() * self.expressions[name]
        turns = np.radians(rng.uniform(-1, 1, 3) * [12, yaw, 10])
        turn = rotation_matrix(turns[2] * np.array([0, 0, 1.0]))
        for angle, axis in ((turns[1], [0, 1.0, 0]), (turns[0], [1.0, 0, 0])):
            turn = turn @ rotation_matrix(angle * np.array(axis))
        middle = self.neutral[:9409].mean(0)
        placed = (vertices - middle) @ turn.T
        distance = rng.uniform(70, 140)  # centimetres
        pixels = size * _SUPERSAMPLE
        inverse_depth = 1 / (distance - placed[:, 2])
        focal = pixels * distance / rng.uniform(30, 38)
        centre = pixels * (0.5 + rng.uniform(-0.05, 0.05, 2))
        screen = centre + focal * inverse_depth[:, None] * placed[:, :2] * [1, -1]
        found = raster.rasterize(screen, inverse_depth, self.faces, (pixels, pixels))
        seen = found.triangle >= 0
        corners, weights = self.faces[found.triangle[seen]], found.barycentric[seen][..., None]
        normals = mesh_normals.vertex_normals(placed.astype(np.float32), self.faces)

        def interpolate(values: np.ndarray) -> np.ndarray:
            return (weights * values[corners]).sum(1)

        skin = self._paint(person, self.material[found.triangle[seen]], interpolate(self.neutral))
        normal = interpolate(normals)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        towards = np.array([0, 0, distance]) - interpolate(placed)
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        wet = np.isin(self.material[found.triangle[seen]], (EYE, TEETH, GUMS, MOUTH))
        lit = _shade(skin, normal, towards, interpolate(self.openness[:, None])[:, 0], wet, rng)
        picture = _background(pixels, rng)
        picture[seen] = lit
        picture = images.resize(np.clip(picture, 0, 1).astype(np.float32), (size, size))
        picture = np.clip(picture + rng.normal(size=picture.shape) * 0.008, 0, 1)
        marks = screen[self.landmark_vertices] / _SUPERSAMPLE
        return picture.astype(np.float32), marks.astype(np.float32)

    def _paint(self, person: Person, material: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Albedo `[pixels, 3]` in display RGB at places of the neutral head."""
        rng = np.random.default_rng(person.seed + 10_000)
        marks = self.neutral[self.landmark_vertices]
        tone = rng.uniform() ** 0.8
        skin = (1 - tone) * np.array([0.90, 0.72, 0.62]) + tone * np.array([0.40, 0.26, 0.19])
        skin = np.clip(skin + rng.normal(size=3) * 0.02, 0.1, 0.95)
        hair = skin * rng.uniform(0.12, 0.6) * [1.0, 0.85, 0.7]
        albedo = np.tile(skin, (len(at), 1))
        waves, phases = (
            rng.normal(size=(24, 3)) * rng.uniform(0.5, 5, (24, 1)),
            rng.uniform(0, 6, 24),
        )
        noise = np.sin(at @ waves.T + phases).sum(1) / np.sqrt(24)
        albedo *= 1 + 0.025 * noise[:, None]
        red = sum(_blob(at, marks[i] + [0, -0.5, 0], 2.2) for i in (41, 46)) * 0.6
        red += 0.7 * _blob(at, marks[30], 1.2)
        albedo *= 1 + red[:, None] * np.array([0.03, -0.09, -0.08])
        brow = sum(_line(at, marks[a:b], 0.42) for a, b in ((17, 22), (22, 27)))
        strokes = 0.85 + 0.15 * np.sin(at @ np.array([23.0, 11.0, 0]) + noise * 5)
        albedo = _mix(albedo, hair, brow * strokes * rng.uniform(0.55, 0.95))
        lips = _inside(at, marks[48:60], 0.12) * (at[:, 2] > marks[[48, 54], 2].min() - 1)
        albedo = _mix(albedo, skin * [0.92, 0.68, 0.66], lips * rng.uniform(0.5, 0.9))
        for a, b in ((36, 42), (42, 48)):
            rim = _line(at, marks[np.r_[a:b, a]], 0.13)
            albedo = _mix(albedo, skin * 0.25, rim * 0.75)
        if rng.uniform() < 0.7:  # cropped hair
            top = marks[[19, 24], 1].mean() + rng.uniform(5.0, 6.0)
            edge = top - 0.10 * np.maximum(0, 7.5 - at[:, 2]) ** 1.6
            scalp = 1 / (1 + np.exp(-(at[:, 1] - edge + 0.5 * noise) * 3))
            albedo = _mix(albedo, hair, scalp * 0.9)
        if rng.uniform() < 0.35:  # stubble
            low = 1 / (1 + np.exp((at[:, 1] - marks[33, 1] + 0.6) * 2))
            low /= 1 + np.exp((marks[8, 1] - 1 - at[:, 1]) * 2)
            albedo = _mix(albedo, hair, low * (1 - lips) * rng.uniform(0.15, 0.4))
        for kind, colour in (
            (MOUTH, (0.28, 0.08, 0.08)),
            (SOCKET, (0.35, 0.18, 0.16)),
            (GUMS, (0.55, 0.25, 0.25)),
            (TEETH, (0.88, 0.85, 0.78)),
        ):
            albedo[material == kind] = colour
        colour = np.array([[0.30, 0.18, 0.10], [0.35, 0.48, 0.60], [0.35, 0.42, 0.25]])
        eye = material == EYE
        albedo[eye] = self._paint_eyes(at[eye], colour[rng.integers(3)])
        return np.clip(albedo, 0.01, 0.98)

    def _paint_eyes(self, at: np.ndarray, iris: np.ndarray) -> np.ndarray:
        """White, iris with its dark rim, pupil."""
        rings = []
        for start, end in _EYES:
            ball = self.neutral[start:end]
            middle = (ball.max(0) + ball.min(0)) / 2
            off = np.linalg.norm((at - middle)[:, :2], axis=1)
            rings.append(np.where(at[:, 2] > middle[2], off, np.inf))
        ring = np.minimum(*rings)[:, None]
        albedo = np.where(ring < 0.58, iris * 0.45, np.array([0.86, 0.82, 0.79]))
        albedo = np.where(ring < 0.52, iris, albedo)
        return np.where(ring < 0.22, 0.02, albedo)


def _openness(vertices: np.ndarray, faces: np.ndarray, directions: int = 48) -> np.ndarray:
    """Share of the sky that each vertex sees, `[vertices]`: dark nostrils and eye corners."""
    rng = np.random.default_rng(0)
    normals = mesh_normals.vertex_normals(vertices.astype(np.float32), faces)
    seen, total = np.zeros(len(vertices)), np.zeros(len(vertices))
    for _ in range(directions):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        side = np.cross(axis, [0.3, 1.0, 0.2])
        side /= np.linalg.norm(side)
        flat = vertices @ np.stack([side, np.cross(axis, side), axis]).T
        flat -= flat.min(0)
        scale = 380 / flat[:, :2].max()
        depth = 1 / (1000 - flat[:, 2])
        size = (400, 400)
        found = raster.rasterize(flat[:, :2] * scale + 5, depth, faces, size)
        pixel = np.clip((flat[:, :2] * scale + 5).astype(int), 0, 399)
        front = 1000 - 1 / np.maximum(found.inverse_depth[pixel[:, 1], pixel[:, 0]], 1e-9)
        weight = np.maximum(normals @ axis, 0)
        seen += weight * (flat[:, 2] > front - 0.25)
        total += weight
    return np.clip(seen / np.maximum(total, 1e-6), 0, 1)


def _shade(albedo, normal, towards, openness, wet, rng) -> np.ndarray:
    """Display RGB of pixels under a lamp and a sky, in linear light."""
    lamp = np.array([rng.uniform(-0.9, 0.9), rng.uniform(-0.1, 0.9), rng.uniform(0.4, 1)])
    lamp /= np.linalg.norm(lamp)
    warm = np.array([1, 1 - rng.uniform(0, 0.12), 1 - rng.uniform(0, 0.22)])
    strength = rng.uniform(0.35, 0.85)
    # Light that wraps a little around the edge between light and shade, as under skin.
    direct = np.maximum(0, (normal @ lamp + 0.15) / 1.15) * np.sqrt(openness)
    sky = (0.55 + 0.45 * normal[:, 1]) * openness
    front = np.maximum(normal[:, 2], 0) * openness
    light = strength * direct[:, None] * warm
    light = light + rng.uniform(0.15, 0.3) * sky[:, None] * np.array([0.92, 0.97, 1.05])
    light = light + rng.uniform(0.15, 0.35) * front[:, None]
    half = lamp + towards
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    cosine = np.maximum((normal * half).sum(1), 0)
    gloss = np.where(wet, 0.8 * cosine**90, rng.uniform(0.01, 0.06) * cosine**14)
    linear = albedo**2.2 * light + (strength * gloss * openness)[:, None]
    return (np.maximum(linear, 0) * rng.uniform(1.1, 1.7)) ** (1 / 2.2)


def _background(size: int, rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size] / size
    first, second = rng.uniform(0.2, 0.85, (2, 1)) + rng.normal(size=(2, 3)) * 0.05
    along = np.clip(x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1) + 0.5, 0, 1)[..., None]
    return (first * along + second * (1 - along)).astype(np.float32)


def _mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 0, 1)[:, None]
    return first * (1 - share) + share * second


def _blob(at: np.ndarray, middle: np.ndarray, radius: float) -> np.ndarray:
    return np.exp(-(((at - middle) / radius) ** 2).sum(1))


def _line(at: np.ndarray, points: np.ndarray, radius: float) -> np.ndarray:
    """1 on a polyline, falling to 0 within about twice the radius."""
    best = np.full(len(at), np.inf)
    for start, end in itertools.pairwise(points):
        edge = end - start
        along = np.clip((at - start) @ edge / (edge @ edge), 0, 1)
        best = np.minimum(best, np.linalg.norm(at - start - along[:, None] * edge, axis=1))
    return np.exp(-((best / radius) ** 4))


def _inside(at: np.ndarray, polygon: np.ndarray, soft: float) -> np.ndarray:
    """1 inside a polygon seen from the front, 0 outside, with a soft rim."""
    inside = np.zeros(len(at), bool)
    for (ax, ay), (bx, by) in zip(polygon[:, :2], np.roll(polygon[:, :2], -1, 0), strict=True):
        crosses = (ay > at[:, 1]) != (by > at[:, 1])
        where = (bx - ax) * (at[:, 1] - ay) / (by - ay + 1e-12) + ax
        inside ^= crosses & (at[:, 0] < where)
    best = np.full(len(at), np.inf)
    for start, end in zip(polygon[:, :2], np.roll(polygon[:, :2], -1, 0), strict=True):
        edge = end - start
        along = np.clip((at[:, :2] - start) @ edge / (edge @ edge), 0, 1)
        gap = np.linalg.norm(at[:, :2] - start - along[:, None] * edge, axis=1)
        best = np.minimum(best, gap)
    return 1 / (1 + np.exp(np.where(inside, -best, best) / soft * 4))
