"""The embedded face model: principal components of the procedural head's random people.

It needs no scan, no download and no licence: characters are drawn, their heads are shaped,
their expressions made and their skin painted by the engine, and the components of these samples
are the model. Everything is seeded, so the model is the same on each machine up to rounding;
`CONTENT_VERSION` names it and is raised by hand when the numbers change.
"""

import functools
import hashlib
from pathlib import Path

import numpy as np

from face2param import config, schema
from face2param.engines.builtin import canonical, controls, geometry
from face2param.errors import Face2ParamError
from face2param.morphable import builtin_mesh, builtin_samples, files, placement
from face2param.morphable.builtin_albedo import Painter
from face2param.morphable.builtin_landmarks import attach
from face2param.morphable.builtin_unwrap import unwrap
from face2param.morphable.model import FaceModel
from face2param.morphable.principal import principal_components

NAME = "builtin"
# Raised by hand when the model's numbers change: networks remember it through the hash.
CONTENT_VERSION = "1"
IDENTITY, EXPRESSION, ALBEDO = 80, 64, 80
SEED = 20190320
# What the model depends on beside the canonical head, which has a key of its own.
_ENGINE_SOURCES = (
    "brows", "controls", "eyeball", "geometry", "head_pose", "landmarks", "masks", "noise",
    "palette", "sampling", "skin", "texture", "wrinkles",
)  # fmt: skip
_PAIRS, _SKINS = 300, 450
_DECIMETRES = np.float32(0.1)


def build() -> FaceModel:
    """Draws the samples and finds their components (seconds; `load` remembers the result)."""
    rng = np.random.default_rng(SEED)
    neutral = geometry.pose_head(schema.load(controls.SCHEMA_NAME).neutral())
    plan = builtin_mesh.plan_for(neutral)
    people = builtin_samples.people(rng, _PAIRS)
    heads = builtin_samples.heads(people, plan)
    seen = builtin_samples.importance(plan)
    identity = principal_components(heads.shapes, IDENTITY, weights=seen)
    moved = builtin_samples.expressions(rng, people, heads.shapes, plan)
    expression = principal_components(moved, EXPRESSION, centred=False, weights=seen)
    painter = Painter(plan, neutral)
    albedo = principal_components(builtin_samples.colours(rng, _SKINS, painter), ALBEDO)

    mean = identity.mean.reshape(-1, 3)
    corners, weights = attach(heads.landmarks, mean, plan)
    mean = mean * _DECIMETRES
    move = placement.offset((mean[corners] * weights[..., np.newaxis]).sum(1))
    skin_mask, front_mask = builtin_mesh.masks(plan, painter.masks)
    return FaceModel(
        name=NAME,
        mean=mean + move.astype(np.float32),
        identity=_half(identity.basis.reshape(IDENTITY, -1, 3) * _DECIMETRES),
        expression=_half(expression.basis.reshape(EXPRESSION, -1, 3) * _DECIMETRES),
        albedo_mean=albedo.mean.reshape(-1, 3),
        albedo=_half(albedo.basis.reshape(ALBEDO, -1, 3)),
        faces=plan.faces,
        landmark_vertices=corners,
        landmark_weights=weights,
        skin_mask=skin_mask,
        front_mask=front_mask,
        uv=unwrap(plan),
        uv_faces=plan.faces,
        explained={
            "identity": identity.explained,
            "expression": expression.explained,
            "albedo": albedo.explained,
        },
        parts={p.name: (p.span.start, p.span.stop) for p in plan.parts.values()},
        content=CONTENT_VERSION,
    )


def _half(array: np.ndarray) -> np.ndarray:
    """Rounded as the cache stores it, so that the first use equals all later ones."""
    return array.astype(np.float16).astype(np.float32)


@functools.cache
def _sources_key() -> str:
    """Changes with every source file that the model is made by."""
    engine = Path(controls.__file__).parent
    sources = [engine / f"{name}.py" for name in _ENGINE_SOURCES]
    sources += sorted(Path(__file__).parent.glob("builtin*.py"))
    sources += [Path(__file__).with_name(f"{n}.py") for n in ("cutting", "placement", "principal")]
    digest = hashlib.sha256(canonical.content_key().encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def cache_path() -> Path:
    """Where the built model is kept, see `config.cache_folder`.

    The name changes with the sources, so that a change of the engine is seen at once (and by
    the test that compares the model's numbers with those of `CONTENT_VERSION`).
    """
    name = f"face_model_{NAME}_{CONTENT_VERSION}_{_sources_key()}.npz"
    return config.cache_folder() / name


@functools.cache
def load() -> FaceModel:
    """The embedded model: from the cache, or built and stored there."""
    path = cache_path()
    try:
        model = files.load(path)
        if model.content == CONTENT_VERSION and model.name == NAME:
            return model
    except Face2ParamError:
        pass  # absent or damaged: it can be made again
    model = build()
    try:
        files.save(model, path, half=True)
    except Face2ParamError:
        pass  # a read-only home is no error
    return model
