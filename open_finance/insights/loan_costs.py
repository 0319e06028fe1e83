"""What a loan costs: its rate and its instalment of a month, each with where it is from. Pure functions.

Nothing is assumed: a rate is the contract's, or its total cost (CET), or not known; an instalment is what was paid lately,
or what leaves the account, or follows from balance, rate and the instalments that are left (PRICE, SAC), or is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Final, Literal

from open_finance.insights.recurring import Kind, Recurring
from open_finance.investment_records import Loan, LoanRate
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.reading.balances import LONG_AGO

#: What a bank lists of an account that is below zero without an agreement; the account's balance says it as well.
OVERDRAFT: Final = "UNARRANGED_ACCOUNT_OVERDRAFT"
#: The latest payments tell what an instalment is.
_RECENT: Final = 3
#: Two amounts that differ by no more are one instalment: some shrink a little every month.
_ALIKE: Final = Decimal("0.05")
_RATE_PLACES: Final = Decimal("0.00000001")
_A_YEAR: Final = 12
#: A rate of a month above it is a percentage that was written as a fraction (0.85 for 0.85 %), and is not believed.
_MOST: Final = Decimal("0.30")
#: What a bank calls a rate that moves with nothing (Open Finance Brasil's names); any other is paid over an index.
_NO_INDEX: Final = frozenset({"PRE_FIXADO", "PREFIXADO", "SEM_INDEXADOR_TAXA"})
_MONTHLY: Final = frozenset({"MONTHLY", "MONTH", "MES", "MENSAL", "AM"})
_YEARLY: Final = frozenset({"YEARLY", "YEAR", "ANO", "ANUAL", "AA", "ANNUAL"})
#: Instalments of a month, by how often one is due.
_PER_MONTH: Final = {
    **dict.fromkeys(_MONTHLY, Decimal(1)),
    **dict.fromkeys(_YEARLY, Decimal(1) / 12),
    **dict.fromkeys(("WEEKLY", "SEMANAL"), Decimal(52) / 12),
    **dict.fromkeys(("FORTNIGHTLY", "BIWEEKLY", "QUINZENAL"), Decimal(26) / 12),
    **dict.fromkeys(("BIMONTHLY", "BIMESTRAL"), Decimal(1) / 2),
    **dict.fromkeys(("QUARTERLY", "TRIMESTRAL"), Decimal(1) / 3),
    **dict.fromkeys(("SEMESTERLY", "SEMIANNUALLY", "SEMESTRAL"), Decimal(1) / 6),
}

From = Literal["payments", "rows", "calculated"]


@dataclass(frozen=True, slots=True)
class LoanCost:
    """``rate``: a fraction a month; ``instalment``: BRL a month, ``instalment_from`` where it is from; None where nobody
    tells. ``flow``: the recurring charge that pays it, where one is seen."""

    loan: Loan
    rate: Decimal | None
    instalment: Decimal | None
    instalment_from: From | None
    flow: Recurring | None = None

    @property
    def outstanding(self) -> Decimal:
        """What would settle it, to the centavo."""
        return round_to_centavo(self.loan["outstanding"] or ZERO)

    @property
    def interest(self) -> Decimal | None:
        """Of a month, as the balance stands: calculated."""
        return None if self.rate is None else round_to_centavo(self.outstanding * self.rate)


def live_loans(loans: Iterable[Loan]) -> list[Loan]:
    """Those in BRL that are owed, a contract that two connections bring once: as it was read last, by one that tells how
    it stands."""
    found = {loan["identity"]: loan for loan in sorted(loans, key=telling)}
    return sorted((loan for loan in found.values() if _is_owed(loan)), key=lambda loan: loan["id"])


def telling(loan: Loan) -> tuple[bool, datetime, int]:
    """Of what several connections bring of one contract, what goes before: how it stands is told, and was read last."""
    is_told = loan["outstanding"] is not None or loan["ended_on"] is not None
    return is_told, loan["read_at"] or LONG_AGO, loan["id"]


def monthly_rate(loan: Loan) -> Decimal | None:
    """The contract's rate of a month, as a fraction to eight places; of its total cost (CET) where it has none that is
    fixed and can be. None where the bank tells neither."""
    rates = [_fixed_rate(each) for each in loan["rates"]]
    if loan["cet"] is not None and loan["cet"] > ZERO:
        rates.append(_of_year(loan["cet"] / 100))
    return next((rate.quantize(_RATE_PLACES) for rate in rates if rate is not None and ZERO < rate <= _MOST), None)


def loan_costs(
    loans: Sequence[Loan], flows: Iterable[Recurring], connections: Mapping[int, Collection[int]]
) -> list[LoanCost]:
    """What each of these (``live_loans``) costs. ``flows``: recurring charges that may pay them; ``connections``: by the id
    of an account, which bring it. A flow pays one loan: the one of its amount, else the only one of its bank that is left,
    else the one of the amount that was calculated; none pays what an account is below zero by."""
    costs = [_told_cost(loan) for loan in loans]
    free = [flow for flow in flows if flow.kind is Kind.LOAN]
    _pair_by_amount(costs, free)
    for place, cost in enumerate(costs):
        own = [flow for flow in free if cost.loan["connection_id"] in connections.get(flow.account_id, ())]
        alone = [one for one in costs if _lacks_instalment(one, cost.loan["connection_id"])]
        if cost in alone and len(own) == len(alone) == 1:
            free.remove(own[0])
            costs[place] = replace(cost, flow=own[0], instalment=-own[0].amount, instalment_from="rows")
    costs = [cost if cost.instalment is not None else _calculated(cost) for cost in costs]
    _pair_by_amount(costs, free)
    return costs


def price_instalment(outstanding: Decimal, rate: Decimal, left: int) -> Decimal:
    """The instalment that pays a balance in so many equal ones (PRICE), half up to the centavo."""
    if not rate:
        return round_to_centavo(outstanding / left)
    return round_to_centavo(outstanding * rate / (1 - (1 + rate) ** -left))


def sac_instalment(outstanding: Decimal, rate: Decimal, left: int) -> Decimal:
    """The next instalment of a balance of which each pays the same part, and a month's interest on the rest (SAC)."""
    return round_to_centavo(outstanding / left) + round_to_centavo(outstanding * rate)


