"""Questions about cards: bills, limits, instalments. Pure; see ``kinds``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from open_finance.asking.parts import Parts
from open_finance.asking.question import Kind, Question
from open_finance.reading.statement_query import Period, month_of, next_month

#: In so many days the next bill is due.
_AHEAD: Final = 45

Made = tuple[Question, bool]


def card(kind: Kind) -> Callable[[Parts], Made]:
    """Of the cards that are meant, or of all."""

    def make(parts: Parts) -> Made:
        scope = parts.scope.holding("card")
        return Question(kind, scope=scope, period=parts.period), not parts.has("others")

    return make


def limit(parts: Parts) -> Made:
    """What is still free; what is used is another figure."""
    question, is_certain = card(Kind.CARD_LIMIT)(parts)
    return question, is_certain and not re.search(
        r"\b(?:usei|usad[oa]|gastei|gasto|consumi|utilizad[oa])\b", parts.text
    )


_ASKS_WHEN: Final = re.compile(r"\b(?:quando|que dia) (?:e que )?(?:vence|vencem|vai vencer)\b")
#: What would be left after a bill, or how long until it closes.
_OTHER_FIGURE: Final = re.compile(
    r"\bse (?:eu )?(?:pagar|quitar|pagasse|quitasse)\b|\bfaltam?\b.*\bpara\b.*\b(?:fechar|virar)\b|\bquantos dias\b"
    r"|\b(?:desde|depois|apos|antes)\b.*\b(?:fech|vir|encerr)\w*"
)


def bill(parts: Parts) -> Made:
    """Which bill is meant, and what of it."""
    question, is_certain = _bill(parts)
    return question, is_certain and not _OTHER_FIGURE.search(parts.text)


def _bill(parts: Parts) -> Made:
    if parts.scope.others and "saldo" in parts.text:
        return card(Kind.CARD_OPEN_BILL)(parts)[0], False  # two questions in one
    is_left = parts.has("left", "debts") and not (parts.has("open") and "aberta" in parts.text)
    is_left = (
        is_left
        or re.search(
            r"\b(?:ja|foi|esta|fica|ficou)\b.*\b(?:paga|pagas|quitada|quitei)\b|\bquit(?:ei|amos|ad[oa]s?)\b",
            parts.text,
        )
        is not None
    )
    if parts.closes is not None:
        has_closed = parts.closes.end <= parts.today
        kind = Kind.CARD_BILL_LEFT if is_left else Kind.CARD_BILL_CLOSED if has_closed else Kind.CARD_OPEN_BILL
        question, is_certain = card(kind)(parts)
        return replace(question, period=parts.closes, by_closing=True), is_certain
    if parts.due is not None:
        question, is_certain = card(Kind.CARD_BILL_LEFT if is_left else Kind.CARD_OPEN_BILL)(parts)
        return replace(question, period=parts.due), is_certain
    period = _next_of_its_name(parts)
    if period is not None and period.start > parts.today:
        return replace(card(Kind.CARD_OPEN_BILL)(parts)[0], period=period), True
    is_past = period is not None and period.end < parts.today.replace(day=1)
    if is_past:
        kind = Kind.CARD_BILL_LEFT if is_left else Kind.CARD_BILL_CLOSED
    elif is_left or (parts.has("spend") and not parts.has("how_much", "open")):
        kind = Kind.CARD_BILL_LEFT
    elif parts.has("open") and not re.search(r"\b(?:fechada|fechou|anterior|passada|venceu|vencida)\b", parts.text):
        kind = Kind.CARD_OPEN_BILL
    elif parts.has("due") and (not parts.has("how_much") or _ASKS_WHEN.search(parts.text)):
        ahead = Period(parts.today, parts.today + timedelta(days=_AHEAD))
        return replace(card(Kind.CARD_BILL_LEFT)(parts)[0], period=ahead), not parts.has("others")
    elif parts.has("closed"):
        kind = Kind.CARD_BILL_CLOSED
    else:
        kind = Kind.CARD_OPEN_BILL
    question, is_certain = card(kind)(parts)
    is_of_month = period is None or period == month_of(period.start) or period.end == parts.today
    return replace(question, period=period if is_past else None), is_certain and is_of_month


def extreme_bill(parts: Parts) -> Made:
    """The closed bill that came to most, or to least."""
    question, is_certain = card(Kind.CARD_BILL_CLOSED)(parts)
    is_small = parts.has("smallest") and not parts.has("biggest")
    return replace(question, order="smallest" if is_small else "biggest"), is_certain and len(parts.periods) < 2


def _next_of_its_name(parts: Parts) -> Period | None:
    """*A fatura de dezembro*, in November, is the one to come; that of a year ago is said with its year."""
    period, after = parts.period, month_of(next_month(parts.today))
    if period is None or period != month_of(period.start) or re.search(r"\b20\d\d\b|\bano passado\b", parts.text):
        return period
    return after if (period.start.month, period.start.year + 1) == (after.start.month, after.start.year) else period


def instalments(parts: Parts) -> Made:
    found = parts.subjects
    question = Question(
        Kind.INSTALMENTS_LEFT,
        texts=(*found.brands, *found.texts),
        categories=tuple(found.categories),
        scope=parts.scope,
    )
    is_of_days = bool(parts.periods) or parts.has(
        "month_end", "not", "others", "average", "per_day", "per_week"
    )  # only all of them are known
    is_of_amount = any(text.isdecimal() for text in found.texts)
    return question, not is_of_days and not is_of_amount and not found.categories
