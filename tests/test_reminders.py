"""Reminders from the rows: at most one message a person and day, whatever happens, and each said once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from open_finance.alert_book import AlertBook
from open_finance.clock import SAO_PAULO, local_day
from open_finance.errors import ConnectionNotFoundError
from open_finance.reminders import Reminder, Reminders
from open_finance.storage import repository
from open_finance.storage.database import Database
from open_finance.storage.models import ConnectionRow
from open_finance.storage.person_models import ReconnectNoticeRow
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.every_row import everything
from tests.rows import add_connection

ANA, BRUNO = 1000, 2000


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


def connect(database: Database, user_id: int = ANA, item_id: str = "item-1", **values: Any) -> int:
    with database.writing() as session:
        return add_connection(session, user_id, item_id, **values)


def change(database: Database, connection_id: int, **values: Any) -> None:
    with database.writing() as session:
        session.execute(update(ConnectionRow).where(ConnectionRow.id == connection_id).values(**values))


def told(reminders: Reminders) -> list[tuple[int, list[str]]]:
    """Send what is due: to whom, and which kinds."""
    due = reminders.list_due()
    for reminder in due:
        reminders.mark_sent(reminder.user_id, reminder.notices)
    return [(each.user_id, [notice.kind for notice in each.notices]) for each in due]


@on_both("database")
def test_one_message_a_person_for_all_banks_the_broken_ones_first(database: Database, clock: ManualClock) -> None:
    ends, stopped = clock.now() + timedelta(days=7), clock.now() - timedelta(hours=1)
    connect(database, item_id="a", consent_expires_at=ends + timedelta(days=5))
    connect(database, item_id="b", consent_expires_at=ends)
    connect(database, item_id="c", trouble_code="INVALID_CREDENTIALS", trouble_at=stopped)
    connect(database, BRUNO, "d", consent_expires_at=ends)
    (anas, brunos) = Reminders(database, clock).list_due()
    assert [(each.kind, each.days_left, each.since) for each in anas.notices] == [
        ("trouble", None, stopped),
        ("expires_7", 7, None),
        ("expires_15", 12, None),
    ]
    assert anas.notices[0].connection["trouble_code"] == "INVALID_CREDENTIALS"
    assert (brunos.user_id, len(brunos.notices)) == (BRUNO, 1)
    assert len(Reminders(database, clock).list_due()) == 2  # until they are marked
    assert len(told(Reminders(database, clock))) == 2
    assert Reminders(database, clock).list_due() == []
    clock.advance(days=1)
    assert told(Reminders(database, clock)) == []


def test_one_person_is_asked_about_alone(sqlite_database: Database, clock: ManualClock) -> None:
    connect(sqlite_database, ANA, "a", trouble_at=clock.now())
    connect(sqlite_database, BRUNO, "b", trouble_at=clock.now())
    reminders = Reminders(sqlite_database, clock)
    everybody = reminders.list_due()
    assert [each.user_id for each in everybody] == [ANA, BRUNO]
    assert [reminders.list_due(person) for person in (ANA, BRUNO, 3000)] == [[everybody[0]], [everybody[1]], []]


@on_both("database")
def test_a_trouble_of_the_same_day_waits_for_the_next_morning(database: Database, clock: ManualClock) -> None:
    connect(database, item_id="a", consent_expires_at=clock.now() + timedelta(days=1, hours=1))
    assert told(Reminders(database, clock)) == [(ANA, ["expires_1"])]
    clock.advance(hours=1)
    connect(database, item_id="b", trouble_at=clock.now())
    assert told(Reminders(database, clock)) == []
    clock.advance(hours=19)  # eight in the morning
    assert told(Reminders(database, clock)) == []
    clock.advance(hours=1)
    assert told(Reminders(database, clock)) == [(ANA, ["trouble"])]


@on_both("database")
def test_erasing_a_bank_gives_no_second_message_that_day(database: Database, clock: ManualClock) -> None:
    first = connect(database, item_id="a", trouble_at=clock.now())
    assert told(Reminders(database, clock)) == [(ANA, ["trouble"])]
    with database.writing() as session:
        repository.remove_connection(session, ANA, first)
    connect(database, item_id="b", trouble_at=clock.now())
    assert told(Reminders(database, clock)) == []
    clock.advance(days=1)
    assert told(Reminders(database, clock)) == [(ANA, ["trouble"])]
    clock.advance(days=3)
    assert told(Reminders(database, clock)) == [(ANA, ["trouble_3"])]
    assert {row["kind"] for row in everything(database)["reconnect_notices"] if row["connection_id"]} == {
        "trouble",
        "trouble_3",
    }
    assert all(row["connection_id"] for row in everything(database)["reconnect_notices"])


@on_both("database")
def test_who_knows_is_reminded_on_the_eve_only(database: Database, clock: ManualClock) -> None:
    ends = clock.now() + timedelta(days=15)
    connection_id = connect(database, consent_expires_at=ends)
    reminders = Reminders(database, clock)
    assert told(reminders) == [(ANA, ["expires_15"])]
    reminders.remind_only_on_the_eve(ANA, connection_id)
    reminders.remind_only_on_the_eve(ANA, connection_id)
    heard = []
    for _ in range(15):
        clock.advance(days=1)
        heard += told(reminders)
    assert heard == [(ANA, ["expires_1"]), (ANA, ["trouble"])]
    change(database, connection_id, consent_expires_at=clock.now() + timedelta(days=7))  # renewed: a new episode
    clock.advance(days=0.5)
    clock.advance(days=0.5)
    assert told(reminders) == [(ANA, ["expires_7"])]


def test_somebody_elses_bank_is_no_bank(sqlite_database: Database, clock: ManualClock) -> None:
    reminders = Reminders(sqlite_database, clock)
    connection_id = connect(sqlite_database, consent_expires_at=clock.now() + timedelta(days=7))
    with pytest.raises(ConnectionNotFoundError):
        reminders.remind_only_on_the_eve(BRUNO, connection_id)
    (due,) = reminders.list_due()
    reminders.mark_sent(BRUNO, due.notices)
    assert everything(sqlite_database)["reconnect_notices"] == []
    without_end = connect(sqlite_database, BRUNO, "item-2")
    reminders.remind_only_on_the_eve(BRUNO, without_end)
    assert everything(sqlite_database)["reconnect_notices"] == []


@pytest.mark.parametrize(
    "state",
    [
        {"settled_at": None},
        {"next_poll_at": START},
        {"disconnect_requested_at": START},
        {"disconnect_requested_at": START, "disconnected_at": START},
    ],
)
def test_a_bank_that_is_being_made_or_left_needs_no_word(
    sqlite_database: Database, clock: ManualClock, state: dict[str, Any]
) -> None:
    connect(sqlite_database, trouble_at=clock.now(), **state)
    assert Reminders(sqlite_database, clock).list_due() == []


def test_an_erasure_in_between_is_no_trouble(sqlite_database: Database, clock: ManualClock) -> None:
    connection_id = connect(sqlite_database, trouble_at=clock.now())
    reminders = Reminders(sqlite_database, clock)
    (due,) = reminders.list_due()
    with sqlite_database.writing() as session:
        session.execute(delete(ConnectionRow).where(ConnectionRow.id == connection_id))
    reminders.mark_sent(ANA, due.notices)
    assert everything(sqlite_database)["reconnect_notices"] == []


class Months:
    """Banks that come, break, heal, are renewed and left, and a bot that is sometimes down. Kept: what was sent when."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.clock = ManualClock()
        self.reminders = Reminders(database, self.clock)
        self.dice = random.Random(seed)
        self.number = 0
        self.sent: list[tuple[datetime, Reminder]] = []

    def live(self, steps: int) -> None:
        deeds = [getattr(self, name) for name in dir(self) if name.startswith("do_")]
        for _ in range(steps):
            self.clock.advance(hours=self.dice.choice((0.3, 2, 5, 11, 26, 50)))
            for _ in range(self.dice.randrange(3)):
                self.dice.choice(deeds)()
            if self.dice.random() < 0.8:  # otherwise nobody ticks
                self.tick()

    def tick(self) -> None:
        for reminder in self.reminders.list_due():
            self.sent.append((self.clock.now(), reminder))
            if self.dice.random() < 0.5:
                self.reminders = Reminders(self.database, self.clock)
            self.reminders.mark_sent(reminder.user_id, reminder.notices)

    def _one(self) -> int | None:
        with self.database.reading() as session:
            ids = [each["id"] for each in repository.list_connections(session, ANA)]
        return self.dice.choice(ids) if ids else None

    def do_connect(self) -> None:
        self.number += 1
        ends = self.dice.choice((None, 3, 10, 20, 40))
        until = None if ends is None else self.clock.now() + timedelta(days=ends)
        connect(self.database, item_id=f"item-{self.number}", consent_expires_at=until)

    def do_break(self) -> None:
        if (chosen := self._one()) is not None:
            change(self.database, chosen, trouble_code="INVALID_CREDENTIALS", trouble_at=self.clock.now())

    def do_heal(self) -> None:
        if (chosen := self._one()) is not None:
            ends = self.clock.now() + timedelta(days=self.dice.choice((2, 9, 30)))
            change(self.database, chosen, trouble_code=None, trouble_at=None, consent_expires_at=ends)

    def do_leave(self) -> None:
        chosen = self._one()
        if chosen is not None and self.dice.random() < 0.5:
            with self.database.writing() as session:
                repository.remove_connection(session, ANA, chosen)

    def do_hush(self) -> None:
        if (chosen := self._one()) is not None:
            self.reminders.remind_only_on_the_eve(ANA, chosen)


