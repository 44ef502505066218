"""Fetches weight files: download, unpack, verify, and only then give the file its name."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from face2param.errors import OutputError, WeightsError
from face2param.weights import register
from face2param.weights.download import Patience, Report, download, remove_partial
from face2param.weights.locks import file_lock
from face2param.weights.verification import fault_of, sha256_of, unpack_bzip2
from face2param.weights.weight_file import Source, WeightFile, by_hand


@dataclasses.dataclass(frozen=True)
class Fetched:
    """What `fetch` did.

    Attributes:
      path: the file.
      place: see `register.Location`.
      downloaded: whether it was brought now; otherwise it was there.
      verified: whether its sha256 is the published one; False where none is published, and for
        a file that the user put into the folder of FACE2PARAM_WEIGHTS.
    """

    path: Path
    place: str
    downloaded: bool
    verified: bool


def fetch(
    name: str,
    urls: Sequence[str] = (),
    *,
    progress: bool = False,
    patience: Patience | None = None,
) -> Fetched:
    """Brings a weight file into the cache folder, unless a good one is on this machine.

    Several processes may ask for the same file at once: one downloads, the others wait for it.
    An interrupted or cut download is continued by the next call.

    Args:
      name: a key of `register.FILES`.
      urls: addresses to try instead of the register's; file:///... takes a file over that was
        got by hand. What ends in .bz2 is unpacked.
      progress: draw a bar on stderr where that is a terminal.
      patience: time-outs and attempts.

    Returns:
      Where the file is.

    Raises:
      WeightsError: the name is unknown, the file can only be had by hand or by conversion, or
        no address brought the right file; the message names the cause for each address and the
        way by hand.
      OutputError: the cache folder cannot be written.
    """
    entry = register.get(name)
    if not entry.shipped and not entry.converted_from:
        sources = _given(entry, urls) or entry.sources
        present = _present(entry)
        if present is not None:
            return present
        if not sources:
            raise WeightsError(f"weights {name!r} cannot be fetched by a program; {by_hand(entry)}")
        return _fetch_locked(entry, sources, progress, patience)
    found = register.locations(entry)
    if not found:
        raise WeightsError(f"weights {name!r} are not fetched but made: {register.how(entry)}")
    return Fetched(found[0].path, found[0].place, False, False)


def _fetch_locked(
    entry: WeightFile, sources: Sequence[Source], progress: bool, patience: Patience | None
) -> Fetched:
    folder = register.folder()

    def waiting() -> None:
        print(f"waiting for another process that fetches {entry.file}", file=sys.stderr)

    with file_lock(folder / f".{entry.file}.lock", waiting):
        present = _present(entry)
        if present is not None:
            return present
        final, causes = folder / entry.file, []
        for source in sources:
            try:
                _bring(entry, source, final, progress, patience)
            except WeightsError as error:
                causes.append(str(error))
                continue
            for partial in folder.glob(f".{entry.file}.*.part*"):
                partial.unlink(missing_ok=True)
            return Fetched(final, "cache", True, bool(entry.sha256))
    ways = f"{entry.install}; or " if entry.package else ""
    raise WeightsError(
        f"weights {entry.name!r} could not be fetched. {'; '.join(causes)}. "
        f"Instead: {ways}{by_hand(entry)}"
    )


def _bring(
    entry: WeightFile, source: Source, final: Path, progress: bool, patience: Patience | None
) -> None:
    """Brings the file from one address; raises WeightsError if that does not work."""
    tag = hashlib.sha256(source.url.encode()).hexdigest()[:8]
    partial = final.with_name(f".{entry.file}.{tag}.part")
    unpacked = final.with_name(f".{entry.file}.{tag}.part.unpacked")
    while True:
        with _bar(entry, progress) as report:
            continued = download(
                source.url, partial, size=source.size, patience=patience, report=report
            )
        try:
            if source.bzip2:
                unpack_bzip2(partial, unpacked, entry.size)
            whole = unpacked if source.bzip2 else partial
            fault = fault_of(entry, whole)
            if fault:
                raise WeightsError(f"{source.url}: the file is not the right one: {fault}")
            _rename(whole, final)
            remove_partial(partial)
            return
        except WeightsError:
            remove_partial(partial)
            # If the beginning was of an earlier run, only a whole download shows who is at fault.
            if not continued:
                raise
        finally:
            unpacked.unlink(missing_ok=True)


def _rename(path: Path, final: Path) -> None:
    try:
        os.replace(path, final)
    except OSError as error:
        raise OutputError(f"cannot write {final}: {error.strerror or error}") from None


def _present(entry: WeightFile) -> Fetched | None:
    """Finds a copy that needs no fetching."""
    for location in register.locations(entry):
        if location.place == "own":
            return Fetched(location.path, "own", False, sha256_of(location.path) == entry.sha256)
        if not location.fault and not fault_of(entry, location.path):
            return Fetched(location.path, location.place, False, bool(entry.sha256))
    return None


def _given(entry: WeightFile, urls: Sequence[str]) -> tuple[Source, ...]:
    given = (Source(url) for url in urls)
    return tuple(
        source if source.bzip2 else dataclasses.replace(source, size=entry.size) for source in given
    )


@contextlib.contextmanager
def _bar(entry: WeightFile, progress: bool) -> Iterator[Report | None]:
    if not progress:
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=entry.name, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar:

        def report(have: int, total: int) -> None:
            if total and bar.total != total:
                bar.total = total
            bar.update(have - bar.n)

        yield report
