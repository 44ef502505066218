"""A character and an expression in, a posed head out: meshes, eyes, landmarks.

mesh = geometry.pose_head(character, nuisance)
mesh.parts          # what to draw
mesh.landmarks3d    # [68, 3]
mesh.deform(points) # moves anything that was authored on the neutral head
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from face2param.engines.builtin import (
    anatomy,
    controls,
    ears,
    expressions,
    eyes,
    head_pose,
    mouth_cavity,
    torso,
)
from face2param.engines.builtin import landmarks as landmark_points
from face2param.engines.builtin.canonical import ANCHORS, GRID, Canonical, canonical
from face2param.engines.builtin.geometry_sliders import AVERAGE_WEIGHTS, GEOMETRY_SLIDERS
from face2param.errors import EngineError
from face2param.schema import Character

__all__ = ["MATERIALS", "Canonical", "Eyes", "HeadMesh", "Part", "canonical", "pose_head"]

MATERIALS = {"skin": 0, "ear": 1, "eye": 2, "lash": 3, "cloth": 4, "teeth": 5, "tongue": 6,
             "cavity": 7}  # fmt: skip

_FOLLOW = ("skull", "jaw", "skin")
_ATTACHMENTS: OrderedDict = OrderedDict()
_ATTACHMENT_LIMIT = 24


@dataclass(frozen=True)
class Part:
    """One mesh of the head.

    Attributes:
      name: "skin", "ear_left" (x > 0), ...
      vertices: `[vertices, 3]` float32 world cm.
      faces: `[triangles, 3]` int32, counter-clockwise seen from outside.
      material: value of `MATERIALS`.
      corner_uv: `[triangles, 3, 2]` float32 or None; teeth: u along the arch, v below 0.5 gum.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    material: int
    corner_uv: np.ndarray | None = None


@dataclass(frozen=True)
class Eyes:
    """The eyeballs; index 0 is the character's left eye (x > 0).

    Attributes:
      centres: `[2, 3]` world cm.
      radii: `[2]` cm.
      rotations: `[2, 3, 3]` eye to world; the third column is the direction of the gaze.
      closed: `[2]` how far the lids are closed, 0 (open) to 1.
    """

    centres: np.ndarray
    radii: np.ndarray
    rotations: np.ndarray
    closed: np.ndarray


