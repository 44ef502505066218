"""Downloads one address into a partial file and goes on with it after a cut.

A partial file keeps, in a JSON beside it, what the server said about the version that it was
cut from (ETag or Last-Modified, size), so that bytes of two versions are never joined.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import io
import json
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from face2param.errors import OutputError, WeightsError
from face2param.weights.addresses import check_address, local_path, opener

CHUNK = 1 << 18
LARGEST = 8 << 30
"""Bytes that are accepted where the size is not known."""

Report = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes that there will be (0: not known)."""


@dataclasses.dataclass(frozen=True)
class Patience:
    """How long to wait and how often to try again.

    Attributes:
      timeout: seconds without any answer or byte before giving up.
      attempts: connections that may break in a row without bringing anything.
      pause: seconds before the second attempt; doubles with each.
    """

    timeout: float = 30.0
    attempts: int = 4
    pause: float = 0.5


@dataclasses.dataclass(frozen=True)
class _Reply:
    body: io.BufferedIOBase
    start: int
    total: int
    validator: str


class _CutError(Exception):
    """The connection broke after the reply began; the partial file can be continued."""


class _UselessError(WeightsError):
    """What came is not the file; nothing of it is worth keeping."""


def download(
    url: str,
    partial: Path,
    *,
    size: int = 0,
    patience: Patience | None = None,
    report: Report | None = None,
) -> bool:
    """Downloads `url` into `partial`, from where it was cut if it can be continued.

    Args:
      url: http, https or file.
      partial: file to write. It stays when the download is cut or interrupted.
      size: bytes that there must be; 0 if that is not known.
      patience: time-outs and attempts.
      report: see `Report`.

    Returns:
      Whether the file was continued, so that its beginning is of an earlier run.

    Raises:
      WeightsError: the address is refused, nobody answers, the answer is an error, a web page
        or of another size, or the connection breaks again and again.
      OutputError: the file cannot be written.
    """
    patience = patience or Patience()
    continued = _length(partial) > 0
    broken, best = 0, _length(partial)
    while True:
        try:
            started_anew = _once(url, partial, size, patience.timeout, report)
            return continued and not started_anew
        except _UselessError as error:
            remove_partial(partial)
            raise WeightsError(str(error)) from None
        except _CutError as cut:
            have = _length(partial)
            broken = 1 if have > best else broken + 1
            best = max(have, best)
            if broken >= patience.attempts:
                kept = "; they are kept, the next fetch goes on from there" if have else ""
                raise WeightsError(f"{url}: cut off after {have} bytes ({cut}){kept}") from None
            time.sleep(patience.pause * 2 ** (broken - 1))


def remove_partial(partial: Path) -> None:
    """Removes a partial file and what is noted about it."""
    for path in (partial, _note_path(partial)):
        path.unlink(missing_ok=True)


def _once(url: str, partial: Path, size: int, timeout: float, report: Report | None) -> bool:
    """One connection; returns whether it began at the first byte."""
    with _reply(url, partial, size, timeout) as reply:
        if reply is None:
            return False
        expected, have = size or reply.total, reply.start
        chunk = _read(reply)
        if not have and _is_page(chunk):
            # Such as that of a hotel's network; what an earlier run brought is not touched.
            raise WeightsError(f"{url}: the server sends a web page instead of the file")
        if size and reply.total and reply.total != size:
            raise WeightsError(f"{url}: it offers {reply.total} bytes, there must be {size}")
        with _writing(partial), open(partial, "r+b" if have else "wb") as file:
            if not have:
                _write_note(partial, reply)
            file.seek(have)
            while chunk:
                have += len(chunk)
                if have > (expected or LARGEST):
                    raise _UselessError(f"{url}: it sends more than {expected or LARGEST} bytes")
                file.write(chunk)
                if report is not None:
                    report(have, expected)
                chunk = _read(reply)
        if have < reply.total:
            raise _CutError(f"{reply.total - have} bytes are missing")
        if have != (size or have) or not have:
            raise _UselessError(f"{url}: it sent {have} bytes, there must be {size or 'some'}")
        return reply.start == 0


