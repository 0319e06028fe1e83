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
    """A group with the bot in it."""

    id: int
    title: str
    members: list[int] = field(default_factory=list)

    def chat(self) -> Json:
        kind = "supergroup" if str(self.id).startswith("-100") else "group"
        extra = {"all_members_are_administrators": True} if kind == "group" else {}
        return {"id": self.id, "title": self.title, "type": kind} | extra
