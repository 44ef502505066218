"""The contract of an engine: character in, picture with its annotations out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from face2param.schema import Character, Schema


@dataclass(frozen=True)
class Rendering:
    """One picture and what is known about it.

    Attributes:
        image: float32 `[height, width, 3]`, RGB in [0, 1].
        labels: uint8 `[height, width]`, the 19 classes of `face2param/regions.py`.
        landmarks: float32 `[68, 2]`, (x, y) in pixels of the picture, iBUG order; x right,
            y down, the first pixel's centre at (0.5, 0.5).
        landmarks3d: float32 `[68, 3]`, world position in the engine's unit (cm for the
            built-in head).
        visibility: bool `[68]`, whether the landmark lies in the picture and is not hidden.
        depth: float32 `[height, width]`, distance along the camera axis in the engine's
            unit; inf on the background.
        normals: float32 `[height, width, 3]`, unit world normals; 0 on the background.
    """

    image: np.ndarray
    labels: np.ndarray
    landmarks: np.ndarray
    landmarks3d: np.ndarray
    visibility: np.ndarray
    depth: np.ndarray
    normals: np.ndarray


@dataclass(frozen=True)
class People:
    """What to expect of a person before looking at the photograph.

    Attributes:
        mean: float32 `[parameters]` of the continuous parameters.
        spread: float32 `[parameters]` standard deviations, above 0.
        odds: choice name -> option name -> how usual, in any unit; missing ones count 1.
        variants: choice name -> settings of sliders with which each option is worth a try.
        curl: option of the choice `hair` -> 0 straight to 1 curly; missing ones are unknown.
        attributes: choice name -> option -> attribute of a person -> its value, such as
            "hair" -> "bob" -> {"hair_length": "medium"}: what an estimator learns to see.
    """

    mean: np.ndarray
    spread: np.ndarray
    odds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    variants: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
    curl: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)


class Engine(ABC):
    """Draws characters of one schema. Drawing is deterministic and keeps no state.

    Attributes:
        name: the name that `face2param.engines.get` knows it by.
        version: changes whenever the same character gives another picture.
        schema: what a character of this engine can do.
        one_process: whether one process at a time can draw, as with a game that runs; `render`
            may then be called by many threads at once.
    """

    name: str
    version: str
    schema: Schema
    one_process: bool = False

    @abstractmethod
    def render(
        self,
        character: Character,
        nuisance: np.ndarray | None = None,
        *,
        size: tuple[int, int] = (512, 512),
        supersample: int = 2,
        background: np.ndarray | None = None,
    ) -> Rendering:
        """Draws a character.

        Args:
            character: of this engine's schema.
            nuisance: float32 `[nuisance_width]` expression and pose, see
                `Schema.nuisance_vector`; None for the neutral face, looking ahead.
            size: (height, width) in pixels.
            supersample: samples per pixel along each axis, 1..4.
            background: RGB `[3]` or `[height, width, 3]` in [0, 1]; None for the engine's own.

        Returns:
            The Rendering. No gradient flows through it.

        Raises:
            EngineError: the character belongs to another schema, or an argument is out of its
                limits; the message names it and the limits.
        """

    @abstractmethod
    def canonical_landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Landmarks of the neutral character: where `alignment` puts the face of a photo.

        Args:
            size: (height, width) in pixels.

        Returns:
            float32 `[68, 2]` (x, y) in pixels.
        """

    def random_characters(
        self,
        rng: np.random.Generator,
        count: int,
        spread: float = 1.0,
        plausible: bool = True,
    ) -> list[Character]:
        """Random characters, to teach an imitator and to know what is usual.

        Args:
            rng: source of the random numbers; the same state gives the same characters.
            count: how many.
            spread: part of each slider's range that is used, 0..1.
            plausible: values that go together, where the engine knows how; here all values
                are independent whatever is asked for.
        """
        del plausible
        return self.schema.random(rng, count, spread)

    def random_nuisance(self, rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
        """A random expression and pose.

        Args:
            rng: source of the random numbers.
            amount: how far from neutral, 0..1; here each control moves so far from its default
                to a uniform value of its range.

        Returns:
            float32 `[nuisance_width]` in engine units.
        """
        low = np.array([control.minimum for control in self.schema.nuisance])
        high = np.array([control.maximum for control in self.schema.nuisance])
        default = self.schema.neutral_nuisance()
        return (default + amount * (rng.uniform(low, high) - default)).astype(np.float32)

    def people(self) -> People:
        """What to expect of a person; here what random characters are like."""
        characters = self.random_characters(np.random.default_rng(0), 1000)
        drawn = np.stack([character.values for character in characters])
        # A slider that hardly varies among random characters may still vary among people.
        return People(drawn.mean(0), np.maximum(drawn.std(0), 0.1))
