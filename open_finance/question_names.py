"""The names of a question as this person's rows have them: a mistyped one is what it may be, where only that is known; one
that no row has is told apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from open_finance.asking.question import Kind, Question
from open_finance.folding import fold
from open_finance.question_asked import Asked
from open_finance.question_rows import AnswerRow, has_words
from open_finance.records import StatementRow
from open_finance.storage.database import Session

#: Between a name as it was written and what it may be.
_MAY_BE: Final = "|~"
_TOKEN: Final = re.compile(r"[^\W_]+")


class Named(NamedTuple):
    """``question``: with each name decided; ``unfound``: the names that no row has, of whatever day."""

    question: Question
    unfound: tuple[str, ...] = ()

    def without(self, names: Collection[str]) -> Question:
        """The same question, but for some names."""
        kept = tuple(text for text in self.question.texts if text not in names)
        asked = self.question
        return replace(asked, texts=kept, either=asked.either and bool(kept), person=asked.person and bool(kept))


def with_known_names(session: Session, user_id: int, question: Question, now: datetime) -> Named:
    """The question with each name decided. As it was written where a row has it so, or where several may be meant. A shop
    that everybody knows is none of these."""
    if not any(_is_name(text) for text in question.texts):
        return Named(question)
    asked = Asked(session, user_id, Question(Kind.SPENT, direction="any"), now)
    rows = asked.rows() if any(_MAY_BE in text for text in question.texts) else []
    texts = tuple(_decided(text, rows) for text in question.texts)
    listed = asked.known().rows
    unfound = tuple(text for text in texts if _is_name(text) and not _is_listed(text, listed))
    return Named(replace(question, texts=texts), unfound)


def plain_of(unfound: Iterable[str], text: str) -> tuple[str, ...]:
    """Those of such names that are words of every day, as a person wrote them: no shop and nobody, it seems."""
    from open_finance.asking.spelling import is_plain  # not before somebody asks: see ``question_answers``

    return tuple(
        name for name in unfound if all(is_plain(word) for word in name.split()) and not _is_capital(name, text)
    )


def as_written(name: str, text: str) -> str:
    """A name as a text has it, accents and all; as it is where the text does not have it."""
    words = _TOKEN.findall(text)
    at = _place(name, words)
    return name if at is None else " ".join(words[at : at + len(name.split())])


def _is_capital(name: str, text: str) -> bool:
    words = _TOKEN.findall(text)
    at = _place(name, words)
    return at is not None and at > 0 and words[at][0].isupper() and not text.isupper()


def _place(name: str, words: Sequence[str]) -> int | None:
    folded, sought = [fold(word) for word in words], name.split()
    places = range(len(folded) - len(sought) + 1)
    return next((at for at in places if folded[at : at + len(sought)] == sought), None)


def _is_name(text: str) -> bool:
    """Whether it stood after a preposition and is nothing that we know: what we know has several spellings."""
    return "|" not in text.replace(_MAY_BE, "")


def _decided(text: str, rows: Sequence[AnswerRow]) -> str:
    written, *others = text.split(_MAY_BE)
    if not others or _is_known(written, rows):
        return written
    known = [other for other in others if _is_known(other, rows)]
    return known[0] if len(known) == 1 else written


def _is_known(name: str, rows: Sequence[AnswerRow]) -> bool:
    return _is_listed(name, (one.row for one in rows))


def _is_listed(name: str, rows: Iterable[StatementRow]) -> bool:
    spelled = [name.split()]
    return any(has_words(row, spelled) for row in rows)
