"""The part of ``PluggyClient`` that reads what is invested and owed. Its errors and deadlines are the client's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from open_finance.pluggy_caller import Request
from open_finance.pluggy_wire import Call

Json = dict[str, Any]


class HoldingCalls(ABC):
    """Investments, their movements, loans, and the bills of cards. A plan may have none of them, and a bank may give none:
    that is an empty list, or a PluggyError of any kind."""

    def list_investments(
        self,
        item_id: str,
        *,
        type: str | None = None,  # noqa: A002 - Pluggy's name
        deadline: float | None = None,
    ) -> list[Json]:
        """The item's positions, also those that were redeemed; ``type`` is ``FIXED_INCOME``, ``EQUITY``, …"""
        return self._list("/investments", {"itemId": item_id, "type": type}, deadline)

    def get_investment(self, investment_id: str) -> Json:
        """One position. Raises PluggyNotFoundError."""
        return self._object(Request(Call.GET, "/investments/{investment_id}", {"investment_id": investment_id}))

    def list_investment_transactions(self, investment_id: str, *, deadline: float | None = None) -> list[Json]:
        """The movements of a position. Raises PluggyNotFoundError."""
        path = "/investments/{investment_id}/transactions"
        return self._list(path, {}, deadline, ids={"investment_id": investment_id})

    def list_loans(self, item_id: str, *, deadline: float | None = None) -> list[Json]:
        """The item's loans and financings."""
        return self._list("/loans", {"itemId": item_id}, deadline)

    def get_loan(self, loan_id: str) -> Json:
        """One loan. Raises PluggyNotFoundError."""
        return self._object(Request(Call.GET, "/loans/{loan_id}", {"loan_id": loan_id}))

    def list_bills(self, account_id: str, *, deadline: float | None = None) -> list[Json]:
        """A card's bills, newest first, as a rule the closed ones only. A connection that is not Open Finance has none, or
        answers with a PluggyError of any kind; so does a plan without them."""
        return self._list("/bills", {"accountId": account_id}, deadline)

    @abstractmethod
    def _list(
        self,
        path: str,
        params: Mapping[str, Any],
        deadline: float | None = None,
        ids: Mapping[str, object] | None = None,
    ) -> list[Json]: ...

    @abstractmethod
    def _object(self, request: Request) -> Json: ...
