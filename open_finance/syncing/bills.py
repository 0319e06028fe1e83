"""The bills of an item's cards, as far as Pluggy gives them. What is read of them, and where it is stored.

They are a help and no more: a plan has none, a bank that is not in Open Finance has none, and a pass that could not read
them is as good as any other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from open_finance.bill_records import BillData
from open_finance.clock import Clock
from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyRateLimitError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.pluggy_bills import read_bill
from open_finance.pluggy_client import PluggyClient
from open_finance.storage import bills, ledger
from open_finance.storage.database import Session

logger = logging.getLogger(__name__)

#: For all the cards of an item together.
BILLS_SECONDS = 60.0
#: The next card would meet the same.
_FOR_ALL = (PluggyAuthError, PluggyRateLimitError, PluggyUnreachableError)


class CardBills:
    """The bills of one pass."""

    def __init__(self, client: PluggyClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._seconds = BILLS_SECONDS
        self._is_refused = False

    def list_bills(self, account_id: str) -> list[BillData]:
        """A card's bills by Pluggy's id of it, those that cannot be read left out; none where Pluggy gives none. Raises
        nothing of the network."""
        if self._is_refused or self._seconds <= 0:
            return []
        began = self._clock.monotonic()
        try:
            return _read(self._client.list_bills(account_id, deadline=began + self._seconds))
        except PluggyError as error:
            self._is_refused = isinstance(error, _FOR_ALL)
            logger.info("bills were not read: %s (%s)", type(error).__name__, error.status_code or "no answer")
            return []
        finally:
            self._seconds -= self._clock.monotonic() - began


def store_bills(
    session: Session, user_id: int, connection_id: int, card: str, listed: Iterable[BillData], now: datetime
) -> int:
    """Store the bills of a card, by Pluggy's id of it. Returns the rows written; a second time it is none."""
    stored = ledger.list_account_states(session, user_id, connection_id)[card]
    return bills.merge_bills(session, user_id, stored.id, listed, now)


def _read(raw_bills: Iterable[Mapping[str, Any]]) -> list[BillData]:
    read = []
    for raw in raw_bills:
        try:
            read.append(read_bill(raw))
        except PluggyServerError as error:
            logger.warning("a bill was skipped: %s", error)  # names the field, never a value
    return read
