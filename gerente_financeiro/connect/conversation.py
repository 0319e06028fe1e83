"""/conectar_banco: the rooms put together, and the one router of everything a person types that is no command.

There is no ``ConversationHandler``: what a text means is read from the conversation, which mirrors the rows. A second truth
inside the library would be lost at a restart, and would let a password typed twice fall to a general handler.
"""

from __future__ import annotations

import re

from telegram import Message, Update

from gerente_financeiro import prompts, question_handler, reconnect_handler
from gerente_financeiro.connect import adopt, answers, choosing, doors, ends, fields, link, progress, screens
from gerente_financeiro.connect.buttons import COMMAND, asked, begin, of_connection, pressed_numbers, under_way
from gerente_financeiro.connect.choosing import conectar_banco
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import close, delete_typed, say, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.messages import errors
from gerente_financeiro.messages import start as start_words
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, acknowledge, expired, user_id
from open_finance.connecting.credentials import has_check_digits, read_item_id

_CPF = re.compile(r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", re.ASCII)
#: A flow goes on with a tap: no text is awaited, or the name of a bank only.
_ON_BUTTONS = frozenset({Stage.ASKING, Stage.CHOOSING})

# --- what a person types -------------------------------------------------------------------------------------------


async def on_text(update: Update, context: Context) -> None:
    """Every text that is no command of ours: first whoever waits for it, then whoever must not lose it, then small talk."""
    bot, message = bot_context(context), update.effective_message
    if message is None or message.text is None:
        return
    person = user_id(update)
    conversation = bot.conversations.find(person)
    stage = conversation.stage if conversation else None
    if conversation is not None and await _receive_in_flow(bot, conversation, message):
        return
    if await _swallow_secret(bot, conversation, message):
        return
    if stage in {None, Stage.OVER, Stage.CHOOSING} and read_item_id(message.text):
        await adopt.receive(bot, bot.conversations.active(person) or begin(bot, person), message)
    elif conversation is not None and stage is Stage.CHOOSING:
        await choosing.search(bot, conversation, message.text)
    elif not await prompts.receive(bot, message):
        await _talk(update, context, stage)


async def _receive_in_flow(bot: BotContext, conversation: Conversation, message: Message) -> bool:
    """Whether the text is the flow's: an answer, or what may be one that came too early or too late."""
    match conversation.stage:
        case Stage.FILLING:
            await fields.receive(bot, conversation, message)
        case Stage.SCREEN:
            await _refuse_beside_page(bot, conversation, message)
        case Stage.WORKING:
            await _receive_while_working(bot, conversation, message)
        case Stage.ADOPTING:
            await adopt.receive(bot, conversation, message)
        case Stage.LOST:
            await delete_typed(bot, message)
            await _say_once(bot, conversation, screens.text_after_restart(conversation))
        case _:
            return False
    return True


async def _refuse_beside_page(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """What is typed, sent or edited while a page is offered may be what belongs there."""
    await delete_typed(bot, message)
    await _say_once(bot, conversation, Screen(words.DELETED_TAP_A_BUTTON))


async def _swallow_secret(bot: BotContext, conversation: Conversation | None, message: Message) -> bool:
    """Whether the text was a secret that nobody asked for: it is deleted, and that is said."""
    text, person = message.text or "", message.chat.id
    if conversation is not None and conversation.stage in _ON_BUTTONS and _is_secret(bot, person, text):
        await delete_typed(bot, message)
        await _say_once(bot, conversation, Screen(words.DELETED_TAP_A_BUTTON))
        return True
    late = _late_secret(bot, conversation, person, text) or (Screen(words.STRAY_CPF) if _is_cpf(text) else None)
    if late is None:
        return False
    await delete_typed(bot, message)
    await say(bot, person, late)
    return True


async def _talk(update: Update, context: Context, stage: Stage | None) -> None:
    """What nobody waits for: a question, as a rule. Where a tap is awaited, that is said."""
    message = update.effective_message
    assert message is not None
    if stage is not Stage.ASKING and not (message.text or "").startswith("/"):
        await question_handler.answer_text(update, context)
        return
    text = words.TAP_A_BUTTON if stage is Stage.ASKING else start_words.UNKNOWN_COMMAND
    await say(bot_context(context), message.chat.id, text)


async def _say_once(bot: BotContext, conversation: Conversation, screen: Screen) -> None:
    """What is deleted for the second time is deleted without a word."""
    if not conversation.was_told:
        conversation.was_told = True
        await say(bot, conversation.user_id, screen)


def _is_secret(bot: BotContext, person: int, text: str) -> bool:
    """Whether a text is what was typed for a bank a moment ago, or a CPF."""
    return bot.vault.recognises(person, text) or _is_cpf(text)


def _is_cpf(text: str) -> bool:
    return _CPF.fullmatch(text.strip()) is not None and has_check_digits("cpf", text.strip())


async def _receive_while_working(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """The bank's question goes first; without one, whoever else asked this person for a text."""
    is_near = answers.is_near_a_secret(bot, conversation)
    if answers.is_asked(conversation) or not await prompts.receive(bot, message, near_a_secret=is_near):
        await answers.receive(bot, conversation, message)


async def on_other(update: Update, context: Context) -> None:
    """A photo, a voice, a sticker: never an answer, but perhaps a picture of a secret."""
    bot, message = bot_context(context), update.effective_message
    if message is None:
        return
    conversation = bot.conversations.active(user_id(update))
    if conversation is not None and conversation.stage is Stage.FILLING:
        await fields.refuse_media(bot, conversation, message)
    elif conversation is not None and conversation.stage is Stage.SCREEN:
        await _refuse_beside_page(bot, conversation, message)
    else:
        await say(bot, message.chat.id, errors.TEXT_ONLY)


async def on_edited(update: Update, context: Context) -> None:
    """An edited message is never an answer. One that may hold a secret goes."""
    bot, message, person = bot_context(context), update.effective_message, user_id(update)
    conversation = bot.conversations.find(person)
    in_flow = conversation is not None and (
        conversation.stage in {Stage.FILLING, Stage.SCREEN, Stage.LOST}
        or (conversation.stage is Stage.WORKING and answers.is_near_a_secret(bot, conversation))
    )
    if message is not None and (in_flow or bot.vault.is_recent(person)):
        await delete_typed(bot, message)


def _late_secret(bot: BotContext, conversation: Conversation | None, person: int, text: str) -> Screen | None:
    """What to say to a secret that came after its flow; None when the text is no such thing."""
    ended = conversation if conversation is not None and conversation.stage is Stage.OVER else None
    if ended is not None and ended.asked_code and text.strip().isdigit() and len(text.strip()) in range(4, 9):
        return screens.late_code(ended)
    if bot.vault.recognises(person, text):
        return Screen(progress_words.late_secret())
    if ended is not None and ended.failed and bot.vault.is_recent(person) and len(text.split()) == 1:
        return Screen(progress_words.late_secret())
    return None


# --- stopping ------------------------------------------------------------------------------------------------------


async def cancel(bot: BotContext, person: int, *, fresh: bool = False) -> bool:
    """Stop what the person is in the middle of, at any step; False when there is nothing."""
    conversation = bot.conversations.active(person)
    if conversation is None:
        return False
    if conversation.stage is Stage.WORKING:
        await progress.stop(bot, conversation, fresh=fresh)
    else:
        await close(bot, conversation, ends.cancelled(conversation), fresh=fresh)
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
    bot, connection = bot_context(context), await under_way(update, context)
    if connection is None or update.callback_query is None or update.callback_query.message is None:
        return
    await acknowledge(update.callback_query)
    conversation = bot.conversations.active(connection["user_id"])
    if conversation is None or conversation.connection_id != connection["id"]:
        message_id = update.callback_query.message.message_id
        aside = bot.conversations.take_up(connection["id"])
        conversation = aside or of_connection(connection, Stage.WORKING, bot, message_id)
    await progress.stop(bot, conversation)


# --- what a bank asks ----------------------------------------------------------------------------------------------


async def _pick(update: Update, context: Context) -> None:
    """``cn_pick:<connection>:<option>``: a choice the bank asked for."""
    bot, conversation = bot_context(context), await asked(update, context)
    number = pressed_numbers(update)[1:]
    action = conversation.action if conversation else None
    if conversation is None or action is None or conversation.answering or not number:
        return
    if number[0] < len(action["options"]):
        await answers.send_answer(bot, conversation, action["options"][number[0]]["value"])


async def _no_code(update: Update, context: Context) -> None:
    """``cn_nocode:<connection>``: where codes come from, and what to do when one does not."""
    await asked(update, context, progress_words.NO_CODE_HELP)


COMMANDS = {COMMAND: unless_erasing(conectar_banco)}

CALLBACKS = {
    **choosing.CALLBACKS,
    **doors.CALLBACKS,
    **adopt.CALLBACKS,
    **fields.CALLBACKS,
    **link.CALLBACKS,
    **reconnect_handler.CALLBACKS,
    "conectar": unless_erasing(conectar_banco),
    "cn_stop": _stop,
    "cn_drop": _drop,
    "cn_pick": _pick,
    "cn_nocode": _no_code,
}
