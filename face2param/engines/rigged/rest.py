"""A rig at rest: what drawing needs to know of it once, whatever is drawn later."""

import functools

import numpy as np

from face2param.engines.builtin.occluders import cluster
from face2param.engines.rigged import face_labels, landmarks
from face2param.engines.rigged.camera import Portrait
from face2param.engines.rigged.channels import ShowChannel
from face2param.engines.rigged.posed import PosedHead, PosedPart
from face2param.engines.rigged.rig import Rig
from face2param.regions import CLASSES, INDEX
from face2param.rendering.raster import rasterize

# Vertices closer than this (studio cm) are one for the room's shadows.
_CELL = 0.55
# Skin that lies deeper than this (cm) behind what the camera sees at rest was hidden.
_HIDDEN = 0.35
_MAP = 512
_MAGNIFIED = 0.1
_SIDED = {"l_brow", "r_brow", "l_eye", "r_eye", "l_ear", "r_ear"}
_LOOSE = {"hair", "hat", "cloth", "eye_g"}
_SKIN = INDEX["skin"]


class Rest:
    """The neutral character of a rig, and every part that an option shows.

    Attributes:
        rig: the Rig.
        camera: of its head file.
        head: the neutral character, posed.
        parts: (node, primitive) -> the part at rest, shown by whatever option comes first.
    """

    def __init__(self, rig: Rig):
        """Poses the neutral character and every option that shows something."""
        self.rig = rig
        self.camera = Portrait(rig.head.camera)
        neutral = rig.schema.neutral()
        self.head: PosedHead = rig.pose(neutral)
        self.parts: dict[tuple[int, int], PosedPart] = {}
        characters = [neutral]
        for binding, channels in rig.head.bindings.items():
            if any(isinstance(channel, ShowChannel) for channel in channels):
                choice, option = binding.split("=", 1)
                characters.append(neutral.replace(**{choice: option}))
        for character in characters:
            head = self.head if character is neutral else rig.pose(character)
            for part in head.parts:
                self.parts.setdefault((part.node, part.primitive), part)
        self._coarse: dict[tuple[int, int], np.ndarray] = {}
        self._regions: dict[tuple[int, int], np.ndarray] = {}
        self._planes: dict[tuple[int, int], np.ndarray] = {}

    @functools.cached_property
    def landmarks(self) -> np.ndarray | None:
        """float64 `[68, 2]` of the neutral character in a picture of side 1, or None."""
        if self.rig.head.landmarks is None:
            return None
        points, _ = landmarks.place(self.rig.head.landmarks, self.head, self.rig.model)
        return self.camera.project(self.camera.to_studio(points), (1, 1))[0]

    @functools.cached_property
    def label_map(self) -> np.ndarray:
        """uint8 `[2, n, n]` of `face_labels`."""
        if self.landmarks is None:
            return face_labels.plain()
        parted = {CLASSES[part.region] for part in self.head.parts} & _SIDED
        both = {side + name[1:] for name in parted for side in "lr"}
        return face_labels.paint(self.landmarks, frozenset(both))

    def is_painted(self, part: PosedPart) -> bool:
        """Whether the classes of a part come from the label map."""
        return self.landmarks is not None and part.region == _SKIN

    def plane(self, part: PosedPart) -> np.ndarray:
        """float32 `[vertices, 3]`: place in the label map in [0, 1], and 1 if shown at rest."""
        key = part.node, part.primitive
        if key not in self._planes:
            rest = self.parts[key]
            places, _ = self.camera.project(self.camera.to_studio(rest.vertices), (1, 1))
            shown = self._is_in_front(rest, self._nearest_skin)
            out = np.concatenate([np.clip(places, -1.0, 2.0), shown[:, None]], 1)
            self._planes[key] = out.astype(np.float32)
        return self._planes[key]

    def is_seen(self, part: PosedPart) -> np.ndarray:
        """Where skin, eyes, teeth and other firm parts do not hide a part; bool `[vertices]`."""
        return self._is_in_front(self.parts[part.node, part.primitive], self._nearest_firm)

    def regions(self, part: PosedPart) -> np.ndarray:
        """uint8 `[triangles]`: class of each triangle; sides follow its place, not its name."""
        key = part.node, part.primitive
        if key not in self._regions:
            region = np.full(len(part.faces), part.region, np.uint8)
            name = CLASSES[part.region]
            if name in _SIDED:
                rest = self.parts[key]
                places, _ = self.camera.project(self.camera.to_studio(rest.vertices), (1, 1))
                right = places[rest.faces, 0].mean(1) > self._middle
                region[:] = INDEX["l" + name[1:]]
                region[right] = INDEX["r" + name[1:]]
            self._regions[key] = region
        return self._regions[key]

    def coarse(self, part: PosedPart) -> np.ndarray:
        """int32 `[fewer triangles, 3]` that throw the room's shadows."""
        key = part.node, part.primitive
        if key not in self._coarse:
            rest = self.parts[key]
            self._coarse[key] = cluster(self.camera.to_studio(rest.vertices), rest.faces, _CELL)
        return self._coarse[key]

    @functools.cached_property
    def detail(self) -> np.ndarray:
        """float64 `[materials, 2]`: how fine the base and normal textures are at least seen.

        Logarithm (base 2) of the uv length of a pixel, in a picture of side 1, of the most
        magnified tenth of what faces the camera; inf where nothing does.
        """
        found: list[list[list[np.ndarray]]] = [[[], []] for _ in self.head.materials]
        for part in self.parts.values():
            if part.uv is None or not len(part.faces):
                continue
            screen, depth = self.camera.project(self.camera.to_studio(part.vertices), (1, 1))
            area = _areas(screen[part.faces])
            front = (area < -1e-12) & (depth[part.faces].min(1) > 0)
            normal_uv = part.uv if part.normal_uv is None else part.normal_uv
            for which, uv in enumerate((part.uv, normal_uv)):
                covered = np.abs(_areas(np.asarray(uv, np.float64)[part.faces[front]]))
                some = covered > 0
                if not some.any():
                    continue
                fine = 0.5 * np.log2(covered[some] / -area[front][some])
                found[part.material][which].append(np.stack([fine, -area[front][some]]))
        out = np.full((len(found), 2), np.inf)
        for row, slots in zip(out, found, strict=True):
            for which, blocks in enumerate(slots):
                if blocks:
                    fine, seen = np.concatenate(blocks, 1)
                    order = np.argsort(fine, kind="stable")
                    share = np.cumsum(seen[order]) / max(seen.sum(), 1e-30)
                    row[which] = fine[order][np.searchsorted(share, _MAGNIFIED)]
        return out

    @property
    def _middle(self) -> float:
        return 0.5 if self.landmarks is None else float(self.landmarks[27:31, 0].mean())

    def _is_in_front(self, part: PosedPart, nearest: np.ndarray) -> np.ndarray:
        places, depth = self.camera.project(self.camera.to_studio(part.vertices), (_MAP, _MAP))
        column, row = np.floor(places).astype(int).T
        inside = (column >= 0) & (row >= 0) & (column < _MAP) & (row < _MAP)
        front = np.full(len(depth), np.inf)
        front[inside] = nearest[row[inside], column[inside]]
        return ~(depth > front + _HIDDEN)

    @functools.cached_property
    def _nearest_skin(self) -> np.ndarray:
        return self._nearest([part for part in self.head.parts if part.region == _SKIN])

    @functools.cached_property
    def _nearest_firm(self) -> np.ndarray:
        modes = [state.material.alpha_mode for state in self.head.materials]
        return self._nearest(
            [
                part
                for part in self.head.parts
                if modes[part.material] == "opaque" and CLASSES[part.region] not in _LOOSE
            ]
        )

    def _nearest(self, parts: list[PosedPart]) -> np.ndarray:
        """float64 `[512, 512]` depth (cm) of parts at rest, inf where there is nothing."""
        nearest = np.full((_MAP, _MAP), np.inf)
        for part in parts:
            points = self.camera.to_studio(part.vertices)
            screen, depth = self.camera.project(points, (_MAP, _MAP))
            inverse = 1.0 / np.where(depth > 1e-3, depth, -1.0)
            drawn = rasterize(screen, inverse, part.faces, (_MAP, _MAP)).inverse_depth
            there = np.where(drawn > 0, 1.0 / np.maximum(drawn, 1e-9), np.inf)
            nearest = np.minimum(nearest, there)
        return nearest


def _areas(corners: np.ndarray) -> np.ndarray:
    """Signed doubled areas of `[triangles, 3, 2]`."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
