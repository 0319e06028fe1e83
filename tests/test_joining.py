"""Whatever the doors through which a person came to one account, its history is there once, and can be taken apart again."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from open_finance.account_book import AccountBook
from open_finance.clock import local_day
from open_finance.storage import repository
from open_finance.storage.models import AccountRow, ConnectionRow, TransactionRow
from tests.fake_bank import CARD, CHECKING, ITEM, World
from tests.rows import USER
from tests.test_sync_convergence import fresh_world

Json = dict[str, Any]

#: One shop as different doors word it: alike, and not at all.
WORDS = (
    ("Padaria Exemplo", "PADARIA EXEMPLO LTDA", "Padaria Exemplo"),
    ("Uber *Trip", "Compra no débito 4711", "UBER TRIP HELP"),
    ("Pix enviado", "Pix enviado", "PIX ENV"),
)
AMOUNTS = (Decimal("-5.00"), Decimal("-27.90"), Decimal("100.00"))


@dataclass(frozen=True)
class Purchase:
    """Something that happened on a day (counted from the beginning), whatever the doors make of it."""

    account: str
    day: int
    amount: Decimal
    words: tuple[str, str, str]
    instalment: tuple[int, int] | None
    pending: bool


@dataclass(frozen=True)
class DoorPlan:
    """A connection: how long after the one before, how many days it lists, and how the earlier ones end: ``beside``, after
    it was read for the first time (``fresh``: and collected once more), ``stay``, only with the next one's coming.
    ``late``: days by which it shows instalments after others do."""

    days_later: int
    listed_days: int
    ending: str
    beside: bool
    fresh: bool
    stay: bool
    late: int


purchases = st.builds(
    Purchase,
    account=st.sampled_from([CHECKING, CARD]),
    day=st.integers(0, 60),
    amount=st.sampled_from(AMOUNTS),
    words=st.sampled_from(WORDS),
    instalment=st.sampled_from([None, None, (1, 3), (2, 3)]),
    pending=st.booleans(),
)
doors = st.lists(
    st.builds(
        DoorPlan,
        days_later=st.integers(0, 20),
        listed_days=st.sampled_from([8, 30, 90]),
        ending=st.sampled_from(["kept", "leaving", "gone"]),
        beside=st.booleans(),
        fresh=st.booleans(),
        stay=st.booleans(),
        late=st.sampled_from([0, 0, 4]),
    ),
    min_size=2,
    max_size=3,
)


@dataclass
class Life:
    """The person's doors to one bank, one after the other, and what must be true of the books."""

    world: World
    purchases: list[Purchase]
    seed: int
    today: int = 40
    late: int = 0
    items: list[tuple[int, str]] = field(default_factory=list)
    standing_ids: list[int] = field(default_factory=list)
    before: dict[str, dict[str, Json]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.first_day = local_day(self.world.clock.now()) - timedelta(days=self.today)

    def open_door(self, number: int, plan: DoorPlan, *, is_last: bool) -> None:
        self.world.clock.advance(days=plan.days_later, hours=1)
        self.today += plan.days_later
        self.late = max(self.late, plan.late)
        item = ITEM if number == 0 else f"door-{number}"
        connection_id = self.world.connection_id if number == 0 else self.world.connect(item)
        self.items.append((connection_id, item))
        self.show(number, plan)
        leaving = [] if plan.stay and not is_last else self.standing_ids
        if not plan.beside:
            self.leave(leaving, plan.ending)
        self.sync(connection_id)
        if plan.beside and leaving:
            self.leave(leaving, plan.ending)
            if plan.fresh:
                self.world.clock.advance(hours=1)
                self.world.bank.collect(item)
            self.sync(connection_id)
        self.standing_ids = [each for each in self.standing_ids if each not in leaving] + [connection_id]

    def show(self, number: int, plan: DoorPlan) -> None:
        """What the bank lists through this door, under ids that say nothing about an order."""
        suffix = "" if number == 0 else f" of door-{number}"
        for place, one in enumerate(self.purchases):
            day = self.day_of(one)
            if one.day > self.today or self.today - day >= plan.listed_days:
                continue
            raw = {
                "amount": one.amount if one.account == CHECKING else -one.amount,
                "type": "CREDIT" if one.amount > 0 else "DEBIT",
                "description": one.words[number],
                "status": "PENDING" if one.pending and number == 0 else "POSTED",
                "creditCardMetadata": self.metadata(one),
            }
            name = f"{(place * 7919 + self.seed * (number + 1)) % 10_007:05}-{number}"
            self.world.bank.add(name, days=self.today - day, account=one.account + suffix, **raw)
        self.world.bank.collect(self.items[number][1])

    def day_of(self, one: Purchase) -> int:
        return one.day + (self.late if one.instalment else 0)

    def metadata(self, one: Purchase) -> Json | None:
        if one.instalment is None:
            return None
        bought = (self.first_day + timedelta(days=one.day)).isoformat()
        number, total = one.instalment
        return {"installmentNumber": number, "totalInstallments": total, "purchaseDate": f"{bought}T03:00:00.000Z"}

    def leave(self, connection_ids: list[int], ending: str) -> None:
        """These connections are read no more; what their accounts looked like is remembered."""
        now = self.world.clock.now()
        for connection_id in connection_ids:
            self.remember(connection_id)
            with self.world.database.writing() as session:
                if ending == "gone":
                    session.execute(update(ConnectionRow).where(ConnectionRow.id == connection_id).values(gone_at=now))
                    continue
                repository.request_disconnection(session, USER, connection_id, erase_history=False, now=now)
                if ending == "kept":
                    repository.finish_disconnection(session, USER, connection_id, now)

    def sync(self, connection_id: int) -> Any:
        event = self.world.sync("wide", connection_id)
        assert type(event).__name__ == "ConnectionSynced", event
        return event

    def write(self, marks: list[int]) -> None:
        """The person edits some rows that stand."""
        rows = [row for row in self.rows() if row["removed_at"] is None]
        for mark in marks:
            if rows:
                row = rows[mark % len(rows)]
                with self.world.database.writing() as session:
                    session.execute(
                        update(TransactionRow)
                        .where(TransactionRow.id == row["id"])
                        .values(note=f"{row['note'] or ''} #{next(self.numbers)}", user_category=str(row["amount"]))
                    )

    # --- what the books say --------------------------------------------------------------------------------------------

    def rows(self) -> list[Json]:
        return self.world.books()["bank_transactions"]

    def marks(self) -> Counter[str]:
        """What the person wrote, wherever it stands now."""
        return Counter(mark for row in self.rows() for mark in re.findall(r"\d+", row["note"] or ""))

    def accounts(self, connection_id: int) -> list[AccountRow]:
        with self.world.database.reading() as session:
            return list(session.scalars(select(AccountRow).where(AccountRow.connection_id == connection_id)))

    def remember(self, connection_id: int) -> None:
        for account in self.accounts(connection_id):
            self.before[account.pluggy_id] = {
                row["pluggy_id"]: row for row in self.rows() if row["account_id"] == account.id
            }

    def standing(self) -> Counter[tuple[str, date, Decimal]]:
        names = {account["id"]: account["type"] for account in self.world.books()["bank_accounts"]}
        return Counter(
            (names[row["account_id"]], row["occurred_on"], row["amount"])
            for row in self.rows()
            if row["removed_at"] is None
        )


def expected(life: Life, plans: list[DoorPlan]) -> Counter[tuple[str, date, Decimal]]:
    """Every purchase that some door listed, once, as the last door that did shows it."""
    found: Counter[tuple[str, date, Decimal]] = Counter()
    for one in life.purchases:
        shown = None
        today, late = 40, 0
        for plan in plans:
            today, late = today + plan.days_later, max(late, plan.late)
            day = one.day + (late if one.instalment else 0)
            if one.day <= today and today - day < plan.listed_days:
                shown = day
        if shown is not None:
            kind = "CREDIT" if one.account == CARD else "BANK"
            found[kind, life.first_day + timedelta(days=shown), one.amount] += 1
    return found


def overlapping(plans: list[DoorPlan]) -> bool:
    """Each door lists some of the days of the one before, as a year does."""
    return all(later.days_later < later.listed_days - 2 for later in plans[1:])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(purchases, max_size=14),
    doors.filter(overlapping),
    st.lists(st.lists(st.integers(0, 10**6), max_size=4), min_size=3, max_size=3),
    st.integers(1, 10_000),
)
def test_history_is_there_once_whatever_the_doors(
    sqlite_template: Path, bought: list[Purchase], plans: list[DoorPlan], marks: list[list[int]], seed: int
) -> None:
    with fresh_world(sqlite_template) as world:
        life = Life(world, bought, seed)
        for number, plan in enumerate(plans):
            notes = life.marks()
            life.open_door(number, plan, is_last=number == len(plans) - 1)
            assert life.marks() == notes
            if len(life.standing_ids) == 1:
                assert life.standing() == expected(life, plans[: number + 1])
            life.write(marks[number])
        assert len(world.books()["bank_accounts"]) == 2
        last, item = life.items[-1]
        before = world.books()
        for _ in range(2):
            world.clock.advance(hours=6)
            world.bank.collect(item)
            event = life.sync(last)
            assert not event.changed
            assert world.books() == before
        take_apart(life)
        assert len(world.books()["bank_accounts"]) == 2 * len(plans)
        before = world.books()
        world.clock.advance(hours=6)
        world.bank.collect(item)
        assert not life.sync(last).changed
        assert world.books() == before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(4, 35), st.integers(-4, 4), st.booleans()), min_size=1, max_size=12),
    st.booleans(),
    st.integers(0, 3),
)
def test_rows_that_the_next_door_dates_otherwise_are_there_once(
    sqlite_template: Path, moved: list[tuple[int, int, bool]], beside: bool, days_later: int
) -> None:
    """``moved``: the day of a purchase, by how many days the other door moves it, and whether it says when it was bought."""
    with fresh_world(sqlite_template) as world:
        days = [*((day, 0, False) for day in (0, 1, 2)), *moved]
        now = world.clock.now()
        first: dict[str, Json] = {}
        shown: dict[str, Json] = {}
        for place, (day, by, says_so) in enumerate(days):
            further = by * 5 if says_so else by
            at = [(now - timedelta(days=40 - day - more)).replace(hour=3).isoformat() for more in (0, further)]
            one = {"amount": Decimal(10 + place), "description": f"Loja {place}", "type": "DEBIT"}
            first[f"row-{place}"] = {**one, "date": at[0]}
            bought = {"purchaseDate": at[0]} if says_so else None
            words = f"LOJA {place} SAO PAULO" if not says_so else "compra"
            shown[f"new-{place}"] = {**one, "date": at[1], "description": words, "creditCardMetadata": bought}
        for name, row in first.items():
            world.bank.add(name, account=CARD, **row)
        world.sync("wide")
        with world.database.writing() as session:
            session.execute(update(TransactionRow).values(note=TransactionRow.pluggy_id))
        world.clock.advance(days=days_later, hours=1)
        again = world.connect("door")
        for name, row in shown.items():
            world.bank.add(name, account=f"{CARD} of door", **row)
        world.bank.collect("door")
        if beside:
            world.sync("wide", again)
        with world.database.writing() as session:
            repository.request_disconnection(
                session, USER, world.connection_id, erase_history=False, now=world.clock.now()
            )
        world.sync("wide", again)
        standing = [row for row in world.books()["bank_transactions"] if row["removed_at"] is None]
        assert {row["pluggy_id"]: row["note"] for row in standing} == {
            f"new-{place}": f"row-{place}" for place in range(len(days))
        }


