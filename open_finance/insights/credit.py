"""A person's credit health, explained: the result types. ``credit_figures`` builds them. Pure.

No score of a bureau and no recommendation: seven figures, each with its threshold and the rows that it was worked out from.
Amounts are BRL to the centavo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from open_finance.investment_records import Loan
from open_finance.money import ZERO
from open_finance.reading.freshness import Freshness
from open_finance.records import Connection


class Figure(StrEnum):
    """What is looked at."""

    COMMITMENT = "commitment"  # comprometimento da renda: debt service of a month, % of income
    STABILITY = "stability"  # estabilidade da renda: how far months differ from the usual one, %
    LIMIT_USE = "limit_use"  # uso do limite: of all cards, %
    REVOLVING = "revolving"  # rotativo: what is carried over on cards and charged for, BRL
    OVERDRAFT = "overdraft"  # cheque especial: in use now, BRL
    DEBT_COST = "debt_cost"  # custo das dívidas: interest and charges of a usual month, BRL
    RESERVE = "reserve"  # reserva: months that what is at hand would last


class Word(StrEnum):
    """How it stands: bom, atenção, alto."""

    GOOD = "good"
    WARNING = "warning"
    HIGH = "high"


#: Where a figure comes from: a stored thing of the person's, by our id.
SourceKind = Literal["transaction", "bill", "account", "loan", "investment", "pot"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row behind a figure. ``role``: which sum of the figure it is in (``income``, ``debt``, ``limit``, ``used``,
    ``charges``, ``available``, ``spending``…); ``amount``: what it adds to it; ``on``: its day. ``id`` of the kind's table;
    a pot's is its account's."""

    kind: SourceKind
    id: int
    role: str
    amount: Decimal
    on: date | None
    label: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """``good``: up to here it is bom; ``high``: beyond here alto; between them atenção. ``rising``: more is better
    (reserve). ``source``: whose rule it is, in Portuguese."""

    good: Decimal
    high: Decimal
    source: str
    rising: bool = False

    def word(self, value: Decimal) -> Word:
        """The word for a value."""
        if self.rising:
            return Word.GOOD if value >= self.good else Word.HIGH if value < self.high else Word.WARNING
        return Word.GOOD if value <= self.good else Word.HIGH if value > self.high else Word.WARNING


class Missing(StrEnum):
    """What would be needed for a figure."""

    ACCOUNT = "account"  # a checking account
    INCOME = "income"  # income in enough months
    HISTORY = "history"  # months of rows
    CARD = "card"  # a card
    LIMIT = "limit"  # the limit of a card, which the bank does not tell
    BILLS = "bills"  # the bills of the cards, which no bank lists: what was not paid of them is not known
    INSTALMENTS = "instalments"  # what a loan costs a month, which the bank does not tell


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with all that explains it. ``value``: in the figure's unit, None where something is ``missing``. ``sums``:
    the sums it is made of, by role; each is the sum of the evidence of that role. ``months``: how many whole months it
    covers. ``notes``: keys of what should be said beside it (what a bank does not send)."""

    figure: Figure
    value: Decimal | None
    word: Word | None
    threshold: Threshold
    evidence: tuple[Evidence, ...]
    sums: tuple[tuple[str, Decimal], ...] = ()
    months: int = 0
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


#: A card's revolving balance, an overdraft, or a contract.
DebtKind = Literal["revolving", "overdraft", "loan"]


@dataclass(frozen=True, slots=True)
class Debt:
    """Something owed that costs interest. ``balance``: today, positive. ``monthly_rate``: a fraction (``0.12`` = 12 % a
    month), None where nobody tells it; ``rate_from``: ``contract``, ``charged`` (what was charged of what was carried over).
    ``payment``: what must be paid a month, None where it is not known. ``id``: of the account or loan."""

    kind: DebtKind
    id: int
    name: str
    balance: Decimal
    monthly_rate: Decimal | None
    rate_from: str | None
    payment: Decimal | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Help:
    """What helps most: pay ``debt`` with ``amount`` of what is at hand beyond the reserve, or little by little.
    ``monthly_saving``: interest that is then not charged, a month. ``months_left``: of usual spending that what is at hand
    would last after it; None where nothing of it is taken."""

    debt: Debt
    amount: Decimal
    monthly_saving: Decimal
    is_at_hand: bool
    months_left: Decimal | None = None


class Order(StrEnum):
    """Which debt first. ``AVALANCHE``: the dearest rate; ``SNOWBALL``: the smallest balance."""

    AVALANCHE = "avalanche"
    SNOWBALL = "snowball"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A month of a plan: ``paid`` and ``left`` by the debt's place in ``Plan.debts``; ``interest`` of all of them."""

    month: int
    paid: tuple[Decimal, ...]
    left: tuple[Decimal, ...]
    interest: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """Paying all debts with ``budget`` a month. ``debts``: in the order in which they are attacked; ``cleared_in``: the
    month in which each is paid. ``steps`` is empty where the budget never clears them (``is_enough`` False)."""

    order: Order
    budget: Decimal
    debts: tuple[Debt, ...]
    steps: tuple[PlanStep, ...]
    cleared_in: tuple[int, ...]
    is_enough: bool

    @property
    def months(self) -> int:
        """How long it takes."""
        return len(self.steps)

    @property
    def interest(self) -> Decimal:
        """What it costs in all."""
        return sum((step.interest for step in self.steps), ZERO)


@dataclass(frozen=True, slots=True)
class CreditReport:
    """All that /credito shows. ``measures``: one a figure, in the order of ``Figure``. ``debts``: dearest first, those of an
    unknown rate last. ``help``: None where nothing is owed that costs, or nothing is known of what it costs. ``connections``
    and ``ages``: those still read, and how old what they told is. ``silent``: of these, those that do not tell loans.
    ``loans``: the contracts that stand, also those of which no balance is told."""

    today: date
    measures: tuple[Measure, ...]
    debts: tuple[Debt, ...]
    help: Help | None
    connections: tuple[Connection, ...] = ()
    ages: tuple[Freshness, ...] = ()
    silent: tuple[Connection, ...] = ()
    loans: tuple[Loan, ...] = ()

    def measure(self, figure: Figure) -> Measure:
        """The measure of a figure."""
        return next(each for each in self.measures if each.figure is figure)
