"""What an outside service, where the operator has set one, says of the texts that the model is unsure of. Off by default.

What may be asked is pure (``insights.advice_texts``), how it is asked is ``advice_http``. Each text of a person's is asked
about once; what is answered, also that nobody knows, is theirs (``category_advice``). Without an answer all stays as it was.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from open_finance.advice_http import Adviser, NoAnswerError
from open_finance.clock import Clock, SystemClock, local_day, local_midnight
from open_finance.config import Settings, load_settings
from open_finance.insights.advice_texts import texts_to_ask
from open_finance.insights.row_categories import decide
from open_finance.personal_words import load_words
from open_finance.storage import categories, ledger, statement_rows
from open_finance.storage.database import Database, Session, open_database

__all__ = ["CategoryAdvice"]

logger = logging.getLogger(__name__)

#: Rows of so many days: what is older is read in few charts, and each text costs.
ASKED_DAYS: Final = timedelta(days=120)
TEXTS_A_CALL: Final = 5
TEXTS_A_DAY: Final = 30
#: After a failure the service is left alone, longer with every failure in a row.
REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=6)


class CategoryAdvice:
    """Asks for everybody, in the background. For one thread at a time, never inside a person's command: it may wait long."""

    def __init__(
        self,
        database: Database | None = None,
        clock: Clock | None = None,
        *,
        settings: Settings | None = None,
        adviser: Adviser | None = None,
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        settings = settings or load_settings()
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()
        self._adviser = adviser or (Adviser(settings.adviser) if settings.adviser else None)
        self._last_run = 0
        self._waiting: deque[int] = deque()
        self._failures = 0
        self._rests_until: datetime | None = None
        self._stopping = threading.Event()

    @property
    def is_on(self) -> bool:
        """Whether there is anybody to ask."""
        return self._adviser is not None

    def ask_due(self) -> int:
        """Ask about some texts of the next person who may have any; for a tick. Returns how many answers were kept."""
        if self._adviser is None or not self._is_awake():
            return 0
        if not self._waiting:
            self._waiting.extend(self._list_people())
        if not self._waiting:
            return 0
        person = self._waiting.popleft()
        asked, is_done = self._ask_for(self._adviser, person)
        if not is_done:
            self._waiting.append(person)
        return asked

    def stop(self) -> None:
        """Ask about no further text. The one that is on its way is waited for, some seconds at most."""
        self._stopping.set()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _is_awake(self) -> bool:
        return self._rests_until is None or self._clock.now() >= self._rests_until

    def _list_people(self) -> list[int]:
        """Those for whom a pass has added or changed rows since the last look; at first, all."""
        with self._database.reading() as session:
            people, self._last_run = categories.list_people_with_news(session, self._last_run)
        return people

    def _ask_for(self, adviser: Adviser, user_id: int) -> tuple[int, bool]:
        """How many answers were kept, and whether the person has nothing more to be asked about today."""
        now = self._clock.now()
        with self._database.reading() as session:
            texts, left = self._list_texts(session, user_id, now)
        asked = 0
        for key, text in texts[: min(TEXTS_A_CALL, left)]:
            if self._stopping.is_set():
                return asked, False
            try:
                category = adviser.ask(text)
            except NoAnswerError as error:
                self._rest(error)
                return asked, False
            self._failures, self._rests_until = 0, None
            asked += self._keep(user_id, key, category)
        return asked, len(texts) <= TEXTS_A_CALL or left <= TEXTS_A_CALL

    def _list_texts(self, session: Session, user_id: int, now: datetime) -> tuple[list[tuple[str, str]], int]:
        """``(key, text)`` of what may be asked and was not yet, the newest rows first; and how many texts today has left."""
        today = local_day(now)
        asked = categories.count_advice(session, user_id, local_midnight(today))
        if asked >= TEXTS_A_DAY:
            return [], 0
        accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
        types = {account["id"]: account["type"] for account in accounts}
        rows = statement_rows.list_statement_rows(
            session, user_id, list(types), start=today - ASKED_DAYS, end=today, opened_at=now
        )
        words = load_words(session, user_id)
        found = texts_to_ask(rows, decide(rows, types, words), types)
        return [(key, text) for key, text in found.items() if key not in words.advice], TEXTS_A_DAY - asked

    def _keep(self, user_id: int, key: str, category: str | None) -> int:
        """Nothing is kept for somebody who has left meanwhile."""
        with self._database.writing() as session:
            if not ledger.list_accounts(session, user_id, include_disconnected=True):
                return 0
            categories.save_advice(session, user_id, {key: category}, self._clock.now())
        return 1

    def _rest(self, error: NoAnswerError) -> None:
        rest = min(REST * 2**self._failures, LONGEST_REST)
        self._failures = min(self._failures + 1, 10)
        self._rests_until = self._clock.now() + rest
        logger.warning("the category adviser gave no answer (%s): asked again in %d min", error, rest.seconds // 60)
