"""What the estimator looks at: a photograph as frozen networks see it.

Training and use go through the same function, so that the small network behind it never sees
anything else.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from face2param.estimator.compiled import compiled
from face2param.regions import MERGE, MERGED

if TYPE_CHECKING:
    from face2param.features.base import IdentityNetwork
    from face2param.features.parsing_network import ParsingNetwork

SIZE = 256
"""Height and width of the aligned picture: face and hair in the engine's canonical frame."""
PICTURE, REGIONS, FEATURES = 128, 32, 16
"""Sides of the three maps."""
_INTO_MERGED = np.eye(len(MERGED), dtype=np.float32)[MERGE]


def prepare(
    parsing: ParsingNetwork,
    identity: IdentityNetwork,
    images: np.ndarray,
    landmarks: np.ndarray,
    batch_size: int = 16,
) -> dict[str, np.ndarray]:
    """Computes the inputs of the estimator. No gradient flows.

    Pictures and probabilities are kept in 8 bits and features in 16, as a cache of thousands
    of heads has to hold them.

    Args:
      parsing: frozen parsing network.
      identity: frozen identity network.
      images: `[batch, 256, 256, 3]` RGB in [0, 1], aligned to the engine's canonical landmarks.
      landmarks: `[batch, 68, 2]` (x, y) in pixels of `images`.
      batch_size: pictures at a time.

    Returns:
      "picture" `[batch, 128, 128, 3]` uint8; "regions" `[batch, 32, 32, 13]` uint8, probability
      of each merged region times 255; "features" `[batch, 16, 16, channels]` float16 of the
      parsing network; "descriptor" `[batch, dimensions]` float32 of the identity network;
      "landmarks" `[batch, 136]` float32 landmarks01.

    Raises:
      ValueError: `images` or `landmarks` have another shape.
    """
    images, landmarks = np.asarray(images, np.float32), np.asarray(landmarks, np.float32)
    if images.shape[1:] != (SIZE, SIZE, 3):
        raise ValueError(f"images must be [batch, {SIZE}, {SIZE}, 3], got {images.shape}")
    if landmarks.shape != (len(images), 68, 2):
        raise ValueError(f"landmarks must be [{len(images)}, 68, 2], got {landmarks.shape}")
    see = _looking(parsing, identity)
    parts = []
    for start in range(0, max(len(images), 1), batch_size):
        chosen = slice(start, start + batch_size)
        parts.append(see(images[chosen], landmarks[chosen]))
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {
        "picture": _bytes(found["picture"]),
        "regions": _bytes(found["regions"]),
        "features": found["features"].astype(np.float16),
        "descriptor": found["descriptor"].astype(np.float32),
        "landmarks": found["landmarks"].astype(np.float32),
    }


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def look(parsing: ParsingNetwork, identity: IdentityNetwork, images, landmarks) -> dict:
    """The inputs as tensors, before they are rounded. Differentiable in `images`.

    Args:
      parsing: frozen parsing network.
      identity: frozen identity network.
      images: `[batch, 256, 256, 3]` RGB in [0, 1].
      landmarks: `[batch, 68, 2]` (x, y) in pixels of `images`.

    Returns:
      The arrays of `prepare` as float32 in the same range (0..255 for picture and regions).
    """
    seen = parsing(images)
    merged = ops.matmul(seen["probabilities"], ops.convert_to_tensor(_INTO_MERGED))
    return {
        "picture": 255 * _shrink(images, PICTURE),
        "regions": 255 * _shrink(merged, REGIONS),
        "features": _shrink(seen["features"], FEATURES),
        "descriptor": identity(images, landmarks),
        "landmarks": ops.reshape(landmarks / SIZE, (-1, 136)),
    }


@functools.lru_cache(maxsize=4)
def _looking(parsing: ParsingNetwork, identity: IdentityNetwork):
    return compiled(functools.partial(look, parsing, identity))


def _shrink(maps, side: int):
    """Means over blocks: `[batch, height, height, channels]` to `[batch, side, side, ...]`."""
    block = maps.shape[1] // side
    if block <= 1:
        return maps
    return ops.average_pool(maps, block, block, data_format="channels_last")
