"""A model with a head file: characters in, posed meshes and materials out."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np

from face2param.engines import arguments
from face2param.engines.rigged import material_state, quaternions
from face2param.engines.rigged.channels import Channel, SetChannel, ShowChannel, TextureChannel
from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.parts import RigPart
from face2param.engines.rigged.posed import PosedHead, RigState
from face2param.engines.rigged.slots import Slots, missing
from face2param.engines.rigged.value_rule import ValueRule
from face2param.errors import CodecError, EngineError
from face2param.meshes.gltf import Model, transforms
from face2param.regions import INDEX
from face2param.schema import Character


class Rig:
    """Poses a head. Looks everything up once; posing keeps no state but the last result.

    Attributes:
      model: the meshes and bones.
      head: the sliders and what they move.
      schema: of the characters.
    """

    def __init__(self, model: Model, head: HeadFile):
        """Brings the two together.

        Args:
          model: what `head.model` names.
          head: its bindings must fit the model.

        Raises:
          EngineError: a binding, layer, or landmark names what the model lacks; the message
            says which.
        """
        self.model, self.head, self.schema = model, head, head.schema
        self._check_layers()
        self.slots = Slots(model, head.layers)
        self._rule = self._bound()
        self._show: dict[tuple[int, int], set[int]] = {}
        self._swap: dict[tuple[int, int], dict] = {}
        self._bind_options()
        self._governed = set().union(*self._show.values()) if self._show else set()
        self._below = _descendants(model)
        rest = self._matrices(
            self.slots.rest, self.slots.rotations, np.zeros(3), np.array(quaternions.IDENTITY)
        )
        self._parts = self._make_parts(rest)
        self._check_landmarks()

    def state(self, character: Character, nuisance: np.ndarray | None = None) -> RigState:
        """Morph weights and local bone transforms, before any vertex is moved.

        Args:
          character: of `schema`.
          nuisance: float32 `[nuisance_width]`, or None for the neutral face.

        Raises:
          EngineError: a character of another schema, or numbers that do not fit.
        """
        arguments.check_character(character, self.schema)
        out = self._rule.apply(character, arguments.check_nuisance(nuisance, self.schema))
        return self._state(out, character)

    def pose(self, character: Character, nuisance: np.ndarray | None = None) -> PosedHead:
        """The head of a character, in metres.

        Args:
          character: of `schema`.
          nuisance: float32 `[nuisance_width]`, or None for the neutral face.

        Raises:
          EngineError: a character of another schema, or numbers that do not fit.
        """
        arguments.check_character(character, self.schema)
        out = self._rule.apply(character, arguments.check_nuisance(nuisance, self.schema))
        shown = self._shown(character)
        nodes = self._matrices(out.numbers, out.rotations, out.root_position, out.root_rotation)
        skins: dict[int, np.ndarray] = {}
        parts = []
        for part in self._parts:
            if not shown[part.node]:
                continue
            if part.skin is not None and part.skin not in skins:
                skins[part.skin] = self._joints(part.skin, nodes)
            matrices = nodes[part.node][None] if part.skin is None else skins[part.skin]
            parts.append(part.pose(self._weights(part.node, out.numbers), matrices))
        swapped: dict = {}
        for key in enumerate(character.choices):
            swapped |= self._swap.get(key, {})
        return PosedHead(
            tuple(parts),
            material_state.states(self.model, self.head.layers, self.slots, out.numbers, swapped),
        )

    # ------------------------------------------------------------------ posing

    def _state(self, out, character: Character) -> RigState:
        return RigState(
            weights={node: out.numbers[block] for node, block in self.slots.morphs.items()},
            positions=out.numbers[self.slots.positions].reshape(-1, 3),
            rotations=out.rotations,
            scales=out.numbers[self.slots.scales].reshape(-1, 3),
            root_position=out.root_position,
            root_rotation=out.root_rotation,
            shown=self._shown(character),
        )

    def _weights(self, node: int, numbers: np.ndarray) -> np.ndarray:
        block = self.slots.morphs.get(node)
        return np.zeros(0) if block is None else numbers[block]

    def _shown(self, character: Character) -> np.ndarray:
        """Which nodes are drawn: bool `[nodes]`."""
        hidden = set(self._governed)
        for key in enumerate(character.choices):
            hidden -= self._show.get(key, set())
        shown = np.ones(len(self.model.nodes), bool)
        for node in hidden:
            shown[self._below[node]] = False
        return shown

    def _matrices(
        self,
        numbers: np.ndarray,
        rotations: np.ndarray,
        root_position: np.ndarray,
        root_rotation: np.ndarray,
    ) -> np.ndarray:
        """float64 `[nodes, 4, 4]` from each node to the posed head in metres."""
        local = transforms.compose(
            numbers[self.slots.positions].reshape(-1, 3),
            rotations,
            numbers[self.slots.scales].reshape(-1, 3),
        )
        parents = [node.parent for node in self.model.nodes]
        unit = self.head.unit
        root = transforms.compose(root_position * unit, root_rotation, np.full(3, unit))
        return root @ transforms.chain(local, parents, self.model.order)

    def _joints(self, skin: int, nodes: np.ndarray) -> np.ndarray:
        """float64 `[joints, 4, 4]` of a skin."""
        found = self.model.skins[skin]
        return nodes[list(found.joints)] @ found.inverse_bind.astype(np.float64)

    # ------------------------------------------------------------------ preparation

    def _make_parts(self, nodes: np.ndarray) -> list[RigPart]:
        parts = []
        plain = len(self.model.materials)
        for index, node in enumerate(self.model.nodes):
            if node.mesh is None:
                continue
            skin = nodes[index][None] if node.skin is None else self._joints(node.skin, nodes)
            weights = self._weights(index, self.slots.rest)
            for primitive, source in enumerate(self.model.meshes[node.mesh].primitives):
                material = plain if source.material is None else source.material
                region = self._region(index, source.material)
                parts.append(RigPart(self.model, index, primitive, material, region, weights, skin))
        return parts

    def _region(self, node: int, material: int | None) -> int:
        name = "" if material is None else self.model.materials[material].name
        path = f"{self.model.nodes[node].name}/{name}"
        for pattern, region in self.head.regions.items():
            if fnmatchcase(path, pattern):
                return INDEX[region]
        return INDEX["skin"]

    def _bound(self) -> ValueRule:
        """The rule; each slider is tried alone first, so that an error can name its binding."""
        names = [*self.schema.names, *self.schema.nuisance_names]
        sliders = [
            (control, channel, f"binding {name!r}[{i}]")
            for control, name in enumerate(names)
            for i, channel in enumerate(self.head.bindings[name])
        ]
        options: dict[tuple[int, int], list[SetChannel]] = {}
        for key, where, channel in self._option_channels():
            if isinstance(channel, SetChannel):
                self._check_target(channel, where)
                options.setdefault(key, []).append(channel)
        for _, channel, where in sliders:
            self._check_target(channel, where)
        pairs = [(control, channel) for control, channel, _ in sliders]
        return ValueRule(self.schema, self.slots, pairs, options)

    def _check_target(self, channel: Channel, where: str) -> None:
        target = channel.target
        try:
            if target.kind == "bone" and target.property == "rotation":
                self.slots.rotation(target.bone)
            else:
                self.slots.of(target)
        except EngineError as error:
            raise EngineError(f"{where}: {error}") from None

    def _option_channels(self) -> list[tuple[tuple[int, int], str, Channel]]:
        found = []
        for c, choice in enumerate(self.schema.choices):
            for o, option in enumerate(choice.options):
                name = f"{choice.name}={option}"
                for i, channel in enumerate(self.head.bindings.get(name, ())):
                    found.append(((c, o), f"binding {name!r}[{i}]", channel))
        return found

    def _bind_options(self) -> None:
        names = [node.name for node in self.model.nodes]
        for key, where, channel in self._option_channels():
            if isinstance(channel, ShowChannel):
                for pattern in channel.nodes:
                    nodes = {i for i, name in enumerate(names) if fnmatchcase(name, pattern)}
                    if not nodes:
                        raise EngineError(f"{where}: {missing('node', pattern, names)}")
                    self._show.setdefault(key, set()).update(nodes)
            elif isinstance(channel, TextureChannel):
                materials = [material.name for material in self.model.materials]
                if channel.material not in materials:
                    raise EngineError(
                        f"{where}: {missing('material', channel.material, materials)}"
                    )
                pixels = self._picture(channel.image, where)
                if pixels.shape[2] == 1:
                    pixels = np.repeat(pixels, 3, 2)
                slot = channel.material, channel.slot
                self._swap.setdefault(key, {})[slot] = channel.image, pixels

    def _check_layers(self) -> None:
        materials = [material.name for material in self.model.materials]
        for name, layers in self.head.layers.items():
            if name not in materials:
                raise EngineError(f"layers: {missing('material', name, materials)}")
            for layer in layers:
                self._picture(layer.mask, f"layer {name!r}/{layer.name!r}")

    def _picture(self, name: str, where: str) -> np.ndarray:
        try:
            return self.head.image(name)
        except CodecError as error:
            raise EngineError(f"{where}: {error}") from None

    def _check_landmarks(self) -> None:
        sizes = {
            (self.model.nodes[part.node].name, part.primitive): len(part.source.faces)
            for part in self._parts
        }
        for i, point in enumerate(self.head.landmarks or ()):
            if point.triangle >= sizes.get((point.node, point.primitive), 0):
                raise EngineError(
                    f"landmark {i}: the model has no triangle {point.triangle} in primitive "
                    f"{point.primitive} of node {point.node!r}"
                )


def _descendants(model: Model) -> list[list[int]]:
    """Of each node, itself and all below it."""
    below: list[list[int]] = [[index] for index in range(len(model.nodes))]
    for index in reversed(model.order):
        parent = model.nodes[index].parent
        if parent is not None:
            below[parent] += below[index]
    return below
