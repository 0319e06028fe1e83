"""Whom a budget is told of: from stored rows to the outbox, once for each crossing, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from open_finance import budget_alerts
from open_finance.budget_alerts import BudgetAlerts, BudgetWarning
from open_finance.budget_book import BudgetBook
from open_finance.budget_states import read_states
from open_finance.clock import local_day
from open_finance.money import ZERO, from_centavos
from open_finance.storage import budgets, categories, ledger, outbox
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.category_models import BudgetRow
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, SyncRunRow, TransactionRow
from open_finance.storage.outbox import Notification
from tests.clocks import START, ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data
from tests.test_budgets import Month

NEIGHBOUR = 2000
MERCADO = "10000000"
TODAY = date(2026, 11, 23)


class World:
    """Ana with one account, a budget of R$ 1.000,00 for Mercado, and a bank that may list more."""

    def __init__(self, database: Database, clock: ManualClock, user_id: int = USER) -> None:
        self.database, self.clock, self.user_id = database, clock, user_id
        self.book, self.alerts = BudgetBook(database, clock), BudgetAlerts(database, clock)
        with database.writing() as session:
            self.connection = add_connection(session, user_id, f"item of {user_id}")
            self.account = add_account(session, self.connection, user_id, pluggy_id=f"account of {user_id}")
        self.number = 0

    def lists(self, amount: str, name: str | None = None, **fields: Any) -> str:
        """A pass stores one more row, or another form of one that it had."""
        self.number += 1
        name = name or f"row {self.user_id} {self.number}"
        values = {"amount": Decimal(amount), "category_id": MERCADO, "occurred_on": TODAY, **fields}
        values["type"] = "DEBIT" if values["amount"] < 0 else "CREDIT"
        values.setdefault("description", "PAO DE ACUCAR" if values["amount"] < 0 else "ESTORNO PAO DE ACUCAR")
        with self.database.writing() as session:
            ledger.merge_transactions(
                session, self.user_id, self.account, [transaction_data(name, **values)], self.clock.now()
            )
        self.passed()
        return name

    def withdraws(self, name: str) -> None:
        """The bank lists a row no more."""
        with self.database.writing() as session:
            [row] = session.scalars(select(TransactionRow.id).where(TransactionRow.pluggy_id == name))
            ledger.remove_transactions(session, self.user_id, [row], self.clock.now())
        self.passed()

    def passed(self) -> None:
        """A pass has changed something, and has ended."""
        with self.database.writing() as session:
            run = SyncRunRow(connection_id=self.connection, user_id=self.user_id, width="narrow", outcome="changed")
            run.started_at = run.finished_at = self.clock.now()
            run.added = 1
            session.add(run)

    def budget(self, amount: str = "1000.00", category: str = "Mercado") -> int:
        return self.book.set_budget(self.user_id, category, Decimal(amount)).state.budget["id"]

    def written(self) -> list[Notification]:
        with self.database.reading() as session:
            ids = session.scalars(select(NotificationRow.id).where(NotificationRow.user_id == self.user_id))
            found = [outbox.find_notification(session, self.user_id, number) for number in sorted(ids)]
        return [one for one in found if one is not None]

    def keys(self) -> list[str]:
        return [one.key for one in self.written()]

    def find(self, one: Notification) -> BudgetWarning | None:
        return self.alerts.find(self.user_id, one)


@pytest.fixture
def ana(database: Database, clock: ManualClock) -> World:
    return World(database, clock)


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_level_is_noted_once_whoever_looks_and_however_often(ana: World) -> None:
    number = ana.budget()
    ana.lists("-960.00")
    assert ana.alerts.note_due() == 1
    [one] = ana.written()
    assert (one.kind, one.key) == ("budget", f"budget:{number}:2026-11:80:0")
    assert one.detail == {"budget": number, "month": "2026-11", "level": 80, "round": 0, "on": "2026-11-23"}
    assert ana.alerts.note_due() == 0
    assert BudgetAlerts(ana.database, ana.clock).note_due() == 0
    ana.passed()
    assert ana.alerts.note_due() == 0
    ana.clock.advance(days=1)
    assert ana.alerts.note_due() == 0


def test_a_refund_makes_a_level_new_exactly_once(ana: World) -> None:
    number = ana.budget()
    ana.lists("-960.00")
    assert ana.alerts.note_due() == 1
    ana.lists("300.00")
    assert ana.alerts.note_due() == 0
    ana.lists("-280.00")
    assert ana.alerts.note_due() == 1
    assert ana.alerts.note_due() == 0
    assert ana.keys() == [f"budget:{number}:2026-11:80:0", f"budget:{number}:2026-11:80:1"]


def test_what_settles_for_a_little_less_makes_nothing_new(ana: World) -> None:
    """A pending row that changes by centavos, and by a tip."""
    ana.budget()
    ana.lists("-800.00")
    assert ana.alerts.note_due() == 0  # 80 % on the 23rd without a known rhythm: not ahead by more than ten points
    name = ana.lists("-110.00", status="PENDING")
    assert ana.alerts.note_due() == 1
    for amount in ("-109.98", "-110.00", "-90.00", "-110.00"):
        ana.lists(amount, name)
        assert ana.alerts.note_due() == 0


def test_each_persons_budgets_count_their_own_rows(ana: World) -> None:
    bruno = World(ana.database, ana.clock, NEIGHBOUR)
    ana.budget()
    bruno.budget("100.00")
    ana.lists("-960.00")
    assert ana.alerts.note_due() == 1
    assert bruno.written() == []
    bruno.lists("-20.00")
    assert ana.alerts.note_due() == 0
    bruno.lists("-80.00")
    assert ana.alerts.note_due() == 1
    [theirs] = bruno.written()
    assert bruno.find(theirs) is not None
    assert ana.find(theirs) is None


def test_a_group_counts_its_categories_and_a_category_itself(ana: World) -> None:
    ana.budget("100.00", "Transporte")
    ana.budget("100.00", "19050001")
    ana.lists("-100.00", category_id="19010000", description="UBER TRIP")
    assert ana.alerts.note_due() == 1
    ana.lists("-100.00", category_id="19050001", description="POSTO IPIRANGA")
    assert ana.alerts.note_due() == 1
    assert {one.detail["level"] for one in ana.written()} == {100}


def test_a_word_on_categories_is_looked_at(ana: World) -> None:
    """The person says that a row is of another group, and that it is none of their spending."""
    ana.budget("100.00", "Compras")
    ana.lists("-120.00")
    assert ana.alerts.note_due() == 0
    with ana.database.writing() as session:
        [row] = session.scalars(select(TransactionRow.id))
        categories.choose(session, USER, {row: "08000000"})
        categories.add_change(session, USER, {}, ana.clock.now())
    assert ana.alerts.note_due() == 1


def test_two_accounts_of_one_pass_are_not_looked_at_in_between(ana: World) -> None:
    """What one account has lost another has won: until the pass has ended nobody asks."""
    ana.budget()
    ana.lists("-960.00")
    assert ana.alerts.note_due() == 1
    with ana.database.writing() as session:
        session.execute(update(TransactionRow).values(removed_at=ana.clock.now()))
    assert ana.alerts.note_due() == 0
    ana.lists("-960.00", "row under another id")
    assert ana.alerts.note_due() == 0
    assert len(ana.written()) == 1


def test_who_has_no_budget_and_who_has_no_news_costs_no_reading_of_rows(
    ana: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    World(ana.database, ana.clock, NEIGHBOUR).lists("-500.00")
    ana.budget()
    ana.lists("-960.00")
    ana.alerts.note_due()
    asked: list[str] = []
    event.listen(ana.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    ana.alerts.note_due()
    assert asked
    assert not [each for each in asked if "bank_transactions" in each]


def test_of_many_people_some_are_looked_through_at_a_call(ana: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_alerts, "PEOPLE_A_CALL", 2)
    for number in range(5):
        other = World(ana.database, ana.clock, 3000 + number)
        other.budget("100.00")
        other.lists("-100.00")
    assert [ana.alerts.note_due() for _ in range(4)] == [2, 2, 1, 0]


def test_what_changed_while_it_was_looked_at_is_left_to_the_next_look(
    ana: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ana.budget()
    ana.lists("-960.00")

    def meanwhile(*args: Any) -> Any:
        found = read_states(*args)
        with ana.database.writing() as session:
            budgets.change_budget(session, USER, number, {"amount": Decimal("5000.00")}, ana.clock.now())
        return found

    with monkeypatch.context() as patched:
        patched.setattr(budget_alerts, "read_states", meanwhile)
        assert ana.alerts.note_due() == 0
    with ana.database.writing() as session:
        budgets.change_budget(session, USER, number, {"amount": Decimal("1000.00")}, ana.clock.now())
    assert ana.alerts.note_due() == 1


def test_a_budget_with_the_id_of_a_deleted_one_is_told_of(ana: World) -> None:
    first = ana.budget()
    ana.lists("-960.00")
    ana.alerts.note_due()
    with ana.database.writing() as session:
        session.execute(delete(BudgetRow))
        session.add(
            BudgetRow(
                id=first,
                user_id=USER,
                category="Mercado",
                amount=Decimal("1000.00"),
                past_amounts={},
                starts_on=date(2026, 11, 1),
                created_at=START,
                updated_at=START,
            )
        )
    assert BudgetAlerts(ana.database, ana.clock).note_due() == 1
    assert ana.keys() == [f"budget:{first}:2026-11:80:0", f"budget:{first}:2026-11:80:1"]
    assert BudgetAlerts(ana.database, ana.clock).note_due() == 0


# --- what is left in peace -------------------------------------------------------------------------------------------


def test_what_the_person_was_shown_when_they_set_it_is_not_told(ana: World) -> None:
    ana.lists("-960.00")
    ana.budget()
    assert ana.alerts.note_due() == 0
    ana.lists("-40.00")
    assert ana.alerts.note_due() == 1


def test_a_quiet_month_is_quiet_and_the_next_one_is_not(ana: World) -> None:
    number = ana.budget()
    ana.book.keep_quiet(USER, number, quiet=True)
    ana.lists("-1500.00")
    assert ana.alerts.note_due() == 0
    ana.clock.advance(days=10)
    ana.lists("-1500.00", occurred_on=TODAY + timedelta(days=9))
    assert ana.alerts.note_due() == 1


def test_hidden_accounts_other_currencies_and_own_money_do_not_count(ana: World) -> None:
    ana.budget("100.00")
    ana.lists("-500.00", currency_code="USD")
    ana.lists("-500.00", category_id="04000000", description="TRANSF MESMA TITULARIDADE", same_holder=True)
    assert ana.alerts.note_due() == 0
    with ana.database.writing() as session:
        session.execute(update(AccountRow).values(hidden=True))
    ana.lists("-500.00")
    assert ana.alerts.note_due() == 0


# --- looked at again -------------------------------------------------------------------------------------------------


@pytest.fixture
def noted(ana: World) -> Notification:
    ana.budget()
    ana.lists("-960.00", "big")
    ana.alerts.note_due()
    [one] = ana.written()
    return one


def test_a_warning_says_what_is_true_when_it_is_sent(ana: World, noted: Notification) -> None:
    ana.lists("-10.00")
    found = ana.find(noted)
    assert found is not None
    assert (found.of.title, found.level, found.on) == ("Mercado", 80, TODAY)
    assert (found.of.state.spent, found.of.state.percent) == (Decimal("970.00"), 97)


@pytest.mark.parametrize(
    "meanwhile", ["refunded", "withdrawn", "a higher level", "quiet", "deleted", "raised", "another month", "erased"]
)
def test_a_warning_that_is_true_no_more_says_nothing(ana: World, noted: Notification, meanwhile: str) -> None:
    number = noted.detail["budget"]
    if meanwhile == "refunded":
        ana.lists("400.00")
    if meanwhile == "withdrawn":
        ana.withdraws("big")
    if meanwhile == "a higher level":
        ana.lists("-40.00")
    if meanwhile == "quiet":
        ana.book.keep_quiet(USER, number, quiet=True)
    if meanwhile == "deleted":
        assert ana.book.delete_budget(USER, number)
    if meanwhile == "raised":
        ana.book.set_budget(USER, "Mercado", Decimal("5000.00"))
    if meanwhile == "another month":
        ana.clock.advance(days=8)
    if meanwhile == "erased":
        with ana.database.writing() as session:
            session.execute(delete(BudgetRow))
    assert ana.find(noted) is None


def test_a_warning_of_an_earlier_round_is_left_to_the_later_one(ana: World, noted: Notification) -> None:
    ana.lists("400.00")
    ana.alerts.note_due()
    ana.lists("-400.00")
    ana.alerts.note_due()
    first, second = ana.written()
    assert ana.find(first) is None
    assert ana.find(second) is not None
    assert ana.find(replace(second, detail={**second.detail, "budget": 99})) is None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_bank_does_the_outbox_has_each_crossing_once(
    sqlite_database: Database, clock: ManualClock, seed: int
) -> None:
    """Purchases, refunds, rows that change, vanish and come back, days that pass: as the pure rules tell them, and looking
    twice adds nothing."""
    dice, ana, rules = Random(seed), World(sqlite_database, clock), Month()
    number, day, standing = ana.budget(), START, dict[str, Decimal]()
    for _ in range(30):
        amount = from_centavos(dice.choice((-1, -1, 1)) * dice.randint(1, 45_000))
        match dice.randint(0, 4):
            case 0 if standing:
                name = dice.choice(sorted(standing))
                ana.withdraws(name)
                del standing[name]
            case 1 if standing:
                name = dice.choice(sorted(standing))
                standing[name] += from_centavos(dice.randint(-200, 200))
                ana.lists(str(standing[name]), name)
            case 2:
                day = clock.advance(hours=dice.randint(0, 20))
            case _:
                standing[ana.lists(str(amount))] = amount
        if local_day(day).month != START.month:
            break
        rules.day, rules.spent = local_day(day).day, -sum(standing.values(), ZERO)
        expected = rules.look()
        assert ana.alerts.note_due() == (expected is not None)
        assert ana.alerts.note_due() == 0
    assert ana.keys() == [f"budget:{number}:2026-11:{level}:{round_}" for round_, level in rules.told]
