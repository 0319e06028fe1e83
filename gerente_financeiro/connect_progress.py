"""The third room of /conectar_banco: the request, and what becomes of it until the bank is connected or refuses.

The rows know where a flow stands. A task here polls and shows; when the process dies, ``resume`` starts another one
from the rows. A task never holds the person's turn while it waits for Pluggy, only while it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta

from telegram.error import BadRequest, NetworkError, RetryAfter

from gerente_financeiro import connect_screens as screens
from gerente_financeiro.connect_state import Conversation, Stage
from gerente_financeiro.connect_view import drop_picture, show, show_picture
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import connect_progress as words
from gerente_financeiro.messages import start as start_words
from gerente_financeiro.messages.errors import refused
from gerente_financeiro.messages.refresh import updated
from gerente_financeiro.screens import Screen
from open_finance.connect_flow import ANSWERABLE, RUNNING, poll_delay
from open_finance.errors import (
    BankConnectionError,
    ConnectionNotFoundError,
    CredentialsRejectedError,
    DatabaseUnavailableError,
    OpenFinanceError,
    PluggyError,
)
from open_finance.records import Connection
from open_finance.reports import build_accounts, count_new_rows, measure_connection

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=2)  # after that long the person has looked away: an edit would not be noticed


# --- the request ---------------------------------------------------------------------------------------------------


async def submit(bot: BotContext, conversation: Conversation, *, fresh: bool = False) -> None:
    """Everything was answered: show that it goes on, and send the request in the background."""
    values = bot.vault.take(conversation.user_id)
    conversation.stage = Stage.WORKING
    conversation.started_at = bot.clock.now()
    logger.debug(
        "intent %s: everything was answered; asking for connector %s", conversation.intent_id, conversation.connector_id
    )
    bot.create_task(_connect(bot, conversation, values), name="connect")
    await show_now(bot, conversation, _first_screen(conversation), fresh=fresh)


async def show_now(bot: BotContext, conversation: Conversation, screen: Screen, *, fresh: bool = False) -> None:
    """Show what is being done, or leave it when Telegram cannot be reached: what comes of it will be shown."""
    try:
        await show(bot, conversation, screen, fresh=fresh)
    except (NetworkError, RetryAfter) as error:
        logger.warning("a step of a connection could not be shown: %s", type(error).__name__)


async def _connect(bot: BotContext, conversation: Conversation, values: dict[str, str]) -> None:
    """Post once, and follow what comes of it. A flow cancelled meanwhile is undone."""
    outcome: Connection | OpenFinanceError
    try:
        connection = await bot.run(
            bot.core.connector.start_connection,
            user_id=conversation.user_id,
            connector_id=conversation.connector_id or 0,
            credentials=values,
            intent_id=conversation.intent_id,
            message_id=conversation.message_id,
        )
    except OpenFinanceError as error:
        outcome = error
    else:
        outcome = connection
        conversation.connection_id = connection["id"]
        conversation.stood = connection["settled_at"] is not None
    if await tell(bot, conversation, outcome):
        await follow(bot, conversation)
    elif conversation.cancelled:
        await withdraw(bot, conversation)


# --- following -----------------------------------------------------------------------------------------------------


async def follow(bot: BotContext, conversation: Conversation) -> None:
    """Poll and show until the flow ends, or becomes so slow that the tick takes over."""
    connection_id = conversation.connection_id
    if connection_id is None or connection_id in bot.conversations.watched:
        return
    bot.conversations.watched.add(connection_id)
    try:
        while (delay := _delay(bot, conversation)) is not None:
            await conversation.pause(delay * bot.poll_scale)
            if not await look(bot, conversation):
                return
    finally:
        bot.conversations.watched.discard(connection_id)


async def look(bot: BotContext, conversation: Conversation) -> bool:
    """Poll once and show what came of it. False: the flow is over, or no longer the person's."""
    if conversation.answering:
        return True
    outcome: Connection | OpenFinanceError
    try:
        outcome = await bot.run(
            bot.core.connector.check_connection, conversation.user_id, conversation.connection_id or 0
        )
    except (PluggyError, DatabaseUnavailableError) as error:
        logger.info("a poll got no answer: %s", type(error).__name__)
        return bot.conversations.is_current(conversation)
    except OpenFinanceError as error:
        outcome = error
    return await tell(bot, conversation, outcome)


