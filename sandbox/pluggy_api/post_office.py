"""Which webhook hears of what, and what becomes of each delivery (reference 9.3). No network: `courier` carries.

An event becomes one `Parcel` for each address that hears it. A parcel has nine attempts in three rounds of three; the rounds
are apart in virtual time. One whose rounds are over switches its webhook off.
"""

from __future__ import annotations

import heapq
import json
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from sandbox.pluggy_api.clock import timestamp
from sandbox.pluggy_api.items import Item

Json = dict[str, Any]

ROUND = 3
#: Between the rounds. Sources disagree about the first (reference 14, C7).
PAUSES = (timedelta(minutes=15), timedelta(hours=2))
ATTEMPTS = ROUND * (len(PAUSES) + 1)
#: What is not worth insisting on.
IMPATIENT = frozenset({"item/login_succeeded"})
LOG_KEPT = 100_000


@dataclass
class Rules:
    """What is made to go wrong, for parcels whose event matches ``only`` (a regular expression; None = all).

    ``lose``: so many of the next are never sent. ``repeat``: each is sent so many times, under one ``eventId``.
    ``delay``: real seconds before the first attempt, a number or [least, most]. ``hold``: they wait until released.
    """

    only: str | None = None
    lose: int = 0
    repeat: int = 1
    delay: float | list[float] = 0
    hold: bool = False

    def change(self, values: Mapping[str, Any]) -> None:
        """Raises ValueError with the reason when a name or a value makes no sense."""
        if unknown := set(values) - {known.name for known in fields(self)}:
            raise ValueError(f"unknown fields {', '.join(sorted(unknown))}")
        new = {known.name: values.get(known.name, getattr(self, known.name)) for known in fields(self)}
        problem = next((text for name, text in KINDS.items() if not is_sound(name, new[name])), None)
        if problem is not None:
            raise ValueError(problem)
        for name, value in new.items():
            setattr(self, name, value)

    def concern(self, event: str) -> bool:
        return self.only is None or re.search(self.only, event) is not None


KINDS = {
    "only": "only must be a regular expression",
    "lose": "lose must be a whole number from 0 on",
    "repeat": "repeat must be a whole number from 1 on",
    "delay": "delay must be seconds, or [least, most]",
    "hold": "hold must be true or false",
}


def is_sound(name: str, value: Any) -> bool:
    if name in ("lose", "repeat"):
        return isinstance(value, int) and value >= (1 if name == "repeat" else 0)
    if name == "delay":
        bounds = value if isinstance(value, list) and len(value) == 2 else [value]
        return all(isinstance(bound, int | float) and bound >= 0 for bound in bounds)
    return isinstance(value, bool) if name == "hold" else value is None or is_pattern(value)


def is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (TypeError, re.error):
        return False
    return True


@dataclass
class Parcel:
    """One event on its way to one address. ``hook_id``: the global webhook behind it; None = an item's address or an order
    of a test. ``made``: epoch seconds at which the event arose. ``delay``: real seconds before the first attempt."""

    event: str
    event_id: str
    item_id: str | None
    body: bytes
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hook_id: str | None = None
    attempts: int = ATTEMPTS
    made: float = field(default_factory=time.time)
    delay: float = 0
    tried: int = 0


