"""What a person wants to be told: the settings behind /alertas, and the spending of which they said *Fui eu*."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from open_finance.alerts.settings import AlertSettings, Summary, changed
from open_finance.alerts.summary_rules import last_summary_day
from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.storage import alerts, outbox
from open_finance.storage.database import Database, open_database

__all__ = ["AlertBook", "AlertSettings", "Summary"]


class AlertBook:
    """Each person's own word on what reaches them, and when.

    from open_finance.alert_book import AlertBook
    AlertBook().change(123456789, spending_from=Decimal("80.00"))
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def get(self, user_id: int) -> AlertSettings:
        """What the person wants; what everybody begins with where they have chosen nothing."""
        with self._database.reading() as session:
            return alerts.find_wishes(session, user_id).settings

    def change(self, user_id: int, **changes: Any) -> AlertSettings:
        """Set some of the settings, and look anew at what waits to be told. Returns all of them.

        A summary whose hour is over on that day is not made up for: it comes at its next one. Raises ValueError on a name or
        a value that cannot be.
        """
        with self._database.writing() as session:
            before = alerts.find_wishes(session, user_id, lock=True).settings
            after = changed(before, changes)
            if after == before:
                return after
            alerts.save_settings(session, user_id, after)
            now = self._clock.now()
            if after.summary is not Summary.OFF and _summary_of(after) != _summary_of(before):
                alerts.note_summary(session, user_id, last_summary_day(after, now))
            outbox.hasten_notifications(session, user_id, now)
            return after

    def list_quiet(self, user_id: int) -> list[str]:
        """The patterns of spending of which the person said *Fui eu*, in alphabetical order."""
        with self._database.reading() as session:
            return sorted(alerts.list_quiet_patterns(session, user_id))

    def wake_quiet(self, user_id: int, patterns: Iterable[str] | None = None) -> int:
        """Tell of these patterns again, or of all of them. Returns how many were quiet."""
        with self._database.writing() as session:
            chosen = alerts.list_quiet_patterns(session, user_id) if patterns is None else patterns
            return alerts.remove_quiet_patterns(session, user_id, chosen)


def _summary_of(settings: AlertSettings) -> tuple[Summary, object]:
    return settings.summary, settings.summary_at
