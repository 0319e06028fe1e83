"""Clients for servers of this machine, without what only the world outside asks of a client."""

from __future__ import annotations

import json
import select
from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
from telegram.request import BaseRequest, HTTPXRequest


def local_session() -> requests.Session:
    """A session that does not look before each request for the machine's proxies and passwords: it takes as long as the
    request itself."""
    session = requests.Session()
    session.trust_env = False
    return session


# --- JSON, as tests speak it to the two local servers ------------------------------------------------------------------


class JsonAnswer(NamedTuple):
    """What a server said to a `JsonClient`."""

    url: str
    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400

    def json(self) -> Any:
        return json.loads(self.body)


class JsonClient:
    """JSON to and from one server. Thread-safe. A story asks dozens of times: this takes a fourth of what a session does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._idle: deque[HTTPConnection] = deque()

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, given: Any = None, timeout: float = 30
    ) -> JsonAnswer:
        """One request: a body where something is ``given``. ``timeout``: seconds, of each of the socket's operations."""
        if query:
            path = f"{path}?{urlencode({name: value for name, value in query.items() if value is not None})}"
        body = None if given is None else json.dumps(given, allow_nan=False).encode()
        connection = self._connection()
        try:
            _set_timeout(connection, timeout)
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = JsonAnswer(f"{self.url}{path}", response.status, response.read())
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Hang up; may be called twice."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> HTTPConnection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if not _has_news(connection):
                return connection
            connection.close()
        return HTTPConnection(urlsplit(self.url).netloc)


def _has_news(connection: HTTPConnection) -> bool:
    """Of an idle one there is no other news than that the server hung up."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _set_timeout(connection: HTTPConnection, seconds: float) -> None:
    connection.timeout = seconds
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


# --- what carries a bot's words ----------------------------------------------------------------------------------------


def local_request(read_timeout: float = 5.0) -> BaseRequest:
    """What carries a bot's words as the library's own does, but to a server of this machine only: without the list of the
    world's certificates, which takes longer to read than a conversation."""
    plain = {"verify": False, "trust_env": False}
    return HTTPXRequest(connection_pool_size=256, read_timeout=read_timeout, httpx_kwargs=plain)
