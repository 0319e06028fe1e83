"""A watched household in a database, as the sync would have left it on an evening."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from benchmarks.forecast.seen import Watch
from benchmarks.forecast.writing import evening
from open_finance.bill_records import BillData
from open_finance.records import Account, AccountData, TransactionData
from open_finance.storage import bills, ledger
from open_finance.storage.database import Database, Session
from tests.rows import USER, add_connection


def store(database: Database, watch: Watch, day: date, user_id: int = USER) -> None:
    """One connection a bank account or card, all read at nine in the evening."""
    rows = watch.rows_on(day)
    with database.writing() as session:
        for account in watch.accounts_on(day):
            account_id = _store_account(session, account, day, user_id)
            own = [_only(TransactionData, row) for row in rows if row["account_id"] == account["id"]]
            ledger.merge_transactions(session, user_id, account_id, cast("list[TransactionData]", own), evening(day))
            told = [_only(BillData, bill) for bill in watch.bills_on(day, account["id"])]
            bills.merge_bills(session, user_id, account_id, cast("list[BillData]", told), evening(day))


def _store_account(session: Session, account: Account, day: date, user_id: int) -> int:
    now = evening(day)
    values: dict[str, Any] = {
        "item_id": f"item-{account['id']}",
        "connector_id": account["id"],
        "connector_name": account["connector_name"],
        **dict.fromkeys(("last_updated_at", "last_synced_at", "created_at", "settled_at"), now),
    }
    connection_id = add_connection(session, user_id, **values)
    data = cast("AccountData", _only(AccountData, account))
    ledger.merge_accounts(session, user_id, connection_id, [data], now)
    return ledger.list_account_states(session, user_id, connection_id)[account["pluggy_id"]].id


def _only(kind: Any, record: Any) -> dict[str, Any]:
    return {name: record[name] for name in _names(kind)}


def _names(kind: Any) -> list[str]:
    return list(kind.__annotations__)
