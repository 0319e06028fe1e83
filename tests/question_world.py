"""The world of ``data/questions``: one person's accounts over a year, stored as a pass would have stored them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

from open_finance.bill_records import BillData
from open_finance.storage import bills, ledger
from open_finance.storage.database import Database, Session
from tests.rows import USER, account_data, add_connection, transaction_data

FOLDER = Path(__file__).parent / "data" / "questions"
#: Noon in São Paulo of the day on which every question is asked, a Tuesday.
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
_BANK_CODES = {"Itaú": "341", "Nubank": "260", "Caixa": "104"}
_MONEY = ("amount", "balance", "reserved", "credit_limit", "available_credit_limit", "foreign_amount", "total", "paid")
_DAYS = ("day", "purchased_on", "closes_on", "due_on", "bill_closes_on", "bill_due_on")
#: What only the oracle knows of a row, and what it calls otherwise than the storage.
_NOT_STORED = ("key", "account", "day", "flow", "group", "category", "merchant", "person")


@cache
def read_world() -> dict[str, Any]:
    """``accounts``, ``bills`` and ``rows``, with exact amounts and days."""
    told = json.loads((FOLDER / "world.json").read_text(encoding="utf-8"))
    return {name: [_typed(each) for each in told[name]] for name in ("accounts", "bills", "rows")}


@cache
def read_questions(name: str = "first_hundred.json") -> list[dict[str, Any]]:
    """The questions of a file with their answers, as written."""
    return cast("list[dict[str, Any]]", json.loads((FOLDER / name).read_text(encoding="utf-8")))


def store_world(database: Database, user_id: int = USER) -> int:
    """Store the world for a person; returns their id."""
    with database.writing() as session:
        ids = _store_accounts(session, user_id)
        for key, account_id in ids.items():
            rows = [_row_data(row) for row in read_world()["rows"] if row["account"] == key]
            ledger.merge_transactions(session, user_id, account_id, rows, NOW)
            told = [_bill_data(bill) for bill in read_world()["bills"] if bill["account"] == key]
            bills.merge_bills(session, user_id, account_id, told, NOW)
    return user_id


def _store_accounts(session: Session, user_id: int) -> dict[str, int]:
    """``{key: our id}``."""
    ids: dict[str, int] = {}
    for bank in dict.fromkeys(account["bank"] for account in read_world()["accounts"]):
        connection = add_connection(
            session, user_id, f"item-{bank}-{user_id}", connector_name=bank, last_updated_at=NOW, last_synced_at=NOW
        )
        own = [account for account in read_world()["accounts"] if account["bank"] == bank]
        ledger.merge_accounts(session, user_id, connection, [_account_data(each, user_id) for each in own], NOW)
        states = ledger.list_account_states(session, user_id, connection)
        ids |= {each["key"]: states[f"{each['key']}-{user_id}"].id for each in own}
    return ids


def _account_data(account: dict[str, Any], user_id: int) -> Any:
    values = {name: value for name, value in account.items() if name not in {"key", "bank"}}
    name = f"{account['key']}-{user_id}"
    return account_data(
        name, **{"bank_code": _BANK_CODES[account["bank"]], "identity": f"identity of {name}", **values}
    )


def _row_data(row: dict[str, Any]) -> Any:
    values = {name: value for name, value in row.items() if name not in _NOT_STORED}
    kind = "DEBIT" if row["amount"] < 0 else "CREDIT"
    return transaction_data(row["key"], **{"occurred_on": row["day"], "type": kind, **values})


def _bill_data(bill: dict[str, Any]) -> BillData:
    told = {name: bill[name] for name in ("closes_on", "due_on", "total")}
    rest = {"pluggy_id": bill["key"], "currency_code": "BRL", "minimum": None, "finance_charges": [], "payments": []}
    return cast("BillData", {**told, **rest})


def _typed(told: dict[str, Any]) -> dict[str, Any]:
    money = {name: Decimal(told[name]) for name in _MONEY if name in told}
    return {**told, **money, **{name: date.fromisoformat(told[name]) for name in _DAYS if name in told}}
