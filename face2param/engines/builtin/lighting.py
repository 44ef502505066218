"""The studio: one large soft key light near the camera and a bright room around it.

Portraits are mostly lit evenly, and an imitator network learns an even light best, so the key
is broad (several samples over a disc, soft shadows) and nearly frontal.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Lighting:
    """Directions point from the head to the light; colours are linear RGB radiance.

    Attributes:
        key: direction of the key light's centre.
        key_spread: radius of the key's disc, radians.
        key_samples: shadow samples over the disc.
        key_colour: irradiance of the unshadowed key at normal incidence.
        ambient_samples: directions at which the room is sampled, at least 6.
        rim: direction of the light behind that draws the outline of hair and jaw.
        rim_colour: its strength.
    """

    key: tuple[float, float, float] = (-0.30, 0.42, 0.86)
    key_spread: float = 0.24
    key_samples: int = 6
    key_colour: tuple[float, float, float] = (0.72, 0.70, 0.675)
    ambient_samples: int = 22
    rim: tuple[float, float, float] = (0.75, 0.30, -0.5)
    rim_colour: tuple[float, float, float] = (0.5, 0.53, 0.6)

    def mirrored(self) -> "Lighting":
        """The same studio seen in a mirror."""
        x, y, z = self.key
        rx, ry, rz = self.rim
        return replace(self, key=(-x, y, z), rim=(-rx, ry, rz))

    @property
    def key_direction(self) -> np.ndarray:
        """`[3]` unit direction to the key's centre."""
        return _unit(np.array(self.key))

    @property
    def rim_direction(self) -> np.ndarray:
        """`[3]` unit direction to the rim light."""
        return _unit(np.array(self.rim))

    def room(self) -> tuple[np.ndarray, np.ndarray]:
        """`[3]` irradiance of the room on what faces up and on what faces down, unoccluded."""
        directions, radiance = self.ambient_directions(), self.ambient_radiance()
        return tuple(
            (radiance * np.clip(0.5 + 0.5 * sign * directions[:, 1:2], 0, 1)).sum(0) * 0.5
            for sign in (1.0, -1.0)
        )

    def key_directions(self) -> np.ndarray:
        """`[key_samples, 3]` unit directions over the key's disc (sunflower pattern)."""
        u, v, w = frame(np.array(self.key))
        index = np.arange(self.key_samples) + 0.5
        radius = self.key_spread * np.sqrt(index / self.key_samples)
        angle = index * 2.399963
        # The pattern is mirrored with the light, so that mirrored heads get mirrored shadows.
        across = radius * np.cos(angle) * (-1.0 if self.key[0] > 0 else 1.0)
        sideways = across[:, None] * u + (radius * np.sin(angle))[:, None] * v
        return _unit(w + sideways)

    def ambient_directions(self) -> np.ndarray:
        """`[directions, 3]` unit directions of the room, symmetric in x, without the floor."""
        count = max(self.ambient_samples // 2, 3)
        index = np.arange(count) + 0.5
        # Even in height, golden-ratio steps around the right half (x > 0).
        y = 1.0 - 1.7 * index / count
        angle = np.pi * ((0.3 + 0.6180339887 * index) % 1.0)
        radius = np.sqrt(1.0 - y * y)
        right = np.stack([radius * np.sin(angle), y, radius * np.cos(angle)], 1)
        return np.concatenate([right, right * [-1.0, 1.0, 1.0]])

    def ambient_radiance(self) -> np.ndarray:
        """`[directions, 3]` linear radiance of the room in the ambient directions.

        Sky-ish from above, warm from below (skin and clothes bounce), brighter in front.
        Scaled so that an unoccluded surface that faces the camera receives about 0.42.
        """
        direction = self.ambient_directions()
        up = 0.5 + 0.5 * direction[:, 1:2]
        front = 0.5 + 0.5 * direction[:, 2:3]
        radiance = up * [0.94, 0.98, 1.04] + (1.0 - up) * [0.82, 0.74, 0.68]
        radiance = radiance * (0.25 + 0.75 * front)
        facing = np.clip(direction[:, 2:3], 0.0, None)
        return radiance * (0.42 / np.mean((radiance * facing).sum(0)))


def frame(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orthonormal (u, v, w) with w along `direction` `[3]`; u horizontal."""
    w = _unit(direction)
    u = _unit(np.cross([0.0, 1.0, 0.1], w))
    return u, np.cross(w, u), w


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
