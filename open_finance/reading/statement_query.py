"""What a person types after /extrato: ``nubank 01/11 a 15/11``, ``outubro``, ``>500``, ``mercado``. Pure.

Nothing is refused: what is no date, amount or bank is text to look for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from open_finance import folding
from open_finance.reading.months import MONTHS

DEFAULT_DAYS = 30

#: A screen speaks of a year at most: Pluggy's own history is a year long, and a small machine holds a year of rows.
MAX_DAYS = 366

#: Nobody filters by more; and a button has room for this.
MAX_ABOVE = Decimal("9999999.99")

#: As they are written folded; ``MONTH_NUMBERS`` has both kinds.
LONG_MONTHS = tuple(map(folding.fold, MONTHS))
SHORT_MONTHS = tuple(name[:3] for name in LONG_MONTHS)
MONTH_NUMBERS = {name: number % 12 + 1 for number, name in enumerate((*SHORT_MONTHS, *LONG_MONTHS))}

_DAY = r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?"
_RANGE = re.compile(rf"(?<![\d/]){_DAY}\s*(?:a|ate|e|-|–)\s*{_DAY}(?![\d/])")
#: ``10 a 15/11``, ``1 a 15 de outubro``
_SHORT_RANGE = re.compile(rf"(?<![\d/,.])(\d{{1,2}})\s*(?:a|ate|-|–)\s*{_DAY}(?![\d/])")
_DAYS_OF_MONTH = re.compile(
    rf"(?<![\d/,.])(\d{{1,2}})\s*(?:a|ate|-|–)\s*(\d{{1,2}})\s*(?:de\s+)?\b({'|'.join((*LONG_MONTHS, *SHORT_MONTHS))})\b"
    rf"(?:\s*(?:de\s+|/\s*)?(\d{{4}})\b)?"
)
_SINGLE_DAY = re.compile(rf"(?<![\d/]){_DAY}(?![\d/])")
_NUMBERED_MONTH = re.compile(r"(?<![\d/])(\d{1,2})/(\d{4})(?![\d/])")
_NAMED_MONTH = re.compile(rf"\b({'|'.join((*LONG_MONTHS, *SHORT_MONTHS))})\b(?:\s*(?:de\s+|/\s*)?(\d{{4}})\b)?")
_LAST_DAYS = re.compile(r"\b(?:ultimos\s+)?(\d{1,3})\s*(?:dias\b|d\b)")
_NUMBER = r"(?:r\$\s*)?(\d{1,3}(?:\.\d{3})+|\d{1,9})(?:,(\d{1,2}))?(?![\d.,/])"
_ABOVE = re.compile(rf"(?:>=?|\b(?:acima|mais) de\b)\s*{_NUMBER}")
_BELOW = re.compile(rf"(?:<=?|\b(?:abaixo|menos) de\b)\s*{_NUMBER}")
#: ``50 a 100``; days are taken out before.
_BETWEEN = re.compile(
    rf"(?<![\d/.,\w])(?:de\s+)?{_NUMBER}\s*(?:a|ate)\s+{_NUMBER}(?!\s*dias?\b)|\bentre\s+{_NUMBER}\s*e\s+{_NUMBER}"
)
_CENT = Decimal("0.01")

LONGEST_NAME = 6  # words

#: First words of bank names that are also things one looks for: "mercado" is a category before it is Mercado Pago.
_NOT_A_BANK = frozenset({"banco", "mercado", "conta", "cartao", "credito", "pix"})


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """``unclear``: a word that looks like a date and is none (31/02), to be told. ``bank``: one of the names offered."""

    period: Period
    bank: str | None = None
    above: Decimal | None = None
    text: str = ""
    unclear: str | None = None
    below: Decimal | None = None


def parse_query(
    words: str, today: date, banks: Iterable[str] = (), canonical: Callable[[str], str] | None = None
) -> StatementQuery:
    """Read a person's words. Days without a year are the latest ones that are not in the future.

    ``canonical`` gives one key for all the ways a bank is written (default: ``fold``).
    """
    rest = _Rest(fold(words))
    try:
        period = _find_period(rest, today) or last_days(DEFAULT_DAYS, today)
    except _NoSuchDayError as error:
        return StatementQuery(last_days(DEFAULT_DAYS, today), unclear=str(error))
    above, below = _take_amounts(rest)
    remaining = rest.text.split()
    bank, used = _find_bank(remaining, list(banks), canonical or fold)
    return StatementQuery(
        period=limited(period),
        bank=bank,
        above=above,
        below=below,
        text=" ".join(remaining[used:]),
    )


def parse_amounts(words: str) -> tuple[Decimal | None, Decimal | None]:
    """``>500``, ``<20``, ``50 a 100``, ``500`` (from there on) as ``(above, below)``: rows of more, and of less. Raises
    ValueError on any other text."""
    rest = _Rest(fold(words))
    found = _take_amounts(rest)
    if found == (None, None) and (alone := re.fullmatch(_NUMBER, rest.text.strip())):
        return _between(_amount(*alone.groups()), None)
    if rest.text.strip() or found == (None, None):
        raise ValueError("no amounts")
    return found


def fold(text: str) -> str:
    """Lower case, without accents, one space between words: the form in which texts are compared."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def last_days(days: int, today: date) -> Period:
    """The ``days`` days that end today, today included."""
    return Period(today - timedelta(days=max(days, 1) - 1), today)


