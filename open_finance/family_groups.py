"""What happens to families by itself: their groups move and end, and the others are told who came and went."""

from __future__ import annotations

from open_finance.storage import family_system
from open_finance.storage.database import Database

__all__ = ["FamilyGroups"]


class FamilyGroups:
    """For the bot's own wiring: nothing here is asked by a person, and nothing is told of anybody's accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def move(self, chat_id: int, new_chat_id: int) -> bool:
        """A group became a supergroup, and has another id: its link goes along. False: it has none, or did already."""
        with self._database.writing() as session:
            return family_system.move_group(session, chat_id, new_chat_id)

    def drop(self, chat_id: int) -> bool:
        """The bot is not in the group any more: its link ends. False: it has none."""
        with self._database.writing() as session:
            return family_system.drop_group(session, chat_id)

    def list_people(self, family_id: int) -> list[int]:
        """The ids on Telegram of those who are in a family."""
        with self._database.reading() as session:
            return family_system.list_people(session, family_id)
