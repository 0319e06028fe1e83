"""What people owe under contract: instalments by PRICE or SAC, paid month by month, as Loan objects (reference 8.2).

Like positions, a contract on a day follows from the household's first day alone. Nothing of it is in the accounts' rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Literal, NamedTuple

from sandbox.household.calendar import add_months, business_day
from sandbox.household.documents import identifier
from sandbox.household.holdings import shelf_of
from sandbox.household.levies import half_up
from sandbox.household.life import Life
from sandbox.household.papers import Shelf

Json = dict[str, Any]

Scheme = Literal["PRICE", "SAC"]
#: Payments are listed for so long.
LISTED_DAYS = 365
#: What fees and insurance add to the year's interest, in percentage points.
FEES = 1.9


@dataclass(frozen=True)
class Contract:
    """``cents`` lent ``day`` days from the household's first (negative = before), at ``rate`` % a month, in ``months``
    instalments due on the contract's day. ``behind``: how many of those due are not paid."""

    key: str
    kind: str
    type: str
    product: str
    day: int
    cents: int
    rate: float
    months: int
    scheme: Scheme = "PRICE"
    behind: int = 0
    warranty: str | None = None


class Part(NamedTuple):
    """An instalment, in centavos: what is paid, and what is owed after it."""

    number: int
    paid: int
    left: int


CONTRACTS: Mapping[str, Mapping[Shelf, tuple[Contract, ...]]] = {
    "silva": {
        "branch": (
            Contract(
                "personal", "LOAN", "CREDITO_PESSOAL_SEM_CONSIGNACAO", "Crédito pessoal", -310, 1_800_000, 2.49, 24
            ),
        ),
    },
    "souza": {
        "branch": (
            Contract(
                "car", "FINANCING", "AQUISICAO_BENS_VEICULOS_AUTOMOTORES", "Financiamento de veículo", -650, 4_200_000,
                1.62, 48, "SAC", behind=1, warranty="ALIENACAO_FIDUCIARIA",
            ),
        ),
    },
    "duas-contas": {
        "branch": (
            Contract(
                "excess", "UNARRANGED_ACCOUNT_OVERDRAFT", "ADIANTAMENTO_DEPOSITANTES", "Adiantamento a depositantes",
                -18, 42_000, 8.0, 1,
            ),
        ),
    },
}  # fmt: skip


def listed_loans(name: str, life: Life) -> list[Json]:
    """The Loan objects of the household ``name`` on its last day lived, with those that are paid off."""
    owed = CONTRACTS.get(name, {}).get(shelf_of(life.bank), ())
    return [loan_json(contract, life) for contract in owed if life.born + timedelta(days=contract.day) <= life.day]


@lru_cache
def schedule(cents: int, rate: float, months: int, scheme: Scheme) -> tuple[Part, ...]:
    """Every instalment. Each month's interest is rounded to the centavo, the last instalment pays what is left."""
    monthly, left, parts = rate / 100, cents, list[Part]()
    level = round(cents * monthly / (1 - (1 + monthly) ** -months))
    for number in range(1, months + 1):
        interest = half_up(left * round(rate * 100), 10_000)
        repaid = level - interest if scheme == "PRICE" else round(cents / months)
        repaid = left if number == months else repaid
        left -= repaid
        parts.append(Part(number, repaid + interest, left))
    return tuple(parts)


def due_day(begun: date, number: int) -> date:
    return add_months(begun, number)


