"""The record of one file of weights: what it is, whose it is, and how to get it."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

FOLDER_VARIABLE = "FACE2PARAM_WEIGHTS"
NETWORK_SUFFIX = ".weights.h5"


@dataclasses.dataclass(frozen=True)
class Source:
    """One address that serves the file itself, without a login and without a browser.

    Attributes:
      url: http, https or file.
      size: bytes that are transferred; 0 where they are not known.
    """

    url: str
    size: int = 0

    @property
    def bzip2(self) -> bool:
        """Whether the address serves the file packed by bzip2."""
        return self.url.partition("?")[0].endswith(".bz2")


@dataclasses.dataclass(frozen=True)
class WeightFile:
    """One file of weights.

    Attributes:
      name: what the register knows it by.
      file: file name.
      purpose: what the library does with it, in a few words; after a semicolon, what it is.
      licence: what the authors allow.
      users: who may use it: "anyone", "non-commercial" or "research".
      size: in bytes, unpacked; 0 where it is not known.
      sha256: of the unpacked file, 64 hexadecimal digits; empty where nobody publishes it.
      sources: addresses that `fetch` tries in turn; only files whose sha256 is known have any.
      pages: addresses for a browser: they need a login, a password or a form.
      by_hand: what to know on these pages.
      package: importable name of the pip package that carries the file in its models/
        folder; empty where no package does.
      install: the command that brings this package.
      converted_from: name of the file that this one is converted from.
      convert: the command that does it, with {checkpoint} and {output}.
      shipped: path inside the package face2param of a file that comes with it. Its size and
        sha256 are not repeated here: the JSON beside it has them.
    """

    name: str
    file: str
    purpose: str
    licence: str
    users: str
    size: int = 0
    sha256: str = ""
    sources: tuple[Source, ...] = ()
    pages: tuple[str, ...] = ()
    by_hand: str = ""
    package: str = ""
    install: str = ""
    converted_from: str = ""
    convert: str = ""
    shipped: str = ""


def convert_command(entry: WeightFile, checkpoint: str | Path, output: str | Path) -> str:
    """Returns the command that converts `checkpoint` into `entry`, ready for a shell."""
    return entry.convert.format(
        checkpoint=shlex.quote(str(checkpoint)), output=shlex.quote(str(output))
    )


def how_to_get(entry: WeightFile, folder: Path, checkpoint: Path | None = None) -> str:
    """Says in one line what to type or do to have a file.

    Args:
      entry: the file.
      folder: where fetched files lie, and where a converted file may be written.
      checkpoint: the file that it is converted from, if that is on this machine.

    Returns:
      Sentences without a final full stop.
    """
    if entry.shipped:
        return "it comes with face2param; install face2param again"
    if entry.converted_from:
        first = "" if checkpoint else f"get the checkpoint {entry.converted_from}, then "
        command = convert_command(entry, checkpoint or "CHECKPOINT", folder / entry.file)
        return f"{first}{command}"
    ways = [entry.install] if entry.package else []
    if entry.sources:
        ways.append(f"face2param weights fetch {entry.name}")
    return "; or: ".join(ways) if ways else by_hand(entry)


def by_hand(entry: WeightFile) -> str:
    """Says in one line how to get a file without `fetch`'s own addresses."""
    pages = entry.pages or tuple(source.url for source in entry.sources)
    opened = " or ".join(pages) + (f" ({entry.by_hand})" if entry.by_hand else "")
    kept = f"in the folder that {FOLDER_VARIABLE} names"
    packed = not entry.pages and any(source.bzip2 for source in entry.sources)
    unpacked = " unpacked" if packed else ""
    return (
        f"get it by hand: open {opened} in a browser, then keep the file{unpacked} as "
        f"{entry.file} {kept}, or give it to the register: "
        f"face2param weights fetch {entry.name} --url=file:///path/to/the/file"
    )
