"""The tick that brings people back: whoever is due gets one message, in their turn, and only then is it noted as sent."""

from __future__ import annotations

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from gerente_financeiro.bank_names import name_notices
from gerente_financeiro.connect.state import Stage
from gerente_financeiro.context import BotContext
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.reminder_handler import reminder_screen
from gerente_financeiro.screens import looks
from open_finance.reminders import Notice

#: The rows of a keyboard; the banks that find no room are due the next day.
BANKS_A_MESSAGE = 8
#: In the midst of these a person is about to answer something; it takes a quarter of an hour at most.
_BUSY = frozenset({Stage.CHOOSING, Stage.ADOPTING, Stage.ASKING, Stage.FILLING, Stage.SCREEN})
#: What the library's HTTP client calls it; the library itself has one name for all that takes too long.
_NO_CONNECTION = frozenset({"ConnectTimeout", "PoolTimeout"})


async def remind(bot: BotContext) -> None:
    """Send what is due, each person in a task of their own: one who cannot be told holds up nobody."""
    for reminder in await bot.run(bot.core.reminders.list_due):
        person = reminder.user_id
        if person not in bot.reminding and bot.settings.allows(person) and not _is_busy(bot, person):
            bot.reminding.add(person)
            bot.create_task(_remind(bot, person), name="remind")


async def _remind(bot: BotContext, person: int) -> None:
    try:
        async with bot.locks.turn(person):
            notices = await _due(bot, person)
            if notices and await _was_taken(bot, person, notices):
                await bot.run(bot.core.reminders.mark_sent, person, notices)
    finally:
        bot.reminding.discard(person)


async def _due(bot: BotContext, person: int) -> tuple[Notice, ...]:
    """What is due now that it is this person's turn: the bank may have come back meanwhile. What they have just read
    waits."""
    reminders = await bot.run(bot.core.reminders.list_due, person)
    due = next((each.notices for each in reminders), ())
    unseen = (each for each in due if not bot.conversations.is_in_sight(person, each.connection["id"]))
    return tuple(unseen)[:BANKS_A_MESSAGE]


async def _was_taken(bot: BotContext, person: int, notices: tuple[Notice, ...]) -> bool:
    """Whether the message is settled: sent, or never to be. While Telegram is away it is not; the next tick tries again.

    One whose answer did not come in time counts as sent: Telegram may have taken it, and once too few is better than once a
    minute."""
    bot.conversations.bury(person)
    screen = reminder_screen(await name_notices(bot, person, notices), bot.clock.now())
    try:
        await bot.telegram.send_message(person, screen.text, **looks(screen))
    except (Forbidden, BadRequest) as error:
        log_error(error)
    except (NetworkError, RetryAfter) as error:
        log_error(error)
        return isinstance(error, TimedOut) and not _never_left(error)
    return True


def _never_left(error: TimedOut) -> bool:
    """Whether time ran out before there was a connection to send on."""
    return type(error.__cause__).__name__ in _NO_CONNECTION


def _is_busy(bot: BotContext, person: int) -> bool:
    conversation = bot.conversations.active(person)
    return conversation is not None and conversation.stage in _BUSY
