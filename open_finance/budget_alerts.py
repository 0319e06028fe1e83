"""Whom to warn of which budget. What is worth a word is pure (``insights.budgets``); it goes to the outbox together with the
mark that it was told, and is looked at again in the moment in which it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from open_finance.alerts.keys import budget_key
from open_finance.alerts.rounds import Rounds
from open_finance.budget_states import NamedState, read_states
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.insights.budgets import Told, Verdict, judge, still_holds, told_of
from open_finance.storage import budgets, news, outbox
from open_finance.storage.database import Database, Session, open_database
from open_finance.storage.outbox import NewNotification, Notification

__all__ = ["BudgetAlerts", "BudgetWarning"]

#: As many as take a few seconds: what else is done by the same tick waits for them.
PEOPLE_A_CALL = 50
#: A budget that was deleted may have had the same id, and its warnings are remembered.
_ROUNDS_TRIED = 100


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """A warning as it is true now. ``on``: the day on which spending was found to have reached its level."""

    of: NamedState
    level: int
    on: date


class BudgetAlerts:
    """Decides what is to be told of budgets. Sends nothing."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()
        self._rounds = Rounds()

    def note_due(self) -> int:
        """Write to the outbox whom to warn now. For a tick: only people with budgets are looked at whose rows, categories or
        budgets have changed since, everybody on a new day, and some at a call. Returns how many warnings there are more."""
        now = self._clock.now()
        if self._rounds.is_over:
            self._begin_round(local_day(now))
        return sum(self._look(person, now) for person in self._rounds.take(PEOPLE_A_CALL))

    def find(self, user_id: int, notification: Notification) -> BudgetWarning | None:
        """What a notification of kind ``budget`` has to say now; None when it is true no more: a refund came, a higher level
        was reached, the budget was changed or deleted, or it is another month."""
        detail = notification.detail
        told = Told(detail["month"], detail["level"], detail["round"])
        with self._database.reading() as session:
            found = read_states(session, user_id, self._clock.now(), detail["budget"])
        on = date.fromisoformat(detail["on"])
        return next((BudgetWarning(one, told.level, on) for one in found if still_holds(one.state, told)), None)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _begin_round(self, today: date) -> None:
        with self._database.reading() as session:
            runs = news.list_changed_runs(session, self._rounds.known_run)
            marks = budgets.list_marks(session, budgets.list_people(session))
        self._rounds.begin({person: (today, mark) for person, mark in marks.items()}, runs)

    def _look(self, user_id: int, now: datetime) -> int:
        added = self._note(user_id, now)
        if added is not None:
            self._rounds.done(user_id)
        return added or 0

    def _note(self, user_id: int, now: datetime) -> int | None:
        """Nothing is written, and no lock taken, where there is nothing new. None: something changed meanwhile."""
        with self._database.reading() as session:
            states = [one for one in read_states(session, user_id, now) if not one.state.is_quiet]
        verdicts = [(one, judge(one.state)) for one in states]
        new = [(one, verdict) for one, verdict in verdicts if _says_more(one, verdict)]
        if not new:
            return 0
        with self._database.writing() as session:
            standing = {one["id"]: one for one in budgets.list_budgets(session, user_id, lock=True)}
            if any(standing.get(one.state.budget["id"]) != one.state.budget for one, _ in new):
                return None  # another process, or the person, was faster
            return sum(_write(session, user_id, one, verdict, now) for one, verdict in new)


def _write(session: Session, user_id: int, one: NamedState, verdict: Verdict, now: datetime) -> int:
    told = verdict.told if verdict.warning is None else _add(session, user_id, one, verdict.told, now)
    budgets.change_budget(session, user_id, one.state.budget["id"], told_columns(told), now)
    return int(verdict.warning is not None)


def told_columns(told: Told) -> dict[str, Any]:
    """What was told, as a budget keeps it."""
    return {"told_month": told.month, "told_level": told.level, "round": told.round}


def _says_more(one: NamedState, verdict: Verdict) -> bool:
    return verdict.warning is not None or verdict.told != told_of(one.state.budget, one.state.today)


def _add(session: Session, user_id: int, one: NamedState, told: Told, now: datetime) -> Told:
    """Write the warning. Returns what is told with it: in the first round that has none under its key."""
    for round_ in range(told.round, told.round + _ROUNDS_TRIED):
        now_told = told._replace(round=round_)
        if outbox.add_notifications(session, user_id, [_notification(one, now_told)], now):
            return now_told
    return told


def _notification(one: NamedState, told: Told) -> NewNotification:
    number = one.state.budget["id"]
    return NewNotification(
        budget_key(number, told.month, told.level, told.round),
        "budget",
        detail={
            "budget": number,
            "month": told.month,
            "level": told.level,
            "round": told.round,
            "on": one.state.today.isoformat(),
        },
    )
