"""The canonical head: built once, cached on disk, kept in the process.

Everything that does not depend on the character is baked here: the neutral skin, one linear
displacement per geometry slider and per expression as sparse matrices, and which vertices
follow the jaw and the lids. The cache is keyed by `CONTENT_VERSION` and by the sources.
"""

import functools
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from face2param import config
from face2param.engines.builtin import (
    anatomy,
    bones,
    ears,
    expressions,
    eyes,
    mouth_cavity,
    sculpt,
    topology,
)
from face2param.engines.builtin.geometry_sliders import GEOMETRY_SLIDERS
from face2param.engines.builtin.surface import BaseSurface
from face2param.engines.builtin.topology import Topology

# Raised by hand when the same sources would give another head (a new SciPy does not).
CONTENT_VERSION = 1

# Lattice that carries hair and glasses: x, y, z from, to, count (cm).
GRID = ((-16.0, 16.0, 27), (-28.0, 17.0, 37), (-15.0, 15.0, 25))

_SOURCES = (
    "anatomy", "bones", "canonical", "ears", "expressions", "eyes", "geometry_sliders",
    "mouth_cavity", "sculpt", "surface", "topology",
)  # fmt: skip


@dataclass(frozen=True)
class Canonical:
    """The neutral head and its linear operators.

    Attributes:
      topology: of the skin.
      vertices: `[vertices, 3]` float32 cm, the neutral skin.
      identity: `[3 * (vertices + anchors + grid nodes), sliders]` sparse float32, displacement
        at slider value 1.
      expression: `[3 * vertices, fields]` sparse float32, displacement at weight 1.
      jaw: `[vertices]` float32 share of the jaw's rotation.
      lid_operators: see `eyes.lid_operators`.
      contact: see `eyes.contact_candidates`.
      cavity_vertices, cavity_faces, cavity_jaw: wall of the mouth.
    """

    topology: Topology
    vertices: np.ndarray
    identity: csr_matrix
    expression: csr_matrix
    jaw: np.ndarray
    lid_operators: list
    contact: list
    cavity_vertices: np.ndarray
    cavity_faces: np.ndarray
    cavity_jaw: np.ndarray

    @property
    def faces(self) -> np.ndarray:
        """`[triangles, 3]` int32 of the skin."""
        return self.topology.faces

    @property
    def mirror(self) -> np.ndarray:
        """`[vertices]` the skin vertex on the other side."""
        return self.topology.mirror


# Points beside the skin that the bones move: eyeballs (+x, -x), ears (+x, -x).
_FLIP = np.array([-1.0, 1.0, 1.0])
_EYE_ANCHOR = np.array([anatomy.EYE_X, anatomy.EYE_Y, anatomy.EYE_Z + 1.1])
ANCHORS = np.array([_EYE_ANCHOR, _EYE_ANCHOR * _FLIP, ears.FOLLOW_POINT, ears.FOLLOW_POINT * _FLIP])


def grid_nodes() -> np.ndarray:
    """Returns the lattice's nodes `[nodes, 3]` in cm, z fastest."""
    axes = [np.linspace(low, high, count) for low, high, count in GRID]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)


def _sparse(columns: list[np.ndarray], threshold: float) -> csr_matrix:
    dense = np.stack([c.reshape(-1) for c in columns], 1)
    dense[np.abs(dense) < threshold] = 0.0
    return csr_matrix(dense.astype(np.float32))


def _identity_operator(skin_topology: Topology, skin: np.ndarray) -> csr_matrix:
    nodes = grid_nodes()
    points = np.vstack([skin, ANCHORS])
    shapes, columns = {}, []
    for slider in GEOMETRY_SLIDERS:
        column = np.zeros((len(points) + len(nodes), 3))
        for effect in slider.effects:
            if effect.kind == "bone":
                column[: len(points)] += effect.amount * bones.displacement(
                    effect.target, effect.axis, points
                )
                if effect.target in bones.CARRIERS:
                    column[len(points) :] += effect.amount * bones.displacement(
                        effect.target, effect.axis, nodes
                    )
            elif effect.kind == "shape":
                key = (effect.target, effect.amount)
                if key not in shapes:
                    more = sculpt.sculpt(skin_topology, {effect.target: effect.amount})
                    less = sculpt.sculpt(skin_topology, {effect.target: -effect.amount})
                    shapes[key] = 0.5 * (more - less)
                column[: len(skin)] += shapes[key]
        columns.append(column)
    return _sparse(columns, 2e-4)


def _build() -> dict[str, np.ndarray]:
    """Builds the arrays that the cache holds."""
    skin_topology = topology.build(BaseSurface())
    skin = sculpt.sculpt(skin_topology)
    # Rounding hides the last bits, in which linear algebra libraries may differ.
    skin = np.round(skin, 5) + 0.0
    identity = _identity_operator(skin_topology, skin)
    fields = expressions.fields(skin, skin_topology.lip_sign)
    expression = _sparse([fields[name] for name in expressions.FIELD_NAMES], 2e-4)
    arrays = {f"topology.{k}": v for k, v in vars(skin_topology).items()}
    arrays["vertices"] = skin.astype(np.float32)
    arrays["jaw"] = expressions.jaw_weight(skin, skin_topology.lip_sign).astype(np.float32)
    for name, matrix in (("identity", identity), ("expression", expression)):
        arrays[f"{name}.data"] = np.round(matrix.data, 7)
        arrays[f"{name}.indices"] = matrix.indices
        arrays[f"{name}.indptr"] = matrix.indptr
        arrays[f"{name}.shape"] = np.array(matrix.shape)
    return arrays


def _assemble(arrays) -> Canonical:
    def matrix(name):
        parts = (arrays[f"{name}.data"], arrays[f"{name}.indices"], arrays[f"{name}.indptr"])
        return csr_matrix(parts, shape=tuple(arrays[f"{name}.shape"]))

    fields = {k: arrays[f"topology.{k}"] for k in Topology.__dataclass_fields__}
    skin_topology = Topology(**fields)
    skin = arrays["vertices"]
    wall, wall_faces, wall_jaw = mouth_cavity.cavity(skin_topology, skin)
    return Canonical(
        topology=skin_topology,
        vertices=skin,
        identity=matrix("identity"),
        expression=matrix("expression"),
        jaw=arrays["jaw"],
        lid_operators=eyes.lid_operators(skin.astype(float), skin_topology),
        contact=eyes.contact_candidates(skin.astype(float), skin_topology),
        cavity_vertices=wall.astype(np.float32),
        cavity_faces=wall_faces,
        cavity_jaw=wall_jaw.astype(np.float32),
    )


@functools.cache
def content_key() -> str:
    """Identifies the canonical head: changes with the version and with the sources."""
    digest = hashlib.sha256(str(CONTENT_VERSION).encode())
    for name in _SOURCES:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def cache_path() -> Path:
    """Where the canonical head is cached: in the cache folder, see `config.cache_folder`."""
    return config.cache_folder() / f"builtin_head_{content_key()}.npz"


def _load_arrays() -> dict[str, np.ndarray]:
    """Reads the cache, or builds and tries to write it; a read-only home is no error."""
    path = cache_path()
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, EOFError):
        pass
    except Exception as error:  # a damaged zip raises zipfile.BadZipFile, zlib.error, ...
        if type(error).__name__ not in ("BadZipFile", "error"):
            raise
    arrays = _build()
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        config.atomic_write(path, buffer.getvalue())
    except Exception:
        pass
    return arrays


@functools.cache
def canonical() -> Canonical:
    """Returns the canonical head (built in about two seconds the first time on a machine)."""
    return _assemble(_load_arrays())