@pytest.mark.parametrize("seed", range(12))
def test_in_any_months_no_nagging(sqlite_database: Database, seed: int) -> None:
    months = Months(sqlite_database, seed)
    months.live(60)
    days = [local_day(at) for at, _ in months.sent]
    assert len(days) == len(set(days)), "two messages on one day"
    assert all(9 <= at.astimezone(SAO_PAULO).hour < 21 for at, _ in months.sent)
    said = [(at, notice) for at, reminder in months.sent for notice in reminder.notices]
    once = Counter((notice.connection["id"], notice.kind, notice.episode) for _, notice in said)
    assert set(once.values()) <= {1}, "something was said twice"
    for at, notice in said:
        if notice.kind.startswith("trouble"):
            assert notice.since is not None
            assert notice.kind == "trouble" or (local_day(at) - local_day(notice.since)).days >= 3
        else:
            assert notice.days_left is not None
            assert 0 <= notice.days_left <= int(notice.kind.removeprefix("expires_"))


def test_those_months_say_everything_there_is_to_say(sqlite_database: Database) -> None:
    """The control: every kind comes up, so that the test above can fail."""
    kinds: set[str] = set()
    months = Months(sqlite_database, 0)
    months.live(400)
    kinds = {notice.kind for _, reminder in months.sent for notice in reminder.notices}
    assert kinds == {"expires_15", "expires_7", "expires_1", "trouble", "trouble_3"}
    with sqlite_database.reading() as session:
        assert session.query(ReconnectNoticeRow).count() >= len(kinds)


@on_both("database")
def test_who_wants_to_hear_nothing_of_banks_hears_nothing(database: Database, clock: ManualClock) -> None:
    for person in (ANA, BRUNO):
        connect(database, person, f"item-{person}", trouble_at=clock.now())
    book, reminders = AlertBook(database, clock), Reminders(database, clock)
    book.change(ANA, banks=False)
    assert [each.user_id for each in reminders.list_due()] == [BRUNO]
    assert reminders.list_due(ANA) == []
    book.change(ANA, banks=True)
    assert [each.user_id for each in reminders.list_due()] == [ANA, BRUNO]


def test_nobody_is_reminded_in_quiet_hours_of_their_own(sqlite_database: Database, clock: ManualClock) -> None:
    connect(sqlite_database, trouble_at=clock.now())
    AlertBook(sqlite_database, clock).change(ANA, quiet_from=time(11), quiet_to=time(14))  # at noon
    assert told(Reminders(sqlite_database, clock)) == []
    clock.advance(hours=2)
    assert told(Reminders(sqlite_database, clock)) == [(ANA, ["trouble"])]
