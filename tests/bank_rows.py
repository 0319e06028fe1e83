"""What the bank lists and what stands in our books, row by row, to be compared."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from open_finance.clock import bank_day
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, TransactionRow

#: Account and row by Pluggy's ids, day, description, amount without its sign, status.
BankRow = tuple[str, str, date, str, Decimal, str]


def listed_rows(client: PluggyClient, *item_ids: str, since: date = date.min) -> Counter[BankRow]:
    """What Pluggy lists of these items."""
    return Counter(
        (
            account["id"],
            raw["id"],
            day,
            raw["description"],
            abs(round(Decimal(raw.get("amountInAccountCurrency") or raw["amount"]), 2)),
            raw["status"],
        )
        for item_id in item_ids
        for account in client.list_accounts(item_id)
        for raw in client.iter_transactions(account["id"])
        if (day := bank_day(datetime.fromisoformat(raw["date"]))) >= since
    )


def standing_rows(database: Database, since: date = date.min) -> Counter[BankRow]:
    """What stands in our books."""
    columns = (
        AccountRow.pluggy_id,
        TransactionRow.pluggy_id,
        TransactionRow.occurred_on,
        TransactionRow.description,
        TransactionRow.amount,
        TransactionRow.status,
    )
    standing = (
        select(*columns)
        .join(AccountRow, AccountRow.id == TransactionRow.account_id)
        .where(TransactionRow.removed_at.is_(None), TransactionRow.occurred_on >= since)
    )
    with database.reading() as session:
        return Counter((*row[:4], abs(row[4]), row[5]) for row in session.execute(standing))
