"""What Pluggy posts: whether it is Pluggy's, and what is read of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.events import PluggyEvent
from open_finance.webhook import (
    CONNECTOR_EVENT,
    ITEM_EVENTS,
    MAX_IDS,
    ROW_EVENTS,
    SECRET_HEADER,
    is_authentic,
    read_event,
)

SECRET = "a-secret-of-the-right-length"
ITEM = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"


def body(**payload: Any) -> bytes:
    return json.dumps(payload).encode()


@pytest.mark.parametrize(
    "given_secret", ["", "a-secret", SECRET.upper(), f"{SECRET} ", f"{SECRET}\0", "é" * 28, "\udcff"]
)
def test_only_our_own_secret_is_pluggys(given_secret: str) -> None:
    assert is_authentic({SECRET_HEADER: SECRET}, SECRET)
    assert not is_authentic({SECRET_HEADER: given_secret}, SECRET)
    assert not is_authentic({}, SECRET)


def test_without_a_secret_to_expect_nothing_is_authentic() -> None:
    assert not is_authentic({SECRET_HEADER: ""}, "")
    assert not is_authentic({}, "")


@pytest.mark.parametrize("event", sorted(ITEM_EVENTS))
def test_an_event_of_an_item_names_it(event: str) -> None:
    payload = {"event": event, "eventId": "b4f6", "itemId": ITEM, "id": "other", "clientUserId": "1000", "error": {}}
    assert read_event(body(**payload)) == PluggyEvent(event, "b4f6", ITEM)
    assert read_event(body(event=event, eventId="b4f6", id=ITEM)) == PluggyEvent(event, "b4f6", ITEM)
    assert read_event(body(event=event, eventId="b4f6")) is None


def test_new_rows_tell_since_when_and_how_old_they_are() -> None:
    read = read_event(
        body(
            event="transactions/created",
            eventId="b4f8",
            itemId=ITEM,
            accountId="c0a9",
            transactionsCount=12,
            transactionsMinDate="2026-11-12",
            transactionsCreatedAtFrom="2026-11-20T06:02:00.000Z",
        )
    )
    assert read is not None
    since = "2026-11-20T06:02:00+00:00"
    assert read.detail == {"account_id": "c0a9", "oldest_on": "2026-11-12", "created_from": since}


@pytest.mark.parametrize("event", ["transactions/updated", "transactions/deleted"])
def test_changed_rows_are_named_and_no_more_than_fit(event: str) -> None:
    ids = [f"row-{number}" for number in range(MAX_IDS + 5)]
    read = read_event(body(event=event, eventId="b4f9", itemId=ITEM, transactionIds=["bad id", 5, *ids]))
    assert read is not None
    assert read.detail == {"ids": ids[:MAX_IDS]}


def test_a_bank_that_changes_is_named_by_its_number() -> None:
    payload = {"event": CONNECTOR_EVENT, "eventId": "b4fa", "data": {"status": "UNSTABLE"}}
    assert read_event(body(**payload, connectorId=612)) == PluggyEvent(CONNECTOR_EVENT, "b4fa", None, 612)
    for odd in (None, "612", True, -1, 2**40, 6.5):
        assert read_event(body(**payload, connectorId=odd)) == PluggyEvent(CONNECTOR_EVENT, "b4fa", None, None)


@pytest.mark.parametrize("event", ["payment_intent/created", "item/sneezed", "", None, 5, ["item/updated"], {}])
def test_what_is_nothing_to_us_is_ignored(event: Any) -> None:
    assert read_event(body(event=event, eventId="b4f6", itemId=ITEM)) is None


def test_an_event_without_an_id_of_its_own_is_the_same_when_it_comes_again() -> None:
    first, second = (body(event="item/updated", itemId=item) for item in (ITEM, "another"))
    one, again, other = read_event(first), read_event(first), read_event(second)
    assert one is not None
    assert other is not None
    assert one == again
    assert one.event_id != other.event_id
    assert len(one.event_id) == 64


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"item/updated"', b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not"):
        read_event(content)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NAMES = ["event", "eventId", "itemId", "id", "connectorId", "accountId", "transactionIds", "transactionsMinDate"]


@given(
    st.sampled_from(sorted(ITEM_EVENTS | ROW_EVENTS | {CONNECTOR_EVENT})),
    st.dictionaries(st.sampled_from([*NAMES, "transactionsCreatedAtFrom"]), anything),
)
def test_whatever_stands_in_it_what_is_read_can_be_stored(event: str, payload: dict[str, Any]) -> None:
    read = read_event(body(**{"event": event, **payload}))
    if read is not None:
        assert len(read.event_id) <= 64
        assert read.item_id is None or len(read.item_id) <= 64
        stored = json.dumps(dict(read.detail))
        assert "\\u0000" not in stored
        assert set(read.detail) <= {"account_id", "ids", "created_from", "oldest_on"}
