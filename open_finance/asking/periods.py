"""The days that a question speaks of, as people say them. Pure.

Days without a year are the latest ones that are not to come; a month or a year under way ends today.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from open_finance.asking import period_reads as reads
from open_finance.asking.period_reads import ORDINALS, WEEKDAYS, Read
from open_finance.asking.sentence import UNCLEAR, Sentence
from open_finance.reading.statement_query import LONG_MONTHS, SHORT_MONTHS, Period, month_of, previous_month

_MONTH = rf"(?:{'|'.join(LONG_MONTHS)})"
_ANY_MONTH = rf"(?:{'|'.join((*LONG_MONTHS, *SHORT_MONTHS))})"
#: *Outubro passado*, *deste ano*: the latest there is, as without it.
_YEAR = (
    r"(?: (?:de )?(20\d\d)| (?:d[eo] )?(?:est[ea] |ess[ea] )?ano corrente| (?:d[eo] )?(?:o )?(ano passado)"
    r"| (?:d[eo] )?(?:est[ea]|ess[ea]) ano| passado(?! \d)| ultimo(?! \d))?"
)
_DAY = r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?"
_IN = r"(?:(?:em|no|na|de|do|da|durante|ao longo d[oae]|para|pelo|pela) )?(?:o |a |todo o |toda a )?"
_THIS = r"(?:est[ea]|ess[ea]|atual|corrente)"
#: A month is a sensible one between 2000 and this many years ahead.
_FIRST_YEAR = 2000


def find_periods(sentence: Sentence, today: date) -> list[Period]:
    """The periods that a question names, in their order, at most three. A day that the calendar does not have, or that is
    to come, is none, and marked as ``UNCLEAR``."""
    found: list[_Found] = []
    for pattern, read in _PATTERNS:
        for _ in range(3):
            match = pattern.search(sentence.text)
            if match is None:
                break
            period = _read(read, match, today)
            taken = sentence.take(pattern, "period" if period else UNCLEAR)
            if period is None or taken is None:
                break
            found.append(_Found(sentence.place(taken), taken[0].strip(), period))
    return _joined(sorted(found), sentence)[:3]


class _Found(NamedTuple):
    """``at``: its first word's place in the sentence."""

    at: int
    text: str
    period: Period

    @property
    def end(self) -> int:
        return self.at + self.text.count(" ") + 1


def _joined(found: list[_Found], sentence: Sentence) -> list[Period]:
    """*De segunda a sexta*, *entre ontem e hoje*, *de 5 de outubro até ontem*: one period from the one to the other."""
    periods: list[Period] = []
    for at, one in enumerate(found):
        before = found[at - 1] if at else None
        if before is not None and periods and (whole := _from_to(before, one, sentence)):
            periods[-1] = whole
        else:
            periods.append(one.period)
    return periods


def _from_to(one: _Found, other: _Found, sentence: Sentence) -> Period | None:
    between = sentence.words[one.end : other.at]
    is_compared = one.at > 0 and sentence.mark(one.at - 1) == "marker"
    first = "" if is_compared else sentence.words[max(0, one.at - 1)]
    joins = f"{' '.join(between)} {other.text} ".lstrip()
    is_till = re.match(r"(?:ate|a|ao) ", joins) is not None
    is_since = re.match(r"(?:d[eoa]s?|desde|a partir|entre) ", f"{one.text} ") is not None
    is_since = is_since or re.fullmatch(r"d[eoa]s?|desde|entre", first) is not None
    is_range = (is_till and is_since) or (first == "entre" and joins.startswith("e "))
    is_against = any(sentence.mark(at) == "marker" for at in range(one.end, other.at))  # what is compared is two
    if not is_range or len(between) > 1 or is_against:
        return None
    start, end = one.period.start, other.period.end
    if start > end and one.period.end - start < timedelta(days=1) and (start - end).days < 7:
        start -= timedelta(days=7)  # *de segunda a sexta*, asked on a Tuesday
    return Period(start, end) if start <= end else None


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


_SINCE = r"(?:a partir d[eoa]|desde(?: o| a)?(?: comeco| inicio)?(?: d[eoa])?|depois d[eoa])"
_TILL = r"(?:ate(?: o| a)?(?: fim| final)?(?: d[eoa])?|antes d[eoa])"
_TO = r"(?:a|ao|ate|ate o|e|e o)"
_NOW = (
    r" (?:para ca|em diante|para frente|adiante|a hoje|ate (?:o )?(?:dia )?(?:de )?hoje|ate agora|ate aqui|ate ca"
    r"|ate o (?:presente )?momento|ate (?:est[ea]|ess[ea]) mes)"
)
_BETWEEN = r"(?:(?:entre|de|do|desde|dos|no periodo de) )?(?:os )?(?:o )?(?:dias? )?"
_OF_MONTH = (
    rf"(?:(?:mes )?(?:de )?({_MONTH}){_YEAR}|(?:de |do )?mes (passado|anterior)|(?:de |do )?(?:est[ea] "
    rf"|ess[ea] )?mes(?: atual)?)?"
)

