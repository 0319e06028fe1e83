"""A person's budgets as they stand now, read in one session: what they spent, by purchase; all else is pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from open_finance.clock import local_day
from open_finance.insights.budget_names import budget_title
from open_finance.insights.budgets import BudgetState, Days, covers, state_of
from open_finance.insights.spending import Spent
from open_finance.money import ZERO
from open_finance.personal_records import Budget
from open_finance.spending_reports import read_known
from open_finance.storage import budgets
from open_finance.storage.database import Session


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
    spending = read_spending(session, user_id, now)
    states = [named_state(one, spending, now) for one in wanted]
    return sorted(states, key=lambda one: (one.title.casefold(), one.state.budget["id"]))


def named_state(budget: Budget, spending: Spending, now: datetime) -> NamedState:
    """One budget as it stands."""
    days = spending.days(budget["category"])
    state = state_of(budget, days, local_day(now), spending.known_from)
    return NamedState(state, budget_title(budget["category"], spending.names))


def read_spending(session: Session, user_id: int, now: datetime) -> Spending:
    """All that a person spent in the last year, as /gastos counts it."""
    known = read_known(session, user_id, now, local_day(now))
    return Spending(tuple(known.spent()), known.known_from, known.words.names)
