"""When things happen to items: nothing runs in the background.

Whoever looks at an item first calls `settle`, which resumes every script whose time has come, in the order of virtual
time. So a state depends on the clock and the seed alone.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.pluggy_api.bank import Bank
from sandbox.pluggy_api.clock import VirtualClock
from sandbox.pluggy_api.collecting import collect
from sandbox.pluggy_api.items import Ask, Decision, Item, Pause
from sandbox.pluggy_api.options import Options
from sandbox.pluggy_api.script import PENDING, Desk, Trigger, execution

#: An item of a connector that closed is deleted so long after (reference 2.4).
CLOSED_ITEMS_LIVE = timedelta(days=30)
REMOVAL = -1  # in place of a ticket: this line of the agenda is an item's deletion


@dataclass
class Executions:
    """Runs the scripts of every item. ``at`` is the virtual time of the step being applied."""

    clock: VirtualClock
    options: Options
    bank: Bank
    items: dict[str, Item]
    new_state: Callable[[], str]

    def __post_init__(self) -> None:
        self.desk = Desk(self.clock, self.options, self.bank, self.new_state, at=self.clock.now())
        self._agenda: list[tuple[datetime, int, str, int]] = []
        self._count = 0

    @property
    def at(self) -> datetime:
        return self.desk.at

    def settle(self) -> None:
        """Bring every item up to now: finished pauses, missed deadlines, automatic refreshes, deletions."""
        now = self.clock.now()
        while self._agenda and self._agenda[0][0] <= now:
            due, _, item_id, ticket = heapq.heappop(self._agenda)
            item = self.items.get(item_id)
            self.desk.at = due
            if item is not None and ticket == REMOVAL:
                self._remove_closed(item)
            elif item is not None and item.ticket == ticket:
                if item.script is None:
                    self._begin(item, "auto")
                else:
                    self._resume(item, None)
        self.desk.at = now

    def start(self, item: Item, *, authorise: bool = False, fresh_token: bool = False) -> None:
        """An execution that a person asked for; it replaces whatever the item was doing."""
        item.auto_sync_disabled_at = None
        self._begin(item, "user", authorise=authorise, fresh_token=fresh_token)

    def answer(self, item: Item, value: str | Decision) -> None:
        """Hand the waiting script what the person typed, chose or decided at the bank."""
        item.answered = True
        self._resume(item, value)

    def reschedule(self, item: Item) -> None:
        """Let the agenda follow a ``next_auto_sync_at`` that was changed from outside; a running script goes on."""
        if item.script is None:
            item.ticket += 1
            if item.next_auto_sync_at is not None:
                self._remind(item, item.next_auto_sync_at)

    def stop(self, item: Item) -> None:
        """Forget the script: an outside hand decided the item's state."""
        item.script = item.waiting = item.link_state = item.grant = None
        item.ticket += 1

    def remove(self, item: Item) -> None:
        """The item and all it stored are gone."""
        self.stop(item)
        del self.items[item.id]
        self.bank.release(item, self.items.values())

    def refresh(self, item: Item) -> None:
        """The bank moves and the item re-reads it at once, without an execution (rows that move between two pages)."""
        customer = self.bank.customer_of(item)
        customer.household.evolve(self.at, customer.random)
        item.snapshot = collect(item, customer.household, self.at, enrich=self.options.enrichment)

    def close(self, connector_id: int) -> None:
        """The connector is withdrawn: its items meet it at their next planned execution, and are deleted later."""
        self.desk.closed.setdefault(connector_id, self.at)
        due = self.desk.closed[connector_id] + CLOSED_ITEMS_LIVE
        for item in self.items.values():
            if item.connector["id"] == connector_id:
                self._note(due, item.id, REMOVAL)

    def reopen(self, connector_id: int) -> None:
        self.desk.closed.pop(connector_id, None)

    def _remove_closed(self, item: Item) -> None:
        closed_at = self.desk.closed.get(int(item.connector["id"]))
        if closed_at is not None and self.at >= closed_at + CLOSED_ITEMS_LIVE:
            self.remove(item)

    def _begin(self, item: Item, trigger: Trigger, *, authorise: bool = False, fresh_token: bool = False) -> None:
        item.status, item.execution_status = "UPDATING", "CREATED"
        item.error = item.parameter = item.user_action = item.status_detail = None
        item.next_auto_sync_at = item.waiting = item.link_state = None
        item.updated_at = self.at
        item.script = execution(self.desk, item, trigger, authorise=authorise, fresh_token=fresh_token)
        self._resume(item, None)

    def _resume(self, item: Item, value: str | Decision | None) -> None:
        assert item.script is not None
        item.waiting = None
        item.ticket += 1
        try:
            step = item.script.send(value)
        except StopIteration:
            item.script = None
            if item.next_auto_sync_at is not None:
                self._remind(item, item.next_auto_sync_at)
        else:
            if isinstance(step, Ask):
                item.waiting = step
            self._remind(item, self.at + self._span(step))
        item.updated_at = self.at

    def _span(self, step: Pause | Ask) -> timedelta:
        return timedelta(seconds=step.seconds) if isinstance(step, Pause) else self.clock.patience(step.seconds)

    def _remind(self, item: Item, due: datetime) -> None:
        self._note(due, item.id, item.ticket)

    def _note(self, due: datetime, item_id: str, ticket: int) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (due, self._count, item_id, ticket))


def awaits_approval(item: Item) -> bool:
    """Whether the item waits for somebody's phone, or for another holder."""
    if item.waiting is not None:
        return item.waiting.prompt.kind in ("qr", "device")
    return item.script is not None and item.execution_status == PENDING
