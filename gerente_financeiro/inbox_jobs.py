"""What Pluggy told is worked off by the process that answers people, whoever has stored it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

from gerente_financeiro import bank_watch, jobs
from gerente_financeiro.context import BotContext
from gerente_financeiro.error_handler import log_error
from open_finance.errors import DatabaseUnavailableError
from open_finance.events import ConnectionGone, ConnectionNeedsPerson, ConnectionSynced, SyncEvent
from open_finance.inbox import Look

#: Another process may have stored something.
TICK_SECONDS = 1.0
#: Without a public address only another process could have.
IDLE_TICK_SECONDS = 60.0
#: However fast it comes, it is looked at so often at most.
SHORTEST_SECONDS = 0.1


async def work_off(bot: BotContext) -> None:
    """Look again and again: soon after something came, and at every tick."""
    tick = (IDLE_TICK_SECONDS if bot.settings.public_url is None else TICK_SECONDS) * bot.poll_scale
    while True:
        bot.news.clear()
        wait = await _look(bot)
        await asyncio.sleep(SHORTEST_SECONDS * bot.poll_scale)
        if wait is None:
            await _wait_for_news(bot, tick)
        else:
            await asyncio.sleep(min(wait, tick))


async def _look(bot: BotContext) -> float | None:
    try:  # in a thread of its own: sixteen slow banks are not to hold it up
        look = await asyncio.to_thread(bot.core.inbox.look)
    except DatabaseUnavailableError as error:
        log_error(error)
        return None
    for one in look.passes:
        bot.create_task(_await_pass(bot, one), name="news")
    if look.polled:
        bot.create_task(_hurry(bot, look), name="hurry")
    if look.bank_changed:
        bot.create_task(bank_watch.tell_returned_banks(bot), name="returned banks")
    return look.wait


async def _wait_for_news(bot: BotContext, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bot.news.wait()
    except TimeoutError:
        return


async def _await_pass(bot: BotContext, one: Future[SyncEvent | None]) -> None:
    """Something to tell may have come of it. Cancelling this ends no pass, nor one that has not begun."""
    event = await asyncio.shield(asyncio.wrap_future(one))
    is_news = isinstance(event, ConnectionNeedsPerson | ConnectionGone) or (
        isinstance(event, ConnectionSynced) and event.changed
    )
    if is_news:
        bot.wake_notifier()


async def _hurry(bot: BotContext, look: Look) -> None:
    """Whoever follows these looks now; those that nobody follows are looked at once."""
    for user_id, connection_id in look.polled:
        conversation = bot.conversations.active(user_id)
        if conversation is not None and conversation.connection_id == connection_id:
            conversation.hurry.set()
    await jobs.follow_flows(bot)
