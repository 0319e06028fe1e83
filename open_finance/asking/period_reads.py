"""What a pattern that found days, weeks or months makes of them. Pure; each raises ValueError where there is no such day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from open_finance.reading.statement_query import MONTH_NUMBERS, Period, month_of, next_month, previous_month

WEEKDAYS: Final = {"segunda": 0, "terca": 1, "quarta": 2, "quinta": 3, "sexta": 4, "sabado": 5, "domingo": 6}
ORDINALS: Final = {"primeiro": 1, "segundo": 2, "terceiro": 3, "quarto": 4, "quinto": 5, "sexto": 6}

#: Of what was found, and the day on which it is asked.
Read = Callable[[re.Match[str], date], "Period | None"]


# --- days -------------------------------------------------------------------------------------------------------------


def one_day(day: date) -> Period:
    return Period(day, day)


def written_day(day: str, month: str, year: str | None, latest: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    return latest_day(int(day), int(month), latest)


def latest_day(day: int, month: int, latest: date) -> date:
    found = date(latest.year, month, day)
    return found if found <= latest else date(latest.year - 1, month, day)


def two_days(match: re.Match[str], today: date) -> Period:
    end = written_day(match[4], match[5], match[6], today)
    start = written_day(match[1], match[2], match[3], end)
    return Period(min(start, end), max(start, end))


def days_of_numbered(match: re.Match[str], today: date) -> Period:
    end = written_day(match[2], match[3], match[4], today)
    start = end.replace(day=int(match[1]))
    return Period(min(start, end), max(start, end))


def days_of_named(match: re.Match[str], today: date) -> Period:
    month = month_named(match[3], match[4], match[5], today).start
    days = sorted(month.replace(day=int(match[at])) for at in (1, 2))
    return Period(days[0], days[1])


def days_of_two_months(match: re.Match[str], today: date) -> Period:
    end_month = month_named(match[4], match[5], match[6], today).start
    end = end_month.replace(day=int(match[3]))
    start = latest_day(int(match[1]), MONTH_NUMBERS[match[2]], end)
    return Period(start, end)


def plain_days(match: re.Match[str], today: date) -> Period:
    """``do dia 1 ao dia 10``: the latest that are not to come."""
    first, last = sorted((int(match[1]), int(next(filter(None, match.groups()[1:])))))
    month = today.replace(day=1) if first <= today.day else previous_month(today)
    return Period(month.replace(day=first), min(month.replace(day=last), today))


def day_of_named(match: re.Match[str], today: date) -> Period:
    day = 1 if match[1] == "primeiro" else int(match[1])
    if match[3] or match[4]:
        month = month_named(match[2], match[3], match[4], today).start
        return one_day(month.replace(day=day))
    return one_day(latest_day(day, MONTH_NUMBERS[match[2]], today))


def end_of_month(match: re.Match[str], today: date) -> Period:
    """``primeiro dia de outubro``, ``último dia do mês``."""
    month = _month_or_this(match, 2, today)
    return one_day(month.start if match[1] == "primeiro" else month.end)


def days_of_month(match: re.Match[str], today: date) -> Period:
    """``primeiros 10 dias de outubro``, ``últimos 5 dias do mês passado``."""
    month = _month_or_this(match, 5, today)
    number = timedelta(days=int(match[2] or match[3]) - 1)
    if (match[1] or match[4]) == "primeiros":
        return Period(month.start, min(month.start + number, month.end))
    return Period(max(month.end - number, month.start), month.end)


def _month_or_this(match: re.Match[str], at: int, today: date) -> Period:
    if match[at]:
        return month_named(match[at], match[at + 1], match[at + 2], today)
    return month_of(previous_month(today) if match[at + 3] else today)


def day_of_numbered(match: re.Match[str], today: date) -> Period:
    """``dia 5 do 11``."""
    return one_day(latest_day(int(match[1]), int(match[2]), today))


def numbered_day(match: re.Match[str], today: date) -> Period:
    return one_day(written_day(match[1], match[2], match[3], today))


def plain_day(match: re.Match[str], today: date) -> Period:
    day = 1 if match[1] in {"primeiro", "1o"} else int(match[1])
    if match[2]:
        return one_day(previous_month(today).replace(day=day))
    month = today.replace(day=1)
    for _ in range(3):
        if day <= (month_of(month).end.day) and month.replace(day=day) <= today:
            return one_day(month.replace(day=day))
        month = previous_month(month)
    raise ValueError("no such day")


def near(back: int) -> Read:
    return lambda _match, today: one_day(today - timedelta(days=back))


def days_ago(match: re.Match[str], today: date) -> Period | None:
    number, unit = int(match[1] or match[2]), match[0]
    if number > 3650:
        return None
    if "semana" in unit:
        return one_day(today - timedelta(days=7 * number))
    if "mes" in unit:
        month = today.replace(day=1)
        for _ in range(min(number, 240)):
            month = previous_month(month)
        return Period(month, month_of(month).end)
    return one_day(today - timedelta(days=number))


def weekday(match: re.Match[str], today: date) -> Period:
    """The latest one, today among them where it is not *passada*."""
    back = (today.weekday() - WEEKDAYS[match[1]]) % 7
    if match[2] == "retrasada":
        back += 7 if back else 14
    elif match[2] and not back:
        back = 7
    return one_day(today - timedelta(days=back))


# --- weeks ------------------------------------------------------------------------------------------------------------


def week(back: int) -> Read:
    def read(_match: re.Match[str], today: date) -> Period:
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Period(monday, monday + timedelta(days=6))

    return read


def weekend(match: re.Match[str], today: date) -> Period:
    """The latest Saturday and Sunday; *passado* is the one before this week, *retrasado* the one before that."""
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    if match[1] and today.weekday() >= 5:
        saturday -= timedelta(days=7)
    if match[1] and match[1].startswith("retrasad"):
        saturday -= timedelta(days=7)
    return Period(saturday, saturday + timedelta(days=1))


# --- months and longer ------------------------------------------------------------------------------------------------


def month_named(name: str, year: str | None, last_year: str | None, today: date) -> Period:
    number = MONTH_NUMBERS[name]
    if year:
        return month_of(date(int(year), number, 1))
    if last_year:
        return month_of(date(today.year - 1, number, 1))
    return month_of(date(today.year - (number > today.month), number, 1))


def named_month(match: re.Match[str], today: date) -> Period:
    return month_named(match[1], match[2], match[3], today)


def numbered_month(match: re.Match[str], _today: date) -> Period:
    return month_of(date(int(match[2]), int(match[1]), 1))


def month_of_number(match: re.Match[str], today: date) -> Period:
    """``mês 9``: the latest."""
    number = int(match[1])
    year = int(match[2]) if match[2] else today.year - (number > today.month)
    return month_of(date(year, number, 1))


def months_ago(back: int) -> Read:
    def read(_match: re.Match[str], today: date) -> Period:
        month = today.replace(day=1)
        for _ in range(back):
            month = previous_month(month)
        return month_of(month)

    return read


def two_months(match: re.Match[str], today: date) -> Period:
    end = month_named(match[4], match[5], match[6], today)
    if match[2] or match[3]:
        return Period(month_named(match[1], match[2], match[3], today).start, end.end)
    start = MONTH_NUMBERS[match[1]]
    return Period(date(end.start.year - (start > end.start.month), start, 1), end.end)


def half_month(match: re.Match[str], today: date) -> Period:
    month = month_named(match[2], match[3], match[4], today) if match[2] else month_of(today)
    if match[5]:
        month = month_of(previous_month(today))
    if not match[2] and not match[5] and today.day < 16 and not match[1].startswith(("primeir", "1")):
        month = month_of(previous_month(today))  # the second half of this one is to come
    middle = month.start.replace(day=15)
    is_first = match[1].startswith(("primeir", "1"))
    return Period(month.start, middle) if is_first else Period(middle + timedelta(days=1), month.end)


_PARTS = {"bimestre": 2, "trimestre": 3, "quadrimestre": 4, "semestre": 6}


def part_of_year(match: re.Match[str], today: date) -> Period:
    length = _PARTS[match[2]]
    which = match[1]
    year = int(match[4]) if match[4] else today.year - (1 if match[5] else 0)
    if which:
        first = (int(which[0]) if which[0].isdigit() else ORDINALS[which]) * length - length + 1
        if first > 12:
            raise ValueError("no such part")
        start = date(year, first, 1)
        if start > today and not match[4] and not match[5]:
            start = date(year - 1, first, 1)
    else:
        start = date(today.year, (today.month - 1) // length * length + 1, 1)
        if match[3]:
            start = _back(start, length)
    return Period(start, month_of(_back(start, 1 - length)).end)


def _back(month: date, number: int) -> date:
    for _ in range(abs(number)):
        month = previous_month(month) if number > 0 else next_month(month)
    return month


def year_of(match: re.Match[str], _today: date) -> Period:
    return Period(date(int(match[1]), 1, 1), date(int(match[1]), 12, 31))


def this_year(_match: re.Match[str], today: date) -> Period:
    return Period(date(today.year, 1, 1), today)


def last_year(match: re.Match[str], today: date) -> Period:
    year = today.year - (2 if match[1] == "retrasado" else 1)
    return Period(date(year, 1, 1), date(year, 12, 31))


def last_many(match: re.Match[str], today: date) -> Period | None:
    number, unit = int(match[1] or "1"), match[2]
    if not 0 < number <= 3660:
        return None
    if unit.endswith("mestres"):
        number, unit = number * _PARTS.get(unit[:-1], 3), "meses"
    if unit.startswith("mes"):
        # As many months back, to the day after: *últimos 3 meses* on the 24th begin on the 25th.
        month = _back(today.replace(day=1), min(number, 240))
        start = month.replace(day=min(today.day, month_of(month).end.day)) + timedelta(days=1)
        return Period(start, today)
    if unit.startswith("ano"):
        return Period(
            today.replace(year=today.year - min(number, 20), day=min(today.day, 28)) + timedelta(days=1), today
        )
    days = number * (7 if unit.startswith("semana") else 15 if unit.startswith("quinzena") else 1)
    return Period(today - timedelta(days=days - 1), today)


def few(match: re.Match[str], today: date) -> Period:
    """``últimos dias``: a week; ``últimas semanas``: four; ``últimos meses``: the last three."""
    if match[2].startswith("mes"):
        return Period(_back(today.replace(day=1), 3), today)
    return Period(today - timedelta(days=6 if match[2] == "dias" else 27), today)


def named_days(month: int, first: int, last: int) -> Read:
    def read(match: re.Match[str], today: date) -> Period:
        year = int(match[1]) if match[1] else today.year - (date(today.year, month, first) > today or bool(match[2]))
        return Period(date(year, month, first), date(year, month, last))

    return read


def black_friday(match: re.Match[str], today: date) -> Period:
    """The day after the fourth Thursday of November, as far as it has come."""
    year = int(match[1]) if match[1] else today.year - bool(match[2])

    def of(one: int) -> date:
        first = date(one, 11, 1)
        return first + timedelta(days=(3 - first.weekday()) % 7 + 22)

    return one_day(of(year) if of(year) <= today else of(year - 1))


def since(inner: Read) -> Read:
    def read(match: re.Match[str], today: date) -> Period | None:
        found = inner(match, today)
        return None if found is None or found.start > today else Period(found.start, today)

    return read


def until_in(inner: Read) -> Read:
    """``até dia 10``, ``até outubro``: of that month, of that year."""

    def read(match: re.Match[str], today: date) -> Period | None:
        found = inner(match, today)
        if found is None:
            return None
        is_day = found.start == found.end
        return Period(found.start.replace(day=1) if is_day else date(found.start.year, 1, 1), found.end)

    return read
