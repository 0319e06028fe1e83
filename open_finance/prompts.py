"""What a person was asked to type outside of connecting (a new name, the word that erases). It outlives a restart."""

from __future__ import annotations

from datetime import timedelta

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.records import Prompt
from open_finance.storage import prompts
from open_finance.storage.database import Database, open_database

__all__ = ["PROMPT_WAITS", "Prompt", "Prompts"]

PROMPT_WAITS = timedelta(minutes=15)


class Prompts:
    """At most one prompt a person, for fifteen minutes."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def ask(self, user_id: int, kind: str, target_id: int | None = None, message_id: int | None = None) -> None:
        """The person's next text answers this; what was asked before is not asked any more.

        ``kind`` names who takes the answer, ``target_id`` what it is about, ``message_id`` the message that asks.
        """
        expires_at = self._clock.now() + PROMPT_WAITS
        with self._database.writing() as session:
            prompts.save_prompt(
                session, user_id, kind=kind, target_id=target_id, message_id=message_id, expires_at=expires_at
            )

    def find(self, user_id: int) -> Prompt | None:
        """What the person is being asked; None when it is nothing, or the fifteen minutes are over."""
        with self._database.reading() as session:
            return prompts.find_prompt(session, user_id, self._clock.now())

    def close(self, user_id: int) -> bool:
        """Ask no more: it was answered, or is not wanted. Of two simultaneous calls one gets True."""
        with self._database.writing() as session:
            return prompts.remove_prompt(session, user_id)

    def take_expired(self) -> list[Prompt]:
        """The tick's: everybody's prompts that nobody answered in time, each handed out once and asked no more."""
        with self._database.writing() as session:
            return prompts.take_expired_prompts(session, self._clock.now())
