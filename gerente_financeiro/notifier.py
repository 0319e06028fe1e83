"""The sender of the outbox: who has something to be told is told, one person in one task, within Telegram's limits.

Telegram takes about thirty messages a second from a bot, and one a second in a chat; we stay below, so that answers to
people find room. A notification is marked once Telegram has taken it: a process that dies between the two says it again,
once, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from telegram import Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from gerente_financeiro.connect.state import Stage
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.notification_screens import Parcel, parcels
from gerente_financeiro.screens import looks
from open_finance.errors import DatabaseUnavailableError

TICK_SECONDS = 5.0
#: A message a second in a chat, and twenty a second in all.
CHAT_SECONDS = 1.05
PACE_SECONDS = 0.05
#: How often a message whose answer was lost is sent again before it counts as sent: nobody wants to hear it for ever.
LOST_ANSWERS = 3
RETRY_SECONDS = 5.0
AT_ONCE = 20
STOP_SECONDS = 10.0
CHATS_REMEMBERED = 10_000
#: In the midst of these a person is about to answer something, or waits for a bank's end, which says itself what is new; it
#: takes a quarter of an hour at most.
_BUSY = frozenset({Stage.CHOOSING, Stage.ADOPTING, Stage.ASKING, Stage.FILLING, Stage.WORKING})
_NO_CONNECTION = frozenset({"ConnectTimeout", "PoolTimeout"})


@dataclass(slots=True)
class Pace:
    """When the next message may leave, in the loop's seconds. ``scale`` stretches the waits; tests shorten them. ``few``:
    how many people are told at once."""

    scale: float = 1.0
    has_begun: bool = False
    few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _next: float = 0.0
    _chats: OrderedDict[int, float] = field(default_factory=OrderedDict)

    async def take_turn(self, chat_id: int) -> None:
        """Wait until a message to this chat may leave."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        begins = max(now, self._next, self._chats.get(chat_id, 0.0))
        self._next = max(now, self._next) + PACE_SECONDS * self.scale
        self._chats[chat_id] = begins + CHAT_SECONDS * self.scale
        self._chats.move_to_end(chat_id)
        while len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        await asyncio.sleep(max(begins - now, 0.0))


async def welcome_back(update: Update, context: Context) -> None:
    """Who writes or taps in private has the bot blocked no more."""
    bot, person, chat = bot_context(context), update.effective_user, update.effective_chat
    speaks = chat is not None and chat.type == ChatType.PRIVATE and update.my_chat_member is None
    if speaks and person is not None and person.id in bot.blocked:
        bot.blocked.discard(person.id)
        await bot.run(bot.core.notifications.note_unblocked, person.id)


async def keep_telling(bot: BotContext) -> None:
    """Tell whoever is to be told something, until cancelled: at once when a pass of this process has found something, and at
    every tick, since another process may have."""
    pace = Pace(bot.poll_scale)
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS * bot.poll_scale):  # wait_for would swallow a cancellation
                await bot.notify.wait()
        bot.notify.clear()
        try:
            await _tell_all(bot, pace)
        except DatabaseUnavailableError as error:  # the next tick asks again
            log_error(error)


async def _tell_all(bot: BotContext, pace: Pace) -> None:
    if not pace.has_begun:
        bot.blocked |= await bot.run(bot.core.notifications.list_blocked)
        pace.has_begun = True
    for person in await bot.run(bot.core.notifications.list_waiting):
        if person not in bot.telling and not is_busy(bot, person):
            bot.telling.add(person)
            bot.create_task(_tell(bot, person, pace), name="tell")


async def _tell(bot: BotContext, person: int, pace: Pace) -> None:
    with _in_hand(bot, person):
        async with pace.few:  # what is taken in hand leaves soon: another process may take what is held for long
            await _tell_in_turn(bot, person, pace)


