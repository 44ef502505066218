"""The files of the Unity package that are written by a program: C# schemas and .meta files.

Unity makes a .meta file for every file of a project, but a package that is installed from a git
address is read-only to it, and files without one are ignored there. So they are kept, and a
file's GUID, by which scenes and assets refer to scripts, stays what it was.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from face2param import config, schema
from face2param.errors import ConfigError
from face2param.schema import csharp

NAME = "com.face2param.bridge"
PACKAGE = Path(__file__).resolve().parents[2] / "unity" / "Packages" / NAME
"""Where the package is in a checkout."""

_GUID = re.compile(r"^guid: ([0-9a-f]{32})$", re.MULTILINE)


def generated_sources() -> dict[str, str]:
    """Path inside the package -> content, of all generated C# files."""
    classes = {name: _class_name(name) for name in schema.shipped()}
    sources = {}
    for name, class_name in classes.items():
        loaded, names = schema.load(name), class_name.replace("Schema", "Names")
        sources[f"Runtime/Generated/{class_name}.cs"] = csharp.schema_source(loaded, class_name)
        sources[f"Runtime/Generated/{names}.cs"] = csharp.names_source(loaded, names)
    sources["Runtime/Generated/ShippedSchemas.cs"] = csharp.register_source(classes)
    return sources


def stale(package: str | os.PathLike = PACKAGE) -> list[str]:
    """What `write` would change, one sentence each.

    Raises:
      ConfigError: the folder is not the package.
    """
    package = _checked(package)
    found = []
    sources = generated_sources()
    for name, text in sources.items():
        path = package / name
        if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
            found.append(f"{name} is not what the schemas say")
    folder = package / "Runtime" / "Generated"
    for path in sorted(folder.glob("*.cs")):
        if path.relative_to(package).as_posix() not in sources:
            found.append(f"{path.relative_to(package).as_posix()} belongs to no shipped schema")
    known: dict[str, str] = {}
    for path in _assets(package):
        name, guid = path.relative_to(package).as_posix(), _guid(path)
        if guid is None:
            found.append(f"{name} has no .meta file with a GUID")
        elif guid in known:
            found.append(f"{name} has the GUID of {known[guid]}")
        else:
            known[guid] = name
    for meta in sorted(package.rglob("*.meta")):
        if not meta.with_suffix("").exists():
            found.append(f"{meta.relative_to(package).as_posix()} belongs to no file")
    return found


def write(package: str | os.PathLike = PACKAGE) -> list[str]:
    """Writes the generated files that are not current; returns their paths in the package.

    Raises:
      ConfigError: the folder is not the package.
      OutputError: a file cannot be written.
    """
    package = _checked(package)
    written = []
    sources = generated_sources()
    for path in (package / "Runtime" / "Generated").glob("*.cs"):
        if path.relative_to(package).as_posix() not in sources:
            path.unlink()
    for name, text in sources.items():
        path = package / name
        if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
            config.atomic_write(path, text.encode("utf-8"))
            written.append(name)
    known: set[str] = set()
    for path in _assets(package):
        guid = _guid(path)
        if guid is None or guid in known:
            name = path.relative_to(package).as_posix()
            # From the name, so that two checkouts agree about a new file.
            guid = hashlib.md5(f"{NAME}/{name}".encode(), usedforsecurity=False).hexdigest()
            folder = "folderAsset: yes\n" if path.is_dir() else ""
            text = f"fileFormatVersion: 2\nguid: {guid}\n{folder}"
            config.atomic_write(_meta(path), text.encode("ascii"))
            written.append(f"{name}.meta")
        known.add(guid)
    for meta in package.rglob("*.meta"):
        if not meta.with_suffix("").exists():
            meta.unlink()
    return written


def _class_name(name: str) -> str:
    return {"builtin": "BuiltinSchema"}.get(name, f"{name[0].upper()}{name[1:]}Schema")


def _checked(package: str | os.PathLike) -> Path:
    package = Path(package)
    if not (package / "package.json").is_file():
        raise ConfigError(
            f"{package} is not the Unity package: it has no package.json. The package is the "
            f"folder unity/Packages/{NAME} of a checkout"
        )
    return package


def _assets(package: Path) -> Iterator[Path]:
    """Files and folders that Unity imports; hidden ones and those ending in ~ it does not."""
    for path in sorted(package.iterdir()):
        if path.name.startswith(".") or path.name.endswith(("~", ".meta")):
            continue
        yield path
        if path.is_dir():
            yield from _assets(path)


def _meta(path: Path) -> Path:
    return path.with_name(f"{path.name}.meta")


def _guid(path: Path) -> str | None:
    meta = _meta(path)
    found = _GUID.search(meta.read_text("utf-8", "replace")) if meta.is_file() else None
    return found[1] if found else None