def take_apart(life: Life) -> None:
    """Undo join after join: both sides are what they were, but for what the person wrote."""
    world, book = life.world, AccountBook(life.world.database, life.world.clock)
    while joins := [join for join in book.list_joins(USER) if join["separable"]]:
        identities = {account["id"]: account["identity"] for account in world.books()["bank_accounts"]}
        account_id = joins[0]["account_id"]
        notes = {
            row["joined_pluggy_id"]: row["note"]
            for row in life.rows()
            if row["account_id"] == account_id and row["join_id"] == joins[0]["id"]
        }
        former_connection = book.separate_account(USER, account_id)["former_connection_id"]
        former = next(each for each in life.accounts(former_connection or 0) if each.identity == identities[account_id])
        given = {row["pluggy_id"]: row for row in life.rows() if row["account_id"] == former.id}
        was = life.before[former.pluggy_id]
        assert given.keys() == was.keys()
        for name, row in given.items():
            assert without_place(row) == without_place(was[name])
            assert row["note"] == notes[name]
    assert book.list_joins(USER) == []
    last, _ = life.items[-1]
    for account in life.accounts(last):
        own = {row["pluggy_id"] for row in life.rows() if row["account_id"] == account.id and row["removed_at"] is None}
        assert own == set(world.bank.rows[account.pluggy_id])


def without_place(row: Json) -> Json:
    place = {"id", "account_id", "connection_id", "note", "user_category"}
    return {name: value for name, value in row.items() if name not in place}
