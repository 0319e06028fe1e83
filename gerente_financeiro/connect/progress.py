"""The fourth room of /conectar_banco: the request, and the polls until the bank is connected or refuses.

The rows know where a flow stands. A task here polls and shows; when the process dies, ``resume`` starts another one
from the rows. A task never holds the person's turn while it waits for Pluggy, only while it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from telegram.error import BadRequest, NetworkError, RetryAfter

from gerente_financeiro.connect.ends import withdrawn
from gerente_financeiro.connect.outcome import first_screen, has_ended, note_told, present, refuse
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import drop_pictures, show
from gerente_financeiro.context import BotContext
from gerente_financeiro.messages import reconnect as back_words
from gerente_financeiro.messages import start as start_words
from gerente_financeiro.messages.trouble import need_of
from gerente_financeiro.screens import Screen
from open_finance.connect_flow import poll_delay
from open_finance.connecting.bank_errors import bank_error
from open_finance.errors import ConnectionNotFoundError, DatabaseUnavailableError, OpenFinanceError, PluggyError
from open_finance.records import Cancelled, Connection

logger = logging.getLogger(__name__)


# --- the request ---------------------------------------------------------------------------------------------------


async def submit(bot: BotContext, conversation: Conversation, *, fresh: bool = False) -> None:
    """Everything was answered: show that it goes on, and send the request in the background."""
    values = bot.vault.take(conversation.user_id)
    conversation.stage = Stage.WORKING
    conversation.began_at = conversation.started_at = bot.clock.now()
    logger.debug(
        "intent %s: everything was answered; asking for connector %s", conversation.intent_id, conversation.connector_id
    )
    bot.create_task(_connect(bot, conversation, values), name="connect")
    await show_now(bot, conversation, first_screen(conversation, conversation.started_at), fresh=fresh)


async def show_now(bot: BotContext, conversation: Conversation, screen: Screen, *, fresh: bool = False) -> None:
    """Show what is being done, or leave it when Telegram cannot be reached: what comes of it will be shown."""
    try:
        await show(bot, conversation, screen, fresh=fresh)
    except (NetworkError, RetryAfter) as error:
        logger.warning("a step of a connection could not be shown: %s", type(error).__name__)


async def _connect(bot: BotContext, conversation: Conversation, values: dict[str, str]) -> None:
    """Ask once, and follow what comes of it. A flow cancelled meanwhile is undone."""
    outcome: Connection | OpenFinanceError
    try:
        well = await _list_well(bot, conversation)
        outcome = connection = await _request(bot, conversation, values)
    except OpenFinanceError as error:
        outcome = error
    else:
        conversation.connection_id = connection["id"]
        conversation.stood = connection["settled_at"] is not None
        if conversation.purpose == "adopt":
            conversation.connector_id, conversation.bank_name = connection["connector_id"], connection["connector_name"]
        if connection["id"] in well:
            outcome = bank_error("ALREADY_CONNECTED", conversation.bank_name, connection_id=connection["id"])
    if await tell(bot, conversation, outcome):
        await follow(bot, conversation)
    elif conversation.cancelled:
        await withdraw(bot, conversation)


async def _list_well(bot: BotContext, conversation: Conversation) -> frozenset[int]:
    """The connections that stand and need nobody: a request for a new one that is answered with one of these changed
    nothing."""
    if conversation.purpose == "reconnect":
        return frozenset()
    connections, now = await bot.run(bot.core.connector.list_connections, conversation.user_id), bot.clock.now()
    return frozenset(each["id"] for each in connections if each["settled_at"] and need_of(each, now) is None)


async def _request(bot: BotContext, conversation: Conversation, values: dict[str, str]) -> Connection:
    """The one request of this flow."""
    person, connector = conversation.user_id, bot.core.connector
    if conversation.purpose == "adopt":
        return await bot.run(
            connector.adopt_connection, person, conversation.item_id, message_id=conversation.message_id
        )
    if conversation.purpose == "reconnect":
        return await bot.run(
            connector.reconnect,
            person,
            conversation.connection_id or 0,
            values,
            intent_id=conversation.intent_id,
            message_id=conversation.message_id,
        )
    return await bot.run(
        connector.start_connection,
        user_id=person,
        connector_id=conversation.connector_id or 0,
        credentials=values,
        intent_id=conversation.intent_id,
        message_id=conversation.message_id,
        replaces_id=conversation.replaces_id,
    )


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
        conversation.unanswered = isinstance(error, PluggyError)
        return bot.conversations.is_current(conversation)
    except OpenFinanceError as error:
        outcome = error
    conversation.unanswered = False
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
                    await refuse(bot, conversation, outcome)
                    return False
                return await present(bot, conversation, outcome)
        except BadRequest:
            raise
        except (NetworkError, RetryAfter):
            is_end = isinstance(outcome, OpenFinanceError) or has_ended(conversation, outcome, bot.clock.now())
            if not is_end:
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


# --- stopping ------------------------------------------------------------------------------------------------------


async def stop(bot: BotContext, conversation: Conversation, *, fresh: bool = False) -> None:
    """The person cancels while the bank works: said at once, undone at Pluggy in the background.

    A connection that stood before is left as it is; a request still under way is undone when its answer comes.
    """
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.drop(conversation)
    conversation.cancelled = True
    await drop_pictures(bot, conversation)
    is_standing = conversation.stood or conversation.purpose == "reconnect"
    text = back_words.given_up(conversation.bank_name) if is_standing else start_words.CANCELLING
    await show(bot, conversation, Screen(text), fresh=fresh)
    if conversation.connection_id is not None:
        bot.create_task(withdraw(bot, conversation), name="withdraw")


async def withdraw(bot: BotContext, conversation: Conversation) -> None:
    """Undo what a cancelled flow made, and say what came of it; what stood before is no longer followed."""
    outcome: Cancelled = "deleted"
    standing = None
    if conversation.connection_id is not None:
        person, number = conversation.user_id, conversation.connection_id
        with contextlib.suppress(ConnectionNotFoundError):
            outcome = await bot.run(bot.core.connector.cancel_connection, person, number)
        if outcome == "left":
            connections = await bot.run(bot.core.connector.list_connections, person)
            standing = next((one for one in connections if one["id"] == number), None)
    await show(bot, conversation, withdrawn(conversation, outcome, standing))
    await note_told(bot, conversation)
