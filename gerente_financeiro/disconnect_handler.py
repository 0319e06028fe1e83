"""/desconectar_banco: choose, keep or erase the history, confirm an erasure once more, and say what Pluggy confirmed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import TelegramError

from gerente_financeiro.bank_names import list_with_kept
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.keyboards import button, connect_button, keyboard, page_count, pager, rows
from gerente_financeiro.messages import disconnect as words
from gerente_financeiro.messages.format import count
from gerente_financeiro.messages.names import names_of, under_its_name
from gerente_financeiro.screens import Place, Screen, deliver, expired, pressed_id, show, user_id
from open_finance.errors import ConnectionNotFoundError
from open_finance.records import Connection
from open_finance.reports import BankAccounts, ConnectionSize, measure_connection

BANKS_A_PAGE = 6
COMMAND = "desconectar_banco"


async def desconectar_banco(update: Update, context: Context) -> None:
    """Which bank? Those already on their way out are not asked for again; of those that left, the history is offered."""
    bot, person = bot_context(context), user_id(update)
    banks, kept = await list_with_kept(bot, person)
    standing = [bank for bank in banks if not bank.connection["disconnecting"]]
    choices = [*map(_bank_button, standing), *map(_history_button, kept)]
    leaving = [bank.connection["connector_name"] for bank in banks if bank.connection["disconnecting"]]
    text = words.choose(leaving, standing=bool(standing), kept=bool(kept))
    buttons = _choice(choices, pressed_id(update) or 0) if choices else keyboard([connect_button()])
    await show(update, context.bot, Screen(text, buttons))


def _choice(choices: Sequence[InlineKeyboardButton], page: int) -> InlineKeyboardMarkup | None:
    pages = page_count(len(choices), BANKS_A_PAGE)
    page = min(page, pages - 1)
    shown = choices[page * BANKS_A_PAGE : (page + 1) * BANKS_A_PAGE]
    return keyboard(*rows(shown, 1), pager("sairp", page, pages), [button("Cancelar", "sairx")])


def _bank_button(bank: BankAccounts) -> InlineKeyboardButton:
    label = f"{bank.connection['connector_name']} ({count(len(bank.accounts), 'conta', 'contas')})"
    return button(label, "sair", bank.connection["id"])


def _history_button(kept: ConnectionSize) -> InlineKeyboardButton:
    return button(f"Apagar histórico: {kept.connection['connector_name']}", "hist", kept.connection["id"])


async def _ask(update: Update, context: Context) -> None:
    """First step: what is to become of the history."""
    size = await _measure(update, context)
    if size is None:
        return
    connection_id = size.connection["id"]
    text = words.ask(size.connection, size.transactions, size.accounts)
    buttons = keyboard(
        [button("Guardar histórico", "sairg", connection_id)],
        [button("Apagar tudo", "saira", connection_id)],
        [button("‹ Voltar", "sairp", 0)],
    )
    await show(update, context.bot, Screen(text, buttons))


async def _confirm_erasure(update: Update, context: Context) -> None:
    """Second step of an erasure: what is lost, in numbers."""
    size = await _measure(update, context)
    if size is None:
        return
    connection_id = size.connection["id"]
    text = words.confirm_erasure(size.connection["connector_name"], size.transactions, size.accounts)
    buttons = keyboard([button("Sim, apagar", "saira2", connection_id), button("Não", "sair", connection_id)])
    await show(update, context.bot, Screen(text, buttons))


async def _confirm_kept_erasure(update: Update, context: Context) -> None:
    """Second step for a bank that has left: what is lost, in numbers."""
    kept = await _find_kept(update, context)
    if kept is None:
        return
    text = words.confirm_kept_erasure(kept.connection["connector_name"], kept.transactions, kept.accounts)
    buttons = keyboard([button("Sim, apagar", "hist2", kept.connection["id"]), button("Não", "sairp", 0)])
    await show(update, context.bot, Screen(text, buttons))


async def _erase_kept(update: Update, context: Context) -> None:
    bot, kept = bot_context(context), await _find_kept(update, context)
    if kept is None:
        return
    with contextlib.suppress(ConnectionNotFoundError):  # erased a moment ago: that is what was wanted
        await bot.run(bot.core.connector.erase_history, user_id(update), kept.connection["id"])
    await show(update, context.bot, Screen(words.erased(kept.connection["connector_name"])))


async def _find_kept(update: Update, context: Context) -> ConnectionSize | None:
    """The history of the pressed button, if this person keeps it; otherwise the menu expired."""
    bot = bot_context(context)
    _, kept = await list_with_kept(bot, user_id(update))
    found = next((one for one in kept if one.connection["id"] == pressed_id(update)), None)
    if found is None:
        await expired(update, COMMAND)
    return found


async def _keep(update: Update, context: Context) -> None:
    await _disconnect(update, context, keep_history=True)


async def _erase(update: Update, context: Context) -> None:
    await _disconnect(update, context, keep_history=False)


async def _cancel(update: Update, context: Context) -> None:
    await show(update, context.bot, Screen(words.CANCELLED))


async def _disconnect(update: Update, context: Context, *, keep_history: bool) -> None:
    """Answer at once, ask Pluggy in the background. A second tap finds the first one at work and does nothing."""
    bot = bot_context(context)
    size = await _measure(update, context)
    if size is None:
        return
    connection, leaving = size.connection, _leaving(context)
    if connection["id"] in leaving:
        await expired(update, COMMAND)
        return
    place = await show(update, context.bot, Screen(words.working(connection["connector_name"])))
    leaving.add(connection["id"])
    work = _finish(bot, place, connection, leaving, keep_history=keep_history)
    bot.create_task(work, name="disconnect", update=update)


async def _finish(
    bot: BotContext, place: Place, connection: Connection, leaving: set[int], *, keep_history: bool
) -> None:
    """Ask Pluggy and show what it said. A stop does not take the answer away: the request was sent, and is waited for."""
    person, connection_id, delete = connection["user_id"], connection["id"], bot.core.connector.delete_connection
    request = asyncio.ensure_future(bot.run(delete, person, connection_id, keep_history=keep_history))
    try:
        await asyncio.shield(request)
    except asyncio.CancelledError:
        with contextlib.suppress(TelegramError):
            await place.show(_outcome(connection, confirmed=await request, keep_history=keep_history))
        raise
    finally:
        leaving.discard(connection_id)
    await place.end(_outcome(connection, confirmed=await request, keep_history=keep_history), bot.show_again_seconds)


async def tell_confirmed(bot: BotContext, connection: Connection, end: words.End) -> None:
    """A repeated request was confirmed at last, perhaps by another process than the one that promised to tell."""
    bot.conversations.bury(connection["user_id"])
    connection = connection if end is words.End.REPLACED else await _named(bot, connection)
    screen = Screen(words.confirmed(connection, end))
    await deliver(bot.telegram, connection["user_id"], screen, bot.show_again_seconds)


def _outcome(connection: Connection, *, confirmed: bool, keep_history: bool) -> Screen:
    if confirmed:
        return Screen(words.done(connection, keep_history=keep_history))
    return Screen(words.unconfirmed(connection["connector_name"], keep_history=keep_history))


async def _measure(update: Update, context: Context) -> ConnectionSize | None:
    """The connection of the pressed button, if it is this person's and not on its way out; otherwise the menu expired."""
    bot = bot_context(context)
    try:
        size = await bot.run(measure_connection, bot.core.database, user_id(update), pressed_id(update) or 0)
    except ConnectionNotFoundError:
        size = None
    if size is None or size.connection["disconnecting"]:
        await expired(update, COMMAND)
        return None
    return replace(size, connection=await _named(bot, size.connection))


async def _named(bot: BotContext, connection: Connection) -> Connection:
    """The connection under a name that no other one of the person's has."""
    banks, kept = await list_with_kept(bot, connection["user_id"])
    known = [*(bank.connection for bank in banks), *(each.connection for each in kept)]
    return under_its_name(connection, names_of(known))


def _leaving(context: Context) -> set[int]:
    """The ids of this person's connections that this process is ending."""
    assert context.user_data is not None
    leaving: set[int] = context.user_data.setdefault("leaving", set())
    return leaving


CALLBACKS: dict[str, Callable[[Update, Context], Awaitable[None]]] = {
    "sairp": desconectar_banco,
    "sair": _ask,
    "sairg": _keep,
    "saira": _confirm_erasure,
    "saira2": _erase,
    "sairx": _cancel,
    "hist": _confirm_kept_erasure,
    "hist2": _erase_kept,
}
