"""A person's budgets: what they mean to spend in a month, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from open_finance.alerts.typed import read_amount
from open_finance.budget_alerts import told_columns
from open_finance.budget_states import NamedState, Spending, named_state, read_spending, read_states
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.insights.budget_names import (
    budget_title,
    can_have_budget,
    find_named,
    spending_groups,
    split_amount,
    suggested_amounts,
)
from open_finance.insights.budgets import as_shown, month_name, usual_month, with_amount
from open_finance.insights.row_categories import names_of
from open_finance.insights.spending import Spent
from open_finance.personal_records import Budget
from open_finance.reading.statement_query import month_of
from open_finance.storage import budgets, categories
from open_finance.storage.database import Database, Session, open_database

__all__ = ["BudgetBook", "Choice", "NamedState", "Offer", "Wish"]

#: Less is no budget, and nobody spends more: the largest amount that a bank row has room for on a screen.
LEAST, MOST = Decimal("1.00"), Decimal("9999999.99")


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that a budget can be for."""

    category: str
    title: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed after /orcamento. ``choice``: what it is for, None where that is not certain; ``like`` is then what it
    may be. ``amount``: BRL, None where none was typed or it is none (``is_odd``). ``name``: what was typed for a name."""

    name: str
    choice: Choice | None
    like: tuple[Choice, ...]
    amount: Decimal | None
    is_odd: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A budget to be set. ``usual``: what such a month as a rule costs, None where that is not known."""

    choice: Choice
    usual: Decimal | None
    amounts: tuple[Decimal, ...]
    standing: Budget | None


