"""Where each person is in the middle of connecting a bank: memory's view of the rows (intents, connections, actions).

The rows are the truth: ``resume`` rebuilds this at start, before the first update is read. Nothing secret is here; what
was typed lives in the vault.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from gerente_financeiro.screens import Screen
from open_finance.clock import Clock
from open_finance.records import Action, Bank, CredentialField, Door, Purpose

FLOW_WAITS = timedelta(minutes=15)
LATE_ANSWERS = timedelta(minutes=5)
JUST_SHOWN = timedelta(hours=1)


class Stage(Enum):
    """What the person's next text would mean."""

    CHOOSING = auto()  # the name of a bank
    ASKING = auto()  # nothing: a button is awaited (door, consent, connect again)
    FILLING = auto()  # the value of a field: a secret
    SCREEN = auto()  # perhaps a secret that belongs in the page which was offered
    ADOPTING = auto()  # the id of an item made elsewhere
    WORKING = auto()  # nothing, or the answer to the bank's question
    LOST = auto()  # perhaps a secret: the process that was asking for it is gone
    OVER = auto()  # perhaps a late secret: the flow ended a moment ago


@dataclass(slots=True, eq=False)
class Conversation:
    """One person connecting one bank, or bringing a connection back, shown in one message.

    ``insists``: what the person decided in spite of a warning (``health``, ``twin``, ``swap``). ``shown``: field
    name → what the message may show of its value. ``asked_code``, ``asked_link``: what the bank asked in this flow.
    ``answering``: an answer is on its way; ``unanswered``: Pluggy did not answer the last poll. ``unseen``: this
    process has not shown the bank's question yet. ``stood``: the connection worked before. ``is_buried``: other
    messages stand below its own. ``screen_url``: the page where the bank's data can be given instead,
    ``screen_until``: until when it is open; ``by_screen``: they were given there. ``was_told``: that a text has no
    place here. ``notice``: why the last answer was not sent (HTML). ``hurry``: set to poll at once. ``began_at``:
    what came after it is news of this flow. ``checks``: how often the person said that the link was used;
    ``sees_request``: that its standing is wanted. ``replaces_id``: the connection whose place a new one takes.
    ``photo_id``: a picture of the bank's, ``qr_id``: one of its link, each a message of its own.
    """

    user_id: int
    stage: Stage
    touched_at: datetime
    purpose: Purpose = "connect"
    message_id: int | None = None
    bank: Bank | None = None
    bank_name: str = ""
    door: Door | None = None
    insists: set[str] = field(default_factory=set)
    fields: list[CredentialField] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    intent_id: int | None = None
    connection_id: int | None = None
    connector_id: int | None = None
    replaces_id: int | None = None
    item_id: str = ""
    began_at: datetime | None = None
    started_at: datetime | None = None
    action: Action | None = None
    action_seen_at: datetime | None = None
    photo_id: int | None = None
    qr_id: int | None = None
    checks: int = 0
    sees_request: bool = False
    asked_code: bool = False
    asked_link: bool = False
    answering: bool = False
    unanswered: bool = False
    unseen: bool = False
    stood: bool = False
    cancelled: bool = False
    failed: bool = False
    screen_url: str | None = None
    screen_until: datetime | None = None
    by_screen: bool = False
    is_buried: bool = False
    was_told: bool = False
    notice: str = ""
    screen: Screen | None = None
    hurry: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def next_field(self) -> CredentialField | None:
        """The field to ask for, None when all were answered or skipped."""
        return next((one for one in self.fields if one["name"] not in self.shown), None)

    @property
    def last_answered(self) -> CredentialField | None:
        """The field answered last."""
        answered = [one for one in self.fields if one["name"] in self.shown]
        return answered[-1] if answered else None

    async def pause(self, seconds: float) -> None:
        """Wait until the next poll, or less when somebody is in a hurry."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for would swallow a cancellation that comes with the hurry
                await self.hurry.wait()
        self.hurry.clear()


class Conversations:
    """At most one conversation a person. One that is over is kept five minutes more, to catch late secrets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._current: dict[int, Conversation] = {}
        self._aside: dict[int, Conversation] = {}
        self._shown: dict[int, datetime] = {}
        self.watched: set[int] = set()  # ids of the connections a task is polling
        self.looked_at: set[int] = set()  # of those the tick is looking at once

    def __iter__(self) -> Iterator[Conversation]:
        return iter(list(self._current.values()))

    def find(self, user_id: int) -> Conversation | None:
        """The person's conversation, if any."""
        conversation = self._current.get(user_id)
        if conversation is not None and self._is_forgotten(conversation):
            del self._current[user_id]
            return None
        return conversation

    def active(self, user_id: int) -> Conversation | None:
        """The person's conversation, unless it is over."""
        conversation = self.find(user_id)
        return None if conversation is None or conversation.stage is Stage.OVER else conversation

    def put(self, conversation: Conversation) -> Conversation:
        """Make this the person's conversation."""
        if conversation.purpose == "reconnect":
            self.note_shown(conversation.connection_id)
        self._current[conversation.user_id] = conversation
        return conversation

    def is_current(self, conversation: Conversation) -> bool:
        """Whether this is still what its person is in the middle of."""
        return self.active(conversation.user_id) is conversation

    def touch(self, conversation: Conversation) -> None:
        """The person did something: the fifteen minutes begin anew."""
        conversation.touched_at = self._clock.now()

    def bury(self, user_id: int) -> None:
        """Something else is being said: the person's conversation, if any, is no longer the last thing in the chat."""
        conversation = self._current.get(user_id)
        if conversation is not None:
            conversation.is_buried = True

    def end(self, conversation: Conversation) -> None:
        """The flow is over."""
        if conversation.purpose == "reconnect":
            self.note_shown(conversation.connection_id)
        conversation.stage = Stage.OVER
        conversation.touched_at = self._clock.now()

    def drop(self, conversation: Conversation) -> None:
        """Forget the conversation altogether."""
        if self._current.get(conversation.user_id) is conversation:
            del self._current[conversation.user_id]

    def forget(self, user_id: int) -> None:
        """Forget all that this person is in the middle of, also what waits for others."""
        self._current.pop(user_id, None)
        self._aside = {number: one for number, one in self._aside.items() if one.user_id != user_id}

    def set_aside(self, conversation: Conversation) -> None:
        """It waits for others, perhaps for days: the person is free meanwhile."""
        self.drop(conversation)
        if conversation.connection_id is not None:
            self._aside[conversation.connection_id] = conversation

    def note_shown(self, connection_id: int | None) -> None:
        """The person is reading what this connection needs of them."""
        now = self._clock.now()
        self._shown = {number: at for number, at in self._shown.items() if now - at < JUST_SHOWN}
        if connection_id is not None:
            self._shown[connection_id] = now

    def is_in_sight(self, user_id: int, connection_id: int) -> bool:
        """Whether the person has just read what this connection needs, or is bringing it back."""
        shown_at, current = self._shown.get(connection_id), self.active(user_id)
        is_new = shown_at is not None and self._clock.now() - shown_at < JUST_SHOWN
        is_current = current is not None and current.connection_id == connection_id
        return is_new or is_current or self.is_aside(connection_id)

    def is_aside(self, connection_id: int) -> bool:
        """Whether a conversation about this connection waits for others."""
        return connection_id in self._aside

    def take_up(self, connection_id: int) -> Conversation | None:
        """The conversation that was set aside, to go on with."""
        return self._aside.pop(connection_id, None)

    def idle(self) -> list[Conversation]:
        """Those whose person has been silent for fifteen minutes, or for as long as their page is open, while it was the
        person's turn."""
        now = self._clock.now()
        waiting = {Stage.CHOOSING, Stage.ASKING, Stage.FILLING, Stage.SCREEN, Stage.ADOPTING, Stage.LOST}
        silent = (one for one in self if one.stage in waiting and one.touched_at <= now - FLOW_WAITS)
        return [one for one in silent if one.screen_until is None or one.screen_until <= now]

    def forget_over(self) -> None:
        """Drop what ended more than five minutes ago."""
        for conversation in self:
            if self._is_forgotten(conversation):
                self.drop(conversation)

    def clear(self) -> None:
        """Forget everybody: another process goes on from the rows."""
        self._current.clear()
        self._aside.clear()
        self._shown.clear()
        self.watched.clear()
        self.looked_at.clear()

    def _is_forgotten(self, conversation: Conversation) -> bool:
        return conversation.stage is Stage.OVER and self._clock.now() - conversation.touched_at > LATE_ANSWERS
