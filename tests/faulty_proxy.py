"""A TCP proxy in front of a local Pluggy that cuts, resets, delays, drips and garbles, one exchange after the other.

It reads a whole request before it decides what to do with it, so that what happens is the plan's doing and not the
scheduler's: ``plan(method, path)`` says what becomes of an exchange. Time is not waited for but told to pass (``tick``).
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["pass", "lose", "cut", "reset", "drip", "drip_head", "delay", "garble", "garble_head", "silence"]

#: Of an answer that drips: more than anybody has the patience for.
DROPS = 20_000
NO_LINGER = struct.pack("ii", 1, 0)  # a close is a reset


@dataclass(frozen=True, slots=True)
class Spoil:
    """What becomes of an exchange. ``at``: how far it gets, as a part of the message, 0 to 1.

    ``lose``: so much of the request reaches the server, then the connection ends. ``cut`` and ``reset``: so much of the
    answer reaches the client, then the connection ends in order, or not. ``drip``: thousands of spaces before the JSON, one
    by one with a tick before each (``drip_head``: in a header). ``delay``: a tick, then the answer. ``garble``: the byte at
    that place of the body (``garble_head``: of the head) is none of any text. ``silence``: the server has answered, and
    nobody hears of it until the client hangs up.
    """

    kind: Kind = "pass"
    at: float = 0.0


PASS = Spoil()
Plan = Callable[[str, str], Spoil]


class FaultyProxy:
    """``url`` is what ``PLUGGY_API_URL`` wants. ``seen``: the requests that came, ``connections``: how many were made."""

    def __init__(self, upstream: str, plan: Plan, tick: Callable[[], object]) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 0)
        self._plan = plan
        self._tick = tick
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen: list[tuple[str, str]] = []
        self.connections = 0
        self._start(self._accept)

    def count(self, method: str, path: str) -> int:
        """How often this was asked."""
        return self.seen.count((method, path))

    def stop(self) -> None:
        """End every connection."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):  # stopped
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._open.add(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := read_message(client)) and self._exchange(client, request):
                pass
        self._open.discard(client)

    def _exchange(self, client: socket.socket, request: bytes) -> bool:
        """One request and its answer. Whether the connection goes on."""
        method, target, _ = request.split(b" ", 2)
        path = target.decode().partition("?")[0]
        self.seen.append((method.decode(), path))
        spoil = self._plan(method.decode(), path)
        with closing(socket.create_connection(self._upstream)) as server:
            if spoil.kind == "lose":
                server.sendall(request[: int(len(request) * spoil.at)])
                return False
            server.sendall(request)
            answer = read_message(server)
        if spoil.kind == "silence":
            client.recv(1)
        return spoil.kind != "silence" and self._answer(client, answer, spoil)

    def _answer(self, client: socket.socket, answer: bytes, spoil: Spoil) -> bool:
        if spoil.kind in {"cut", "reset"}:
            client.sendall(answer[: int(len(answer) * spoil.at)])
            if spoil.kind == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            return False
        if spoil.kind in {"drip", "drip_head"}:
            before, after = dripping(answer, spoil.kind)
            client.sendall(before)
            for _ in range(DROPS):
                self._tick()
                client.sendall(b" ")
            client.sendall(after)
            return True
        if spoil.kind == "delay":
            self._tick()
        client.sendall(garbled(answer, spoil))
        return True


def dripping(answer: bytes, kind: Kind) -> tuple[bytes, bytes]:
    """What comes before the drops, and after them."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if kind == "drip_head":
        return head + b"\r\nX-Drop: ", b"drop\r\n\r\n" + body
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    lines.append(b"Content-Length: %d" % (len(body) + DROPS))
    return b"\r\n".join(lines) + b"\r\n\r\n", body


def garbled(answer: bytes, spoil: Spoil) -> bytes:
    """The answer with one byte that no text has."""
    if spoil.kind not in {"garble", "garble_head"}:
        return answer
    end_of_head = answer.index(b"\r\n\r\n") + 4
    start, end = (end_of_head, len(answer)) if spoil.kind == "garble" else (0, end_of_head)
    place = min(start + int((end - start) * spoil.at), len(answer) - 1)
    return answer[:place] + b"\xff" + answer[place + 1 :]


def read_message(peer: socket.socket) -> bytes:
    """A whole HTTP message with a ``Content-Length`` or without a body; empty when the connection ends before its end."""
    message = b""
    while b"\r\n\r\n" not in message:
        received = peer.recv(1 << 16)
        if not received:
            return b""
        message += received
    head, _, body = message.partition(b"\r\n\r\n")
    fields = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    length = next((int(value) for name, _, value in fields if name.lower() == b"content-length"), 0)
    chunks, left = [message], length - len(body)
    while left > 0:
        received = peer.recv(1 << 16)
        if not received:
            return b""
        chunks.append(received)
        left -= len(received)
    return b"".join(chunks)


@contextmanager
def faulty_proxy(upstream: str, plan: Plan, tick: Callable[[], object] = bool) -> Iterator[FaultyProxy]:
    """Stopped at the end, whatever happens."""
    proxy = FaultyProxy(upstream, plan, tick)
    try:
        yield proxy
    finally:
        proxy.stop()
