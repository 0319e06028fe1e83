"""Every table has a time for which it is kept, written down for people; what is over it goes, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from open_finance.config import Settings
from open_finance.retention import EVERY, PERSONS_OWN, ROWS_A_CALL, WHILE_NEEDED, Retention, terms
from open_finance.storage.database import Database
from open_finance.storage.models import Base
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.test_ownership import add_anas_rows

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "retencao.md").read_text(encoding="utf-8")
SECOND = timedelta(seconds=1)
TERMS = terms(90)
#: What says of a row of each table that it is over, and since when; what else it must say to be so.
OVER: dict[str, tuple[str, dict[str, Any]]] = {
    "webhook_events": ("handled_at", {}),
    "notifications": ("settled_at", {"outcome": "sent"}),
    "attempts": ("at", {}),
    "connection_intents": ("updated_at", {"state": "done", "connection_id": None}),
    "category_changes": ("made_at", {}),
    "reconnect_notices": ("sent_at", {"connection_id": None}),
    "bank_watches": ("created_at", {}),
    "sync_runs": ("finished_at", {}),
}


class World:
    """A row of Ana's in every table, all of the same moment, and one event of Pluggy's."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, ManualClock()
        with database.writing() as session:
            add_anas_rows(session)
            event = {"event_id": "1", "event": "item/updated", "detail": {}, "received_at": START, "attempts": 0}
            session.execute(insert(Base.metadata.tables["webhook_events"]).values(event))

    def retention(self, days: int = 90) -> Retention:
        return Retention(self.database, self.clock, settings=Settings(retention_days=days))

    def over(self, at: datetime, *tables: str) -> None:
        """What these tables tell of is over since then."""
        with self.database.writing() as session:
            for name in tables or OVER:
                column, more = OVER[name]
                values = {column: at, **more} | ({"created_at": at} if name == "notifications" else {})
                session.execute(update(Base.metadata.tables[name]).values(values))

    def counts(self) -> dict[str, int]:
        with self.database.reading() as session:
            tables = Base.metadata.tables.items()
            return {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with database_for(request) as database:
        yield World(database)


both = on_both("world")


def test_every_table_is_kept_for_one_reason() -> None:
    kinds = [PERSONS_OWN, WHILE_NEEDED, frozenset(TERMS)]
    assert frozenset().union(*kinds) == set(Base.metadata.tables)
    assert sum(map(len, kinds)) == len(Base.metadata.tables)
    assert set(OVER) == set(TERMS)


def documented() -> dict[str, tuple[str, str]]:
    """Table → how long and why, as the page says."""
    section = PAGE.partition("## Tabela por tabela")[2]
    return {
        name: (time, why) for name, time, why in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    }


def test_the_page_names_every_table_how_long_and_why() -> None:
    page = documented()
    assert set(page) == set(Base.metadata.tables)
    for name, (time, why) in page.items():
        assert len(why) > 12, name
        assert (time == "até a pessoa apagar") == (name in PERSONS_OWN), name
        if name in TERMS:
            days = TERMS[name].keep.days
            assert f"{days} {'dia' if days == 1 else 'dias'}" in time, name
            assert ("RETENTION_DAYS" in time) == (terms(7)[name].keep != TERMS[name].keep), name


@both
def test_what_is_over_its_time_goes_and_nothing_else(world: World) -> None:
    before = world.counts()
    assert before["sync_runs"] == before["bank_transactions"] == before["webhook_events"] == 1
    for name, term in TERMS.items():
        world.over(world.clock.now() - term.keep + SECOND, name)
    assert set(world.retention().clean().values()) == {0}
    assert world.counts() == before
    for name, term in TERMS.items():
        world.over(world.clock.now() - term.keep - SECOND, name)
    assert world.retention().clean() == dict.fromkeys(TERMS, 1)
    assert world.counts() == {name: 0 if name in TERMS else many for name, many in before.items()}


@both
def test_what_is_not_over_stays_however_old(world: World) -> None:
    world.over(START)
    with world.database.writing() as session:
        tables = Base.metadata.tables
        session.execute(update(tables["webhook_events"]).values(handled_at=None))
        session.execute(update(tables["notifications"]).values(settled_at=None, outcome=None))
        session.execute(update(tables["connection_intents"]).values(state="collecting"))
        session.execute(update(tables["reconnect_notices"]).values(connection_id=1))
    world.clock.advance(days=4000)
    world.retention().clean()
    kept = {"webhook_events", "notifications", "connection_intents", "reconnect_notices"}
    assert {name for name, many in world.counts().items() if many and name in TERMS} == kept
    assert all(many for name, many in world.counts().items() if name in PERSONS_OWN)


def test_an_operator_may_want_less(world: World) -> None:
    world.over(START, "sync_runs", "bank_watches", "notifications")
    world.clock.advance(days=8)
    forgotten = world.retention(90).clean()
    assert not any(forgotten[name] for name in ("sync_runs", "bank_watches", "notifications"))
    forgotten = world.retention(7).clean()
    assert {name for name, many in forgotten.items() if many} == {"sync_runs", "bank_watches"}


def test_it_is_done_once_an_hour_and_many_rows_in_parts(world: World) -> None:
    retention = world.retention()
    runs = Base.metadata.tables["sync_runs"]
    with world.database.writing() as session:
        [row] = session.execute(select(runs)).mappings()
        values = {**row, "finished_at": START}
        session.execute(update(runs).values(finished_at=START))
        session.execute(insert(runs), [values | {"id": number} for number in range(2, ROWS_A_CALL + 11)])
    world.clock.advance(days=91)
    retention.clean_hourly()
    assert world.counts()["sync_runs"] == 10
    retention.clean_hourly()
    assert world.counts()["sync_runs"] == 0
    world.over(START, "reconnect_notices")
    retention.clean_hourly()
    assert world.counts()["reconnect_notices"] == 1
    world.clock.advance(EVERY.total_seconds())
    retention.clean_hourly()
    assert world.counts()["reconnect_notices"] == 0
