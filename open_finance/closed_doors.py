"""Password doors that Pluggy has withdrawn: banks leave them for Open Finance, and nothing is migrated (reference 2.4)."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from open_finance.clock import Clock
from open_finance.errors import PluggyError
from open_finance.pluggy_client import PluggyClient

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
MEU_PLUGGY = 200


@dataclass(frozen=True, slots=True)
class _Listing:
    connector_ids: frozenset[int]
    read_at: float


class ClosedDoors:
    """Tells whether a door is closed, from Pluggy's list of connectors, which is read once an hour at most. To be asked
    about a connection that fails: one that stands has a door. Thread-safe."""

    def __init__(self, client: PluggyClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._listing: _Listing | None = None

    def is_closed(self, connector_id: int, *, is_open_finance: bool) -> bool:
        """Whether a password connector has left the list. False as long as nobody can say."""
        if is_open_finance or connector_id == MEU_PLUGGY:
            return False
        listed = self._listed()
        return bool(listed) and connector_id not in listed

    def _listed(self) -> frozenset[int]:
        with self._lock:
            known = self._listing
        if known is not None and self._clock.monotonic() - known.read_at < FRESH_SECONDS:
            return known.connector_ids
        try:
            rows = self._client.list_connectors(country=None, sandbox=True)
        except PluggyError as error:
            logger.warning("the list of connectors was not read: %s", type(error).__name__)
            return frozenset()
        ids = frozenset(number for row in rows if isinstance(number := row.get("id"), int))
        with self._lock:
            self._listing = _Listing(ids, self._clock.monotonic())
        return ids
