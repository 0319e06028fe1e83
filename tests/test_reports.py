"""What the read side finds in the database, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.errors import ConnectionNotFoundError
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Trouble
from open_finance.reports import (
    Period,
    StatementFilters,
    StatementReport,
    build_accounts,
    build_balance,
    build_statement,
    count_new_rows,
    get_total_balance,
    list_statement_accounts,
    list_transactions,
    measure_connection,
    measure_return,
    read_query,
)
from open_finance.storage import doors, ledger, repository, transaction_rows
from open_finance.storage.database import Database
from tests.builders import TODAY
from tests.clocks import START, ManualClock
from tests.rows import USER, account_data, add_account, add_connection, transaction_data

STRANGER = 2000
NOVEMBER = StatementFilters(Period(date(2026, 11, 1), date(2026, 11, 30)))


def seed(database: Database, *, user_id: int = USER, item_id: str = "item-1", identity: str = "one") -> tuple[int, int]:
    """A connection with a checking account of R$ 1.000,00; their ids."""
    with database.writing() as session:
        connection_id = add_connection(session, user_id, item_id, last_updated_at=START)
        return connection_id, add_account(session, connection_id, user_id, pluggy_id=f"{item_id}-a", identity=identity)


def add_rows(database: Database, account_id: int, *days: date, user_id: int = USER, amount: str = "-10.00") -> None:
    """One row for each day, known since the start of the clock."""
    rows = [
        transaction_data(
            f"{account_id}-{day}-{number}", occurred_on=day, amount=Decimal(amount), description=f"Loja {number}"
        )
        for number, day in enumerate(days)
    ]
    with database.writing() as session:
        ledger.merge_transactions(session, user_id, account_id, rows, START)


def statement(database: Database, filters: StatementFilters = NOVEMBER, **fields: object) -> StatementReport:
    return build_statement(database, USER, filters, START, **fields)  # type: ignore[arg-type]


def days_of(report: StatementReport) -> list[date]:
    return [line.row["occurred_on"] for line in report.lines]


def test_a_thousand_in_an_account_and_eight_hundred_of_card_debt(database: Database) -> None:
    connection_id, _ = seed(database)
    with database.writing() as session:
        add_account(
            session, connection_id, pluggy_id="card", type="CREDIT", subtype="CREDIT_CARD", balance=Decimal("800.00")
        )
    assert get_total_balance(database, USER) == Decimal("1000.00")
    report = build_balance(database, USER, START)
    assert (report.available, report.owed) == (Decimal("1000.00"), Decimal("800.00"))


def test_nobody_sees_somebody_elses_money(database: Database) -> None:
    connection_id, account_id = seed(database)
    add_rows(database, account_id, TODAY)
    assert get_total_balance(database, STRANGER) == Decimal(0)
    assert build_balance(database, STRANGER, START).is_empty
    assert build_accounts(database, STRANGER, START) == ()
    assert build_statement(database, STRANGER, NOVEMBER, START).total == 0
    with pytest.raises(ConnectionNotFoundError):
        measure_connection(database, STRANGER, connection_id)
    for filters in (
        StatementFilters(NOVEMBER.period, account_id=account_id),
        StatementFilters(NOVEMBER.period, bank_of=connection_id),
    ):
        with pytest.raises(ConnectionNotFoundError):
            build_statement(database, STRANGER, filters, START)


def test_the_same_account_through_two_items_is_one(database: Database) -> None:
    _, old = seed(database, item_id="item-1", identity="same")
    with database.writing() as session:
        second = add_connection(session, item_id="item-2", last_updated_at=START + timedelta(hours=1))
        new = add_account(session, second, pluggy_id="again", identity="same")
    add_rows(database, old, date(2026, 11, 5), date(2026, 11, 15), date(2026, 11, 20))
    add_rows(database, new, date(2026, 11, 10), date(2026, 11, 15), date(2026, 11, 20))
    assert get_total_balance(database, USER) == Decimal("1000.00")
    assert [account["id"] for account in list_statement_accounts(database, USER)] == [new]
    expected = [date(2026, 11, 20), date(2026, 11, 15), date(2026, 11, 10), date(2026, 11, 5)]
    assert days_of(statement(database)) == expected
    assert [row["occurred_on"] for row in list_transactions(database, USER, NOVEMBER.period)] == expected
    connector = BankConnector(
        PluggyClient(Settings("id", "secret")), database, settings=Settings(), clock=ManualClock()
    )
    assert [row["occurred_on"] for row in connector.get_statement(USER, days=20)] == expected
    for account_id in (old, new):
        found = statement(database, StatementFilters(NOVEMBER.period, account_id=account_id))
        assert days_of(found) == expected
        assert found.filters.account_id == new


def test_an_account_reconnected_twice_shows_every_day_once(sqlite_database: Database) -> None:
    days = {"item-1": (1, 2, 3), "item-2": (2, 3, 4), "item-3": (4, 5)}
    for hours, (item_id, own) in enumerate(days.items()):
        with sqlite_database.writing() as session:
            read_at = START + timedelta(hours=hours)
            connection = add_connection(session, item_id=item_id, last_updated_at=read_at, last_synced_at=read_at)
            account = add_account(session, connection, pluggy_id=f"{item_id}-a", identity="same")
        add_rows(sqlite_database, account, *(date(2026, 11, day) for day in own))
        if item_id != "item-3":
            with sqlite_database.writing() as session:
                repository.request_disconnection(session, USER, connection, erase_history=False, now=read_at)
                repository.finish_disconnection(session, USER, connection, read_at)
    expected = [date(2026, 11, day) for day in (5, 4, 3, 2, 1)]
    assert days_of(statement(sqlite_database)) == expected
    assert [connection["item_id"] for connection in statement(sqlite_database).connections] == ["item-3"]
    assert [row["occurred_on"] for row in list_transactions(sqlite_database, USER, NOVEMBER.period)] == expected


def test_a_twin_without_rows_of_its_own_hides_nothing(database: Database) -> None:
    _, old = seed(database, item_id="item-1", identity="same")
    with database.writing() as session:
        second = add_connection(session, item_id="item-2", last_updated_at=START + timedelta(hours=1))
        add_account(session, second, pluggy_id="again", identity="same")
    add_rows(database, old, date(2026, 11, 5))
    assert days_of(statement(database)) == [date(2026, 11, 5)]


def test_a_kept_history_can_still_be_asked_for(database: Database) -> None:
    connection_id, account_id = seed(database)
    add_rows(database, account_id, TODAY)
    with database.writing() as session:
        repository.request_disconnection(session, USER, connection_id, erase_history=False, now=START)
        repository.finish_disconnection(session, USER, connection_id, START)
    assert get_total_balance(database, USER) == Decimal(0)
    assert build_accounts(database, USER, START) == ()
    assert days_of(statement(database)) == [TODAY]
    assert days_of(statement(database, StatementFilters(NOVEMBER.period, bank_of=connection_id))) == [TODAY]
    found = statement(database)
    assert ([connection["id"] for connection in found.ended], found.connections) == ([connection_id], ())
    assert statement(database, StatementFilters(Period(date(2026, 10, 1), date(2026, 10, 31)))).ended == ()


def test_a_connection_on_its_way_out_is_no_balance(database: Database) -> None:
    connection_id, _ = seed(database)
    with database.writing() as session:
        repository.request_disconnection(session, USER, connection_id, erase_history=False, now=START)
    assert get_total_balance(database, USER) == Decimal(0)
    (bank,) = build_accounts(database, USER, START)
    assert bank.connection["disconnecting"]


def test_an_account_the_bank_no_longer_lists_leaves_the_balance_and_keeps_its_rows(database: Database) -> None:
    _, account_id = seed(database)
    add_rows(database, account_id, TODAY)
    with database.writing() as session:
        ledger.unlist_account(session, USER, account_id, START)
    assert get_total_balance(database, USER) == Decimal(0)
    assert days_of(statement(database)) == [TODAY]


def test_pages_of_ten_newest_first_with_sums_over_all_of_them(database: Database) -> None:
    _, account_id = seed(database)
    add_rows(database, account_id, *[date(2026, 11, day) for day in range(1, 24)])
    first, last = statement(database), statement(database, page=2)
    assert (first.page, first.pages, first.total, len(first.lines)) == (0, 3, 23, 10)
    assert days_of(first)[0] == date(2026, 11, 23)
    assert days_of(last) == [date(2026, 11, day) for day in (3, 2, 1)]
    assert first.totals == last.totals
    assert first.totals[0].outgoing == Decimal("-230.00")
    assert statement(database, page=99).page == 2


def test_balance_of_a_bank_in_trouble_is_doubtful(database: Database) -> None:
    connection_id, _ = seed(database)
    assert not build_balance(database, USER, START).ages[0].is_doubtful
    with database.writing() as session:
        doors.judge_trouble(session, USER, connection_id, lambda _known: Trouble("INVALID_CREDENTIALS", START))
    assert build_balance(database, USER, START).ages[0].is_doubtful


def test_a_page_does_not_change_under_the_finger(database: Database, clock: ManualClock) -> None:
    _, account_id = seed(database)
    add_rows(database, account_id, *[date(2026, 11, day) for day in range(1, 16)])
    before = statement(database, page=1)
    later = clock.advance(minutes=3)
    with database.writing() as session:
        ledger.merge_transactions(
            session, USER, account_id, [transaction_data("late"), transaction_data("late-2")], later
        )
        ledger.remove_transactions(session, USER, [before.lines[0].row["id"]], later)
    after = build_statement(database, USER, NOVEMBER, later, page=1, opened_at=before.opened_at)
    assert days_of(after) == days_of(before)
    assert after.new_rows == 2
    reopened = build_statement(database, USER, NOVEMBER, later)
    assert (reopened.total, reopened.new_rows) == (16, 0)


def test_months_around_are_offered_where_there_are_rows(database: Database) -> None:
    _, account_id = seed(database)
    add_rows(database, account_id, date(2026, 10, 31), date(2026, 11, 5))
    november = statement(database)
    assert (november.has_earlier, november.has_later) == (True, False)
    october = statement(database, StatementFilters(Period(date(2026, 10, 1), date(2026, 10, 31))))
    assert (october.has_earlier, october.has_later) == (False, True)


def test_what_is_typed_is_read_against_the_persons_own_banks(database: Database) -> None:
    connection_id, _ = seed(database)
    answer = read_query(database, USER, "banco exemplo >500 padaria", TODAY)
    assert answer.filters.bank_of == connection_id
    assert (answer.filters.above, answer.filters.text) == (Decimal(500), "padaria")
    assert read_query(database, STRANGER, "banco exemplo", TODAY).filters.bank_of is None
    assert read_query(database, USER, "31/02", TODAY).unclear == "31/02"


def test_a_bank_means_all_of_its_connections(database: Database) -> None:
    first, one = seed(database, item_id="item-1", identity="one")
    _, two = seed(database, item_id="item-2", identity="two")
    add_rows(database, one, TODAY)
    add_rows(database, two, TODAY)
    assert statement(database, StatementFilters(NOVEMBER.period, bank_of=first)).total == 2
    assert statement(database, StatementFilters(NOVEMBER.period, account_id=one)).total == 1


def test_how_much_a_connection_brought(database: Database) -> None:
    connection_id, account_id = seed(database)
    add_rows(database, account_id, TODAY, TODAY, TODAY)
    with database.writing() as session:
        (row,) = transaction_rows.list_transactions(session, USER, limit=1)
        ledger.remove_transactions(session, USER, [row["id"]], START)
    size = measure_connection(database, USER, connection_id)
    assert (size.accounts, size.transactions) == (1, 2)


def test_new_rows_are_those_since_an_instant(database: Database) -> None:
    connection_id, account_id = seed(database)
    add_rows(database, account_id, TODAY)
    assert count_new_rows(database, USER, connection_id, START) == 1
    assert count_new_rows(database, USER, connection_id, START + timedelta(seconds=1)) == 0
    assert count_new_rows(database, STRANGER, connection_id, START - timedelta(days=1)) == 0


def test_news_of_a_connection_are_its_rows_that_came_since(database: Database) -> None:
    connection_id, account_id = seed(database)
    _, other = seed(database, item_id="item-2", identity="two")
    add_rows(database, account_id, date(2026, 11, 2), date(2026, 11, 20))
    later = START + timedelta(hours=1)
    new = [transaction_data(f"new-{day}", occurred_on=date(2026, 11, day)) for day in (10, 26)]
    with database.writing() as session:
        ledger.merge_transactions(session, USER, account_id, new, later)
        ledger.merge_transactions(session, USER, other, [transaction_data("other")], later)
    size = measure_return(database, USER, connection_id, later)
    assert (size.kept, size.new) == (2, 2)
    assert (size.first_new_on, size.last_new_on) == (date(2026, 11, 10), date(2026, 11, 26))
    news = StatementFilters(Period(date(2026, 11, 10), date(2026, 11, 26)), bank_of=connection_id, since=later)
    report = build_statement(database, USER, news, later)
    assert days_of(report) == [date(2026, 11, 26), date(2026, 11, 10)]
    assert report.total == 2


@pytest.mark.parametrize("accounts", [1, 3])
def test_a_statement_is_an_index_search(sqlite_database: Database, accounts: int) -> None:
    connection_id, account_id = seed(sqlite_database)
    add_rows(sqlite_database, account_id, TODAY)
    with sqlite_database.writing() as session:
        others = [account_data(f"other-{number}") for number in range(1, accounts)]
        ledger.merge_accounts(session, USER, connection_id, others, START)
    asked: list[tuple[str, Any]] = []
    event.listen(
        sqlite_database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, sql, parameters, _context, _many: asked.append((sql, parameters)),
    )
    statement(sqlite_database)
    searches = [(sql, parameters) for sql, parameters in asked if "FROM bank_transactions" in sql]
    assert len(searches) == 3
    with sqlite_database.engine.connect() as connection:
        for sql, parameters in searches:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()
            assert [step.detail for step in plan if "ix_bank_transactions_account_day (account_id=? AND" in step.detail]
            assert not [step for step in plan if "SCAN bank_transactions" in step.detail]
            assert accounts > 1 or not [step for step in plan if "TEMP B-TREE" in step.detail]


def test_accounts_of_each_bank_with_their_age(database: Database) -> None:
    connection_id, account_id = seed(database)
    (bank,) = build_accounts(database, USER, START)
    assert bank.connection["id"] == connection_id
    assert [account["id"] for account in bank.accounts] == [account_id]
    assert bank.age.as_of == START
    assert bank.accounts[0]["number"] == account_data()["number"]
