"""Wages paid ahead with a vacation: the law has the next month's come before it, with a third more, as one sum (CLT,
article 145). The month after has none then, and they go on in the next. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import Final

from open_finance.insights.extra_pay import says_beside_the_month, says_vacation
from open_finance.insights.merchants import name_key
from open_finance.insights.recurring_chains import Charge
from open_finance.insights.recurring_records import Kind
from open_finance.insights.recurring_weighing import Weighed
from open_finance.records import StatementRow

#: So long before its turn a month's wages may have been paid.
AHEAD: Final = timedelta(days=45)
#: A payer of so many months is known well enough.
_MONTHS: Final = 6
#: Of a month's wages: what may be these with a third more, taxes taken off; more than that is severance pay, or a bonus.
_LEAST, _MOST = 1.15, 1.7
#: What has the name is without a month's wages where it is less: the third alone.
_LEAST_NAMED: Final = 0.75
#: How many times farther than usual a sum lies that is no better month.
_STRAYS: Final = 3


def vacation_pay(rows: Sequence[StatementRow], today: date) -> list[StatementRow]:
    """What came under that name."""
    return [
        row
        for row in rows
        if row["amount"] > 0 and row["removed_at"] is None and row["occurred_on"] <= today and says_vacation(row)
    ]


def paid_ahead(
    weighed: Weighed, siblings: Sequence[Weighed], past: Sequence[Charge], vacations: Sequence[StatementRow]
) -> tuple[date, ...]:
    """The days on which a flow's payer sent what may be wages paid ahead; none where it is no salary, or a new one.

    ``siblings``: all flows of the payer, itself one of them: wages in two parts are paid ahead as one sum. ``past``: all
    that the payer sent."""
    charges = weighed.chain.charges
    if weighed.reading.kind is not Kind.SALARY or len(charges) < _MONTHS:
        return ()
    last = charges[-1]
    together = [one for one in siblings if abs(one.chain.charges[-1].on - last.on) <= AHEAD]
    month = sum(_usual(one) for one in together)
    least = max(_LEAST, 1 + _STRAYS * max(_strays(one) for one in together))
    larger = [
        charge.on
        for charge in past
        if least <= float(charge.row["amount"]) / month <= _MOST and not says_beside_the_month(charge.row)
    ]
    named = [row for row in vacations if float(row["amount"]) / month >= _LEAST_NAMED and _is_of(row, last.row)]
    return (*larger, *(row["occurred_on"] for row in named))


def _usual(weighed: Weighed) -> float:
    return float(median(charge.row["amount"] for charge in weighed.chain.charges[-_MONTHS:]))


def _strays(weighed: Weighed) -> float:
    """How far single months lie from the usual one, most of the time."""
    logs = [charge.log for charge in weighed.chain.charges[-_MONTHS:]]
    return median(abs(log - median(logs)) for log in logs)


def _is_of(row: StatementRow, wages: StatementRow) -> bool:
    """Whether vacation pay is the payer's: banks seldom name an employer beside the word."""
    if row["account_id"] != wages["account_id"]:
        return False
    names_nobody = not (row["merchant_name"] or row["counterparty"])
    return names_nobody or name_key(row) == name_key(wages)
