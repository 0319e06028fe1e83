"""Answers to questions in Portuguese, from the same reports as the commands. Nothing here speaks to Pluggy.

What is asked is read from the person's own text, the day, and the names that they and Pluggy's catalogue gave (``asking``).
Rows are only counted: no text of a bank's changes what a question means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from open_finance.asking.fillers import INNER
from open_finance.asking.question import (
    Kind,
    Known,
    Question,
    Reading,
    decode_question,
    encode_question,
)
from open_finance.clock import local_day
from open_finance.connecting.banks import bank_name
from open_finance.insights.labels import filter_title
from open_finance.insights.spending import group_title
from open_finance.insights.taxonomy import GROUPS
from open_finance.personal_words import load_words
from open_finance.question_asked import Answer, Asked, Part
from open_finance.question_kinds import KINDS
from open_finance.question_lists import find_list
from open_finance.question_names import as_written, plain_of, with_known_names
from open_finance.question_rows import (
    AnswerRow,
)
from open_finance.reading.freshness import freshness_of
from open_finance.storage import ledger, repository
from open_finance.storage.database import Database, Session

__all__ = [
    "Answer",
    "AnswerRow",
    "Kind",
    "Part",
    "Question",
    "Reading",
    "answer_question",
    "answer_reading",
    "decode_question",
    "encode_question",
    "find_list",
    "read_text",
]

#: What shows more of an answer, and what answers where a whole report does.
COMMANDS: Final[Mapping[Kind, str]] = {
    Kind.SPENT: "gastos", Kind.FEES: "gastos", Kind.TOP_CATEGORIES: "gastos", Kind.TOP_MERCHANTS: "gastos",
    Kind.COMPARE_MONTHS: "gastos", Kind.BY_ACCOUNT: "gastos", Kind.AVERAGE: "gastos", Kind.BALANCE: "saldo",
    Kind.SAVED: "saldo", Kind.CARD_OPEN_BILL: "fatura", Kind.CARD_BILL_CLOSED: "fatura", Kind.CARD_BILL_LEFT: "fatura",
    Kind.CARD_LIMIT: "fatura", Kind.INSTALMENTS_LEFT: "fatura", Kind.SUBSCRIPTIONS: "assinaturas",
    Kind.FORECAST: "previsao", Kind.ALLOWANCE: "posso_gastar", Kind.BUDGET_LEFT: "orcamento",
    Kind.INVESTED: "investimentos", Kind.NET_WORTH: "patrimonio", Kind.DEBTS: "credito", Kind.DATA_AGE: "sincronizar",
}  # fmt: skip
#: Of more categories than these, said in one word, the first one stands for all.
_FEW: Final = 2


def answer_question(database: Database, user_id: int, text: str, now: datetime) -> Answer:
    """The answer to a text; of kind ``UNKNOWN`` where nothing certain was understood, then perhaps with a ``guess``."""
    with database.reading() as session:
        reading = _reading(session, user_id, text, now)
        if reading.question is None:
            return _unknown(session, user_id, reading)
        return _named_answer(session, user_id, reading, reading.question, text, now)


def _named_answer(
    session: Session, user_id: int, reading: Reading, asked: Question, text: str, now: datetime
) -> Answer:
    """The answer where what is asked is certain, but perhaps not whether its names are any: words of every day that no row
    has are asked back, or left out beside others."""
    named = with_known_names(session, user_id, asked, now)
    plain = plain_of(named.unfound, text)
    question = named.without(plain)
    if plain and not question.texts:
        found = _unknown(session, user_id, replace(reading, question=None, guess=question))
        return replace(found, unfound=tuple(as_written(name, text) for name in plain))
    unfound = tuple(as_written(name, text) for name in named.unfound if name not in plain)
    left_over = " ".join(as_written(word, text) for word in [*reading.left_over.split(), *plain])
    return replace(_answer(session, user_id, question, now), left_over=left_over, unfound=unfound)


def read_text(database: Database, user_id: int, text: str, now: datetime) -> Reading:
    """What a text asks, without the answer."""
    with database.reading() as session:
        return _reading(session, user_id, text, now)


def _reading(session: Session, user_id: int, text: str, now: datetime) -> Reading:
    from open_finance.asking.parse import read_question  # its patterns take 3 MB: not before somebody asks

    return read_question(text, local_day(now), _known(session, user_id))


def answer_reading(database: Database, user_id: int, question: Question, now: datetime) -> Answer:
    """The answer to a question that was understood before, as data stands now. A category or an account that is no longer
    the person's finds nothing."""
    with database.reading() as session:
        named = with_known_names(session, user_id, question, now)
        return replace(_answer(session, user_id, named.question, now), unfound=named.unfound)


def _known(session: Session, user_id: int) -> Known:
    """Names that this person and Pluggy's catalogue gave; nothing that a bank wrote."""
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    connections = [*repository.list_connections(session, user_id), *repository.list_ended_connections(session, user_id)]
    return Known(
        banks=tuple(dict.fromkeys(bank_name(one["connector_name"]) for one in connections)),
        categories=load_words(session, user_id).names,
        accounts={one["id"]: one["custom_name"] for one in accounts if one["custom_name"]},
    )


def _unknown(session: Session, user_id: int, reading: Reading) -> Answer:
    names = load_words(session, user_id).names
    return Answer(
        Kind.UNKNOWN, reading.guess, is_sure=False, guess=reading.guess, acts=reading.acts, left_over=reading.left_over,
        titles=_titles(reading.guess, names) if reading.guess else (),
        has_bank=bool(repository.list_connections(session, user_id)),
    )  # fmt: skip


def _answer(session: Session, user_id: int, question: Question, now: datetime) -> Answer:
    asked = Asked(session, user_id, question, now)
    found = KINDS[question.kind](asked)
    if found.missing:  # no figure: that of a bank which nobody connected is not zero
        found = Answer(Kind.UNKNOWN, question, is_sure=False, missing=found.missing)
    connections = repository.list_connections(session, user_id)
    return replace(
        found,
        command=found.command or COMMANDS.get(question.kind, "extrato"),
        ages=freshness_of(connections, now),
        has_bank=bool(connections) or bool(found.rows),
        titles=_titles(question, asked.names),
    )


def _titles(question: Question, names: Mapping[str, str]) -> tuple[str, ...]:
    """What is asked for, as people call it."""
    known = [one for one in question.categories if one in GROUPS or filter_title(one, names)]
    titles = [group_title(one) if one in GROUPS else filter_title(one, names) for one in known]
    if len(titles) > _FEW:
        titles = titles[:1]
    return tuple(dict.fromkeys([*titles, *map(_spoken, question.texts)]))


def _spoken(text: str) -> str:
    """``iFood``, ``Bruno Lima``: a name as it is written; what a person typed in small letters begins with a capital."""
    name = text.split("|", maxsplit=1)[0]
    return (
        " ".join(word if word in INNER else word.capitalize() for word in name.split())
        if name == name.lower()
        else name
    )
