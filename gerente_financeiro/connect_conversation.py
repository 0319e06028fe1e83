"""/conectar_banco: the rooms put together, and the one router of everything a person types that is no command.

There is no ``ConversationHandler``: what a text means is read from the conversation, which mirrors the rows. A second truth
inside the library would be lost at a restart, and would let a password typed twice fall to a general handler.
"""

from __future__ import annotations

from telegram import Update

from gerente_financeiro import connect_answers, connect_choosing, connect_fields, connect_progress
from gerente_financeiro.connect_choosing import conectar_banco
from gerente_financeiro.connect_state import Conversation, Stage
from gerente_financeiro.connect_view import delete_typed, say, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import parse, to_id
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.messages import errors
from gerente_financeiro.messages import start as start_words
from gerente_financeiro.screens import Screen, acknowledge, expired, user_id
from open_finance.records import Connection

COMMAND = "conectar_banco"


# --- what a person types -------------------------------------------------------------------------------------------


async def on_text(update: Update, context: Context) -> None:
    """Every text that is no command of ours: first whoever waits for it, then whoever must not lose it, then small talk."""
    bot, message = bot_context(context), update.effective_message
    if message is None or message.text is None:
        return
    person = user_id(update)
    conversation = bot.conversations.find(person)
    stage = conversation.stage if conversation else None
    if conversation is not None and stage is Stage.FILLING:
        await connect_fields.receive(bot, conversation, message)
    elif conversation is not None and stage is Stage.WORKING:
        await connect_answers.receive(bot, conversation, message)
    elif conversation is not None and stage is Stage.LOST:
        await delete_typed(bot, message)
        await say(bot, person, words.RESTARTED_TEXT)
    elif late := _late_secret(bot, conversation, person, message.text):
        await delete_typed(bot, message)
        await say(bot, person, late)
    elif conversation is not None and stage is Stage.CHOOSING:
        await connect_choosing.search(bot, conversation, message.text)
    elif stage is Stage.ASKING:
        await say(bot, person, words.TAP_A_BUTTON)
    else:
        is_command = message.text.startswith("/")
        await say(bot, person, start_words.UNKNOWN_COMMAND if is_command else start_words.unknown_text(message.text))


async def on_other(update: Update, context: Context) -> None:
    """A photo, a voice, a sticker: never an answer, but perhaps a picture of a secret."""
    bot, message = bot_context(context), update.effective_message
    if message is None:
        return
    conversation = bot.conversations.active(user_id(update))
    if conversation is not None and conversation.stage is Stage.FILLING:
        await connect_fields.refuse_media(bot, conversation, message)
    else:
        await say(bot, message.chat.id, errors.TEXT_ONLY)


async def on_edited(update: Update, context: Context) -> None:
    """An edited message is never an answer. One that may hold a secret goes."""
    bot, message, person = bot_context(context), update.effective_message, user_id(update)
    conversation = bot.conversations.find(person)
    in_flow = conversation is not None and (
        conversation.stage in {Stage.FILLING, Stage.LOST}
        or (conversation.stage is Stage.WORKING and connect_answers.is_near_a_secret(bot, conversation))
    )
    if message is not None and (in_flow or bot.vault.is_recent(person)):
        await delete_typed(bot, message)


def _late_secret(bot: BotContext, conversation: Conversation | None, person: int, text: str) -> str | None:
    """What to say to a secret that came after its flow; None when the text is no such thing."""
    ended = conversation if conversation is not None and conversation.stage is Stage.OVER else None
    if ended is not None and ended.asked_code and text.strip().isdigit() and len(text.strip()) in range(4, 9):
        return progress_words.late_code(ended.bank_name)
    if bot.vault.recognises(person, text):
        return progress_words.late_secret()
    if ended is not None and ended.failed and bot.vault.is_recent(person) and len(text.split()) == 1:
        return progress_words.late_secret()
    return None


# --- stopping ------------------------------------------------------------------------------------------------------


async def cancel(bot: BotContext, person: int, *, fresh: bool = False) -> bool:
    """Stop what the person is in the middle of, at any step; False when there is nothing."""
    conversation = bot.conversations.active(person)
    if conversation is None:
        return False
    if conversation.stage is Stage.WORKING:
        await connect_progress.stop(bot, conversation, fresh=fresh)
    else:
        await connect_choosing.close(bot, conversation, Screen(start_words.CANCELLED), fresh=fresh)
    return True


