"""How the local Pluggy delivers: how often, how late, and what a test can make go wrong (reference 9.3)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from tests.local_http import local_session
from tests.pluggy_listener import OK, subscribe
from tests.pluggy_server import Caller, Json, PluggyServer, fresh_caller, wait_until
from tests.webhook_receiver import Receiver, start_receiver


@pytest.fixture
def pluggy(telling_pluggy: PluggyServer) -> Iterator[Caller]:
    yield from fresh_caller(telling_pluggy)


# How often


def has_arrived(hook: Receiver, count: int) -> bool:
    return len(hook.events) == count


def test_nine_attempts_in_three_rounds_then_the_webhook_is_off(pluggy: Caller, hook: Receiver) -> None:
    hook.answer = lambda: 503
    item = pluggy.connect(2, OK)
    hook_id = subscribe(pluggy, hook)
    pluggy.delete(f"items/{item['id']}")
    for expected, pause in ((3, {"minutes": 16}), (6, {"hours": 2}), (9, {"days": 1})):
        wait_until(partial(has_arrived, hook, expected))
        pluggy.server.delivered()
        pluggy.server.advance(**pause)
    pluggy.server.delivered()
    assert len({one["eventId"] for one in hook.events}) == 1
    assert [one["attempt"] for one in pluggy.server.deliveries()] == list(range(1, 10))
    assert {one["status"] for one in pluggy.server.deliveries()} == {503}
    assert pluggy.get(f"webhooks/{hook_id}").json()["disabledAt"] is not None


def test_webhook_that_answers_at_last_stays_on(pluggy: Caller, hook: Receiver) -> None:
    answers = iter([500, 301, 404, 200])
    hook.answer = lambda: next(answers)
    item = pluggy.connect(2, OK)
    hook_id = subscribe(pluggy, hook)
    pluggy.delete(f"items/{item['id']}")
    wait_until(lambda: len(hook.events) == 3)
    pluggy.server.delivered()
    pluggy.server.advance(minutes=16)
    pluggy.server.delivered()
    pluggy.server.advance(days=1)
    pluggy.server.delivered()
    assert [one["status"] for one in pluggy.server.deliveries()] == [500, 301, 404, 200]
    assert pluggy.get(f"webhooks/{hook_id}").json()["disabledAt"] is None


def test_login_is_told_three_times_at_most(pluggy: Caller, hook: Receiver) -> None:
    hook.answer = lambda: 500
    hook_id = subscribe(pluggy, hook, "item/login_succeeded")
    pluggy.connect(2, OK)
    wait_until(lambda: len(hook.events) == 3)
    pluggy.server.delivered()
    pluggy.server.advance(hours=4)
    pluggy.server.delivered()
    assert hook.names() == ["item/login_succeeded"] * 3
    assert pluggy.get(f"webhooks/{hook_id}").json()["disabledAt"] is None


def test_slow_answer_counts_as_none_and_holds_up_nobody(pluggy: Caller, hook: Receiver) -> None:
    def slowly() -> int:
        time.sleep(0.3)
        return 200

    hook.answer = slowly
    item = pluggy.connect(2, OK)
    subscribe(pluggy, hook)
    started = time.monotonic()
    pluggy.delete(f"items/{item['id']}")
    answered = time.monotonic() - started
    wait_until(lambda: len(pluggy.server.deliveries()) == 3)
    assert {(one["status"], one["error"]) for one in pluggy.server.deliveries()} == {(0, "timeout")}
    assert answered < 0.2


def test_address_where_nobody_listens_is_noted(pluggy: Caller) -> None:
    with start_receiver() as gone:
        pass
    pluggy.server.send_events({"event": "item/updated"}, url=gone.url)
    pluggy.server.delivered()
    assert [(one["attempt"], one["status"], one["error"]) for one in pluggy.server.deliveries()] == [
        (1, 0, "ClientConnectorError")
    ]


# What a test makes go wrong


def test_lost_repeated_and_filtered_deliveries(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(lose=1, repeat=3, only="^item/")
    sent = pluggy.server.send_events(*({"event": event} for event in ("item/error", "item/deleted", "connector/x")))
    pluggy.server.delivered()
    assert Counter(one["eventId"] for one in hook.events) == {sent[1]: 3, sent[2]: 1}
    pluggy.server.admin("webhooks", method="DELETE")
    pluggy.server.send_events({"event": "item/error"})
    pluggy.server.delivered()
    assert hook.names().count("item/error") == 1
    lost = [one for one in pluggy.server.deliveries() if one["error"] == "lost"]
    assert [(one["eventId"], one["attempt"]) for one in lost] == [(sent[0], 0)]


def test_held_deliveries_leave_in_the_order_asked_for(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(hold=True)
    sent = pluggy.server.send_events(*[{"event": "item/updated"}] * 20)
    assert pluggy.server.admin("webhooks")["held"] == 20
    assert hook.events == []
    pluggy.server.release_webhooks("shuffled")
    pluggy.server.delivered()
    assert Counter(one["eventId"] for one in hook.events) == Counter(sent)
    pluggy.server.send_events({"event": "item/updated"})
    assert pluggy.server.admin("webhooks")["held"] == 1


def test_delay_is_waited_before_the_first_attempt(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(delay=[0.05, 0.1])
    started = time.monotonic()
    pluggy.server.send_events({"event": "item/updated"})
    pluggy.server.delivered()
    assert len(hook.events) == 1
    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize(
    "rules", [{"lost": 1}, {"lose": -1}, {"repeat": 0}, {"delay": "x"}, {"delay": [1]}, {"hold": 1}, {"only": "("}]
)
def test_rules_that_make_no_sense_are_refused_and_change_nothing(pluggy: Caller, rules: Json) -> None:
    before = pluggy.server.admin("webhooks")
    assert pluggy.post("_admin/webhooks", {"lose": 5} | rules).status_code == 400
    assert pluggy.server.admin("webhooks") == before


def test_forged_event_has_only_the_headers_it_is_given(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook, path="/real")
    event = {"event": "item/updated", "eventId": "mine", "itemId": "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"}
    assert pluggy.server.send_events(event, url=f"{hook.url}/none") == ["mine"]
    pluggy.server.send_events(event, url=f"{hook.url}/wrong", headers={"X-Hook-Token": "guess"})
    pluggy.server.send_events(url=f"{hook.url}/raw", raw="{not json")
    pluggy.server.delivered()
    seen = dict(zip(hook.paths, zip(hook.bodies, hook.headers, strict=True), strict=True))
    assert sorted(seen) == ["/none", "/raw", "/wrong"]
    assert "x-hook-token" not in seen["/none"][1]
    assert seen["/wrong"][1]["x-hook-token"] == "guess"
    assert seen["/raw"][0] == b"{not json"


def test_reset_forgets_what_was_on_its_way(pluggy: Caller, hook: Receiver) -> None:
    subscribe(pluggy, hook)
    pluggy.server.spoil_webhooks(delay=30)
    pluggy.server.send_events({"event": "item/updated"})
    pluggy.server.reset()
    assert pluggy.server.admin("webhooks")["sending"] == 0
    assert (hook.events, pluggy.server.deliveries()) == ([], [])


# What it costs


def test_delivery_does_not_slow_the_answers(pluggy: Caller) -> None:
    """A thousand events to a receiver that never answers leave the API as quick as before."""
    with start_receiver() as silent:
        gate = iter(range(10**9))

        def never() -> int:
            next(gate)
            time.sleep(0.4)
            return 200

        silent.answer = never
        subscribe(pluggy, silent)
        pluggy.server.send_events(*[{"event": "item/updated"}] * 1000)
        session, times = local_session(), []
        for _ in range(50):
            started = time.monotonic()
            session.get(f"{pluggy.server.url}/connectors/2", headers={"X-API-KEY": pluggy.key}, timeout=5)
            times.append(time.monotonic() - started)
        session.close()
        pluggy.server.reset()
        assert sorted(times)[45] < 0.1
