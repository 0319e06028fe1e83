"""The names of a question as this person's rows have them: a mistyped one is what it may be, where only that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from open_finance.asking.question import Kind, Question
from open_finance.question_asked import Asked
from open_finance.question_rows import AnswerRow, has_words
from open_finance.storage.database import Session

#: Between a name as it was written and what it may be.
_MAY_BE: Final = "|~"


def with_known_names(session: Session, user_id: int, question: Question, now: datetime) -> Question:
    """The question with each name decided. As it was written where a row has it so, or where several may be meant."""
    if not any(_MAY_BE in text for text in question.texts):
        return question
    rows = Asked(session, user_id, Question(Kind.SPENT, direction="any"), now).rows()
    return replace(question, texts=tuple(_decided(text, rows) for text in question.texts))


def _decided(text: str, rows: Sequence[AnswerRow]) -> str:
    written, *others = text.split(_MAY_BE)
    if _is_known(written, rows):
        return written
    known = [other for other in others if _is_known(other, rows)]
    return known[0] if len(known) == 1 else written


def _is_known(name: str, rows: Sequence[AnswerRow]) -> bool:
    spelled = [name.split()]
    return any(has_words(one.row, spelled) for one in rows)
