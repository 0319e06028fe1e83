"""The days that a question speaks of, as people say them. Pure.

Days without a year are the latest ones that are not to come; a month or a year under way ends today.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from open_finance.asking.sentence import Sentence
from open_finance.reading.statement_query import Period, month_of, next_month, previous_month

_LONG = ("janeiro", "fevereiro", "marco", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
         "novembro", "dezembro")  # fmt: skip
_SHORT = tuple(name[:3] for name in _LONG)
_MONTHS = {name: number % 12 + 1 for number, name in enumerate((*_LONG, *_SHORT))}
_WEEKDAYS = {"segunda": 0, "terca": 1, "quarta": 2, "quinta": 3, "sexta": 4, "sabado": 5, "domingo": 6}

_MONTH = rf"(?:{'|'.join(_LONG)})"
_ANY_MONTH = rf"(?:{'|'.join((*_LONG, *_SHORT))})"
_YEAR = r"(?: (?:de )?(20\d\d)| (?:do )?(ano passado))?"
_DAY = r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?"
_IN = r"(?:(?:em|no|na|de|do|da|durante|ao longo d[oae]|para|pelo|pela) )?(?:o |a |todo o |toda a )?"
_THIS = r"(?:est[ea]|ess[ea]|atual|corrente)"
_UNITS = {"dia": 1, "semana": 7}
#: A month is a sensible one between 2000 and this many years ahead.
_FIRST_YEAR = 2000

Read = Callable[[re.Match[str], date], "Period | None"]


#: The mark of days that the calendar does not have, or that are to come.
UNCLEAR = "unclear"


def find_periods(sentence: Sentence, today: date) -> list[Period]:
    """The periods that a question names, in their order, at most three. A day that the calendar does not have, or that is
    to come, is none, and marked as ``UNCLEAR``."""
    found: list[tuple[int, Period]] = []
    for pattern, read in _PATTERNS:
        for _ in range(3):
            match = pattern.search(sentence.text)
            if match is None:
                break
            period = _read(read, match, today)
            taken = sentence.take(pattern, "period" if period else UNCLEAR)
            if period is None or taken is None:
                break
            found.append((sentence.place(taken), period))
    return [period for _, period in sorted(found, key=lambda one: one[0])][:3]


def this_month(today: date) -> Period:
    """From the 1st until today."""
    return Period(today.replace(day=1), today)


def whole_months(number: int, today: date) -> Period:
    """The latest months that are over."""
    start = today.replace(day=1)
    end = start - timedelta(days=1)
    for _ in range(number):
        start = previous_month(start)
    return Period(start, end)


def without_this_month(period: Period, today: date) -> Period:
    """What of a period is of months that are over, where some of it is; a month that is cut counts as a whole."""
    first = period.start.replace(day=1)
    end = month_of(period.end).end
    if end >= today:
        end = today.replace(day=1) - timedelta(days=1)
    return Period(first, end) if first <= end else period


def _read(read: Read, match: re.Match[str], today: date) -> Period | None:
    try:
        period = read(match, today)
    except (ValueError, OverflowError):
        return None
    if period is None or period.start.year < _FIRST_YEAR or period.start > period.end:
        return None
    return Period(period.start, min(period.end, today)) if period.start <= today else None


# --- days -------------------------------------------------------------------------------------------------------------


def _one(day: date) -> Period:
    return Period(day, day)


def _written(day: str, month: str, year: str | None, latest: date) -> date:
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    return _latest(int(day), int(month), latest)


def _latest(day: int, month: int, latest: date) -> date:
    found = date(latest.year, month, day)
    return found if found <= latest else date(latest.year - 1, month, day)


def _two_days(match: re.Match[str], today: date) -> Period:
    end = _written(match[4], match[5], match[6], today)
    start = _written(match[1], match[2], match[3], end)
    return Period(min(start, end), max(start, end))


def _days_of_numbered(match: re.Match[str], today: date) -> Period:
    end = _written(match[2], match[3], match[4], today)
    start = end.replace(day=int(match[1]))
    return Period(min(start, end), max(start, end))


def _days_of_named(match: re.Match[str], today: date) -> Period:
    month = _month(match[3], match[4], match[5], today).start
    days = sorted(month.replace(day=int(match[at])) for at in (1, 2))
    return Period(days[0], days[1])


def _days_of_two_months(match: re.Match[str], today: date) -> Period:
    end_month = _month(match[4], match[5], match[6], today).start
    end = end_month.replace(day=int(match[3]))
    start = _latest(int(match[1]), _MONTHS[match[2]], end)
    return Period(start, end)


def _plain_days(match: re.Match[str], today: date) -> Period:
    """``do dia 1 ao dia 10``: the latest that are not to come."""
    first, last = sorted((int(match[1]), int(match[2])))
    month = today.replace(day=1) if first <= today.day else previous_month(today)
    return Period(month.replace(day=first), min(month.replace(day=last), today))


def _day_of_named(match: re.Match[str], today: date) -> Period:
    if match[3] or match[4]:
        month = _month(match[2], match[3], match[4], today).start
        return _one(month.replace(day=int(match[1])))
    return _one(_latest(int(match[1]), _MONTHS[match[2]], today))


def _numbered_day(match: re.Match[str], today: date) -> Period:
    return _one(_written(match[1], match[2], match[3], today))


def _plain_day(match: re.Match[str], today: date) -> Period:
    day = 1 if match[1] in {"primeiro", "1o"} else int(match[1])
    if match[2]:
        return _one(previous_month(today).replace(day=day))
    month = today.replace(day=1)
    for _ in range(3):
        if day <= (month_of(month).end.day) and month.replace(day=day) <= today:
            return _one(month.replace(day=day))
        month = previous_month(month)
    raise ValueError("no such day")


def _near(back: int) -> Read:
    return lambda _match, today: _one(today - timedelta(days=back))


def _days_ago(match: re.Match[str], today: date) -> Period | None:
    number, unit = int(match[1] or match[2]), match[0]
    if number > 3650:
        return None
    if "semana" in unit:
        return _one(today - timedelta(days=7 * number))
    if "mes" in unit:
        month = today.replace(day=1)
        for _ in range(min(number, 240)):
            month = previous_month(month)
        return Period(month, month_of(month).end)
    return _one(today - timedelta(days=number))


def _weekday(match: re.Match[str], today: date) -> Period:
    """The latest one, today among them where it is not *passada*."""
    back = (today.weekday() - _WEEKDAYS[match[1]]) % 7
    if match[2] == "retrasada":
        back += 7 if back else 14
    elif match[2] and not back:
        back = 7
    return _one(today - timedelta(days=back))


# --- weeks ------------------------------------------------------------------------------------------------------------


def _week(back: int) -> Read:
    def read(_match: re.Match[str], today: date) -> Period:
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Period(monday, monday + timedelta(days=6))

    return read


def _weekend(match: re.Match[str], today: date) -> Period:
    """The latest Saturday and Sunday; *passado* is the one before this week, *retrasado* the one before that."""
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    if match[1] and today.weekday() >= 5:
        saturday -= timedelta(days=7)
    if match[1] and match[1].startswith("retrasad"):
        saturday -= timedelta(days=7)
    return Period(saturday, saturday + timedelta(days=1))


# --- months and longer ------------------------------------------------------------------------------------------------


def _month(name: str, year: str | None, last_year: str | None, today: date) -> Period:
    number = _MONTHS[name]
    if year:
        return month_of(date(int(year), number, 1))
    if last_year:
        return month_of(date(today.year - 1, number, 1))
    return month_of(date(today.year - (number > today.month), number, 1))


def _named_month(match: re.Match[str], today: date) -> Period:
    return _month(match[1], match[2], match[3], today)


def _numbered_month(match: re.Match[str], _today: date) -> Period:
    return month_of(date(int(match[2]), int(match[1]), 1))


def _months_ago(back: int) -> Read:
    def read(_match: re.Match[str], today: date) -> Period:
        month = today.replace(day=1)
        for _ in range(back):
            month = previous_month(month)
        return month_of(month)

    return read


def _two_months(match: re.Match[str], today: date) -> Period:
    end = _month(match[4], match[5], match[6], today)
    if match[2] or match[3]:
        return Period(_month(match[1], match[2], match[3], today).start, end.end)
    start = _MONTHS[match[1]]
    return Period(date(end.start.year - (start > end.start.month), start, 1), end.end)


def _half_month(match: re.Match[str], today: date) -> Period:
    month = _month(match[2], match[3], match[4], today) if match[2] else month_of(today)
    if match[5]:
        month = month_of(previous_month(today))
    middle = month.start.replace(day=15)
    is_first = match[1].startswith(("primeir", "1"))
    return Period(month.start, middle) if is_first else Period(middle + timedelta(days=1), month.end)


_PARTS = {"bimestre": 2, "trimestre": 3, "quadrimestre": 4, "semestre": 6}


def _part_of_year(match: re.Match[str], today: date) -> Period:
    length = _PARTS[match[2]]
    which = match[1]
    year = int(match[4]) if match[4] else today.year - (1 if match[5] else 0)
    if which:
        first = (int(which[0]) if which[0].isdigit() else _ORDINALS[which]) * length - length + 1
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


_ORDINALS = {"primeiro": 1, "segundo": 2, "terceiro": 3, "quarto": 4, "quinto": 5, "sexto": 6}


def _back(month: date, number: int) -> date:
    for _ in range(abs(number)):
        month = previous_month(month) if number > 0 else next_month(month)
    return month


def _year(match: re.Match[str], _today: date) -> Period:
    return Period(date(int(match[1]), 1, 1), date(int(match[1]), 12, 31))


def _this_year(_match: re.Match[str], today: date) -> Period:
    return Period(date(today.year, 1, 1), today)


def _last_year(match: re.Match[str], today: date) -> Period:
    year = today.year - (2 if match[1] == "retrasado" else 1)
    return Period(date(year, 1, 1), date(year, 12, 31))


def _last_many(match: re.Match[str], today: date) -> Period | None:
    number, unit = int(match[1] or "1"), match[2]
    if not 0 < number <= 3660:
        return None
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


def _few(match: re.Match[str], today: date) -> Period:
    """``últimos dias``: a week; ``últimas semanas``: four; ``últimos meses``: the last three."""
    if match[2].startswith("mes"):
        return Period(_back(today.replace(day=1), 3), today)
    return Period(today - timedelta(days=6 if match[2] == "dias" else 27), today)


def _named_days(month: int, first: int, last: int) -> Read:
    def read(match: re.Match[str], today: date) -> Period:
        year = int(match[1]) if match[1] else today.year - (date(today.year, month, first) > today or bool(match[2]))
        return Period(date(year, month, first), date(year, month, last))

    return read


def _black_friday(match: re.Match[str], today: date) -> Period:
    """The day after the fourth Thursday of November, as far as it has come."""
    year = int(match[1]) if match[1] else today.year - bool(match[2])

    def of(one: int) -> date:
        first = date(one, 11, 1)
        return first + timedelta(days=(3 - first.weekday()) % 7 + 22)

    return _one(of(year) if of(year) <= today else of(year - 1))


def _since(inner: Read) -> Read:
    def read(match: re.Match[str], today: date) -> Period | None:
        found = inner(match, today)
        return None if found is None or found.start > today else Period(found.start, today)

    return read


def _until_in(inner: Read) -> Read:
    """``até dia 10``, ``até outubro``: of that month, of that year."""

    def read(match: re.Match[str], today: date) -> Period | None:
        found = inner(match, today)
        if found is None:
            return None
        is_day = found.start == found.end
        return Period(found.start.replace(day=1) if is_day else date(found.start.year, 1, 1), found.end)

    return read


_SINCE = r"(?:a partir d[eoa]|desde(?: o| a)?(?: comeco| inicio)?(?: d[eoa])?|depois d[eoa])"
_TILL = r"(?:ate(?: o| a)?(?: fim| final)?(?: d[eoa])?|antes d[eoa])"
_TO = r"(?:a|ao|ate|ate o|e|e o)"
_HERE = r"(?: (?:para ca|em diante|ate hoje|ate agora))?"
_BETWEEN = r"(?:(?:entre|de|do|desde|dos|no periodo de) )?(?:os )?(?:o )?(?:dias? )?"
_OF_MONTH = rf"(?:(?:mes )?(?:de )?({_MONTH}){_YEAR}|(?:de |do )?mes (passado|anterior)|(?:de |do )?(?:est[ea] |ess[ea] )?mes(?: atual)?)?"


def _p(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{text})(?!\S)")


#: What stands for one day, week, month or year. Each may follow *desde* or *até*, too.
_SINGLE: tuple[tuple[str, Read], ...] = (
    (rf"(?:o |a )?(?:dia )?{_DAY}", _numbered_day),
    (rf"(?:o )?(?:dia )?(\d{{1,2}})o? de ({_ANY_MONTH}){_YEAR}", _day_of_named),
    (rf"(?:a )?(primeira|1a|segunda|2a|ultima) (?:quinzena|metade)(?: d[eo])? ?{_OF_MONTH}", _half_month),
    (rf"(?:o )?(?:mes de )?({_MONTH}){_YEAR}", _named_month),
    (r"(?:o )?(?:mes )?(\d{1,2})/(20\d\d)", _numbered_month),
    (r"(?:o )?dia (primeiro|1o|\d{1,2})(?:o)?(?: (?:do |de )?(?:mes (passado|anterior)|deste mes|d[eo] ess?[et] mes|do mes))?", _plain_day),
    (r"(?:o dia de |dia de )?hoje(?: mesmo)?", _near(0)),
    (r"(?:o dia de |dia de )?anteontem|antes de ontem", _near(2)),
    (r"(?:o dia de |dia de )?ontem", _near(1)),
    (rf"(?:a |o )?(?:{_THIS} |ultim[oa] )?({'|'.join(_WEEKDAYS)})(?: feira)?(?: (passad[oa]|retrasad[oa]))?", _weekday),
    (r"(?:o |a )?(?:(?:ultimo|est[ea]|ess[ea]) )?(?:fim|final|fins) de semana(?: (passado|retrasado|anterior))?", _weekend),
    (r"(?:a )?semana retrasada", _week(2)),
    (r"(?:a )?(?:semana (?:passada|anterior|que passou)|ultima semana)", _week(1)),
    (rf"(?:a )?(?:{_THIS} )?semana(?: atual| corrente| toda)?", _week(0)),
    (r"(?:o )?mes retrasado", _months_ago(2)),
    (r"(?:o )?(?:mes (?:passado|anterior|que passou)|ultimo mes)", _months_ago(1)),
    (rf"(?:o )?(?:{_THIS} )?mes(?: atual| corrente| todo| inteiro)?(?: ate agora| ate aqui)?", _months_ago(0)),
    (rf"(?:o )?(?:({'|'.join(_ORDINALS)}|[1-6]o) )?(?:{_THIS} |ultimo )?(bimestre|trimestre|quadrimestre|semestre)"
     r"(?: (passado|anterior))?(?: (?:de |do )?(?:(20\d\d)|(ano passado)|este ano|esse ano))?", _part_of_year),
    (r"(?:o )?ano (passado|anterior|retrasado)|(?:o )?(ultimo) ano", _last_year),
    (rf"(?:o )?(?:{_THIS} )?ano(?: atual| corrente| todo| inteiro)?(?: ate agora| ate aqui)?", _this_year),
    (r"(?:a |o )?black friday(?: (?:de )?(20\d\d)| (?:do )?(ano passado))?", _black_friday),
    (r"(?:o )?natal(?: (?:de )?(20\d\d)| (?:do )?(ano passado))?", _named_days(12, 24, 25)),
    (r"(?:o ano (?:de )?)?(20\d\d)", _year),
)  # fmt: skip


def _some_of_month(match: re.Match[str], today: date) -> Period:
    month = _month(match[2], None, None, today)
    if match[1] in {"inicio", "comeco"}:
        return Period(month.start, month.start.replace(day=10))
    if match[1] == "meio":
        return Period(month.start.replace(day=11), month.start.replace(day=20))
    return Period(month.start.replace(day=21), month.end)


def _patterns() -> tuple[tuple[re.Pattern[str], Read], ...]:
    singles = list(_SINGLE)
    ranges: list[tuple[str, Read]] = [
        (rf"{_BETWEEN}{_DAY} {_TO} (?:dia )?{_DAY}", _two_days),
        (rf"{_BETWEEN}(\d{{1,2}}) {_TO} (?:dia )?{_DAY}", _days_of_numbered),
        (rf"{_BETWEEN}(\d{{1,2}})o? de ({_ANY_MONTH}) {_TO} (?:dia )?(\d{{1,2}})o? de ({_ANY_MONTH}){_YEAR}", _days_of_two_months),
        (rf"{_BETWEEN}(\d{{1,2}})o? {_TO} (?:o )?(?:dia )?(\d{{1,2}})o? (?:de |do mes de )?({_ANY_MONTH}){_YEAR}", _days_of_named),
        (r"(?:entre|de|do|desde) (?:os |o )?dias? (\d{1,2})o? (?:a|ao|ate|ate o|e|e o) (?:o )?(?:dia )?(\d{1,2})o?"
         r"(?: (?:do|deste|de este|de esse) mes)?", _plain_days),
        (rf"(?:no periodo )?(?:de|desde) ({_ANY_MONTH}){_YEAR} (?:a|ate|ate o fim de) ({_ANY_MONTH}){_YEAR}", _two_months),
        (rf"({_MONTH}){_YEAR} (?:a|ate) ({_MONTH}){_YEAR}", _two_months),
        (rf"entre (?:os meses de )?({_ANY_MONTH}){_YEAR} e ({_ANY_MONTH}){_YEAR}", _two_months),
        (rf"{_IN}(?:n?[oa]s )?(?:ultim[oa]s|passad[oa]s) (\d{{1,4}}) (dias|semanas|mes|meses|anos|quinzenas?)", _last_many),
        (rf"{_IN}(?:n?[oa]s )?(\d{{1,4}}) ultim[oa]s (dias|semanas|mes|meses|anos)", _last_many),
        (r"(?:ha |faz )(\d{1,4}) (?:dias?|semanas?|mes(?:es)?)(?: atras)?|(\d{1,4}) (?:dias?|semanas?|mes(?:es)?) atras", _days_ago),
        (rf"{_IN}(?:n?[oa]s )?(\d{{1,4}}) (dias|semanas|meses) (?:passad[oa]s|para ca)", _last_many),
        (r"(?:(?:n[oa]s|em|d[oa]s|por) )?(\d{1,4}) (dias|semanas|meses)(?: ate hoje)?", _last_many),
        (rf"{_IN}(?:n?[oa]s )?ultim[oa]s( )(dias|semanas|meses)", _few),
    ]  # fmt: skip
    since = [(rf"{_SINCE} (?:{text}){_HERE}", _since(read)) for text, read in singles]
    till = [(rf"{_TILL} (?:{text})", _until_in(read)) for text, read in singles]
    plain = [(rf"{_IN}(?:{text})", read) for text, read in singles]
    abbreviated: list[tuple[str, Read]] = [
        (rf"(?:em|de|desde|durante|mes de) ({'|'.join(_SHORT)}){_YEAR}", _named_month),
        (rf"(?:(?:em|de|no|do) )?(inicio|comeco|meio|fim|final) (?:de|do mes de) ({_MONTH})", _some_of_month),
    ]
    every = [*ranges, *since, *till, *abbreviated[1:], *plain, *abbreviated[:1]]
    return tuple((_p(text), read) for text, read in every)


_PATTERNS = _patterns()
