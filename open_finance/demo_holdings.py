"""What the family of the demonstration has invested and owes beside its accounts: a pure function of the day.

Papers and funds are invented, banks are real. All was bought or contracted so long ago that no row of the accounts shown
would have paid for it; once a year a younger one takes an older one's place. Until then what each is worth on a day is the
same whichever later day it is looked at from. What a bank would withhold of it is the tax of the law, to the centavo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from open_finance.insights.tax_tables import tax_tables
from open_finance.investment_records import InvestmentData, InvestmentTransactionData, LoanData, LoanPayment, LoanRate
from open_finance.money import ZERO, round_to_centavo

#: The youngest is older than all rows that are shown.
YOUNGEST = timedelta(days=150)

_ITAU, _CAIXA = ("Itaú", "60701190000104"), ("Caixa", "00360305000104")
_ONE_DAY = timedelta(days=1)
_YEAR = Decimal(365)


@dataclass(frozen=True, slots=True)
class Paper:
    """``bought``: month and day; ``years``: how many years older than the youngest that may be. ``cost``: of all units;
    ``growth``: of a year, 0.12 = 12 %. ``sways``: its price goes up and down by so much of it. ``dividend``: a month, of all
    units, on the 14th. ``fields``: what its bank tells beside."""

    key: str
    bank: str
    bought: tuple[int, int]
    cost: Decimal
    growth: Decimal
    fields: dict[str, Any]
    years: int = 0
    quantity: Decimal = Decimal(1)
    sways: Decimal = ZERO
    is_taxed: bool = True
    dividend: Decimal = ZERO


def _issued(bank: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """What is told of a bank's own paper."""
    name, cnpj = bank
    return {"type": "FIXED_INCOME", "issuer": name, "issuer_cnpj": cnpj, **fields}