_MONTH_OR_THIS = rf"(?:(?:mes de )?({_MONTH}){_YEAR}|mes (passado|anterior)|(?:est[ea] |ess[ea] )?mes(?: atual)?)"

_FEW_OF = r"(?:(primeiros|ultimos) (\d{1,2})|(\d{1,2}) (primeiros|ultimos))"


def _p(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{text})(?!\S)")


#: What stands for one day, week, month or year. Each may follow *desde* or *até*, too.
_SINGLE: tuple[tuple[str, Read], ...] = (
    (rf"(?:o |a )?(?:dia )?{_DAY}", reads.numbered_day),
    (rf"(?:o )?(?:dia )?(\d{{1,2}})o? (?:de |do mes de )?({_ANY_MONTH}){_YEAR}", reads.day_of_named),
    (rf"(?:o )?(?:dia )?(primeiro) de ({_ANY_MONTH}){_YEAR}", reads.day_of_named),
    (rf"(?:o )?(primeiro|ultimo) dia (?:de|do) {_MONTH_OR_THIS}", reads.end_of_month),
    (r"(?:o )?dia (\d{1,2})(?: do| do mes)? (?:mes )?(\d{1,2})(?! (?:dias|mes|meses|reais))", reads.day_of_numbered),
    (rf"(?:a )?(primeira|1a|segunda|2a|ultima) (?:quinzena|metade)(?: d[eo])? ?{_OF_MONTH}", reads.half_month),
    (rf"(?:o )?(?:mes de )?({_MONTH}){_YEAR}", reads.named_month),
    (r"(?:o )?(?:mes )?(\d{1,2})/(20\d\d)", reads.numbered_month),
    (r"(?:o )?mes (1[0-2]|0?[1-9])(?: de (20\d\d))?", reads.month_of_number),
    (
        (
            r"(?:o )?dia (primeiro|1o|\d{1,2})(?:o)?(?: (?:do |de )?(?:mes (passado|anterior)|deste mes"
            r"|d[eo] ess?[et] mes|do mes))?"
        ),
        reads.plain_day,
    ),
    (r"(?:o dia de |dia de )?hoje(?: mesmo)?", reads.near(0)),
    (r"(?:o dia de |dia de )?anteontem|antes de ontem", reads.near(2)),
    (r"(?:o dia de |dia de )?ontem", reads.near(1)),
    (
        rf"(?:a |o )?(?:{_THIS} |ultim[oa] )?({'|'.join(WEEKDAYS)})(?: feira)?(?: (passad[oa]|retrasad[oa]))?",
        reads.weekday,
    ),
    (
        r"(?:o |a )?(?:(?:ultimo|est[ea]|ess[ea]) )?(?:fim|final|fins) de semana(?: (passado|retrasado|anterior))?",
        reads.weekend,
    ),
    (r"(?:a )?semana retrasada", reads.week(2)),
    (r"(?:a )?(?:semana (?:passada|anterior|que passou)|ultima semana)", reads.week(1)),
    (rf"(?:a )?(?:{_THIS} )?semana(?: atual| corrente| toda)?", reads.week(0)),
    (r"(?:o )?mes retrasado", reads.months_ago(2)),
    (r"(?:o )?(?:mes (?:passado|anterior|que passou)|ultimo mes)", reads.months_ago(1)),
    (rf"(?:o )?(?:{_THIS} )?mes(?: atual| corrente| todo| inteiro)?(?: ate agora| ate aqui)?", reads.months_ago(0)),
    (
        (
            rf"(?:o )?(?:({'|'.join(ORDINALS)}|[1-6]o?) )?(?:{_THIS} |ultimo )?(bimestre|trimestre|quadrimestre|semestre)"
            r"(?: (passado|anterior))?(?: (?:de |do )?(?:(20\d\d)|(ano passado)|este ano|esse ano))?"
        ),
        reads.part_of_year,
    ),
    (r"(?:o )?ano (passado|anterior|retrasado)|(?:o )?(ultimo) ano", reads.last_year),
    (rf"(?:o )?(?:{_THIS} )?ano(?: atual| corrente| todo| inteiro)?(?: ate agora| ate aqui)?", reads.this_year),
    (r"(?:a |o )?black friday(?: (?:de )?(20\d\d)| (?:do )?(ano passado))?", reads.black_friday),
    (r"(?:o )?natal(?: (?:de )?(20\d\d)| (?:do )?(ano passado))?", reads.named_days(12, 24, 25)),
    (r"(?:o ano (?:de )?)?(20\d\d)", reads.year_of),
)


