"""The screens of /conectar_banco: words and keyboard together. Pure: a conversation in, a screen out.

Verbs carry our own ids: a bank's, a connector's, a connection's, or the place in a list shown with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from telegram import InlineKeyboardButton

from gerente_financeiro.connect_state import Conversation
from gerente_financeiro.keyboards import button, connect_button, keyboard, page_count, pager, rows, url_button
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.screens import Screen
from open_finance.records import Account, Action, Bank, Connection, Door
from open_finance.reports import ConnectionSize

BANKS_A_PAGE = 8
CANCEL = "cn_stop"


def choosing(favourites: Sequence[Bank], total: int) -> Screen:
    """The nine favourites, three a row, and the way to all."""
    pages = page_count(total, BANKS_A_PAGE)
    return Screen(
        words.CHOOSE,
        keyboard(*_banks(favourites, 3), [button(f"🔎 Ver todos (1/{pages}) ›", "cn_page", 0)], _cancel()),
    )


def bank_page(banks: Sequence[Bank], page: int) -> Screen:
    """One page of all banks; a page beyond the end is the last one."""
    pages = page_count(len(banks), BANKS_A_PAGE)
    page = min(page, pages - 1)
    shown = banks[page * BANKS_A_PAGE : (page + 1) * BANKS_A_PAGE]
    return Screen(words.all_banks(page, pages), keyboard(*_banks(shown, 2), pager("cn_page", page, pages), _cancel()))


def several(query: str, banks: Sequence[Bank]) -> Screen:
    """The banks that a typed name may mean."""
    shown = banks[:BANKS_A_PAGE]
    return Screen(words.several_found(query, len(banks), len(shown)), keyboard(*_banks(shown, 2), _all(), _cancel()))


def not_found(query: str, suggestion: Bank | None) -> Screen:
    """No bank by the typed name, and perhaps a similar one."""
    likely = [button(f"Sim, {suggestion['name']}", "cn_bank", suggestion["id"])] if suggestion else []
    text = words.not_found(query, suggestion["name"] if suggestion else None)
    return Screen(text, keyboard(likely, _all(), _cancel()))


def doors(bank: Bank) -> Screen:
    """The ways into a bank."""
    ways = [[button(words.door_label(door, bank["doors"]), "cn_door", door["connector_id"])] for door in bank["doors"]]
    return Screen(words.choose_door(bank["name"], bank["doors"]), keyboard(*ways, _cancel()))


def unstable(bank: str, door: Door) -> Screen:
    """The bank is not well; the person may try."""
    return Screen(
        words.unstable(bank),
        keyboard(
            [button("Tentar assim mesmo", "cn_try", door["connector_id"])],
            [connect_button("Outro banco"), *_cancel()],
        ),
    )


def already_connected(connection: Connection, accounts: Sequence[Account], door: Door, *, refreshable: bool) -> Screen:
    """The person has this bank: read it again, or connect another account of it."""
    refresh = [button("Atualizar essa conexão", "cn_refresh", connection["id"])] if refreshable else []
    return Screen(
        words.already_connected(connection, accounts),
        keyboard(refresh, [button("É outra conta minha", "cn_other", door["connector_id"])], _cancel()),
    )


def consent(connector_id: int) -> Screen:
    """Asked once, before the first connection."""
    return Screen(
        words.CONSENT_TEXT,
        keyboard(
            [button("Autorizo", "cn_yes", connector_id)],
            [button("Ler a política", "cn_policy", connector_id), button("Não", "cn_no", connector_id)],
        ),
    )


def policy(connector_id: int) -> Screen:
    """The policy, with the same decision under it."""
    return Screen(
        f"{words.POLICY}\n\n{words.CONSENT_TEXT}",
        keyboard([button("Autorizo", "cn_yes", connector_id), button("Não", "cn_no", connector_id)]),
    )


def field(conversation: Conversation, notice: str | None = None) -> Screen:
    """The next field to fill in."""
    asked, door = conversation.next_field, conversation.door
    assert asked is not None
    assert door is not None
    place = conversation.fields.index(asked)
    options = [button(option["label"], "cn_opt", place, number) for number, option in enumerate(asked["options"])]
    skip = [button("Pular", "cn_skip", place)] if asked["optional"] else []
    text = words.ask_field(conversation.bank_name, door, conversation.fields, conversation.shown, notice)
    return Screen(text, keyboard(*rows(options[:14], 2), [*skip, *_cancel()]))


def sent(conversation: Conversation) -> list[str]:
    """What the person answered, as the message may show it."""
    return words.answered(conversation.fields, conversation.shown)


def working(conversation: Conversation, execution_status: str = "CREATING") -> Screen:
    """The bank is at work."""
    text = progress_words.progress(conversation.bank_name, execution_status, sent(conversation))
    return Screen(text, keyboard(_stop(conversation)))


def waiting_for_link(conversation: Conversation) -> Screen:
    """The request was made, and the bank's link is on its way."""
    text = progress_words.waiting_for_link(conversation.bank_name, sent(conversation))
    return Screen(text, keyboard(_stop(conversation)))