async def tell(bot: BotContext, conversation: Conversation, outcome: Connection | OpenFinanceError) -> bool:
    """Show an outcome in the person's turn, if the flow is still theirs; True when more is to come.

    The end of a flow is told once, so it must arrive: while Telegram cannot be reached, it waits.
    """
    while True:
        try:
            async with bot.locks.turn(conversation.user_id):
                if not bot.conversations.is_current(conversation):
                    return False
                if isinstance(outcome, OpenFinanceError):
                    await _refuse(bot, conversation, outcome)
                    return False
                return await _present(bot, conversation, outcome)
        except BadRequest:
            raise
        except (NetworkError, RetryAfter):
            if not isinstance(outcome, OpenFinanceError) and not _has_ended(outcome):
                return True  # the next poll shows where it stands then
            await asyncio.sleep(bot.show_again_seconds)


def hurry(bot: BotContext, conversation: Conversation) -> None:
    """Poll now, and quickly from now on: the person did something."""
    conversation.started_at = bot.clock.now()
    bot.conversations.touch(conversation)
    conversation.hurry.set()
    if conversation.connection_id not in bot.conversations.watched:
        bot.create_task(follow(bot, conversation), name="follow")


def _delay(bot: BotContext, conversation: Conversation) -> float | None:
    started_at = conversation.started_at or bot.clock.now()
    return poll_delay((bot.clock.now() - started_at).total_seconds())


# --- showing -------------------------------------------------------------------------------------------------------


async def _present(bot: BotContext, conversation: Conversation, connection: Connection) -> bool:
    """Show where a connection stands; False when nothing more is to come of it here."""
    logger.debug("connection %d: %s, %s", connection["id"], connection["status"], connection["execution_status"])
    conversation.connection_id = connection["id"]
    is_new = await _take_action(bot, conversation, connection)
    if conversation.action is not None:
        screen = screens.asked(conversation, bot.clock.now())
        await show(bot, conversation, screen, fresh=is_new and _looked_away(bot, conversation))
        return True
    if _has_ended(connection):
        await finish(bot, conversation, connection)
        return False
    if connection["execution_status"] == "USER_AUTHORIZATION_PENDING":
        await show(bot, conversation, screens.awaiting_others(conversation))
        bot.conversations.drop(conversation)  # it may take days: the tick looks after it, the person is free
        return False
    await show(bot, conversation, _working_screen(conversation, connection))
    return True


def _has_ended(connection: Connection) -> bool:
    return connection["settled_at"] is not None and connection["status"] not in RUNNING


async def _take_action(bot: BotContext, conversation: Conversation, connection: Connection) -> bool:
    """Note what the bank asks now; True when it is a new question."""
    action = connection["action"]
    if action == conversation.action and not conversation.unseen:
        return False
    conversation.unseen = False
    await drop_picture(bot, conversation)
    conversation.action, conversation.notice = action, ""
    if action is None:
        return False
    conversation.action_seen_at = bot.clock.now()
    conversation.asked_code |= action["type"] in ANSWERABLE
    conversation.asked_link |= action["type"] == "authorize"
    if action["data"] and action["type"] in {"image", "qr"}:
        await show_picture(bot, conversation, action["data"])
    return True


def _first_screen(conversation: Conversation) -> Screen:
    door = conversation.door
    by_link = door is not None and door["kind"] != "password"
    return screens.waiting_for_link(conversation) if by_link else screens.working(conversation)


def _working_screen(conversation: Conversation, connection: Connection) -> Screen:
    """Before the link: waiting for it. Otherwise the phases."""
    if connection["is_open_finance"] and not conversation.asked_link and connection["execution_status"] in _BEFORE_LINK:
        return screens.waiting_for_link(conversation)
    return screens.working(conversation, connection["execution_status"])


_BEFORE_LINK = frozenset({"CREATING", "CREATED", "LOGIN_IN_PROGRESS", "WAITING_USER_INPUT"})


