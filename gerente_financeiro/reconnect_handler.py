"""The way back in: a connection that needs its person stands again, the same one, with its history.

``rc:<connection>`` begins it from any screen, in a message of its own; ``rcgo:<connection>`` goes on in the message that
carries the button. What is asked, sent and followed is the machinery of /conectar_banco with another purpose. Giving up
changes nothing.
"""

from __future__ import annotations

from telegram import Update

from gerente_financeiro import reconnect_screens as screens
from gerente_financeiro.connect import fields as connect_fields
from gerente_financeiro.connect import outcome
from gerente_financeiro.connect.buttons import begin, find_standing, make_room
from gerente_financeiro.connect.doors import enter
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages.trouble import need_of
from gerente_financeiro.screens import acknowledge, expired
from open_finance.errors import BankConnectionError
from open_finance.records import Connection, Door

COMMAND = "minhas_contas"
#: The door is no longer there: another one takes its place.
CLOSED = frozenset({"DOOR_CLOSED", "CONNECTOR_NOT_FOUND"})


async def _begin(update: Update, context: Context) -> None:
    """``rc:<connection>``: the screen of the button stays."""
    await _ask_about_pressed(update, context, in_place=False)


async def _go_on(update: Update, context: Context) -> None:
    """``rcgo:<connection>``: the button's own message goes on."""
    await _ask_about_pressed(update, context)


async def _continue(update: Update, context: Context) -> None:
    """``rcok:<connection>``: the person did in the bank's app what it asked for."""
    await _ask_about_pressed(update, context, acted=True)


async def _begin_anew(update: Update, context: Context) -> None:
    """``rcanew:<connection>``: the screen of the button has said why this connection cannot stand again, and stays."""
    await _ask_about_pressed(update, context, in_place=False, anew=True)


async def _ask_about_pressed(
    update: Update, context: Context, *, in_place: bool = True, acted: bool = False, anew: bool = False
) -> None:
    bot, connection = bot_context(context), await _pressed(update, context)
    if connection is None:
        return
    if anew and need_of(connection, bot.clock.now()) in screens.ANEW:
        await _take_place(bot, connection, None)
        return
    conversation = _conversation(bot, connection, _message_id(update) if in_place else None)
    if connection["trouble_code"] == "ACCOUNT_NEEDS_ACTION" and not acted:
        await show(bot, conversation, screens.needs_action(connection))
        return
    try:
        await _ask(bot, conversation, connection)
    except BankConnectionError as error:
        await _explain(bot, conversation, connection, error)


async def _replace(update: Update, context: Context) -> None:
    """``rcnew:<connection>``: a new connection takes the place of one that cannot stand again."""
    bot, connection = bot_context(context), await _pressed(update, context)
    if connection is not None:
        await _take_place(bot, connection, _message_id(update))


async def _take_place(bot: BotContext, connection: Connection, message_id: int | None) -> None:
    door = await _find_replacement(bot, connection)
    if door is None and connection["trouble_code"] == "DOOR_CLOSED":
        await show(bot, _conversation(bot, connection, message_id), screens.door_closed(connection, None))
        return
    conversation = begin(bot, connection["user_id"], message_id)
    conversation.replaces_id = connection["id"]
    bot.conversations.note_shown(connection["id"])
    await enter(bot, conversation, door["connector_id"] if door else connection["connector_id"])


async def _leave(update: Update, context: Context) -> None:
    """``rcno:<connection>``: not now. Nothing changes, after a restart either."""
    bot, query, connection = bot_context(context), update.callback_query, await find_standing(update, context)
    message_id = _message_id(update)
    if connection is None or query is None or message_id is None:
        await expired(update, COMMAND)
        return
    await acknowledge(query)
    current = bot.conversations.active(connection["user_id"])
    is_this = current is not None and current.message_id == message_id
    if current is not None and is_this:
        bot.conversations.drop(current)
    left = current if current is not None and is_this else _of(bot, connection, message_id)
    await show(bot, left, screens.given_up(connection))


# --- whose connection ----------------------------------------------------------------------------------------------


async def _pressed(update: Update, context: Context) -> Connection | None:
    """The connection of the pressed button, when its person may begin now; otherwise the person was told why not."""
    connection = await find_standing(update, context)
    if connection is None or _message_id(update) is None:
        await expired(update, COMMAND)
        return None
    if _is_on_its_way(bot_context(context), connection) and update.callback_query is not None:
        await acknowledge(update.callback_query)  # a second tap on a button that was already obeyed
        return None
    return connection if await make_room(update, context) else None


def _is_on_its_way(bot: BotContext, connection: Connection) -> bool:
    current = bot.conversations.active(connection["user_id"])
    is_back = current is not None and current.purpose == "reconnect" and current.connection_id == connection["id"]
    is_this = is_back or (current is not None and current.replaces_id == connection["id"])
    return is_this and current is not None and current.stage in {Stage.FILLING, Stage.SCREEN, Stage.WORKING}


def _message_id(update: Update) -> int | None:
    query = update.callback_query
    return query.message.message_id if query is not None and query.message is not None else None


def _conversation(bot: BotContext, connection: Connection, message_id: int | None) -> Conversation:
    return bot.conversations.put(_of(bot, connection, message_id))


def _of(bot: BotContext, connection: Connection, message_id: int | None) -> Conversation:
    return Conversation(
        connection["user_id"],
        Stage.ASKING,
        bot.clock.now(),
        purpose="reconnect",
        message_id=message_id,
        bank_name=connection["connector_name"],
        connector_id=connection["connector_id"],
        connection_id=connection["id"],
        stood=True,
    )


# --- what to ask, or why not ---------------------------------------------------------------------------------------


async def _ask(bot: BotContext, conversation: Conversation, connection: Connection) -> None:
    """The first thing that is missing. Raises BankConnectionError where asking would be in vain."""
    connector, person = bot.core.connector, conversation.user_id
    await bot.run(connector.check_attempt, person, connection["connector_id"], "reconnect")
    fields = await bot.run(connector.reconnect_fields, person, connection["id"])
    door = await bot.run(connector.get_door, connection["connector_id"])
    if door["health"] == "OFFLINE":
        await show(bot, conversation, screens.out_of_order(connection))
    else:
        await connect_fields.begin(bot, conversation, door, fields)


async def _explain(
    bot: BotContext, conversation: Conversation, connection: Connection, error: BankConnectionError
) -> None:
    """Why this connection cannot stand again as it is, and what can be done instead."""
    if error.code in CLOSED:
        screen = screens.door_closed(connection, await _find_replacement(bot, connection))
    elif error.code == "ITEM_NOT_FOUND":
        screen = screens.gone(connection)
    elif error.code == "MEU_PLUGGY_RECONNECT":
        screen = screens.by_meu_pluggy(connection)
    else:
        await outcome.refuse(bot, conversation, error)
        return
    await show(bot, conversation, screen)


async def _find_replacement(bot: BotContext, connection: Connection) -> Door | None:
    return await bot.run(bot.core.connector.find_replacement, connection["user_id"], connection["id"])


CALLBACKS = {
    "rc": _begin,
    "rcgo": _go_on,
    "rcok": _continue,
    "rcanew": _begin_anew,
    "rcnew": _replace,
    "rcno": _leave,
}
