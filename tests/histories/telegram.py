"""Telegram in memory, and the bot's own sender before it: what it takes and refuses, and which of its answers are lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from telegram.error import NetworkError, RetryAfter, TimedOut

from gerente_financeiro import notifier
from gerente_financeiro.config import BotSettings
from gerente_financeiro.context import BotContext
from gerente_financeiro.core import Core
from gerente_financeiro.notification_screens import Parcel, parcels
from gerente_financeiro.processor import PersonLocks
from open_finance.category_advice import CategoryAdvice
from open_finance.config import Settings
from open_finance.notifications import Notifications
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.simulator.crash import Crash, Steps
from tests.simulator.timeline import Timeline

SETTINGS = BotSettings(telegram_bot_token="1:token", allowed_user_ids=None)
#: Telegram's answer is lost to a message that it did not take so often in a row: the third time the sender gives up.
UNHEARD = 2


class ReadTimeout(Exception):  # noqa: N818 - the library's name
    """What the HTTP library says when the answer does not come."""


class ConnectTimeout(Exception):  # noqa: N818
    """What the HTTP library says when nothing was sent."""


@dataclass(eq=False)
class Message:
    """Telegram took it. ``ids``: the notifications that it tells. ``cut``: what came between that and our mark: ``killed``,
    or ``answer lost``."""

    number: int
    ids: tuple[int, ...]
    cut: str | None = None
    is_marked: bool = False


class Telegram:
    """``messages``: what it took, in order. ``is_well``: it takes everything. ``between``: what happens meanwhile, before a
    message is taken."""

    def __init__(self, random: Random, steps: Steps, timeline: Timeline) -> None:
        self._random, self._steps, self.timeline = random, steps, timeline
        self.messages: list[Message] = []
        self.is_well = False
        self.between: Callable[[], Awaitable[None]] = _nothing
        self._unheard = 0

    async def take(self, ids: tuple[int, ...]) -> Message:
        """A message arrives, or does not. Raises what the bot's library does."""
        self._steps.step("before a message")
        await self.between()
        trouble = None if self.is_well else self._trouble()
        if trouble is not None:
            self.timeline.note(f"Telegram: {trouble}")
        if trouble == "flood":
            raise RetryAfter(self._random.choice((1, 30, 600)))
        if trouble == "away":
            raise NetworkError("Bad Gateway")
        if trouble == "no connection":
            raise _caused(TimedOut(), ConnectTimeout())
        if trouble == "not taken, no answer":
            self._unheard += 1
            raise _caused(TimedOut(), ReadTimeout())
        self._unheard = 0
        message = Message(len(self.messages) + 1, ids)
        self.messages.append(message)
        self.timeline.note("message", f"{message.number} tells {ids}")
        if trouble == "taken, no answer":
            message.cut = "answer lost"
            raise _caused(TimedOut(), ReadTimeout())
        self._steps.step("after a message")
        return message

    def _trouble(self) -> str | None:
        if self._random.random() >= 0.3:
            return None
        kinds = ["flood", "away", "no connection", "taken, no answer"]
        return self._random.choice(kinds if self._unheard == UNHEARD else [*kinds, "not taken, no answer"])


async def _nothing() -> None:
    """Nobody comes in between."""


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


class Sender(BotContext):
    """The bot's own context, in one thread and without an application: the notifier works in it as it does in the bot."""

    def __init__(self, database: Database, clock: ManualClock, telegram: Telegram, pace: notifier.Pace) -> None:
        notifications = Notifications(database, clock)
        advice = CategoryAdvice(database, clock, settings=Settings())
        core = cast("Core", SimpleNamespace(notifications=notifications, category_advice=advice, clock=clock))
        application: Any = SimpleNamespace(bot=self, running=True, create_task=self._begin)
        super().__init__(application, core, SETTINGS, PersonLocks())
        self._server, self._pace = telegram, pace
        self._parcels: Sequence[Parcel] = ()
        self._sent: list[Message] = []

    async def tell(self) -> None:
        """One look at the outbox, to the end of what it begins. ``Crash``: the process is no more."""
        try:
            await notifier._tell_all(self, self._pace)
            await asyncio.gather(*self._tasks)
        except Crash:
            for message in self._sent:
                if not message.is_marked and message.cut is None:
                    message.cut = "killed"
                    self._server.timeline.note("cut: killed", str(message.number))
            raise

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if function is parcels:
            self._parcels = result
        elif function == self.core.notifications.mark_sent:
            for message in self._sent:
                message.is_marked |= message.number == args[2]
        return result

    async def send_message(self, _person: int, text: str, **_looks: Any) -> Any:
        """The Bot API's method, as the notifier calls it."""
        parcel = next(one for one in self._parcels if one.screen is not None and one.screen.text is text)
        message = await self._server.take(parcel.ids)
        self._sent.append(message)
        return SimpleNamespace(message_id=message.number)

    @staticmethod
    def _begin(coroutine: Coroutine[Any, Any, Any], **_: object) -> asyncio.Task[Any]:
        return asyncio.get_running_loop().create_task(coroutine)


class SlowPace(notifier.Pace):
    """``on_turn`` is what happens while a message waits for its turn."""

    def __init__(self, on_turn: Callable[[], Awaitable[None]]) -> None:
        super().__init__(scale=0.0)
        self._on_turn = on_turn

    async def take_turn(self, chat_id: int) -> None:
        await super().take_turn(chat_id)
        await self._on_turn()
