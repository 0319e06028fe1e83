"""The API key: renewed before its end, and once, whatever the number of threads."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from open_finance.errors import PluggyAuthError, PluggyError, PluggyServerError
from open_finance.pacing import NO_PACING
from open_finance.pluggy_caller import KeyRing
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.pluggy_stub import ITEM, ITEM_ID, Pluggy, api_key, canned_pluggy, http_server, settings

THREADS = 32
PATH = f"/items/{ITEM_ID}"


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        pluggy.answer("GET", PATH, ITEM)
        yield pluggy


def test_a_key_serves_until_shortly_before_its_end(pluggy: Pluggy) -> None:
    pluggy.client.get_item(ITEM_ID)
    pluggy.clock.advance(minutes=114)
    pluggy.client.get_item(ITEM_ID)
    assert pluggy.count("POST", "/auth") == 1
    pluggy.clock.advance(minutes=1)
    pluggy.client.get_item(ITEM_ID)
    assert pluggy.count("POST", "/auth") == 2


def test_a_key_that_cannot_be_read_serves_a_hundred_and_ten_minutes(pluggy: Pluggy) -> None:
    pluggy.refuse_keys((200, {"apiKey": "opaque"}, {}))
    pluggy.client.get_item(ITEM_ID)
    pluggy.clock.advance(minutes=109)
    pluggy.client.get_item(ITEM_ID)
    assert pluggy.count("POST", "/auth") == 1
    pluggy.clock.advance(minutes=1)
    pluggy.client.get_item(ITEM_ID)
    assert pluggy.count("POST", "/auth") == 2


def test_a_client_and_its_twin_for_persons_share_the_key(pluggy: Pluggy) -> None:
    person = pluggy.client.for_person()
    person.get_item(ITEM_ID)
    pluggy.client.get_item(ITEM_ID)
    pluggy.client.for_person().get_item(ITEM_ID)
    assert pluggy.count("POST", "/auth") == 1


class KeyServer:
    """Gives a new key at each ``/auth``, while the gate is open, and items to whoever has a good one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.auths = 0
        self.gate = threading.Event()
        self.oldest_good_key = 1

    def __call__(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        if path == "/auth":
            with self.lock:
                self.auths += 1
                number = self.auths
            assert self.gate.wait(10)
            return 200, json.dumps({"apiKey": api_key(number)}).encode()
        good = {api_key(number) for number in range(self.oldest_good_key, self.auths + 1)}
        if headers.get("X-API-KEY") not in good:
            return 403, b'{"code": 403, "message": "Missing or invalid authorization token"}'
        return 200, json.dumps(ITEM).encode()


def together(server: KeyServer, use: Callable[[], Any]) -> list[Any]:
    """``use`` in 32 threads at once; an error is a result. The gate of ``/auth`` opens when all of them are on their way."""
    barrier = threading.Barrier(THREADS + 1)

    def run() -> Any:
        barrier.wait(10)
        try:
            return use()
        except PluggyError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(run) for _ in range(THREADS)]
        barrier.wait(10)
        server.gate.set()
        return [future.result(30) for future in futures]


def test_thirty_two_threads_get_one_key() -> None:
    server = KeyServer()
    with http_server(server) as url:
        client = PluggyClient(settings(url), pacer=NO_PACING)
        assert together(server, lambda: client.get_item(ITEM_ID)) == [ITEM] * THREADS
    assert server.auths == 1


def test_thirty_two_threads_and_persons_renew_an_ending_key_once(clock: ManualClock) -> None:
    server = KeyServer()
    server.gate.set()
    with http_server(server) as url:
        client = PluggyClient(settings(url), clock=clock)
        client.authenticate()
        clock.advance(hours=2)
        server.gate.clear()
        assert together(server, lambda: client.for_person().get_item(ITEM_ID)) == [ITEM] * THREADS
    assert server.auths == 2


def test_thirty_two_threads_with_a_revoked_key_renew_it_once() -> None:
    server = KeyServer()
    server.gate.set()
    with http_server(server) as url:
        client = PluggyClient(settings(url), pacer=NO_PACING)
        client.authenticate()
        server.oldest_good_key = 2
        server.gate.clear()
        assert together(server, lambda: client.get_item(ITEM_ID)) == [ITEM] * THREADS
    assert server.auths == 2


class CountedLock:
    """A lock that lets a test wait until so many threads have reached it."""

    def __init__(self) -> None:
        self.reached = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self.reached.release()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_threads_that_wait_for_a_key_share_its_refusal_too(clock: ManualClock) -> None:
    ring, lock, asked = KeyRing(clock), CountedLock(), []
    ring._lock = lock  # type: ignore[assignment]

    def fetch() -> str:
        asked.append(threading.get_ident())
        for _ in range(THREADS):
            assert lock.reached.acquire(timeout=10)
        raise PluggyAuthError("refused", status_code=401, user_message="recusado")

    def get() -> BaseException | None:
        try:
            ring.get(fetch)
        except PluggyAuthError as error:
            return error
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        errors = [future.result(30) for future in [pool.submit(get) for _ in range(THREADS)]]
    assert len(asked) == 1
    assert {(type(error), str(error), vars(error)["user_message"]) for error in errors} == {
        (PluggyAuthError, "refused", "recusado")
    }
    assert len({id(error) for error in errors}) == THREADS  # each its own: a traceback belongs to one thread


def test_after_a_failure_the_next_call_asks_for_a_key_again(pluggy: Pluggy) -> None:
    pluggy.refuse_keys(*[(500, {}, {})] * 4)
    with pytest.raises(PluggyServerError):
        pluggy.client.get_item(ITEM_ID)
    assert pluggy.client.get_item(ITEM_ID) == ITEM