async def finish(bot: BotContext, conversation: Conversation, connection: Connection) -> None:
    """The bank is connected: its accounts, and how much came."""
    person, connection_id, now = conversation.user_id, connection["id"], bot.clock.now()
    if conversation.stood and conversation.asked_code:
        since = conversation.action_seen_at or now
        news = await bot.run(count_new_rows, bot.core.database, person, connection_id, since)
        screen = Screen(updated(connection["connector_name"], news))
    else:
        banks = await bot.run(build_accounts, bot.core.database, person, now)
        size = await bot.run(measure_connection, bot.core.database, person, connection_id)
        accounts = next((bank.accounts for bank in banks if bank.connection["id"] == connection_id), ())
        screen = screens.done(connection, accounts, size)
    await show(bot, conversation, screen, fresh=_looked_away(bot, conversation))
    await end(bot, conversation)


async def _refuse(bot: BotContext, conversation: Conversation, error: OpenFinanceError) -> None:
    """The flow ended without a connection: whose fault, and the way to begin anew."""
    logger.debug("intent %s: %s", conversation.intent_id, type(error).__name__)
    await drop_picture(bot, conversation)
    await show(bot, conversation, _refusal(conversation, error), fresh=_looked_away(bot, conversation))
    conversation.failed = True
    await end(bot, conversation)


async def end(bot: BotContext, conversation: Conversation) -> None:
    """After the last screen is shown, never before: a screen that did not arrive is shown again, after a restart too."""
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.end(conversation)
    await _note_told(bot, conversation.user_id)


async def _note_told(bot: BotContext, person: int) -> None:
    with contextlib.suppress(DatabaseUnavailableError):  # told twice is better than not at all
        await bot.run(bot.core.connector.mark_told, person)


def _refusal(conversation: Conversation, error: OpenFinanceError) -> Screen:
    code = error.code if isinstance(error, BankConnectionError) else None
    bank, again = conversation.bank_name, conversation.connector_id
    if code in {"USER_INPUT_TIMEOUT", "ITEM_MFA_EXPIRED"}:
        if conversation.asked_code:
            return screens.over(words.code_expired(bank), again, "Recomeçar", other=False)
        if conversation.asked_link:
            return screens.over(words.link_expired(bank), again, "Gerar novo link", other=False)
    if code == "INVALID_CREDENTIALS_MFA":
        return screens.over(words.code_refused(bank), again)
    if code in _NO_RETRY or isinstance(error, ConnectionNotFoundError):
        again = None
    label = "Corrigir" if isinstance(error, CredentialsRejectedError) else "Tentar de novo"
    return screens.over(f"⚠️ {refused(error)}", again, label)


_NO_RETRY = frozenset(
    {"ACCOUNT_LOCKED", "USER_NOT_SUPPORTED", "ITEM_CREATION_LIMIT_EXCEEDED", "CREATE_ITEMS_API_FREE_DISABLED"}
)


def _looked_away(bot: BotContext, conversation: Conversation) -> bool:
    """Whether an edit would not be noticed: too long ago, or too far up."""
    return conversation.is_buried or bot.clock.now() - conversation.touched_at > QUIET


# --- stopping ------------------------------------------------------------------------------------------------------


async def stop(bot: BotContext, conversation: Conversation, *, fresh: bool = False) -> None:
    """The person cancels while the bank works: said at once, undone at Pluggy in the background.

    A connection that stood before is left as it is; a request still under way is undone when its answer comes.
    """
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.drop(conversation)
    conversation.cancelled = True
    await drop_picture(bot, conversation)
    if conversation.stood:
        await show(bot, conversation, Screen(words.left_as_it_was(conversation.bank_name)), fresh=fresh)
        return
    await show(bot, conversation, Screen(start_words.CANCELLING), fresh=fresh)
    if conversation.connection_id is not None:
        bot.create_task(withdraw(bot, conversation), name="withdraw")


async def withdraw(bot: BotContext, conversation: Conversation) -> None:
    """Delete at Pluggy what a cancelled flow made, and say so."""
    confirmed = True
    if conversation.connection_id is not None and not conversation.stood:
        with contextlib.suppress(ConnectionNotFoundError):
            confirmed = await bot.run(
                bot.core.connector.delete_connection,
                conversation.user_id,
                conversation.connection_id,
                keep_history=False,
            )
    text = start_words.CANCELLED if confirmed else start_words.CANCELLED_UNCONFIRMED
    await show(bot, conversation, Screen(text))
    await _note_told(bot, conversation.user_id)
