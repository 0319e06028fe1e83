"""The first room of /conectar_banco: which bank, through which door, with whose consent."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Update

from gerente_financeiro import connect_fields, refresh_handler
from gerente_financeiro import connect_screens as screens
from gerente_financeiro.connect_state import Conversation, Stage
from gerente_financeiro.connect_view import say, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages.connect_progress import still_connecting
from gerente_financeiro.screens import Screen, acknowledge, expired, pressed_id, user_id
from open_finance.records import Account, Bank, Connection, Door

COMMAND = "conectar_banco"


async def conectar_banco(update: Update, context: Context) -> None:
    """Begin: the favourites. A bank that is being connected is not disturbed; a choice that was open is closed."""
    bot, person = bot_context(context), user_id(update)
    if update.callback_query is not None:
        await acknowledge(update.callback_query)
    conversation = bot.conversations.active(person)
    if conversation is not None and conversation.stage is Stage.WORKING:
        await say(bot, person, still_connecting(conversation.bank_name, deleted=False))
        return
    if conversation is not None:
        await close(bot, conversation, Screen(words.NEW_FLOW))
    banks = await list_banks(bot)
    favourites = await bot.run(bot.core.connector.list_favourite_banks, sandbox=bot.core.settings.include_sandbox)
    if not banks:
        await say(bot, person, words.NO_BANKS)
        return
    await show(bot, _begin(bot, person), screens.choosing(favourites, len(banks)))


async def again(update: Update, context: Context) -> None:
    """``cn_again:<connector>``: begin anew at the door of a flow that ended; its message goes on."""
    bot, person = bot_context(context), user_id(update)
    query = update.callback_query
    door_id = pressed_id(update)
    busy = bot.conversations.active(person)
    if query is None or query.message is None or door_id is None or (busy and busy.stage is not Stage.LOST):
        await expired(update, COMMAND)
        return
    await acknowledge(query)
    conversation = _begin(bot, person, query.message.message_id)
    await _enter(bot, conversation, door_id)


async def close(bot: BotContext, conversation: Conversation, screen: Screen, *, fresh: bool = False) -> None:
    """End a conversation whose request has not left: nothing was sent, what was typed is forgotten."""
    bot.vault.drop_values(conversation.user_id)
    bot.conversations.drop(conversation)
    if conversation.intent_id is not None:
        await bot.run(bot.core.connector.close_intent, conversation.user_id, conversation.intent_id, "abandoned")
    await show(bot, conversation, screen, fresh=fresh)


async def search(bot: BotContext, conversation: Conversation, query: str) -> None:
    """A typed name: one hit goes on, several are offered, none is perhaps a slip of the finger."""
    bot.conversations.touch(conversation)
    found = await list_banks(bot, query)
    if len(found) == 1:
        await _take_bank(bot, conversation, found[0], fresh=True)
    elif found:
        await show(bot, conversation, screens.several(query, found), fresh=True)
    else:
        suggestion = await bot.run(bot.core.connector.suggest_bank, query, sandbox=bot.core.settings.include_sandbox)
        await show(bot, conversation, screens.not_found(query, suggestion), fresh=True)


async def list_banks(bot: BotContext, query: str = "") -> list[Bank]:
    """The banks of this bot: with Pluggy's test banks where the settings say so."""
    return await bot.run(bot.core.connector.list_banks, query, sandbox=bot.core.settings.include_sandbox)


# --- buttons -------------------------------------------------------------------------------------------------------


async def _page(update: Update, context: Context) -> None:
    bot, (conversation, page) = bot_context(context), await _chosen(update, context, Stage.CHOOSING)
    if conversation is not None:
        await show(bot, conversation, screens.bank_page(await list_banks(bot), page))


async def _bank(update: Update, context: Context) -> None:
    bot, (conversation, bank_id) = bot_context(context), await _chosen(update, context, Stage.CHOOSING)
    if conversation is None:
        return
    bank = next((bank for bank in await list_banks(bot) if bank["id"] == bank_id), None)
    if bank is None:
        await show(bot, conversation, Screen(words.NO_LONGER_LISTED))
        bot.conversations.drop(conversation)
        return
    await _take_bank(bot, conversation, bank)


async def _door(update: Update, context: Context) -> None:
    await _decided(update, context)


async def _try_anyway(update: Update, context: Context) -> None:
    await _decided(update, context, insists="health")


async def _another_account(update: Update, context: Context) -> None:
    await _decided(update, context, insists="twin")


async def _refresh(update: Update, context: Context) -> None:
    """``cn_refresh:<connection>``: the person wanted news, not a second connection."""
    bot = bot_context(context)
    own = {one["id"] for one in await bot.run(bot.core.connector.list_connections, user_id(update))}
    if pressed_id(update) not in own:
        await expired(update, COMMAND)
        return
    conversation = await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        await close(bot, conversation, Screen(words.REFRESH_INSTEAD))
        await refresh_handler.CALLBACKS["atualizar"](update, context)


async def _agree(update: Update, context: Context) -> None:
    bot, (conversation, door_id) = bot_context(context), await _chosen(update, context, Stage.ASKING)
    if conversation is None:
        return
    await bot.run(bot.core.connector.give_consent, conversation.user_id, words.CONSENT_VERSION, words.CONSENT_TEXT)
    conversation.insists |= {"health", "twin"}  # settled before the consent was asked for
    await _enter(bot, conversation, door_id)


