"""An HTTP server on loopback that behaves as well or as badly as a test asks."""

import contextlib
import hashlib
import http.server
import random
import threading
import time

from face2param.weights import register
from face2param.weights.weight_file import Source, WeightFile

CONTENT = random.Random(3).randbytes(700_001)
NAME = "loopback"


class Server(http.server.ThreadingHTTPServer):
    """Serves `files` and notes what was asked.

    Attributes:
      files: path -> bytes.
      etag: sent with every file; empty for none.
      ranges: whether Range is heeded.
      cuts: bytes of the body after which the connection is dropped, one for each request; a
        request beyond the list gets everything.
      pause: seconds between blocks of the body.
      html: answer with a web page, as a login page does; "disguised" as another type.
      redirect: where to send everybody.
      length: whether the length is sent.
      requests: (path, value of Range or None) of every request.
      sent: bytes of bodies in all.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {"/file": CONTENT}
        self.etag, self.ranges, self.cuts, self.pause = '"1"', True, [], 0.0
        self.html, self.redirect, self.length, self.requests, self.sent = "", "", True, [], 0

    def url(self, path="/file"):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what several tests are about


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.requests.append((self.path, wanted))
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.html:
            return self._page()
        if self.path not in server.files:
            return self.send_error(404)
        body, start = server.files[self.path], 0
        fresh = self.headers.get("If-Range", server.etag) == server.etag
        if wanted and server.ranges and fresh:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if server.etag:
            self.send_header("ETag", server.etag)
        if server.length:
            self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Content-Type", "application/octet-stream")
        self.close_connection = True
        self.end_headers()
        end = start + server.cuts.pop(0) if server.cuts else len(body)
        for i in range(start, min(end, len(body)), 50_000):
            block = body[i : min(i + 50_000, end)]
            # Counted first: a client that has read everything may look before this thread goes on.
            server.sent += len(block)
            self.wfile.write(block)
            self.wfile.flush()
            time.sleep(server.pause)

    def _page(self):
        disguised = self.server.html == "disguised"
        page = b"\n<!DOCTYPE html><html>please sign in</html>" if disguised else b"please sign in"
        kind = "application/octet-stream" if disguised else "text/html; charset=utf-8"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def serving():
    """Runs a server for the time of the block."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def entry(*urls, content=CONTENT, **changes):
    """An entry whose file is `content`."""
    values = {
        "name": NAME,
        "file": "loopback.bin",
        "purpose": "tests",
        "licence": "none",
        "users": "anyone",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "sources": tuple(Source(url, 0 if url.endswith(".bz2") else len(content)) for url in urls),
    }
    return WeightFile(**{**values, **changes})


def add(monkeypatch, *urls, **changes):
    """Puts such an entry into the register for the time of a test."""
    made = entry(*urls, **changes)
    monkeypatch.setitem(register.FILES, made.name, made)
    return made
