"""Which month had most of what a question is about, and what a time came to: in, out, and what remains. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from open_finance.asking.question import Question
from open_finance.money import ZERO
from open_finance.question_rows import AnswerRow, total, within
from open_finance.reading.statement_query import Period, month_of, next_month


def month_of_most(rows: Sequence[AnswerRow], question: Question, today: date) -> Period | None:
    """The month, or the day, of ``question.period`` with the most, or the least, by ``question.order``; of several alike the
    latest. The least is looked for among months that have ended and that data reach back to. None where no row is known."""
    if question.period is None or not rows:
        return None
    sign = 1 if question.direction == "in" else -1
    is_least = question.order == "smallest"
    if question.per == "day":
        days = {one.on for one in within(rows, question.period.start, min(question.period.end, today))}
        months = [Period(day, day) for day in sorted(days)]
    else:
        months = _months(question.period)
    if is_least:
        first = min(one.on for one in rows)
        months = [one for one in months if one.end < today and one.end >= first]
    sums = [(sign * total(within(rows, one.start, min(one.end, today))), one) for one in months]
    if not sums or (not is_least and all(amount <= ZERO for amount, _ in sums)):
        return None
    best = (min if is_least else max)(amount for amount, _ in sums)
    found = [one for amount, one in sums if amount == best][-1]
    return Period(found.start, min(found.end, today))


def in_and_out(rows: Sequence[AnswerRow]) -> tuple[Decimal, Decimal]:
    """What came in, and what went out less what was given back."""
    came = sum((one.amount for one in rows if one.is_income), ZERO)
    return came, -sum((one.amount for one in rows if not one.is_income), ZERO)


def _months(period: Period) -> list[Period]:
    found, start = [], period.start.replace(day=1)
    while start <= period.end:
        found.append(month_of(start))
        start = next_month(start)
    return found