def _read(reply: _Reply) -> bytes:
    try:
        # read1, not read: what is here is written, so that a cut costs no byte.
        return reply.body.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _CutError(cause(error)) from None


@contextlib.contextmanager
def _reply(url: str, partial: Path, size: int, timeout: float) -> Iterator[_Reply | None]:
    """Connects; yields None if the partial file turns out to be whole."""
    check_address(url)
    local = local_path(url)
    if local is not None:
        with _reading(url, local) as file:
            yield _Reply(file, 0, local.stat().st_size, "")
        return
    start, note = _length(partial), _read_note(partial)
    if (size and start > size) or not (size or note.get("validator")):
        start = 0  # too long, or nothing would tell that the file has changed
    headers = {"Accept-Encoding": "identity", "User-Agent": "face2param"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if note.get("validator"):
            # The server then sends the rest of this version, or all of a newer one.
            headers["If-Range"] = note["validator"]
    try:
        answer = opener().open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code == 416 and start:
            total = _range_total(error.headers.get("Content-Range", ""))
            error.close()
            if total == start == (size or note.get("total") or start):
                yield None
                return
            remove_partial(partial)
            raise _CutError("the partial file does not fit the server's; starting over") from None
        error.close()
        raise WeightsError(f"{url}: the server answers {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        if start:
            raise _CutError(cause(error)) from None
        raise WeightsError(f"{url}: {cause(error)}") from None
    with answer:
        reply = _read_head(url, answer, start)
        if reply.start and note.get("total") and reply.total != note["total"]:
            remove_partial(partial)
            raise _CutError("the file has changed on the server; starting over")
        yield reply


def _read_head(url: str, answer: http.client.HTTPResponse, start: int) -> _Reply:
    headers = answer.headers
    if headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise WeightsError(f"{url}: the server sends a web page instead of the file")
    if headers.get("Content-Encoding", "identity") != "identity":
        raise WeightsError(f"{url}: the server sends it as {headers['Content-Encoding']}")
    etag = headers.get("ETag", "")
    # A weak ETag names files that are alike, not files of the same bytes.
    validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")
    length = headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else 0
    if answer.status == 206:
        placed = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip())
        if placed is None or int(placed[1]) != start:
            raise WeightsError(
                f"{url}: asked for the bytes from {start}, the server sends "
                f"{headers.get('Content-Range')!r}"
            )
        whole = int(placed[2]) if placed[2] != "*" else total + start if total else 0
        return _Reply(answer, start, whole, validator)
    return _Reply(answer, 0, total, validator)


def cause(error: Exception) -> str:
    """Says why a connection failed, for people."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, socket.gaierror):
        return "its name cannot be looked up, as on a machine that is offline"
    if isinstance(reason, ConnectionRefusedError):
        return "nobody answers there"
    if isinstance(reason, http.client.IncompleteRead):
        return "the server hung up"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__


def _is_page(chunk: bytes) -> bool:
    beginning = chunk[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return beginning.startswith((b"<!doctype html", b"<html"))


def _range_total(content_range: str) -> int:
    match = re.fullmatch(r"bytes \*/(\d+)", content_range.strip())
    return int(match[1]) if match else -1


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _note_path(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")


def _read_note(partial: Path) -> dict:
    try:
        note = json.loads(_note_path(partial).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _write_note(partial: Path, reply: _Reply) -> None:
    note = {"validator": reply.validator, "total": reply.total}
    _note_path(partial).write_text(json.dumps(note), encoding="utf-8")


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None


@contextlib.contextmanager
def _reading(url: str, path: Path) -> Iterator[io.BufferedIOBase]:
    try:
        file = open(path, "rb")
    except OSError as error:
        raise WeightsError(f"{url}: {error.strerror or error}") from None
    with file:
        yield file
