"""The pace at which Pluggy is asked: no minute holds too many calls, no turn is lost, people do not wait at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.errors import PluggyRateLimitError, PluggyUnreachableError
from open_finance.pacing import DEFAULT_LIMIT, NO_PACING, PLUGGY_LIMITS, WINDOW_SECONDS, Limit, LocalPacer, TokenBucket
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.pluggy_stub import ACCOUNT_ID, ITEM, ITEM_ID, Pluggy, canned_pluggy, settings

PATH = f"/items/{ITEM_ID}"
READ, REFRESH, ROWS = "GET /items/{item_id}", "PATCH /items/{item_id}", "GET /v2/transactions"
PUBLISHED = {ROWS: 360, REFRESH: 20}


def most_in_a_minute(times: list[float]) -> int:
    """The calls of the fullest sixty seconds."""
    return max((sum(start <= at < start + WINDOW_SECONDS for at in times) for start in times), default=0)


def send(pacer: LocalPacer, clock: ManualClock, *, person: bool = False) -> float:
    """Wait for a turn, as a client does; the moment it came."""
    while (seconds := pacer.take(READ, person=person)) > 0:
        clock.sleep(seconds)
    return clock.monotonic()


# --- one bucket ----------------------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate() -> None:
    clock = ManualClock()
    bucket = TokenBucket(2.0, 3, clock)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]
    clock.advance(0.5)
    assert [bucket.take() for _ in range(2)] == [0, 0.5]


def test_a_rest_fills_the_bucket_to_its_burst_and_no_further() -> None:
    clock = ManualClock()
    bucket = TokenBucket(2.0, 3, clock)
    clock.advance(hours=1)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_debt_is_paid_before_anybody_else_has_a_turn() -> None:
    clock = ManualClock()
    bucket = TokenBucket(1.0, 2, clock)
    assert [bucket.take(into_debt=True) for _ in range(5)] == [0] * 5
    assert bucket.take() == 4


def test_a_token_given_back_is_there_for_the_next() -> None:
    bucket = TokenBucket(1.0, 1, ManualClock())
    assert bucket.take() == 0
    bucket.give_back()
    assert bucket.take() == 0
    assert bucket.take() > 0


def test_of_many_threads_as_many_get_a_token_as_there_are_tokens() -> None:
    bucket, gate = TokenBucket(1.0, 50, ManualClock()), threading.Barrier(8)

    def take_some(_: int) -> int:
        gate.wait()
        return sum(bucket.take() == 0 for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take_some, range(8))) == 50


# --- an endpoint's minute ------------------------------------------------------------------------------------------


@given(
    limit=st.builds(
        Limit, calls=st.integers(1, 30), rate=st.floats(0.05, 2.0, allow_nan=False), burst=st.integers(1, 20)
    ),
    calls=st.lists(st.tuples(st.booleans(), st.floats(0, 20, allow_nan=False)), max_size=120),
)
def test_no_sixty_seconds_hold_more_than_the_limit_whoever_asks(limit: Limit, calls: list[tuple[bool, float]]) -> None:
    clock = ManualClock()
    pacer = LocalPacer(clock, {READ: limit})
    sent: list[float] = []
    for person, pause in calls:
        clock.advance(pause)
        if pacer.take(READ, person=person) == 0:
            sent.append(clock.monotonic())
    assert most_in_a_minute(sent) <= limit.calls


@given(pauses=st.lists(st.floats(0, 3, allow_nan=False), max_size=60))
def test_no_token_is_lost_whoever_waits(pauses: list[float]) -> None:
    """Whatever the rhythm, work is never further behind than a bucket that lost nothing allows."""
    clock = ManualClock()
    limit = Limit(calls=1000, rate=1.0, burst=5)
    pacer = LocalPacer(clock, {READ: limit})
    tokens, at = float(limit.burst), 0.0
    for pause in pauses:
        clock.advance(pause)
        tokens = min(limit.burst, tokens + (clock.monotonic() - at) * limit.rate)
        at = clock.monotonic()
        sent = send(pacer, clock)
        assert sent - at <= max(0.0, (1 - tokens) / limit.rate) + 0.002
        tokens += (sent - at) * limit.rate - 1
        at = sent


@pytest.mark.parametrize("endpoint", PUBLISHED)
def test_work_and_people_together_stay_under_what_pluggy_publishes(endpoint: str) -> None:
    clock = ManualClock()
    pacer, sent = LocalPacer(clock), []
    for step in range(4000):
        if pacer.take(endpoint, person=step % 3 == 0) == 0:
            sent.append(clock.monotonic())
        clock.advance(0.05)
    assert 0.9 * PUBLISHED[endpoint] <= most_in_a_minute(sent) < PUBLISHED[endpoint]


def test_four_hundred_calls_take_little_longer_than_pluggy_allows() -> None:
    clock = ManualClock()
    pacer = LocalPacer(clock)
    sent = [send(pacer, clock) for _ in range(400)]
    assert sent[-1] <= 1.1 * 400 / 6
    assert most_in_a_minute(sent) <= DEFAULT_LIMIT.calls - 15  # which are for people


def test_a_person_goes_at_once_while_work_waits_and_the_work_gives_way() -> None:
    clock = ManualClock()
    pacer = LocalPacer(clock)
    for _ in range(30):
        send(pacer, clock)
    assert [pacer.take(READ, person=True) for _ in range(11)] == [0] * 11
    assert pacer.take(READ, person=False) > 11 / DEFAULT_LIMIT.rate


def test_a_person_is_refused_only_when_the_minute_is_full() -> None:
    clock = ManualClock()
    pacer = LocalPacer(clock)
    limit = PLUGGY_LIMITS[REFRESH]
    assert [pacer.take(REFRESH, person=True) for _ in range(limit.calls)] == [0] * limit.calls
    assert pacer.take(REFRESH, person=True) == WINDOW_SECONDS
    assert pacer.take(READ, person=True) == 0
    clock.advance(WINDOW_SECONDS)
    assert pacer.take(REFRESH, person=True) == 0


def test_nobody_is_refused_for_a_limit_that_is_only_guessed_but_work_keeps_to_it() -> None:
    pacer = LocalPacer(ManualClock())
    assert [pacer.take(READ, person=True) for _ in range(1000)] == [0] * 1000
    assert pacer.take(READ, person=False) == WINDOW_SECONDS


def test_a_call_that_was_not_sent_counts_nowhere() -> None:
    pacer = LocalPacer(ManualClock(), {READ: Limit(calls=1, rate=1.0, burst=1)})
    assert pacer.take(READ, person=False) == 0
    pacer.give_back(READ)
    assert pacer.take(READ, person=False) == 0


# --- the client ----------------------------------------------------------------------------------------------------


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        pluggy.answer("GET", PATH, ITEM)
        yield pluggy


def test_work_waits_for_its_turn_and_loses_no_time_before(pluggy: Pluggy) -> None:
    for _ in range(DEFAULT_LIMIT.burst):
        pluggy.client.get_item(ITEM_ID)
    assert pluggy.clock.slept == []
    pluggy.client.get_item(ITEM_ID)
    assert sum(pluggy.clock.slept) == pytest.approx(1 / DEFAULT_LIMIT.rate, abs=0.002)


def test_every_endpoint_has_a_turn_of_its_own(pluggy: Pluggy) -> None:
    pluggy.answer("GET", f"/accounts/{ACCOUNT_ID}", {"id": ACCOUNT_ID})
    for _ in range(DEFAULT_LIMIT.burst):
        pluggy.client.get_item(ITEM_ID)
        pluggy.client.get_account(ACCOUNT_ID)
    assert pluggy.clock.slept == []


def test_a_repeat_takes_a_turn_as_well(clock: ManualClock) -> None:
    with canned_pluggy(clock) as pluggy:
        for _ in range(2):
            pluggy.answer("GET", PATH, {"message": "later"}, 500)
        pluggy.answer("GET", PATH, ITEM)
        pacer = LocalPacer(clock, {READ: Limit(calls=3, rate=100.0, burst=10)})
        client = PluggyClient(settings(), clock=clock, jitter=lambda: 0.0, pacer=pacer)
        client.get_item(ITEM_ID)
        assert pluggy.count("GET", PATH) == 3
        with pytest.raises(PluggyRateLimitError):
            client.for_person().get_item(ITEM_ID)


def test_a_persons_command_never_waits_for_a_turn(pluggy: Pluggy) -> None:
    pluggy.answer("GET", "/v2/transactions", {"results": [], "next": None})
    person = pluggy.client.for_person()
    for _ in range(PLUGGY_LIMITS[ROWS].calls):
        list(person.iter_transaction_pages(ACCOUNT_ID))
    with pytest.raises(PluggyRateLimitError) as refused:
        list(person.iter_transaction_pages(ACCOUNT_ID))
    assert refused.value.retry_after == WINDOW_SECONDS
    assert pluggy.clock.slept == []
    assert pluggy.count("GET", "/v2/transactions") == PLUGGY_LIMITS[ROWS].calls


def test_a_person_waits_for_a_moment_rather_than_be_refused(clock: ManualClock) -> None:
    with canned_pluggy(clock) as pluggy:
        pluggy.answer("GET", PATH, ITEM)
        pacer = LocalPacer(clock, {READ: Limit(calls=2, rate=1.0, burst=1)})
        person = PluggyClient(settings(), clock=clock, pacer=pacer).for_person()
        person.get_item(ITEM_ID)
        clock.advance(WINDOW_SECONDS - 1)
        person.get_item(ITEM_ID)
        person.get_item(ITEM_ID)
        assert sum(clock.slept) == pytest.approx(1, abs=0.01)


def test_a_turn_that_would_come_after_the_deadline_is_not_waited_for(clock: ManualClock) -> None:
    with canned_pluggy(clock) as pluggy:
        pluggy.answer("GET", "/v2/transactions", {"results": [], "next": None})
        pacer = LocalPacer(clock, {"GET /v2/transactions": Limit(calls=10, rate=0.1, burst=1)})
        client = PluggyClient(settings(), clock=clock, pacer=pacer)
        assert list(client.iter_transaction_pages(ACCOUNT_ID, deadline=5.0)) == [[]]
        with pytest.raises(PluggyUnreachableError) as late:
            list(client.iter_transaction_pages(ACCOUNT_ID, deadline=5.0))
        assert not late.value.sent
        assert clock.slept == []


def test_a_stop_ends_the_wait_for_a_turn(pluggy: Pluggy) -> None:
    stopping = threading.Event()

    class StoppingClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            stopping.set()

    clock = StoppingClock()
    pacer = LocalPacer(clock, {READ: Limit(calls=10, rate=0.01, burst=1)})
    worker = PluggyClient(settings(), clock=clock, pacer=pacer).for_worker(stopping)
    worker.get_item(ITEM_ID)
    with pytest.raises(PluggyUnreachableError):
        worker.get_item(ITEM_ID)
    assert sum(clock.slept) == 1


def test_a_clock_that_stands_still_holds_nobody_for_ever() -> None:
    class StoppedClock(ManualClock):
        def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)

    clock = StoppedClock()
    with canned_pluggy(clock) as pluggy:
        pluggy.answer("GET", PATH, ITEM)
        client = PluggyClient(settings(), clock=clock)
        for _ in range(400):
            client.get_item(ITEM_ID)


def test_without_pacing_nothing_waits(clock: ManualClock) -> None:
    with canned_pluggy(clock) as pluggy:
        pluggy.answer("GET", PATH, ITEM)
        client = PluggyClient(settings(), clock=clock, pacer=NO_PACING)
        for _ in range(400):
            client.get_item(ITEM_ID)
        assert clock.slept == []
