"""Accounts and rows: written only when something changed, the person's own columns untouched, nobody else's seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from open_finance.records import TransactionData
from open_finance.storage import bulk, ledger, transaction_rows
from open_finance.storage.database import Database
from open_finance.storage.ledger import MergeCounts
from open_finance.storage.models import AccountRow, TransactionRow
from tests.clocks import START
from tests.rows import USER, account_data, add_account, add_connection, transaction_data

LATER = START + timedelta(hours=6)
STRANGER = 2000

FULL: dict[str, Any] = {
    "occurred_at": START,
    "description_raw": "PADARIA EXEMPLO LTDA",
    "foreign_amount": Decimal("-9.99"),
    "foreign_currency": "USD",
    "balance_after": Decimal("-0.01"),
    "day_order": 3,
    "category_id": "11010000",
    "category": "Eating out",
    "same_holder": False,
    "mcc": 5812,
    "installment_number": 2,
    "total_installments": 3,
    "purchased_on": date(2026, 10, 20),
    "pluggy_created_at": START,
    "pluggy_updated_at": START,
}


def account_of(database: Database, user_id: int = USER, item_id: str = "item-1", **values: Any) -> int:
    with database.writing() as session:
        return add_account(session, add_connection(session, user_id, item_id), user_id, **values)


def merge(
    database: Database, account_id: int, rows: Iterable[TransactionData], now: datetime = START, user_id: int = USER
) -> MergeCounts:
    with database.writing() as session:
        return ledger.merge_transactions(session, user_id, account_id, rows, now)


def stored_rows(database: Database) -> list[dict[str, Any]]:
    table = TransactionRow.__table__
    with database.reading() as session:
        return [dict(row) for row in session.execute(select(table).order_by(table.c.pluggy_id)).mappings()]


# --- merging rows ----------------------------------------------------------------------------------------------------


def test_every_value_of_a_row_comes_back_as_it_was(database: Database) -> None:
    account_id = account_of(database)
    data = transaction_data(**FULL)
    merge(database, account_id, [data])
    with database.reading() as session:
        [row] = transaction_rows.list_transactions(session, USER)
    assert {name: row[name] for name in TransactionData.__annotations__} == data  # type: ignore[literal-required]
    assert (row["account_id"], row["account_name"], row["account_type"]) == (account_id, "Conta Corrente", "BANK")
    assert row["connector_name"] == "Banco Exemplo"


def test_a_second_merge_of_the_same_rows_writes_nothing(database: Database) -> None:
    account_id = account_of(database)
    rows = [transaction_data(f"row-{n}", **FULL) for n in range(3)] + [transaction_data("bare")]
    assert merge(database, account_id, rows) == MergeCounts(added=4)
    before = stored_rows(database)
    assert merge(database, account_id, rows, LATER) == MergeCounts()
    assert stored_rows(database) == before


#: What a bank may write, and what the ways into a database have a meaning of their own for.
HOSTILE = (
    "\\N",
    "\\.",
    "a\n\\.\nb",
    "tab\tbed",
    "back\\slash",
    "'; DROP TABLE x; --",
    "\r\n",
    '"',
    "null",
    "%s ?",
    "Café 🙂",
)


def test_hostile_texts_are_stored_as_they_were_sent_new_or_changed(database: Database) -> None:
    account_id = account_of(database)
    rows = [
        transaction_data(f"row-{number:02}", description=text_, description_raw=text_)
        for number, text_ in enumerate(HOSTILE)
    ]
    merge(database, account_id, [{**row, "description": "another", "mcc": 1} for row in rows])
    assert merge(database, account_id, rows, LATER) == MergeCounts(updated=len(HOSTILE))
    assert merge(database, account_id, [transaction_data(f"new-{row['pluggy_id']}") for row in rows]) == MergeCounts(
        added=len(HOSTILE)
    )
    stored = stored_rows(database)
    assert [row["description"] for row in stored if row["pluggy_id"].startswith("row")] == list(HOSTILE)


def test_more_rows_than_are_held_at_once_are_all_written_and_the_later_of_two_counts(sqlite_database: Database) -> None:
    account_id = account_of(sqlite_database)
    ids = [f"row-{number:05}" for number in range(2 * bulk.BATCH + 1)]
    again = transaction_data(ids[0], description="again")
    assert merge(sqlite_database, account_id, [*map(transaction_data, ids), again]) == MergeCounts(len(ids), updated=1)
    stored = stored_rows(sqlite_database)
    assert [row["pluggy_id"] for row in stored] == ids
    assert stored[0]["description"] == "again"


def test_rows_of_an_older_version_are_no_change_and_are_known_from_then_on(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data("a"), transaction_data("b")])
    with database.writing() as session:
        session.execute(update(TransactionRow).values(content_hash=None))
    rows = [transaction_data("a"), transaction_data("b", description="Outra")]
    merge(database, account_id, rows, LATER)
    assert [row["updated_at"] for row in stored_rows(database)] == [START, LATER]
    assert merge(database, account_id, rows, LATER) == MergeCounts()
    assert all(row["content_hash"] is not None for row in stored_rows(database))


def test_a_row_that_is_listed_again_is_missing_no_more(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data(status="PENDING")])
    with database.writing() as session:
        [key] = ledger.iter_transaction_keys(session, USER, account_id, date(2026, 1, 1))
        assert key.pending
        ledger.note_missing(session, USER, [key.id], LATER)
        ledger.note_missing(session, USER, [key.id], LATER + timedelta(days=1))
    assert stored_rows(database)[0]["missing_since"] == LATER
    assert merge(database, account_id, [transaction_data(status="PENDING")], LATER) == MergeCounts()
    assert stored_rows(database)[0]["missing_since"] is None


def test_only_the_changed_row_is_written(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data("a"), transaction_data("b")])
    changed = transaction_data("b", description="Padaria", status="POSTED")
    assert merge(database, account_id, [transaction_data("a"), changed], LATER) == MergeCounts(updated=1)
    first, second = stored_rows(database)
    assert (first["updated_at"], second["updated_at"]) == (START, LATER)
    assert (second["created_at"], second["description"]) == (START, "Padaria")


@pytest.mark.parametrize("name", sorted(set(TransactionData.__annotations__) - {"pluggy_id"}))
def test_a_change_of_any_value_is_seen_except_of_pluggys_own_stamps(sqlite_database: Database, name: str) -> None:
    account_id = account_of(sqlite_database)
    other: dict[str, Any] = {
        **dict.fromkeys(TransactionData.__annotations__, "other"),
        **{key: value + 1 for key, value in FULL.items() if isinstance(value, int | Decimal)},
        **{key: value - timedelta(days=1) for key, value in FULL.items() if isinstance(value, date)},
        "amount": Decimal("-50.01"),
        "occurred_on": date(2026, 11, 19),
        "same_holder": True,
    }
    merge(sqlite_database, account_id, [transaction_data(**FULL)])
    counts = merge(sqlite_database, account_id, [transaction_data(**{**FULL, name: other[name]})], LATER)
    assert counts == MergeCounts(updated=0 if name.startswith("pluggy_") else 1)


def test_a_value_that_becomes_unknown_is_a_change_except_whose_money_it_is(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data(category="Food", same_holder=True)])
    assert merge(database, account_id, [transaction_data(category="Food")], LATER) == MergeCounts()
    assert merge(database, account_id, [transaction_data()], LATER) == MergeCounts(updated=1)
    [row] = stored_rows(database)
    assert (row["category"], row["same_holder"]) == (None, True)


def test_what_the_person_wrote_survives_every_merge(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data()])
    with database.writing() as session:
        session.execute(update(TransactionRow).values(user_category="mercado", note="festa"))
    merge(database, account_id, [transaction_data(description="outra")], LATER)
    [row] = stored_rows(database)
    assert (row["user_category"], row["note"], row["description"]) == ("mercado", "festa", "outra")


def test_a_returning_id_revives_its_tombstone(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data()])
    with database.writing() as session:
        [key] = ledger.iter_transaction_keys(session, USER, account_id, date(2026, 1, 1))
        assert ledger.remove_transactions(session, USER, [key.id], LATER) == 1
        assert ledger.remove_transactions(session, USER, [key.id], LATER) == 0
        assert transaction_rows.list_transactions(session, USER) == []
        [tombstone] = transaction_rows.list_transactions(session, USER, include_removed=True)
        assert tombstone["removed_at"] == LATER
    assert merge(database, account_id, [transaction_data()], LATER) == MergeCounts(revived=1)
    [row] = stored_rows(database)
    assert (row["id"], row["removed_at"]) == (key.id, None)


def test_of_two_rows_with_one_id_the_later_counts(database: Database) -> None:
    account_id = account_of(database)
    rows = [transaction_data(description="antes"), transaction_data(description="depois")]
    assert merge(database, account_id, rows) == MergeCounts(added=1)
    assert [row["description"] for row in stored_rows(database)] == ["depois"]


def test_the_same_id_may_live_in_two_accounts(database: Database) -> None:
    first, second = account_of(database), account_of(database, item_id="item-2")
    assert merge(database, first, [transaction_data()]) == merge(database, second, [transaction_data()])
    assert len(stored_rows(database)) == 2


def test_more_rows_than_a_batch_are_merged_and_counted(database: Database) -> None:
    account_id = account_of(database)
    rows = [transaction_data(f"row-{n:05}") for n in range(1203)]
    assert merge(database, account_id, rows) == MergeCounts(added=1203)
    rows[700] = transaction_data("row-00700", amount=Decimal("-1.00"))
    rows.append(transaction_data("row-99999"))
    assert merge(database, account_id, iter(rows), LATER) == MergeCounts(added=1, updated=1)
    with database.reading() as session:
        keys = list(ledger.iter_transaction_keys(session, USER, account_id, date(2026, 1, 1)))
    assert len(keys) == 1204


def test_a_rekeyed_row_keeps_our_id_and_what_the_person_wrote(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data("old", status="PENDING"), transaction_data("other")])
    with database.writing() as session:
        session.execute(update(TransactionRow).where(TransactionRow.pluggy_id == "old").values(note="festa"))
    row_id = next(row["id"] for row in stored_rows(database) if row["pluggy_id"] == "old")
    with database.writing() as session:
        ledger.rekey_transactions(session, USER, {row_id: "new"}, LATER)
    assert merge(database, account_id, [transaction_data("new")], LATER) == MergeCounts(updated=1)
    new = next(row for row in stored_rows(database) if row["pluggy_id"] == "new")
    assert (new["id"], new["note"], new["status"], new["updated_at"]) == (row_id, "festa", "POSTED", LATER)


def test_stored_ids_are_found_with_their_state(database: Database) -> None:
    account_id = account_of(database)
    merge(database, account_id, [transaction_data("here"), transaction_data("gone")])
    with database.writing() as session:
        gone = session.scalars(select(TransactionRow.id).where(TransactionRow.pluggy_id == "gone")).one()
        ledger.remove_transactions(session, USER, [gone], LATER)
        found = ledger.find_stored_ids(session, USER, account_id, ["here", "gone", "never"])
        [stored] = ledger.iter_stored_transactions(session, USER, [gone])
    assert found == {"here": False, "gone": True}
    assert (stored["id"], stored["pluggy_id"], stored["removed_at"]) == (gone, "gone", LATER)
    assert stored["amount"] == Decimal("-50.00")


def test_keys_are_of_the_days_asked_for(database: Database) -> None:
    account_id = account_of(database)
    rows = [transaction_data(f"{day:02}", occurred_on=date(2026, 11, day)) for day in (1, 10, 20)]
    merge(database, account_id, rows)
    with database.reading() as session:
        since = ledger.iter_transaction_keys(session, USER, account_id, date(2026, 11, 10))
        assert sorted(key.pluggy_id for key in since) == ["10", "20"]
        between = ledger.iter_transaction_keys(session, USER, account_id, date(2026, 11, 2), date(2026, 11, 10))
        assert [key.pluggy_id for key in between] == ["10"]


# --- whose rows they are ---------------------------------------------------------------------------------------------


def test_nothing_of_another_person_is_read_or_written(database: Database) -> None:
    mine, theirs = account_of(database), account_of(database, STRANGER, "item-2")
    merge(database, mine, [transaction_data()])
    merge(database, theirs, [transaction_data()], user_id=STRANGER)
    before = stored_rows(database)
    ids = [row["id"] for row in before]
    changed = [transaction_data(description="roubada"), transaction_data("new")]
    assert merge(database, theirs, changed, LATER) == MergeCounts()
    with database.writing() as session:
        their_row = next(row["id"] for row in before if row["user_id"] == STRANGER)
        ledger.rekey_transactions(session, USER, {their_row: "new"}, LATER)
        assert ledger.remove_transactions(session, USER, [their_row], LATER) == 0
        assert ledger.unlist_account(session, USER, theirs, LATER) == 0
        ledger.set_suspect_state(session, USER, theirs, "state")
        assert list(ledger.iter_transaction_keys(session, USER, theirs, date(2026, 1, 1))) == []
        assert ledger.find_stored_ids(session, USER, theirs, ["row-1"]) == {}
        assert [row["id"] for row in ledger.iter_stored_transactions(session, USER, ids)] == [
            row["id"] for row in before if row["user_id"] == USER
        ]
        assert [row["account_id"] for row in transaction_rows.list_transactions(session, USER)] == [mine]
        assert transaction_rows.list_transactions(session, USER, account_ids=[theirs]) == []
        assert [account["id"] for account in ledger.list_accounts(session, USER)] == [mine]
    assert stored_rows(database) == before


def test_an_account_of_another_person_cannot_be_overwritten_through_its_connection(database: Database) -> None:
    account_of(database, STRANGER, "item-2", balance=Decimal("5.00"))
    with database.writing() as session:
        connection_id = session.scalars(select(AccountRow.connection_id)).one()
        stolen = [account_data(balance=Decimal("9.00"))]
        assert ledger.merge_accounts(session, USER, connection_id, stolen, LATER) == 0
        [account] = ledger.list_accounts(session, STRANGER)
    assert account["balance"] == Decimal("5.00")


# --- accounts --------------------------------------------------------------------------------------------------------


def test_accounts_are_written_only_when_they_change(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session)
        accounts = [
            account_data("a", credit_limit=Decimal("5000.00"), bill_due_on=date(2026, 12, 5)),
            account_data("b"),
        ]
        assert ledger.merge_accounts(session, USER, connection_id, accounts, START) == 2
        assert ledger.merge_accounts(session, USER, connection_id, accounts, LATER) == 0
        accounts[1] = account_data("b", balance=Decimal("-0.01"))
        assert ledger.merge_accounts(session, USER, connection_id, accounts, LATER) == 1
        assert ledger.merge_accounts(session, USER, connection_id, [], LATER) == 0
        first, second = ledger.list_accounts(session, USER)
        assert {name: first[name] for name in account_data()} == accounts[0]  # type: ignore[literal-required]
        assert second["balance"] == Decimal("-0.01")
        stamps = session.execute(select(AccountRow.pluggy_id, AccountRow.updated_at).order_by(AccountRow.id)).all()
    assert [tuple(row) for row in stamps] == [("a", START), ("b", LATER)]


def test_an_account_that_is_listed_no_more_leaves_the_balances_and_returns(database: Database) -> None:
    with database.writing() as session:
        connection_id = add_connection(session)
        account_id = add_account(session, connection_id)
        ledger.set_suspect_state(session, USER, account_id, "2026-11-23")
        [state] = ledger.list_account_states(session, USER, connection_id).values()
        assert state[:4] == (account_id, "account-1", True, "2026-11-23")
        assert ledger.unlist_account(session, USER, account_id, LATER) == 1
        assert ledger.unlist_account(session, USER, account_id, LATER) == 0
        assert ledger.list_accounts(session, USER) == []
        assert len(ledger.list_accounts(session, USER, include_disconnected=True)) == 1
        assert ledger.merge_accounts(session, USER, connection_id, [account_data()], LATER) == 1
        assert len(ledger.list_accounts(session, USER)) == 1


def test_accounts_say_how_old_their_balance_is(database: Database) -> None:
    cards_at, item_at = START - timedelta(days=4), START - timedelta(hours=1)
    stale = {"is_updated": False, "last_updated_at": cards_at.isoformat(), "warnings": ["CC_003"]}
    with database.writing() as session:
        connection_id = add_connection(
            session, products={"creditCards": stale}, last_updated_at=item_at, last_synced_at=START
        )
        add_account(session, connection_id, pluggy_id="bank")
        add_account(session, connection_id, pluggy_id="card", type="CREDIT", subtype="CREDIT_CARD")
        never = add_connection(session, item_id="item-2")
        add_account(session, never)
        bank, card, unread = ledger.list_accounts(session, USER)
    assert (bank["balance_at"], card["balance_at"], unread["balance_at"]) == (item_at, cards_at, None)
    assert (bank["synced_at"], unread["synced_at"]) == (START, START)


def test_accounts_of_a_connection_on_its_way_out_are_history(database: Database) -> None:
    with database.writing() as session:
        leaving = add_connection(session, disconnect_requested_at=START)
        left = add_connection(session, item_id="item-2", disconnect_requested_at=START, disconnected_at=START)
        gone = add_connection(session, item_id="item-3", gone_at=START)
        ids = [add_account(session, connection_id) for connection_id in (leaving, left, gone)]
        assert [account["id"] for account in ledger.list_accounts(session, USER)] == ids[2:]
        assert [account["id"] for account in ledger.list_accounts(session, USER, include_disconnected=True)] == ids


# --- reading rows ----------------------------------------------------------------------------------------------------


def test_rows_come_newest_day_first_and_then_newest_id(database: Database) -> None:
    account_id = account_of(database)
    days = {"a": 3, "b": 5, "c": 5, "d": 1}
    merge(database, account_id, [transaction_data(k, occurred_on=date(2026, 11, day)) for k, day in days.items()])
    with database.reading() as session:
        listed = [row["pluggy_id"] for row in transaction_rows.list_transactions(session, USER)]
        paged = [
            row["pluggy_id"]
            for offset in (0, 2)
            for row in transaction_rows.list_transactions(
                session, USER, account_ids=[account_id], limit=2, offset=offset
            )
        ]
        some = transaction_rows.list_transactions(session, USER, date_from=date(2026, 11, 3), date_to=date(2026, 11, 4))
    assert listed == paged == ["c", "b", "a", "d"]
    assert [row["pluggy_id"] for row in some] == ["a"]


def test_a_statement_is_an_index_search_on_sqlite(sqlite_database: Database) -> None:
    plan = explain(sqlite_database, "EXPLAIN QUERY PLAN ")
    assert "SEARCH bank_transactions USING INDEX ix_bank_transactions_account_day" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_statement_is_an_index_search_on_postgresql(postgres_database: Database) -> None:
    plan = explain(postgres_database, "EXPLAIN ")
    assert "Index Scan using ix_bank_transactions_account_day" in plan
    assert "Sort" not in plan


def explain(database: Database, prefix: str) -> str:
    """The plan of one account's latest ten rows among 20,000 of fifty accounts."""
    fill(database, accounts=50, rows=400)
    with database.reading() as session:
        account_id = session.scalars(select(func.min(AccountRow.id))).one()
        query = transaction_rows.transactions_query(USER, account_ids=[account_id], date_from=date(2026, 11, 1)).limit(
            10
        )
        statement = query.compile(database.engine, compile_kwargs={"literal_binds": True})
        return "\n".join(str(tuple(row)) for row in session.execute(text(f"{prefix}{statement}")))


def fill(database: Database, *, accounts: int, rows: int) -> None:
    newest = datetime(2026, 11, 23, tzinfo=UTC).date()
    with database.writing() as session:
        connection_id = add_connection(session)
        owned = {"user_id": USER, "connection_id": connection_id, "created_at": START, "updated_at": START}
        for number in range(accounts):
            account_id = add_account(session, connection_id, pluggy_id=f"account-{number}")
            session.connection().execute(
                insert(TransactionRow.__table__),  # type: ignore[arg-type]
                [
                    {
                        **transaction_data(f"row-{row}", occurred_on=newest - timedelta(days=row % 365)),
                        **owned,
                        "account_id": account_id,
                    }
                    for row in range(rows)
                ],
            )
        session.execute(text("ANALYZE"))
