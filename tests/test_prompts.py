"""What a person is asked to type: one thing at a time, for fifteen minutes, by whichever process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from open_finance.prompts import Prompts
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.databases import database_for, on_both

ANA, BRUNO = 1000, 2000


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


@on_both("database")
def test_the_latest_question_counts_and_outlives_the_process(database: Database, clock: ManualClock) -> None:
    Prompts(database, clock).ask(ANA, "erase", message_id=5)
    Prompts(database, clock).ask(ANA, "rename", 7, 6)
    found = Prompts(database, clock).find(ANA)
    assert found is not None
    assert (found["kind"], found["target_id"], found["message_id"]) == ("rename", 7, 6)
    assert Prompts(database, clock).find(BRUNO) is None
    assert not Prompts(database, clock).close(BRUNO)
    assert Prompts(database, clock).close(ANA)
    assert not Prompts(database, clock).close(ANA)


@on_both("database")
def test_after_fifteen_minutes_nothing_is_asked_and_one_caller_is_told(database: Database, clock: ManualClock) -> None:
    prompts = Prompts(database, clock)
    prompts.ask(ANA, "erase")
    clock.advance(minutes=1)
    prompts.ask(BRUNO, "erase")
    clock.advance(minutes=14)
    assert prompts.find(ANA) is None
    assert [each["user_id"] for each in prompts.take_expired()] == [ANA]
    assert prompts.take_expired() == []
    assert prompts.find(BRUNO) is not None
