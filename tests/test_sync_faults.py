"""Through a network that cuts, delays and garbles: nothing is sent twice that must not be, every answer ends, and a
synchronisation comes to exactly the bank's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from open_finance import pluggy_http
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import PluggyServerError, PluggyUnreachableError
from open_finance.events import ConnectionSynced, ConnectionSyncFailed
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from tests.bank_rows import listed_rows, standing_rows
from tests.bank_world import sandbox
from tests.clocks import ManualClock
from tests.faulty_proxy import PASS, FaultyProxy, Kind, Plan, Spoil, faulty_proxy
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.pluggy_stub import http_server, settings
from tests.rows import USER, add_connection

#: What may happen to an exchange; only where the request is lost has the server not done what it was asked.
LOST = [
    Spoil("lose", 0.0),
    Spoil("lose", 0.5),
    Spoil("cut", 0.0),
    Spoil("cut", 0.1),
    Spoil("cut", 0.9),
    Spoil("reset", 0.0),
    Spoil("reset", 0.1),
    Spoil("reset", 0.9),
    Spoil("drip"),
    Spoil("drip_head"),
    Spoil("garble", 0.0),
    Spoil("garble", 0.5),
    Spoil("garble_head", 0.0),
]
SILENCE = Spoil("silence")
DRIPS: tuple[Kind, ...] = ("drip", "drip_head")
CREDENTIALS = sandbox("user-ok", 0)


@dataclass
class Line:
    """A client, the proxy, a local Pluggy. ``spoils``: what becomes of the next exchanges that are ``spoiled``; or the
    ``weather`` decides over all."""

    server: PluggyServer
    clock: ManualClock
    patch: pytest.MonkeyPatch
    spoils: list[Spoil] = field(default_factory=list)
    spoiled: tuple[str, str] = ("", "")
    weather: Plan | None = None
    proxy: FaultyProxy = field(init=False)
    client: PluggyClient = field(init=False)

    def plan(self, method: str, path: str) -> Spoil:
        if self.weather is not None:
            return self.weather(method, path)
        return self.spoils.pop(0) if (method, path) == self.spoiled and self.spoils else PASS

    def spoil(self, method: str, path: str, *spoils: Spoil) -> None:
        """From now on, in this order; then all is well. Silence alone takes time, and gets little."""
        self.patch.setattr(pluggy_http, "READ_TIMEOUT", 0.2 if SILENCE in spoils else 30)
        self.spoiled, self.spoils = (method, path), list(spoils)
        self.proxy.seen.clear()
        self.server.forget_requests()

    def item(self, connector_id: int = 0) -> str:
        """An item that has been collected, or waits for a code."""
        made = self.client.create_item(connector_id, CREDENTIALS["credentials"], avoid_duplicates=False)
        self.server.advance(seconds=60 if connector_id == 0 else 10)
        return str(made["id"])

    def items(self) -> set[str]:
        """The items there are."""
        return {item["id"] for item in self.server.items()}

    def done(self, method: str, path: str) -> int:
        """How often the server was asked."""
        return sum((one["method"], one["path"]) == (method, path) for one in self.server.requests())


@pytest.fixture(scope="module")
def running() -> Iterator[PluggyServer]:
    with start_pluggy(speed=1) as server:
        yield server


@pytest.fixture
def line(running: PluggyServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    running.reset()
    line = Line(running, clock, monkeypatch)
    with faulty_proxy(running.url, line.plan, lambda: clock.advance(1)) as line.proxy:
        line.client = PluggyClient(settings(line.proxy.url), clock=clock, jitter=lambda: 0.0)
        yield line


# --- the retry table -----------------------------------------------------------------------------------------------------

Use = Callable[[PluggyClient, str], Any]
HARMLESS: dict[str, tuple[str, str, Use]] = {
    "get": ("GET", "/items/{id}", lambda client, item_id: client.get_item(item_id)),
    "list": ("GET", "/accounts", lambda client, item_id: client.list_accounts(item_id)),
    "bills": ("GET", "/bills", lambda client, item_id: client.list_bills(client.list_accounts(item_id)[0]["id"])),
    "auth": ("POST", "/auth", lambda client, _: client.authenticate()),
    "validate": ("POST", "/connectors/0/validate", lambda client, _: client.validate_credentials(0, {"user": "u"})),
}


@pytest.mark.parametrize("call", HARMLESS)
def test_a_harmless_call_gets_through_at_its_fourth_try(line: Line, call: str) -> None:
    method, template, use = HARMLESS[call]
    item_id = line.item()
    path = template.format(id=item_id)
    for spoil in LOST:
        line.spoil(method, path, spoil, spoil, spoil)
        use(line.client, item_id)
        assert line.proxy.count(method, path) == 4, spoil
        assert line.spoils == [], spoil


def test_a_deletion_is_done_whatever_becomes_of_its_answers(line: Line) -> None:
    for spoil in LOST:
        item_id = line.item()
        line.spoil("DELETE", f"/items/{item_id}", spoil, spoil, spoil)
        line.client.delete_item(item_id)
        assert item_id not in line.items(), spoil
        # The second answer, a 404, may come as far as its number: then the item itself is asked.
        assert line.proxy.count("DELETE", f"/items/{item_id}") == (2 if spoil == Spoil("cut", 0.1) else 4), spoil


def test_a_harmless_call_gives_up_after_three_retries(line: Line) -> None:
    item_id = line.item()
    for spoil in LOST:
        line.spoil("GET", f"/items/{item_id}", *[spoil] * 9)
        with pytest.raises((PluggyUnreachableError, PluggyServerError)):
            line.client.get_item(item_id)
        assert line.proxy.count("GET", f"/items/{item_id}") == 4, spoil


def test_an_item_is_posted_once_whatever_becomes_of_the_answer(line: Line) -> None:
    for spoil in [*LOST, SILENCE]:
        line.server.reset()
        line.client.authenticate()
        line.spoil("POST", "/items", *[spoil] * 9)
        with pytest.raises((PluggyUnreachableError, PluggyServerError)) as lost:
            line.client.create_item(0, CREDENTIALS["credentials"])
        assert getattr(lost.value, "sent", True), spoil  # the item may exist
        assert line.proxy.count("POST", "/items") == 1, spoil
        assert line.done("POST", "/items") == len(line.items()) == (spoil.kind != "lose"), spoil


def test_an_update_is_sent_once_and_the_item_read_instead(line: Line) -> None:
    item_id = line.item()
    path = f"/items/{item_id}"
    for spoil in [*LOST, SILENCE]:
        line.spoil("PATCH", path, *[spoil] * 9)
        item = line.client.update_item(item_id)
        assert line.proxy.count("PATCH", path) == 1, spoil
        assert line.done("PATCH", path) == (spoil.kind != "lose"), spoil
        assert item["status"] == ("UPDATED" if spoil.kind == "lose" else "UPDATING"), spoil
        line.server.advance(seconds=60)


def test_a_code_is_sent_once_and_the_item_read_instead(line: Line) -> None:
    for spoil in [*LOST, SILENCE]:
        item_id = line.item(5)
        line.spoil("POST", f"/items/{item_id}/mfa", *[spoil] * 9)
        item = line.client.send_mfa(item_id, "token", "123456")
        assert line.proxy.count("POST", f"/items/{item_id}/mfa") == 1, spoil
        assert line.done("POST", f"/items/{item_id}/mfa") == (spoil.kind != "lose"), spoil
        assert (item["status"] == "WAITING_USER_INPUT") is (spoil.kind == "lose"), spoil


def test_a_connection_that_was_closed_between_two_requests_is_made_anew(line: Line) -> None:
    item_id = line.item()
    line.spoil("GET", f"/items/{item_id}", PASS, Spoil("cut", 1.0), PASS)
    for _ in range(3):
        assert line.client.get_item(item_id)["id"] == item_id
    line.spoil("GET", f"/items/{item_id}", Spoil("cut", 1.0))
    line.client.get_item(item_id)
    with suppress(PluggyUnreachableError):  # where the end of the old one had not arrived yet
        line.client.create_item(0, CREDENTIALS["credentials"], avoid_duplicates=False)
    assert line.done("POST", "/items") <= line.proxy.count("POST", "/items") <= 1


def test_where_nobody_listens_only_what_may_be_repeated_is_tried_again(
    clock: ManualClock, running: PluggyServer
) -> None:
    with faulty_proxy(running.url, lambda method, path: PASS) as proxy:
        client = PluggyClient(settings(proxy.url), clock=clock, jitter=lambda: 0.0)
        client.authenticate()
    unsent: list[tuple[Use, list[float]]] = [
        (lambda client, item_id: client.get_item(item_id), [0.5, 1.0, 2.0]),
        (lambda client, item_id: client.delete_item(item_id), [0.5, 1.0, 2.0]),
        (lambda client, _: client.authenticate(), [0.5, 1.0, 2.0]),
        (lambda client, _: client.create_item(0, CREDENTIALS["credentials"]), [0.5, 1.0, 2.0]),
        (lambda client, item_id: client.update_item(item_id), []),
        (lambda client, item_id: client.send_mfa(item_id, "token", "123456"), []),
    ]
    for use, pauses in unsent:
        clock.slept.clear()
        with pytest.raises(PluggyUnreachableError) as refused:
            use(client, "an-item")
        assert not refused.value.sent
        assert clock.slept == pauses


# --- answers that end ----------------------------------------------------------------------------------------------------


def test_an_answer_that_drips_is_given_up_and_one_that_is_only_slow_is_not(line: Line) -> None:
    item_id = line.item()
    path = f"/items/{item_id}"
    line.spoil("GET", path, Spoil("delay"))
    line.client.get_item(item_id)
    assert line.proxy.count("GET", path) == 1
    for kind in DRIPS:
        line.spoil("GET", path, *[Spoil(kind)] * 9)  # each drop comes a second after the one before
        with pytest.raises(PluggyUnreachableError):
            line.client.get_item(item_id)
        assert line.proxy.count("GET", path) == 4


def test_after_its_deadline_nothing_is_asked_again(line: Line) -> None:
    item_id = line.item()
    for kind in (*DRIPS, SILENCE.kind):
        line.spoil("GET", f"/items/{item_id}", *[Spoil(kind)] * 9)
        with pytest.raises(PluggyUnreachableError):
            line.client.get_item(item_id, deadline=line.clock.monotonic() + 0.1)
        assert line.proxy.count("GET", f"/items/{item_id}") == 1, kind


def test_answers_that_are_read_whole_share_one_connection(line: Line) -> None:
    item_id = line.item()
    for _ in range(5):
        line.client.list_accounts(item_id)
    assert line.proxy.connections == 1


def test_an_answer_beyond_all_measure_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    monkeypatch.setattr(pluggy_http, "MAX_BYTES", 1000)
    endless = b'HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{"id": "' + b"x" * 1_000_000

    def answer(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        return (200, b'{"apiKey": "key"}') if path == "/auth" else (0, endless)

    with http_server(answer) as url, pytest.raises(PluggyServerError, match="too large"):
        PluggyClient(settings(url), clock=clock, jitter=lambda: 0.0).get_item("a")


@pytest.mark.parametrize("path", ["/items/{id}", "/accounts"])
def test_a_server_that_drips_holds_a_pass_no_longer_than_its_time(
    line: Line, sqlite_database: Database, path: str
) -> None:
    """Each of its answers costs a minute: of four tries three fit."""
    item_id = line.item()
    with sqlite_database.writing() as session:
        connection_id = add_connection(session, item_id=item_id)
    line.spoil("GET", path.format(id=item_id), *[Spoil("drip")] * 9)
    synchronizer = DataSynchronizer(line.client, sqlite_database, clock=line.clock)
    event = synchronizer.sync_connection(user_id=USER, connection_id=connection_id)
    synchronizer.stop()
    assert event == ConnectionSyncFailed(USER, connection_id, "PluggyUnreachableError")
    assert 1 <= line.proxy.count("GET", path.format(id=item_id)) <= 3


# --- a whole synchronisation ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_through_any_weather_a_synchronisation_ends_with_exactly_the_banks_rows(
    line: Line, sqlite_database: Database, seed: int
) -> None:
    random, weather = Random(seed), Counter[str]()
    item = line.client.create_item(2, {"user": "user-ok-perf-60x", "password": "password-ok"})
    line.server.advance(seconds=60)
    with sqlite_database.writing() as session:
        connection_id = add_connection(session, item_id=item["id"], connector_id=2)

    def changing(method: str, path: str) -> Spoil:
        spoil = random.choice(LOST) if random.random() < 0.45 else PASS
        weather[spoil.kind] += 1
        return spoil

    line.weather = changing
    synchronizer = DataSynchronizer(line.client, sqlite_database, clock=line.clock)
    events: list[Any] = []
    while not events or isinstance(events[-1], ConnectionSyncFailed):
        assert len(events) < 50
        events.append(synchronizer.sync_connection(user_id=USER, connection_id=connection_id))
    synchronizer.stop()
    assert isinstance(events[-1], ConnectionSynced)
    assert weather.total() > weather["pass"]
    listed = listed_rows(PluggyClient(settings(line.server.url)), item["id"])
    assert standing_rows(sqlite_database) == listed
    assert listed.total() > 1000
