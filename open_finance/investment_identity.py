"""Which positions are one and the same: what came back under another id, and what two doors show of one paper. Pure.

Banks give a position no number that holds everywhere. It is told by where it is held, what it is, and its days; what is not
told on either side settles nothing. Several lots of one paper at one bank are several positions: they are paired one to one,
the likest first, and never more of one side than there are on the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from open_finance.folding import fold
from open_finance.investment_records import InvestmentData

#: The marks of a paper; one that both tell and that differs is another paper, or another lot of it.
_MARKS: Final = ("code", "isin", "number")
_DAYS: Final = ("due_on", "purchased_on", "issued_on")
#: What is told of a rate and says nothing beside another figure: all of the index, and nothing over it.
_WHOLE_INDEX: Final = frozenset({Decimal(100), Decimal(0)})
#: A bank keeps one position of a share or a fund, and how much of it there is changes; of these, each purchase is its own.
_IN_LOTS: Final = frozenset({"FIXED_INCOME", "COE", "OTHER"})
#: Of a company's CNPJ: what its branches share.
_CNPJ_ROOT: Final = 8
#: A door that shows every bank says nothing of the bank.
_NO_BANK: Final = "meupluggy"


def same_position(one: InvestmentData, other: InvestmentData) -> bool:
    """Whether two records can be one position. Stored ones also tell their bank by ``connector_name``.

    Bank, kind of paper, currency, marks and days agree wherever both tell them. One mark is the same, or, where they share
    none, the name, the issuer, the terms and what was put in. Two lots are one when the day of the purchase says so, or the
    quantity. Where one side tells no bank, one of these two is needed for every paper: two banks may hold the same."""
    agree = (
        one["type"] == other["type"],
        one["currency_code"] == other["currency_code"],
        _agree(one["subtype"], other["subtype"]),
        all(_agree(_mark(one, name), _mark(other, name)) for name in _MARKS),
        all(_agree(_told(one, name), _told(other, name)) for name in _DAYS),
    )
    same_bank = _same_bank(one, other)
    if not all(agree) or same_bank is False or not _is_same_paper(one, other):
        return False
    if same_bank is None:
        return _is_same_lot(one, other)
    return one["type"] not in _IN_LOTS or _can_be_one_lot(one, other)


def pair_positions(here: Sequence[InvestmentData], there: Sequence[InvestmentData]) -> list[tuple[int, int]]:
    """Which of these goes with which of those, by their places in the two lists; each at most once, the likest first. The
    order in which they come does not matter but among lots that nothing tells apart."""
    return pair_best(
        (-_likeness(one, other), left, right)
        for left, one in enumerate(here)
        for right, other in enumerate(there)
        if same_position(one, other)
    )


def pair_best(candidates: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Pairs out of ``(rank, left, right)``, the lowest rank first, each side at most once."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, left, right in sorted(candidates):
        if left not in pairs and right not in taken:
            pairs[left] = right
            taken.add(right)
    return sorted(pairs.items())


def cnpj_root(cnpj: str | None) -> str | None:
    """What the branches of a company share of their CNPJ; None where there is no whole one."""
    return cnpj[:_CNPJ_ROOT] if cnpj is not None and len(cnpj) == 14 else None


def _same_bank(one: InvestmentData, other: InvestmentData) -> bool | None:
    """None where that cannot be told. Names are of use only without numbers: one bank has several."""
    numbers = cnpj_root(one["bank_cnpj"]), cnpj_root(other["bank_cnpj"])
    if None not in numbers:
        return numbers[0] == numbers[1]
    first, second = _bank_name(one), _bank_name(other)
    if not first or not second:
        return None
    return first in second or second in first


def _bank_name(position: InvestmentData) -> str:
    name = position["bank_name"] or _told(position, "connector_name") or ""
    folded = fold(name)
    return "" if folded.replace(" ", "") == _NO_BANK else folded


def _is_same_paper(one: InvestmentData, other: InvestmentData) -> bool:
    marks = [(_mark(one, name), _mark(other, name)) for name in _MARKS]
    if any(left is not None and left == right for left, right in marks):
        return True
    same_terms = _agree(one["rate_type"], other["rate_type"]) and _agree(_rates(one), _rates(other))
    same_issuer = _agree(cnpj_root(one["issuer_cnpj"]), cnpj_root(other["issuer_cnpj"]))
    return same_terms and same_issuer and fold(one["name"]) == fold(other["name"]) and _is_same_lot(one, other)


def _rates(position: InvestmentData) -> frozenset[Decimal] | None:
    """What was contracted, which tells papers apart that have no mark, whichever way it is written: 6 % over the IPCA is a
    rate of 6 by one door, and by another a rate of 100 and a fixed one of 6."""
    told = {rate for rate in (position["rate"], position["fixed_annual_rate"]) if rate is not None}
    return frozenset(told - _WHOLE_INDEX or told) or None


def _can_be_one_lot(one: InvestmentData, other: InvestmentData) -> bool:
    """A part of a lot may have been taken out since: then its day tells it, where it is known."""
    return _is_told_alike(one, other, "purchased_on", "issued_on") or _agree(one["quantity"], other["quantity"])


def _is_same_lot(one: InvestmentData, other: InvestmentData) -> bool:
    return _is_told_alike(one, other, "purchased_on", "issued_on", "quantity", "amount_original")


def _is_told_alike(one: InvestmentData, other: InvestmentData, *names: str) -> bool:
    """Whether both tell one of these, and the same."""
    return any(_told(one, name) is not None and _told(one, name) == _told(other, name) for name in names)


def _likeness(one: InvestmentData, other: InvestmentData) -> int:
    """How much two records that can be one position have in common: marks count most, then days, then figures."""
    weights = {
        **dict.fromkeys(_MARKS, 16),
        **dict.fromkeys(_DAYS, 4),
        "quantity": 2,
        "amount_original": 2,
        "balance": 1,
    }
    return sum(weight for name, weight in weights.items() if _is_told_alike(one, other, name))


def _mark(position: InvestmentData, name: str) -> str | None:
    """As banks write it: in capitals or not, with spaces or not."""
    written = _told(position, name)
    bare = "".join(character for character in str(written or "").upper() if character.isalnum())
    return bare or None


def _agree(left: Any, right: Any) -> bool:
    return left is None or right is None or left == right


def _told(position: InvestmentData, name: str) -> Any:
    return cast("Mapping[str, Any]", position).get(name)
