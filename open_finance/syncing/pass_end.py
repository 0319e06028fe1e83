"""How a pass ends: the row stamped, the lease given back, and an event that says what happened. The fence holds here, too:
a pass that has lost its lease writes nothing."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from open_finance.connect_flow import Ask, BankDown, Connected, Expired, Gone, Rejected, Step, is_item_gone
from open_finance.errors import PluggyAuthError, PluggyError, PluggyRateLimitError, PluggyUnreachableError
from open_finance.events import (
    ConnectionBusy,
    ConnectionGone,
    ConnectionNeedsPerson,
    ConnectionSynced,
    ConnectionSyncFailed,
    SyncEvent,
)
from open_finance.quotas import used_up
from open_finance.records import ItemData, Width
from open_finance.storage import quotas, system
from open_finance.storage.system import SyncClaim, SyncRun
from open_finance.syncing.happenings import note_return
from open_finance.syncing.merge import Tally
from open_finance.syncing.pass_tools import PassTools
from open_finance.syncing.patience import WELL, Failing, after_failure
from open_finance.syncing.schedule import served_slot
from open_finance.syncing.source import PassInterrupted
from open_finance.trouble import NOTHING_SHARED, judge, shares_nothing

logger = logging.getLogger(__name__)

#: The operator's keys, Pluggy's limit, and a network that is away say nothing of one connection.
_NO_FAULT_OF_THE_BANK = (PluggyAuthError, PluggyRateLimitError, PluggyUnreachableError)


class PassEnd:
    """The ends of one pass; each gives the lease back."""

    def __init__(self, tools: PassTools, claim: SyncClaim, width: Width, started_at: datetime, *, told: bool) -> None:
        self._database = tools.database
        self._clock = tools.clock
        self._stopping = tools.stopping
        self._doors = tools.doors
        self._claim = claim
        self._width = width
        self._told = told
        self._started_at = started_at

    def finish(
        self,
        item: ItemData,
        step: Step,
        tally: Tally,
        stamps: dict[str, Any],
        *,
        listed: int | None = None,
        bank_name: str | None = None,
    ) -> SyncEvent:
        """Stamp the row and say what happened."""
        claim = self._claim
        code = _failure_code(step)
        if stamps and self._width == "wide":
            stamps["last_wide_synced_at"] = self._started_at
        trouble = judge(item, self._started_at, accounts=listed, door_closed=self._is_door_closed(step))
        nothing_shared = listed is not None and shares_nothing(item, listed)
        needs_person = nothing_shared or isinstance(step, Rejected | Expired | Ask)
        with self._database.writing() as session:
            held = system.finish_claim(
                session,
                claim,
                **WELL._asdict(),
                served_slot_at=served_slot(self._started_at, claim.served_slot_at, self._width),
                **stamps,
            )
            if not held:
                raise PassInterrupted
            since = system.save_item_status(session, claim, item, code, trouble)
            if since is not None and not needs_person and isinstance(step, Connected):
                note_return(session, claim.user_id, claim.connection_id, since, self._clock.now())
            quotas.note_update(
                session,
                claim.user_id,
                claim.connection_id,
                item["last_updated_at"],
                used_up(item["products"]) if item["products"] else None,
                self._clock.now(),
            )
            if bank_name is not None:
                system.name_bank(session, claim, bank_name)
            outcome: system.Outcome = "needs_person" if needs_person else "changed" if tally.changed else "unchanged"
            system.add_sync_run(session, claim, self._sync_run(outcome, code, tally))
        if needs_person:
            reason = NOTHING_SHARED if nothing_shared else code or item["execution_status"]
            return ConnectionNeedsPerson(claim.user_id, claim.connection_id, reason)
        return ConnectionSynced(
            claim.user_id,
            claim.connection_id,
            changed=tally.changed,
            first=claim.last_synced_at is None,
            added=tally.added,
            updated=tally.updated,
            removed=tally.removed,
            joined=tally.joined,
        )

    def without_answer(self, error: PluggyError, *, has_stored: bool) -> SyncEvent:
        """Pluggy did not answer, or knows the item no more. ``has_stored``: an account was stored before that."""
        if is_item_gone(error):
            return self._gone()
        if self._stopping.is_set():  # the stop may have cut the request short
            return self.give_back()
        reason, status = type(error).__name__, error.status_code or "no answer"
        connection = self._claim.connection_id
        fields = {"connection": connection, "error": reason, "status": status}
        logger.warning("connection %d not read: %s (%s)", connection, reason, status, extra=fields)
        return self.fail(error, has_stored=has_stored)

    def fail(self, error: Exception, *, has_stored: bool) -> SyncEvent:
        """Leave the connection alone for a while, longer with every failure in a row."""
        claim, now, reason = self._claim, self._clock.now(), type(error).__name__
        before = Failing(claim.failures, claim.failing_since, claim.parked_at, None)
        asked = error.retry_after if isinstance(error, PluggyRateLimitError) else None
        counts = not has_stored and not isinstance(error, _NO_FAULT_OF_THE_BANK)
        failing = {} if self._told else after_failure(before, now, asked=asked, counts=counts)._asdict()
        with self._database.writing() as session:
            if system.finish_claim(session, claim, **failing):
                system.add_sync_run(session, claim, self._sync_run("failed", reason, Tally()))
        return ConnectionSyncFailed(claim.user_id, claim.connection_id, reason)

    def give_back(self) -> SyncEvent:
        """As if there had been no pass."""
        with self._database.writing() as session:
            system.release_claim(session, self._claim)
        return ConnectionBusy(self._claim.user_id, self._claim.connection_id)

    def _gone(self) -> SyncEvent:
        claim, now = self._claim, self._clock.now()
        trouble = judge(None, now, door_closed=self._is_door_closed(Gone()))
        with self._database.writing() as session:
            if system.mark_gone(session, claim, now, trouble):
                system.add_sync_run(session, claim, self._sync_run("gone", None, Tally()))
        return ConnectionGone(claim.user_id, claim.connection_id)

    def _is_door_closed(self, step: Step) -> bool:
        """Asked about a connection that fails only: one that stands has a door."""
        fails = isinstance(step, Rejected | BankDown | Expired | Gone)
        claim = self._claim
        return fails and self._doors.is_closed(claim.connector_id, is_open_finance=claim.is_open_finance)

    def _sync_run(self, outcome: system.Outcome, reason: str | None, tally: Tally) -> SyncRun:
        return SyncRun(
            width=self._width,
            started_at=self._started_at,
            finished_at=self._clock.now(),
            outcome=outcome,
            reason=reason,
            added=tally.added,
            updated=tally.updated,
            removed=tally.removed,
        )


def _failure_code(step: Step) -> str | None:
    """The code of a failure that counts; what Pluggy still remembers of an earlier one does not."""
    return step.code if isinstance(step, Rejected | BankDown | Expired) else None
