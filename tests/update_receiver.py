"""A bot's own address for tests: takes what is posted to it, and answers as the test says."""

from __future__ import annotations

import json
import queue
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.small_server import Quiet, serving

Json = dict[str, Any]
WAIT_SECONDS = 10


class WebhookReceiver:
    """`statuses` = the next answers, 200 when there are no more; `held` chats get theirs when the event is set."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: deque[int] = deque()
        self.headers: dict[str, str] = {}
        self.held: dict[int, threading.Event] = {}
        self._arrived: queue.Queue[Json] = queue.Queue()
        self.finished: list[int] = []

    def take(self, update: Json, headers: dict[str, str]) -> int:
        """One request; the status to answer."""
        self._arrived.put(update)
        self.headers = dict(headers)
        if event := self.held.get(update["message"]["chat"]["id"]):
            event.wait(WAIT_SECONDS)
        self.finished.append(update["update_id"])
        return self.statuses.popleft() if self.statuses else 200

    def next(self) -> Json:
        """The next request's update, as soon as it comes."""
        return self._arrived.get(timeout=WAIT_SECONDS)

    def texts(self, number: int) -> list[str]:
        return [self.next()["message"]["text"] for _ in range(number)]

    def is_quiet(self) -> bool:
        return self._arrived.empty()


@contextmanager
def start_receiver() -> Iterator[WebhookReceiver]:
    """A receiver on a free port for the length of a ``with``."""
    receiver = WebhookReceiver()

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(json.loads(body), dict(self.headers))
            self.send_response(status)
            if status == 503:
                self.send_header("Retry-After", "90")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as url:
        receiver.url = f"{url}/hook"
        try:
            yield receiver
        finally:
            for event in receiver.held.values():
                event.set()