PAPERS = (
    Paper(
        "cdb", "Itaú", (3, 15), Decimal("10000.00"), Decimal("0.125"),
        _issued(_ITAU, subtype="CDB", name="CDB Itaú 110% CDI", code="CDBJATOBA110", rate=Decimal(110), rate_type="CDI"),
    ),
    Paper(
        "treasury", "Itaú", (2, 3), Decimal("4100.00"), Decimal("0.112"),
        {
            "type": "FIXED_INCOME", "subtype": "TREASURY", "name": "Tesouro IPCA+ Principal", "rate": Decimal("6.2"),
            "rate_type": "IPCA", "issuer": "Tesouro Nacional",
        },
        years=1, quantity=Decimal("1.27"),
    ),
    Paper(
        "fund", "Itaú", (4, 7), Decimal("3000.00"), Decimal("0.098"),
        {"type": "MUTUAL_FUND", "subtype": "FIXED_INCOME_FUND", "name": "Araucária Renda Fixa Simples"},
        quantity=Decimal("1873.20451"),
    ),
    Paper(
        "fii", "Itaú", (5, 12), Decimal("5880.00"), Decimal("0.03"),
        {"type": "EQUITY", "subtype": "REAL_ESTATE_FUND", "name": "FII Lajes do Ipê", "code": "JATB11"},
        quantity=Decimal(60), sways=Decimal("0.03"), is_taxed=False, dividend=Decimal("51.00"),
    ),
    Paper(
        "lci", "Caixa", (5, 20), Decimal("6500.00"), Decimal("0.104"),
        _issued(_CAIXA, subtype="LCI", name="LCI Caixa 92% CDI", code="LCIJATOBA92", rate=Decimal(92), rate_type="CDI"),
        is_taxed=False,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Worth:
    """What a position was worth at the end of a day, net and gross."""

    day: date
    balance: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DemoPosition:
    """A position as last read, its movements, and its days since its bank was connected."""

    data: InvestmentData
    moves: tuple[InvestmentTransactionData, ...]
    days: tuple[Worth, ...]


@dataclass(frozen=True, slots=True)
class DemoLoan:
    """A loan as last read, and what was owed on each day since its bank was connected."""

    data: LoanData
    days: tuple[tuple[date, Decimal], ...]


def build_positions(bank: str, connected_on: date, seen_on: date) -> tuple[DemoPosition, ...]:
    """What a bank lists on a day, the same every time."""
    days = [connected_on + number * _ONE_DAY for number in range((seen_on - connected_on).days + 1)]
    return tuple(_position(paper, days) for paper in PAPERS if paper.bank == bank)


def income_tax(gain: Decimal, days: int) -> Decimal:
    """Of a gain, so many days after the purchase. None of it is so young that IOF would be due."""
    return round_to_centavo(max(gain, ZERO) * tax_tables().income_tax_rate(days) / 100)


def _position(paper: Paper, days: list[date]) -> DemoPosition:
    seen_on = days[-1]
    bought_on = _latest(*paper.bought, seen_on, paper.years)
    worth = tuple(_worth(paper, bought_on, day) for day in days)
    now, moves = worth[-1], tuple(_moves(paper, bought_on, seen_on))
    fields: dict[str, Any] = {
        "pluggy_id": f"demo-{paper.key}",
        "currency_code": "BRL",
        "balance": now.balance,
        "amount": now.amount,
        "amount_original": paper.cost,
        "amount_profit": now.amount - paper.cost,
        "taxes": now.amount - now.balance,
        "taxes2": ZERO,
        "quantity": paper.quantity,
        "unit_value": round(now.amount / paper.quantity, 8),
        "valued_on": seen_on,
        "figures_on": seen_on,
        "bank_name": paper.bank,
        "bank_cnpj": dict((_ITAU, _CAIXA))[paper.bank],
        "status": "ACTIVE",
        **paper.fields,
    }
    if paper.fields["type"] == "FIXED_INCOME":
        matures = bought_on.replace(year=bought_on.year + 3)
        fields |= {
            "purchased_on": bought_on,
            "issued_on": bought_on,
            "due_on": matures,
            "tax_exempt": not paper.is_taxed,
        }
    return DemoPosition(cast("InvestmentData", dict.fromkeys(InvestmentData.__annotations__) | fields), moves, worth)


def _worth(paper: Paper, bought_on: date, day: date) -> Worth:
    held = (day - bought_on).days
    sway = paper.sways * (abs(day.toordinal() % 92 - 46) - 23) / 23
    amount = round_to_centavo(paper.cost * (1 + paper.growth * held / _YEAR) * (1 + sway))
    tax = income_tax(amount - paper.cost, held) if paper.is_taxed else ZERO
    return Worth(day, amount - tax, amount)


def _moves(paper: Paper, bought_on: date, seen_on: date) -> Iterator[InvestmentTransactionData]:
    unit = round(paper.cost / paper.quantity, 8)
    yield _move(f"{paper.key}-buy", bought_on, "BUY", paper.cost, "Aplicação", quantity=paper.quantity, unit_value=unit)
    day = bought_on.replace(day=14)
    while paper.dividend and day <= seen_on:
        if day > bought_on:
            yield _move(f"{paper.key}-{day:%Y-%m}", day, "INTEREST", paper.dividend, "Rendimento")
        day = _months_after(day, 1)


def _move(pluggy_id: str, day: date, kind: str, amount: Decimal, text: str, **fields: Any) -> InvestmentTransactionData:
    own: dict[str, Any] = {
        "pluggy_id": f"demo-{pluggy_id}",
        "type": kind,
        "movement": "CREDIT" if kind == "BUY" else "DEBIT",
        "amount": amount,
        "occurred_on": day,
        "description": text,
    }
    nothing = dict.fromkeys(InvestmentTransactionData.__annotations__)
    return cast("InvestmentTransactionData", nothing | own | fields)


# --- the loan ------------------------------------------------------------------------------------------------------------

LOAN_BANK = "Itaú"
LOANED, INSTALMENTS, MONTHLY_RATE = Decimal("4800.00"), 24, Decimal("0.0199")
#: What such a loan costs a month: ``LOANED × rate ÷ (1 − (1 + rate)^−24)``, as banks round it.
INSTALMENT = round_to_centavo(LOANED * MONTHLY_RATE / (1 - (1 + MONTHLY_RATE) ** -INSTALMENTS))
CONTRACTED, PAID_ON = (1, 18), 18


def build_loan(bank: str, connected_on: date, seen_on: date) -> DemoLoan | None:
    """The loan of a bank on a day, the same every time; None where it has none."""
    if bank != LOAN_BANK:
        return None
    contracted_on = _latest(*CONTRACTED, seen_on)
    paid = _paid(contracted_on, seen_on)
    fields: dict[str, Any] = {
        "pluggy_id": "demo-loan",
        "identity": "demo-loan",
        "kind": "LOAN",
        "product_name": "Crédito pessoal",
        "type": "CREDITO_PESSOAL_SEM_CONSIGNACAO",
        "currency_code": "BRL",
        "contract_amount": LOANED,
        "outstanding": left_after(paid),
        "contracted_on": contracted_on,
        "first_due_on": _months_after(contracted_on, 1),
        "due_on": _months_after(contracted_on, INSTALMENTS),
        "periodicity": "MONTHLY",
        "cet": Decimal("29.40"),
        "amortization": "PRICE",
        "rates": [
            LoanRate(kind="EFFECTIVE", periodicity="MONTHLY", indexer=None, fixed=MONTHLY_RATE, floating=None),
        ],
        "total_installments": INSTALMENTS,
        "paid_installments": paid,
        "due_installments": INSTALMENTS - paid,
        "past_due_installments": 0,
        "payments": [
            LoanPayment(paid_on=_months_after(contracted_on, number + 1), amount=INSTALMENT, is_extra=False)
            for number in range(paid)
        ],
    }
    days = [connected_on + number * _ONE_DAY for number in range((seen_on - connected_on).days + 1)]
    owed = tuple((day, left_after(_paid(contracted_on, day))) for day in days)
    return DemoLoan(cast("LoanData", dict.fromkeys(LoanData.__annotations__) | fields), owed)


def _paid(contracted_on: date, day: date) -> int:
    """How many instalments, until the end of a day."""
    months = (day.year - contracted_on.year) * 12 + day.month - contracted_on.month
    return months if day.day >= PAID_ON else months - 1


def left_after(paid: int) -> Decimal:
    """What is owed after so many instalments, BRL."""
    left = LOANED
    for _ in range(paid):
        left = round_to_centavo(left * (1 + MONTHLY_RATE)) - INSTALMENT
    return left


# --- days ----------------------------------------------------------------------------------------------------------------


def _latest(month: int, day: int, until: date, years: int = 0) -> date:
    """The last day of that name that is old enough, and so many years before."""
    end = until - YOUNGEST
    year = end.year if (end.month, end.day) >= (month, day) else end.year - 1
    return date(year - years, month, day)


def _months_after(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return day.replace(year=count // 12, month=count % 12 + 1)
