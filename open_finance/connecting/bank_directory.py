"""Pluggy's list of institutions, kept in memory for an hour."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from open_finance.clock import Clock
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.banks import bank_name, connector_name, group_banks, read_door
from open_finance.errors import PluggyError, PluggyNotFoundError
from open_finance.pluggy_client import PluggyClient
from open_finance.records import Bank, Door

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Listing:
    banks: list[Bank]
    read_at: float


class BankDirectory:
    """The banks, and one connector when it is chosen. Thread-safe."""

    def __init__(self, client: PluggyClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._listings: dict[bool, _Listing] = {}

    def list_banks(self, *, sandbox: bool) -> list[Bank]:
        """Every bank with its doors. Raises PluggyError when Pluggy does not answer and never has."""
        with self._lock:
            known = self._listings.get(sandbox)
        if known is not None and self._clock.monotonic() - known.read_at < FRESH_SECONDS:
            return known.banks
        try:
            banks = group_banks(self._client.list_connectors(country="BR", sandbox=sandbox))
        except PluggyError as error:
            if known is None:
                raise
            logger.warning("the list of banks stays as it was: %s", type(error).__name__)
            return known.banks
        with self._lock:
            self._listings[sandbox] = _Listing(banks, self._clock.monotonic())
        return banks

    def name_of(self, connector_id: int) -> str:
        """A connector's bank, as far as the last list tells; "banco" where it does not. Asks nobody."""
        with self._lock:
            banks = [bank for listing in self._listings.values() for bank in listing.banks]
        names = (bank["name"] for bank in banks if any(d["connector_id"] == connector_id for d in bank["doors"]))
        return next(names, "banco")

    def get_door(self, connector_id: int) -> tuple[Door, str]:
        """One connector as it is now, and its bank's name. Raises BankConnectionError for one Pluggy does not have, and
        PluggyError."""
        try:
            raw = self._client.get_connector(connector_id)
        except PluggyNotFoundError:
            raise bank_error("CONNECTOR_NOT_FOUND", "") from None
        return read_door(raw), bank_name(connector_name(raw))