class PostOffice:
    """``webhooks``: the global ones by id, as JSON. ``outbox``: what may leave now."""

    def __init__(self, seed: int) -> None:
        self.webhooks: dict[str, Json] = {}
        self.rules = Rules()
        self.outbox: deque[Parcel] = deque()
        self.held: list[Parcel] = []
        self.log: deque[Json] = deque(maxlen=LOG_KEPT)
        self.on_the_way = 0
        self._later: list[tuple[datetime, int, Parcel]] = []
        self._count = 0
        self._random = Random(f"{seed}:post")

    # Who hears

    def is_heard(self, item: Item | None = None) -> bool:
        """Whether anything told of this item (None: of none in particular) would reach anybody."""
        if item is not None and item.webhook_url:
            return True
        return any(hook["disabledAt"] is None for hook in self.webhooks.values())

    def tell(self, payload: Mapping[str, Any], own_url: str | None = None) -> str:
        """Send an event to its subscribers and to the item's own address, under one new ``eventId``, which is returned."""
        event_id = str(payload.get("eventId") or uuid4())
        told = {"event": payload["event"], "eventId": event_id} | dict(payload)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        attempts = ROUND if payload["event"] in IMPATIENT else ATTEMPTS
        places = [
            (hook["url"], hook["headers"] or {}, hook["id"])
            for hook in self.webhooks.values()
            if hook["disabledAt"] is None and hook["event"] in ("all", payload["event"])
        ]
        if own_url:
            places.append((own_url, {}, None))
        for url, headers, hook_id in places:
            self.accept(
                Parcel(payload["event"], event_id, payload.get("itemId"), body, url, headers, hook_id, attempts)
            )
        return event_id

    # What goes wrong

    def accept(self, parcel: Parcel) -> None:
        """Into the outbox, unless the rules say otherwise."""
        rules = self.rules
        if not rules.concern(parcel.event):
            self.outbox.append(parcel)
        elif rules.lose > 0:
            rules.lose -= 1
            self.note(parcel, 0, "lost", 0.0, None)
        else:
            for _ in range(rules.repeat):
                copy = Parcel(**{known.name: getattr(parcel, known.name) for known in fields(Parcel)})
                copy.delay = self._random.uniform(*rules.delay) if isinstance(rules.delay, list) else rules.delay
                (self.held if rules.hold else self.outbox).append(copy)

    def release(self, order: str = "ordered") -> int:
        """Let go what was held: ``ordered``, ``reversed`` or ``shuffled``. Returns how many."""
        parcels, self.held = self.held, []
        if order == "shuffled":
            self._random.shuffle(parcels)
        elif order == "reversed":
            parcels.reverse()
        self.outbox.extend(parcels)
        return len(parcels)

    # What became of it

    def note(self, parcel: Parcel, status: int, error: str | None, latency: float, at: datetime | None) -> None:
        """A line of the log. ``status`` 0 = no answer; ``latency``: seconds until the answer, or until we gave up."""
        self.log.append(
            {
                "event": parcel.event,
                "eventId": parcel.event_id,
                "itemId": parcel.item_id,
                "url": parcel.url,
                "attempt": parcel.tried,
                "status": status,
                "error": error,
                "latency": round(latency, 4),
                "made": parcel.made,
                "at": None if at is None else timestamp(at),
            }
        )

    def is_wanted(self, parcel: Parcel) -> bool:
        """False once its webhook was deleted or switched off."""
        if parcel.hook_id is None:
            return True
        hook = self.webhooks.get(parcel.hook_id)
        return hook is not None and hook["disabledAt"] is None

    def round_failed(self, parcel: Parcel, at: datetime) -> None:
        """After three attempts in a row: another round later, or the webhook is switched off."""
        if parcel.tried < parcel.attempts:
            self._count += 1
            heapq.heappush(self._later, (at + PAUSES[parcel.tried // ROUND - 1], self._count, parcel))
            return
        hook = self.webhooks.get(parcel.hook_id or "")
        if hook is not None and hook["disabledAt"] is None and parcel.attempts == ATTEMPTS:
            hook["disabledAt"] = hook["updatedAt"] = timestamp(at)

    def take(self, now: datetime) -> list[Parcel]:
        """What leaves now: new parcels, and those whose pause is over."""
        while self._later and self._later[0][0] <= now:
            self.outbox.append(heapq.heappop(self._later)[2])
        parcels = list(self.outbox)
        self.outbox.clear()
        return parcels

    def next_due(self) -> datetime | None:
        return self._later[0][0] if self._later else None

    def state(self) -> Json:
        """``sending``: leaving or on the way; ``later``: between two rounds."""
        rules = {known.name: getattr(self.rules, known.name) for known in fields(Rules)}
        counts = {"sending": len(self.outbox) + self.on_the_way, "held": len(self.held), "later": len(self._later)}
        return rules | counts
