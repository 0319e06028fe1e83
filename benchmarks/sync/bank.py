"""A Pluggy in a process of its own that costs little more than the transport; see ``bank_server``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from benchmarks.sync.homes import running


class BankServer:
    """The running server, as its clients see it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def collect(self) -> None:
        """Pluggy has been at the bank again; nothing there has changed."""
        requests.post(f"{self.url}/collect", timeout=10).raise_for_status()

    def requests(self) -> Counter[str]:
        """How often each path was asked since the last look, keys apart."""
        asked: Counter[str] = Counter(requests.get(f"{self.url}/requests", timeout=10).json())
        del asked["/auth"]
        del asked["/collect"]
        return asked


@contextmanager
def open_bank(seed: int, rows: int) -> Iterator[BankServer]:
    """A server in a process of its own, with at most this many rows an account."""
    command = [sys.executable, "-m", "benchmarks.sync.bank_server", str(seed), str(rows)]
    with running(command) as url:
        yield BankServer(url)
