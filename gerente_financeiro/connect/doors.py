"""The second room of /conectar_banco: the door of a bank, and what must be settled before its first field.

A door may be out of order, ask for what a chat cannot take, or lead to a bank the person has already; and nobody's data is
read before its person agreed.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Update

from gerente_financeiro import refresh_handler
from gerente_financeiro.connect import fields, screens
from gerente_financeiro.connect.banks import bank_of, check_attempt, other_doors, twin_of, way_without_password
from gerente_financeiro.connect.buttons import COMMAND, begin, chosen, make_room, pressed, pressed_numbers
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.connect.view import close, show
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import connect_button, keyboard
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages.accounts import is_awaited
from gerente_financeiro.messages.trouble import can_be_asked
from gerente_financeiro.screens import Screen, acknowledge, expired, pressed_id, user_id
from open_finance.errors import BankConnectionError
from open_finance.records import Account, Bank, Connection, Door


async def take_bank(bot: BotContext, conversation: Conversation, bank: Bank, *, fresh: bool = False) -> None:
    """A bank was chosen: its only door, or the choice among several."""
    conversation.bank, conversation.bank_name, conversation.stage = bank, bank["name"], Stage.ASKING
    if len(bank["doors"]) > 1:
        await show(bot, conversation, screens.doors(bank), fresh=fresh)
    else:
        await enter(bot, conversation, bank["doors"][0]["connector_id"], fresh=fresh)


async def enter(bot: BotContext, conversation: Conversation, door_id: int, *, fresh: bool = False) -> None:
    """Through a door: past what may stand in the way, to its first field."""
    conversation.stage = Stage.ASKING
    if conversation.bank is None:
        conversation.bank = await bank_of(bot, door_id)
        conversation.bank_name = conversation.bank["name"] if conversation.bank else words.YOUR_BANK
    door = await bot.run(bot.core.connector.get_door, door_id)
    obstacle = await _obstacle(bot, conversation, door)
    if obstacle is None:
        await fields.begin(bot, conversation, door, fresh=fresh)
    else:
        await show(bot, conversation, obstacle, fresh=fresh)


async def _obstacle(bot: BotContext, conversation: Conversation, door: Door) -> Screen | None:
    """What must be settled before the first field; None when nothing must."""
    health = _out_of_order(conversation, door, has_screen=bot.settings.public_url is not None)
    if health is not None:
        return health
    blocked = await check_attempt(bot, conversation, door)
    if blocked is not None:
        bot.conversations.end(conversation)
        way = way_without_password(conversation.bank, door)
        return screens.stopped(blocked, door, way, conversation.replaces_id)
    replaced = await _find_own(bot, conversation.user_id, conversation.replaces_id)
    if replaced is not None and replaced["adopted"] and not replaced["gone"] and "swap" not in conversation.insists:
        return screens.replaces_adopted(replaced, door)
    if "twin" not in conversation.insists and conversation.replaces_id is None:
        twin = await _find_twin(bot, conversation, door)
        if twin is not None and is_awaited(twin[0]):
            return screens.already_asked(twin[0], door)
        if twin is not None:
            return screens.already_connected(*twin, door, refreshable=can_be_asked(twin[0], bot.clock.now()))
    if not await bot.run(bot.core.connector.has_consent, conversation.user_id, words.CONSENT_VERSION):
        # Settled: an old consent's button finds a conversation where it is not.
        conversation.insists |= {"health", "twin"}
        return screens.consent(door["connector_id"])
    return None


def _out_of_order(conversation: Conversation, door: Door, *, has_screen: bool) -> Screen | None:
    """A door that is down, or not well, or asks for what a chat cannot take where there is no page that could."""
    bank, others = conversation.bank_name, other_doors(conversation.bank, door)
    unanswerable = next((f for f in door["fields"] if screens.is_unanswerable(f) and not f["optional"]), None)
    if unanswerable is not None and not has_screen:
        return screens.unsupported(bank, unanswerable, others, conversation.bank)
    is_well = door["health"] == "ONLINE" or ("health" in conversation.insists and door["health"] != "OFFLINE")
    return None if is_well else screens.unwell(bank, door, others, conversation.bank)


async def _find_twin(
    bot: BotContext, conversation: Conversation, door: Door
) -> tuple[Connection, Sequence[Account]] | None:
    """The person's connection to this bank, through whichever door, and its accounts."""
    connections = await bot.run(bot.core.connector.list_connections, conversation.user_id)
    twin = twin_of(connections, conversation.bank, door)
    if twin is None:
        return None
    accounts = await bot.run(bot.core.connector.list_accounts, conversation.user_id)
    return twin, [account for account in accounts if account["connection_id"] == twin["id"]]


# --- buttons -------------------------------------------------------------------------------------------------------


