"""Summaries of what came in and went out: whose is due now, and what it says when it is sent."""

from __future__ import annotations

from datetime import date, datetime

from open_finance.alerts.keys import summary_key
from open_finance.alerts.settings import AlertSettings, loud_from
from open_finance.alerts.summary_rules import DueSummary, due_summary
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.reading.statement_query import Period
from open_finance.reading.summaries import SummaryReport, summary_report
from open_finance.reports import build_balance, list_statement_lines
from open_finance.storage import alerts, outbox
from open_finance.storage.database import Database, open_database
from open_finance.storage.outbox import NewNotification, Notification

__all__ = ["Summaries", "SummaryReport"]


class Summaries:
    """Writes a notification at each person's hour; sends nothing."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def note_due(self) -> int:
        """The tick's: a notification for everybody whose summary is due and not made yet, but where nothing happened.
        Returns how many were written. May run twice, also at the same time."""
        now = self._clock.now()
        with self._database.reading() as session:
            people = alerts.list_summary_wishes(session, local_day(now))
        return sum(
            self._note(user_id, wishes.settings, due, now)
            for user_id, wishes in people
            if (due := due_summary(wishes.settings, wishes.summary_on, now))
        )

    def report(self, user_id: int, notification: Notification) -> SummaryReport | None:
        """What a noted summary says now; None when none of its rows is left."""
        detail = notification.detail
        period = Period(date.fromisoformat(detail["from"]), date.fromisoformat(detail["to"]))
        return self._report(user_id, period, self._clock.now())

    # --- inside ----------------------------------------------------------------------------------------------------

    def _note(self, user_id: int, settings: AlertSettings, due: DueSummary, now: datetime) -> int:
        """Written with the mark that it was: a tick that dies in between leaves neither."""
        happened = list_statement_lines(self._database, user_id, Period(due.start, due.end), now).lines
        new = [_notification(due, loud_from(settings, now))] if happened else []
        with self._database.writing() as session:
            alerts.note_summary(session, user_id, due.day)
            return outbox.add_notifications(session, user_id, new, now)

    def _report(self, user_id: int, period: Period, now: datetime) -> SummaryReport | None:
        found = list_statement_lines(self._database, user_id, period, now)
        return summary_report(period, found, build_balance(self._database, user_id, now), local_day(now))


def _notification(due: DueSummary, not_before: datetime) -> NewNotification:
    detail = {"period": due.period.value, "from": due.start.isoformat(), "to": due.end.isoformat()}
    return NewNotification(summary_key(due.period.value, due.day), "summary", detail=detail, not_before=not_before)
