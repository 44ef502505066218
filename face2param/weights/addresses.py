"""Which addresses weights may come from: http, https and file, also after a redirect."""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path

from face2param.errors import WeightsError

_SCHEMES = ("http", "https", "file")


def check_address(url: str) -> None:
    """Refuses an address of another scheme, without a host, or with a login.

    Raises:
      WeightsError: it is refused; the message says why.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port  # noqa: B018 - it is parsed when it is asked for
    except ValueError as error:
        raise WeightsError(f"{url}: no address ({error})") from None
    if parts.scheme not in _SCHEMES:
        raise WeightsError(f"{url}: only addresses that begin with http, https or file are read")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path:
            raise WeightsError(f"{url}: write a file's address as file:///path/to/the/file")
    elif not url.isascii() or any(character.isspace() for character in url):
        raise WeightsError(f"{url}: write what is no ASCII letter, and blanks, as percent signs")
    elif not parts.hostname:
        raise WeightsError(f"{url}: the address names no server")
    elif parts.username or parts.password:
        raise WeightsError(f"{parts.scheme}://...@{parts.hostname}: a login belongs in no address")


def local_path(url: str) -> Path | None:
    """Returns the path that a file address names; None for another address."""
    parts = urllib.parse.urlsplit(url)
    return Path(urllib.request.url2pathname(parts.path)) if parts.scheme == "file" else None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects from http to http or https, and from https to https, alone."""

    def redirect_request(self, request, reply, code, message, headers, new):
        """See the base class, which would also go to ftp and from https back to http."""
        scheme = urllib.parse.urlsplit(new).scheme
        if scheme != "https" and scheme != request.type:
            raise WeightsError(f"{request.full_url}: it sends on to {new}, which is refused")
        return super().redirect_request(request, reply, code, message, headers, new)


def opener() -> urllib.request.OpenerDirector:
    """Opens http and https; heeds the proxies of the environment; knows no other scheme."""
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
    ):
        director.add_handler(handler)
    return director
