"""Bringing one's own head: a glTF file looked at, a head file written beside it."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from face2param import alignment, config, images, regions
from face2param.engines.rigged import label_maps, propose
from face2param.engines.rigged.engine import RiggedEngine
from face2param.engines.rigged.head_file import HeadFile, Landmark, View, landmarks_from_lists
from face2param.errors import CodecError, ConfigError, NoFaceError, OutputError
from face2param.landmarks import markup
from face2param.meshes.gltf import Model, read_gltf
from face2param.pipelines import pictures, preview

_SIZE = (512, 512)
# Where the landmarks of the built-in head lie, as parts of the picture: middle and RMS radius.
_MIDDLE, _RADIUS = np.array([0.5, 0.5646]), 0.1707
# First looks at a head that may be framed badly: (factor on the distance, higher by heights of the
# picture).
_LOOKS = ((1.0, 0.0), (0.7, 0.0), (1.5, 0.0), (1.0, -0.15), (1.0, 0.15), (0.5, 0.1))
_REFINEMENTS = 3
# Expressions and poses on the sheet, the first five that a head has.
_SHOWN = (
    *("jawOpen", "mouthSmileLeft", "mouthSmile", "head_yaw", "eyeBlinkLeft", "browInnerUp"),
    *("gaze_yaw", "head_pitch", "mouthPucker", "head_roll"),
)


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What `inspect_head` found out.

    Attributes:
      path: the head file.
      proposal: the head, with camera and landmarks.
      engine: draws it.
      deviation: mean distance of the landmarks on the mesh from where the picture has them, as
        part of the distance of the outer eye corners; NaN where they came from a map.
    """

    path: Path
    proposal: propose.Proposal
    engine: RiggedEngine
    deviation: float

    def table(self) -> str:
        """For people."""
        found = "landmarks from the map"
        if not math.isnan(self.deviation):
            found = f"landmarks found on the face, {100 * self.deviation:.1f}% of the eye distance"
            found += " from where the mesh carries them"
        return f"{propose.table(self.proposal)}\n{found}\nwritten: {self.path} and its label maps"


def inspect_head(
    model: str | os.PathLike,
    output: str | os.PathLike,
    *,
    landmarks: str | os.PathLike | None = None,
    sheet: str | os.PathLike | None = None,
    overwrite: bool = False,
) -> Inspection:
    """Proposes sliders for a model, finds its landmarks, and writes its head file.

    Its label maps, without which a game cannot draw labels, go beside the head file.

    Args:
      model: a .glb or .gltf file.
      output: the head file, `NAME.schema.json`, in the folder of the model or above it.
      landmarks: a map of the 68 landmarks, see `read_landmarks`; None: they are found on a
        picture of the face.
      sheet: a picture of what the sliders do; None: none.
      overwrite: replace files that are there.

    Raises:
      OutputError: a file is there already, or lies where the model cannot be named.
      CodecError: the model or the map cannot be read.
      EngineError: the model has nothing to move, or the map does not fit it.
      NoFaceError: no face is found in its picture.
    """
    model, output = Path(model), Path(output)
    if output.suffix.lower() != ".json":
        raise OutputError(f"{output}: a head file must end in .json, such as head.schema.json")
    for path in (output, label_maps.table_path(output)):
        if path.exists() and not overwrite:
            raise OutputError(f"{path} is already there; choose another --output or --overwrite")
    if sheet is not None:
        preview.check_output(sheet, overwrite)
    content = read_gltf(model)
    name = _beside(model, output)
    proposal = propose.examine(content, name, output.name.split(".")[0])
    head = dataclasses.replace(proposal.head, folder=output.resolve().parent)
    deviation = math.nan
    if landmarks is not None:
        head = head.replace(landmarks=read_landmarks(landmarks, content))
    else:
        head, deviation = find_landmarks(content, head)
    engine = RiggedEngine(content, head, name=str(output))
    if sheet is not None:
        images.write_image(sheet, draw_sheet(engine))
    head.save(output)
    label_maps.write(output)
    return Inspection(output, dataclasses.replace(proposal, head=head), engine, deviation)


def find_landmarks(model: Model, head: HeadFile) -> tuple[HeadFile, float]:
    """Frames the face as the built-in head is framed, and puts the landmarks on its mesh.

    Args:
      model: of the head file.
      head: its camera sees the face from the front, roughly.

    Returns:
      The head file with camera and landmarks, and `Inspection.deviation`.

    Raises:
      NoFaceError: no face is seen.
    """
    first = head.camera
    for closer, higher in _LOOKS:
        head = head.replace(camera=_moved(first, closer, (0.0, higher)))
        points = _look(model, head)
        if points is not None:
            break
    else:
        raise NoFaceError(
            f"no face was found in the picture of {head.model}; if it has one, it must be "
            "roughly human and look to +z (glTF's front). Otherwise name the places of the 68 "
            "landmarks with --landmarks map.json"
        )
    for _ in range(_REFINEMENTS):
        framed = head.replace(camera=_framed(head.camera, points))
        again = _look(model, framed)
        if again is None:
            break  # what was seen before is good enough
        head, points = framed, again
    engine = RiggedEngine(model, head, name="head")
    lifted = engine.lift(points, _SIZE)
    head = head.replace(landmarks=lifted)
    there = RiggedEngine(model, head, name="head").canonical_landmarks(_SIZE)
    gap = np.mean(np.linalg.norm(there - points, axis=1))
    return head, float(gap / markup.outer_eye_distance(points))


