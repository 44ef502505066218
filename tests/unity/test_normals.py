"""Light on faces that sliders move: Unity's normals are those of Python's rig."""

from pathlib import Path

import numpy as np
import pytest

from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.rig import Rig
from face2param.meshes.gltf import read_gltf, write_gltf
from tests.engines.rigged import small_head
from tests.unity import mono

BUILTIN = mono.ROOT / "unity" / "Assets" / "Heads" / "builtin"
MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


def builtin(folder: Path):
    return BUILTIN / "head.glb", Rig(
        read_gltf(BUILTIN / "head.glb"), HeadFile.load(BUILTIN / "head.schema.json")
    )


def small(folder: Path):
    """A head whose file has no normals, with a seam at its back."""
    made = small_head.engine().rig
    write_gltf(folder / "small.glb", made.model)
    return folder / "small.glb", made


@pytest.fixture(scope="module", params=[builtin, small])
def face(request, driver, tmp_path_factory):
    """A rig, its node "face", and Unity's normals of that: at rest, and what morphs add."""
    folder = tmp_path_factory.mktemp("normals")
    path, rig = request.param(folder)
    node = rig.model.node_indices["face"]
    mesh = rig.model.meshes[rig.model.nodes[node].mesh]
    driver("glb-normals", path, mesh.name, folder / "normals", timeout=60)
    shape = (1 + len(mesh.morph_names), -1, 3)
    found = np.fromfile(folder / "normals", "<f4").reshape(shape) * MIRROR
    return rig, node, found[0], found[1:]


def normals_of(rig, values, nuisance=None):
    posed = rig.pose(rig.schema.character(**values), nuisance)
    return next(part.normals for part in posed.parts if part.name == "face")


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def degrees(a, b):
    return np.degrees(np.arccos(np.clip((unit(a) * unit(b)).sum(1), -1, 1)))


def shaping(rig, node):
    """Sliders that move the face by blend shapes and nothing by bones, and their weights at 1."""
    neutral, found = rig.state(rig.schema.neutral()), {}
    for name in rig.schema.names:
        state = rig.state(rig.schema.character(**{name: 1.0}))
        if np.array_equal(state.positions, neutral.positions) and state.weights[node].any():
            found[name] = state.weights[node]
    return found


def test_each_morph_turns_the_normals_as_in_python(face):
    rig, node, rest, added = face
    np.testing.assert_allclose(rest, normals_of(rig, {}), atol=2e-4)
    alone = 0
    for name, weights in shaping(rig, node).items():
        if sorted(weights[weights != 0]) != [1.0]:
            continue
        (morph,) = np.flatnonzero(weights)
        error = np.abs(unit(rest + added[morph]) - normals_of(rig, {name: 1.0})).max(1)
        assert error.max() < 2e-3, name
        alone += 1
    assert alone >= 2


def test_sliders_together_are_lit_nearly_as_in_python(face):
    rig, node, rest, added = face
    rng = np.random.default_rng(1)
    names = shaping(rig, node)
    for _ in range(4):
        values = {name: float(rng.uniform(0.25, 1)) for name in names}
        weights = rig.state(rig.schema.character(**values)).weights[node]
        expected = normals_of(rig, values)
        error = degrees(rest + np.tensordot(weights.astype(np.float32), added, 1), expected)
        flat = degrees(rest, expected)
        # Blend shapes add up; the normals of added shapes do not quite. The median, for a triangle
        # that folds over turns its normals right about.
        lit = flat > 1
        assert lit.sum() > 20
        assert np.median(error[lit]) < 0.3 * np.median(flat[lit])
