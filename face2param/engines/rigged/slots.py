"""One long row of numbers for all that sliders move in a model, and where each number stands."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from face2param.engines.rigged import quaternions
from face2param.engines.rigged.quaternions import IDENTITY, Quaternion
from face2param.engines.rigged.targets import (
    AXES,
    LAYER_PROPERTIES,
    MATERIAL_PROPERTIES,
    Target,
)
from face2param.errors import EngineError

if TYPE_CHECKING:
    from face2param.engines.rigged.head_file import Layer
    from face2param.meshes.gltf import Model

Part = Callable[[object], float]
"""Takes one number out of a channel's value."""


class Slots:
    """The row: places and scales of the nodes, morph weights, materials, layers.

    Attributes:
      rest: float64 `[slots]`, what the files say.
      rotations: float64 `[nodes, 4]`, unit quaternions xyzw at rest.
      morphs: node -> the slots of its morph weights, for nodes with morphs.
    """

    def __init__(self, model: Model, layers: Mapping[str, Sequence[Layer]]):
        """Lays the row out.

        Args:
          model: the head.
          layers: material -> makeup.
        """
        self.model = model
        self._nodes = {node.name: index for index, node in enumerate(model.nodes)}
        self.rotations = np.array(
            [quaternions.normalise(node.rotation.tolist()) for node in model.nodes], np.float64
        ).reshape(-1, 4)
        count = len(model.nodes)
        values = [np.array([n.translation for n in model.nodes], np.float64).ravel()]
        values.append(np.array([n.scale for n in model.nodes], np.float64).ravel())
        self.positions, self.scales = slice(0, 3 * count), slice(3 * count, 6 * count)
        start = 6 * count
        self.morphs: dict[int, slice] = {}
        for index, node in enumerate(model.nodes):
            if node.mesh is None or not model.meshes[node.mesh].morph_names:
                continue
            group = model.meshes[node.mesh]
            weights = group.morph_weights if node.weights is None else node.weights
            self.morphs[index] = slice(start, start + len(weights))
            values.append(weights.astype(np.float64))
            start += len(weights)
        self._materials: dict[tuple[str, str], slice] = {}
        for material in model.materials:
            for name, width in MATERIAL_PROPERTIES.items():
                values.append(np.array(getattr(material, name), np.float64).reshape(width))
                self._materials[material.name, name] = slice(start, start + width)
                start += width
        self._layers: dict[tuple[str, str, str], slice] = {}
        for material, worn in layers.items():
            for layer in worn:
                for name, width in LAYER_PROPERTIES.items():
                    values.append(np.array(_layer_value(layer, name), np.float64).reshape(width))
                    self._layers[material, layer.name, name] = slice(start, start + width)
                    start += width
        self.rest = np.concatenate(values)

    def material(self, material: str, name: str) -> slice:
        """The slots of a property of a material."""
        return self._materials[material, name]

    def layer(self, material: str, layer: str, name: str) -> slice:
        """The slots of a property of a layer."""
        return self._layers[material, layer, name]

    def rotation(self, bone: str | None) -> tuple[int, Quaternion]:
        """Node index and rest rotation; -1 and no turn for the whole model.

        Raises:
          EngineError: no such node.
        """
        if bone is None:
            return -1, IDENTITY
        node = self.node(bone)
        return node, tuple(self.rotations[node].tolist())

    def node(self, name: str) -> int:
        """Index of a node.

        Raises:
          EngineError: no such node.
        """
        if name not in self._nodes:
            raise EngineError(missing("node", name, self._nodes))
        return self._nodes[name]

    def of(self, target: Target) -> list[tuple[int, Part]]:
        """Slots of a target that is no rotation, each with what takes its number from a value.

        Raises:
          EngineError: the model has no such thing; the message names it.
        """
        if target.kind == "bone":
            block = self.positions if target.property == "position" else self.scales
            return [(block.start + 3 * self.node(target.bone) + AXES.index(target.axis), float)]
        if target.kind == "morph":
            return [(slot, float) for slot in self._morph(target.morph, target.node)]
        if target.kind == "material":
            found = self._materials.get((target.material, target.property))
            if found is None:
                names = [material.name for material in self.model.materials]
                raise EngineError(missing("material", target.material, names))
        else:
            found = self._layers.get((target.material, target.layer, target.property))
            if found is None:
                names = dict.fromkeys(f"{key[0]}/{key[1]}" for key in self._layers)
                raise EngineError(missing("layer", f"{target.material}/{target.layer}", names))
        if target.width == 1:
            return [(found.start, float)]
        return [(found.start + i, lambda value, i=i: float(value[i])) for i in range(target.width)]

    def _morph(self, morph: str, node: str | None) -> list[int]:
        indices = self.morphs if node is None else [self.node(node)]
        found, known = [], set()
        for index in indices:
            mesh = self.model.nodes[index].mesh
            names = () if mesh is None else self.model.meshes[mesh].morph_names
            known.update(names)
            if morph in names:
                found.append(self.morphs[index].start + names.index(morph))
        if not found:
            text = missing("morph", morph, known)
            raise EngineError(text if node is None else f"node {node!r}: {text}")
        return found


def missing(what: str, name: str, known: Iterable[str]) -> str:
    """The text about a name that the model lacks, with those that look like it."""
    known = list(known)
    close = difflib.get_close_matches(name, known, 3)
    hint = f"; did you mean {' or '.join(close)}?" if close else f"; it has {len(known)}"
    return f"the model has no {what} {name!r}{hint}"


def _layer_value(layer: Layer, name: str) -> object:
    if name in ("offset_x", "offset_y"):
        return layer.offset[AXES.index(name[-1])]
    return getattr(layer, name)