def read_landmarks(path: str | os.PathLike, model: Model) -> tuple[Landmark, ...]:
    """Reads a map of the 68 landmarks in iBUG's order.

    Args:
      path: JSON, a list or an object with the list under "landmarks" (such as a head file). An
        entry is [node, primitive, triangle, [b0, b1, b2]], or [node, primitive, vertex].
      model: whose nodes are named.

    Raises:
      CodecError: the file cannot be read or does not hold 68 such entries.
    """
    try:
        data = config.read_json(path)
    except ConfigError as error:
        raise CodecError(f"landmark map: {error}") from None
    entries = data.get("landmarks") if isinstance(data, dict) else data
    if not isinstance(entries, list) or len(entries) != markup.COUNT:
        raise CodecError(f"landmark map {path} must hold a list of {markup.COUNT} entries")
    rows = [
        _of_vertex(entry, model, f"landmark map {path}: entry {i}")
        if isinstance(entry, list) and len(entry) == 3
        else entry
        for i, entry in enumerate(entries)
    ]
    return landmarks_from_lists(rows, f"landmark map {path}: entry ")


def draw_sheet(engine: RiggedEngine, size: int = 256) -> np.ndarray:
    """A picture of the neutral face, what is known of it, random faces and expressions.

    Args:
      engine: of the head.
      size: of each panel.

    Returns:
      `[height, width, 3]` float32.
    """
    schema, shape = engine.schema, (size, size)
    drawn = engine.render(schema.neutral(), size=shape)
    panels = {
        "neutral": drawn.image,
        "landmarks": pictures.with_landmarks(drawn.image, drawn.landmarks),
        "regions": regions.colourise(drawn.labels),
    }
    for name in [name for name in _SHOWN if name in schema.nuisance_index][:5]:
        control = schema.nuisance[schema.nuisance_index[name]]
        both = {name, control.mirror or name} if control.unit == "weight" else {name}
        vector = schema.nuisance_vector(**{one: control.maximum for one in both})
        panels[name] = engine.render(schema.neutral(), vector, size=shape).image
    rng = np.random.default_rng(0)
    for i, character in enumerate(engine.random_characters(rng, 12 - len(panels))):
        panels[f"random {i + 1}"] = engine.render(character, size=shape).image
    return pictures.comparison(panels, 4, size)


def _of_vertex(entry: Sequence[Any], model: Model, where: str) -> list[Any]:
    node, primitive, vertex = entry
    index = model.node_indices.get(node) if isinstance(node, str) else None
    mesh = None if index is None else model.nodes[index].mesh
    if mesh is None:
        raise CodecError(f"{where}: there is no node {node!r} with a mesh")
    group = model.meshes[mesh].primitives
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (primitive, vertex))
    if not whole or not 0 <= primitive < len(group):
        raise CodecError(f"{where}: {node!r} has {len(group)} primitives, got {primitive!r}")
    corners = np.argwhere(group[primitive].faces == vertex)
    if not len(corners):
        raise CodecError(f"{where}: {vertex} is no vertex of a triangle of {node!r}")
    triangle, corner = (int(n) for n in corners[0])
    return [node, primitive, triangle, [float(i == corner) for i in range(3)]]


def _beside(model: Path, output: Path) -> str:
    """The model's path as the head file has it."""
    folder, path = output.resolve().parent, model.resolve()
    if not path.is_relative_to(folder):
        raise OutputError(
            f"{output}: a head file names its model, so it must lie in the model's folder, "
            f"{path.parent}, or above it"
        )
    return path.relative_to(folder).as_posix()


def _look(model: Model, head: HeadFile) -> np.ndarray | None:
    """`[68, 2]` pixels in the neutral picture; None if no face is seen.

    The mean of the picture and its mirror image, so that a symmetrical head stays one.
    """
    engine = RiggedEngine(model, head, name="head")
    image = engine.render(head.schema.neutral(), size=_SIZE, supersample=1).image
    found = []
    for picture in (image, np.ascontiguousarray(image[:, ::-1])):
        faces = alignment.detect_faces(picture)
        if not faces:
            return None
        found.append(alignment.predict_landmarks(picture, alignment.choose_face(faces)))
    return (found[0] + markup.mirror_landmarks(found[1], _SIZE[1])) / 2


def _side(camera: View) -> float:
    """Metres that the picture spans at the camera's target."""
    distance = math.dist(camera.position, camera.target)
    return 2 * distance * math.tan(camera.field_of_view / 2)


def _moved(camera: View, closer: float, shift: tuple[float, float]) -> View:
    """A camera at `closer` times the distance that aims further right and up.

    Args:
      camera: that looks along z.
      closer: factor on the distance.
      shift: to the right and up, in sides of the picture before.
    """
    position, target = np.array(camera.position), np.array(camera.target)
    arm = position - target
    right = np.array([math.copysign(1.0, arm[2]), 0.0, 0.0])
    target = target + _side(camera) * (shift[0] * right + np.array([0.0, shift[1], 0.0]))
    position = target + arm * closer
    return View(tuple(position.tolist()), tuple(target.tolist()), camera.field_of_view)


def _framed(camera: View, points: np.ndarray) -> View:
    """The camera that shows these points where the built-in head has its own."""
    points = points / np.array(_SIZE[::-1])
    middle = points.mean(0)
    radius = np.sqrt(((points - middle) ** 2).sum(1).mean())
    closer = float(radius / _RADIUS)
    # What is at `middle` now shall be at _MIDDLE of a picture `closer` times as wide.
    offset = (middle - 0.5) - (_MIDDLE - 0.5) * closer
    return _moved(camera, closer, (float(offset[0]), float(-offset[1])))
