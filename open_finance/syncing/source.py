"""What Pluggy lists of one item, normalised as it arrives. Asks and reads; stores nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from open_finance.bank_codes import recover_name
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
)
from open_finance.investment_records import PotData
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_investments import read_pots
from open_finance.pluggy_rows import (
    Documents,
    find_bank_code,
    holder_documents,
    read_account,
    read_id,
    read_transaction,
)
from open_finance.records import AccountData, ItemData, TransactionData
from open_finance.syncing.holders import HolderMemory
from open_finance.syncing.moving import Signs, Watch
from open_finance.syncing.spool import TransactionSpool

logger = logging.getLogger(__name__)


class PassInterrupted(Exception):  # noqa: N818 - an outcome, not an error
    """The pass ends without a result: its lease is lost, or the process is stopping. What was written stands."""


@dataclass(frozen=True, slots=True)
class AccountListing:
    """The accounts of an item. ``listed``: the ids of all of them, also of those that could not be read. ``complete``: False
    when one does not even say which it is. ``documents``: the holder's, for comparison in memory only. ``bank_name``: the
    bank's, where the item comes through MeuPluggy, which does not say it; ``bank_code``: its COMPE code, where an account
    tells it. ``pots``: the caixinhas of each account, by its id."""

    accounts: tuple[AccountData, ...]
    listed: frozenset[str]
    complete: bool
    documents: Documents
    bank_name: str | None
    bank_code: str | None
    pots: Mapping[str, list[PotData]]


class ItemSource:
    """One item at Pluggy. Every method raises PluggyError."""

    def __init__(
        self,
        client: PluggyClient,
        item: ItemData,
        stopping: threading.Event,
        holders: HolderMemory,
        desk: threading.Lock,
    ) -> None:
        self._client = client
        self._holders = holders
        self._desk = desk
        self._item = item
        self._stopping = stopping

    def list_accounts(self, known_bank_code: str | None = None, *, deadline: float) -> AccountListing:
        """The accounts, those that cannot be read left out. ``known_bank_code``: the bank's, for a day on which the
        account that tells it is not listed. ``deadline``: a ``clock.monotonic()`` value."""
        raw_accounts = self._client.list_accounts(self._item["item_id"], deadline=deadline)
        ids = [read_id(raw) for raw in raw_accounts]
        bank_code = find_bank_code(raw_accounts) or known_bank_code
        read = [self._account(raw, bank_code) for raw in raw_accounts]
        accounts = {account["pluggy_id"]: account for account in read if account is not None}
        return AccountListing(
            accounts=tuple(accounts.values()),
            listed=frozenset(pluggy_id for pluggy_id in ids if pluggy_id is not None),
            complete=None not in ids,
            documents=holder_documents(raw_accounts, None) or self._documents(deadline),
            bank_name=self._bank_name(accounts.values(), bank_code),
            bank_code=bank_code,
            pots={pluggy_id: read_pots(raw) for pluggy_id, raw in zip(ids, raw_accounts, strict=True) if pluggy_id},
        )

    def spool_transactions(
        self,
        account: AccountData,
        documents: Documents,
        spool: TransactionSpool,
        *,
        deadline: float,
        date_from: date | None = None,
        created_at_from: datetime | None = None,
    ) -> Signs:
        """Put one listing of an account into the spool, page by page; what it shows of its rows having moved meanwhile.
        Raises PassInterrupted between pages."""
        watch, read = Watch(), 0
        pages = self._client.iter_transaction_pages(
            account["pluggy_id"], date_from=date_from, created_at_from=created_at_from, deadline=deadline
        )
        try:
            for page in pages:
                if self._stopping.is_set():
                    raise PassInterrupted
                with self._desk:
                    watch.see(page)
                    _spool(page, account, documents, spool)
                read += 1
        except PluggyRequestError as error:
            # The first page has been accepted as it was asked for: what is refused of a later one is its cursor.
            if read == 0 or error.status_code != 400:
                raise
            return watch.signs(broken=True)
        return watch.signs()

    def _account(self, raw: Mapping[str, Any], bank_code: str | None) -> AccountData | None:
        item = self._item
        try:
            return read_account(
                raw,
                connector_id=item["connector_id"],
                connector_name=item["connector_name"],
                bank_code=bank_code,
            )
        except PluggyServerError as error:
            logger.warning("an account was skipped: %s", error)  # names the field, never a value
            return None

    def _bank_name(self, accounts: Iterable[AccountData], bank_code: str | None) -> str | None:
        if self._item["connector_id"] != MEU_PLUGGY:
            return None
        return recover_name(
            bank_code, [text for one in accounts for text in (one["marketing_name"], one["name"]) if text]
        )

    def _documents(self, deadline: float) -> Documents:
        """Whose item it is: asked only where no account says, and then once in a while, since banks ration it. Without an
        answer a holder is unknown."""
        item_id = self._item["item_id"]
        known = self._holders.find(item_id)
        if known is not None:
            return known
        try:
            documents = holder_documents((), self._client.get_identity(item_id, deadline=deadline))
        except (PluggyAuthError, PluggyRateLimitError):
            raise
        except PluggyError as error:
            logger.warning("an identity was not read: %s", type(error).__name__)
            return frozenset()
        self._holders.keep(item_id, documents)
        return documents


def _spool(
    page: Iterable[Mapping[str, Any]], account: AccountData, documents: Documents, spool: TransactionSpool
) -> None:
    for raw in page:
        row = _transaction(raw, account, documents)
        if row is None:
            spool.skip(read_id(raw))
        else:
            spool.add(row)


def _transaction(raw: Mapping[str, Any], account: AccountData, documents: Documents) -> TransactionData | None:
    try:
        return read_transaction(
            raw,
            account_type=account["type"],
            account_currency=account["currency_code"],
            holder_documents=documents,
        )
    except PluggyServerError:
        return None
