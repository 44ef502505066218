"""Rendered heads as arrays: what an imitator learns from."""

import dataclasses

import numpy as np

from face2param.errors import DatabaseError


@dataclasses.dataclass(frozen=True)
class Samples:
    """A set of rendered heads in memory (or in memory maps).

    Attributes:
      schema_hash: of the schema that `characters` and `nuisance` belong to.
      characters: `[count, width]` float32 encoded characters.
      nuisance: `[count, nuisance_width]` float32, normalised.
      images: `[count, size, size, 3]` uint8 RGB.
      landmarks01: `[count, 68, 2]` float32 (x / width, y / height).
      regions: `[count, size / 4, size / 4]` uint8 merged region of every 4x4 block
        (`regions.IGNORE` where it is unknown), or None.
    """

    schema_hash: str
    characters: np.ndarray
    nuisance: np.ndarray
    images: np.ndarray
    landmarks01: np.ndarray
    regions: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Checks the arrays against each other.

        Raises:
          DatabaseError: naming the array whose shape or type does not fit.
        """
        count, size = len(self.images), self.images.shape[1]
        expected = {
            "characters": (count, self.characters.shape[-1]),
            "nuisance": (count, self.nuisance.shape[-1]),
            "images": (count, size, size, 3),
            "landmarks01": (count, 68, 2),
            "regions": (count, size // 4, size // 4),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise DatabaseError(f"{name}: expected shape {shape}, got {array.shape}")
        if self.images.dtype != np.uint8:
            raise DatabaseError(f"images: expected uint8, got {self.images.dtype}")
        if self.regions is not None and self.regions.dtype != np.uint8:
            raise DatabaseError(f"regions: expected uint8, got {self.regions.dtype}")
        if not count:
            raise DatabaseError("images: the set of samples is empty")

    def __len__(self) -> int:
        """Number of heads."""
        return len(self.images)

    @property
    def size(self) -> int:
        """Height and width of the pictures."""
        return self.images.shape[1]

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name; `regions` only where there are any."""
        names = ("characters", "nuisance", "images", "landmarks01", "regions")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def take(self, indices: np.ndarray) -> "Samples":
        """The heads at `indices`, in that order."""
        return Samples(
            self.schema_hash, **{name: array[indices] for name, array in self.arrays().items()}
        )