async def _policy(update: Update, context: Context) -> None:
    bot, (conversation, door_id) = bot_context(context), await _chosen(update, context, Stage.ASKING)
    if conversation is not None:
        await show(bot, conversation, screens.policy(door_id))


async def _decline(update: Update, context: Context) -> None:
    bot, conversation = bot_context(context), await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        await close(bot, conversation, Screen(words.DECLINED))


async def _decided(update: Update, context: Context, *, insists: str | None = None) -> None:
    bot, (conversation, door_id) = bot_context(context), await _chosen(update, context, Stage.ASKING)
    if conversation is None:
        return
    if insists:
        conversation.insists.add(insists)
    await _enter(bot, conversation, door_id)


async def _chosen(update: Update, context: Context, stage: Stage) -> tuple[Conversation | None, int]:
    """As ``pressed``, with the number that the button carries; one without is no button of ours."""
    number = pressed_id(update)
    if number is None:
        await expired(update, COMMAND)
        return None, 0
    return await pressed(update, context, stage), number


async def pressed(update: Update, context: Context, stage: Stage) -> Conversation | None:
    """The conversation whose message carries the pressed button, in this stage.

    Without any conversation (a restart) the button's own message begins one. A second tap on a button that was already
    obeyed does nothing; a button of another message, or of a flow that is over, says that it expired.
    """
    bot, query, person = bot_context(context), update.callback_query, user_id(update)
    if query is None or query.message is None:
        return None
    conversation = bot.conversations.find(person)
    if conversation is None:
        conversation = _begin(bot, person, query.message.message_id)
        conversation.stage = stage
    elif conversation.stage is Stage.OVER or conversation.message_id != query.message.message_id:
        await expired(update, COMMAND)
        return None
    await acknowledge(query)
    if conversation.stage is not stage:
        return None
    bot.conversations.touch(conversation)
    return conversation


# --- from the bank to the first field ------------------------------------------------------------------------------


def _begin(bot: BotContext, person: int, message_id: int | None = None) -> Conversation:
    return bot.conversations.put(Conversation(person, Stage.CHOOSING, bot.clock.now(), message_id=message_id))


async def _take_bank(bot: BotContext, conversation: Conversation, bank: Bank, *, fresh: bool = False) -> None:
    conversation.bank, conversation.bank_name, conversation.stage = bank, bank["name"], Stage.ASKING
    if len(bank["doors"]) > 1:
        await show(bot, conversation, screens.doors(bank), fresh=fresh)
    else:
        await _enter(bot, conversation, bank["doors"][0]["connector_id"], fresh=fresh)


async def _enter(bot: BotContext, conversation: Conversation, door_id: int, *, fresh: bool = False) -> None:
    """Through a door: past what may stand in the way, to its first field."""
    conversation.stage = Stage.ASKING
    if conversation.bank is None:
        conversation.bank = await _bank_of(bot, door_id)
        conversation.bank_name = conversation.bank["name"] if conversation.bank else words.YOUR_BANK
    door = await bot.run(bot.core.connector.get_door, door_id)
    obstacle = await _obstacle(bot, conversation, door)
    if obstacle is None:
        await connect_fields.begin(bot, conversation, door, fresh=fresh)
    else:
        await show(bot, conversation, obstacle, fresh=fresh)


async def _obstacle(bot: BotContext, conversation: Conversation, door: Door) -> Screen | None:
    """What must be settled before the first field; None when nothing must."""
    bank = conversation.bank_name
    refused = next(
        (f for f in door["fields"] if f["type"] in connect_fields.UNSUPPORTED_TYPES and not f["optional"]), None
    )
    if refused is not None:
        bot.conversations.end(conversation)
        return screens.over(words.unsupported(bank, refused), None)
    if door["health"] != "ONLINE" and "health" not in conversation.insists:
        return screens.unstable(bank, door)
    if "twin" not in conversation.insists:
        twin = await _twin(bot, conversation, door)
        if twin is not None:
            return screens.already_connected(*twin, door, refreshable=refresh_handler.is_refreshable(twin[0]))
    if not await bot.run(bot.core.connector.has_consent, conversation.user_id, words.CONSENT_VERSION):
        return screens.consent(door["connector_id"])
    return None


async def _twin(bot: BotContext, conversation: Conversation, door: Door) -> tuple[Connection, Sequence[Account]] | None:
    """The person's connection to this bank, through whichever door, and its accounts."""
    doors = conversation.bank["doors"] if conversation.bank else [door]
    ids = {one["connector_id"] for one in doors}
    connections = await bot.run(bot.core.connector.list_connections, conversation.user_id)
    twin = next((c for c in connections if c["connector_id"] in ids and not c["disconnecting"] and not c["gone"]), None)
    if twin is None:
        return None
    accounts = await bot.run(bot.core.connector.list_accounts, conversation.user_id)
    return twin, [account for account in accounts if account["connection_id"] == twin["id"]]


async def _bank_of(bot: BotContext, door_id: int) -> Bank | None:
    banks = await list_banks(bot)
    return next((bank for bank in banks if any(door["connector_id"] == door_id for door in bank["doors"])), None)


CALLBACKS = {
    "conectar": conectar_banco,
    "cn_page": _page,
    "cn_bank": _bank,
    "cn_door": _door,
    "cn_try": _try_anyway,
    "cn_other": _another_account,
    "cn_refresh": _refresh,
    "cn_yes": _agree,
    "cn_policy": _policy,
    "cn_no": _decline,
    "cn_again": again,
}
