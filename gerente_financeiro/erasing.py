"""Carrying out a person's wish that everything be erased, and telling them: what is done, what is being tried, the end.

The rows know how far it came. A task carries it on, this process's or, after a restart, the tick's; Telegram being away
holds up nothing but the telling.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Iterator

from telegram.error import BadRequest, Forbidden, TelegramError

from gerente_financeiro.context import BotContext
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.messages import privacy as words
from gerente_financeiro.screens import Place, Screen, looks
from open_finance.personal_data import Erasure, ErasureDone

logger = logging.getLogger(__name__)

#: How often to see whether a request that had left before the wish was answered.
REQUEST_SECONDS = 5.0


async def begin(bot: BotContext, person: int) -> None:
    """The person wants it: the wish is committed before anything is said, and nothing of theirs stays in memory."""
    await bot.run(bot.core.personal_data.request_erasure, person)
    forget(bot, person)
    logger.info("a person has everything erased")
    try:
        message = await bot.telegram.send_message(person, words.BEGINNING, **looks(Screen(words.BEGINNING)))
    except TelegramError as error:
        log_error(error)  # the tick tells the end in a new message
    else:
        await bot.run(bot.core.personal_data.request_erasure, person, message.message_id)
    bot.create_task(carry_on(bot, person, is_new=True), name="erase")


async def carry_on_all(bot: BotContext) -> None:
    """The tick's: every erasure that is open or untold and that no task of this process has in hand."""
    for erasure in await bot.run(bot.core.personal_data.list_erasures):
        if erasure.user_id not in bot.erasing:
            bot.create_task(carry_on(bot, erasure.user_id), name="erase")


async def carry_on(bot: BotContext, person: int, *, is_new: bool = False) -> None:
    """As far as it goes now. ``is_new``: what could not be done is said; otherwise only what has changed is."""
    if person in bot.erasing:
        return
    bot.erasing.add(person)
    try:
        erasure = await _work(bot, person, is_new=is_new)
        while erasure is not None and erasure.awaits_request:
            await asyncio.sleep(REQUEST_SECONDS * bot.poll_scale)
            erasure = await _work(bot, person, is_new=False)
        if erasure is not None and erasure.finished_at is not None:
            await _tell_end(bot, person, in_place=is_new)
    finally:
        bot.erasing.discard(person)


def forget(bot: BotContext, person: int) -> None:
    """Nothing of the person stays in this process's memory."""
    bot.conversations.forget(person)
    bot.vault.forget(person)
    bot.application.drop_user_data(person)


async def _work(bot: BotContext, person: int, *, is_new: bool) -> Erasure | None:
    """Do what can be done now, showing each part. Where it stands then; None when there is no such wish any more."""
    personal_data = bot.core.personal_data
    begun = erasure = await bot.run(personal_data.find_erasure, person)
    steps = personal_data.iter_erasure(person)
    while (step := await bot.run(_next, steps)) is not None:
        if step.finished_at is None and (is_new or (erasure is not None and step.banks != erasure.banks)):
            await _show(bot, step, words.under_way(step))
        erasure = step
    if erasure is not None and erasure.finished_at is None and (is_new or erasure != begun):
        await _show(bot, erasure, words.unconfirmed(erasure))
    return erasure


def _next(steps: Iterator[Erasure]) -> Erasure | None:
    return next(steps, None)


async def _show(bot: BotContext, erasure: Erasure, text: str) -> None:
    """A step that cannot be shown holds up nothing."""
    if erasure.message_id is not None:
        try:
            await Place(bot.telegram, erasure.user_id, erasure.message_id).show(Screen(text))
        except TelegramError as error:
            log_error(error)


# --- the end ---------------------------------------------------------------------------------------------------------


async def _tell_end(bot: BotContext, person: int, *, in_place: bool) -> None:
    """First forget whose it was, then tell: who reads that everything is erased may take it at its word. ``in_place``: the
    person is looking at the progress; later the end must be seen, and is a new message.

    Where Telegram does not take it now, or the process ends, the address is kept for the next try.
    """
    async with bot.locks.turn(person):
        forget(bot, person)
        closing = asyncio.ensure_future(bot.run(bot.core.personal_data.close_erasure, person))
        try:
            done = await asyncio.shield(closing)
            if done is not None:
                await _say_it(bot, done, in_place=in_place)
        except (asyncio.CancelledError, TelegramError):
            if (untold := await closing) is not None:
                await _surely(bot.run(bot.core.personal_data.reopen_erasure, untold))
            raise


async def _surely(work: Awaitable[None]) -> None:
    """To its end, though the process stops meanwhile: a call that waits for a thread would be dropped with its task."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _say_it(bot: BotContext, done: ErasureDone, *, in_place: bool) -> None:
    """Edit the message that showed the progress, or send a new one in its place. Raises TelegramError when another try may
    help."""
    screen = Screen(words.erased(done, bot.clock.now()))
    try:
        if done.message_id is not None and in_place:
            await Place(bot.telegram, done.user_id, done.message_id).edit_or_send(screen)
            return
        await bot.telegram.send_message(done.user_id, screen.text, **looks(screen))
        if done.message_id is not None:
            with contextlib.suppress(TelegramError):  # told already; the old progress is only untidy
                await bot.telegram.delete_message(done.user_id, done.message_id)
    except (BadRequest, Forbidden) as error:
        log_error(error)  # they blocked the bot, or are gone: nobody is left to tell
