"""What Pluggy lists now against what our books say: read by nobody's code but the wire's own reader, and by Pluggy's ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, select

from open_finance.errors import PluggyServerError
from open_finance.money import ZERO
from open_finance.pluggy_rows import find_bank_code, read_account, read_transaction
from open_finance.records import AccountData, TransactionData
from open_finance.storage.database import Database
from open_finance.storage.models import AccountRow, Base, TransactionRow
from tests.simulator.bank import OWNER_CPF, YEAR
from tests.simulator.pluggy import CONNECTOR, Pluggy, Shelf

Json = dict[str, Any]

ACCOUNTS: Table = Base.metadata.tables[AccountRow.__tablename__]
TRANSACTIONS: Table = Base.metadata.tables[TransactionRow.__tablename__]
#: Pluggy's own stamps alone are no change, so a row may carry older ones; "unknown" does not overwrite what was known.
UNCOMPARED = frozenset({"pluggy_created_at", "pluggy_updated_at", "same_holder"})
COMPARED = tuple(name for name in TransactionData.__annotations__ if name not in UNCOMPARED)
#: Days at the old end of Pluggy's year: whether a row of theirs is listed says nothing.
MARGIN = timedelta(days=2)


@dataclass
class Verdict:
    """What does not agree, in words; all empty when the books have converged. ``centavos``: by how much sums and balances
    are wrong."""

    duplicates: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    centavos: int = 0

    @property
    def problems(self) -> list[str]:
        return [
            *(f"stands and is not listed: {one}" for one in self.duplicates),
            *(f"listed and does not stand: {one}" for one in self.lost),
            *(f"wrong: {one}" for one in self.wrong),
            *(f"what a person wrote is gone: {one}" for one in self.notes),
            *(f"mistake: {one}" for one in self.mistakes),
            *([f"centavos of error: {self.centavos}"] if self.centavos else []),
        ]

    @property
    def holds(self) -> bool:
        return not self.problems


def books(database: Database) -> dict[str, list[Json]]:
    """Every column of every account and row."""
    with database.reading() as session:
        return {
            table.name: [dict(row) for row in session.execute(select(table).order_by(table.c.id)).mappings()]
            for table in (ACCOUNTS, TRANSACTIONS)
        }


def judge(stored: Mapping[str, list[Json]], pluggy: Pluggy, today: date) -> Verdict:
    """Compare account by account. An account that is not listed is only that: its history is nobody's to confirm."""
    verdict = Verdict()
    accounts = {account["pluggy_id"]: account for account in stored[ACCOUNTS.name]}
    # Which bank it is has been told by whichever account was ever listed.
    told = (shelf.text for account_id, shelf in pluggy.shelves.items() if account_id in {*pluggy.shown, *accounts})
    bank_code = find_bank_code(map(json.loads, told))
    for account_id, account in accounts.items():
        if account["listed"] and account_id not in pluggy.shown:
            verdict.duplicates.append(f"account {account_id}")
    for account_id in pluggy.shown:
        if not accounts.get(account_id, {}).get("listed"):
            verdict.lost.append(f"account {account_id}")
            continue
        shelf, account = pluggy.shelves[account_id], accounts[account_id]
        listed = _read_account(shelf, bank_code)
        _compare_account(verdict, account, listed)
        rows = [row for row in stored[TRANSACTIONS.name] if row["account_id"] == account["id"]]
        _compare_rows(
            verdict, rows, {row["pluggy_id"]: row for row in _read_rows(shelf, listed)}, set(shelf.rows), today
        )
    return verdict


def judge_notes(
    verdict: Verdict, stored: Mapping[str, list[Json]], pluggy: Pluggy, written: Mapping[str, tuple[str, str]]
) -> None:
    """``written``: Pluggy's id of a row that must be the one it was → the note and the category put on it."""
    listed = {row_id for account_id in pluggy.shown for row_id in pluggy.shelves[account_id].rows}
    standing = {row["pluggy_id"]: row for row in stored[TRANSACTIONS.name] if row["removed_at"] is None}
    for row_id, own in written.items():
        if row_id in listed and row_id in standing:
            row = standing[row_id]
            if (row["note"], row["user_category"]) != own:
                verdict.notes.append(f"{row_id} {own} now {row['note']}")


def _read_account(shelf: Shelf, bank_code: str | None) -> AccountData:
    raw = json.loads(shelf.text, parse_float=Decimal)
    return read_account(raw, connector_id=CONNECTOR, connector_name="Banco Exemplo", bank_code=bank_code)


def _read_rows(shelf: Shelf, account: AccountData) -> Iterator[TransactionData]:
    """Without those that nobody can read: of these it is only known that they are listed."""
    for row in shelf.rows.values():
        with suppress(PluggyServerError):
            yield read_transaction(
                json.loads(row.text, parse_float=Decimal),
                account_type=account["type"],
                account_currency=account["currency_code"],
                holder_documents=frozenset({OWNER_CPF}),
            )


def _compare_account(verdict: Verdict, stored: Json, listed: AccountData) -> None:
    for name, value in listed.items():
        if stored[name] != value:
            verdict.wrong.append(f"account {listed['pluggy_id']} {name}: {stored[name]} for {value}")
    verdict.centavos += _centavos(stored["balance"] - listed["balance"])


def _compare_rows(
    verdict: Verdict, rows: list[Json], readable: Mapping[str, TransactionData], listed: AbstractSet[str], today: date
) -> None:
    oldest = today - timedelta(days=YEAR) + MARGIN
    standing = {row["pluggy_id"]: row for row in rows if row["removed_at"] is None}
    judged = [row for row in standing.values() if row["occurred_on"] >= oldest]
    verdict.duplicates += [_words(row) for row in judged if row["pluggy_id"] not in listed]
    for row_id, expected in readable.items():
        if row_id in standing:
            _compare_row(verdict, standing[row_id], expected)
        else:
            verdict.lost.append(_words(expected))
    now = sum((row["amount"] for row in judged if row["pluggy_id"] in readable or row["pluggy_id"] not in listed), ZERO)
    said = sum((row["amount"] for row in readable.values() if row["occurred_on"] >= oldest), ZERO)
    verdict.centavos += _centavos(now - said)


def _compare_row(verdict: Verdict, stored: Json, listed: TransactionData) -> None:
    differing = [name for name in COMPARED if stored[name] != listed[name]]  # type: ignore[literal-required]
    if listed["same_holder"] is not None and stored["same_holder"] != listed["same_holder"]:
        differing.append("same_holder")
    for name in differing:
        verdict.wrong.append(f"{_words(listed)} {name}: {stored[name]} for {listed[name]}")  # type: ignore[literal-required]


def _words(row: Any) -> str:
    return f"{row['pluggy_id']} {row['occurred_on']} {row['amount']} {row['status']} {row['description']!r}"


def _centavos(difference: Decimal) -> int:
    return abs(int(difference * 100))