def _some_of_month(match: re.Match[str], today: date) -> Period:
    month = reads.month_named(match[2], None, None, today)
    if match[1] in {"inicio", "comeco"}:
        return Period(month.start, month.start.replace(day=10))
    if match[1] == "meio":
        return Period(month.start.replace(day=11), month.start.replace(day=20))
    return Period(month.start.replace(day=21), month.end)


def _patterns() -> tuple[tuple[re.Pattern[str], Read], ...]:
    singles = list(_SINGLE)
    ranges: list[tuple[str, Read]] = [
        (rf"(?:n?os |dos )?{_FEW_OF} dias (?:de|do) {_MONTH_OR_THIS}", reads.days_of_month),
        (rf"{_BETWEEN}{_DAY} {_TO} (?:dia )?{_DAY}", reads.two_days),
        (rf"{_BETWEEN}(\d{{1,2}}) {_TO} (?:dia )?{_DAY}", reads.days_of_numbered),
        (
            rf"{_BETWEEN}(\d{{1,2}})o? de ({_ANY_MONTH}) {_TO} (?:dia )?(\d{{1,2}})o? de ({_ANY_MONTH}){_YEAR}",
            reads.days_of_two_months,
        ),
        (
            rf"{_BETWEEN}(\d{{1,2}})o? {_TO} (?:o )?(?:dia )?(\d{{1,2}})o? (?:de |do mes de )?({_ANY_MONTH}){_YEAR}",
            reads.days_of_named,
        ),
        (
            (
                r"(?:entre|de|do|desde) (?:os |o )?dias? (\d{1,2})o? (?:a|ao|ate|ate o|e|e o) (?:o )?(?:dia )?(\d{1,2})o?"
                r"(?: (?:do|deste|de este|de esse) mes)?"
            ),
            reads.plain_days,
        ),
        (
            (
                r"(?:entre|de|do|desde) (?:os |o )?(\d{1,2})o? (?:a|ao|ate|ate o|e|e o)(?: (?:o )?dia (\d{1,2})o?"
                r"(?: (?:do|deste|de este|de esse) mes)?| (?:o )?(\d{1,2})o? (?:do|deste|de este|de esse) mes)"
            ),
            reads.plain_days,
        ),
        (
            rf"(?:no periodo )?(?:de|desde) ({_ANY_MONTH}){_YEAR} (?:a|ate|ate o fim de) ({_ANY_MONTH}){_YEAR}",
            reads.two_months,
        ),
        (rf"({_MONTH}){_YEAR} (?:a|ate) ({_MONTH}){_YEAR}", reads.two_months),
        (rf"entre (?:os meses de )?({_ANY_MONTH}){_YEAR} e ({_ANY_MONTH}){_YEAR}", reads.two_months),
        (
            rf"{_IN}(?:n?[oa]s )?(?:ultim[oa]s|passad[oa]s) (\d{{1,4}}) (dias|semanas|mes|meses|anos|quinzenas?|\w*mestres)",
            reads.last_many,
        ),
        (
            rf"{_IN}(?:n?[oa]s )?(\d{{1,4}}) ultim[oa]s (dias|semanas|mes|meses|anos|quinzenas?|\w*mestres)",
            reads.last_many,
        ),
        (
            r"(?:ha |faz )(\d{1,4}) (?:dias?|semanas?|mes(?:es)?)(?: atras)?|(\d{1,4}) (?:dias?|semanas?|mes(?:es)?) atras",
            reads.days_ago,
        ),
        (rf"{_IN}(?:n?[oa]s )?(\d{{1,4}}) (dias?|semanas?|mes|meses|anos?) (?:passad[oa]s|para ca)", reads.last_many),
        (r"(?:(?:n[oa]s|em|d[oa]s|por) )?(\d{1,4}) (dias|semanas|meses)(?: ate hoje)?", reads.last_many),
        (rf"{_IN}(?:n?[oa]s )?ultim[oa]s( )(dias|semanas|meses)", reads.few),
    ]
    since = [(rf"{_SINCE} (?:{text})(?:{_NOW})?", reads.since(read)) for text, read in singles]
    since += [(rf"(?:d[eoa]s? )?(?:{text}){_NOW}", reads.since(read)) for text, read in singles]
    till = [(rf"{_TILL} (?:{text})", reads.until_in(read)) for text, read in singles]
    plain = [(rf"{_IN}(?:{text})", read) for text, read in singles]
    abbreviated: list[tuple[str, Read]] = [
        (rf"(?:em|de|desde|durante|mes de) ({'|'.join(SHORT_MONTHS)}){_YEAR}", reads.named_month),
        (rf"(?:(?:em|de|no|do) )?(inicio|comeco|meio|fim|final) (?:de|do mes de) ({_MONTH})", _some_of_month),
    ]
    every = [*ranges, *since, *till, *abbreviated[1:], *plain, *abbreviated[:1]]
    return tuple((_p(text), read) for text, read in every)


_PATTERNS = _patterns()
