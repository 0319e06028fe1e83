"""The screens before a connection stands again. Pure: a connection in, a screen out."""

from __future__ import annotations

from datetime import datetime

from telegram import InlineKeyboardButton

from gerente_financeiro.keyboards import button, keyboard, reconnect_button, url_button
from gerente_financeiro.messages import connect as connect_words
from gerente_financeiro.messages import reconnect as words
from gerente_financeiro.messages.reminders import mend_label, short_label
from gerente_financeiro.messages.trouble import Need, need_of
from gerente_financeiro.screens import Screen
from open_finance.records import Connection, Door

MEU_PLUGGY_SITE = "https://meu.pluggy.ai"
#: What a new connection mends.
ANEW = frozenset({Need.OTHER_DOOR, Need.CONNECT_AGAIN})


def mend_button(connection: Connection, now: datetime) -> InlineKeyboardButton:
    """The way back in under every screen that speaks of trouble: ``Renovar``, ``Informar nova senha``… Where the screen has
    said what to do in the bank's app, or that the connection cannot stand again, it goes on at once."""
    label, need = mend_label(connection, now), need_of(connection, now)
    if need is Need.CONTINUE:
        return button(label, "rcok", connection["id"])
    if need in ANEW:
        return button(label, "rcanew", connection["id"])
    return reconnect_button(connection["id"], label)


def mend_button_among(connection: Connection, now: datetime) -> InlineKeyboardButton:
    """The same where several banks stand in one message, which stays."""
    verb = "rcanew" if need_of(connection, now) in ANEW else "rc"
    return button(short_label(connection, now), verb, connection["id"])


def needs_action(connection: Connection) -> Screen:
    """The bank wants something accepted in its app first."""
    done = button("Continuar", "rcok", connection["id"])
    return Screen(words.needs_action(connection["connector_name"]), keyboard([done], [_not_now(connection)]))


def door_closed(connection: Connection, replacement: Door | None) -> Screen:
    """The bank takes no password any more. ``replacement``: its Open Finance door."""
    bank = connection["connector_name"]
    if replacement is None:
        return Screen(words.door_closed_for_good(bank), keyboard([button("Desconectar", "sair", connection["id"])]))
    go = button(connect_words.BY_OPEN_FINANCE, "rcnew", connection["id"])
    return Screen(words.door_closed(bank), keyboard([go], [_not_now(connection)]))


def gone(connection: Connection) -> Screen:
    """Pluggy no longer has the connection."""
    go = button("Conectar de novo", "rcnew", connection["id"])
    return Screen(words.gone(connection["connector_name"]), keyboard([go], [_not_now(connection)]))


def by_meu_pluggy(connection: Connection) -> Screen:
    """A connection that is renewed where it was made."""
    return Screen(
        words.by_meu_pluggy(connection["connector_name"]),
        keyboard(
            [url_button("🔗 Abrir o MeuPluggy", MEU_PLUGGY_SITE)],
            [button("Conectar de novo por aqui", "rcnew", connection["id"])],
            [_not_now(connection)],
        ),
    )


def out_of_order(connection: Connection) -> Screen:
    """The bank is down: its return can be waited for."""
    watch = button(connect_words.WATCH, "cn_watch", connection["connector_id"])
    return Screen(connect_words.offline(connection["connector_name"]), keyboard([watch], [_not_now(connection)]))


def given_up(connection: Connection) -> Screen:
    """Nothing changes."""
    return Screen(words.given_up(connection["connector_name"]))


def _not_now(connection: Connection) -> InlineKeyboardButton:
    return button("Cancelar", "rcno", connection["id"])
