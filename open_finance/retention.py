"""How long each table is kept, and the cleaning of what only operation needs. docs/retencao.md says the same to people.

What banks told and what a person said is theirs: it stays until they erase it, and nothing here touches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings, load_settings
from open_finance.connecting.limits import KEEP as KEEP_ATTEMPTS
from open_finance.inbox_rules import KEEP as KEEP_EVENTS
from open_finance.storage import categories, inbox, intent_system, leftovers, outbox, system
from open_finance.storage.database import Database, Session, open_database
from open_finance.storage.notices import KEEP_LOOSE

__all__ = ["PERSONS_OWN", "WHILE_NEEDED", "Retention", "terms"]

#: They can be undone for ten minutes.
KEEP_CHANGES: Final = timedelta(days=1)
#: The rest of what a tick does waits for it.
ROWS_A_CALL: Final = 5_000
EVERY: Final = timedelta(hours=1)

#: Until their person erases it (a bank's with its history, or everything in /privacidade).
PERSONS_OWN: Final = frozenset(
    {
        *("bank_connections", "bank_accounts", "bank_transactions", "account_joins", "joined_transactions"),
        *("transaction_echoes", "card_bills", "balance_snapshots", "account_pots", "product_reads"),
        *("investments", "investment_transactions", "investment_snapshots", "loans", "loan_snapshots"),
        *("consents", "alert_settings", "quiet_patterns", "personal_categories", "category_rules", "category_advice"),
        *("budgets", "recurring_marks", "outlook_settings"),
    }
)
#: As long as what they speak of lasts: who ends that removes them. Of an erasure only protocol and times stay, and nobody.
WHILE_NEEDED: Final = frozenset(
    {
        *("connection_actions", "prompts", "people_seen", "leases", "erasures", "switches"),
        *("families", "family_seats", "family_members", "family_invitations", "family_shares", "family_groups"),
        *("shared_expenses", "shared_expense_parts", "settlements"),
        *("call_counts", "error_counts", "quota_uses"),  # a year and a month, by who counts
    }
)


@dataclass(frozen=True, slots=True)
class Term:
    """How long what only operation needs is kept after it is over, and who forgets what is older than an instant."""

    keep: timedelta
    forget: Callable[[Session, datetime], int]


def terms(retention_days: int) -> Mapping[str, Term]:
    """Table → term. ``retention_days``: RETENTION_DAYS."""
    chosen = timedelta(days=retention_days)
    return MappingProxyType(
        {
            "webhook_events": Term(KEEP_EVENTS, inbox.forget_events),
            "notifications": Term(outbox.KEEP, outbox.forget_notifications),
            "attempts": Term(KEEP_ATTEMPTS, system.forget_attempts),
            "connection_intents": Term(intent_system.KEEP_INTENTS, intent_system.forget_intents),
            "category_changes": Term(KEEP_CHANGES, categories.forget_changes),
            "reconnect_notices": Term(KEEP_LOOSE, leftovers.forget_loose_reminders),
            "bank_watches": Term(chosen, leftovers.forget_old_watches),
            "sync_runs": Term(chosen, lambda session, before: leftovers.forget_runs(session, before, ROWS_A_CALL)),
        }
    )


class Retention:
    """Forgets, of everybody, what nobody needs any more."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        settings = settings or load_settings()
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()
        self._terms = terms(settings.retention_days)
        self._cleaned_at: datetime | None = None

    def clean_hourly(self) -> None:
        """For a tick: as ``clean``, once an hour; where more is left than one call takes, again at the next tick."""
        now = self._clock.now()
        if self._cleaned_at is None or now - self._cleaned_at >= EVERY:
            forgotten = self.clean()
            self._cleaned_at = None if max(forgotten.values()) >= ROWS_A_CALL else now

    def clean(self) -> dict[str, int]:
        """Forget what is over, each table in a transaction of its own. Table → how many rows."""
        return {table: self._forget(term) for table, term in self._terms.items()}

    def _forget(self, term: Term) -> int:
        with self._database.writing() as session:
            return term.forget(session, self._clock.now() - term.keep)
