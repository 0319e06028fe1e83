"""Who writes or taps is here; and the answers to the warning that the access to somebody's banks will end."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

from telegram import Update
from telegram.error import TelegramError

from gerente_financeiro.bank_names import list_connections
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.keyboards import button, connect_button, keyboard
from gerente_financeiro.messages import idle as words
from gerente_financeiro.messages.names import names_of, under_its_name
from gerente_financeiro.screens import Place, Screen, expired, pressed_id, show, user_id
from open_finance.clock import local_day
from open_finance.errors import OpenFinanceError
from open_finance.idle_people import Farewell, IdleNotice
from open_finance.records import Connection

COMMAND = "minhas_contas"
PEOPLE_REMEMBERED = 10_000


# --- being here ------------------------------------------------------------------------------------------------------


async def note_seen(update: Update, context: Context) -> None:
    """Note once a day that a person is here, beside what their update is about. Blocking the bot is no word of theirs."""
    bot, person = bot_context(context), update.effective_user
    speaks = update.effective_message is not None or update.callback_query is not None
    if person is None or not speaks or not bot.settings.allows(person.id):
        return
    today = local_day(bot.clock.now())
    if bot.seen_on.get(person.id) != today:
        _remember(bot.seen_on, person.id, today)
        bot.create_task(_note(bot, person.id), name="seen")


async def _note(bot: BotContext, person: int) -> None:
    try:
        await bot.run(bot.core.idle_people.note_seen, person)
    except OpenFinanceError as error:  # their next word notes it
        bot.seen_on.pop(person, None)
        log_error(error)


def _remember(seen_on: OrderedDict[int, date], person: int, today: date) -> None:
    seen_on[person] = today
    seen_on.move_to_end(person)
    while len(seen_on) > PEOPLE_REMEMBERED:
        seen_on.popitem(last=False)


# --- what they are told ----------------------------------------------------------------------------------------------


def idle_screen(notice: IdleNotice, number: int, today: date) -> Screen:
    """The warning; ``number``: its notification."""
    stay, leave = button("Continuo usando", "i_fica", number), button("Desconectar agora", "i_sai", number)
    return Screen(words.warning(notice, today), keyboard([stay], [leave]))


def end_screen(farewell: Farewell) -> Screen:
    """The access has ended."""
    return Screen(words.ended(farewell), keyboard([connect_button("🏦 Conectar de novo")]))


# --- what they answer ------------------------------------------------------------------------------------------------


async def _stay(update: Update, context: Context) -> None:
    """``i_fica:<notification>``: they are here, as every tap says; now it is also said."""
    bot, banks = bot_context(context), await _warned(update, context)
    if banks:
        await bot.run(bot.core.idle_people.note_seen, user_id(update))
        await show(update, context.bot, Screen(words.stays(banks)))


async def _ask(update: Update, context: Context) -> None:
    """``i_sai:<notification>``: the first of two steps."""
    banks, number = await _warned(update, context), pressed_id(update)
    if banks:
        yes, no = button("Sim, desconectar", "i_sai2", number), button("Não", "i_fica", number)
        await show(update, context.bot, Screen(words.confirm(banks), keyboard([yes, no])))


async def _leave(update: Update, context: Context) -> None:
    """``i_sai2:<notification>``: the second."""
    bot, banks = bot_context(context), await _warned(update, context)
    if not banks:
        return
    place = await show(update, context.bot, Screen(words.WORKING))
    work = _finish(bot, place, user_id(update), pressed_id(update) or 0, banks)
    bot.create_task(work, name="disconnect", update=update)


async def _finish(bot: BotContext, place: Place, person: int, number: int, banks: list[Connection]) -> None:
    """Ask Pluggy and show what it said. A stop does not take the answer away: the requests were sent, and are waited for."""
    request = asyncio.ensure_future(bot.run(bot.core.idle_people.disconnect_now, person, number))
    try:
        await asyncio.shield(request)
    except asyncio.CancelledError:
        with contextlib.suppress(TelegramError):
            await place.show(_outcome(await request, banks))
        raise
    await place.end(_outcome(await request, banks), bot.show_again_seconds)


def _outcome(farewell: Farewell | None, banks: list[Connection]) -> Screen:
    """None: the end itself, or another way out, was quicker."""
    return Screen(words.KEPT) if farewell is None else end_screen(_named(farewell, banks))


async def _warned(update: Update, context: Context) -> list[Connection]:
    """The banks that the pressed warning is about, by their names; none, and that is said, when it is over."""
    bot, number = bot_context(context), pressed_id(update)
    await bot.marked(user_id(update))
    banks = [] if number is None else await bot.run(bot.core.idle_people.list_warned, user_id(update), number)
    if not banks:
        await expired(update, COMMAND)
        return []
    names = names_of(await list_connections(bot, user_id(update)))
    return [under_its_name(each, names) for each in banks]


def _named(farewell: Farewell, banks: list[Connection]) -> Farewell:
    names = names_of(banks)
    return replace(
        farewell,
        connections=tuple(under_its_name(each, names) for each in farewell.connections),
        unconfirmed=tuple(under_its_name(each, names) for each in farewell.unconfirmed),
    )


Handler = Callable[[Update, Context], Awaitable[None]]
CALLBACKS: dict[str, Handler] = {"i_fica": _stay, "i_sai": _ask, "i_sai2": _leave}
