"""A schema, a network and samples small enough for tests."""

import numpy as np

from face2param.estimator import networks
from face2param.estimator.model import widths
from face2param.estimator.samples import Samples
from face2param.schema import Choice, Continuous, Nuisance, Schema

SCHEMA = Schema(
    "toy",
    "1",
    (Continuous("wide", "face"), Continuous("long", "face"), Continuous("tone", "skin")),
    (Choice("hair", "hair", ("bald", "bob"), "bald"),),
    (Nuisance("head_yaw", "pose", -0.5, 0.5, 0.0, "radian", mirror_sign=-1.0),),
)
TABLE = {"hair": {"bald": {"hair_length": "bald"}, "bob": {"hair_length": "medium"}}}


def network(**changes):
    answers = dict(zip(("continuous", "options", "nuisance"), widths(SCHEMA), strict=True))
    sizes = {"features": 4, "descriptor": 8, "stem": 4, "channels": (4, 4, 4), "hidden": 16}
    return networks.NetworkConfig(**{**answers, **sizes, "blocks": 1, "dropout": 0.0, **changes})


def samples(count, seed=0, known=True):
    """Samples whose picture and descriptor say what the parameters are."""
    rng = np.random.default_rng(seed)
    characters = SCHEMA.encode(SCHEMA.random(rng, count))
    nuisance = rng.uniform(-1, 1, (count, 1)).astype(np.float32)
    descriptor = rng.normal(size=(count, 8)).astype(np.float32) * 0.1
    descriptor[:, :5], descriptor[:, 5:6] = characters, nuisance
    picture = np.zeros((count, 128, 128, 3), np.uint8)
    picture[:] = (255 * characters[:, None, None, :3]).astype(np.uint8)
    inputs = {
        "picture": picture,
        "regions": np.zeros((count, 32, 32, 13), np.uint8),
        "features": np.zeros((count, 16, 16, 4), np.float16),
        "descriptor": descriptor,
        "landmarks": np.repeat(characters[:, :1], 136, 1),
    }
    attributes = np.full((count, 5), -1, np.int8)
    attributes[:, 3] = np.where(characters[:, 4] > 0.5, 3, 0)
    if not known:
        characters, nuisance = np.full_like(characters, np.nan), np.full_like(nuisance, np.nan)
    return Samples(inputs, characters, nuisance, attributes)
