"""A rendering whose parts come over the link when they are needed."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from face2param import images
from face2param.engines.base import Rendering
from face2param.engines.unity.protocol import Section

SECTIONS = {
    "labels": Section.LABELS,
    "depth": Section.DEPTH,
    "normals": Section.NORMALS,
    "landmarks": Section.LANDMARKS,
    "landmarks3d": Section.LANDMARKS,
    "visibility": Section.LANDMARKS,
}
"""Which section holds a field of a rendering."""


class LinkedRendering(Rendering):
    """A rendering whose label, depth and normal maps are fetched when they are first read.

    A game has to draw once more for them, and most callers want the picture and its landmarks
    only; the engine asks beforehand for what was read before. A part that the game cannot send
    raises EngineError when it is read, not sooner.
    """

    @classmethod
    def partial(
        cls, found: dict[str, np.ndarray], fetch: Callable[[str], dict[str, np.ndarray]]
    ) -> "LinkedRendering":
        """A rendering of which some fields are there.

        Args:
            found: these fields.
            fetch: name of a field -> fields, among them that one; raises EngineError.
        """
        rendering = cls.__new__(cls)
        rendering.__dict__.update(found, _fetch=fetch)
        return rendering

    def __getattr__(self, name: str) -> Any:
        """Only called for a field that is not there yet."""
        if name not in SECTIONS or "_fetch" not in self.__dict__:
            raise AttributeError(name)
        self.__dict__.update(self.__dict__["_fetch"](name))
        return self.__dict__[name]

    def __reduce__(self) -> tuple:
        """Pickled with all its fields, as a plain Rendering."""
        return Rendering, tuple(getattr(self, f.name) for f in dataclasses.fields(Rendering))


def fields(sections: dict[Section, np.ndarray]) -> dict[str, np.ndarray]:
    """Sections of a PICTURE as fields of a rendering."""
    found: dict[str, np.ndarray] = {}
    for section, values in sections.items():
        if section == Section.IMAGE:
            found["image"] = images.from_uint8(values)
        elif section == Section.LANDMARKS:
            found["landmarks"] = np.ascontiguousarray(values[:, :2])
            found["landmarks3d"] = np.ascontiguousarray(values[:, 2:5])
            found["visibility"] = values[:, 5] > 0.5
        else:
            found[section.name.lower()] = np.array(values)  # may be written to
    return found
