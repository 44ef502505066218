"""A small engine of one's own: a cartoon face drawn with Pillow.

It shows all that face2param asks of an engine: a schema, a picture, the parsing labels and
the 68 landmarks. A game engine answers the same questions with its own renderer. Notebook 02
trains an imitator for it and finds the cartoon of a photograph.
"""

import numpy as np
from PIL import Image, ImageDraw

from face2param.engines import arguments
from face2param.engines.base import Engine, Rendering
from face2param.regions import INDEX
from face2param.schema import Character, Choice, Continuous, Schema

SCHEMA = Schema(
    name="cartoon",
    version="1",
    continuous=tuple(
        Continuous(name, group, 0.5, None, text)
        for name, group, text in (
            ("face_width", "face", "narrow to wide"),
            ("chin_length", "face", "short to long"),
            ("eye_size", "eyes", "small to large"),
            ("eye_distance", "eyes", "close to far apart"),
            ("brow_height", "eyes", "low to high"),
            ("nose_length", "nose", "short to long"),
            ("mouth_width", "mouth", "narrow to wide"),
            ("lip_fullness", "mouth", "thin to full"),
            ("skin_tone", "colour", "light to dark"),
            ("hair_tone", "colour", "black to blond"),
        )
    ),
    choices=(Choice("hair", "hair", ("bald", "short", "long"), "short", "style of the hair"),),
)

_GROUND = np.array([0.86, 0.89, 0.93])
_SKIN = np.array([[0.98, 0.85, 0.76], [0.36, 0.22, 0.15]])
_HAIR = np.array([[0.08, 0.06, 0.05], [0.85, 0.68, 0.38]])


def _arc(x0, x1, y, height, count):
    """Points from (x0, y) to (x1, y) along half an ellipse of the given height."""
    t = np.linspace(np.pi, 0, count)
    middle, radius = (x0 + x1) / 2, (x1 - x0) / 2
    return np.stack([middle + radius * np.cos(t), y - height * np.sin(t)], -1)


def _landmarks(v: dict[str, float]) -> np.ndarray:
    """The 68 points in units of the picture's side, origin in the upper left corner."""
    width = 0.21 + 0.10 * v["face_width"]
    chin = 0.76 + 0.12 * v["chin_length"]
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + width * np.cos(angle), 0.42 + (chin - 0.42) * np.sin(angle) ** 0.8], -1)
    reach = 0.085 + 0.04 * v["eye_distance"]
    half, tall = 0.040 + 0.022 * v["eye_size"], 0.012 + 0.022 * v["eye_size"]
    brow = 0.375 - tall - 0.045 * v["brow_height"]
    brows = [_arc(0.5 + s * reach - 0.06, 0.5 + s * reach + 0.06, brow, 0.02, 5) for s in (-1, 1)]
    base = 0.52 + 0.08 * v["nose_length"]
    bridge = np.stack([np.full(4, 0.5), np.linspace(0.41, base - 0.03, 4)], -1)
    wings = np.stack([np.linspace(0.45, 0.55, 5), base + np.array([0, 1, 1.5, 1, 0]) * 0.01], -1)
    eyes = []
    for side in (-1, 1):
        x = 0.5 + side * reach
        upper, lower = (
            _arc(x - half, x + half, 0.42, tall, 4),
            _arc(x - half, x + half, 0.42, -tall, 4),
        )
        eyes += [upper, lower[2:0:-1]]
    mouth, lip = 0.05 + 0.06 * v["mouth_width"], 0.008 + 0.03 * v["lip_fullness"]
    line = base + 0.085
    upper, lower = (_arc(0.5 - mouth, 0.5 + mouth, line, h, 7) for h in (lip, -lip))
    inner = np.linspace(0.5 - 0.8 * mouth, 0.5 + 0.8 * mouth, 5)
    inner_upper = np.stack([inner, np.full(5, line)], -1)
    parts = [
        jaw,
        *brows,
        bridge,
        wings,
        *eyes,
        upper,
        lower[5:0:-1],
        inner_upper,
        inner_upper[3:0:-1],
    ]
    return np.concatenate(parts)


