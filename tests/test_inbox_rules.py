"""When a burst is over, how far back a pass reads, when something is tried again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.inbox_rules import GAP, LONGEST, QUIET, RETRIES, Burst, bursts, retry_at
from open_finance.storage.inbox import OpenEvent
from tests.clocks import START

TODAY = date(2026, 11, 23)


def told(
    number: int, seconds: float = 0.0, *, item: str | None = "item", event: str = "item/updated", **more: Any
) -> OpenEvent:
    defaults: dict[str, Any] = {"detail": {}, "attempts": 0, "retry_at": None}
    values: dict[str, Any] = {**defaults, **more}
    return OpenEvent(number, event, item, received_at=START + timedelta(seconds=seconds), **values)


def ready(events: list[OpenEvent], seconds: float, **more: Any) -> list[Burst]:
    given_: dict[str, Any] = {"begun": {}, "in_hand": frozenset(), **more}
    return bursts(events, START + timedelta(seconds=seconds), **given_).ready


def test_a_burst_waits_until_nothing_came_for_a_moment() -> None:
    events = [told(1, 0.0), told(2, 0.4), told(3, 0.8)]
    assert ready(events, 1.2) == []
    (burst,) = ready(events, 1.3)
    assert burst.ids == (1, 2, 3)


def test_a_bank_that_talks_without_end_is_not_waited_for() -> None:
    events = [told(number, number / 4) for number in range(9)]
    (burst,) = ready(events, LONGEST.total_seconds())
    assert len(burst.ids) == 9


def test_each_item_waits_for_itself() -> None:
    events = [told(1, 0.0, item="one"), told(2, 0.4, item="other")]
    assert [burst.item_id for burst in ready(events, 0.5)] == ["one"]


def test_an_item_that_is_being_read_or_was_a_moment_ago_waits() -> None:
    events = [told(1)]
    assert ready(events, 1, in_hand={"item"}) == []
    assert ready(events, 1, begun={"item": START}) == []
    assert len(ready(events, GAP.total_seconds(), begun={"item": START})) == 1


def test_news_takes_along_what_was_tried_in_vain_and_has_a_new_patience() -> None:
    late = START + timedelta(seconds=300)
    events = [told(1, attempts=5, retry_at=late), told(2, 1.0)]
    assert ready(events[:1], 1) == []
    (burst,) = ready(events, 1 + QUIET.total_seconds())
    assert (burst.ids, burst.attempts) == ((1, 2), 0)
    (burst,) = ready(events[:1], 300)
    assert (burst.ids, burst.attempts, burst.is_new) == ((1,), 5, False)


def test_whose_rows_have_changed_is_known_when_every_event_says_so_and_of_which_days() -> None:
    created = told(1, event="transactions/created", detail={"account_id": "one", "oldest_on": "2026-11-20"})
    changed = told(2, event="transactions/updated", detail={"account_id": "two", "ids": ["row"]})
    of_item = told(3)
    dateless = told(4, event="transactions/created", detail={"account_id": "one"})
    nameless = told(5, event="transactions/deleted", detail={"ids": ["row"]})
    for events, accounts in (
        ([created, changed, of_item], {"one", "two"}),
        ([of_item], None),
        ([created, dateless], None),
        ([changed, nameless], None),
    ):
        (burst,) = ready(events, 1)
        assert burst.accounts == accounts


@given(st.lists(st.tuples(st.floats(0, 10), st.sampled_from("abc")), max_size=30), st.floats(0, 12))
def test_every_event_is_ready_once_and_nobody_waits_longer_than_the_longest(
    given_events: list[tuple[float, str]], now: float
) -> None:
    events = [told(number, at, item=item) for number, (at, item) in enumerate(given_events) if at <= now]
    found = bursts(events, START + timedelta(seconds=now), {}, frozenset())
    taken = [number for burst in found.ready for number in burst.ids]
    assert len(taken) == len(set(taken))
    left = [event for event in events if event.id not in taken]
    for event in left:
        assert START + timedelta(seconds=now) - event.received_at < LONGEST
    assert (found.next_at is None) == (not left)
    if found.next_at is not None:
        assert {event.id for event in events} == {
            number for burst in bursts(events, found.next_at + LONGEST, {}, frozenset()).ready for number in burst.ids
        }


@pytest.mark.parametrize(
    ("detail", "stored", "width"),
    [
        ({}, None, "narrow"),
        ({"oldest_on": "2026-11-20"}, None, "narrow"),
        ({"oldest_on": "2026-10-01"}, None, "wide"),
        ({"created_from": "2026-11-22T06:00:00+00:00"}, None, "narrow"),
        ({"created_from": "2026-11-01T06:00:00+00:00"}, None, "wide"),
        ({"ids": ["row"]}, date(2026, 11, 22), "narrow"),
        ({"ids": ["row"]}, date(2026, 3, 1), "wide"),
    ],
)
def test_a_pass_reads_as_far_back_as_the_event_speaks_of(
    detail: dict[str, Any], stored: date | None, width: str
) -> None:
    (burst,) = ready([told(1, event="transactions/updated", detail=detail)], 1)
    assert burst.of_rows
    assert burst.width(TODAY, stored) == width


def test_what_fails_is_given_up_after_a_quarter_of_an_hour() -> None:
    now: datetime | None = START
    for attempts in range(len(RETRIES)):
        assert now is not None
        now = retry_at(attempts, now)
    assert now is not None
    assert timedelta(minutes=12) < now - START < timedelta(minutes=18)
    assert retry_at(len(RETRIES), now) is None
