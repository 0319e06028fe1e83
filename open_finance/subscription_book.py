"""What a person pays again and again, and what they say of it: *Não é assinatura*, *Cancelei*.

A flow is found anew each time (``insights.recurring``), so it has no id of ours. A button carries a digest of its key
instead, which is looked up among the person's own flows; what they said of one is a row, and has an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from open_finance.category_changes import UNDO
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.insights.cancelled import Charge, apply_marks, charges_after
from open_finance.insights.recurring import Recurring, find_recurring
from open_finance.insights.row_categories import RowCategory
from open_finance.insights.subscriptions import Subscriptions, months_known, subscriptions_of, token_of
from open_finance.personal_records import RecurringMark, Says
from open_finance.records import Account, Connection, StatementRow
from open_finance.spending_reports import Known, read_known
from open_finance.storage import echoes, recurring_marks
from open_finance.storage.database import Database, Session, open_database

__all__ = ["SubscriptionBook", "SubscriptionReport", "build_subscriptions", "read_charges", "read_recurring"]

#: As much of a bank's text is kept with what was said of it.
TITLE_LIMIT = 60
#: ``missing``: there is no such word (any more), or it is somebody else's.
Undone = Literal["undone", "expired", "missing"]


@dataclass(frozen=True, slots=True)
class SubscriptionReport:
    """One look at /assinaturas. ``accounts``: all that the flows may be on, by our id; ``connections``: those still read;
    ``known_from``: the day of the oldest row, None where there is none. ``has_bank``: there is something to look at.
    ``marks``: all that the person said, the oldest first."""

    found: Subscriptions
    marks: tuple[RecurringMark, ...]
    accounts: Mapping[int, Account]
    connections: tuple[Connection, ...]
    known_from: date | None
    has_bank: bool

    @property
    def has_marks(self) -> bool:
        """Whether the person said anything of a flow."""
        return bool(self.marks)

    @property
    def months_known(self) -> int:
        """In how many months, this one among them, something may have been charged."""
        return months_known(self.known_from, self.found.today)


@dataclass(frozen=True, slots=True)
class _Found:
    """``flows``: with the person's word applied."""

    marks: list[RecurringMark]
    flows: tuple[Recurring, ...]
    charges: dict[int, tuple[Charge, ...]]


class SubscriptionBook:
    """Each person's own.

    from open_finance.subscription_book import SubscriptionBook
    SubscriptionBook().read(123456789).found.subscriptions.month
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def read(self, user_id: int) -> SubscriptionReport:
        """What the person pays again and again, as it stands."""
        return build_subscriptions(self._database, user_id, self._clock.now())

    def mark(self, user_id: int, token: str, says: Says) -> RecurringMark | None:
        """Note what the person says of the flow that a button calls so. Said twice it is said once. None: they have no such
        flow (any more), it cannot be said of it, or they have said something else of it, which is to be taken back first."""
        now = self._clock.now()
        item = self.read(user_id).found.find(token)
        with self._database.writing() as session:
            if item is not None and item.takes(says):
                recurring_marks.add_mark(
                    session, user_id, item.flow.key, says, title=item.flow.title[:TITLE_LIMIT], amount=item.amount,
                    said_on=local_day(now), now=now,
                )  # fmt: skip
            marks = recurring_marks.list_marks(session, user_id)
        return next((one for one in marks if token_of(one["flow_key"]) == token and one["says"] == says), None)

    def undo(self, user_id: int, mark_id: int) -> Undone:
        """*Desfazer*: as if the person had said nothing. For ten minutes."""
        now = self._clock.now()
        with self._database.writing() as session:
            mark = _find_mark(session, user_id, mark_id)
            if mark is None:
                return "missing"
            if now - mark["created_at"] > UNDO:
                return "expired"
            recurring_marks.delete_mark(session, user_id, mark_id)
            return "undone"

    def take_back(self, user_id: int, mark_id: int) -> RecurringMark | None:
        """The person says otherwise now, however long ago they said it. What they had said; None: there is no such word."""
        with self._database.writing() as session:
            mark = _find_mark(session, user_id, mark_id)
            return mark if recurring_marks.delete_mark(session, user_id, mark_id) else None


# --- read in the session of others -----------------------------------------------------------------------------------


def build_subscriptions(database: Database, user_id: int, now: datetime) -> SubscriptionReport:
    """``SubscriptionBook.read``, of any database's rows. What is on an account that the person has hidden is left out."""
    today = local_day(now)
    with database.reading() as session:
        known = read_known(session, user_id, now, today)
        found = _find_in(session, user_id, known, today)
    accounts = {account["id"]: account for account in known.counted.accounts}
    shown = [flow for flow in found.flows if flow.account_id in accounts and not accounts[flow.account_id]["hidden"]]
    return SubscriptionReport(
        found=subscriptions_of(shown, found.marks, found.charges, known.rows, today),
        marks=tuple(found.marks),
        accounts=accounts,
        connections=tuple(known.counted.connections),
        known_from=known.known_from,
        has_bank=bool(known.counted.counted),
    )


def read_recurring(
    session: Session,
    user_id: int,
    rows: Sequence[StatementRow],
    decided: Sequence[RowCategory],
    accounts: Iterable[Account],
    today: date,
) -> tuple[Recurring, ...]:
    """The person's recurring flows in these rows (each movement once), with their word applied: what they cancelled has
    ended unless it was charged again, and what is no subscription is charged all the same. ``decided``: what each row is."""
    return _find(session, user_id, rows, decided, accounts, today).flows


def read_charges(session: Session, user_id: int, now: datetime) -> list[tuple[RecurringMark, Charge, Account]]:
    """What was charged of what the person had cancelled."""
    known = read_known(session, user_id, now, local_day(now))
    found = _find_in(session, user_id, known, local_day(now))
    accounts = {account["id"]: account for account in known.counted.accounts}
    marks = {mark["id"]: mark for mark in found.marks}
    return [
        (marks[number], charge, accounts[charge.row["account_id"]])
        for number, charges in found.charges.items()
        for charge in charges
    ]


def _find_in(session: Session, user_id: int, known: Known, today: date) -> _Found:
    return _find(session, user_id, known.rows, known.decided, known.counted.accounts, today)


def _find(
    session: Session,
    user_id: int,
    rows: Sequence[StatementRow],
    decided: Sequence[RowCategory],
    accounts: Iterable[Account],
    today: date,
) -> _Found:
    own = list(accounts)
    flows = find_recurring(rows, decided, own, today)
    marks = recurring_marks.list_marks(session, user_id)
    since = min((mark["said_on"] for mark in marks if mark["says"] == "cancelled"), default=None)
    late = [] if since is None else [row["id"] for row in rows if row["occurred_on"] > since]
    first_seen = echoes.find_first_seen(session, user_id, late)
    charges = charges_after(marks, flows, rows, decided, own, today, first_seen)
    return _Found(marks, apply_marks(flows, marks, charges), charges)


def _find_mark(session: Session, user_id: int, mark_id: int) -> RecurringMark | None:
    marks = recurring_marks.list_marks(session, user_id, lock=True)
    return next((one for one in marks if one["id"] == mark_id), None)
