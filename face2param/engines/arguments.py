"""Checks of what `Engine.render` is given, the same for every engine."""

import numpy as np

from face2param.errors import EngineError
from face2param.schema import Character, Schema

MINIMUM_SIZE, MAXIMUM_SIZE, MAXIMUM_SUPERSAMPLE = 16, 4096, 4


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """Returns (height, width) as ints.

    Raises:
        EngineError: not two whole numbers within the limits.
    """
    try:
        height, width = (int(n) for n in size)
        good = (height, width) == tuple(size)
    except (TypeError, ValueError):
        good, height, width = False, 0, 0
    if not good or not all(MINIMUM_SIZE <= n <= MAXIMUM_SIZE for n in (height, width)):
        raise EngineError(
            f"render: size must be (height, width), whole numbers from {MINIMUM_SIZE} to "
            f"{MAXIMUM_SIZE}, got {size!r}"
        )
    return height, width


def check_supersample(supersample: int) -> int:
    """Returns the samples per pixel along each axis.

    Raises:
        EngineError: not a whole number within the limits.
    """
    if supersample not in range(1, MAXIMUM_SUPERSAMPLE + 1):
        raise EngineError(
            f"render: supersample must be a whole number from 1 to {MAXIMUM_SUPERSAMPLE}, "
            f"got {supersample!r}"
        )
    return int(supersample)


def check_character(character: Character, schema: Schema) -> None:
    """Makes sure that a character is one of `schema`.

    Raises:
        EngineError: it is of another schema, or no character; the message names both.
    """
    if not isinstance(character, Character):
        raise EngineError(
            f"render: character is a {type(character).__name__}; it must be a Character "
            f"of schema {schema.name!r}"
        )
    if character.schema.hash != schema.hash:
        raise EngineError(
            f"render: the character belongs to schema {character.schema.name!r} "
            f"({character.schema.hash}); this engine draws {schema.name!r} ({schema.hash})"
        )


def check_nuisance(nuisance: np.ndarray | None, schema: Schema) -> np.ndarray:
    """Returns float32 `[nuisance_width]`; None stands for the neutral face.

    Raises:
        EngineError: another shape, or numbers that are not finite.
    """
    if nuisance is None:
        return schema.neutral_nuisance()
    nuisance = np.asarray(nuisance, np.float32)
    wanted = (schema.nuisance_width,)
    if nuisance.shape != wanted or not np.isfinite(nuisance).all():
        raise EngineError(
            f"render: nuisance must be {wanted[0]} finite numbers (see "
            f"Schema.nuisance_vector), got shape {nuisance.shape}"
        )
    return nuisance


def check_background(background: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns a read-only float32 `[height, width, 3]` picture.

    Args:
        background: RGB `[3]` or `[height, width, 3]` in [0, 1].
        size: (height, width) of the rendering.

    Raises:
        EngineError: another shape, or values outside of [0, 1].
    """
    height, width = size
    wall = np.asarray(background, np.float32)
    if wall.shape not in ((3,), (height, width, 3)):
        raise EngineError(
            f"render: background must have shape [3] or [{height}, {width}, 3], got {wall.shape}"
        )
    if not (np.isfinite(wall).all() and wall.min() >= 0.0 and wall.max() <= 1.0):
        raise EngineError(
            "render: background must hold RGB in [0, 1], got values from "
            f"{wall.min():.3g} to {wall.max():.3g}"
        )
    wall = np.ascontiguousarray(np.broadcast_to(wall, (height, width, 3)))
    wall.setflags(write=False)
    return wall
