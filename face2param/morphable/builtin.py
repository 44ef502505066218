"""The embedded face model: principal components of the procedural head's random people.

It needs no scan, no download and no licence: characters are drawn, their heads are shaped,
their expressions made and their skin painted by the engine, and the components of these samples
are the model. Everything is seeded, so the model is the same on each machine up to rounding;
`CONTENT_VERSION` names it and is raised by hand when the numbers change.
"""

import functools
from pathlib import Path

import numpy as np

from face2param import config
from face2param.engines.builtin import geometry, sampling
from face2param.engines.builtin.canonical import canonical
from face2param.errors import Face2ParamError
from face2param.morphable import builtin_albedo, builtin_mesh, files, placement
from face2param.morphable.builtin_landmarks import attach
from face2param.morphable.model import FaceModel
from face2param.morphable.principal import principal_components

NAME = "builtin"
# Raised by hand when the model's numbers change: networks remember it through the hash.
CONTENT_VERSION = "draft"
IDENTITY, EXPRESSION, ALBEDO = 80, 64, 80
SEED = 20190320
_HEADS, _FACES, _SKINS = 700, 700, 500
_DECIMETRES = np.float32(0.1)


def build() -> FaceModel:
    """Draws the samples and finds their components (seconds; `load` remembers the result)."""
    rng = np.random.default_rng(SEED)
    people = sampling.random_characters(rng, _HEADS)
    first = geometry.pose_head(people[0].schema.neutral())
    plan = builtin_mesh.plan_for(first)
    heads = np.empty((_HEADS, plan.count * 3), np.float32)
    landmarks = np.zeros((68, 3))
    for k, person in enumerate(people):
        mesh = geometry.pose_head(person)
        heads[k] = builtin_mesh.gather(plan, mesh).reshape(-1)
        landmarks += mesh.landmarks3d / _HEADS
    identity = principal_components(heads, IDENTITY)
    expression = _expressions(rng, people, heads, plan)
    painter = builtin_albedo.Painter(plan, first)
    looks = sampling.random_characters(rng, _SKINS)
    colours = np.stack([painter.colours(person).reshape(-1) for person in looks])
    albedo = principal_components(colours, ALBEDO)

    mean = identity.mean.reshape(-1, 3)
    corners, weights = attach(landmarks, mean, plan)
    mean = mean * _DECIMETRES
    move = placement.offset((mean[corners] * weights[..., np.newaxis]).sum(1))
    skin_mask, front_mask = builtin_mesh.masks(plan, builtin_albedo.skin_masks(painter))
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
        uv=builtin_mesh.unwrap(plan),
        uv_faces=plan.faces,
        explained={
            "identity": identity.explained,
            "expression": expression.explained,
            "albedo": albedo.explained,
        },
        content=CONTENT_VERSION,
    )


def _expressions(rng, people, heads, plan):
    """Components of what expressions add to the neutral heads of many people."""
    moved = np.empty((_FACES, plan.count * 3), np.float32)
    angles = slice(-3, None)  # the turn of the head comes last and is no expression
    for k in range(_FACES):
        nuisance = sampling.random_nuisance(rng)
        nuisance[angles] = 0.0
        posed = geometry.pose_head(people[k % len(people)], nuisance)
        moved[k] = builtin_mesh.gather(plan, posed).reshape(-1) - heads[k % len(people)]
    return principal_components(moved, EXPRESSION, centred=False)


def _half(array: np.ndarray) -> np.ndarray:
    """Rounded as the cache stores it, so that the first use equals all later ones."""
    return array.astype(np.float16).astype(np.float32)


def cache_path() -> Path:
    """Where the built model is kept, see `config.cache_folder`."""
    return config.cache_folder() / f"face_model_{NAME}_{CONTENT_VERSION}.npz"


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
    canonical()
    model = build()
    try:
        files.save(model, path, half=True)
    except Face2ParamError:
        pass  # a read-only home is no error
    return model
