"""The second room of /conectar_banco: the fields of the door, one by one, each a secret until proven otherwise."""

from __future__ import annotations

from telegram import Message, Update

from gerente_financeiro import connect_progress
from gerente_financeiro import connect_screens as screens
from gerente_financeiro.connect_state import Conversation, Stage
from gerente_financeiro.connect_view import delete_typed, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import parse, to_id
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages.format import bank_text
from gerente_financeiro.screens import acknowledge, expired, user_id
from open_finance.errors import InvalidCredentialError
from open_finance.records import CredentialField, Door

COMMAND = "conectar_banco"
SKIPPED = "—"
UNSUPPORTED_TYPES = frozenset({"image", "hcaptcha", "ethaddress"})


async def begin(bot: BotContext, conversation: Conversation, door: Door, *, fresh: bool = False) -> None:
    """Write the intent and ask for the first field; a door without fields goes straight to the request."""
    conversation.door, conversation.connector_id = door, door["connector_id"]
    conversation.fields = sorted((f for f in door["fields"] if _can_be_asked(f)), key=lambda f: f["mfa"])
    conversation.intent_id = await bot.run(
        bot.core.connector.open_intent,
        conversation.user_id,
        door["connector_id"],
        conversation.bank_name,
        conversation.message_id,
    )
    conversation.stage = Stage.FILLING
    await _next(bot, conversation, fresh=fresh)


async def receive(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """A text while a field is being asked for: deleted first, then looked at."""
    text = message.text or ""
    is_repeated = bot.vault.recognises(conversation.user_id, text)
    await delete_typed(bot, message)
    if _was_forgotten(bot, conversation):
        await start_over(bot, conversation)
        return
    field, last = conversation.next_field, conversation.last_answered
    bot.conversations.touch(conversation)
    if field is None:
        return
    if is_repeated and last is not None and words.is_secret(last):
        await show(bot, conversation, screens.field(conversation, words.TYPED_TWICE))
        return
    await _answer(bot, conversation, field, text)


async def refuse_media(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """A photo, a voice, a file while a field is being asked for: it may show a password, so it goes, too."""
    await delete_typed(bot, message)
    await show(bot, conversation, screens.field(conversation, words.NOT_TEXT))


async def _option(update: Update, context: Context) -> None:
    """``cn_opt:<field>:<option>``: a choice of a ``select`` field."""
    bot, conversation, field, ids = await _pressed(update, context)
    if conversation is None or field is None or len(ids) < 2 or ids[1] >= len(field["options"]):
        return
    option = field["options"][ids[1]]
    bot.vault.put(conversation.user_id, field["name"], option["value"])
    conversation.shown[field["name"]] = bank_text(option["label"])
    await _next(bot, conversation)


async def _skip(update: Update, context: Context) -> None:
    """``cn_skip:<field>``: an optional field is left out."""
    bot, conversation, field, _ = await _pressed(update, context)
    if conversation is not None and field is not None and field["optional"]:
        conversation.shown[field["name"]] = SKIPPED
        await _next(bot, conversation)


async def _pressed(
    update: Update, context: Context
) -> tuple[BotContext, Conversation | None, CredentialField | None, list[int]]:
    """The conversation and the field whose button was pressed, if that is the field being asked for."""
    bot, query = bot_context(context), update.callback_query
    conversation = bot.conversations.active(user_id(update))
    message_id = query.message.message_id if query is not None and query.message is not None else None
    if query is None or conversation is None or conversation.message_id != message_id:
        await expired(update, COMMAND)
        return bot, None, None, []
    await acknowledge(query)
    try:
        ids = [to_id(part) for part in parse(query.data)[1]]
    except ValueError:
        ids = []
    field = conversation.next_field if conversation.stage is Stage.FILLING else None
    if field is None or not ids or conversation.fields.index(field) != ids[0]:
        return bot, None, None, []
    if _was_forgotten(bot, conversation):
        await start_over(bot, conversation)
        return bot, None, None, []
    bot.conversations.touch(conversation)
    return bot, conversation, field, ids


async def _answer(bot: BotContext, conversation: Conversation, field: CredentialField, text: str) -> None:
    bot.vault.remember(conversation.user_id, text)
    try:
        value = await bot.run(bot.core.connector.check_value, field, text)
    except InvalidCredentialError as error:
        await show(bot, conversation, screens.field(conversation, bank_text(error.user_message, 300)))
        return
    bot.vault.put(conversation.user_id, field["name"], value)
    conversation.shown[field["name"]] = words.mask(field, value)
    await _next(bot, conversation)


async def _next(bot: BotContext, conversation: Conversation, *, fresh: bool = False) -> None:
    if conversation.next_field is not None:
        await show(bot, conversation, screens.field(conversation), fresh=fresh)
        return
    await connect_progress.submit(bot, conversation, fresh=fresh)


def _was_forgotten(bot: BotContext, conversation: Conversation) -> bool:
    """Whether the five minutes of an answer that was given are over."""
    given = {name for name, shown in conversation.shown.items() if shown != SKIPPED}
    return not given <= bot.vault.names(conversation.user_id)


async def start_over(bot: BotContext, conversation: Conversation) -> None:
    bot.vault.drop_values(conversation.user_id)
    conversation.shown.clear()
    bot.conversations.touch(conversation)
    await show(bot, conversation, screens.field(conversation, words.FORGOTTEN))


def _can_be_asked(field: CredentialField) -> bool:
    """An optional field of a kind this chat cannot take is left out; a required one never comes this far."""
    return not (field["optional"] and field["type"] in UNSUPPORTED_TYPES)


CALLBACKS = {"cn_opt": _option, "cn_skip": _skip}
