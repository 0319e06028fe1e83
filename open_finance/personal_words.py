"""All that a person, and an outside service for them, said of categories, as ``insights.row_categories`` asks for it."""

from __future__ import annotations

from open_finance.insights.row_categories import PersonalWords, names_of
from open_finance.storage import categories
from open_finance.storage.database import Session


def load_words(session: Session, user_id: int) -> PersonalWords:
    """One person's words, in the session in which their rows are read."""
    return PersonalWords(
        rules=tuple(categories.list_rules(session, user_id)),
        names=names_of(categories.list_personal(session, user_id)),
        advice=categories.list_advice(session, user_id),
    )
