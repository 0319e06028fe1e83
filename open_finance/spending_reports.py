"""/gastos: what a month cost and what is usual, from the local rows. One session, then pure functions, then a frozen
result.

Also what is only likely to be a person's own money, and their answer to it. An answer is a category that they choose, so it
outlives everything else that is known of the two rows; *Não é minha* is what the rows were taken for, chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from open_finance import category_changes as changes
from open_finance.card_reports import list_calendars
from open_finance.category_rows import lock_rows
from open_finance.clock import local_day
from open_finance.insights.card_plans import find_echoes
from open_finance.insights.cards import BillCalendar, add_months, bill_months, first_of
from open_finance.insights.flows import Flow
from open_finance.insights.own_money import Pair, suggested_transfers
from open_finance.insights.row_categories import PersonalWords, RowCategory, decide
from open_finance.insights.spending import Spent, View, other_currencies, spent_of, total
from open_finance.insights.spending_figures import By, Figures, figures
from open_finance.personal_words import load_words
from open_finance.reading.statement_query import Period
from open_finance.records import Account, Connection, StatementRow
from open_finance.statement_lists import CountedRows, read_counted_rows
from open_finance.storage import categories
from open_finance.storage.database import Database, Session

__all__ = [
    "By",
    "SpendingReport",
    "Suggestion",
    "View",
    "answer_suggestion",
    "build_spending",
    "list_suggestions",
    "undo_answer",
]

#: Six months are shown, the first of them with refunds of months before, and with instalments bought still earlier.
MONTHS_READ = 14
#: Instalments are listed years ahead.
DAYS_AHEAD = 800
_OWN_TRANSFER, _TRANSFER, _UNKNOWN = "04000000", "05000000", "99999999"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person's money in a period: their rows, each movement once, and what each is. ``due``: of a card's
    row by its id, the day on which its bill is due; empty where it was not asked for."""

    counted: CountedRows
    decided: list[RowCategory]
    words: PersonalWords
    due: Mapping[int, date]
    now: datetime

    @property
    def rows(self) -> list[StatementRow]:
        return self.counted.rows

    @property
    def known_from(self) -> date | None:
        """The day of the oldest row that is not of a hidden account."""
        shown = {account["id"] for account in self.counted.accounts if not account["hidden"]}
        return min((row["occurred_on"] for row in self.rows if row["account_id"] in shown), default=None)

    def spent(self, view: View = View.PURCHASES) -> list[Spent]:
        """What counts, by a view. By bill only where the bills were read."""
        return spent_of(
            self.rows, self.counted.accounts, self.decided, view, now=self.now,
            bill_due=lambda row: self.due.get(row["id"], row["occurred_on"]),
        )  # fmt: skip

    def apart(self) -> list[Spent]:
        """What counts in other currencies, by purchase."""
        return other_currencies(self.rows, self.counted.accounts, self.decided, now=self.now)

    def suggestions(self, month: date) -> list[Suggestion]:
        """Likely own transfers of which a side is in a month, the newest first."""
        accounts = {account["id"]: account for account in self.counted.accounts}
        pairs = suggested_transfers(self.rows, self.decided, accounts, today=local_day(self.now))
        return [
            Suggestion(pair, accounts[pair.out["account_id"]], accounts[pair.into["account_id"]])
            for pair in pairs
            if month in {first_of(pair.out["occurred_on"]), first_of(pair.into["occurred_on"])}
        ]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two rows that may be one transfer of the person's own money, and their accounts."""

    pair: Pair
    from_account: Account
    to_account: Account


@dataclass(frozen=True, slots=True)
class SpendingReport:
    """One screen of /gastos. ``apart``: what was spent in other currencies in that month, by currency. ``suggestions``:
    how many pairs may be own money. ``known_from``: the day of the oldest row, None where there is none. ``accounts``:
    all of the person's, each once; without any there is nothing to report. ``connections``: those still read."""

    view: View
    by: By
    group: str | None
    today: date
    figures: Figures
    apart: tuple[tuple[str, Decimal], ...]
    suggestions: int
    known_from: date | None
    has_earlier: bool
    has_later: bool
    accounts: tuple[Account, ...]
    connections: tuple[Connection, ...]

    @property
    def is_current(self) -> bool:
        """Whether the month is not over."""
        return self.figures.month == first_of(self.today)


