"""Which purchase a refund gives back, and which purchase an IOF or a fee was charged for. Pure functions over rows.

A refund belongs to a purchase of the same account and shop, of at most as much, made up to ``REFUND_DAYS`` before: one
of exactly its amount goes first, then the latest. Several partial refunds add up to their purchase and never beyond it.
The IOF of a purchase abroad stands on the same card within days of it, and is a few per cent of it; other fees name
their purchase.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.merchants import merchant_key, name_key, normalise
from open_finance.insights.purchases import shop_keys
from open_finance.insights.row_categories import NOT_SPENDING, RowCategory
from open_finance.money import BRL, ZERO
from open_finance.records import StatementRow

REFUND_DAYS = 120
IOF_DAYS = 3
FEE_DAYS = 45
#: IOF on purchases abroad was 6.38 % at most and is to fall to nothing; below 0.3 % it is on something else.
IOF_LEAST, IOF_MOST = Decimal("0.003"), Decimal("0.07")
_IOF_NOW = Decimal("0.035")
_IOF = "15030000"

_GIVES_BACK = re.compile(
    r"\b(estorn\w*|devol\w*|reembols\w*|ressarc\w*|cancel\w*|chargeback|revers\w*|credito (de|por) compra)\b( (de|da|do)\b)?"
)
_CHARGED_FOR = re.compile(r"(?:iof|juros|multa|encargos?|tarifa|taxa)\b.*?\b(?:de|da|do|sobre|s/)\s+(.+)")
_RETURNED = re.compile(r"\b(estorn|devol)")


@dataclass(slots=True)
class _Bought:
    """A purchase, all its instalments together. ``left``: what was not given back yet."""

    id: int
    day: date
    left: Decimal
    whole: Decimal


@dataclass(frozen=True, slots=True)
class _Row:
    row: StatementRow
    decided: RowCategory
    account: str
    keys: frozenset[str]

    @property
    def day(self) -> date:
        return self.row["purchased_on"] or self.row["occurred_on"]


def linked(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], account_of: Callable[[StatementRow], str]
) -> dict[int, int]:
    """``{id of a refund, IOF or fee: id of the purchase that it goes with}``. ``account_of``: what names an account,
    the same for all the connections that bring it."""
    read = _read(rows, decided, account_of)
    return _fees(read) | _refunds(read)


def is_returned_pix(row: StatementRow) -> bool:
    """Whether a Pix says that it gives an earlier one back; a friend's «reembolso» does not."""
    return _RETURNED.search(fold(row["description"])) is not None


def _read(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], account_of: Callable[[StatementRow], str]
) -> list[_Row]:
    kept = [
        (row, one)
        for row, one in zip(rows, decided, strict=True)
        if row["removed_at"] is None and (_is_bought(row, one) or one.flow is Flow.REFUND)
    ]
    keys = shop_keys([row for row, _ in kept])
    found = [_Row(row, one, account_of(row), _keys(row, key)) for (row, one), key in zip(kept, keys, strict=True)]
    return sorted(found, key=lambda one: (one.day, one.row["id"]))


def _is_bought(row: StatementRow, decided: RowCategory) -> bool:
    """What can be given back: also what its person does not count, for then neither does its refund count."""
    counts = decided.flow in {Flow.SPENDING, Flow.FEE} or decided.category == NOT_SPENDING
    return row["amount"] < 0 and counts


def _keys(row: StatementRow, shop: str) -> frozenset[str]:
    plain = normalise(_GIVES_BACK.sub(" ", fold(row["description"])))
    return frozenset({shop, merchant_key(row), name_key(row), plain}) - {""}


# --- refunds ------------------------------------------------------------------------------------------------------------


def _refunds(read: Sequence[_Row]) -> dict[int, int]:
    """What gives back exactly one purchase has it first: a part of another would leave too little of it."""
    bought = _by_key(read)
    found: dict[int, int] = {}
    for exactly in (True, False):
        for one in read:
            if one.decided.flow is Flow.REFUND and one.row["id"] not in found:
                purchase = _given_back(one, bought, exactly=exactly)
                if purchase is not None:
                    purchase.left -= one.row["amount"]
                    found[one.row["id"]] = purchase.id
    return found


