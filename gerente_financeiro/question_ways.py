"""The buttons below an answer: each opens what the question was about, and no button stands where nothing does. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from gerente_financeiro.keyboards import HALF_A_ROW, base36, button, keyboard, rows
from gerente_financeiro.listing import list_button, whole_second
from gerente_financeiro.messages import answers as words
from gerente_financeiro.spending_handler import Asked, report_button
from open_finance.asking.question import Kind, Question
from open_finance.clock import local_day
from open_finance.insights.row_categories import own_number
from open_finance.insights.spending_figures import By
from open_finance.insights.taxonomy import GROUPS, group_of
from open_finance.question_answers import Answer
from open_finance.reading.statement_query import Period, month_of
from open_finance.reading.statements import StatementFilters

#: As many months stand beside one another in /gastos.
MONTHS_SHOWN: Final = 6
#: Where buttons start counting months.
_FIRST_YEAR: Final = 2000
#: Six months beside one another say what these ask, with the categories of each.
_MONTHLY: Final = frozenset({Kind.SPENT, Kind.AVERAGE, Kind.COMPARE_MONTHS, Kind.TOP_CATEGORIES})
_BILLS: Final = frozenset({Kind.CARD_OPEN_BILL, Kind.CARD_BILL_CLOSED, Kind.CARD_BILL_LEFT, Kind.CARD_LIMIT})


def ways(found: Answer, filters: StatementFilters | None, now: datetime) -> InlineKeyboardMarkup | None:
    """``filters``: of the list that holds the answer's rows, where there is one (``find_list``)."""
    if found.question is None or found.missing or not found.has_bank:
        return None
    listed = [] if filters is None else [list_button(words.list_label(found), filters, whole_second(now))]
    buttons = [*listed, *_reports(found, found.question, local_day(now))]
    are_short = len(buttons) <= 2 and all(len(one.text) <= HALF_A_ROW for one in buttons)
    return keyboard(*rows(buttons, 2 if are_short else 1)) if buttons else None


def _reports(found: Answer, question: Question, today: date) -> list[InlineKeyboardButton]:
    if found.kind in {Kind.BALANCE, Kind.SAVED}:
        return [button(words.BALANCE, "saldo")]
    if found.kind is Kind.INSTALMENTS_LEFT:
        return [button(words.INSTALMENTS, "fatp", found.accounts[0]["id"], 0)] if len(found.accounts) == 1 else _bills()
    if found.kind in _BILLS:
        return _bill(found)
    if found.command == "gastos" and question.direction == "out":
        return [
            report_button(words.month_label(one.month, today, one.by, one.group), one)
            for one in spending_of(question, today)
            if one.month is not None and one.month.year >= _FIRST_YEAR
        ]
    return []


# --- bills ------------------------------------------------------------------------------------------------------------


def _bill(found: Answer) -> list[InlineKeyboardButton]:
    """The bill of the one card that is meant, and its rows where they are not all shown; otherwise all cards."""
    if len(found.accounts) != 1:
        return _bills() if found.accounts else []
    card = found.accounts[0]["id"]
    is_closed = found.kind in {Kind.CARD_BILL_CLOSED, Kind.CARD_BILL_LEFT} and found.day is not None
    due = base36(found.day.toordinal() if is_closed and found.day else 0)
    bill = button(words.BILL, "fatb", card, due) if is_closed else button(words.BILL, "fat", card)
    listed = [button(words.list_label(found), "fatl", card, due, 0)] if found.total_rows > words.ROWS else []
    return [*listed, bill]


def _bills() -> list[InlineKeyboardButton]:
    return [button(words.BILLS, "fatura")]


# --- /gastos ----------------------------------------------------------------------------------------------------------


def spending_of(question: Question, today: date) -> list[Asked]:
    """The reports of /gastos that show a question's days and nothing but whole months: the month, the two that are compared,
    or six months, where the question was about all that was spent."""
    periods = [one for one in (question.period, question.other) if one is not None]
    if not periods or question.operation or question.above is not None or question.below is not None:
        return []
    start, end = min(one.start for one in periods), max(one.end for one in periods)
    months = [_month(one, today) for one in periods]
    if len(periods) == 1 and months[0] is not None:
        return [_report_of(question, months[0])]
    if not (question.is_narrowed or question.scope.is_narrow or question.without):
        is_six = question.kind in _MONTHLY and _is_shown(start, end, today)
        return [Asked(by="months", month=end.replace(day=1))] if is_six else []
    return [_report_of(question, month) for month in sorted(filter(None, months))] if len(periods) > 1 else []


def _month(period: Period, today: date) -> date | None:
    """The month that a period is, or is as far as it has come."""
    first = period.start.replace(day=1)
    so_far = Period(today.replace(day=1), today)
    return first if period in {month_of(first), so_far} and first <= today else None


def _is_shown(start: date, end: date, today: date) -> bool:
    """Whether these days are whole months, and few enough to stand beside one another."""
    number = (end.year - start.year) * 12 + end.month - start.month + 1
    return (
        start.day == 1 and end in {month_of(end).end, today} and end.replace(day=1) <= today and number <= MONTHS_SHOWN
    )


def _report_of(question: Question, month: date) -> Asked:
    """By what the question was about: one group, shops, accounts, or all."""
    group = _group(question)
    by: By = "category" if group else "group"
    if question.kind is Kind.TOP_MERCHANTS or (question.texts and not group):
        by = "merchant"
    elif question.kind is Kind.BY_ACCOUNT or (question.scope.is_narrow and not group):
        by = "account"
    return Asked(by=by, month=month, group=group)


def _group(question: Question) -> str | None:
    """The group of all categories that are asked for; one of the person's own is in none."""
    if question.either or any(own_number(one) is not None for one in question.categories):
        return None
    groups = {one if one in GROUPS else group_of(one) for one in question.categories}
    return groups.pop() if len(groups) == 1 else None
