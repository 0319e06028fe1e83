"""Clients for servers of this machine, without what only the world outside asks of a client."""

from __future__ import annotations

import asyncio
import json
import select
from collections import deque
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

LOCAL = "http://127.0.0.1:"
END_OF_HEAD = b"\r\n\r\n"


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
    """What carries a bot's words to a server of this machine."""
    return LocalRequest(read_timeout)


def library_request(read_timeout: float = 5.0) -> HTTPXRequest:
    """What the library itself carries them with, without the list of the world's certificates, which takes longer to read
    than a conversation."""
    plain = {"verify": False, "trust_env": False}
    return HTTPXRequest(connection_pool_size=256, read_timeout=read_timeout, httpx_kwargs=plain)


class LocalRequest(BaseRequest):
    """As the library's own, in a fourth of the time: every bot of a story says dozens of things. Files go by the library's.

    Processes (``tests.bot_process``) have the library's own for everything.
    """

    def __init__(self, read_timeout: float) -> None:
        self._read_timeout = read_timeout
        self._library = library_request(read_timeout)
        self._idle: deque[Line] = deque()

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        await self._library.initialize()

    async def shutdown(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()
        await self._library.shutdown()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if not url.startswith(LOCAL) or (request_data and request_data.multipart_data):
            return await self._library.do_request(
                url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
            )
        seconds = self._read_timeout if isinstance(read_timeout, DefaultValue) else read_timeout
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(url, method, request_data.json_parameters if request_data else {})
        except TimeoutError as problem:
            raise TimedOut from problem
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as problem:
            raise NetworkError(f"{type(problem).__name__}: {problem}") from problem

    async def _exchange(self, url: str, method: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        _, _, host, path = url.split("/", 3)
        body = urlencode(parameters).encode()
        line = await self._line(host)
        try:
            line[1].write(
                f"{method} /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {self.USER_AGENT}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            status, answer, stays = await _read(line[0])
        except BaseException:
            line[1].close()
            raise
        if stays:
            self._idle.append(line)
        else:
            line[1].close()
        return status, answer

    async def _line(self, host: str) -> Line:
        while self._idle:
            line = self._idle.pop()
            if not line[0].at_eof() and not line[1].is_closing():
                return line
            line[1].close()
        name, _, port = host.partition(":")
        return await asyncio.open_connection(name, int(port))


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, body, and whether the server stays on the line."""
    head = (await reader.readuntil(END_OF_HEAD)).decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    status = int(head[0].split(" ", 2)[1])
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return status, await _read_chunks(reader), fields.get("connection") != "close"
    if "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
        return status, body, fields.get("connection", "").lower() != "close"
    return status, await reader.read(), False


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readuntil(b"\r\n")
    return b"".join(parts)