def _by_key(read: Iterable[_Row]) -> dict[tuple[str, str], list[_Bought]]:
    found: dict[tuple[str, str], list[_Bought]] = defaultdict(list)
    wholes: dict[tuple[object, ...], _Bought] = {}
    for one in read:
        if one.decided.flow is Flow.REFUND:
            continue
        amount, parts = -one.row["amount"], one.row["total_installments"] or 1
        sibling = _siblings(one)
        if sibling is not None and sibling in wholes:
            continue
        bought = _Bought(one.row["id"], one.day, amount * parts, amount * parts)
        if sibling is not None:
            wholes[sibling] = bought
        for key in one.keys:
            found[one.account, key].append(bought)
    return found


def _siblings(one: _Row) -> tuple[object, ...] | None:
    """What the instalments of one purchase have in common; None for a purchase paid at once."""
    row = one.row
    if (row["total_installments"] or 1) <= 1 or row["purchased_on"] is None:
        return None
    return one.account, min(one.keys), row["purchased_on"], row["total_installments"]


def _given_back(refund: _Row, bought: Mapping[tuple[str, str], list[_Bought]], *, exactly: bool) -> _Bought | None:
    amount = refund.row["amount"]
    near = [
        one
        for one in _candidates(refund, bought)
        if (one.left == one.whole == amount or (one.left >= amount and not exactly))
        and 0 <= (refund.day - one.day).days <= REFUND_DAYS
    ]
    return max(near, key=lambda one: (one.left == amount, one.whole == amount, one.day, one.id), default=None)


def _candidates(refund: _Row, bought: Mapping[tuple[str, str], list[_Bought]]) -> Iterator[_Bought]:
    seen: set[int] = set()
    for key in refund.keys:
        for one in bought.get((refund.account, key), ()):
            if one.id not in seen:
                seen.add(one.id)
                yield one


# --- IOF and fees -------------------------------------------------------------------------------------------------------


def _fees(read: Sequence[_Row]) -> dict[int, int]:
    by_account: dict[str, list[_Row]] = defaultdict(list)
    for one in read:
        if one.decided.flow is Flow.SPENDING or one.decided.category == NOT_SPENDING:
            by_account[one.account].append(one)
    found: dict[int, int] = {}
    taxed: set[int] = set()
    for fee in (one for one in read if one.decided.flow is Flow.FEE):
        purchases = by_account[fee.account]
        purchase = _named(fee, purchases) or (_taxed(fee, purchases, taxed) if _is_iof(fee) else None)
        if purchase is not None:
            found[fee.row["id"]] = purchase.row["id"]
            if _is_iof(fee):
                taxed.add(purchase.row["id"])
    return found


def _is_iof(fee: _Row) -> bool:
    told = _IOF in {fee.row["category_id"], fee.decided.category}
    return told or fold(fee.row["description"]).startswith("iof")


def _named(fee: _Row, purchases: Iterable[_Row]) -> _Row | None:
    """The latest purchase that the fee names, of more than the fee: ``IOF de "LOJA"``."""
    told = _CHARGED_FOR.fullmatch(fold(fee.row["description"]))
    name = normalise(told.group(1)) if told else ""
    near = (
        one
        for one in purchases
        if name in one.keys
        and one.row["amount"] <= fee.row["amount"]
        and -IOF_DAYS <= (fee.day - one.day).days <= FEE_DAYS
    )
    return min(near, key=lambda one: (abs((fee.day - one.day).days), -one.row["id"]), default=None) if name else None


def _taxed(fee: _Row, purchases: Iterable[_Row], taxed: set[int]) -> _Row | None:
    """The purchase abroad whose IOF this is, the nearest day first and then the nearest rate; each is taxed once."""
    near = [
        one
        for one in purchases
        if one.row["id"] not in taxed
        and (one.row["foreign_currency"] or BRL) != BRL
        and abs((fee.day - one.day).days) <= IOF_DAYS
        and IOF_LEAST <= _rate(fee, one) <= IOF_MOST
    ]
    return min(
        near,
        key=lambda one: (abs((fee.day - one.day).days), abs(_rate(fee, one) - _IOF_NOW), one.row["id"]),
        default=None,
    )


def _rate(fee: _Row, purchase: _Row) -> Decimal:
    return fee.row["amount"] / purchase.row["amount"] if purchase.row["amount"] else ZERO
