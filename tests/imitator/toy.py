"""A toy engine: a coloured disc on a ground, drawn from five parameters and one nuisance."""

import numpy as np

from face2param import regions
from face2param.imitator.networks import NetworkConfig
from face2param.imitator.samples import Samples
from face2param.schema import Choice, Continuous, Nuisance, Schema

SIZE = 32
SCHEMA = Schema(
    name="disc",
    version="1",
    continuous=(
        Continuous("x", "place"),
        Continuous("y", "place"),
        Continuous("radius", "shape"),
        Continuous("brightness", "look"),
    ),
    choices=(Choice("colour", "look", ("red", "green"), "red"),),
    nuisance=(Nuisance("tilt", "pose", -1.0, 1.0, unit="radian", mirror_sign=-1.0),),
)
NETWORK = NetworkConfig(
    SCHEMA.width, SCHEMA.nuisance_width, size=SIZE, channels=(16, 16, 16), style_width=32, blocks=1
)


def samples(count: int, seed: int) -> Samples:
    """Random discs; regions are background and skin, the landmarks lie on the rim."""
    rng = np.random.default_rng(seed)
    encoded = SCHEMA.encode(SCHEMA.random(rng, count))
    tilt = rng.uniform(-1, 1, (count, 1)).astype(np.float32)
    centre = 0.35 + 0.3 * encoded[:, :2]
    radius = 0.12 + 0.15 * encoded[:, 2]
    grid = (np.arange(SIZE) + 0.5) / SIZE
    distance = np.hypot(
        grid[None, None, :] - centre[:, 0, None, None],
        grid[None, :, None] - centre[:, 1, None, None],
    )
    inside = np.clip((radius[:, None, None] - distance) * SIZE + 0.5, 0, 1)[..., None]
    colours = np.array([[0.9, 0.2, 0.1], [0.1, 0.7, 0.3]], np.float32)
    colour = encoded[:, 4:] @ colours * (0.5 + 0.5 * encoded[:, 3:4])
    images = inside * colour[:, None, None] + (1 - inside) * 0.3
    angle = np.linspace(0, 2 * np.pi, 68) + tilt
    rim = centre[:, None] + radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    cells = inside[..., 0].reshape(count, SIZE // 4, 4, SIZE // 4, 4).mean((2, 4)) > 0.5
    return Samples(
        SCHEMA.hash,
        encoded,
        tilt,
        (images * 255 + 0.5).astype(np.uint8),
        rim.astype(np.float32),
        (cells * regions.MERGED.index("skin")).astype(np.uint8),
    )
