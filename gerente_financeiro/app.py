"""The bot put together: handlers on an application, and the application's life from the first request to the last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, cast

from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ChatType, ParseMode
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    AIORateLimiter,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    Defaults,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import BaseRequest

from gerente_financeiro import (
    admin_handler,
    alerts_handler,
    allowance_handler,
    budget_handler,
    card_handler,
    credit_handler,
    demo_handler,
    export_handler,
    family_group,
    family_handler,
    forecast_handler,
    idle_handler,
    inbox_jobs,
    investment_handler,
    jobs,
    likely_transfers,
    notification_screens,
    notifier,
    open_finance_handler,
    privacy_handler,
    prompts,
    question_handler,
    rules_handler,
    spending_handler,
    split_handler,
    start_handler,
    subscription_handler,
    wealth_handler,
)
from gerente_financeiro.config import BotSettings
from gerente_financeiro.connect import conversation
from gerente_financeiro.context import KEY, BotApplication, BotContext, Context, bot_context
from gerente_financeiro.core import Core
from gerente_financeiro.error_handler import log_error, on_error
from gerente_financeiro.gate import Gate
from gerente_financeiro.hook_registration import keep_registered
from gerente_financeiro.keyboards import parse
from gerente_financeiro.messages.errors import PRIVATE_ONLY
from gerente_financeiro.messages.start import ADMIN_MENU, GROUP_MENU, MENU
from gerente_financeiro.poller_lease import PollerLease
from gerente_financeiro.processor import PersonByPerson, PersonLocks
from gerente_financeiro.resume import resume
from gerente_financeiro.screens import acknowledge, expired, user_id
from gerente_financeiro.updates import read_updates
from gerente_financeiro.watching import watch_updates
from open_finance.clock import SAO_PAULO
from open_finance.errors import ConfigurationError, DatabaseUnavailableError

logger = logging.getLogger(__name__)

Handler = Callable[[Update, Context], Awaitable[None]]

COMMANDS = {
    **start_handler.COMMANDS,
    **open_finance_handler.COMMANDS,
    **card_handler.COMMANDS,
    **conversation.COMMANDS,
    **demo_handler.COMMANDS,
    **privacy_handler.COMMANDS,
    **alerts_handler.COMMANDS,
    **budget_handler.COMMANDS,
    **spending_handler.COMMANDS,
    **rules_handler.COMMANDS,
    **subscription_handler.COMMANDS,
    **forecast_handler.COMMANDS,
    **allowance_handler.COMMANDS,
    **wealth_handler.COMMANDS,
    **investment_handler.COMMANDS,
    **credit_handler.COMMANDS,
    **family_handler.COMMANDS,
    **split_handler.COMMANDS,
    **export_handler.COMMANDS,
}
#: For whoever runs the bot; to anybody else they are words like any other.
ADMIN_COMMANDS = admin_handler.COMMANDS
#: What is answered in a group, and looks itself whether it is the family's.
GROUP_COMMANDS = family_group.COMMANDS
CALLBACKS = {
    **start_handler.CALLBACKS,
    **open_finance_handler.CALLBACKS,
    **card_handler.CALLBACKS,
    **conversation.CALLBACKS,
    **demo_handler.CALLBACKS,
    **privacy_handler.CALLBACKS,
    **notification_screens.CALLBACKS,
    **alerts_handler.CALLBACKS,
    **budget_handler.CALLBACKS,
    **spending_handler.CALLBACKS,
    **likely_transfers.CALLBACKS,
    **subscription_handler.CALLBACKS,
    **forecast_handler.CALLBACKS,
    **allowance_handler.CALLBACKS,
    **wealth_handler.CALLBACKS,
    **investment_handler.CALLBACKS,
    **credit_handler.CALLBACKS,
    **idle_handler.CALLBACKS,
    **admin_handler.CALLBACKS,
    **family_handler.CALLBACKS,
    **split_handler.CALLBACKS,
    **export_handler.CALLBACKS,
    **question_handler.CALLBACKS,
}
GROUP_CALLBACKS = family_group.CALLBACKS

NEW_PRIVATE = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
RETRY_SECONDS = 5.0
#: What an update in hand begins at a stop may take this long: a request is on its way, or an answer to it.
FINISH_SECONDS = 5.0


def build_application(
    core: Core, settings: BotSettings, *, poll_scale: float = 1.0, request: BaseRequest | None = None
) -> BotApplication:
    """The application with every handler, ready to run. Nothing is sent.

    ``poll_scale`` stretches the waits between polls and ticks; tests shorten them. ``request`` carries what is said to
    Telegram; the library's own does unless another is given.
    """
    locks = PersonLocks()
    watch = watch_updates(core.observers, core.clock, {*COMMANDS, *ADMIN_COMMANDS}, CALLBACKS)
    builder = (
        ApplicationBuilder()
        .token(settings.telegram_bot_token)
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .rate_limiter(AIORateLimiter(max_retries=3))
        .concurrent_updates(PersonByPerson(locks, scale=poll_scale, watch=watch))
        .defaults(
            Defaults(
                parse_mode=ParseMode.HTML,
                tzinfo=SAO_PAULO,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
    )
    if request is not None:
        builder = builder.request(request).get_updates_request(request)
    application = cast("BotApplication", builder.build())
    application.bot_data[KEY] = BotContext(application, core, settings, locks, poll_scale=poll_scale)
    _add_handlers(application, settings)
    return application


def _add_handlers(application: BotApplication, settings: BotSettings) -> None:
    application.add_handler(TypeHandler(Update, idle_handler.note_seen), group=-3)
    family_group.watch_groups(application)
    application.add_handler(TypeHandler(Update, notifier.welcome_back), group=-1)
    application.add_handler(Gate(settings))  # before every other
    for name, handler in COMMANDS.items():
        application.add_handler(
            CommandHandler(name, _below(handler, calls_off=name not in {"cancelar", "demo"}), NEW_PRIVATE)
        )
    admins = NEW_PRIVATE & filters.User(settings.admin_user_ids)
    for name, handler in ADMIN_COMMANDS.items():
        application.add_handler(CommandHandler(name, _below(handler, calls_off=True), admins))
    in_groups = filters.UpdateType.MESSAGE & filters.ChatType.GROUPS
    for name, handler in GROUP_COMMANDS.items():
        application.add_handler(CommandHandler(name, _in_group(handler), in_groups))
    private = [name for name in COMMANDS if name not in GROUP_COMMANDS]
    application.add_handler(CommandHandler(private, _private_only, in_groups))
    application.add_handler(CallbackQueryHandler(_on_button))
    application.add_handler(MessageHandler(NEW_PRIVATE & filters.TEXT, conversation.on_text))
    application.add_handler(MessageHandler(NEW_PRIVATE & ~filters.StatusUpdate.ALL, conversation.on_other))
    edited = filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE
    application.add_handler(MessageHandler(edited, conversation.on_edited))
    application.add_error_handler(on_error)


def _below(command: Handler, *, calls_off: bool) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    """What a command says stands below a conversation that is under way: that one's end must not be an edit further up.
    ``calls_off``: who asks for something else is not asked for a name or an amount any more."""

    async def answer(update: Update, context: Context) -> None:
        bot, person = bot_context(context), user_id(update)
        bot.conversations.bury(person)
        if calls_off:
            await prompts.call_off(bot, person)
        await command(update, context)

    return answer


def _in_group(command: Handler) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    """A command of the family's: what is under way in private stays as it is."""

    async def answer(update: Update, context: Context) -> None:
        await command(update, context)

    return answer


