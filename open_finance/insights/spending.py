"""What a person spent: which rows count, for how much, under which category and in which month. Pure.

Spent is what leaves for goods, services, people and fees, less what shops give back. Own money that only moves (own
transfers, card bills, investments), income and loans do not count; see ``insights.flows``. Amounts are BRL; other
currencies stand apart.

There are two views of the same rows, and over time they add up to the same. By purchase, a card's row counts on the day
of the purchase, all its instalments with it. By bill (*Caixa*), it counts on the day on which its bill is due. A bank's
row counts on its own day in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from open_finance.alerts.bill_payments import find_twins
from open_finance.clock import local_day
from open_finance.folding import fold
from open_finance.insights.card_plans import find_echoes
from open_finance.insights.flows import Flow
from open_finance.insights.own_money import own_sides
from open_finance.insights.refunds import is_returned_pix, linked
from open_finance.insights.row_categories import RowCategory
from open_finance.insights.taxonomy import TRANSFERS
from open_finance.money import BRL, ZERO
from open_finance.reading.balances import is_card
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import Account, StatementRow

#: The group of money sent to other people, as people know it; one's own transfers are not in it.
TRANSFERS_TITLE: Final = "Pix e transferências"
_COUNTS: Final = frozenset({Flow.SPENDING, Flow.FEE, Flow.REFUND})
#: What a person said of a row outweighs what another row says of it.
_PERSONAL: Final = frozenset({"manual", "rule"})

#: The day on which the bill of a card's row is due; see ``insights.cards``.
BillDue = Callable[[StatementRow], date]


class View(StrEnum):
    """``PURCHASES``: when it was bought. ``BILLS``: when it is paid."""

    PURCHASES = "purchases"
    BILLS = "bills"


@dataclass(frozen=True, slots=True)
class Spent:
    """One row that counts. ``amount``: BRL, positive = spent, negative = came back. ``on``: the day that the view gives it,
    ``month`` that day's month, as its first day. ``group``: one of the seventeen, or a category of the person's own; see
    ``group_title``. ``of``: the id of the purchase that a refund, an IOF or a fee goes with, and whose category it has."""

    row: StatementRow
    account: Account
    amount: Decimal
    category: str
    group: str
    on: date
    month: date
    of: int | None = None


def spent_of(
    rows: Sequence[StatementRow],
    accounts: Iterable[Account],
    decided: Sequence[RowCategory],
    view: View = View.PURCHASES,
    *,
    now: datetime,
    bill_due: BillDue | None = None,
) -> list[Spent]:
    """The rows that count, each once, in the order given: what a card lists once more is left out (``find_echoes``).

    ``rows``: each movement once (``reports`` leaves out what a twin also brings). ``accounts``: those of the rows; rows
    of others, and of hidden ones, are left out. ``decided``: what ``row_categories.decide`` says of each row.
    ``bill_due``: needed for ``View.BILLS``. Rows of days to come do not count before their day; instalments do, where
    the view puts them.
    """
    if view is View.BILLS and bill_due is None:
        raise ValueError("whoever asks by bill must say when bills are due")
    found = [_spent(one, view, bill_due) for one in _counted(rows, accounts, decided, now)]
    return [one for one in found if one.row["currency_code"] == BRL]


def other_currencies(
    rows: Sequence[StatementRow], accounts: Iterable[Account], decided: Sequence[RowCategory], *, now: datetime
) -> list[Spent]:
    """What counts in other currencies than BRL, by purchase; ``amount`` is in the row's own currency."""
    found = [_spent(one, View.PURCHASES, None) for one in _counted(rows, accounts, decided, now)]
    return [one for one in found if one.row["currency_code"] != BRL]


def total(spent: Iterable[Spent]) -> Decimal:
    """BRL: what was spent less what came back."""
    return sum((one.amount for one in spent), ZERO)


def group_title(group: str) -> str:
    """What people read for a group."""
    return TRANSFERS_TITLE if group == TRANSFERS else group


# --- which rows count -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Counted:
    row: StatementRow
    account: Account
    decided: RowCategory
    of: int | None


def _counted(
    rows: Sequence[StatementRow], accounts: Iterable[Account], decided: Sequence[RowCategory], now: datetime
) -> Iterator[_Counted]:
    by_id = {account["id"]: account for account in accounts}
    echoes = find_echoes(row for row in rows if row["removed_at"] is None)
    known = [
        (row, one)
        for row, one in zip(rows, decided, strict=True)
        if row["account_id"] in by_id and row["id"] not in echoes
    ]
    given, words = [row for row, _ in known], [one for _, one in known]
    links = linked(given, words, lambda row: by_id[row["account_id"]]["identity"])
    own = own_sides(given, words, by_id)
    cards = [account for account in by_id.values() if is_card(account)]
    paid = find_twins(cards, given) - {row["id"] for row, one in known if one.reason in _PERSONAL}
    of_rows = {row["id"]: one for row, one in known}
    today = local_day(now)
    for row, one in known:
        account, purchase = by_id[row["account_id"]], links.get(row["id"])
        final = _inherited(one, purchase, links, of_rows)
        if (
            final.flow in _COUNTS
            and row["id"] not in own
            and row["id"] not in paid
            and not account["hidden"]
            and _stands(row, account, today, now)
            and not _is_from_a_person(row, one, purchase, account)
        ):
            yield _Counted(row, account, final, purchase)


def _inherited(
    own: RowCategory,
    purchase: int | None,
    links: Mapping[int, int],
    of_rows: Mapping[int, RowCategory],
) -> RowCategory:
    """What a row is that goes with a purchase: what that purchase is, and if that does not count, neither does the row.
    What its person chose for the row itself stands."""
    if purchase is None or own.reason == "manual":
        return own
    other = of_rows[links.get(purchase, purchase)]  # the refund of an IOF goes where the IOF went
    flow = own.flow if other.flow in _COUNTS else other.flow
    return RowCategory(other.category, other.group, flow, own.reason, other.confidence)


def _stands(row: StatementRow, account: Account, today: date, now: datetime) -> bool:
    if row["removed_at"] is not None or is_unconfirmed(row["missing_since"], min(now, account["synced_at"])):
        return False
    return row["occurred_on"] <= today or (row["total_installments"] or 1) > 1


def _is_from_a_person(row: StatementRow, decided: RowCategory, purchase: int | None, account: Account) -> bool:
    """A Pix that came in is no refund, whatever its sender wrote: only one that gives back what was sent to the same, or
    that comes from a company, or that its person says is one."""
    if row["amount"] <= 0 or decided.reason in _PERSONAL or is_card(account) or row["merchant_cnpj"]:
        return False
    is_pix = row["operation_type"] == "PIX" or (row["category_id"] or "").startswith("0507")
    is_pix = is_pix or "pix" in fold(row["description"]).split()
    return is_pix and not (purchase is not None and is_returned_pix(row))


def _spent(one: _Counted, view: View, bill_due: BillDue | None) -> Spent:
    row = one.row
    on = row["occurred_on"]
    if is_card(one.account):
        on = bill_due(row) if view is View.BILLS and bill_due is not None else row["purchased_on"] or on
    amount = -row["amount"]
    return Spent(row, one.account, amount, one.decided.category, one.decided.group, on, on.replace(day=1), one.of)