def loan_json(contract: Contract, life: Life) -> Json:
    begun, today = business_day(life.born + timedelta(days=contract.day), -1), life.day
    parts = schedule(contract.cents, contract.rate, contract.months, contract.scheme)
    due = sum(due_day(begun, part.number) <= today for part in parts)
    paid = max(0, due - contract.behind)
    left = parts[paid - 1].left if paid else contract.cents
    last = due_day(begun, contract.months)
    rng = Random(f"{life.numbers}:contract:{contract.key}")
    return {
        "id": identifier(life.pen.door, "loan", contract.key),
        "kind": contract.kind,
        "productName": contract.product,
        "type": contract.type,
        "contractNumber": f"{rng.randrange(10**9):012d}",
        "ipocCode": f"{life.bank.ispb}{rng.randrange(10**20):020d}",
        "date": clock(today),
        "contractDate": clock(begun),
        "disbursementDates": [begun.isoformat()],
        "settlementDate": clock(last) if paid == contract.months else None,
        "contractAmount": contract.cents / 100,
        "currencyCode": "BRL",
        "dueDate": clock(last),
        "installmentPeriodicity": "MONTHLY" if contract.months > 1 else "WITHOUT_REGULAR_PERIODICITY",
        "installmentPeriodicityAdditionalInfo": None,
        "firstInstallmentDueDate": clock(due_day(begun, 1)),
        "CET": round((1 + contract.rate / 100) ** 12 - 1 + FEES / 100, 6),  # a fraction, as Open Finance Brasil has it
        "amortizationScheduled": contract.scheme if contract.months > 1 else "WITHOUT_AMORTIZATION_SYSTEM",
        "amortizationScheduledAdditionalInfo": None,
        "cnpjConsignee": None,
        "interestRates": [interest_rate(contract)],
        "contractedFees": [],
        "contractedFinanceCharges": [charge("JUROS_REMUNERATORIOS_POR_ATRASO"), charge("MULTA_ATRASO_PAGAMENTO")],
        "warranties": warranties(contract),
        "installments": counts(contract, due, paid),
        "payments": {
            "contractOutstandingBalance": left / 100,
            "releases": [release(part, begun, life) for part in parts[:paid] if is_listed(begun, part, today)],
        },
    }


def counts(contract: Contract, due: int, paid: int) -> Json:
    """Of instalments; ``due``: how many were, until today."""
    return {
        "typeNumberOfInstallments": "MONTH",
        "totalNumberOfInstallments": contract.months,
        "typeContractRemaining": "MONTH",
        "contractRemainingNumber": contract.months - due,
        "paidInstallments": paid,
        "dueInstallments": contract.months - due,
        "pastDueInstallments": due - paid,
        "balloonPayments": [],
    }


def is_listed(begun: date, part: Part, today: date) -> bool:
    return due_day(begun, part.number) > today - timedelta(days=LISTED_DAYS)


def clock(day: date) -> str:
    """Loans write dates without a zone (reference 8.2)."""
    return f"{day}T00:00:00"


def interest_rate(contract: Contract) -> Json:
    return {
        "taxType": "EFFECTIVE",
        "interestRateType": "COMPOUND",
        "taxPeriodicity": "MONTHLY",
        "calculation": "30/360",
        "referentialRateIndexerType": "PRE_FIXADO",
        "referentialRateIndexerSubType": None,
        "referentialRateIndexerAdditionalInfo": None,
        "preFixedRate": round(contract.rate / 100, 6),
        "postFixedRate": 0,
        "additionalInfo": None,
    }


def charge(kind: str) -> Json:
    return {"type": kind, "additionalInfo": None, "rate": 2.0 if kind.startswith("MULTA") else 1.0}


def warranties(contract: Contract) -> list[Json]:
    if contract.warranty is None:
        return []
    return [
        {
            "currencyCode": "BRL",
            "type": contract.warranty,
            "subtype": "VEICULOS_AUTOMOTORES",
            "amount": contract.cents * 1.25 / 100,
        }
    ]


def release(part: Part, begun: date, life: Life) -> Json:
    return {
        "isOverParcelPayment": False,
        "installmentId": identifier(life.pen.door, begun, part.number),
        "paidDate": clock(due_day(begun, part.number)),
        "currencyCode": "BRL",
        "paidAmount": part.paid / 100,
        "overParcel": {"fees": [], "charges": []},
    }
