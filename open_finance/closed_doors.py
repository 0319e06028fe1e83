"""Password doors that Pluggy has withdrawn: banks leave them for Open Finance, and nothing is migrated (reference 2.4)."""

from __future__ import annotations

import logging
import math
import threading

from open_finance.clock import Clock
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import PluggyError
from open_finance.pluggy_client import PluggyClient

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
#: Many connections may fail in one pass, and a Pluggy that is down is not asked for each of them.
AGAIN_SECONDS = 60.0


class ClosedDoors:
    """Tells whether a door is closed, from Pluggy's list of connectors, which is read once an hour at most, and after a
    refusal; an older one serves while no new one comes. To be asked about a connection that fails: one that stands has a
    door. Thread-safe."""

    def __init__(self, client: PluggyClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._connector_ids: frozenset[int] = frozenset()
        self._fresh_until = -math.inf

    def is_closed(self, connector_id: int, *, is_open_finance: bool, refused: bool = False) -> bool:
        """Whether a password connector has left the list. False as long as nobody can say.

        ``refused``: Pluggy has just answered that it is offline, so a list that still has it is read anew."""
        if is_open_finance or connector_id == MEU_PLUGGY:
            return False
        listed = self._listed(doubted=connector_id if refused else None)
        return bool(listed) and connector_id not in listed

    def _listed(self, *, doubted: int | None) -> frozenset[int]:
        """The connectors there are, empty when nobody can say. Whoever comes meanwhile waits for the same answer."""
        with self._lock:
            if self._clock.monotonic() >= self._fresh_until or doubted in self._connector_ids:
                self._read()
            return self._connector_ids

    def _read(self) -> None:
        try:
            rows = self._client.list_connectors(country=None, sandbox=True)
        except PluggyError as error:
            logger.warning("the list of connectors was not read: %s", type(error).__name__)
            self._fresh_until = self._clock.monotonic() + AGAIN_SECONDS
            return
        self._connector_ids = frozenset(number for row in rows if isinstance(number := row.get("id"), int))
        self._fresh_until = self._clock.monotonic() + FRESH_SECONDS
