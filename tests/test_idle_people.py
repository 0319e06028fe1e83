"""Who is away: known since when, warned by the outbox, disconnected in the end. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

import open_finance.storage
from open_finance.clock import local_day
from open_finance.config import Settings
from open_finance.errors import PluggyUnreachableError
from open_finance.idle_people import PEOPLE_A_CALL, IdlePeople
from open_finance.pluggy_client import PluggyClient
from open_finance.storage import erasures, outbox, people_seen, repository, system
from open_finance.storage.alert_models import NotificationRow, PersonSeenRow
from open_finance.storage.database import Database
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.rows import add_connection

ANA, BRUNO = 1000, 2000
TERM = 180


class Pluggy:
    """Deletes items, or cannot be reached."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.is_away = False

    def delete_item(self, item_id: str) -> None:
        if self.is_away:
            raise PluggyUnreachableError("away")
        self.deleted.append(item_id)


class World:
    """Ana and Bruno with two banks and one, and what the bot would do with them, day by day."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.pluggy = database, ManualClock(), Pluggy()
        self.people = self.another()
        with database.writing() as session:
            self.anas = [add_connection(session, ANA, item_id=f"ana-{n}") for n in (1, 2)]
            add_connection(session, BRUNO, item_id="bruno-1")

    def another(self, idle_days: int = TERM) -> IdlePeople:
        """The same as another process would have it."""
        client = cast("PluggyClient", self.pluggy)
        return IdlePeople(client, self.database, self.clock, settings=Settings(idle_days=idle_days))

    def tick(self, outcome: outbox.Outcome = "sent", people: IdlePeople | None = None) -> list[int]:
        """What the hour brings: whoever is due is looked at, and what waits in the outbox is settled."""
        people = people or self.people
        stepped = [person for person in people.list_due() if people.take_step(person)]
        for person in (ANA, BRUNO):
            self.settle(person, outcome)
        return stepped

    def settle(self, person: int, outcome: outbox.Outcome = "sent") -> None:
        now = self.clock.now()
        with self.database.writing() as session:
            claimed = outbox.claim_notifications(session, person, now, 45)
            outbox.settle_notifications(session, person, [one.id for one in claimed], outcome, now, message_id=1)

    def pass_days(self, days: int, outcome: outbox.Outcome = "sent", *, here: int | None = BRUNO) -> None:
        """Day by day at noon, but for the first months, in which nothing can happen; ``here``: who says a word each time."""
        quiet = 140 if days > 140 else 1
        for span in [quiet] + [1] * (days - quiet):
            self.clock.advance(days=span)
            if here is not None:
                self.people.note_seen(here)
            self.tick(outcome)

    def told(self, person: int = ANA) -> list[str]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(NotificationRow).where(NotificationRow.user_id == person).order_by(NotificationRow.id)
            )
            return [f"{row.kind}:{row.key.split(':')[3]}" if row.kind == "idle" else row.kind for row in rows]

    def standing(self, person: int = ANA) -> int:
        with self.database.reading() as session:
            return sum(not each["disconnecting"] for each in repository.list_connections(session, person))

    def seen(self) -> dict[int, datetime]:
        with self.database.reading() as session:
            rows = session.execute(select(PersonSeenRow.user_id, PersonSeenRow.last_seen_at))
            return {row.user_id: row.last_seen_at for row in rows}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with database_for(request) as database:
        yield World(database)


both = on_both("world")


@both
def test_the_clock_of_whoever_was_never_seen_starts_at_the_first_look(world: World) -> None:
    world.tick()
    assert world.seen() == {ANA: START, BRUNO: START}
    world.clock.advance(days=3)
    world.tick()
    assert world.seen() == {ANA: START, BRUNO: START}


@both
def test_a_person_is_noted_once_a_day(world: World) -> None:
    world.tick()
    world.clock.advance(hours=2)
    world.people.note_seen(ANA)
    assert world.seen()[ANA] == START
    now = world.clock.advance(days=1)
    world.people.note_seen(ANA)
    world.clock.advance(hours=1)
    world.people.note_seen(ANA)
    assert world.seen() == {ANA: now, BRUNO: START}


@both
def test_nothing_is_kept_of_who_has_no_bank(world: World) -> None:
    world.people.note_seen(3000)
    world.tick()
    with world.database.writing() as session:
        for connection_id in world.anas:
            repository.request_disconnection(session, ANA, connection_id, erase_history=False, now=START)
            repository.finish_disconnection(session, ANA, connection_id, START)
    world.clock.advance(hours=1)
    world.tick()
    assert set(world.seen()) == {BRUNO}


@both
def test_three_warnings_and_then_all_banks_leave_with_their_history_kept(world: World) -> None:
    world.tick()
    world.pass_days(149)
    assert world.told() == []
    world.pass_days(1)
    assert world.told() == ["idle:30"]
    world.pass_days(29)
    assert world.told() == ["idle:30", "idle:7", "idle:1"]
    assert world.standing() == 2
    world.pass_days(1)
    assert world.told() == ["idle:30", "idle:7", "idle:1", "idle_end"]
    assert world.standing() == 0
    assert sorted(world.pluggy.deleted) == ["ana-1", "ana-2"]
    with world.database.reading() as session:
        assert len(repository.list_ended_connections(session, ANA)) == 2
    world.pass_days(40)
    assert len(world.told()) == 4
    assert world.told(BRUNO) == []


@both
def test_whoever_comes_back_begins_anew(world: World) -> None:
    world.tick()
    world.pass_days(175)
    world.people.note_seen(ANA)
    world.pass_days(149)
    assert world.told() == ["idle:30", "idle:7"]
    world.pass_days(1)
    assert world.told() == ["idle:30", "idle:7", "idle:30"]
    assert world.standing() == 2


@both
def test_a_warning_that_is_not_sent_yet_holds_up_everything_that_follows_and_is_void_when_they_are_here(
    world: World,
) -> None:
    world.tick()
    world.clock.advance(days=150)
    assert [person for person in world.people.list_due() if world.people.take_step(person)] == [ANA, BRUNO]
    for _ in range(60):
        world.clock.advance(days=1)
        assert not any(world.people.take_step(person) for person in world.people.list_due())
    with world.database.reading() as session:
        [warning] = outbox.list_of_kind(session, ANA, "idle")
    notice = world.people.find_warning(ANA, warning)
    assert notice is not None
    assert (notice.idle_for, notice.days_left, len(notice.connections)) == (210, 30, 2)
    assert notice.ends_on == local_day(world.clock.now()) + timedelta(days=30)
    world.people.note_seen(ANA)
    assert world.people.find_warning(ANA, warning) is None


@both
def test_a_warning_that_was_taken_back_is_written_again_and_counts_for_nothing(world: World) -> None:
    world.tick()
    world.pass_days(150, "gone")
    world.clock.advance(days=1)
    world.tick("gone")
    assert world.told() == ["idle:30", "idle:30"]
    world.pass_days(1)
    assert world.told() == ["idle:30"] * 3
    world.pass_days(29)
    assert world.standing() == 2
    world.pass_days(1)
    assert world.standing() == 0


@both
def test_who_blocked_the_bot_is_disconnected_a_month_later_all_the_same(world: World) -> None:
    world.tick()
    world.pass_days(209, "blocked")
    assert world.standing() == 2
    world.pass_days(1, "blocked")
    assert world.standing() == 0
    assert world.told() == ["idle:30", "idle:7", "idle:1", "idle_end"]


@both
def test_with_pluggy_away_the_wish_stands_and_is_repeated(world: World) -> None:
    world.tick()
    world.pass_days(179)
    world.pluggy.is_away = True
    world.clock.advance(days=1)
    world.people.note_seen(BRUNO)
    assert world.tick() == [ANA]
    assert world.standing() == 0
    with world.database.reading() as session:
        [told] = outbox.list_of_kind(session, ANA, "idle_end")
        pending = system.list_pending_disconnections(session, world.clock.now())
    assert [each["item_id"] for each in pending] == ["ana-1", "ana-2"]
    farewell = world.people.find_end(ANA, told)
    assert farewell is not None
    assert (len(farewell.connections), len(farewell.unconfirmed), farewell.idle_for) == (2, 2, 180)
    world.clock.advance(hours=1)
    assert world.tick() == []


@both
def test_two_processes_warn_once_and_end_once(world: World) -> None:
    world.tick()
    world.clock.advance(days=150)
    world.people.note_seen(BRUNO)
    together(world, "idle:30")
    world.settle(ANA)
    world.pass_days(29)
    world.clock.advance(days=1)
    world.people.note_seen(BRUNO)
    together(world, "idle_end")
    assert world.told() == ["idle:30", "idle:7", "idle:1", "idle_end"]
    assert sorted(world.pluggy.deleted) == ["ana-1", "ana-2"]


def together(world: World, wrote: str) -> None:
    """Four processes take Ana's step at the same time: one does."""
    barrier, results = threading.Barrier(4), list[bool]()

    def step() -> None:
        people = world.another()
        barrier.wait()
        results.append(people.take_step(ANA))

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert world.told()[-1] == wrote


