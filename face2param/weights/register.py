"""The weight files that the library needs or can use, and where each one lies.

`path("dlib_landmarks68")` returns a file that exists, or says what to type to get it; it never
downloads. It looks in this order:

1. the folder that FACE2PARAM_WEIGHTS names, which is how the landmark model can be replaced by
   one with another licence;
2. the pip package that carries the file;
3. the cache, which `face2param weights fetch NAME` fills.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
from pathlib import Path

from face2param import config
from face2param.errors import DependencyError, WeightsError
from face2param.weights import entries, entries_models
from face2param.weights.weight_file import FOLDER_VARIABLE, WeightFile, how_to_get

FILES: dict[str, WeightFile] = {
    entry.name: entry for entry in (*entries.ENTRIES, *entries_models.ENTRIES)
}


@dataclasses.dataclass(frozen=True)
class Location:
    """One place where a weight file was found.

    Attributes:
      place: "shipped", "own" (FACE2PARAM_WEIGHTS), "pip" or "cache".
      path: the file; it exists.
      fault: what is wrong with it by its size alone; empty if nothing.
    """

    place: str
    path: Path
    fault: str = ""


def folder() -> Path:
    """Where fetched files lie; need not exist."""
    return config.cache_folder() / "weights"


def get(name: str) -> WeightFile:
    """Returns the entry of that name.

    Raises:
      WeightsError: there is none.
    """
    if name not in FILES:
        raise WeightsError(f"no weights are called {name!r}; known are {', '.join(sorted(FILES))}")
    return FILES[name]


def how(entry: WeightFile) -> str:
    """Says in one line what to type or do to have the file."""
    parent = FILES.get(entry.converted_from)
    checkpoints = [found.path for found in locations(parent)] if parent else []
    return how_to_get(entry, folder(), checkpoints[0] if checkpoints else None)


def locations(entry: WeightFile) -> list[Location]:
    """Finds every copy of a file on this machine, in the order in which `path` looks.

    A file of the user's own may have any size; the others must have the registered one.
    """
    if entry.shipped:
        # Asked for by its path and opened by its path: nothing of the user's replaces it.
        return _found("shipped", Path(__file__).parents[1] / entry.shipped, 0)
    found = []
    own = os.environ.get(FOLDER_VARIABLE)
    if own:
        found += _found("own", Path(own).expanduser() / entry.file, 0)
    package = _package_folder(entry)
    if package is not None:
        found += _found("pip", package / "models" / entry.file, entry.size)
    return found + _found("cache", folder() / entry.file, entry.size)


def path(name: str) -> Path:
    """Finds a weight file; never downloads.

    Args:
      name: a key of `FILES`.

    Returns:
      Path of a file that exists and, unless it is the user's own, has the registered size.

    Raises:
      WeightsError: the name is unknown, or the file is missing or cut short.
      DependencyError: the pip package that carries the file is not installed.
    """
    entry = get(name)
    found = locations(entry)
    for location in found:
        if not location.fault:
            return location.path
    again = how(entry)
    if entry.package and _package_folder(entry) is None and not found:
        raise DependencyError(
            f"weights {name!r}: the package {entry.package} is not installed. To get it: {again}"
        )
    if entry.package and _package_folder(entry) is not None:
        # It is installed but without a good file; pip alone would find nothing to do.
        again = again.replace(entry.install, f"{entry.install} --force-reinstall", 1)
    if found:
        faults = "; ".join(location.fault for location in found)
        raise WeightsError(f"weights {name!r}: {faults}. To get it again: {again}")
    own = os.environ.get(FOLDER_VARIABLE) or "not set"
    raise WeightsError(
        f"weights {name!r}: no {entry.file} in the folder that {FOLDER_VARIABLE} names ({own}), "
        f"nor in {folder()}. To get it: {again}"
    )


def _found(place: str, file: Path, size: int) -> list[Location]:
    try:
        actual = file.stat().st_size if file.is_file() else None
    except OSError:
        actual = None
    if actual is None:
        return []
    wrong = size and actual != size
    fault = f"{file} has {actual} bytes, it must have {size}" if wrong else ""
    return [Location(place, file, fault)]


def _package_folder(entry: WeightFile) -> Path | None:
    # Never imported: this package needs pkg_resources, which newer setuptools have dropped.
    spec = importlib.util.find_spec(entry.package) if entry.package else None
    return Path(spec.origin).parent if spec is not None and spec.origin else None
