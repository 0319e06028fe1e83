"""Which conversation, and which connection, a pressed button belongs to.

Every look-up is made for who pressed: a button of another message, of a flow that is over or of somebody else's connection
says that it expired, and changes nothing.
"""

from __future__ import annotations

from telegram import Update

from gerente_financeiro.bank_names import named
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import give_way
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import to_id
from gerente_financeiro.messages import connect as words
from gerente_financeiro.screens import acknowledge, expired, pressed_id, pressed_ids, user_id
from open_finance.records import Connection

COMMAND = "conectar_banco"


def pressed_numbers(update: Update) -> list[int]:
    """All the ids that the pressed button carries; none when one of them can be no id of ours."""
    try:
        return [to_id(part) for part in pressed_ids(update)]
    except ValueError:
        return []


def begin(bot: BotContext, person: int, message_id: int | None = None) -> Conversation:
    """A new conversation of the person's."""
    return bot.conversations.put(Conversation(person, Stage.CHOOSING, bot.clock.now(), message_id=message_id))


# --- a choice ------------------------------------------------------------------------------------------------------


async def pressed(update: Update, context: Context, stage: Stage) -> Conversation | None:
    """The conversation whose message carries the pressed button, in this stage.

    Without any conversation (a restart) the button's own message begins one. A second tap on a button that was already
    obeyed does nothing.
    """
    bot, query, person = bot_context(context), update.callback_query, user_id(update)
    if query is None or query.message is None:
        return None
    conversation = bot.conversations.find(person)
    if conversation is None:
        conversation = begin(bot, person, query.message.message_id)
        conversation.stage = stage
    elif conversation.stage is Stage.OVER or conversation.message_id != query.message.message_id:
        await expired(update, COMMAND)
        return None
    await acknowledge(query)
    if conversation.stage is not stage:
        return None
    bot.conversations.touch(conversation)
    return conversation


async def chosen(update: Update, context: Context, stage: Stage) -> tuple[Conversation | None, int]:
    """As ``pressed``, with the number that the button carries; one without is no button of ours."""
    number = pressed_id(update)
    if number is None:
        await expired(update, COMMAND)
        return None, 0
    return await pressed(update, context, stage), number


async def give_consent(bot: BotContext, conversation: Conversation) -> None:
    """The person agreed to the text that the message shows."""
    await bot.run(bot.core.connector.give_consent, conversation.user_id, words.CONSENT_VERSION, words.CONSENT_TEXT)


async def make_room(update: Update, context: Context) -> bool:
    """Acknowledge a button that begins a flow. False, and the person is told, while another one is under way.

    A flow that asks for nothing yet (a choice, an interrupted one) makes room. A second tap on a button that was already
    obeyed does nothing.
    """
    bot, person, query = bot_context(context), user_id(update), update.callback_query
    if query is None or query.message is None:
        return False
    busy = bot.conversations.active(person)
    if busy is not None and busy.stage in {Stage.FILLING, Stage.WORKING, Stage.ADOPTING}:
        is_this = busy.message_id == query.message.message_id
        await acknowledge(query, None if is_this else words.in_the_middle(busy.bank_name))
        return False
    await acknowledge(query)
    if busy is not None and busy.message_id != query.message.message_id:
        await give_way(bot, busy)
    return True


# --- a connection --------------------------------------------------------------------------------------------------


async def asked(update: Update, context: Context, answer: str | None = None) -> Conversation | None:
    """The conversation about the connection of the pressed button; after a restart it is made anew from the row."""
    connection = await under_way(update, context)
    return None if connection is None else await talk_about(update, context, connection, answer)


async def talk_about(
    update: Update, context: Context, connection: Connection, answer: str | None = None
) -> Conversation | None:
    """As ``asked``, once the connection is known."""
    bot, query = bot_context(context), update.callback_query
    if query is None or query.message is None:
        return None
    conversation = bot.conversations.active(connection["user_id"])
    if conversation is None:
        conversation = bot.conversations.take_up(connection["id"])
        conversation = conversation or of_connection(connection, Stage.WORKING, bot, query.message.message_id)
        bot.conversations.put(conversation)
    elif conversation.connection_id != connection["id"]:
        await expired(update, COMMAND)
        return None
    await acknowledge(query, answer)
    return conversation


async def find_pressed(update: Update, context: Context) -> Connection | None:
    """The connection of the pressed button, if it is this person's."""
    bot, numbers = bot_context(context), pressed_numbers(update)
    connections = await bot.run(bot.core.connector.list_connections, user_id(update))
    return next((one for one in connections if [one["id"]] == numbers[:1]), None)


async def find_standing(update: Update, context: Context) -> Connection | None:
    """As ``find_pressed``, under its own name, if it has stood and is not on its way out."""
    found = await find_pressed(update, context)
    if found is None or found["disconnecting"] or found["settled_at"] is None:
        return None
    return await named(bot_context(context), found)


async def under_way(update: Update, context: Context) -> Connection | None:
    """The connection of the pressed button, if it is this person's and something may still come of it."""
    bot, connection = bot_context(context), await find_pressed(update, context)
    if connection is None or not _is_open(bot, connection):
        await expired(update, COMMAND)
        return None
    return connection


def _is_open(bot: BotContext, connection: Connection) -> bool:
    """A first connection, a question, or the way back that its person is on or that waits for others."""
    conversation = bot.conversations.active(connection["user_id"])
    is_followed = conversation is not None and conversation.connection_id == connection["id"]
    is_asking = connection["settled_at"] is None or connection["action"] is not None
    is_known = is_asking or is_followed or bot.conversations.is_aside(connection["id"])
    return is_known and not connection["disconnecting"]


def of_connection(connection: Connection, stage: Stage, bot: BotContext, message_id: int | None) -> Conversation:
    """A conversation made from a row: memory had none."""
    action, now = connection["action"], bot.clock.now()
    is_adopted = connection["adopted"] and connection["settled_at"] is None
    return Conversation(
        connection["user_id"],
        stage,
        now,
        purpose="adopt" if is_adopted else "connect",
        message_id=message_id,
        bank_name=connection["connector_name"],
        connector_id=connection["connector_id"],
        connection_id=connection["id"],
        started_at=now,
        action=action,
        action_seen_at=now,
        asked_link=action is not None and action["type"] == "authorize",
        stood=connection["settled_at"] is not None,
    )