class CartoonEngine(Engine):
    """Flat colours, ten sliders, three hair styles; two milliseconds a picture."""

    name = "cartoon"
    version = "1"
    schema = SCHEMA

    def canonical_landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """See the base class."""
        return self._points(self.schema.neutral(), size)

    def render(
        self,
        character: Character,
        nuisance=None,
        *,
        size=(512, 512),
        supersample=2,
        background=None,
    ) -> Rendering:
        """See the base class; a cartoon has no depth, so depth and normals are flat."""
        height, width = arguments.check_size(size)
        oversampling = 1 + arguments.check_supersample(supersample)
        arguments.check_character(character, self.schema)
        arguments.check_nuisance(nuisance, self.schema)
        wall = _GROUND if background is None else background
        ground = arguments.check_background(wall, (height, width))
        shapes = self._shapes(character)
        labels = Image.new("L", (width, height), 0)
        picture = Image.fromarray((np.asarray(ground) * 255).astype(np.uint8)).resize(
            (width * oversampling, height * oversampling)
        )
        for draw, scale, column in (
            (ImageDraw.Draw(labels), 1, 1),
            (ImageDraw.Draw(picture), oversampling, 2),
        ):
            for shape in shapes:
                points = shape[0] * np.array([width, height]) * scale
                draw.polygon([tuple(point) for point in points], fill=shape[column])
        image = np.asarray(picture.resize((width, height), Image.Resampling.BOX)) / 255
        label_map = np.asarray(labels)
        points = self._points(character, size)
        flat = np.where(label_map > 0, 1.0, np.inf)
        return Rendering(
            image=image.astype(np.float32),
            labels=label_map,
            landmarks=points,
            landmarks3d=np.pad(points, ((0, 0), (0, 1))).astype(np.float32),
            visibility=np.ones(68, bool),
            depth=flat.astype(np.float32),
            normals=(label_map > 0)[..., None] * np.array([0, 0, 1], np.float32),
        )

    def _points(self, character: Character, size: tuple[int, int]) -> np.ndarray:
        points = _landmarks({name: character[name] for name in self.schema.names})
        return (points * np.array([size[1], size[0]])).astype(np.float32)

    def _shapes(self, character: Character) -> list[tuple[np.ndarray, int, tuple]]:
        """Polygons from back to front: points, parsing class, colour."""
        p = _landmarks({name: character[name] for name in self.schema.names})

        def blend(pair, t):
            return tuple(int(255 * c) for c in pair[0] * (1 - t) + pair[1] * t)

        skin = blend(_SKIN, character["skin_tone"])
        hair = blend(_HAIR, character["hair_tone"])
        shade, lips = (
            tuple(int(c * k) for c, k in zip(skin, f, strict=True))
            for f in ((0.88, 0.84, 0.82), (0.86, 0.52, 0.52))
        )
        left, right, chin = p[0], p[16], p[8]
        skull = _arc(left[0], right[0], left[1], 0.26, 24)
        shapes = []
        if character["hair"] == "long":
            drop = np.array([[right[0] + 0.07, 0.86], [left[0] - 0.07, 0.86]])
            top = _arc(left[0] - 0.05, right[0] + 0.05, left[1], 0.33, 24)
            shapes.append((np.concatenate([top, drop]), INDEX["hair"], hair))
        neck = np.array([[0.42, chin[1] - 0.1], [0.58, chin[1] - 0.1], [0.6, 1.0], [0.4, 1.0]])
        shapes.append((neck, INDEX["neck"], shade))
        shapes.append((np.concatenate([skull, p[16::-1]]), INDEX["skin"], skin))
        if character["hair"] != "bald":
            outer = _arc(left[0] - 0.02, right[0] + 0.02, left[1] - 0.02, 0.31, 24)
            inner = _arc(left[0] + 0.01, right[0] - 0.01, left[1] - 0.06, 0.11, 24)
            shapes.append((np.concatenate([outer, inner[::-1]]), INDEX["hair"], hair))
        shapes.append((p[[27, 31, 33, 35]], INDEX["nose"], shade))
        for brow, name in ((p[17:22], "l_brow"), (p[22:27], "r_brow")):
            shapes.append((np.concatenate([brow, brow[::-1] + [0, 0.014]]), INDEX[name], hair))
        for eye, name in ((p[36:42], "l_eye"), (p[42:48], "r_eye")):
            shapes.append((eye, INDEX[name], (250, 250, 250)))
            iris = eye.mean(0) + 0.35 * (eye - eye.mean(0)) * [0.9, 1.9]
            shapes.append((iris, INDEX[name], (58, 40, 30)))
        mouth = p[48:60]
        shapes.append((mouth[:7], INDEX["u_lip"], lips))
        shapes.append((mouth[[6, 7, 8, 9, 10, 11, 0]], INDEX["l_lip"], lips))
        return shapes
