"""Frozen dataclasses to JSON and back, files that are either whole or absent, the cache."""

import contextlib
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from face2param.errors import ConfigError, OutputError

T = TypeVar("T")

CACHE_VARIABLE = "FACE2PARAM_CACHE"


def to_dict(config: Any) -> dict:
    """Returns the fields of a dataclass instance as plain containers."""
    return dataclasses.asdict(config)


def from_dict(cls: type[T], values: dict) -> T:
    """Builds the dataclass `cls` from plain values.

    Lists become tuples where the field's default is a tuple, since JSON has no tuples.

    Raises:
      ConfigError: a name is not a field of `cls`, or a field without default is missing.
    """
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        known = ", ".join(sorted(fields))
        raise ConfigError(f"{cls.__name__} has no field {', '.join(unknown)}; it has: {known}")
    try:
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in values.items()
            }
        )
    except TypeError as error:
        raise ConfigError(
            f"{cls.__name__} cannot be built from {sorted(values)}: {error}"
        ) from None


def check_positive(record: Any, names: Iterable[str]) -> None:
    """Raises ConfigError naming the first of these fields of a dataclass that is not above 0."""
    for name in names:
        if getattr(record, name) <= 0:
            raise ConfigError(f"{name}: must be positive, got {getattr(record, name)}")


def check_not_negative(record: Any, names: Iterable[str]) -> None:
    """Raises ConfigError naming the first of these fields of a dataclass that is below 0."""
    for name in names:
        if getattr(record, name) < 0:
            raise ConfigError(f"{name}: must not be negative, got {getattr(record, name)}")


def read_json(path: str | os.PathLike) -> Any:
    """Reads a JSON file.

    Raises:
      ConfigError: the file is absent or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid JSON: {error}") from None


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Writes `value` as indented JSON, atomically."""
    atomic_write(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def atomic_write(path: str | os.PathLike, data: bytes) -> None:
    """Writes `data` so that `path` holds either its old content or all of the new one."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Yields a temporary path in the folder of `path` that replaces `path` on success.

    The temporary name keeps the suffix, so that writers which look at it (Pillow, Keras) work.

    Raises:
      OutputError: the folder cannot be made or written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=".part-", suffix="".join(path.suffixes[-2:]), dir=path.parent
        )
        os.close(handle)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp gives 0600; a result is an ordinary file that others may read.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Where face2param keeps files that it can make or fetch again; need not exist.

    `FACE2PARAM_CACHE` names it; otherwise it is `face2param` in the user's cache folder by the
    platform's convention: `$XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on
    Windows `%LOCALAPPDATA%`.

    Raises:
      ConfigError: the user has no home folder.
    """
    named = os.environ.get(CACHE_VARIABLE)
    try:
        if named:
            return Path(named).expanduser()
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            base = Path(local) if local else Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            # The XDG specification: a relative path there is to be ignored.
            xdg = os.environ.get("XDG_CACHE_HOME", "")
            base = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache"
    except RuntimeError as error:
        raise ConfigError(
            f"there is no folder for cached files ({error}); set {CACHE_VARIABLE} to one"
        ) from None
    return base / "face2param"