class BudgetBook:
    """Each person's own.

    from open_finance.budget_book import BudgetBook
    BudgetBook().set_budget(123456789, "Mercado", Decimal("1200.00"))
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    # --- reading ---------------------------------------------------------------------------------------------------

    def list_states(self, user_id: int) -> list[NamedState]:
        """The person's budgets as they stand, by name."""
        with self._database.reading() as session:
            return read_states(session, user_id, self._clock.now())

    def find_state(self, user_id: int, budget_id: int) -> NamedState | None:
        """One of the person's budgets as it stands."""
        with self._database.reading() as session:
            return next(iter(read_states(session, user_id, self._clock.now(), budget_id)), None)

    def list_spent(self, user_id: int, budget_id: int) -> list[Spent]:
        """What this month's spending of a budget is made of, the newest first."""
        now = self._clock.now()
        today = local_day(now)
        with self._database.reading() as session:
            budget = _find(session, user_id, budget_id)
            if budget is None:
                return []
            spending = read_spending(session, user_id, now)
        begins = month_of(today).start
        rows = [one for one in spending.covered(budget["category"]) if begins <= one.on <= today]
        return sorted(rows, key=lambda one: (one.on, one.row["id"]), reverse=True)

    def read_wish(self, user_id: int, text: str) -> Wish:
        """What a person typed: ``mercado 1200``, ``R$ 300 farmácia``, ``restaurantes``."""
        with self._database.reading() as session:
            names = names_of(categories.list_personal(session, user_id))
        name, typed = split_amount(text)
        found = find_named(name, names)
        amount = read_budget_amount(typed)
        choice = None if found.category is None else Choice(found.category, budget_title(found.category, names))
        like = tuple(Choice(each, budget_title(each, names)) for each in found.like)
        return Wish(name, choice, like, amount, is_odd=bool(typed) and amount is None)

    def list_choices(self, user_id: int) -> list[Choice]:
        """What a new budget can be for without typing: the person's own categories and the groups, but for what has one."""
        with self._database.reading() as session:
            names = names_of(categories.list_personal(session, user_id))
            taken = {one["category"] for one in budgets.list_budgets(session, user_id)}
        every = [*names, *spending_groups()]
        return [Choice(each, budget_title(each, names)) for each in every if each not in taken]

    def find_offer(self, user_id: int, category: str) -> Offer | None:
        """What is known to choose an amount by; None for what no budget can be for."""
        now = self._clock.now()
        with self._database.reading() as session:
            standing = next(
                (one for one in budgets.list_budgets(session, user_id) if one["category"] == category), None
            )
            spending = read_spending(session, user_id, now)
        if not can_have_budget(category, spending.names):
            return None
        usual = usual_month(spending.days(category), local_day(now), spending.known_from)
        choice = Choice(category, budget_title(category, spending.names))
        return Offer(choice, usual, tuple(suggested_amounts(usual)), standing)

    # --- writing ---------------------------------------------------------------------------------------------------

    def set_budget(self, user_id: int, category: str, amount: Decimal) -> NamedState:
        """Begin a budget, or change its amount from this month on. What the person sees then is not told again.

        Raises ValueError on an amount that cannot be one, and on what no budget can be for.
        """
        now = self._clock.now()
        if not is_budget_amount(amount):
            raise ValueError("not the amount of a budget")
        with self._database.writing() as session:
            spending = read_spending(session, user_id, now)
            if not can_have_budget(category, spending.names):
                raise ValueError("no budget can be for this")
            before = {one["category"]: one for one in budgets.list_budgets(session, user_id, lock=True)}.get(category)
            number = budgets.save_budget(session, user_id, _values(before, category, amount, now), now)
            state = self._see(session, user_id, number, spending, now)
        assert state is not None
        return state

    def set_rollover(self, user_id: int, budget_id: int, *, rolls_over: bool) -> NamedState | None:
        """Whether what is left, or too much, goes on into the next month. None: the person has no such budget."""
        now = self._clock.now()
        with self._database.writing() as session:
            budgets.change_budget(session, user_id, budget_id, {"rolls_over": rolls_over}, now)
            return self._see(session, user_id, budget_id, read_spending(session, user_id, now), now)

    def keep_quiet(self, user_id: int, budget_id: int, *, quiet: bool) -> NamedState | None:
        """Tell nothing more of a budget this month, or do. None: the person has no such budget."""
        now = self._clock.now()
        values = {"quiet_month": month_name(local_day(now)) if quiet else None}
        with self._database.writing() as session:
            budgets.change_budget(session, user_id, budget_id, values, now)
            return self._see(session, user_id, budget_id, read_spending(session, user_id, now), now)

    def delete_budget(self, user_id: int, budget_id: int) -> bool:
        """Whether there was such a budget. The rows that it counted stay."""
        with self._database.writing() as session:
            return budgets.delete_budget(session, user_id, budget_id)

    # --- inside ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _see(session: Session, user_id: int, budget_id: int, spending: Spending, now: datetime) -> NamedState | None:
        """A budget as the person is shown it now: what it says need not be told."""
        budget = _find(session, user_id, budget_id)
        if budget is None:
            return None
        seen = named_state(budget, spending, now)
        budgets.change_budget(session, user_id, budget_id, told_columns(as_shown(seen.state)), now)
        return seen


def read_budget_amount(text: str) -> Decimal | None:
    """BRL as Brazilians type it (``alerts.typed``); None for what is no amount of a budget."""
    try:
        amount = read_amount(text)
    except ValueError:
        return None
    return amount if is_budget_amount(amount) else None


def is_budget_amount(amount: Decimal) -> bool:
    """Whether a budget can be of that: BRL, to the centavo."""
    return amount.is_finite() and LEAST <= amount <= MOST and amount == amount.quantize(Decimal("0.01"))


def _find(session: Session, user_id: int, budget_id: int) -> Budget | None:
    return next((one for one in budgets.list_budgets(session, user_id) if one["id"] == budget_id), None)


def _values(before: Budget | None, category: str, amount: Decimal, now: datetime) -> dict[str, object]:
    today = local_day(now)
    return {
        "category": category,
        "amount": amount,
        "past_amounts": {} if before is None else with_amount(before, amount, today),
        "rolls_over": False if before is None else before["rolls_over"],
        "starts_on": month_of(today).start,
        "quiet_month": None,
    }