@both
def test_nothing_happens_at_night_and_a_tick_takes_some_people(world: World) -> None:
    with world.database.writing() as session:
        for person in range(PEOPLE_A_CALL + 5):
            add_connection(session, 5000 + person, item_id=f"other-{person}")
    world.tick()
    world.clock.advance(days=150, hours=12)  # midnight
    assert world.people.list_due() == []
    world.clock.advance(hours=9)
    first, second = world.people.list_due(), world.people.list_due()
    assert (len(first), len(second)) == (PEOPLE_A_CALL, 7)
    assert len({*first, *second}) == PEOPLE_A_CALL + 7
    assert world.people.list_due() == []


@both
def test_without_a_term_nobody_is_warned_but_it_is_known_since_when_they_are_away(world: World) -> None:
    off = world.another(0)
    off.list_due()
    for _ in range(3):
        world.clock.advance(days=300)
        assert off.list_due() == []
    assert world.seen()[ANA] == START
    assert not off.take_step(ANA)
    assert world.told() == []


@both
def test_a_new_term_warns_anew(world: World) -> None:
    world.tick()
    world.pass_days(179)
    shorter = world.another(90)
    world.clock.advance(days=1)
    world.tick(people=shorter)
    assert world.told()[-1] == "idle:30"
    assert world.standing() == 2


