"""The HTTP itself: a request is sent once, and its answer ends, in time and in size, whatever the other side does."""

from __future__ import annotations

import io
import socket
from functools import partial
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from open_finance import pluggy_wire as wire
from open_finance.clock import Clock
from open_finance.errors import PluggyServerError, PluggyUnreachableError
from open_finance.pluggy_caller import Failure, Request
from open_finance.pluggy_wire import Outcome

__all__ = ["Http", "Session", "new_session"]

CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 30.0
#: requests counts its timeout anew at every byte that comes; a whole answer, headers and all, may take so many of them.
WHOLE_ANSWER = 2
#: A page of 500 transactions has half a megabyte.
MAX_BYTES = 64_000_000
CHUNK_BYTES = 1 << 18
#: A person's sixteen threads and the synchroniser's eight, with room to spare.
POOL_SIZE = 32
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

#: What urllib3 calls a connection that was never made; requests wraps all of them in one ConnectionError.
_NO_CONNECTION = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})


class Http:
    """Sends a request once: the JSON of a good answer, or a ``Failure``."""

    def __init__(self, api_url: str, session: Session, clock: Clock) -> None:
        self._api_url = api_url
        self._session = session
        self._clock = clock

    def __call__(self, request: Request, key: str | None) -> Any:
        headers = {"Accept": "application/json", "User-Agent": "open-finance-python"}
        if key is not None:
            headers["X-API-KEY"] = key
        try:
            # A redirect would carry the key to another address and turn a POST into a GET: it is refused like any 3xx.
            with self._session.request(
                request.method,
                self._api_url + request.path,
                params=wire.query(request.params),
                json=request.body,
                headers=headers,
                timeout=self._timeout(request.deadline),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _content(response)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as problem:
            return _broken(request, type(problem).__name__)
        except requests.RequestException as problem:
            sent = not _surely_not_sent(problem)
            message = f"{request.name}: no answer ({type(problem).__name__})"
            return Failure(Outcome.LOST if sent else Outcome.NOT_SENT, PluggyUnreachableError(message, sent=sent))
        return _broken(request, "too large") if content is None else self._read(request, response, content)

    def _read(self, request: Request, response: requests.Response, content: bytes) -> Any:
        status, body = response.status_code, wire.parse_json(content)
        outcome = wire.outcome_of(
            status, body, is_list_allowed=request.is_list_allowed, is_empty_allowed=request.method == "DELETE"
        )
        if outcome is None:
            return body
        error = wire.error_for(
            status,
            body,
            response.headers,
            call=request.call,
            request=request.name,
            sent=request.secrets,
            now=self._clock.now(),
        )
        return Failure(outcome, error)

    def _timeout(self, deadline: float | None) -> tuple[float, float]:
        left = READ_TIMEOUT if deadline is None else max(deadline - self._clock.monotonic(), 0.1)
        return min(CONNECT_TIMEOUT, left), min(READ_TIMEOUT, left)


def new_session(host: str | None, clock: Clock) -> Session:
    """A session for Pluggy at ``host``, to be shared by threads."""
    session = Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(clock))
    # A cookie jar is the one thing of a session that threads would write to.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = host not in LOOPBACK  # a proxy cannot reach a local Pluggy
    return session


def _content(response: requests.Response) -> bytes | None:
    """The whole body, None when it is beyond all measure."""
    chunks, size = [], 0
    for chunk in response.iter_content(CHUNK_BYTES):
        size += len(chunk)
        if size > MAX_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _broken(request: Request, how: str) -> Failure:
    message = f"{request.name} answered with a broken body ({how})"
    return Failure(Outcome.SERVER_FAILED, PluggyServerError(message))


def _surely_not_sent(problem: requests.RequestException) -> bool:
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    return isinstance(problem, requests.ConnectTimeout) or type(reason).__name__ in _NO_CONNECTION


# --- answers that end ----------------------------------------------------------------------------------------------------


class _Adapter(HTTPAdapter):
    """Its connections read answers by ``_TimedResponse``."""

    def __init__(self, clock: Clock) -> None:
        self._response = partial(_TimedResponse, clock)
        super().__init__(pool_connections=4, pool_maxsize=POOL_SIZE)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        """The pool for a request, whatever proxy it goes through."""
        pool = cast("HTTPConnectionPool", super().get_connection_with_tls_context(*args, **options))
        kind = cast("type[HTTPConnection]", type(pool).ConnectionCls)
        pool.ConnectionCls = partial(self._connect, kind)  # type: ignore[assignment]
        return pool

    def _connect(self, kind: type[HTTPConnection], **options: Any) -> HTTPConnection:
        connection = kind(**options)
        connection.response_class = self._response  # type: ignore[assignment]
        return connection


class _TimedResponse(HTTPResponse):
    """An answer that may take ``WHOLE_ANSWER`` times what its socket waits for a byte."""

    def __init__(self, clock: Clock, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedFile(clock, sock))


class _TimedFile(io.RawIOBase):
    """What a socket receives. Raises TimeoutError once it has taken too long in all, which is a timeout like any other."""

    def __init__(self, clock: Clock, sock: socket.socket) -> None:
        self._clock = clock
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._patience = sock.gettimeout() or READ_TIMEOUT
        self._ends_at = clock.monotonic() + WHOLE_ANSWER * self._patience

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As the socket's own file, within the time that is left."""
        left = self._ends_at - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        if left < self._patience:
            self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket, which stays open for the next answer."""
        self._file.close()
        super().close()
