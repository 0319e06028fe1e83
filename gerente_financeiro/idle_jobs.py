"""The tick that looks at who is not here any more: warns them by the outbox, and ends the access when its day has come."""

from __future__ import annotations

from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.error_handler import log_error


async def look_after_idle(context: Context) -> None:
    """Some people a tick, one after another: nobody waits for this, and the ends wait for Pluggy."""
    bot = bot_context(context)
    for person in await bot.run(bot.core.idle_people.list_due):
        try:
            if await bot.run(bot.core.idle_people.take_step, person):
                bot.wake_notifier()
        except Exception as error:  # noqa: BLE001 - one person never stops the others; it is logged, and tried in an hour
            log_error(error)


async def clean(context: Context) -> None:
    """Forget what only operation needs and nobody needs any more."""
    bot = bot_context(context)
    await bot.run(bot.core.retention.clean_hourly)
