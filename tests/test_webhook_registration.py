"""Exactly one webhook of ours at Pluggy, whatever was there before and whoever else is at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.config import Settings
from open_finance.errors import PluggyRequestError
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from open_finance.webhook import SECRET_HEADER
from open_finance.webhook_registration import Create, Delete, Repair, Wanted, plan, register
from tests.bot_app import running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, start_pluggy, wait_until
from tests.telegram_server import TelegramServer

pytest_plugins = ("tests.bot_fixtures",)
URL = "https://bot.example/hooks/pluggy"
WANTED = Wanted(URL, "a-secret-of-ours")

Json = dict[str, Any]


def hook(number: int, **changes: Any) -> Json:
    return {
        "id": f"hook-{number}",
        "url": URL,
        "event": "all",
        "headers": {SECRET_HEADER: WANTED.secret},
        "disabledAt": None,
        "createdAt": f"2026-11-0{number}T10:00:00.000Z",
        **changes,
    }


OTHERS = hook(9, url="https://somebody.else/hooks", headers=None)


@pytest.mark.parametrize(
    ("existing", "actions"),
    [
        ([], [Create()]),
        ([OTHERS], [Create()]),
        ([hook(1)], []),
        ([hook(1, headers={SECRET_HEADER.lower(): WANTED.secret}), OTHERS], []),
        ([hook(1, url=f"{URL}/")], []),
        ([hook(1, disabledAt="2026-11-20T10:00:00.000Z")], [Repair("hook-1")]),
        ([hook(1, headers={SECRET_HEADER: "old"})], [Repair("hook-1")]),
        ([hook(1, headers=None)], [Repair("hook-1")]),
        ([hook(2), hook(1)], [Delete("hook-2")]),
        ([hook(1), hook(2, event="item/updated")], [Delete("hook-2")]),
        ([hook(2, event="item/updated")], [Delete("hook-2"), Create()]),
        ([{"id": 5, "url": URL}, {"url": None}, {}], [Create()]),
    ],
)
def test_what_is_to_be_done(existing: list[Json], actions: list[Any]) -> None:
    assert plan(existing, WANTED) == actions


@given(
    st.lists(
        st.builds(
            lambda url, event, secret, disabled: {
                "url": url,
                "event": event,
                "headers": secret,
                "disabledAt": disabled,
            },
            st.sampled_from([URL, f"{URL}/", "https://somebody.else"]),
            st.sampled_from(["all", "item/updated", "transactions/created"]),
            st.sampled_from([None, {}, {SECRET_HEADER: "old"}, {SECRET_HEADER: WANTED.secret}]),
            st.sampled_from([None, "2026-11-20T10:00:00.000Z"]),
        ),
        max_size=8,
    )
)
def test_once_it_is_done_nothing_is_left_to_do_and_nobody_elses_was_touched(found: list[Json]) -> None:
    there = {f"hook-{number}": {**one, "id": f"hook-{number}"} for number, one in enumerate(found)}
    strangers = [one for one in there.values() if one["url"] == "https://somebody.else"]
    for action in plan(there.values(), WANTED):
        match action:
            case Create():
                there["new"] = hook(8, id="new")
            case Repair(number):
                there[number] |= {"headers": {SECRET_HEADER: WANTED.secret}, "disabledAt": None}
            case Delete(number):
                del there[number]
    assert plan(there.values(), WANTED) == []
    assert [one for one in there.values() if one["url"] == "https://somebody.else"] == strangers


# --- at the local Pluggy -------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[PluggyServer]:
    with start_pluggy() as running:
        yield running


@pytest.fixture
def client(server: PluggyServer) -> PluggyClient:
    return PluggyClient(Settings("id", "secret", server.url), pacer=NO_PACING, jitter=lambda: 0.0)


def test_it_is_made_once_repaired_when_it_was_disabled_and_left_alone_when_it_stands(client: PluggyClient) -> None:
    client.create_webhook("https://somebody.else/hooks")
    assert register(client, WANTED) == (Create(),)
    assert register(client, WANTED) == ()
    number = client.list_webhooks()[1]["id"]
    client.update_webhook(number, enabled=False)
    assert register(client, WANTED) == (Repair(number),)
    assert register(client, Wanted(URL, "a-new-secret")) == (Repair(number),)
    assert [one["url"] for one in client.list_webhooks()] == ["https://somebody.else/hooks", URL]
    assert client.get_webhook(number)["headers"] == {SECRET_HEADER: "a-new-secret"}


def test_many_processes_at_once_make_one(client: PluggyClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: register(client, WANTED), range(8)))
    (only,) = client.list_webhooks()
    assert only["headers"] == {SECRET_HEADER: WANTED.secret}


def test_an_address_that_pluggy_does_not_take_is_an_error(client: PluggyClient) -> None:
    with pytest.raises(PluggyRequestError):
        register(client, Wanted("https://127.0.0.1/hooks/pluggy", "a-secret"))


# --- by the bot ----------------------------------------------------------------------------------------------------


def hooks(pluggy: PluggyServer) -> list[Json]:
    return PluggyClient(Settings("id", "secret", pluggy.url), pacer=NO_PACING).list_webhooks()


@pytest.fixture
def start(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Callable[[], Any]:
    return lambda: running_bot(telegram, pluggy, sqlite_url, clock, port=0, public_url="https://bot.example")


def test_a_bot_on_duty_registers_itself_once_however_often_it_starts(
    start: Callable[[], Any], pluggy: PluggyServer, log: StringIO
) -> None:
    for _ in range(2):
        with start() as one, start() as other:  # whichever is quicker is on duty
            (only,) = wait_until(lambda: hooks(pluggy))
            secret = one.settings.pluggy_webhook_secret
            wait_until(lambda: one.application.running or other.application.running)
    assert (only["url"], only["headers"]) == (URL, {SECRET_HEADER: secret})
    assert len(hooks(pluggy)) == 1
    assert secret not in log.getvalue()


def test_a_plan_without_webhooks_is_one_line_and_everything_goes_on(
    start: Callable[[], Any], pluggy: PluggyServer, log: StringIO, ana: Any
) -> None:
    pluggy.fault("status", status=403, path="^/webhooks", count=None, codeDescription="WEBHOOKS_NOT_INCLUDED")
    with start():
        wait_until(lambda: "refuses webhooks" in log.getvalue())
        ana.write("/saldo")
        ana.sees("Nenhum banco conectado")
    assert log.getvalue().count("refuses webhooks") == 1


def test_pluggy_that_is_away_is_tried_again_and_told_of_once(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, log: StringIO
) -> None:
    pluggy.fault("status", status=400, path="^/webhooks", count=None)
    with running_bot(telegram, pluggy, sqlite_url, clock, 0.001, port=0, public_url="https://bot.example"):
        wait_until(lambda: sum(one["path"] == "/webhooks" for one in pluggy.requests()) >= 7)
        pluggy.admin("faults", method="DELETE")
        wait_until(lambda: hooks(pluggy))
    assert log.getvalue().count("could not be registered") == 1
