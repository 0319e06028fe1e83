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
from open_finance.insights.row_categories import RowCategory, decide
from open_finance.insights.subscriptions import Subscriptions, months_known, subscriptions_of
from open_finance.personal_records import RecurringMark, Says
from open_finance.personal_words import load_words
from open_finance.reading.histories import as_read
from open_finance.reading.statement_query import Period
from open_finance.records import Account, Connection, StatementRow
from open_finance.statement_lists import CountedRows, read_counted_rows
from open_finance.storage import echoes, recurring_marks
from open_finance.storage.database import Database, Session, open_database

__all__ = ["SubscriptionBook", "SubscriptionReport", "build_subscriptions", "read_charges", "read_recurring"]

#: As much of a bank's text is kept with what was said of it.
TITLE_LIMIT = 60
_ALWAYS = Period(date(1990, 1, 1), date(2200, 1, 1))
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
    """All that is known of a person's flows. ``plain``: as they are found in the whole history; ``charges``: what was
    charged of those that are cancelled."""

    counted: CountedRows
    plain: tuple[Recurring, ...]
    marks: list[RecurringMark]
    charges: dict[int, tuple[Charge, ...]]

    @property
    def accounts(self) -> dict[int, Account]:
        return {account["id"]: account for account in self.counted.accounts}

    @property
    def known_from(self) -> date | None:
        """The day of the oldest row that is not of a hidden account."""
        shown = {number for number, account in self.accounts.items() if not account["hidden"]}
        return min((row["occurred_on"] for row in self.counted.rows if row["account_id"] in shown), default=None)

    @property
    def flows(self) -> tuple[Recurring, ...]:
        """With the person's word applied."""
        return apply_marks(self.plain, self.marks, self.charges)


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
        if item is None:
            return None
        if item.mark is not None:
            return item.mark if item.mark["says"] == says else None
        if not item.takes(says):
            return None
        with self._database.writing() as session:
            recurring_marks.add_mark(
                session, user_id, item.anchor, says, title=item.flow.title[:TITLE_LIMIT], amount=item.amount,
                said_on=local_day(now), now=now,
            )  # fmt: skip
            marks = recurring_marks.list_marks(session, user_id)
        return next((one for one in marks if one["flow_key"] == item.anchor and one["says"] == says), None)

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
    with database.reading() as session:
        found = _find_all(session, user_id, now)
    accounts = found.accounts
    shown = [flow for flow in found.flows if flow.account_id in accounts and not accounts[flow.account_id]["hidden"]]
    return SubscriptionReport(
        found=subscriptions_of(shown, found.marks, found.charges, found.counted.rows, local_day(now)),
        marks=tuple(found.marks),
        accounts=accounts,
        connections=tuple(found.counted.connections),
        known_from=found.known_from,
        has_bank=bool(found.counted.counted),
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
    own = list(accounts)
    flows = find_recurring(rows, decided, own, today)
    marks = recurring_marks.list_marks(session, user_id)
    return apply_marks(flows, marks, _charges(session, user_id, marks, flows, rows, decided, own, today))


def read_charges(session: Session, user_id: int, now: datetime) -> list[tuple[RecurringMark, Charge, Account]]:
    """What was charged of what the person had cancelled."""
    found = _find_all(session, user_id, now)
    marks = {mark["id"]: mark for mark in found.marks}
    return [
        (marks[number], charge, found.accounts[charge.row["account_id"]])
        for number, charges in found.charges.items()
        for charge in charges
    ]


def _find_all(session: Session, user_id: int, now: datetime) -> _Found:
    counted = read_counted_rows(session, user_id, _ALWAYS, now)
    types = {account["id"]: account["type"] for account in counted.accounts}
    decided = decide(counted.rows, types, load_words(session, user_id))
    accounts = as_read(counted.accounts, counted.going_on, now)
    plain = find_recurring(counted.rows, decided, accounts, local_day(now))
    marks = recurring_marks.list_marks(session, user_id)
    charges = _charges(session, user_id, marks, plain, counted.rows, decided, accounts, local_day(now))
    return _Found(counted, plain, marks, charges)


def _charges(
    session: Session,
    user_id: int,
    marks: Sequence[RecurringMark],
    flows: Sequence[Recurring],
    rows: Sequence[StatementRow],
    decided: Sequence[RowCategory],
    accounts: Sequence[Account],
    today: date,
) -> dict[int, tuple[Charge, ...]]:
    since = min((mark["said_on"] for mark in marks if mark["says"] == "cancelled"), default=None)
    if since is None:
        return {}
    first_seen = echoes.find_first_seen(session, user_id, [row["id"] for row in rows if row["occurred_on"] > since])
    return charges_after(marks, flows, rows, decided, accounts, today, first_seen)


def _find_mark(session: Session, user_id: int, mark_id: int) -> RecurringMark | None:
    marks = recurring_marks.list_marks(session, user_id, lock=True)
    return next((one for one in marks if one["id"] == mark_id), None)
