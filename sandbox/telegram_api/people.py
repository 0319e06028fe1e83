"""Who talks: people, groups, and how Telegram writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Person:
    """Somebody with the app open."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "pt-br"
    deactivated: bool = False

    def named(self) -> Json:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {"id": self.id} | {key: value for key, value in names.items() if value}

    def user(self) -> Json:
        """A Telegram ``User``."""
        language = {"language_code": self.language_code} if self.language_code else {}
        return {"is_bot": False} | self.named() | language

    def chat(self) -> Json:
        """The private ``Chat`` a bot has with this person."""
        return self.named() | {"type": "private"}


@dataclass
class Group:
    """A group. `without`: the bots that were taken out of it; `migrated_to`: the supergroup as which it goes on."""

    id: int
    title: str
    members: list[int] = field(default_factory=list)
    without: set[int] = field(default_factory=set)
    migrated_to: int = 0

    @property
    def kind(self) -> str:
        return "supergroup" if str(self.id).startswith("-100") and len(str(self.id)) > 10 else "group"

    def chat(self) -> Json:
        extra = {"all_members_are_administrators": True} if self.kind == "group" else {}
        return {"id": self.id, "title": self.title, "type": self.kind} | extra

    def control(self) -> Json:
        """The group as the control API and the chat page know it."""
        upgraded = {"migrated_to": self.migrated_to} if self.migrated_to else {}
        return self.chat() | {"members": self.members, "without": sorted(self.without)} | upgraded