@both
def test_who_is_being_erased_is_left_to_the_erasure(world: World) -> None:
    world.tick()
    world.pass_days(179)
    with world.database.writing() as session:
        assert erasures.add_erasure(session, ANA, "P-1", world.clock.now())
    world.pass_days(5)
    assert world.told() == ["idle:30", "idle:7", "idle:1"]
    assert world.standing() == 2
    with world.database.writing() as session:
        session.execute(text("DELETE FROM people_seen"))
    world.pass_days(1)
    assert set(world.seen()) == {BRUNO}


@both
def test_an_answer_to_a_warning_is_the_persons_own_and_not_for_ever(world: World) -> None:
    world.tick()
    world.pass_days(150)
    with world.database.reading() as session:
        [warning] = outbox.list_of_kind(session, ANA, "idle")
    assert len(world.people.list_warned(ANA, warning.id)) == 2
    assert world.people.list_warned(BRUNO, warning.id) == []
    assert world.people.disconnect_now(BRUNO, warning.id) is None
    world.people.note_seen(ANA)
    world.clock.advance(days=41)
    assert world.people.list_warned(ANA, warning.id) == []
    assert world.people.disconnect_now(ANA, warning.id) is None
    assert world.standing() == 2
    assert world.pluggy.deleted == []


@both
def test_disconnecting_now_ends_all_of_them_once(world: World) -> None:
    world.tick()
    world.pass_days(150)
    with world.database.reading() as session:
        [warning] = outbox.list_of_kind(session, ANA, "idle")
    farewell = world.people.disconnect_now(ANA, warning.id)
    assert farewell is not None
    assert (len(farewell.connections), farewell.unconfirmed, farewell.idle_for) == (2, (), None)
    assert world.people.disconnect_now(ANA, warning.id) is None
    assert sorted(world.pluggy.deleted) == ["ana-1", "ana-2"]


def test_at_the_migration_the_clock_of_those_who_have_a_bank_starts(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    database.migrate()
    began = datetime.now(UTC)
    with database.writing() as session:
        add_connection(session, ANA, item_id="ana-1")
        add_connection(session, ANA, item_id="ana-2")
        left = add_connection(session, BRUNO, item_id="bruno-1")
        repository.request_disconnection(session, BRUNO, left, erase_history=False, now=START)
        repository.finish_disconnection(session, BRUNO, left, START)
    again(database)
    with database.reading() as session:
        [(person, seen_at)] = session.execute(select(PersonSeenRow.user_id, PersonSeenRow.last_seen_at)).all()
        assert people_seen.find_seen(session, BRUNO) is None
    assert person == ANA
    assert began <= seen_at <= datetime.now(UTC)
    database.dispose()


def again(database: Database) -> None:
    """Take the migration back, and run it once more."""
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(open_finance.storage.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    database.migrate()
