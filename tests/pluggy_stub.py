"""A ``PluggyClient`` whose Pluggy is a list of canned answers, and a tiny real server for what only a socket can do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses

from open_finance.config import Settings
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.small_server import Quiet, serving

URL = "https://api.pluggy.example"
CLIENT_ID = "5f1c0d9e-3b7a-4c52-9a1e-0c9d1b2a3f44"
SECRET = "canary-client-secret"
ITEM_ID = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"
ACCOUNT_ID = "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01"
ITEM = {"id": ITEM_ID, "status": "UPDATING", "connector": {"id": 201}}


def api_key(number: int = 1, lifetime: int = 7200) -> str:
    """A JWT that lives two hours, a different one for each number."""
    payload = base64.urlsafe_b64encode(json.dumps({"iat": 0, "exp": lifetime, "n": number}).encode()).decode()
    return f"eyJhbGciOiJSUzI1NiJ9.{payload.rstrip('=')}.canary-signature"


def query_of(request: Any) -> dict[str, str]:
    """The query of a request, decoded."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def settings(url: str = URL) -> Settings:
    return Settings(pluggy_client_id=CLIENT_ID, pluggy_client_secret=SECRET, pluggy_api_url=url)


class Pluggy:
    """Canned answers, given in the order they were added (the last one again and again), and what was asked."""

    def __init__(self, mock: responses.RequestsMock, clock: ManualClock) -> None:
        self._mock = mock
        self._keys = 0
        self.clock = clock
        self.client = PluggyClient(settings(), clock=clock, jitter=lambda: 0.0)

    def answer(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> None:
        """Add an answer: JSON, bytes as they are, or an exception to raise instead."""
        if isinstance(body, (bytes, Exception)):
            options["body"] = body
        elif body is not None:
            options["json"] = body
        self._mock.add(method, URL + path, status=status, **options)

    def answer_by(self, method: str, path: str, answer: Callable[[Any], tuple[int, dict[str, str], bytes]]) -> None:
        """Let a function answer, by the request: status, headers, body."""
        self._mock.add_callback(method, URL + path, callback=answer)

    def give_keys(self) -> None:
        """Let every ``POST /auth`` succeed, each with a new key."""

        def answer(_: Any) -> tuple[int, dict[str, str], str]:
            self._keys += 1
            return 200, {}, json.dumps({"apiKey": api_key(self._keys)})

        self._mock.add_callback("POST", f"{URL}/auth", callback=answer)

    def refuse_keys(self, *answers: tuple[int, Any, dict[str, str]]) -> None:
        """Let ``POST /auth`` answer these (status, JSON, headers) first; then it succeeds, except after a 401."""
        self._mock.remove("POST", f"{URL}/auth")
        for status, body, headers in answers:
            self._mock.add("POST", f"{URL}/auth", json=body, status=status, headers=headers)
        if answers[-1][0] != 401:
            self.give_keys()

    def asked(self, method: str, path: str) -> list[Any]:
        """The requests made to a path, query apart."""
        return [
            call.request
            for call in self._mock.calls
            if call.request.method == method and (call.request.url or "").split("?")[0] == URL + path
        ]

    def count(self, method: str, path: str) -> int:
        return len(self.asked(method, path))


@contextmanager
def canned_pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    """A Pluggy that gives keys; every other answer is yours to add."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        pluggy = Pluggy(mock, clock)
        pluggy.give_keys()
        yield pluggy


Answer = tuple[int, bytes]
Answerer = Callable[[str, str, dict[str, str]], Answer]


@contextmanager
def http_server(answer: Answerer) -> Iterator[str]:
    """A real server on a free port: ``answer(method, path, headers)`` gives status and body. Yields its URL.

    Status 0 sends the body as raw bytes, then closes the connection.
    """

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = answer(self.command, self.path, dict(self.headers))
            if status:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
            else:
                self.close_connection = True
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the standard library's names

    with serving(Handler) as url:
        yield url
