"""Somebody's webhook: a server on this machine that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.small_server import Quiet, serving

Json = dict[str, Any]


class Receiver:
    """``url`` is where it listens. ``answer``: the status of the next delivery, called in the server's threads."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.answer: Callable[[], int] = lambda: 200
        self.url = ""

    @property
    def events(self) -> list[Json]:
        """What has arrived, in its order."""
        return [json.loads(body) for body in self.bodies]

    def of(self, event: str) -> list[Json]:
        return [one for one in self.events if one["event"] == event]

    def names(self) -> list[str]:
        return [one["event"] for one in self.events]

    def forget(self) -> None:
        self.bodies.clear()
        self.headers.clear()
        self.paths.clear()


@contextmanager
def start_receiver() -> Iterator[Receiver]:
    """A receiver on a free port for the length of a ``with``."""
    receiver = Receiver()

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            receiver.paths.append(self.path)
            self.send_response(receiver.answer())
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as receiver.url:
        yield receiver
