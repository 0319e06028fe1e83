"""A person's budgets as they stand now, read in one session: what they spent, by purchase; all else is pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from open_finance.clock import local_day
from open_finance.insights.budget_names import budget_title
from open_finance.insights.budgets import BudgetState, Days, covers, first_day_needed, state_of
from open_finance.insights.row_categories import decide
from open_finance.insights.spending import Spent, spent_of
from open_finance.money import ZERO
from open_finance.personal_words import load_words
from open_finance.reading.balances import better_twins
from open_finance.records import Account, Budget, StatementRow
from open_finance.storage import budgets, ledger, repository, statement_rows
from open_finance.storage.database import Session

#: A purchase counts on its day with the instalments that are still to come, as far ahead as banks list them.
INSTALMENTS_AHEAD = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class Spending:
    """What a person spent by purchase, BRL. ``known_from``: the day of their oldest row; ``names``: of own categories."""

    spent: tuple[Spent, ...]
    known_from: date | None
    names: Mapping[str, str]

    def days(self, category: str) -> Days:
        """What a budget of that category counts, by day."""
        found: dict[date, Decimal] = defaultdict(lambda: ZERO)
        for one in self.covered(category):
            found[one.on] += one.amount
        return found

    def covered(self, category: str) -> list[Spent]:
        """The rows that a budget of that category counts."""
        return [one for one in self.spent if covers(category, one.category, one.group)]


@dataclass(frozen=True, slots=True)
class NamedState:
    """A budget as it stands. ``title``: what it is of, for people; text of a person's own where they made the category."""

    state: BudgetState
    title: str


def read_states(session: Session, user_id: int, now: datetime, only: int | None = None) -> list[NamedState]:
    """The person's budgets (or the one of that id), by name. Without any, no row is read."""
    wanted = [one for one in budgets.list_budgets(session, user_id) if only in {None, one["id"]}]
    if not wanted:
        return []
    spending = read_spending(session, user_id, first_day_needed(wanted, local_day(now)), now)
    states = [named_state(one, spending, now) for one in wanted]
    return sorted(states, key=lambda one: (one.title.casefold(), one.state.budget["id"]))


def named_state(budget: Budget, spending: Spending, now: datetime) -> NamedState:
    """One budget as it stands."""
    days = spending.days(budget["category"])
    state = state_of(budget, days, local_day(now), spending.known_from)
    return NamedState(state, budget_title(budget["category"], spending.names))


def read_spending(session: Session, user_id: int, since: date, now: datetime) -> Spending:
    """All that a person spent from a day on, each movement once, the history of banks that they left as well."""
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    ids = [account["id"] for account in accounts]
    first_days = statement_rows.find_first_days(session, user_id, ids)
    end = local_day(now) + INSTALMENTS_AHEAD
    found = statement_rows.list_statement_rows(session, user_id, ids, start=since, end=end, opened_at=now)
    rows = _each_once(found, _until(session, user_id, accounts, first_days))
    words = load_words(session, user_id)
    decided = decide(rows, {account["id"]: account["type"] for account in accounts}, words)
    spent = spent_of(rows, accounts, decided, now=now)
    return Spending(tuple(spent), min(first_days.values(), default=None), words.names)


def _until(
    session: Session, user_id: int, accounts: Sequence[Account], first_days: Mapping[int, date]
) -> dict[int, date]:
    """The day from which an account's rows are another's, that brings the same account better."""
    live = frozenset(account["id"] for account in ledger.list_accounts(session, user_id))
    better = better_twins(accounts, repository.list_connections(session, user_id), live)
    begun = {old: [first_days[twin] for twin in twins if twin in first_days] for old, twins in better.items()}
    return {old: min(days) for old, days in begun.items() if days}


def _each_once(rows: Iterable[StatementRow], until: Mapping[int, date]) -> list[StatementRow]:
    return [row for row in rows if row["account_id"] not in until or row["occurred_on"] < until[row["account_id"]]]
