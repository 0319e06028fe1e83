"""A page of somebody's own, on a port of its own and under a strict policy, that runs the local Pluggy's widget."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!DOCTYPE html><html lang="pt-BR"><meta charset="utf-8"><title>Nossa página</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><p>Nossa página</p>
<script src="%s/pluggy-connect.js"></script><script src="/page.js"></script></html>"""
# Options come from the test; what the widget tells is kept in order as [callback, argument].
SCRIPT = """window.calls = [];
const keep = (name) => (value) => { window.calls.push([name, value === undefined ? null : value]); };
window.start = (options) => {
  const callbacks = {};
  for (const name of ["onOpen", "onClose", "onSuccess", "onError", "onEvent"]) callbacks[name] = keep(name);
  window.widget = new PluggyConnect({ ...options, ...callbacks });
  return window.widget.init();
};"""


class WidgetPage:
    """``url`` is the page; ``window.start(options)`` opens the widget in it, ``window.calls`` is what it was told."""

    def __init__(self, pluggy_url: str) -> None:
        policy = f"default-src 'none'; script-src 'self' {pluggy_url}; connect-src {pluggy_url}; img-src data:"
        files = {"/": ("text/html", PAGE % pluggy_url), "/page.js": ("text/javascript", SCRIPT)}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, text = files.get(self.path, ("text/plain", ""))
                self.send_response(200 if text else 204)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_args: object) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def start_widget_page(pluggy_url: str) -> Iterator[WidgetPage]:
    page = WidgetPage(pluggy_url)
    try:
        yield page
    finally:
        page.close()