async def _private_only(update: Update, context: Context) -> None:
    if update.effective_chat is not None:
        await context.bot.send_message(update.effective_chat.id, PRIVATE_ONLY)


async def _on_button(update: Update, context: Context) -> None:
    """The one router of buttons: by verb. A verb that no handler has is an old button, or a forged one. In a group there are
    only the family's; any other is nobody's there."""
    query = update.callback_query
    if query is None or query.message is None:
        return
    in_private = query.message.chat.type == ChatType.PRIVATE
    handler = (CALLBACKS if in_private else GROUP_CALLBACKS).get(parse(query.data)[0])
    if handler is None and not in_private:
        await acknowledge(query)
    elif handler is None:
        await expired(update, "ajuda")
    else:
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

    At the end nothing is half-written: updates in hand are finished, requests that were sent store their answers, and only
    then may another process begin. Raises ConfigurationError when Telegram refuses the token, at the start or later.
    """
    bot: BotContext = application.bot_data[KEY]
    lease = PollerLease(bot.core.database, bot.clock, scale=bot.poll_scale)
    try:
        async with _listening(bot):
            await _until(stopped, _introduce(application))
            while not stopped.is_set():
                await _until(stopped, lease.wait())
                if not stopped.is_set():
                    await _take_a_turn(application, lease, stopped)
    except InvalidToken:
        raise ConfigurationError(
            "O Telegram recusou TELEGRAM_BOT_TOKEN: confira o token com o @BotFather (veja .env.example).",
            variable="TELEGRAM_BOT_TOKEN",
        ) from None
    finally:
        await asyncio.to_thread(bot.close)
        await lease.release()
        await application.shutdown()
        await asyncio.to_thread(bot.core.close)


def _listening(bot: BotContext) -> contextlib.AbstractAsyncContextManager[None]:
    """The HTTP server, where there is a port; where there is none, its libraries stay unloaded."""
    if bot.settings.port is None:
        return contextlib.nullcontext()
    from gerente_financeiro.web import listening

    return listening(bot)


async def _take_a_turn(application: BotApplication, lease: PollerLease, stopped: asyncio.Event) -> None:
    """Answer people until the lease is lost, or ``stopped`` is set. A database that goes away at the start is waited for."""
    try:
        async with _on_duty(application, stopped):
            await _until(stopped, lease.keep(), read_updates(application.bot_data[KEY]))
    except DatabaseUnavailableError as error:
        log_error(error)
        await _until(stopped, lease.pause())


@contextlib.asynccontextmanager
async def _on_duty(application: BotApplication, stopped: asyncio.Event) -> AsyncIterator[None]:
    """Answering people: begun from the rows, ended with memory empty, so that another process can go on."""
    bot, updater = application.bot_data[KEY], application.updater
    await application.start()
    try:
        await resume(bot)
        jobs.schedule(bot)
        bot.create_task(jobs.check_keys(bot), name="check keys")
        bot.create_task(inbox_jobs.work_off(bot), name="inbox")
        bot.create_task(notifier.keep_telling(bot), name="notifier")
        bot.create_task(keep_registered(bot), name="webhook")
        bot.create_task(_set_menu(bot), name="menu")
        yield
    finally:
        if stopped.is_set():
            bot.core.synchronizer.stop(wait=False)
        if updater is not None and updater.running:
            with contextlib.suppress(InvalidToken):  # what ended the polling is raised here once more
                await updater.stop()
        await bot.cancel_tasks()
        await notifier.finish_sending(bot)
        await _finish_updates(application)
        bot.conversations.clear()
        bot.vault.clear()
        logger.info("the bot has stopped answering")


async def _finish_updates(application: BotApplication) -> None:
    """Wait for updates in hand and, for a while, for what they begin: the library would also wait for who follows a bank,
    which has no end of its own. The rows know how it goes on."""
    bot, stopping = application.bot_data[KEY], asyncio.ensure_future(_stop(application))
    while not stopping.done():
        await asyncio.wait({stopping}, timeout=FINISH_SECONDS * bot.poll_scale)
        await bot.cancel_tasks()
    await stopping


async def _stop(application: BotApplication) -> None:
    """First the ticks: the library waits for those under way and lets others begin meanwhile, which outlive the turn."""
    queue = application.job_queue
    assert queue is not None
    queue.scheduler.pause()
    await queue.stop(wait=True)
    await application.stop()


async def _introduce(application: BotApplication) -> None:
    """The first request to Telegram, repeated until it is answered: at a deploy the network may come late."""
    bot: BotContext = application.bot_data[KEY]
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            raise
        except TelegramError as error:
            logger.warning("Telegram could not be reached: %s; trying again", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS * bot.poll_scale)
        else:
            return


async def _set_menu(bot: BotContext) -> None:
    """The command menus of private chats and of groups, in Portuguese, and in English for whose Telegram is."""
    try:
        for scope, menu in ((BotCommandScopeAllPrivateChats(), MENU), (BotCommandScopeAllGroupChats(), GROUP_MENU)):
            portuguese = [BotCommand(name, text) for name, text, _ in menu]
            english = [BotCommand(name, text) for name, _, text in menu]
            await bot.telegram.set_my_commands(portuguese, scope)
            await bot.telegram.set_my_commands(portuguese, scope, language_code="pt")
            await bot.telegram.set_my_commands(english, scope, language_code="en")
    except TelegramError as error:
        logger.warning("the command menu could not be set: %s", type(error).__name__)
    for_admins = [BotCommand(name, text) for name, text, _ in (*MENU, *ADMIN_MENU)]
    for admin in sorted(bot.settings.admin_user_ids):
        try:
            await bot.telegram.set_my_commands(for_admins, BotCommandScopeChat(admin))
        except TelegramError as error:  # who has never written to the bot has no chat with it
            logger.info("a menu of whoever runs this could not be set: %s", type(error).__name__)


async def _until(stopped: asyncio.Event, *works: Coroutine[Any, Any, Any]) -> None:
    """Do all this at once, until one of it ends or ``stopped`` is set; the rest is cancelled. An error is raised here."""
    tasks = [asyncio.ensure_future(work) for work in (*works, stopped.wait())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