def _is_owed(loan: Loan) -> bool:
    """A day of settlement says nothing where something is owed: some banks write the day on which it was paid out."""
    stands = loan["ended_on"] is None and loan["listed"]
    return stands and loan["currency_code"] == BRL and round_to_centavo(loan["outstanding"] or ZERO) > ZERO


def _fixed_rate(rate: LoanRate) -> Decimal | None:
    """A fixed rate, as one of a month; None of one that moves with an index, and of a period that is not known."""
    fixed, words = rate["fixed"], _words(rate["periodicity"])
    if fixed is None or fixed <= ZERO or (rate["floating"] or ZERO) > ZERO:
        return None
    if (rate["indexer"] or "PRE_FIXADO").upper() not in _NO_INDEX:
        return None
    if words & _MONTHLY:
        return fixed
    if not words & _YEARLY:
        return None
    return fixed / _A_YEAR if (rate["kind"] or "").upper().startswith("NOM") else _of_year(fixed)


def _of_year(rate: Decimal) -> Decimal:
    return (1 + rate) ** (Decimal(1) / _A_YEAR) - 1


def _words(text: str | None) -> set[str]:
    return set((text or "").upper().replace(".", "").replace("/", "").replace("-", "_").split("_"))


def _told_cost(loan: Loan) -> LoanCost:
    instalment = _paid_lately(loan)
    return LoanCost(loan, monthly_rate(loan), instalment, None if instalment is None else "payments")


def _paid_lately(loan: Loan) -> Decimal | None:
    """What the latest agreed payments were, for a month; None where none is listed, or none is due regularly."""
    per_month = _per_month(loan)
    paid = [each for each in loan["payments"] if not each["is_extra"]]
    if per_month is None or not paid:
        return None
    latest = sorted(paid, key=lambda each: each["paid_on"] or date.min)[-_RECENT:]
    return round_to_centavo(Decimal(median(each["amount"] for each in latest)) * per_month)


def _per_month(loan: Loan) -> Decimal | None:
    if loan["periodicity"] is None:
        return Decimal(1)
    return next((_PER_MONTH[word] for word in sorted(_words(loan["periodicity"])) if word in _PER_MONTH), None)


def _has_instalments(cost: LoanCost) -> bool:
    return cost.loan["kind"] != OVERDRAFT


def _lacks_instalment(cost: LoanCost, connection_id: int) -> bool:
    return cost.instalment is None and _has_instalments(cost) and cost.loan["connection_id"] == connection_id


def _pair_by_amount(costs: list[LoanCost], free: list[Recurring]) -> None:
    """Give each cost without a flow the free one of its amount."""
    for place, cost in enumerate(costs):
        flow = next((flow for flow in free if _is_instalment_of(flow, cost)), None)
        if flow is not None and cost.flow is None:
            free.remove(flow)
            costs[place] = replace(cost, flow=flow)


def _is_instalment_of(flow: Recurring, cost: LoanCost) -> bool:
    if cost.instalment is None or cost.instalment <= ZERO or not _has_instalments(cost):
        return False
    return abs(-flow.amount - cost.instalment) <= cost.instalment * _ALIKE


def _calculated(cost: LoanCost) -> LoanCost:
    """``due_installments`` are those still to come; what is late is owed beside them."""
    loan, is_monthly = cost.loan, _per_month(cost.loan) == 1
    left = (loan["due_installments"] or 0) + (loan["past_due_installments"] or 0)
    if cost.rate is None or loan["due_installments"] is None or left <= 0 or not is_monthly:
        return cost
    find = sac_instalment if loan["amortization"] == "SAC" else price_instalment
    return replace(cost, instalment=find(cost.outstanding, cost.rate, left), instalment_from="calculated")