async def _tell_in_turn(bot: BotContext, person: int, pace: Pace) -> None:
    bundle = await bot.run(bot.core.notifications.take, person)
    if not bot.settings.allows(person):
        await bot.run(bot.core.notifications.settle, person, bundle.ids, "quiet")
        return
    waiting = await bot.run(parcels, bot.core, bundle)
    for number, parcel in enumerate(waiting):
        if parcel.screen is None:
            await bot.run(bot.core.notifications.settle, person, parcel.ids, "gone")
            continue
        await pace.take_turn(person)
        if not await bot.run(bot.core.notifications.hold, bundle, parcel.ids):
            return  # waited too long: another sender may have it, and what it has not is due again soon
        if not await _deliver(bot, person, parcel):
            left = [one for later in waiting[number + 1 :] for one in later.ids]
            await bot.run(bot.core.notifications.postpone, person, left, RETRY_SECONDS * bot.poll_scale)
            return


@contextlib.contextmanager
def _in_hand(bot: BotContext, person: int) -> Iterator[None]:
    try:
        yield
    finally:
        bot.telling.discard(person)


async def _deliver(bot: BotContext, person: int, parcel: Parcel) -> bool:
    """Send one message and mark what it told. False when the person cannot be reached now."""
    bot.conversations.bury(person)
    # What has left is marked, also when the bot is asked to stop meanwhile: only a death says it twice.
    sending = asyncio.ensure_future(_send_and_mark(bot, person, parcel))
    bot.sending[person] = sending
    sending.add_done_callback(lambda _: bot.sending.pop(person, None))
    return await asyncio.shield(sending)


async def finish_sending(bot: BotContext) -> None:
    """At a stop: wait for what Telegram is being told."""
    if bot.sending:
        await asyncio.wait(bot.sending.values(), timeout=STOP_SECONDS)


async def _send_and_mark(bot: BotContext, person: int, parcel: Parcel) -> bool:
    service, screen = bot.core.notifications, parcel.screen
    assert screen is not None
    try:
        message = await bot.telegram.send_message(person, screen.text, **looks(screen))
    except Forbidden as error:
        log_error(error)
        bot.blocked.add(person)
        await bot.run(service.note_blocked, person)
        await bot.run(service.settle, person, parcel.ids, "blocked")
        return False
    except BadRequest as error:
        log_error(error)
        await bot.run(service.settle, person, parcel.ids, "refused")
        return True
    except TelegramError as error:
        return await _not_taken(bot, person, parcel, error)
    await _mark(bot, person, parcel, message.message_id)
    return True


async def _mark(bot: BotContext, person: int, parcel: Parcel, message_id: int) -> None:
    await bot.run(bot.core.notifications.mark_sent, person, parcel.ids, message_id, parcel.patterns)
    for number in parcel.ids:
        bot.unheard.pop(number, None)


async def _not_taken(bot: BotContext, person: int, parcel: Parcel, error: TelegramError) -> bool:
    """Telegram is away or wants a pause: later. Where only its answer was lost it may have taken the message; it is sent
    again all the same, a few times at most."""
    if not isinstance(error, NetworkError | RetryAfter):
        raise error
    log_error(error)
    lost = isinstance(error, TimedOut) and type(error.__cause__).__name__ not in _NO_CONNECTION
    if lost:
        bot.unheard.update(parcel.ids)
        if min(bot.unheard[number] for number in parcel.ids) >= LOST_ANSWERS:
            await _mark(bot, person, parcel, 0)
            return True
    seconds = RETRY_SECONDS * 2 ** min(parcel.attempts, 6) * bot.poll_scale
    if isinstance(error, RetryAfter):
        seconds = max(seconds, _seconds_of(error))
    await bot.run(bot.core.notifications.postpone, person, parcel.ids, seconds)
    return False


def _seconds_of(error: RetryAfter) -> float:
    pause = error.retry_after
    return float(pause) if isinstance(pause, int | float) else pause.total_seconds()


def is_busy(bot: BotContext, person: int) -> bool:
    """Whether a person is about to answer something: what can wait, waits."""
    conversation = bot.conversations.active(person)
    return conversation is not None and conversation.stage in _BUSY
