"""The third room of /conectar_banco: the fields of the door, one by one, each a secret until proven otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from telegram import Message, Update

from gerente_financeiro.connect import progress, screens
from gerente_financeiro.connect.banks import door_for_number
from gerente_financeiro.connect.buttons import COMMAND, pressed_numbers
from gerente_financeiro.connect.outcome import first_screen
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import delete_typed, drop_pictures, show, show_picture
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.messages.format import bank_text
from gerente_financeiro.screens import Screen, acknowledge, expired, user_id
from open_finance.connecting.credentials import in_asking_order
from open_finance.errors import InvalidCredentialError
from open_finance.records import CredentialField, Door

SKIPPED = "—"


async def begin(
    bot: BotContext,
    conversation: Conversation,
    door: Door,
    fields: Iterable[CredentialField] | None = None,
    *,
    fresh: bool = False,
) -> None:
    """Write the intent and ask for the first of ``fields`` (the door's, where none are given); with nothing to ask, the
    request leaves at once."""
    conversation.door, conversation.connector_id = door, door["connector_id"]
    wanted = door["fields"] if fields is None else fields
    conversation.fields = in_asking_order(filter(_can_be_asked, wanted))
    conversation.screen_url = None
    is_by_screen = bot.settings.public_url is not None and _belongs_in_a_page(conversation, door)
    if conversation.message_id is None:  # the intent names the message that a restart goes on in
        opening = screens.by_screen(conversation) if is_by_screen else _opening(bot, conversation)
        await show(bot, conversation, opening)
    is_back = conversation.purpose == "reconnect"
    conversation.intent_id = await bot.run(
        bot.core.connector.open_intent,
        conversation.user_id,
        door["connector_id"],
        conversation.bank_name,
        conversation.message_id,
        purpose=conversation.purpose,
        connection_id=conversation.connection_id if is_back else None,
        replaces_id=conversation.replaces_id,
    )
    if bot.settings.public_url is not None and conversation.fields:
        conversation.screen_url = page_address(bot.settings.public_url, conversation.intent_id)
    if is_by_screen:
        conversation.stage = Stage.SCREEN
        await show(bot, conversation, screens.by_screen(conversation), fresh=fresh)
        return
    conversation.stage = Stage.FILLING
    await _next(bot, conversation, fresh=fresh)


def page_address(public_url: str, intent_id: int) -> str:
    """Where the secure screen of an intent opens; it opens for nobody but its person."""
    return f"{public_url}/tela?p={intent_id}"


def _belongs_in_a_page(conversation: Conversation, door: Door) -> bool:
    """A password, but those of Pluggy's test banks; and what a chat cannot take."""
    if any(screens.is_unanswerable(one) and not one["optional"] for one in conversation.fields):
        return True
    asks_password = any(one["type"] == "password" and not one["mfa"] for one in conversation.fields)
    return asks_password and door["kind"] == "password" and not door["is_sandbox"]


async def _type_here(update: Update, context: Context) -> None:
    """``cn_type:<intent>``: the person would rather type in the chat."""
    bot, query = bot_context(context), update.callback_query
    conversation = bot.conversations.active(user_id(update))
    is_this = conversation is not None and pressed_numbers(update) == [conversation.intent_id]
    if query is None or conversation is None or not is_this or conversation.stage is not Stage.SCREEN:
        await expired(update, COMMAND)
        return
    await acknowledge(query)
    bot.conversations.touch(conversation)
    conversation.stage = Stage.FILLING
    await _next(bot, conversation)


def _opening(bot: BotContext, conversation: Conversation) -> Screen:
    is_asked = conversation.next_field is not None
    return screens.field(conversation) if is_asked else first_screen(conversation, bot.clock.now())


async def receive(bot: BotContext, conversation: Conversation, message: Message) -> None:
    """A text while a field is being asked for: deleted first, then looked at."""
    text = message.text or ""
    is_repeated = bot.vault.holds(conversation.user_id, text)
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
    ids = pressed_numbers(update)
    field = conversation.next_field if conversation.stage is Stage.FILLING else None
    if field is None or not ids or conversation.fields.index(field) != ids[0]:
        return bot, None, None, []
    if _was_forgotten(bot, conversation):
        await start_over(bot, conversation)
        return bot, None, None, []
    bot.conversations.touch(conversation)
    return bot, conversation, field, ids


async def _answer(bot: BotContext, conversation: Conversation, field: CredentialField, text: str) -> None:
    bot.vault.remember(conversation.user_id, text, is_code=field["mfa"])
    try:
        value = await bot.run(bot.core.connector.check_value, field, text)
    except InvalidCredentialError as error:
        await show(bot, conversation, _refused(conversation, field, text, error))
        return
    bot.vault.put(conversation.user_id, field["name"], value, is_code=field["mfa"])
    conversation.shown[field["name"]] = words.mask(field, value)
    await _next(bot, conversation)


def _refused(conversation: Conversation, field: CredentialField, text: str, error: InvalidCredentialError) -> Screen:
    """The same field once more, with what was wrong."""
    if field["options"]:
        return screens.field(conversation, words.TAP_AN_OPTION)
    door = conversation.door if conversation.purpose == "connect" else None
    other = door_for_number(conversation.bank, door, text) if door is not None else None
    return screens.field(conversation, bank_text(error.user_message, 300), other)


async def _next(bot: BotContext, conversation: Conversation, *, fresh: bool = False) -> None:
    await drop_pictures(bot, conversation)
    field = conversation.next_field
    if field is None:
        await progress.submit(bot, conversation, fresh=fresh)
        return
    await show(bot, conversation, screens.field(conversation), fresh=fresh)
    await _show_its_picture(bot, conversation, field)


async def _show_its_picture(bot: BotContext, conversation: Conversation, field: CredentialField) -> None:
    if field["type"] == "image" and field["data"]:
        caption = progress_words.picture_caption(conversation.bank_name, field["label"])
        await show_picture(bot, conversation, field["data"], caption)


def _was_forgotten(bot: BotContext, conversation: Conversation) -> bool:
    """Whether the five minutes of an answer that was given are over."""
    given = {name for name, shown in conversation.shown.items() if shown != SKIPPED}
    return not given <= bot.vault.names(conversation.user_id)


async def start_over(bot: BotContext, conversation: Conversation) -> None:
    bot.vault.drop_values(conversation.user_id)
    conversation.shown.clear()
    bot.conversations.touch(conversation)
    await drop_pictures(bot, conversation)
    await show(bot, conversation, screens.field(conversation, words.FORGOTTEN))
    if conversation.next_field is not None:
        await _show_its_picture(bot, conversation, conversation.next_field)


def _can_be_asked(field: CredentialField) -> bool:
    """An optional field of a kind this chat cannot take is left out; a required one never comes this far."""
    return not (field["optional"] and screens.is_unanswerable(field))


CALLBACKS = {"cn_opt": _option, "cn_skip": _skip, "cn_type": _type_here}