async def _stop(update: Update, context: Context) -> None:
    """``cn_stop``: the conversation of this message."""
    bot, person, query = bot_context(context), user_id(update), update.callback_query
    conversation = bot.conversations.active(person)
    if query is None or query.message is None:
        return
    if conversation is None:  # a choice that a restart forgot: nothing was sent, nothing is kept
        await acknowledge(query)
        conversation = Conversation(person, Stage.CHOOSING, bot.clock.now(), message_id=query.message.message_id)
        await show(bot, conversation, Screen(start_words.CANCELLED))
    elif conversation.message_id != query.message.message_id:
        await expired(update, COMMAND)
    else:
        await acknowledge(query)
        await cancel(bot, person)


async def _drop(update: Update, context: Context) -> None:
    """``cn_drop:<connection>``: a request that has left, whoever looks after it now."""
    bot, connection = bot_context(context), await _pressed(update, context)
    if connection is None or update.callback_query is None or update.callback_query.message is None:
        return
    await acknowledge(update.callback_query)
    conversation = bot.conversations.active(connection["user_id"])
    if conversation is None or conversation.connection_id != connection["id"]:
        conversation = of_connection(connection, Stage.WORKING, bot, update.callback_query.message.message_id)
    await connect_progress.stop(bot, conversation)


# --- what a bank asks ----------------------------------------------------------------------------------------------


async def _check(update: Update, context: Context) -> None:
    """``cn_check:<connection>``: hurries one poll; never needed."""
    bot, conversation = bot_context(context), await _asked(update, context, progress_words.NOT_YET)
    if conversation is not None:
        connect_progress.hurry(bot, conversation)


async def _pick(update: Update, context: Context) -> None:
    """``cn_pick:<connection>:<option>``: a choice the bank asked for."""
    bot, conversation = bot_context(context), await _asked(update, context)
    number = _numbers(update)[1:]
    action = conversation.action if conversation else None
    if conversation is None or action is None or conversation.answering or not number:
        return
    if number[0] < len(action["options"]):
        await connect_answers.send_answer(bot, conversation, action["options"][number[0]]["value"])


async def _no_code(update: Update, context: Context) -> None:
    """``cn_nocode:<connection>``: where codes come from, and what to do when one does not."""
    await _asked(update, context, progress_words.NO_CODE_HELP)


async def _asked(update: Update, context: Context, answer: str | None = None) -> Conversation | None:
    """The conversation about the connection of the pressed button; after a restart it is made anew from the row."""
    bot, query = bot_context(context), update.callback_query
    connection = await _pressed(update, context)
    if connection is None or query is None or query.message is None:
        return None
    conversation = bot.conversations.active(connection["user_id"])
    if conversation is None:
        conversation = of_connection(connection, Stage.WORKING, bot, query.message.message_id)
        bot.conversations.put(conversation)
    elif conversation.connection_id != connection["id"]:
        await expired(update, COMMAND)
        return None
    await acknowledge(query, answer)
    return conversation


async def _pressed(update: Update, context: Context) -> Connection | None:
    """The connection of the pressed button, if it is this person's and something is still under way."""
    bot, person, numbers = bot_context(context), user_id(update), _numbers(update)
    connections = await bot.run(bot.core.connector.list_connections, person)
    connection = next((one for one in connections if [one["id"]] == numbers[:1]), None)
    if connection is None or connection["disconnecting"] or (connection["settled_at"] and connection["action"] is None):
        await expired(update, COMMAND)
        return None
    return connection


def of_connection(connection: Connection, stage: Stage, bot: BotContext, message_id: int | None) -> Conversation:
    """A conversation made from a row: memory had none."""
    return Conversation(
        connection["user_id"],
        stage,
        bot.clock.now(),
        message_id=message_id,
        bank_name=connection["connector_name"],
        connector_id=connection["connector_id"],
        connection_id=connection["id"],
        started_at=bot.clock.now(),
        action=connection["action"],
        action_seen_at=bot.clock.now(),
        stood=connection["settled_at"] is not None,
    )


def _numbers(update: Update) -> list[int]:
    try:
        return [to_id(part) for part in parse(update.callback_query.data if update.callback_query else None)[1]]
    except ValueError:
        return []


COMMANDS = {COMMAND: conectar_banco}

CALLBACKS = {
    **connect_choosing.CALLBACKS,
    **connect_fields.CALLBACKS,
    "cn_stop": _stop,
    "cn_drop": _drop,
    "cn_check": _check,
    "cn_pick": _pick,
    "cn_nocode": _no_code,
}
