"""The list of /extrato that holds the very rows of an answer, where one does: none that only resembles it is offered.

What a question says is put into a list's filters; the list is then read and compared, row by row and in its sum. A statement
counts a card's row on the day on which it is listed, shows what came in beside what went out, and knows one account and one
category: what it cannot express is found by looking, not by rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Final

from open_finance.asking.question import Kind, Question
from open_finance.clock import local_day
from open_finance.errors import ConnectionNotFoundError
from open_finance.insights.labels import canonical
from open_finance.insights.taxonomy import GROUPS, group_of
from open_finance.money import BRL, ZERO
from open_finance.question_asked import Answer
from open_finance.question_rows import total
from open_finance.reading.statement_query import Period, limited, month_of
from open_finance.reading.statements import Contents, StatementFilters
from open_finance.statement_lists import ListRows, read_rows
from open_finance.storage.database import Database, Session

Fit = Callable[[StatementFilters], StatementFilters]

#: The kinds whose rows are all that the question is about: of a comparison, or of what comes first, they are a part.
LISTED: Final = frozenset(
    {
        *(Kind.SPENT, Kind.FEES, Kind.INCOME, Kind.RECEIVED_FROM, Kind.PAID_TO),
        *(Kind.COUNT, Kind.AVERAGE, Kind.LIST_ROWS, Kind.BY_ACCOUNT),
    }
)
#: Somebody waits for the answer: a list that is none of the first few is none at all.
_TRIES: Final = 8
#: How banks write of a way to pay.
_OPERATIONS: Final = {"PIX": "pix", "SAQUE": "saque", "IOF": "iof", "BOLETO": "boleto", "TRANSFER": "transf"}
#: Shorter words stand inside of others too often.
_SHORTEST: Final = 3


def find_list(
    database: Database, user_id: int, found: Answer, now: datetime, fit: Fit = lambda filters: filters
) -> StatementFilters | None:
    """The filters of a list that holds exactly the rows of the answer, and comes to the same; None where there is none.

    ``now``: the answer's. ``fit``: what becomes of filters on their way into a button. Such a list is compared, not the one
    that was thought of.
    """
    question = found.question
    if question is None or found.kind not in LISTED or not found.rows:
        return None
    wanted = [scope for period in _periods(found, local_day(now)) for scope in _scopes(found, period)]
    with database.reading() as session:
        reads = [_read(session, user_id, one, now) for one in wanted]
    equal = (_first_equal(read, found, question, now, fit) for read in reads if read)
    return next((filters for filters in equal if filters is not None), None)


def _periods(found: Answer, today: date) -> list[Period]:
    """The question's days, as far as they have come; this month as a whole, too, which is what people call it. Of all that
    is known, the days since its first row. None where there are more than a list can hold."""
    told = found.period or Period(min(one.row["occurred_on"] for one in found.rows), today)
    period = Period(told.start, max(min(told.end, today), told.start))
    if period == Period(today.replace(day=1), today):
        return [month_of(today), period]
    return [period] if limited(period) == period else []


def _read(session: Session, user_id: int, filters: StatementFilters, now: datetime) -> ListRows | None:
    try:
        return read_rows(session, user_id, filters, now, with_borders=False)
    except ConnectionNotFoundError:
        return None


def _first_equal(read: ListRows, found: Answer, question: Question, now: datetime, fit: Fit) -> StatementFilters | None:
    labels = read.labels()
    for category, text in islice(_narrowings(question), _TRIES):
        wanted = replace(read.filters, category=category, text=text, above=question.above, below=question.below)
        filters = fit(wanted)
        if _is_equal(read.decide(now, now, filters=filters, labels=labels).contents, found):
            return filters
    return None


def _is_equal(held: Contents, found: Answer) -> bool:
    """The same rows; and what came in less what went out is the same."""
    if {line.row["id"] for line in held.lines} != {one.row["id"] for one in found.rows}:
        return False
    sums = {each.currency: each.income + each.outgoing for each in held.totals}
    return sums.pop(BRL, ZERO) == total(found.rows) and not any(sums.values())


# --- what a question says, as a list may say it -----------------------------------------------------------------------


def _scopes(found: Answer, period: Period) -> list[StatementFilters]:
    """All accounts; where some are named, the bank they are of, and the one account that they are."""
    scope = found.question.scope if found.question else None
    if scope is None or not scope.is_narrow:
        return [StatementFilters(period)]
    one = [StatementFilters(period, account_id=each["id"]) for each in found.accounts[-1:]]
    bank = [StatementFilters(period, bank_of=each["connection_id"]) for each in found.accounts[-1:] if scope.bank]
    is_one = len({each["identity"] for each in found.accounts}) == 1
    if scope.holds or scope.accounts:
        return [*(one if is_one else []), *bank]
    return [*bank, *(one if is_one else [])]


def _narrowings(question: Question) -> Iterator[tuple[str | None, str]]:
    """Category and words, the likeliest first. Where either of them is meant, one of them may do."""
    categories, texts = _categories(question.categories), _texts(question)
    if question.either:
        yield from ((category, "") for category in categories)
        yield from ((None, text) for text in texts)
        return
    for text in texts or [""]:
        yield from ((category, text) for category in categories)
        if not categories:
            yield None, text


def _categories(asked: Sequence[str]) -> list[str]:
    """The one that is asked for; of several, the group that they are of."""
    plain = list(dict.fromkeys(one if one in GROUPS else canonical(one) for one in asked))
    groups = {one if one in GROUPS else group_of(one) for one in plain}
    return plain if len(plain) == 1 else [*groups] if len(groups) == 1 else []


def _texts(question: Question) -> list[str]:
    """The words that are looked for, as they may be spelled, and then each alone: a button has room for few letters. Several
    texts, of which any would do, are no words of a list."""
    if not question.texts:
        operation = _OPERATIONS.get(question.operation, question.operation.lower())
        return [operation] if operation else []
    if len(question.texts) > 1:
        return []
    spelled = question.texts[0].split("|")
    words = sorted({word for each in spelled for word in each.split() if len(word) >= _SHORTEST}, key=len, reverse=True)
    return list(dict.fromkeys([*spelled, *words]))
