"""What happens to families by itself: their groups move and end, and the others are told who came and went."""

from __future__ import annotations

from open_finance.alerts.notification import Notification
from open_finance.storage import families, family_system
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

    def find_name(self, user_id: int, told: Notification) -> str | None:
        """Who came or went, for a person's notification of that. None when it is no news any more: who came has gone since,
        or the person has left that family."""
        with self._database.reading() as session:
            if told.kind == "family_joined":
                return families.list_names(session, user_id).get(told.detail["member_id"])
            own = families.find_membership(session, user_id)
            return told.detail["name"] if own is not None and own.family_id == told.detail["family_id"] else None
