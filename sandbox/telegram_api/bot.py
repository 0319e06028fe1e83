"""One bot as the server knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram_api.conversation import Conversation
from sandbox.telegram_api.limits import Limiter
from sandbox.telegram_api.people import Person
from sandbox.telegram_api.updates import UpdateQueue
from sandbox.telegram_api.webhook import Delivery

Json = dict[str, Any]
QUERY_SECONDS = 60


@dataclass
class CallbackQuery:
    """A pressed button and what the bot answered."""

    id: str
    user: int
    chat: int
    message_id: int
    data: str
    pressed_at: float
    answer: Json | None = None

    def wire(self) -> Json:
        return {
            "id": self.id,
            "user": self.user,
            "chat": self.chat,
            "message_id": self.message_id,
            "data": self.data,
            "answered": self.answer is not None,
        } | (self.answer or {})


@dataclass
class Bot:
    """`id` is 0 until a program calls with a token: what people write before waits for it.

    The token stays in memory to sign what Telegram signs with it (``initData``); nothing ever shows it.
    """

    id: int
    name: str
    limiter: Limiter
    updates: UpdateQueue
    delivery: Delivery
    token: str = field(default="", repr=False)
    chats: dict[int, Conversation] = field(default_factory=dict)
    blocked_by: set[int] = field(default_factory=set)
    commands: dict[tuple[str, int, int, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_buttons: dict[int, Json] = field(default_factory=dict)
    callbacks: dict[str, CallbackQuery] = field(default_factory=dict)
    last_message_id: int = 0

    @property
    def username(self) -> str:
        return f"gerente_{self.id}_bot"

    def user(self) -> Json:
        """A Telegram ``User``."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    def next_message_id(self) -> int:
        self.last_message_id += 1
        return self.last_message_id

    def start_over(self) -> None:
        """Forget every chat, command, pending update and the webhook; who is polling now goes on."""
        self.limiter.forget()
        self.delivery.stop()
        self.updates.clear()
        self.updates.paused = False
        for kept in (self.chats, self.blocked_by, self.commands, self.texts, self.menu_buttons, self.callbacks):
            kept.clear()

    def commands_for(self, person: Person, chat_id: int) -> list[Json]:
        """The menu this person sees: the narrowest scope wins, then the person's language."""
        language = person.language_code.split("-")[0].lower()
        kind = "all_private_chats" if chat_id > 0 else "all_group_chats"
        scopes = [("chat_member", chat_id, person.id), ("chat", chat_id, 0), (kind, 0, 0), ("default", 0, 0)]
        for scope in scopes:
            for code in (language, ""):
                if (*scope, code) in self.commands:
                    return self.commands[*scope, code]
        return []
