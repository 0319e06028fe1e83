"""Own transfers that only one bank calls by their name, and those that are only likely. Pure functions over rows.

A row is known as an own transfer by its documents or its bank's words (``insights.flows``). Then its other side, the
same amount in another own account within a business day, is one as well, whatever that bank calls it. Where neither
side says so, amount and day alone make a *suggestion*, and nothing else: whoever lent R$ 100 and got R$ 100 back did
not move own money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.row_categories import RowCategory
from open_finance.money import ZERO
from open_finance.reading.balances import is_card
from open_finance.records import Account, StatementRow

_TRANSFER_OPERATIONS = ("PIX", "TED", "DOC", "TRANSFERENCIA", "TEF", "TEV")
_TRANSFER_WORDS = frozenset({"pix", "ted", "doc", "tef", "tev", "transf", "transferencia", "transfer"})
_FRIDAY = 4


class Pair(NamedTuple):
    """Money that left one account and the like of it that reached another."""

    out: StatementRow
    into: StatementRow


@dataclass(frozen=True, slots=True)
class _Side:
    row: StatementRow
    decided: RowCategory
    account: Account

    @property
    def is_own(self) -> bool:
        return self.decided.flow is Flow.OWN_TRANSFER

    @property
    def is_open(self) -> bool:
        """Whether nothing speaks against it: no document, no word of its person's, no shop."""
        row = self.row
        said = self.decided.reason in {"manual", "rule"} or row["same_holder"] is False or row["merchant_cnpj"]
        return not said and self.decided.flow in {Flow.SPENDING, Flow.INCOME} and _is_transfer(row)


def own_sides(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], accounts: Mapping[int, Account]
) -> frozenset[int]:
    """The ids of rows that are the other side of a known own transfer, and are not known as one themselves."""
    known = [pair for pair in _pairs(rows, decided, accounts) if pair[0].is_own != pair[1].is_own]
    return frozenset(side.row["id"] for pair in known for side in pair if not side.is_own)


def suggested_transfers(
    rows: Sequence[StatementRow],
    decided: Sequence[RowCategory],
    accounts: Mapping[int, Account],
    *,
    today: date | None = None,
) -> list[Pair]:
    """Pairs of which amount and day alone say that they may be own money, the newest first: never of a hidden account.
    ``today``: rows of later days are left out."""
    found = [
        Pair(out.row, into.row)
        for out, into in _pairs(rows, decided, accounts)
        if not (out.is_own or into.is_own or out.account["hidden"] or into.account["hidden"])
        and (today is None or max(out.row["occurred_on"], into.row["occurred_on"]) <= today)
    ]
    return sorted(found, key=lambda pair: (pair.out["occurred_on"], pair.out["id"]), reverse=True)


def _pairs(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], accounts: Mapping[int, Account]
) -> list[tuple[_Side, _Side]]:
    """Each side once. Two known sides go first, then those of which one is known, then the rest; the nearest day first."""
    outs, ins = _sides(rows, decided, accounts)
    near = [
        (out, into)
        for key, leaving in outs.items()
        for out in leaving
        for into in ins.get(key, ())
        if _may_be_one(out, into)
    ]
    near.sort(key=_likeliest_first)
    taken: set[int] = set()
    found = []
    for out, into in near:
        if not taken & {out.row["id"], into.row["id"]}:
            taken |= {out.row["id"], into.row["id"]}
            found.append((out, into))
    return found


_ByAmount = dict[tuple[Decimal, str], list[_Side]]


def _sides(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], accounts: Mapping[int, Account]
) -> tuple[_ByAmount, _ByAmount]:
    outs: _ByAmount = defaultdict(list)
    ins: _ByAmount = defaultdict(list)
    for row, one in zip(rows, decided, strict=True):
        account = accounts.get(row["account_id"])
        if account is None or is_card(account) or row["removed_at"] is not None or not row["amount"]:
            continue
        side = _Side(row, one, account)
        if side.is_own or side.is_open:
            (outs if row["amount"] < ZERO else ins)[abs(row["amount"]), row["currency_code"]].append(side)
    return outs, ins


def _may_be_one(out: _Side, into: _Side) -> bool:
    """Two accounts, a business day apart at most; who is named on both sides is one and the same."""
    names = {fold(name) for side in (out, into) if (name := side.row["counterparty"])}
    days = business_days_between(out.row["occurred_on"], into.row["occurred_on"])
    return out.account["identity"] != into.account["identity"] and days <= 1 and len(names) <= 1


def _likeliest_first(pair: tuple[_Side, _Side]) -> tuple[int, int, int, int]:
    out, into = pair
    apart = abs((out.row["occurred_on"] - into.row["occurred_on"]).days)
    return -(out.is_own + into.is_own), apart, out.row["id"], into.row["id"]


def _is_transfer(row: StatementRow) -> bool:
    """Money from account to account, by what Pluggy or the bank calls it; wages and purchases are not."""
    operation, category = row["operation_type"] or "", row["category_id"] or ""
    if category and not category.startswith(("04", "05", "99")):
        return False
    if operation.startswith(_TRANSFER_OPERATIONS) or category.startswith("05"):
        return True
    return not operation and bool(_TRANSFER_WORDS & set(fold(row["description"]).split()))


def business_days_between(one: date, other: date) -> int:
    """How many days banks work from the earlier to the later: from Friday to Monday it is one. Holidays are not known."""
    first, last = sorted((one, other))
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(day.weekday() <= _FRIDAY for day in days)