async def again(update: Update, context: Context) -> None:
    """``cn_again:<connector>[:<replaced connection>]``: begin at the door of a flow that ended; its message goes on."""
    await _begin_at_door(update, context, in_place=True)


async def _more(update: Update, context: Context) -> None:
    """``cn_more:<connector>``: another bank through the same door, in a message of its own."""
    await _begin_at_door(update, context, in_place=False)


async def _begin_at_door(update: Update, context: Context, *, in_place: bool) -> None:
    bot, numbers, person = bot_context(context), pressed_numbers(update), user_id(update)
    message = update.callback_query.message if update.callback_query else None
    if not numbers or message is None:
        await expired(update, COMMAND)
        return
    if not await make_room(update, context):
        return
    conversation = begin(bot, person, message.message_id if in_place else None)
    if len(numbers) > 1:
        conversation.replaces_id = await _own(bot, person, numbers[1])
    await enter(bot, conversation, numbers[0])


async def _own(bot: BotContext, person: int, connection_id: int) -> int | None:
    """The id, if it is of this person's connection."""
    own = await _find_own(bot, person, connection_id)
    return None if own is None else own["id"]


async def _find_own(bot: BotContext, person: int, connection_id: int | None) -> Connection | None:
    """This person's connection by that id."""
    if connection_id is None:
        return None
    connections = await bot.run(bot.core.connector.list_connections, person)
    return next((one for one in connections if one["id"] == connection_id), None)


async def _door(update: Update, context: Context) -> None:
    await _decided(update, context)


async def _turn(update: Update, context: Context) -> None:
    """``cn_turn:<connector>``: the number that was typed is asked for at this door. What was typed is forgotten."""
    bot, (conversation, door_id) = bot_context(context), await chosen(update, context, Stage.FILLING)
    if conversation is not None:
        bot.vault.drop_values(conversation.user_id)
        conversation.shown.clear()
        await enter(bot, conversation, door_id)


async def _try_anyway(update: Update, context: Context) -> None:
    await _decided(update, context, insists="health")


async def _another_account(update: Update, context: Context) -> None:
    await _decided(update, context, insists="twin")


async def _decided(update: Update, context: Context, *, insists: str | None = None) -> None:
    bot, (conversation, door_id) = bot_context(context), await chosen(update, context, Stage.ASKING)
    if conversation is None:
        return
    if insists:
        conversation.insists.add(insists)
    await enter(bot, conversation, door_id)


async def _swap(update: Update, context: Context) -> None:
    """``cn_swap:<connector>:<connection>[:1]``: the new connection takes the place of the old one; with 1 although others
    may be using that."""
    bot, numbers = bot_context(context), pressed_numbers(update)
    replaced = await _own(bot, user_id(update), numbers[1]) if len(numbers) > 1 else None
    if replaced is None:
        await expired(update, COMMAND)
        return
    conversation = await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        conversation.replaces_id = replaced
        if len(numbers) > 2:
            conversation.insists.add("swap")
        await enter(bot, conversation, numbers[0])


async def _refresh(update: Update, context: Context) -> None:
    """``cn_refresh:<connection>``: the person wanted news, not a second connection."""
    bot = bot_context(context)
    if await _own(bot, user_id(update), pressed_id(update) or 0) is None:
        await expired(update, COMMAND)
        return
    conversation = await pressed(update, context, Stage.ASKING)
    if conversation is not None:
        await close(bot, conversation, Screen(words.REFRESH_INSTEAD))
        await refresh_handler.CALLBACKS["atualizar"](update, context)


async def _watch(update: Update, context: Context) -> None:
    """``cn_watch:<connector>``: tell the person when the bank is back. Works from a flow that has ended, too."""
    bot, person, query, door_id = bot_context(context), user_id(update), update.callback_query, pressed_id(update)
    conversation = bot.conversations.find(person)
    if query is None or query.message is None or door_id is None:
        await expired(update, COMMAND)
        return
    if conversation is not None and conversation.message_id != query.message.message_id:
        await expired(update, COMMAND)
        return
    bank = await bank_of(bot, door_id)
    try:
        await bot.run(bot.core.connector.watch_bank, person, door_id)
    except BankConnectionError as error:
        await acknowledge(query, error.user_message)
        return
    await acknowledge(query)
    conversation = conversation or begin(bot, person, query.message.message_id)
    text = words.watching(bank["name"] if bank else words.YOUR_BANK)
    await close(bot, conversation, Screen(text, keyboard([connect_button("Outro banco")])))


CALLBACKS = {
    "cn_again": again,
    "cn_more": _more,
    "cn_door": _door,
    "cn_turn": _turn,
    "cn_try": _try_anyway,
    "cn_other": _another_account,
    "cn_swap": _swap,
    "cn_refresh": _refresh,
    "cn_watch": _watch,
}