def month_of(day: date) -> Period:
    """The whole calendar month of a day."""
    return Period(day.replace(day=1), next_month(day) - timedelta(days=1))


def next_month(day: date) -> date:
    """The first day of the following month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous_month(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def limited(period: Period) -> Period:
    """At most ``MAX_DAYS`` days, the latest ones."""
    return Period(max(period.start, period.end - timedelta(days=MAX_DAYS - 1)), period.end)


class _NoSuchDayError(ValueError):
    """A day that the calendar does not have."""


class _Rest:
    """What is left of the words as their meanings are taken out."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.search(self.text)
        if found:
            self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}"
        return found


def _find_period(rest: _Rest, today: date) -> Period | None:
    for pattern, read in (
        (_RANGE, _range),
        (_SHORT_RANGE, _short_range),
        (_DAYS_OF_MONTH, _days_of_month),
        (_NUMBERED_MONTH, _numbered_month),
        (_SINGLE_DAY, _single_day),
        (_NAMED_MONTH, _named_month),
        (_LAST_DAYS, _last_days),
    ):
        found = rest.take(pattern)
        if found:
            return read(found, today)
    return _find_near_day(rest, today)


def _find_near_day(rest: _Rest, today: date) -> Period | None:
    for word, back in (("hoje", 0), ("ontem", 1)):
        if rest.take(re.compile(rf"\b{word}\b")):
            day = today - timedelta(days=back)
            return Period(day, day)
    return None


def _range(found: re.Match[str], today: date) -> Period:
    end = _day(*found.group(4, 5, 6), latest=today)
    start = _day(*found.group(1, 2, 3), latest=end)
    return Period(min(start, end), max(start, end))


def _short_range(found: re.Match[str], today: date) -> Period:
    end = _day(*found.group(2, 3, 4), latest=today)
    start = _date(end.year, end.month, int(found.group(1)), f"{found.group(1)}/{end.month:02d}")
    return Period(min(start, end), max(start, end))


def _days_of_month(found: re.Match[str], today: date) -> Period:
    first, last = (found.group(1), found.group(2))
    month = MONTH_NUMBERS[found.group(3)]
    year = int(found.group(4)) if found.group(4) else today.year - (month > today.month)
    start, end = (_date(year, month, int(day), f"{day}/{month:02d}") for day in (first, last))
    return Period(min(start, end), max(start, end))


def _single_day(found: re.Match[str], today: date) -> Period:
    day = _day(*found.group(1, 2, 3), latest=today)
    return Period(day, day)


def _numbered_month(found: re.Match[str], _today: date) -> Period:
    month, year = int(found.group(1)), int(found.group(2))
    return month_of(_date(year, month, 1, found.group()))


def _named_month(found: re.Match[str], today: date) -> Period:
    month = MONTH_NUMBERS[found.group(1)]
    year = int(found.group(2)) if found.group(2) else today.year - (month > today.month)
    return month_of(_date(year, month, 1, found.group()))


def _last_days(found: re.Match[str], today: date) -> Period:
    return last_days(int(found.group(1)), today)


def _day(day: str, month: str, year: str | None, *, latest: date) -> date:
    written = f"{day}/{month}" + (f"/{year}" if year else "")
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day), written)
    this_year = _date(latest.year, int(month), int(day), written)
    return this_year if this_year <= latest else _date(latest.year - 1, int(month), int(day), written)


def _date(year: int, month: int, day: int, written: str) -> date:
    if not 2000 <= year <= 2100:
        raise _NoSuchDayError(written)
    try:
        return date(year, month, day)
    except ValueError:
        raise _NoSuchDayError(written) from None


def _take_amounts(rest: _Rest) -> tuple[Decimal | None, Decimal | None]:
    """More than, and less than. A range holds both its ends: money has no parts below the centavo."""
    if found := rest.take(_BETWEEN):
        whole, cents, other, others_cents = found.groups()[:4] if found.group(1) else found.groups()[4:]
        first, second = _amount(whole, cents), _amount(other, others_cents)
        return _between(min(first, second), max(first, second))
    above, below = rest.take(_ABOVE), rest.take(_BELOW)
    return _amount(*above.groups()) if above else None, _amount(*below.groups()) if below else None


def _between(least: Decimal, most: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    return least - _CENT if least else None, None if most is None else min(most + _CENT, MAX_ABOVE)


def _amount(whole: str, cents: str | None) -> Decimal:
    return min(Decimal(f"{whole.replace('.', '')}.{cents or '0'}"), MAX_ABOVE)


def _find_bank(words: list[str], banks: list[str], canonical: Callable[[str], str]) -> tuple[str | None, int]:
    """The bank that the first words name, and how many words that took: a name or nickname, or a name's first word."""
    for length in range(min(len(words), LONGEST_NAME), 0, -1):
        named = canonical(" ".join(words[:length]))
        for bank in banks:
            if canonical(bank) == named:
                return bank, length
    for bank in banks:
        first = next((word for word in fold(bank).split() if word != "banco"), None)
        if first and words[:1] == [first] and first not in _NOT_A_BANK:
            return bank, 1
    return None, 0