@dataclass(frozen=True)
class HeadMesh:
    """A posed head.

    Attributes:
      parts: meshes to draw: skin, ear_left, ear_right, eye_left, eye_right, lashes,
        teeth_upper, teeth_lower, tongue, cavity, torso.
      eyes: the eyeballs.
      landmarks3d: `[68, 3]` float32 world cm, iBUG order.
      landmark_normals: `[68, 3]` float32 outward normals of the skin there.
      rotation: `[3, 3]` of the head.
      face: `[vertices, 3]` float32 skin with its expression before the head turned.
    """

    parts: list[Part]
    eyes: Eyes
    landmarks3d: np.ndarray
    landmark_normals: np.ndarray
    rotation: np.ndarray
    face: np.ndarray
    jaw_angle: float
    _canonical: Canonical = field(repr=False)
    _grid: np.ndarray = field(repr=False)

    def part(self, name: str) -> Part:
        """Returns the part called `name`.

        Raises:
          EngineError: there is none.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise EngineError(f"the head has no part {name!r}; it has {[p.name for p in self.parts]}")

    def deform(self, points: np.ndarray, follow: str = "skull") -> np.ndarray:
        """Moves points that were authored on the neutral, frontal head.

        Args:
          points: `[points, 3]` cm on or over the canonical head.
          follow: "skull" (large smooth bones only: hair, glasses), "jaw" (those and the turn
            of the jaw), or "skin" (the nearest skin with its expression: beards, brows).

        Returns:
          `[points, 3]` float32 world cm, the turn of the head included.

        Raises:
          EngineError: `follow` is something else, or `points` has another shape.
        """
        if follow not in _FOLLOW:
            raise EngineError(f"deform: follow is {follow!r}; it must be one of {_FOLLOW}")
        points = np.ascontiguousarray(points, np.float32)
        if points.ndim != 2 or points.shape[1] != 3:
            raise EngineError(f"deform: points have shape {points.shape}; they must be [points, 3]")
        attached = _attach(points, follow, self._canonical)
        if follow == "skin":
            index, weight = attached["nearest"]
            moved = self.face - self._canonical.vertices
            shift = np.zeros_like(points)
            for k in range(index.shape[1]):
                shift += moved[index[:, k]] * weight[:, k : k + 1]
        else:
            shift = np.stack(
                [
                    map_coordinates(self._grid[..., k], attached["cell"], order=1, mode="nearest")
                    for k in range(3)
                ],
                1,
            )
        out = points + shift
        if follow == "jaw":
            out = head_pose.turn_jaw(out, np.float32(1), self.jaw_angle)
        return head_pose.turn(out, attached["share"], self.rotation)


def _attach(points: np.ndarray, follow: str, head: Canonical) -> dict:
    """What ties points to the head; remembered, since hairstyles come again and again."""
    digest = hashlib.blake2b(points.tobytes(), digest_size=16).digest()
    key = (digest, follow, id(head))
    if key in _ATTACHMENTS:
        _ATTACHMENTS.move_to_end(key)
        return _ATTACHMENTS[key]
    attached = {"share": head_pose.share(points)}
    if follow == "skin":
        distance, index = cKDTree(head.vertices).query(points, 8)
        weight = 1.0 / (distance + 0.02) ** 2
        weight *= np.clip(1.001 - distance / (distance[:, -1:] + 1e-6), 1e-3, None)
        weight /= weight.sum(1, keepdims=True)
        attached["nearest"] = (index, weight.astype(np.float32))
    else:
        cells = [
            (points[:, k] - low) * ((count - 1) / (high - low))
            for k, (low, high, count) in enumerate(GRID)
        ]
        attached["cell"] = np.stack(cells).astype(np.float32)
    _ATTACHMENTS[key] = attached
    if len(_ATTACHMENTS) > _ATTACHMENT_LIMIT:
        _ATTACHMENTS.popitem(last=False)
    return attached


def _slider_weights(character: Character) -> np.ndarray:
    """Signed weights of the geometry sliders: 0 is the head as it was authored."""
    weights = 2.0 * np.asarray(character.values[: controls.GEOMETRY_COUNT], np.float32) - 1.0
    below = np.array([slider.below for slider in GEOMETRY_SLIDERS], np.float32)
    average = np.array([AVERAGE_WEIGHTS.get(s.name, 0.0) for s in GEOMETRY_SLIDERS], np.float32)
    return np.where(weights < 0, weights * below, weights) + average


def _ear_constants(weights: np.ndarray) -> dict[str, float]:
    out: dict[str, float] = {}
    for slider, weight in zip(GEOMETRY_SLIDERS, weights, strict=True):
        for effect in slider.effects:
            if effect.kind == "ear":
                amount = float(weight) * effect.amount
                out[effect.target] = out.get(effect.target, 0.0) + amount
    return out


def _eye_scale(weights: np.ndarray) -> float:
    """How much the eyeballs grow with the sliders that scale the eye sockets."""
    total = 0.0
    for slider, weight in zip(GEOMETRY_SLIDERS, weights, strict=True):
        for effect in slider.effects:
            if effect.target == "eye" and effect.axis.startswith("s"):
                total += float(weight) * effect.amount / 3.0
    return 1.0 + 0.6 * total


def _limit_narrowing(move: np.ndarray, head: Canonical) -> np.ndarray:
    """Keeps sliders that all narrow the chin from folding it over the midline.

    Only the symmetric, inward part of the displacement is bounded, to 45 % of the distance
    from the midline.
    """
    x = head.vertices[:, 0]
    low = np.flatnonzero(head.vertices[:, 1] < -7.5)
    side = np.sign(x[low])
    symmetric = 0.5 * (move[low, 0] - move[head.mirror[low], 0]) * side
    bound = 0.45 * np.abs(x[low]) + 1e-6
    inward = np.maximum(-symmetric, 0.0)
    excess = inward - bound * np.tanh(inward / bound)
    move[low, 0] += side * excess
    return move


def _rest_lips_on_teeth(skin: np.ndarray, head: Canonical, shift: np.ndarray) -> None:
    """Pushes what lies at the mouth's opening in front of the dental arch, in place."""
    rows = np.concatenate([head.topology.mouth_line, *head.topology.inner_lips])
    points = skin[rows]
    x = points[:, 0] - shift[0]
    arch = mouth_cavity.arch_z(x).astype(np.float32) + shift[2] + np.float32(0.10)
    inside = np.abs(x) < 0.9 * mouth_cavity.ARCH_HALF_WIDTH
    skin[rows, 2] = np.where(inside, np.maximum(points[:, 2], arch), points[:, 2])


