"""The button that leads a bank back in, for every screen that speaks of trouble."""

from __future__ import annotations

from datetime import datetime

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import button, reconnect_button
from gerente_financeiro.messages.reminders import mend_label
from gerente_financeiro.messages.trouble import Need, need_of
from open_finance.records import Connection


def mend_button(connection: Connection, now: datetime) -> InlineKeyboardButton:
    """``Renovar``, ``Informar nova senha``…; where the screen has said what to do in the bank's app, it goes on at once."""
    label = mend_label(connection, now)
    if need_of(connection, now) is Need.CONTINUE:
        return button(label, "rcok", connection["id"])
    return reconnect_button(connection["id"], label)
