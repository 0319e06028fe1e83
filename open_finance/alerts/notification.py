"""What a notification is, before and after it is stored (``storage.outbox``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

#: ``transaction``: a row is new. ``overdraft``: an account went into its overdraft. ``bill``: a card's bill is due soon.
#: ``back``: a bank is back, of which the person was told that it had stopped. ``summary``: of a day, a week or a month.
#: ``budget``: spending has reached a level of a budget. ``subscription``: what the person cancelled was charged again.
#: ``idle``: the person is long gone, and the access to their banks will end. ``idle_end``: it has. ``family_joined`` and
#: ``family_left``: somebody came into the person's family, or went.
Kind = Literal[
    "transaction",
    "overdraft",
    "bill",
    "back",
    "summary",
    "budget",
    "subscription",
    "idle",
    "idle_end",
    "family_joined",
    "family_left",
]
#: ``sent``: told. ``quiet``: by the person's wish, or because it is not worth a word. ``gone``: what it spoke of is no more.
#: ``blocked``: the person has blocked the bot. ``refused``: Telegram does not take it.
Outcome = Literal["sent", "quiet", "gone", "blocked", "refused"]


@dataclass(frozen=True, slots=True)
class NewNotification:
    """Something to tell. ``not_before``: None = as soon as possible."""

    key: str
    kind: Kind
    connection_id: int | None = None
    account_id: int | None = None
    transaction_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A stored notification. ``attempts``: how often a sender has had it in hand. ``message_id``: the chat message that told
    it; ``pattern``: what *Fui eu* on it makes quiet; ``answer``: which button the person pressed."""

    id: int
    user_id: int
    key: str
    kind: Kind
    connection_id: int | None
    account_id: int | None
    transaction_id: int | None
    detail: dict[str, Any]
    created_at: datetime
    attempts: int
    message_id: int | None
    pattern: str | None
    answer: str | None