def build_spending(
    database: Database,
    user_id: int,
    now: datetime,
    *,
    view: View = View.PURCHASES,
    month: date | None = None,
    by: By,
    group: str | None = None,
) -> SpendingReport:
    """``month``: any day of it, None for the current one; a month to come is the current one. ``group``: only what is of
    this one, as a rule by ``category``."""
    today = local_day(now)
    month = min(first_of(month or today), first_of(today))
    with database.reading() as session:
        known = read_known(session, user_id, now, month, with_bills=view is View.BILLS)
    spent = known.spent(view)
    found = figures(
        spent,
        view=view,
        month=month,
        by=by,
        today=today,
        known_from=known.known_from,
        names=known.words.names,
        group=group,
    )
    return SpendingReport(
        view=view,
        by=by,
        group=group,
        today=today,
        figures=found,
        apart=_apart(known.apart(), found) if group is None else (),
        suggestions=len(known.suggestions(month)) if group is None else 0,
        known_from=known.known_from,
        has_earlier=known.known_from is not None and known.known_from < month,
        has_later=month < first_of(today),
        accounts=tuple(known.counted.counted),
        connections=tuple(known.counted.connections),
    )


def read_known(
    session: Session, user_id: int, now: datetime, month: date, *, with_bills: bool = False, months: int = MONTHS_READ
) -> Known:
    """All that a report on a month (and on the five before it) needs. ``with_bills``: to be asked by bill as well.
    ``months``: how many before it are read."""
    period = Period(add_months(month, -months), local_day(now) + timedelta(days=DAYS_AHEAD))
    counted = read_counted_rows(session, user_id, period, now)
    words = load_words(session, user_id)
    types = {account["id"]: account["type"] for account in counted.accounts}
    due = _due_days(counted.rows, list_calendars(session, user_id, local_day(now))) if with_bills else {}
    return Known(counted, decide(counted.rows, types, words), words, due, now)


def _due_days(rows: Iterable[StatementRow], calendars: Mapping[int, BillCalendar]) -> dict[int, date]:
    """When the bill of each card's row is due. A card that two connections bring has one calendar."""
    of_calendar: dict[int, list[dict[str, object]]] = {}
    given = list(rows)
    echoes = find_echoes(given)
    for row in given:
        if row["account_id"] in calendars and row["id"] not in echoes:
            of_calendar.setdefault(id(calendars[row["account_id"]]), []).append(_typed(row))
    by_identity = {id(calendar): calendar for calendar in calendars.values()}
    return {
        row_id: by_identity[key].cycle(one.month).due_on
        for key, own in of_calendar.items()
        for row_id, one in bill_months(own, by_identity[key]).items()
    }


def _typed(row: StatementRow) -> dict[str, object]:
    return {**row, "type": "CREDIT" if row["amount"] > 0 else "DEBIT"}


def _apart(spent: Iterable[Spent], found: Figures) -> tuple[tuple[str, Decimal], ...]:
    of_month = [one for one in spent if one.month == found.month and one.on <= found.until]
    currencies = sorted({one.row["currency_code"] for one in of_month})
    return tuple((code, total(one for one in of_month if one.row["currency_code"] == code)) for code in currencies)


# --- likely own transfers ---------------------------------------------------------------------------------------------


def list_suggestions(database: Database, user_id: int, now: datetime, month: date) -> list[Suggestion]:
    """Pairs of rows that may be the person's own money, of a month, the newest first."""
    with database.reading() as session:
        return read_known(session, user_id, now, first_of(month)).suggestions(first_of(month))


def answer_suggestion(
    database: Database, user_id: int, out_id: int, into_id: int, month: date, now: datetime, *, is_own: bool
) -> int | None:
    """Write what the person says of a suggested pair. Returns the id of the change, by which it can be undone; None when
    the pair is not suggested (any more)."""
    with database.writing() as session:
        lock_rows(session, user_id, (out_id, into_id))
        known = read_known(session, user_id, now, first_of(month))
        pairs = [one.pair for one in known.suggestions(first_of(month))]
        pair = next((one for one in pairs if (one.out["id"], one.into["id"]) == (out_id, into_id)), None)
        if pair is None:
            return None
        taken_for = {row["id"]: one for row, one in zip(known.rows, known.decided, strict=True)}
        chosen = {row: _OWN_TRANSFER if is_own else _kept(taken_for[row]) for row in (out_id, into_id)}
        snapshot = changes.Snapshot(rows=categories.list_chosen(session, user_id, chosen), wrote=chosen)
        categories.choose(session, user_id, chosen)
        return changes.note(session, user_id, snapshot, now)


def undo_answer(database: Database, user_id: int, change_id: int, now: datetime) -> changes.Undone:
    """The two rows are as they were before; as ``category_book`` undoes. A row that took the place of one is given back,
    too, and what was said of one of them since is not lost."""
    with database.writing() as session:
        change = categories.find_change(session, user_id, change_id)
        if change is not None:
            lock_rows(session, user_id, changes.read(change).rows)
        return changes.undo(session, user_id, change_id, load_words(session, user_id), now)


def _kept(decided: RowCategory) -> str:
    """The category that says no more of a row than what it was taken for."""
    is_vague = decided.category == _UNKNOWN or decided.flow not in {Flow.SPENDING, Flow.INCOME}
    return _TRANSFER if is_vague else decided.category
