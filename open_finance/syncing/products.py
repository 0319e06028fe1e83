"""What is asked of an item beside its accounts: positions, their movements, loans. Asks and reads; stores nothing.

As with the bills of cards, it is a help and no more: a plan has none of it, a bank does not give it, and a pass that could
not read it is as good as any other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from open_finance.clock import Clock
from open_finance.errors import (
    PluggyAuthError,
    PluggyError,
    PluggyNotFoundError,
    PluggyQuotaError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.investment_records import InvestmentTransactionData, Product, Reading
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_investments import read_investment_transaction
from open_finance.pluggy_rows import read_id
from open_finance.records import ItemData
from open_finance.syncing.source import PassInterrupted

logger = logging.getLogger(__name__)

#: For all that is asked of an item beside its accounts.
PRODUCT_SECONDS: Final = 60.0
#: The plan, the bank or the consent does not give it.
_REFUSALS: Final = (PluggyRequestError, PluggyNotFoundError, PluggyQuotaError, PluggyAuthError)
#: The next position would meet the same.
_FOR_ALL: Final = (PluggyUnreachableError, PluggyRequestError, PluggyQuotaError, PluggyAuthError)
_FORBIDDEN: Final = 403
#: How an item says of a product that the person did not share it (reference 3.13): what is listed then is nothing.
_NOT_SHARED: Final[Mapping[Product, frozenset[str]]] = {
    "investments": frozenset({"INV_001", "INV_002"}),
    "loans": frozenset({"LOAN_001", "LOAN_002"}),
}

T = TypeVar("T")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """What was listed of a product. ``ids``: of all of it, also of what cannot be read. ``complete``: False when one does
    not even say which it is."""

    raw: list[dict[str, Any]]
    ids: frozenset[str]
    complete: bool


class ProductSource:
    """The products of one item, in one pass, within a minute. Raises PluggyAuthError and PluggyRateLimitError, which the
    accounts would meet as well, and PassInterrupted; of Pluggy nothing else."""

    def __init__(self, client: PluggyClient, clock: Clock, stopping: threading.Event, item: ItemData) -> None:
        self._client = client
        self._stopping = stopping
        self._item = item
        self._clock = clock
        self._ends_at = clock.monotonic() + PRODUCT_SECONDS
        self._is_refused = False

    def list_product(self, product: Product) -> Listed | Reading:
        """All of it; or how asking ended. Not asked for where the item says that it was not collected for us; what a person
        did not share is refused, and not an empty purse."""
        known, item_id = self._item["products"], self._item["item_id"]
        if known and product not in known:
            return "refused"
        call = self._client.list_investments if product == "investments" else self._client.list_loans
        answer = self._ask(product, lambda: call(item_id, deadline=self._ends_at))
        if isinstance(answer, PluggyError):
            return "refused" if isinstance(answer, _REFUSALS) else "failed"
        if not answer and known and not _NOT_SHARED[product].isdisjoint(known[product]["warnings"]):
            return "refused"
        ids = [read_id(raw) for raw in answer]
        return Listed(answer, frozenset(one for one in ids if one is not None), complete=None not in ids)

    def list_moves(self, position: str) -> list[InvestmentTransactionData] | None:
        """The movements of a position by Pluggy's id of it, those that cannot be read left out; None where none are told,
        and for all that come after one that could not be asked."""
        if self._is_refused or self._clock.monotonic() >= self._ends_at:
            return None
        answer = self._ask(
            "movements", lambda: self._client.list_investment_transactions(position, deadline=self._ends_at)
        )
        if isinstance(answer, PluggyError):
            self._is_refused = isinstance(answer, _FOR_ALL)
            return None
        return read_all("movement", answer, read_investment_transaction)

    def _ask(self, what: str, call: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]] | PluggyError:
        if self._stopping.is_set():
            raise PassInterrupted
        try:
            return call()
        except PluggyRateLimitError:
            raise
        except PluggyError as error:
            if self._stopping.is_set():  # the stop may have cut the request short
                raise PassInterrupted from None
            # A key that has just read the accounts is good: a 403 is a permission that it lacks.
            if isinstance(error, PluggyAuthError) and error.status_code != _FORBIDDEN:
                raise
            logger.info("%s were not read: %s (%s)", what, type(error).__name__, error.status_code or "no answer")
            return error


def read_all(what: str, raw: Iterable[Json], read: Callable[[Json], T]) -> list[T]:
    """All that can be read."""
    found = []
    for each in raw:
        try:
            found.append(read(each))
        except PluggyServerError as error:
            logger.warning("a %s was skipped: %s", what, error)  # names the field, never a value
    return found
