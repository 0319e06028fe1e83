"""Positions, loans and caixinhas in the database: written where they change, never forgotten, and each its person's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from open_finance.investment_merge import Standing
from open_finance.investment_records import (
    InvestmentData,
    InvestmentSnapshot,
    InvestmentTransactionData,
    LoanData,
    LoanSnapshot,
    PotData,
)
from open_finance.storage import investment_writes, loan_writes
from open_finance.storage.database import Database
from open_finance.storage.holding_rows import Merged
from open_finance.storage.investment_models import (
    InvestmentRow,
    InvestmentSnapshotRow,
    InvestmentTransactionRow,
    LoanRow,
    LoanSnapshotRow,
    PotRow,
    ProductReadRow,
)
from open_finance.storage.investments import (
    list_investment_snapshots,
    list_investment_transactions,
    list_investments,
    list_pots,
    list_product_reads,
)
from open_finance.storage.loans import list_loan_snapshots, list_loans
from open_finance.storage.models import ConnectionRow
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction, loan
from tests.rows import USER, add_account, add_connection

LATER = START + timedelta(days=1)
DAY = START.date()


def position(**fields: Any) -> InvestmentData:
    record = investment(**fields)
    return cast("InvestmentData", {name: record[name] for name in InvestmentData.__annotations__})  # type: ignore[literal-required]


def move(**fields: Any) -> InvestmentTransactionData:
    record = investment_transaction(**fields)
    return cast("InvestmentTransactionData", {name: record[name] for name in InvestmentTransactionData.__annotations__})  # type: ignore[literal-required]


def owed(**fields: Any) -> LoanData:
    record = loan(**fields)
    return cast("LoanData", {name: record[name] for name in LoanData.__annotations__})  # type: ignore[literal-required]


def with_position(session: Session, connection_id: int, **fields: Any) -> int:
    merged = investment_writes.merge_investments(session, USER, connection_id, [position(**fields)], START)
    [investment_id] = merged.added
    return investment_id


# --- positions -------------------------------------------------------------------------------------------------------


def test_position_is_stored_as_it_was_told_and_a_second_time_writes_nothing(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session, connector_name="Banco Z")
        investment_id = with_position(session, connection_id)
    with database.writing() as session:
        again = investment_writes.merge_investments(session, USER, connection_id, [position()], LATER)
        assert again == Merged()
        [row] = session.scalars(select(InvestmentRow))
        assert (row.id, row.updated_at) == (investment_id, START)
    with database.reading() as session:
        [stored] = list_investments(session, USER)
        assert {name: stored[name] for name in InvestmentData.__annotations__} == position()  # type: ignore[literal-required]


def test_sparse_listing_erases_nothing_and_another_day_of_figures_is_no_news(database: Database) -> None:
    sparse = {**position(), **dict.fromkeys(("amount", "quantity", "due_on", "rate", "issuer", "figures_on"))}
    with database.writing() as session:
        connection_id = add_connection(session)
        investment_id = with_position(session, connection_id)
        listed = [cast("InvestmentData", {**sparse, "balance": Decimal("10700.00")})]
        merged = investment_writes.merge_investments(session, USER, connection_id, listed, LATER)
        assert merged == Merged(updated=frozenset({investment_id}))
        tomorrow = position(balance=Decimal("10700.00"), figures_on=DAY + timedelta(days=1))
        assert investment_writes.merge_investments(session, USER, connection_id, [tomorrow], LATER) == Merged()
    with database.reading() as session:
        [stored] = list_investments(session, USER)
        kept = (stored["balance"], stored["amount"], stored["quantity"], stored["due_on"])
        assert kept == (Decimal("10700.00"), Decimal("10842.00"), Decimal(1), date(2027, 3, 15))
        assert stored["figures_on"] == DAY + timedelta(days=1)


def test_position_that_returns_is_listed_again_and_counts(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session)
        investment_id = with_position(session, connection_id)
        gone = Standing(listed=False, ended_on=DAY)
        assert investment_writes.set_investment_standing(session, USER, investment_id, gone, START) == 1
    with database.writing() as session:
        merged = investment_writes.merge_investments(session, USER, connection_id, [position()], LATER)
        assert merged.updated == {investment_id}
        [kept] = investment_writes.list_kept_investments(session, USER, connection_id)
        assert kept.standing == Standing()


def test_nobody_writes_into_the_connection_of_another_person(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session)
        investment_id = with_position(session, connection_id)
        stranger = USER + 1
        assert not investment_writes.merge_investments(session, stranger, connection_id, [position()], LATER).added
        assert not investment_writes.merge_investment_transactions(session, stranger, investment_id, [move()], LATER)
        assert not investment_writes.list_kept_investments(session, stranger, connection_id)
        assert not loan_writes.merge_loans(session, stranger, connection_id, [owed()], LATER).added


# --- movements and days ----------------------------------------------------------------------------------------------


def test_movements_are_stored_once_and_none_is_forgotten(database: Database) -> None:
    bought, sold = move(), move(pluggy_id="move-2", type="SELL", movement="DEBIT")
    with database.writing() as session:
        investment_id = with_position(session, add_connection(session))
        store = investment_writes.merge_investment_transactions
        assert store(session, USER, investment_id, [bought, sold], START) == 2
        assert store(session, USER, investment_id, [sold, bought], LATER) == 0
        assert store(session, USER, investment_id, [sold], LATER) == 0
        changed = move(pluggy_id="move-2", type="SELL", movement="DEBIT", amount=Decimal(9000), description=None)
        assert store(session, USER, investment_id, [changed], LATER) == 1
    with database.reading() as session:
        rows = list_investment_transactions(session, USER, [investment_id])
        told = [(row["pluggy_id"], row["amount"], row["description"]) for row in rows]
        assert told == [("move-1", Decimal(10000), "Aplicação CDB"), ("move-2", Decimal(9000), "Aplicação CDB")]


def test_two_equal_movements_stay_two_and_go_on_under_new_ids(database: Database) -> None:
    with database.writing() as session:
        investment_id = with_position(session, add_connection(session))
        store = investment_writes.merge_investment_transactions
        assert store(session, USER, investment_id, [move(), move(pluggy_id="move-2")], START) == 2
        renamed = [move(pluggy_id=f"new-{number}") for number in (1, 2, 3)]
        assert store(session, USER, investment_id, renamed, LATER) == 3
        rows = list_investment_transactions(session, USER, [investment_id])
        assert [row["pluggy_id"] for row in rows] == ["new-1", "new-2", "new-3"]
        assert store(session, USER, investment_id, renamed, LATER) == 0


def test_later_reading_of_a_day_takes_the_place_of_the_one_before(database: Database) -> None:
    with database.writing() as session:
        investment_id = with_position(session, add_connection(session))
        first = InvestmentSnapshot(investment_id, DAY, Decimal("10.00"), Decimal("11.00"), START)
        save = investment_writes.save_investment_snapshots
        assert save(session, USER, [first]) == 1
        assert save(session, USER, [first._replace(taken_at=LATER)]) == 0
        assert save(session, USER, [first._replace(amount=None)]) == 0
        assert save(session, USER, [first._replace(balance=Decimal("12.00"), taken_at=LATER)]) == 1
        assert save(session, USER + 1, [first]) == 0
        [kept] = list_investment_snapshots(session, USER, [investment_id])
        assert (kept.balance, kept.taken_at) == (Decimal("12.00"), LATER)


# --- a connection takes over what another one had --------------------------------------------------------------------


def former_and_new(session: Session, **state: Any) -> tuple[int, int]:
    former = add_connection(session, item_id="item-old", **state)
    return former, add_connection(session, item_id="item-new")


@pytest.mark.parametrize(
    ("state", "count"),
    [
        ({"gone_at": START}, 1),
        ({"disconnect_requested_at": START}, 1),
        ({"disconnect_requested_at": START, "erase_history": True}, 0),
        ({}, 0),
    ],
)
def test_former_is_what_is_read_no_more_and_whose_history_is_kept(
    database: Database, state: dict[str, Any], count: int
) -> None:
    with database.writing() as session:
        former, new = former_and_new(session, **state)
        with_position(session, former)
        assert len(investment_writes.list_former_investments(session, USER, new)) == count
        assert not investment_writes.list_former_investments(session, USER + 1, new)
        assert not investment_writes.list_former_investments(session, USER, former)


def test_position_that_is_taken_over_keeps_its_id_its_movements_and_its_days(database: Database) -> None:
    with database.writing() as session:
        former, new = former_and_new(session, gone_at=START)
        old_id = with_position(session, former)
        investment_writes.merge_investment_transactions(session, USER, old_id, [move()], START)
        day = InvestmentSnapshot(old_id, DAY, Decimal(1), None, START)
        investment_writes.save_investment_snapshots(session, USER, [day])
        assert investment_writes.move_investment(session, USER, old_id, new, "another", LATER) == 1
        assert investment_writes.move_investment(session, USER + 1, old_id, former, "mine", LATER) == 0
    with database.reading() as session:
        [stored] = list_investments(session, USER)
        assert (stored["id"], stored["connection_id"], stored["pluggy_id"]) == (old_id, new, "another")
        assert len(list_investment_transactions(session, USER, [old_id])) == 1
        assert len(list_investment_snapshots(session, USER, [old_id])) == 1


def test_two_rows_of_one_position_become_one_with_all_that_either_had(database: Database) -> None:
    with database.writing() as session:
        former, new = former_and_new(session, gone_at=START)
        old_id = with_position(session, former)
        twin_id = with_position(session, new, pluggy_id="another", balance=Decimal(9), rate=None)
        store, save = investment_writes.merge_investment_transactions, investment_writes.save_investment_snapshots
        store(session, USER, old_id, [move(), move(pluggy_id="move-0", occurred_on=date(2025, 1, 2))], START)
        store(session, USER, twin_id, [move(pluggy_id="again"), move(pluggy_id="sold", type="SELL")], START)
        save(session, USER, [InvestmentSnapshot(old_id, DAY, Decimal(1), None, START)])
        next_day = DAY + timedelta(days=1)
        save(session, USER, [InvestmentSnapshot(twin_id, day, Decimal(2), None, START) for day in (DAY, next_day)])
        assert investment_writes.absorb_investment(session, USER, old_id, twin_id, LATER) == 1
        assert investment_writes.absorb_investment(session, USER, old_id, twin_id, LATER) == 0
    with database.reading() as session:
        [stored] = list_investments(session, USER)
        told = (stored["id"], stored["connection_id"], stored["pluggy_id"], stored["balance"], stored["rate"])
        assert told == (old_id, new, "another", Decimal(9), Decimal(110))
        rows = list_investment_transactions(session, USER, [old_id])
        assert sorted(row["pluggy_id"] for row in rows) == ["again", "move-0", "sold"]
        days = list_investment_snapshots(session, USER, [old_id])
        assert [(one.day, one.balance) for one in days] == [(DAY, Decimal(2)), (next_day, Decimal(2))]


# --- loans -----------------------------------------------------------------------------------------------------------


def test_loan_is_stored_once_and_keeps_what_is_not_told_again(database: Database) -> None:
    paid: Any = [{"paid_on": DAY, "amount": Decimal("450.0000"), "is_extra": False}]
    with database.writing() as session:
        connection_id = add_connection(session, connector_name="Banco Z")
        merge = loan_writes.merge_loans
        [loan_id] = merge(session, USER, connection_id, [owed(payments=paid)], START).added
        assert merge(session, USER, connection_id, [owed(payments=paid)], LATER) == Merged()
        sparse = owed(outstanding=Decimal(5000), cet=None, payments=[], rates=[])
        assert merge(session, USER, connection_id, [sparse], LATER).updated == {loan_id}
    with database.reading() as session:
        [stored] = list_loans(session, USER)
        assert (stored["outstanding"], stored["cet"], stored["payments"]) == (Decimal(5000), Decimal("29.9"), paid)
        assert stored["rates"] == owed()["rates"]


def test_days_of_a_loan_go_with_it(database: Database) -> None:
    with database.writing() as session:
        former, new = former_and_new(session, disconnect_requested_at=START)
        [old_id] = loan_writes.merge_loans(session, USER, former, [owed()], START).added
        [twin_id] = loan_writes.merge_loans(session, USER, new, [owed(pluggy_id="another")], START).added
        save = loan_writes.save_loan_snapshots
        assert save(session, USER, [LoanSnapshot(old_id, DAY, Decimal(5), START)]) == 1
        assert save(session, USER, [LoanSnapshot(old_id, DAY, Decimal("5.00"), LATER)]) == 0
        assert save(session, USER + 1, [LoanSnapshot(old_id, DAY, Decimal(6), LATER)]) == 0
        assert save(session, USER, [LoanSnapshot(twin_id, DAY + timedelta(days=1), Decimal(4), START)]) == 1
        assert loan_writes.absorb_loan(session, USER, old_id, twin_id, LATER) == 1
    with database.reading() as session:
        [stored] = list_loans(session, USER)
        assert (stored["id"], stored["connection_id"], stored["pluggy_id"]) == (old_id, new, "another")
        assert [one.outstanding for one in list_loan_snapshots(session, USER, [old_id])] == [Decimal(5), Decimal(4)]


# --- caixinhas, and how asking ended ---------------------------------------------------------------------------------


def test_pots_of_an_account_are_those_that_it_has_now(database: Database) -> None:
    trip = PotData(key="1", name="Férias", amount=Decimal("500.00"))
    house = PotData(key="2", name="Casa", amount=Decimal("20.00"))
    with database.writing() as session:
        account_id = add_account(session, add_connection(session))
        replace = investment_writes.replace_pots
        assert replace(session, USER, account_id, [trip, house], START) == 2
        assert replace(session, USER, account_id, [house, trip], LATER) == 0
        assert replace(session, USER + 1, account_id, [], LATER) == 0
        more = PotData(key="1", name="Férias", amount=Decimal("510.00"))
        assert replace(session, USER, account_id, [more], LATER) == 2
        assert [(pot["key"], pot["amount"]) for pot in list_pots(session, USER)] == [("1", Decimal("510.00"))]


def test_reading_that_failed_keeps_when_and_what_was_last_read(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session)
        note = investment_writes.note_product_read
        note(session, USER, connection_id, "loans", "refused", 0, START)
        note(session, USER, connection_id, "investments", "listed", 3, START)
        note(session, USER, connection_id, "investments", "failed", 0, LATER)
        assert note(session, USER + 1, connection_id, "investments", "refused", 0, LATER) == 0
        investments, loans = list_product_reads(session, USER)
    assert (investments.reading, investments.listed, investments.read_at, investments.asked_at) == (
        "failed",
        3,
        START,
        LATER,
    )
    assert (loans.reading, loans.read_at, loans.asked_at) == ("refused", None, START)


def test_what_is_invested_goes_with_its_connection(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session)
        investment_id = with_position(session, connection_id)
        account_id = add_account(session, connection_id)
        investment_writes.merge_investment_transactions(session, USER, investment_id, [move()], START)
        day = InvestmentSnapshot(investment_id, DAY, Decimal(1), None, START)
        investment_writes.save_investment_snapshots(session, USER, [day])
        investment_writes.replace_pots(session, USER, account_id, [PotData(key="1", name="", amount=Decimal(1))], START)
        investment_writes.note_product_read(session, USER, connection_id, "investments", "listed", 1, START)
        [loan_id] = loan_writes.merge_loans(session, USER, connection_id, [owed()], START).added
        loan_writes.save_loan_snapshots(session, USER, [LoanSnapshot(loan_id, DAY, Decimal(5), START)])
        tables = (
            *(InvestmentRow, InvestmentTransactionRow, InvestmentSnapshotRow, PotRow, ProductReadRow),
            *(LoanRow, LoanSnapshotRow),
        )
        assert all(session.scalar(select(func.count()).select_from(table)) for table in tables)
        session.execute(delete(ConnectionRow).where(ConnectionRow.id == connection_id))
        assert not any(session.scalar(select(func.count()).select_from(table)) for table in tables)
