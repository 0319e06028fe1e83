"""Our webhook at Pluggy stands as long as this process answers people: looked after at the start, and every few hours."""

from __future__ import annotations

import asyncio
import logging

from gerente_financeiro.context import BotContext
from open_finance.errors import PluggyError
from open_finance.webhook import PATH
from open_finance.webhook_registration import Wanted, register

logger = logging.getLogger(__name__)

CHECK_SECONDS = 4 * 3600.0
RETRY_SECONDS = 300.0
NOT_INCLUDED = "Pluggy refuses webhooks to this application (403; not in its plan?): banks are read on schedule only"


async def keep_registered(bot: BotContext) -> None:
    """Nothing to do without a public address. Without a webhook everything goes on by the scheduled reads."""
    if bot.settings.public_url is None:
        return
    wanted = Wanted(f"{bot.settings.public_url}{PATH}", bot.settings.pluggy_webhook_secret)
    told: str | None = None
    while True:
        trouble = await _register(bot, wanted)
        if trouble is not None and trouble != told:
            logger.warning(trouble)
        told = trouble
        is_passing = trouble is not None and trouble != NOT_INCLUDED
        await asyncio.sleep((RETRY_SECONDS if is_passing else CHECK_SECONDS) * bot.poll_scale)


async def _register(bot: BotContext, wanted: Wanted) -> str | None:
    """What stood in the way, None when it stands."""
    try:
        done = await bot.run(register, bot.core.client.for_person(), wanted)
    except PluggyError as error:
        if error.status_code == 403:
            return NOT_INCLUDED
        return f"the webhook could not be registered ({type(error).__name__}, {error}); trying again"
    if done:
        logger.info("Pluggy tells us what happens: %s", ", ".join(type(one).__name__.lower() for one in done))
    return None
