"""The messages that bring people back, as screens, and what their buttons do.

One bank: everything it may need is a button. Several: one button each, which opens that bank's own message, as it stands
when the button is pressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from telegram import InlineKeyboardButton, Update

from gerente_financeiro.connect.buttons import find_standing
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.keyboards import button, keyboard, reconnect_button
from gerente_financeiro.messages import reminders as words
from gerente_financeiro.messages.trouble import Need, is_to_be_mended, need_of, parked
from gerente_financeiro.reconnect_screens import mend_button
from gerente_financeiro.screens import Screen, expired, send, show, user_id
from open_finance.clock import local_day
from open_finance.records import Connection
from open_finance.reminders import Notice

COMMAND = "minhas_contas"
EVE = timedelta(days=1)


def reminder_screen(notices: Sequence[Notice], now: datetime) -> Screen:
    """What one message says and offers of the banks that are due."""
    if len(notices) == 1:
        return bank_reminder(notices[0].connection, now, again=notices[0].kind == "trouble_3")
    said = [(each.connection, _sentence(each.connection, now, again=False)) for each in notices]
    last = [each.connection for each in notices if each.kind == "trouble_3" and need_of(each.connection, now)]
    buttons = ([_opener(each.connection, now)] for each in notices)
    return Screen(words.several(said, last), keyboard(*buttons))


def bank_reminder(connection: Connection, now: datetime, *, again: bool = False) -> Screen:
    """One bank's message, from how it stands now."""
    return Screen(_sentence(connection, now, again=again), keyboard(*([each] for each in _answers(connection, now))))


def _sentence(connection: Connection, now: datetime, *, again: bool) -> str:
    if _is_parked(connection, now):
        return parked(connection, now)
    if need_of(connection, now) is None:
        return words.expires_soon(connection, now)
    return words.in_trouble(connection, now, again=again)


def _answers(connection: Connection, now: datetime) -> list[InlineKeyboardButton]:
    number = connection["id"]
    if _is_parked(connection, now):
        return [button("🔄 Atualizar", "atualizar", number)]
    back, leave = mend_button(connection, now), button("Desconectar", "sair", number)
    match need_of(connection, now):
        case None if _days_left(connection, now) > 1:
            return [back, button("Lembrar na véspera", "vespera", number)]
        case Need.CONFIRM_END:
            keep = button("Foi; guardar histórico", "sairg", number)
            return [keep, button("Foi; apagar tudo", "saira", number), back]
        case Need.RENEW | Need.CONNECT_AGAIN:
            return [back, leave]
        case _:
            return [back]


def _is_parked(connection: Connection, now: datetime) -> bool:
    """Whether all there is to say is that it cannot be read."""
    return connection["parked_at"] is not None and need_of(connection, now) is None


def _opener(connection: Connection, now: datetime) -> InlineKeyboardButton:
    return button(words.short_label(connection, now), "aviso", connection["id"])


def _days_left(connection: Connection, now: datetime) -> int:
    expires_at = connection["consent_expires_at"]
    return (local_day(expires_at) - local_day(now)).days if expires_at else 0


# --- buttons -------------------------------------------------------------------------------------------------------


async def _open(update: Update, context: Context) -> None:
    """``aviso:<connection>``: one bank of a message that speaks of several, which stays."""
    now, connection = bot_context(context).clock.now(), await find_standing(update, context)
    if connection is None:
        await expired(update, COMMAND)
    elif is_to_be_mended(connection, now) or _is_parked(connection, now):
        await send(update, context.bot, bank_reminder(connection, now))
    else:
        await send(update, context.bot, Screen(words.all_well(connection)))


async def _only_on_the_eve(update: Update, context: Context) -> None:
    """``vespera:<connection>``: no more warnings until the day before."""
    bot, now, connection = bot_context(context), bot_context(context).clock.now(), await find_standing(update, context)
    expires_at = connection["consent_expires_at"] if connection else None
    if connection is None or expires_at is None or _days_left(connection, now) <= 1:
        await expired(update, COMMAND)
        return
    await bot.run(bot.core.reminders.remind_only_on_the_eve, user_id(update), connection["id"])
    text = words.on_the_eve(connection, expires_at - EVE, now)
    await show(update, context.bot, Screen(text, keyboard([reconnect_button(connection["id"], "Renovar agora")])))


CALLBACKS = {"aviso": _open, "vespera": _only_on_the_eve}
