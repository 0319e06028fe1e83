"""What a position was contracted at, as data for the words: 110 % of the CDI, IPCA + 6.2 % a year, 12 % a year. Pure.

Banks write one thing in several ways (reference 8.1): 110 of ``CDI``; 6.2 of ``IPCA``; the fixed part in a field of its own.
What makes no sense is not guessed at: then there is no rate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from open_finance.folding import fold
from open_finance.insights.portfolio import Kind
from open_finance.insights.portfolio_kinds import kind_of
from open_finance.investment_records import InvestmentData

#: An index by how banks call it, folded and without spaces.
_INDEXES: Final = {
    "cdi": "CDI",
    "di": "CDI",
    "cdie": "CDI",
    "selic": "SELIC",
    "ipca": "IPCA",
    "ipc-a": "IPCA",
    "igpm": "IGP-M",
    "igp-m": "IGP-M",
    "inpc": "INPC",
    "tr": "TR",
}
_PREFIXED: Final = frozenset({"pre", "prefixado", "prefixada", "pre_fixado", "pre-fixado", "prefixed", "fixed"})
#: Of which a part is agreed (``110 % do CDI``); on the others only something over it is.
_OF_WHICH_A_PART: Final = frozenset({"CDI", "SELIC"})
#: Below it a rate of the CDI is what is paid over it; no bank pays a tenth of it.
_LEAST_PERCENT: Final = Decimal(20)
#: No bank pays so much over an index, nor so much a year.
_MOST_FIXED: Final = Decimal(60)
_MOST_PERCENT: Final = Decimal(400)
_HUNDRED: Final = Decimal(100)
_SAID_PERCENT: Final = re.compile(r"(\d{2,3}(?:[.,]\d+)?) ?%")


@dataclass(frozen=True, slots=True)
class Contracted:
    """``index``: CDI, SELIC, IPCA, IGP-M, INPC or TR; None where it is prefixed. ``percent_of_index``: 110 = 110 % of it,
    None where all of it is paid and nothing is said of parts. ``fixed``: % a year, alone or over the index; None or 0:
    nothing."""

    index: str | None
    percent_of_index: Decimal | None
    fixed: Decimal | None


def contracted_rate(position: InvestmentData) -> Contracted | None:
    """None where the bank does not tell it, or tells what makes no sense."""
    rate, fixed = _positive(position["rate"]), _positive(position["fixed_annual_rate"])
    written = fold(position["rate_type"] or "").replace(" ", "").replace("+", "")
    index = _INDEXES.get(written)
    if index is None:
        is_prefixed = written in _PREFIXED or not written
        return _prefixed(fixed or rate) if is_prefixed and (written or fixed is not None) else None
    if index in _OF_WHICH_A_PART:
        return _of_index(position, index, rate, fixed)
    over = fixed if fixed is not None else _unless_whole(rate)
    return Contracted(index, None, over) if over is not None and over <= _MOST_FIXED else None


def _prefixed(rate: Decimal | None) -> Contracted | None:
    return Contracted(None, None, rate) if rate is not None and rate <= _MOST_FIXED else None


def _of_index(position: InvestmentData, index: str, rate: Decimal | None, fixed: Decimal | None) -> Contracted | None:
    """``1.10`` is 110 % only where the name says 110 %: written alone, it may as well be 1.10 % over the index."""
    if fixed is not None and fixed > _MOST_FIXED:
        return None
    if rate is None:
        return Contracted(index, None, fixed) if fixed is not None else None
    if _LEAST_PERCENT <= rate <= _MOST_PERCENT:
        return Contracted(index, rate, fixed)
    if rate * _HUNDRED in _percents_in(position["name"]):
        return Contracted(index, rate * _HUNDRED, fixed)
    says_over = (
        "+" in (position["rate_type"] or "")
        or f"{index.lower()}+" in fold(position["name"]).replace(" ", "")
        or kind_of(position) is Kind.TREASURY  # all of the SELIC, and 0.07 % over it
    )
    return Contracted(index, None, rate) if says_over and fixed is None and rate < _LEAST_PERCENT else None


def _unless_whole(rate: Decimal | None) -> Decimal | None:
    """100 of ``IPCA`` is all of it, and nothing is said of what is paid over it."""
    return rate if rate != _HUNDRED else None


def _percents_in(name: str) -> set[Decimal]:
    return {Decimal(found.replace(",", ".")) for found in _SAID_PERCENT.findall(name)}


def _positive(rate: Decimal | None) -> Decimal | None:
    return rate if rate is not None and rate > 0 else None
