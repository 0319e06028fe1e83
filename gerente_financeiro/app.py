"""The bot put together: handlers on an application, and the application's life from the first request to the last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime, timedelta
from typing import Any, cast

from telegram import BotCommand, BotCommandScopeAllPrivateChats, LinkPreviewOptions, Update
from telegram.constants import ChatType, ParseMode
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError
from telegram.ext import (
    AIORateLimiter,
    ApplicationBuilder,
    ApplicationHandlerStop,
    CallbackQueryHandler,
    CommandHandler,
    Defaults,
    MessageHandler,
    TypeHandler,
    filters,
)

from gerente_financeiro import connect_conversation, jobs, open_finance_handler, start_handler
from gerente_financeiro.config import BotSettings
from gerente_financeiro.context import KEY, BotApplication, BotContext, Context, bot_context
from gerente_financeiro.core import Core
from gerente_financeiro.error_handler import on_error
from gerente_financeiro.keyboards import parse
from gerente_financeiro.messages import errors as words
from gerente_financeiro.messages.start import MENU
from gerente_financeiro.poller_lease import PollerLease
from gerente_financeiro.processor import PersonByPerson, PersonLocks
from gerente_financeiro.screens import expired
from open_finance.clock import SAO_PAULO
from open_finance.errors import ConfigurationError

logger = logging.getLogger(__name__)

COMMANDS = {**start_handler.COMMANDS, **open_finance_handler.COMMANDS, **connect_conversation.COMMANDS}
CALLBACKS = {**start_handler.CALLBACKS, **open_finance_handler.CALLBACKS, **connect_conversation.CALLBACKS}

NEW_PRIVATE = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
TOLD_AGAIN_AFTER = timedelta(days=1)
STRANGERS_REMEMBERED = 10_000
RETRY_SECONDS = 5.0


def build_application(core: Core, settings: BotSettings, *, poll_scale: float = 1.0) -> BotApplication:
    """The application with every handler, ready to run. Nothing is sent.

    ``poll_scale`` stretches the waits between polls and ticks; tests shorten them.
    """
    locks = PersonLocks()
    builder = (
        ApplicationBuilder()
        .token(settings.telegram_bot_token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .rate_limiter(AIORateLimiter(max_retries=3))
        .concurrent_updates(PersonByPerson(locks))
        .defaults(
            Defaults(
                parse_mode=ParseMode.HTML,
                tzinfo=SAO_PAULO,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
    )
    application = cast("BotApplication", builder.build())
    application.bot_data[KEY] = BotContext(application, core, settings, locks, poll_scale=poll_scale)
    _add_handlers(application, settings)
    return application


def _add_handlers(application: BotApplication, settings: BotSettings) -> None:
    application.add_handler(TypeHandler(Update, Gate(settings)), group=-1)
    for name, handler in COMMANDS.items():
        application.add_handler(CommandHandler(name, handler, NEW_PRIVATE))
    in_groups = filters.UpdateType.MESSAGE & filters.ChatType.GROUPS
    application.add_handler(CommandHandler(list(COMMANDS), _private_only, in_groups))
    application.add_handler(CallbackQueryHandler(_on_button))
    application.add_handler(MessageHandler(NEW_PRIVATE & filters.TEXT, connect_conversation.on_text))
    application.add_handler(MessageHandler(NEW_PRIVATE & ~filters.StatusUpdate.ALL, connect_conversation.on_other))
    edited = filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE
    application.add_handler(MessageHandler(edited, connect_conversation.on_edited))
    application.add_error_handler(on_error)


class Gate:
    """Lets through who may use the bot. A stranger is told the own id, once a day, and nothing else."""

    def __init__(self, settings: BotSettings) -> None:
        self._settings = settings
        self._told: OrderedDict[int, datetime] = OrderedDict()

    async def __call__(self, update: Update, context: Context) -> None:
        user = update.effective_user
        if user is not None and self._settings.allows(user.id):
            return
        is_private = update.effective_chat is not None and update.effective_chat.type == ChatType.PRIVATE
        if user is not None and update.message is not None and is_private and self._is_news(context, user.id):
            logger.info("a stranger was refused")
            await context.bot.send_message(user.id, words.stranger(user.id))
        raise ApplicationHandlerStop

    def _is_news(self, context: Context, user_id: int) -> bool:
        now = bot_context(context).clock.now()
        if now - self._told.get(user_id, now - TOLD_AGAIN_AFTER) < TOLD_AGAIN_AFTER:
            return False
        self._told[user_id] = now
        self._told.move_to_end(user_id)
        if len(self._told) > STRANGERS_REMEMBERED:
            self._told.popitem(last=False)
        return True


async def _private_only(update: Update, context: Context) -> None:
    if update.effective_chat is not None:
        await context.bot.send_message(update.effective_chat.id, words.PRIVATE_ONLY)


async def _on_button(update: Update, context: Context) -> None:
    """The one router of buttons: by verb. A verb that no handler has is an old button, or a forged one."""
    query = update.callback_query
    if query is None or query.message is None or query.message.chat.type != ChatType.PRIVATE:
        return
    handler = CALLBACKS.get(parse(query.data)[0])
    if handler is None:
        await expired(update, "ajuda")
        return
    await handler(update, context)


# --- the application's life ----------------------------------------------------------------------------------------


def run(application: BotApplication) -> None:
    """Run until SIGINT or SIGTERM. Raises ConfigurationError when Telegram refuses the token."""
    asyncio.run(_run_until_signalled(application))


async def _run_until_signalled(application: BotApplication) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await serve(application, stopped)


async def serve(application: BotApplication, stopped: asyncio.Event) -> None:
    """Serve people whenever this process is the one that may, until ``stopped`` is set; then end cleanly.

    At the end nothing is half-written: updates in hand are finished, requests that were sent store their answers.
    """
    bot: BotContext = application.bot_data[KEY]
    lease = PollerLease(bot)
    await _unless(stopped, _introduce(application))
    try:
        while not stopped.is_set():
            await _unless(stopped, lease.wait())
            if not stopped.is_set():
                async with _on_duty(application, bot, stopped):
                    await _unless(stopped, lease.keep())
    finally:
        bot.core.synchronizer.stop(wait=False)
        await lease.release()
        await application.shutdown()
        await asyncio.to_thread(_close, bot)


@contextlib.asynccontextmanager
async def _on_duty(application: BotApplication, bot: BotContext, stopped: asyncio.Event) -> AsyncIterator[None]:
    """Answering people: begun from the rows, ended with memory empty, so that another process can go on."""
    updater = application.updater
    assert updater is not None
    await application.start()
    try:
        await jobs.resume(bot)
        jobs.schedule(bot)
        bot.create_task(jobs.check_keys(bot), name="check keys")
        bot.create_task(_set_menu(bot), name="menu")
        await _unless(stopped, updater.start_polling(bootstrap_retries=-1, allowed_updates=UPDATES))
        logger.info("the bot is answering")
        yield
    finally:
        if stopped.is_set():
            bot.core.synchronizer.stop(wait=False)
        if updater.running:
            await updater.stop()
        await bot.cancel_tasks()
        await application.stop()
        await bot.cancel_tasks()
        bot.conversations.clear()
        bot.vault.clear()
        logger.info("the bot has stopped answering")


async def _introduce(application: BotApplication) -> None:
    """The first request to Telegram, repeated until it can be reached: at a deploy the network may come late."""
    bot: BotContext = application.bot_data[KEY]
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            raise ConfigurationError(
                "O Telegram recusou TELEGRAM_BOT_TOKEN: confira o token com o @BotFather (veja .env.example).",
                variable="TELEGRAM_BOT_TOKEN",
            ) from None
        except BadRequest:
            raise
        except NetworkError as error:
            logger.warning("Telegram could not be reached: %s; trying again", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS * bot.poll_scale)
        else:
            return


async def _set_menu(bot: BotContext) -> None:
    """The command menu of private chats, in Portuguese, and in English for whose Telegram is."""
    scope = BotCommandScopeAllPrivateChats()
    portuguese = [BotCommand(name, text) for name, text, _ in MENU]
    english = [BotCommand(name, text) for name, _, text in MENU]
    try:
        await bot.telegram.set_my_commands(portuguese, scope)
        await bot.telegram.set_my_commands(portuguese, scope, language_code="pt")
        await bot.telegram.set_my_commands(english, scope, language_code="en")
    except TelegramError as error:
        logger.warning("the command menu could not be set: %s", type(error).__name__)


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, Any]) -> None:
    """Do this, but no longer than until ``stopped`` is set."""
    task = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for one in (task, stop):
            one.cancel()
        await asyncio.gather(task, stop, return_exceptions=True)


def _close(bot: BotContext) -> None:
    bot.close()
    bot.core.close()
