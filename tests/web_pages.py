"""Web pages for browser tests, at an address of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.small_server import Quiet, serving


@contextmanager
def serve_pages(pages: Mapping[str, str]) -> Iterator[str]:
    """Serve HTML by path on a free port for the length of a ``with``; the base URL. `pages` may be filled later."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = pages.get(self.path.partition("?")[0], "")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(found.encode())

    with serving(Handler) as url:
        yield url
