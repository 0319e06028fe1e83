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
from sandbox.pluggy_api.post_office import PostOffice
from sandbox.pluggy_api.script import PENDING, WAITING_ACTION, Desk, Trigger, execution

#: An item of a connector that closed is deleted so long after (reference 2.4).
CLOSED_ITEMS_LIVE = timedelta(days=30)
#: Two reads of one item never share a ``lastUpdatedAt``: clients tell by it whether there is anything new.
MILLISECOND = timedelta(milliseconds=1)
REMOVAL = -1  # in place of a ticket: this line of the agenda is an item's deletion


@dataclass
class Executions:
    """Runs the scripts of every item. ``at`` is the virtual time of the step being applied."""

    clock: VirtualClock
    options: Options
    bank: Bank
    items: dict[str, Item]
    new_state: Callable[[], str]
    post: PostOffice

    def __post_init__(self) -> None:
        self.desk = Desk(self.clock, self.options, self.bank, self.new_state, self.post, at=self.clock.now())
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
                    item.triggered_by = "SYNC"
                    self._begin(item, "auto")
                else:
                    self._resume(item, None)
        self.desk.at = now

    def next_due(self) -> datetime | None:
        """When something happens next."""
        return self._agenda[0][0] if self._agenda else None

    def start(self, item: Item, *, in_widget: bool = False, authorise: bool = False, fresh_token: bool = False) -> None:
        """An execution that a person asked for; it replaces whatever the item was doing."""
        item.triggered_by = "USER" if in_widget else "CLIENT"
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

    def remove(self, item: Item, *, by: str = "CLIENT") -> None:
        """The item and all it stored are gone; ``by`` whom, in the words of webhooks."""
        self.desk.tell(item, "item/deleted", by=by)
        self.stop(item)
        del self.items[item.id]
        self.bank.release(item, self.items.values())

    def refresh(self, item: Item) -> None:
        """The bank moves and the item re-reads it at once, without an execution (rows that move between two pages)."""
        customer = self.bank.customer_of(item)
        customer.household.evolve(self.at, customer.random)
        item.snapshot = collect(item, customer.household, self.at, enrich=self.options.enrichment)

    def reread(self, item: Item, source_id: str) -> bool:
        """The item takes in at once what has changed in one account, as if an automatic execution had just ended.

        ``source_id``: the bank's own id of the account. False: the item is busy or broken; its next execution will.
        """
        if item.script is not None or item.status != "UPDATED":
            item.is_behind = True
            return False
        last = item.last_updated_at
        at = self.at if last is None else max(self.at, last + MILLISECOND)
        before, household = item.snapshot, self.bank.customer_of(item).household
        only = None if item.is_behind else source_id
        item.snapshot = collect(item, household, at, enrich=self.options.enrichment, only=only)
        item.is_behind = False
        item.triggered_by = "SYNC"
        item.product_times |= dict.fromkeys(item.products, at)
        item.last_updated_at = item.last_execution_ended_at = item.updated_at = at
        self.desk.tell_news(item, "item/updated", before, at)
        return True

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
            self.remove(item, by="INTERNAL")

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
                is_action = item.execution_status == WAITING_ACTION
                self.desk.tell(item, "item/waiting_user_action" if is_action else "item/waiting_user_input")
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