def pose_head(character: Character, nuisance: np.ndarray | None = None) -> HeadMesh:
    """Shapes and poses the head of a character.

    Args:
      character: of the "builtin" schema.
      nuisance: `[nuisance_width]` float32 in the units of the schema, or None for a neutral
        expression seen from the front.

    Returns:
      The meshes in world coordinates.

    Raises:
      EngineError: the nuisance vector has another length, or the character another schema.
    """
    head = canonical()
    if character.schema.name != controls.SCHEMA_NAME:
        raise EngineError(
            f"pose_head: the character belongs to schema {character.schema.name!r}; "
            f"the built-in head draws {controls.SCHEMA_NAME!r} only"
        )
    if nuisance is None:
        nuisance = character.schema.neutral_nuisance()
    nuisance = np.asarray(nuisance, np.float32)
    if nuisance.shape != (len(controls.NUISANCE_NAMES),):
        raise EngineError(
            f"pose_head: nuisance has shape {list(nuisance.shape)}; "
            f"it must be [{len(controls.NUISANCE_NAMES)}]"
        )
    control = dict(zip(controls.NUISANCE_NAMES, nuisance.tolist(), strict=True))
    weights = _slider_weights(character)
    count = len(head.vertices)

    # ---- identity
    moved = (head.identity @ weights).reshape(-1, 3)
    skin_move = _limit_narrowing(moved[:count].copy(), head)
    anchors = moved[count : count + len(ANCHORS)]
    grid = moved[count + len(ANCHORS) :].reshape(*(axis[2] for axis in GRID), 3)
    middle = head.topology.mouth_line[np.abs(head.vertices[head.topology.mouth_line, 0]) < 1.4]
    mouth_shift = skin_move[middle].mean(0)
    skin = head.vertices + skin_move

    # ---- expression
    gains = np.array([control[name] for name in expressions.FIELD_NAMES], np.float32)
    if gains.any():
        skin += (head.expression @ gains).reshape(-1, 3)
    _rest_lips_on_teeth(skin, head, mouth_shift)
    jaw_angle = control["jawOpen"] * expressions.JAW_ANGLE
    skin = head_pose.turn_jaw(skin, head.jaw, jaw_angle)

    # ---- eyes
    centres = np.array([[1, 1, 1], [-1, 1, 1]], np.float32) * [
        anatomy.EYE_X,
        anatomy.EYE_Y,
        anatomy.EYE_Z,
    ]
    radius = anatomy.EYE_RADIUS * _eye_scale(weights)
    centres = (centres + anchors[:2]).astype(np.float32)
    centres[:, 2] += 1.1 * (1 - radius / anatomy.EYE_RADIUS)
    radii = np.full(2, radius, np.float32)
    travel = [
        eyes.lid_travel(
            control["eyeBlink" + side],
            control["eyeWide" + side],
            control["eyeSquint" + side],
            control["gaze_pitch"],
        )
        for side in ("Left", "Right")
    ]
    eyes.move_lids(skin, head.lid_operators, head.topology, travel)
    eyes.keep_off(skin, head.contact, centres, radii)
    closed = np.array([np.clip(u + low, 0, 1) for u, low in travel], np.float32)

    # ---- turn of the head
    rotation = head_pose.rotation(control["head_yaw"], control["head_pitch"], control["head_roll"])

    def turned(points, rest=None, share=None):
        share = head_pose.share(rest) if share is None else share
        return head_pose.turn(points, share, rotation)

    world = turned(skin, head.vertices)
    gaze = np.stack(
        [eyes.gaze_rotation(s, control["gaze_yaw"], control["gaze_pitch"]) for s in (1, -1)]
    )
    one = np.ones(2, np.float32)
    eye_state = Eyes(turned(centres, share=one), radii, rotation @ gaze, closed)
    parts = [Part("skin", world, head.faces, MATERIALS["skin"])]
    parts += _ear_parts(weights, anchors, turned)
    ball, ball_faces = eyes.eyeball()
    for k, name in ((0, "eye_left"), (1, "eye_right")):
        vertices = eye_state.centres[k] + radii[k] * (ball @ eye_state.rotations[k].T)
        parts.append(Part(name, vertices.astype(np.float32), ball_faces, MATERIALS["eye"]))
    blades, blade_faces = eyes.lashes(skin, head.topology, character["lash_length"], closed)
    blades = turned(blades, share=np.ones(len(blades), np.float32))
    parts.append(Part("lashes", blades, blade_faces, MATERIALS["lash"]))
    parts += _mouth_parts(head, skin, mouth_shift, jaw_angle, turned)
    shirt, shirt_faces = torso.build()
    parts.append(Part("torso", shirt.astype(np.float32), shirt_faces, MATERIALS["cloth"]))

    points, normals = landmark_points.place(head, skin, world, rotation, character)
    return HeadMesh(parts, eye_state, points, normals, rotation, skin, jaw_angle, head, grid)


