"""A healthy bot's surroundings and how they are spoilt: servers that are not as they should be, and a list of faults."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gerente_financeiro.doctor.machine import Machine
from open_finance.clock import SystemClock
from tests.databases import PostgresServer
from tests.pluggy_server import PluggyServer
from tests.small_server import Quiet, serving
from tests.telegram_server import TelegramServer

Env = dict[str, str]
NOWHERE = "nao-existe.invalid"


class LateClock(SystemClock):
    """A machine's clock that is wrong."""

    def __init__(self, seconds: float) -> None:
        self._by = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._by


@dataclass
class World:
    """A healthy bot's surroundings, which a fault spoils until ``stack`` is closed. ``env``: its settings."""

    telegram: TelegramServer
    pluggy: PluggyServer
    folder: Path
    template: Path
    postgres: PostgresServer | None
    redis: str | None
    env: Env
    stack: ExitStack = field(default_factory=ExitStack)
    clock: SystemClock = field(default_factory=SystemClock)
    machine: Machine = field(default_factory=lambda: Machine(free_bytes=lambda _: 1 << 40))
    dotenv: Path = Path("none")
    patience: float = 4.0

    def later(self, function: Callable[..., object], *arguments: Any, **more: Any) -> None:
        """At the end of the fault."""
        self.stack.callback(function, *arguments, **more)


# --- servers that are not as they should be --------------------------------------------------------------------------


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(meet: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that takes every connection to ``meet``; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    met: list[socket.socket] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                met.append(peer)
                threading.Thread(target=meeting, args=(peer,), daemon=True).start()

    def meeting(peer: socket.socket) -> None:
        with suppress(OSError):
            meet(peer)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        for one in (listener, *met):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def hangs(_: socket.socket) -> None:
    """It takes the connection and never says a word."""


def hangs_up(peer: socket.socket) -> None:
    peer.recv(1 << 16)
    peer.shutdown(socket.SHUT_RDWR)
    peer.close()


@contextmanager
def answering(
    answers: Mapping[str, tuple[int, Any]], headers: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """JSON by the end of the path, ``""`` for all others; the base URL. ``headers`` such as a wrong Date."""

    class Answers(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            status, body = next(answer for end, answer in answers.items() if path.endswith(end))
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    with serving(Answers) as url:
        yield url


def refusing_postgres(message: str) -> Callable[[socket.socket], None]:
    """PostgreSQL that lets nobody in, in these words."""

    def meet(peer: socket.socket) -> None:
        while (start := peer.recv(1 << 12))[4:8] in {b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"}:  # TLS, GSS: no
            peer.sendall(b"N")
        if start:
            fields = (
                b"".join(part + b"\0" for part in (b"SFATAL", b"VFATAL", b"C28000", b"M" + message.encode())) + b"\0"
            )
            peer.sendall(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)

    return meet


# --- the faults ------------------------------------------------------------------------------------------------------

Seed = Callable[[World], None]


@dataclass(frozen=True)
class Fault:
    """``names``: the findings that are worse than in health, and no others; ``says``: what the first one's line holds."""

    seed: Seed
    names: tuple[str, ...]
    says: str


FAULTS: dict[str, Fault] = {}


def fault(says: str, *names: str) -> Callable[[Seed], Seed]:
    def add(seed: Seed) -> Seed:
        FAULTS[seed.__name__] = Fault(seed, names, says)
        return seed

    return add


def setting(label: str, says: str, *names: str, **values: str | None) -> None:
    """A variable that is missing (None) or bad."""

    def seed(world: World) -> None:
        world.env.update({name: value for name, value in values.items() if value is not None})
        for name in [name for name, value in values.items() if value is None]:
            del world.env[name]

    FAULTS[label] = Fault(seed, names or tuple(values)[:1], says)


@contextmanager
def seeded(world: World, seed: Seed) -> Iterator[World]:
    """The world with a fault, mended at the end."""
    spoilt = World(
        world.telegram, world.pluggy, world.folder, world.template, world.postgres, world.redis, dict(world.env)
    )
    spoilt.dotenv = world.dotenv
    with spoilt.stack:
        seed(spoilt)
        yield spoilt
