"""What every pass of a process works with."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from open_finance.clock import Clock
from open_finance.closed_doors import ClosedDoors
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.database import Database
from open_finance.syncing.holders import HolderMemory

#: A lease outlives the longest step between two renewals, which is an account's listing, with time to spare for writing it.
LEASE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class PassTools:
    """``client``: of a person's command, or of the schedule's. ``desk``: where one thread at a time works on a page, so that
    whoever answers people waits for one and not for eight."""

    client: PluggyClient
    database: Database
    clock: Clock
    stopping: threading.Event
    doors: ClosedDoors
    holders: HolderMemory
    desk: threading.Lock
    lease_seconds: float = LEASE_SECONDS