def asked(conversation: Conversation, now: datetime) -> Screen:
    """What the bank asks of the person."""
    action = conversation.action
    assert action is not None
    if action["type"] == "authorize":
        return _authorize(conversation, action, now)
    seen_at = conversation.action_seen_at or now
    text = progress_words.question(conversation.bank_name, action, seen_at, now, conversation.notice)
    choices = [
        button(option["label"], "cn_pick", conversation.connection_id, number)
        for number, option in enumerate(action["options"])
    ]
    help_ = [button("Não recebi", "cn_nocode", conversation.connection_id)] if action["type"] == "mfa" else []
    return Screen(text, keyboard(*rows(choices[:14], 2), [*help_, *_stop(conversation)]))


def _authorize(conversation: Conversation, action: Action, now: datetime) -> Screen:
    bank = conversation.bank_name
    open_bank = url_button(progress_words.authorize_label(bank), action["url"] or "")
    return Screen(
        progress_words.authorize(bank, action, now),
        keyboard([open_bank], [button("Já autorizei", "cn_check", conversation.connection_id)], _stop(conversation)),
    )


def awaiting_others(conversation: Conversation) -> Screen:
    """Another holder must approve; the person is free meanwhile."""
    return Screen(progress_words.awaiting_others(conversation.bank_name), keyboard(_stop(conversation)))


def done(connection: Connection, accounts: Sequence[Account], size: ConnectionSize) -> Screen:
    """The bank is connected."""
    return Screen(
        progress_words.done(connection, accounts, size.transactions, size.first_on),
        keyboard([button("Ver extrato", "extrato"), button("Ver saldo", "saldo")], [connect_button("Conectar outro")]),
    )


def over(text: str, connector_id: int | None, again: str = "Tentar de novo", *, other: bool = True) -> Screen:
    """A flow that ended without a connection, with the way to begin anew."""
    retry = [button(again, "cn_again", connector_id)] if connector_id is not None else []
    return Screen(text, keyboard(retry, [connect_button("Outro banco")] if other else []))


def _banks(banks: Sequence[Bank], width: int) -> list[list[InlineKeyboardButton]]:
    return rows((button(bank["name"], "cn_bank", bank["id"]) for bank in banks), width)


def _all() -> list[InlineKeyboardButton]:
    return [button("🔎 Ver todos", "cn_page", 0)]


def _cancel() -> list[InlineKeyboardButton]:
    return [button("Cancelar", CANCEL)]


def _stop(conversation: Conversation) -> list[InlineKeyboardButton]:
    """The cancel button of a flow whose request has left: it names the connection, so that it works after a restart."""
    if conversation.connection_id is None:
        return _cancel()
    return [button("Cancelar", "cn_drop", conversation.connection_id)]
