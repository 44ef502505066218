"""The tree of nodes, and which part of it the default scene shows."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.meshes.gltf import names, transforms
from face2param.meshes.gltf.accessors import Accessors
from face2param.meshes.gltf.document import Item
from face2param.meshes.gltf.model import Node, Skin


@dataclasses.dataclass(frozen=True)
class Tree:
    """All nodes of a file.

    Attributes:
      items: their JSON.
      names: unique.
      parents: index of each node's parent, or None.
      kept: those that the scene shows, their bones and all ancestors, in the file's order.
    """

    items: list[Item]
    names: list[str]
    parents: list[int | None]
    kept: list[int]


def read_tree(root: Item) -> Tree:
    """Finds the parents of the nodes and what the default scene shows.

    Raises:
      CodecError: a node has two parents or is an ancestor of itself.
    """
    items = root.items("nodes")
    children = [item.indices("children", len(items)) for item in items]
    parents: list[int | None] = [None] * len(items)
    for index, found in enumerate(children):
        for child in found:
            if parents[child] is not None:
                items[child].fail(f"is a child of node {parents[child]} and of node {index}")
            parents[child] = index
    order = [index for index, parent in enumerate(parents) if parent is None]
    order = _below(order, children)
    if len(order) < len(items):
        lost = min(set(range(len(items))) - set(order))
        items[lost].fail("is its own ancestor")
    kept = set(_below(_scene(root, parents), children))
    skins = root.items("skins")
    for index in list(kept):
        skin = items[index].index("skin", len(skins))
        if skin is not None:
            kept.update(skins[skin].indices("joints", len(items)))
    for index in reversed(order):
        if index in kept and parents[index] is not None:
            kept.add(parents[index])
    named = names.unique([item.text("name") for item in items], "node")
    return Tree(items, named, parents, sorted(kept))


def read_node(
    item: Item, name: str, parent: int | None, mesh: int | None, skin: int | None
) -> Node:
    """Reads one node, whose indices are those of the record.

    Raises:
      CodecError: its transform is no product of translation, rotation and scale.
    """
    matrix = item.numbers("matrix", 16)
    if matrix is not None:
        try:
            parts = transforms.decompose(np.reshape(matrix, (4, 4)).T)
        except ValueError as error:
            item.fail(f"cannot be read: {error}", "matrix")
    else:
        rotation = np.array(item.numbers("rotation", 4) or (0.0, 0.0, 0.0, 1.0))
        length = np.linalg.norm(rotation)
        if not 0.9 < length < 1.1:
            item.fail(f"must have length 1, got {length:g}", "rotation")
        if abs(length - 1) > 1e-6:
            rotation /= length
        parts = (
            item.numbers("translation", 3) or (0, 0, 0),
            rotation,
            item.numbers("scale", 3) or (1, 1, 1),
        )
    weights = item.numbers("weights", None) if mesh is not None else None
    return Node(name, parent, *parts, mesh=mesh, skin=skin, weights=weights or None)


def read_skin(
    item: Item, name: str, tree: Tree, places: dict[int, int], accessors: Accessors
) -> Skin:
    """Reads one skin.

    Args:
      item: its JSON.
      name: of the skin.
      tree: all nodes of the file.
      places: from the file's indices of nodes to the record's.
      accessors: of the file.

    Raises:
      CodecError: it has no joints, or fewer matrices than joints.
    """
    joints = item.indices("joints", len(tree.items))
    if not joints or not all(joint in places for joint in joints):
        item.fail("must be nodes of the scene", "joints")
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
    index = item.index("inverseBindMatrices", accessors.count)
    if index is not None:
        inverse = accessors.floats(index, "MAT4")[: len(joints)]
        if len(inverse) < len(joints):
            item.fail(f"has {len(joints)} joints, but {len(inverse)} inverseBindMatrices")
    return Skin(name, tuple(places[joint] for joint in joints), inverse)


def _scene(root: Item, parents: list[int | None]) -> list[int]:
    scenes = root.items("scenes")
    if not scenes:
        return [index for index, parent in enumerate(parents) if parent is None]
    scene = scenes[root.integer("scene", 0, 0, len(scenes) - 1)]
    return scene.indices("nodes", len(parents))


def _below(roots: list[int], children: list[list[int]]) -> list[int]:
    """These nodes and all below them, parents first."""
    found = list(dict.fromkeys(roots))
    known = set(found)
    for index in found:  # grows while it is walked
        fresh = [child for child in children[index] if child not in known]
        found += fresh
        known.update(fresh)
    return found
