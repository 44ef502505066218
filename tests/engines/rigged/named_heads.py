"""Heads of which only the names matter: a ball with bones and morphs of given names."""

import numpy as np

from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive, Skin
from tests.engines.rigged.rigs import ball

HEIGHT = 0.24
MIDDLE = (0.0, 1.6, 0.0)


def head(morphs=(), bones=(), scale=1.0, front=1.0, extra=(), turn=(0, 0, 0, 1)):
    """A head 0.24 high at eye level of a person.

    Args:
      morphs: names, or (name, centre `[3]`): what is moved lies around it, as part of the radius.
      bones: (name, place `[3]` as part of the radius from the head's middle, parent's name or
        None); vertices follow the nearest bone.
      scale: of everything; 100 for a file in centimetres.
      front: -1.0 turns the head's back to +z.
      extra: (name of node, material, place) of small balls that hang on the last head bone.
      turn: rotation of every bone's own axes, which moves nothing at rest.
    """
    points, faces, uv = ball(24, 32)
    radius = HEIGHT / 2 * scale
    vertices = points * radius + np.array(MIDDLE) * scale
    rng = np.random.default_rng(0)
    deltas = []
    names = []
    for morph in morphs:
        name, centre = (morph, rng.normal(size=3)) if isinstance(morph, str) else morph
        centre = np.array(centre, float) * (1, 1, front)
        centre /= max(np.linalg.norm(centre), 1e-9)
        share = np.clip((points @ centre - 0.6) / 0.4, 0, 1)
        deltas.append(share[:, None] * points * 0.02 * scale)
        names.append(name)
    places = np.array([b[1] for b in bones], float).reshape(-1, 3) * (1, 1, front)
    index = {name: i for i, (name, _, _) in enumerate(bones)}
    nodes = []
    frames = []
    from scipy.spatial.transform import Rotation

    own = Rotation.from_quat(turn)
    for name, _, parent in bones:
        i = index[name]
        world = np.eye(4)
        world[:3, :3] = own.as_matrix()
        world[:3, 3] = places[i] * radius + np.array(MIDDLE) * scale
        frames.append(world)
        local = world if parent is None else np.linalg.inv(frames[index[parent]]) @ world
        up = None if parent is None else index[parent]
        rotation = Rotation.from_matrix(local[:3, :3]).as_quat()
        nodes.append(Node(name, up, local[:3, 3], rotation))
    joints = weights = None
    skins = ()
    if bones:
        near = np.round(np.linalg.norm(points[:, None] - places[None], axis=-1), 5).argmin(1)
        joints, weights = near[:, None], np.ones((len(points), 1))
        bind = np.linalg.inv(np.array(frames))
        skins = (Skin("skin", tuple(range(len(bones))), bind),)
    skin = Primitive(
        vertices, faces, uv=uv, joints=joints, weights=weights, material=0,
        morphs=np.array(deltas).reshape(-1, len(points), 3),
    )  # fmt: skip
    meshes = [MeshGroup("HeadMesh", (skin,), tuple(names))]
    nodes.append(Node("Body", mesh=0, skin=0 if bones else None))
    materials = [Material("Skin_mat", base_color=(0.8, 0.6, 0.5, 1))]
    for name, material, place in extra:
        if material not in [known.name for known in materials]:
            materials.append(Material(material))
        number = [known.name for known in materials].index(material)
        small = Primitive(points * radius * 0.1, faces, material=number)
        meshes.append(MeshGroup(f"{name}_mesh", (small,)))
        at = np.array(place) * (1, 1, front) * radius + np.array(MIDDLE) * scale
        nodes.append(Node(name, None, at, mesh=len(meshes) - 1))
    return Model(tuple(nodes), tuple(meshes), skins, tuple(materials))
