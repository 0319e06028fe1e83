"""One row of a person's, found by an id that it has or had, and kept still while something is written on it."""

from __future__ import annotations

from collections.abc import Iterable

from open_finance.errors import RowNotFoundError
from open_finance.records import Account, Transaction
from open_finance.storage import echoes, joins, ledger, transaction_rows
from open_finance.storage.database import Session


def find_row(session: Session, user_id: int, row_id: int) -> Transaction:
    """A row by an id that it has or had: what its bank listed again in its place is it, too."""
    standing = echoes.find_standing(session, user_id, [row_id]).get(row_id)
    found = transaction_rows.list_by_ids(session, user_id, [] if standing is None else [standing])
    if not found:
        raise RowNotFoundError("no such row for this person")
    return found[0]


def find_row_locked(session: Session, user_id: int, row_id: int, *connection_ids: int) -> Transaction:
    """The same, with its connection kept from being read meanwhile: whoever replaces a row then hands over what was written
    on it. In the order in which a pass takes its locks."""
    row = find_row(session, user_id, row_id)
    joins.lock_connections(session, user_id, {row["connection_id"], *connection_ids})
    session.expire_all()
    return find_row(session, user_id, row_id)


def lock_rows(session: Session, user_id: int, row_ids: Iterable[int]) -> None:
    """Keep the connections of these rows from being read until the transaction ends."""
    rows = transaction_rows.list_by_ids(session, user_id, row_ids)
    joins.lock_connections(session, user_id, {row["connection_id"] for row in rows})
    session.expire_all()


def account_of(session: Session, user_id: int, row: Transaction) -> Account:
    """The account that a row is in, of whatever bank. Raises RowNotFoundError."""
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    found = next((account for account in accounts if account["id"] == row["account_id"]), None)
    if found is None:
        raise RowNotFoundError("its account is no more")
    return found
