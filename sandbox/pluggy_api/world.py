"""Everything one server holds: clock, catalogue, items, keys, faults and its memory of requests. No file, no log."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from sandbox.pluggy_api.access import Access, sign
from sandbox.pluggy_api.bank import Bank
from sandbox.pluggy_api.clock import VirtualClock
from sandbox.pluggy_api.connectors import build_catalogue
from sandbox.pluggy_api.errors import ApiError, not_found
from sandbox.pluggy_api.executions import Executions
from sandbox.pluggy_api.faults import Fault
from sandbox.pluggy_api.items import Item
from sandbox.pluggy_api.options import Options
from sandbox.pluggy_api.post_office import PostOffice
from sandbox.pluggy_api.validation import is_uuid

Json = dict[str, Any]

REQUESTS_KEPT = 100_000


@dataclass(frozen=True)
class Settings:
    """What a server is started with. ``reset`` goes back to it."""

    speed: float = 1.0
    seed: int = 7
    today: date | None = None
    wall: Callable[[], float] = time.time
    options: Mapping[str, Any] = field(default_factory=dict)


class World:
    """The state of one server. Everything is derived from the settings, so equal calls give equal answers."""

    def __init__(self, settings: Settings, *, new_clock: Callable[[Settings], VirtualClock] | None = None) -> None:
        self.settings = settings
        self._new_clock = new_clock or (
            lambda chosen: VirtualClock(speed=chosen.speed, today=chosen.today, wall=chosen.wall)
        )
        self.wake = asyncio.Event()  # something may be due: for the courier
        self._released = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as if just started."""
        self.release()
        seed = self.settings.seed
        self.clock = self._new_clock(self.settings)
        self.options = Options()
        self.options.change(self.settings.options)
        self.catalogue = build_catalogue()
        self.items: dict[str, Item] = {}
        self.bank = Bank(seed, self.clock)
        self.post = PostOffice(seed)
        self.executions = Executions(self.clock, self.options, self.bank, self.items, self.new_state, self.post)
        self.faults: list[Fault] = []
        self.requests: deque[Json] = deque(maxlen=REQUESTS_KEPT)
        self.keys: dict[str, Access] = {}
        self.patches: dict[str, list[datetime]] = {}
        self._ids = Random(f"{seed}:ids")
        self._states = Random(f"{seed}:states")
        self._error_ids = Random(f"{seed}:errors")
        self._signature = hashlib.sha256(f"pluggy-sandbox-{seed}".encode()).digest()

    # Requests that are held

    async def hold(self) -> None:
        """Until the next release."""
        await self._released.wait()

    def release(self) -> None:
        """Whatever is held now goes on."""
        self._released.set()
        self._released = asyncio.Event()

    # Identifiers

    def new_id(self) -> str:
        return str(UUID(int=self._ids.getrandbits(128), version=4))

    def new_error_id(self) -> str:
        return str(UUID(int=self._error_ids.getrandbits(128), version=4))

    def new_state(self) -> str:
        return f"{self._states.getrandbits(160):040x}"

    # Listeners

    def is_heard(self) -> bool:
        """Whether anybody would be told of what happens."""
        return self.post.is_heard() or any(item.webhook_url for item in self.items.values())

    def next_due(self) -> datetime | None:
        """The next instant at which somebody may have to be told something; None: nothing is due, or nobody listens."""
        dues = [self.post.next_due(), self.executions.next_due() if self.is_heard() else None]
        return min((due for due in dues if due is not None), default=None)

    # Keys

    def new_key(
        self, *, seconds: float | None = None, options: Json | None = None, client_id: str | None = None
    ) -> str:
        """A JWT whose ``iat``/``exp`` are real time, for clients that compare them with their own clock.

        ``options`` make it a connect token.
        """
        lifetime = self.options.key_seconds if seconds is None else seconds
        issued = int(self.clock.wall())
        key = sign({"iat": issued, "exp": issued + int(lifetime), "jti": self.new_error_id()}, self._signature)
        self.keys[key] = Access(self.clock.age() + lifetime, options, client_id)
        return key

    def access(self, key: str | None) -> Access | None:
        """What a living key opens; None for one that is missing, unknown or expired."""
        found = self.keys.get(key or "")
        return found if found is not None and found.expires > self.clock.age() else None

    # Looking things up

    def connector(self, connector_id: object) -> Json:
        found = self.catalogue.get(connector_id) if isinstance(connector_id, int) else None
        if found is None:
            raise not_found("CONNECTOR_NOT_FOUND")
        return found

    def item(self, item_id: str) -> Item:
        """400 for what is not a UUID, 404 for an item that is not (or no longer) there."""
        if not is_uuid(item_id):
            raise ApiError(400, "id must be a UUID")
        found = self.items.get(item_id.lower())
        if found is None:
            raise not_found("ITEM_NOT_FOUND")
        return found

    def find_item(self, item_id: str) -> Item | None:
        return self.items.get(item_id)

    def account_owner(self, account_id: str) -> Item:
        owner = next((item for item in self.items.values() if account_id in item.snapshot.accounts), None)
        if owner is None:
            raise not_found("ACCOUNT_NOT_FOUND")
        return owner

    def investment_owner(self, investment_id: str) -> Item:
        owner = next((item for item in self.items.values() if investment_id in item.snapshot.investments), None)
        if owner is None:
            raise not_found("INVESTMENT_NOT_FOUND")
        return owner

    def loan_owner(self, loan_id: str) -> Item:
        owner = next((item for item in self.items.values() if loan_id in item.snapshot.loans), None)
        if owner is None:
            raise not_found("LOAN_NOT_FOUND")
        return owner

    def transaction(self, transaction_id: str) -> tuple[Item, Json]:
        for item in self.items.values():
            for rows in item.snapshot.rows.values():
                row = next((row for row in rows if row["id"] == transaction_id), None)
                if row is not None:
                    return item, row
        raise not_found("TRANSACTION_NOT_FOUND")