def _ear_parts(weights, anchors, turned) -> list[Part]:
    left = ears.build(_ear_constants(weights))
    share = np.ones(len(left), np.float32)
    out = []
    for k, side, name in ((2, 1, "ear_left"), (3, -1, "ear_right")):
        vertices = (left * [side, 1, 1]).astype(np.float32) + anchors[k]
        out.append(Part(name, turned(vertices, share=share), ears.faces(side), MATERIALS["ear"]))
    return out


def _mouth_parts(head, skin, shift, jaw_angle, turned) -> list[Part]:
    out = []
    for name, upper in (("teeth_upper", True), ("teeth_lower", False)):
        vertices, faces, uv = mouth_cavity.teeth(upper)
        vertices = vertices.astype(np.float32) + shift
        if not upper:
            vertices = head_pose.turn_jaw(vertices, np.float32(1), jaw_angle)
        vertices = turned(vertices, share=np.ones(len(vertices), np.float32))
        out.append(Part(name, vertices, faces, MATERIALS["teeth"], uv.astype(np.float32)))
    vertices, faces = mouth_cavity.tongue()
    vertices = head_pose.turn_jaw(vertices.astype(np.float32) + shift, np.float32(0.9), jaw_angle)
    vertices = turned(vertices, share=np.ones(len(vertices), np.float32))
    out.append(Part("tongue", vertices, faces, MATERIALS["tongue"]))
    wall = head_pose.turn_jaw(head.cavity_vertices + shift, head.cavity_jaw, jaw_angle)
    rim = head.topology.inner_lips[-1]
    wall[: len(rim)] = skin[rim]
    wall = turned(wall, share=np.ones(len(wall), np.float32))
    out.append(Part("cavity", wall, head.cavity_faces, MATERIALS["cavity"]))
    return out
