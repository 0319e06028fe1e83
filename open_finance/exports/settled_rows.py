"""What files for accounting programs (OFX, Beancount) have in common: which rows they hold, and by what a program that knows
a row or an account already knows it again. Pure.

Such a program keeps what it took in. So only settled rows are in these files: what is pending still changes its amount,
its day and sometimes its bank's id, and would stay there twice.
"""

from __future__ import annotations

from hashlib import blake2b

from open_finance.reading.statement_export import ExportAccount, ExportRow, StatementExport


def is_settled(row: ExportRow) -> bool:
    """Whether it has happened, and its bank has settled it."""
    return not (row.pending or row.scheduled or row.unconfirmed)


def settled_rows(export: StatementExport) -> tuple[ExportRow, ...]:
    """The rows that OFX and Beancount files hold, oldest first."""
    return tuple(row for row in export.rows if is_settled(row))


def left_out(export: StatementExport) -> int:
    """How many rows OFX and Beancount files do not hold: pending, scheduled and unconfirmed ones."""
    return sum(not is_settled(row) for row in export.rows)


def row_key(row: ExportRow) -> str:
    """24 hexadecimal digits, the same in every file that holds the row, whatever its bank calls it by now; never those of
    another row.

    Made of our id and the moment since when the row is ours: both stay when an account goes on in another, while SQLite
    gives the id of an erased row out again. Always of one length: some programs look for a key anywhere in another.
    """
    since = "" if row.known_since is None else row.known_since.isoformat(timespec="microseconds")
    return blake2b(f"{row.id}|{since}".encode(), digest_size=12).hexdigest()


def account_keys(accounts: tuple[ExportAccount, ...]) -> dict[int, str]:
    """``{our id: last digits and four hexadecimal ones}``, no two alike: the same when a bank is connected anew.

    Four digits of a hash are few enough to fit thousands of account numbers: the whole number cannot be found by trying.
    """
    keys: dict[int, str] = {}
    for account in sorted(accounts, key=lambda one: one.id):
        digits = "".join(char for char in account.number if char.isascii() and char.isalnum())[-4:] or "0000"
        key = f"{digits}-{blake2b(account.identity.encode(), digest_size=2).hexdigest()}"
        namesakes = sum(taken.startswith(key) for taken in keys.values())
        keys[account.id] = f"{key}-{namesakes + 1}" if namesakes else key
    return keys
