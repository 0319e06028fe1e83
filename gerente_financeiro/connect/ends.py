"""How a flow ends without a connection: each end its own sentence and buttons. Pure: what happened in, a screen out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from telegram import InlineKeyboardButton

from gerente_financeiro.connect import screens
from gerente_financeiro.connect.banks import door_of
from gerente_financeiro.connect.state import Conversation
from gerente_financeiro.keyboards import button, keyboard, reconnect_button
from gerente_financeiro.messages import connect as words
from gerente_financeiro.messages import connect_progress as progress_words
from gerente_financeiro.messages import reconnect as back_words
from gerente_financeiro.messages import start as start_words
from gerente_financeiro.messages.errors import refused
from gerente_financeiro.messages.format import the_bank
from gerente_financeiro.screens import Screen
from open_finance.errors import BankConnectionError, ConnectionNotFoundError, CredentialsRejectedError, OpenFinanceError
from open_finance.records import Bank, Cancelled, Connection, Door

TIMED_OUT = frozenset({"USER_INPUT_TIMEOUT", "ITEM_MFA_EXPIRED"})
#: What trying again at once does not cure.
NO_RETRY: Final = frozenset(
    {
        "ACCOUNT_LOCKED",
        "USER_NOT_SUPPORTED",
        "ITEM_CREATION_LIMIT_EXCEEDED",
        "CREATE_ITEMS_API_FREE_DISABLED",
        "ALREADY_CONNECTED",
        "CONNECTOR_OFFLINE",
        "CONNECTOR_NOT_FOUND",
        "ITEM_USER_ALREADY_EXISTS",
        "STILL_DISCONNECTING",
        "MEU_PLUGGY_RECONNECT",
    }
)
#: Ends after which another way into the same bank may help.
OTHER_WAY: Final = frozenset({"USER_NOT_SUPPORTED", "ACCOUNT_LOCKED", "PASSWORD_REFUSED_TWICE", "CONNECTOR_OFFLINE"})
#: What the button that begins anew says.
AGAIN: Mapping[str | None, str] = {
    "NOTHING_SHARED": "Refazer autorização",
    "ITEM_NOT_ADOPTABLE": "Mandar outro código",
    "ITEM_NOT_FOUND": "Conectar de novo",
}

_WITHDRAWN: Final[Mapping[Cancelled, str]] = {
    "deleted": start_words.CANCELLED,
    "unconfirmed": start_words.CANCELLED_UNCONFIRMED,
    "history_kept": progress_words.CANCELLED_KEPT,
    "left": progress_words.CANCELLED_ELSEWHERE,
}


def refusal(
    conversation: Conversation,
    error: OpenFinanceError,
    now: datetime,
    *,
    bank: Bank | None,
    others: Sequence[Door] = (),
) -> Screen:
    """The end of a flow that was refused. ``bank``: with its doors, where they are known; ``others``: those besides the one
    that was tried."""
    code = error.code if isinstance(error, BankConnectionError) else None
    text = _text(conversation, error, code, now)
    if conversation.purpose == "reconnect":
        return _back_refused(conversation, error, text, bank, others)
    if conversation.purpose == "adopt" and conversation.connection_id is not None and code != "ALREADY_CONNECTED":
        return Screen(text, keyboard([reconnect_button(conversation.connection_id)]))
    again = None if _is_final(error, code) else screens.again_button(conversation, _label(conversation, error, bank))
    more = _more(conversation, error, code, bank, others)
    return screens.over(text, None, *_in_order(code, again, more), other=code != "TOO_MANY_ATTEMPTS")


def _text(conversation: Conversation, error: OpenFinanceError, code: str | None, now: datetime) -> str:
    bank, action = conversation.bank_name, conversation.action
    if code in TIMED_OUT and conversation.asked_code:
        return progress_words.code_expired(bank)
    if code in TIMED_OUT and conversation.asked_link:
        return progress_words.link_expired(bank, action["expires_at"] if action else None, now)
    if code == "INVALID_CREDENTIALS_MFA":
        return progress_words.code_refused(bank)
    return f"⚠️ {refused(error)}"


def _label(conversation: Conversation, error: OpenFinanceError, bank: Bank | None) -> str:
    """What the button that begins anew says."""
    code = error.code if isinstance(error, BankConnectionError) else None
    if code in TIMED_OUT:
        return "Gerar novo link" if conversation.asked_link and not conversation.asked_code else "Recomeçar"
    if isinstance(error, CredentialsRejectedError) and code != "INVALID_CREDENTIALS_MFA":
        door = conversation.door or door_of(bank, conversation.connector_id)
        if door is None or door["kind"] != "open_finance":
            return "Corrigir"
        return "Corrigir CNPJ" if door["person"] == "PJ" else "Corrigir CPF"
    return AGAIN.get(code, "Tentar de novo")


def _more(
    conversation: Conversation, error: OpenFinanceError, code: str | None, bank: Bank | None, others: Sequence[Door]
) -> list[Sequence[InlineKeyboardButton]]:
    """What else may help, a row each."""
    lines: list[Sequence[InlineKeyboardButton]] = []
    if code == "CONNECTOR_OFFLINE" and conversation.connector_id is not None:
        lines.append([screens.watch_button(conversation.connector_id)])
    if code == "ITEM_CREATION_LIMIT_EXCEEDED":
        lines.append([button("Desconectar um banco", "sairp", 0)])
    if code == "CREATE_ITEMS_API_FREE_DISABLED":
        lines.append([screens.ADOPT_BUTTON])
    if code == "ALREADY_CONNECTED" and isinstance(error, BankConnectionError) and error.connection_id is not None:
        lines.append([button("Ver essa conexão", "banco", error.connection_id)])
    if code in OTHER_WAY:
        lines += screens.other_doors(others, bank, "cn_again")
    return lines


def _back_refused(
    conversation: Conversation, error: OpenFinanceError, text: str, bank: Bank | None, others: Sequence[Door]
) -> Screen:
    """The way back did not lead to its end: nothing is lost, and nothing was taken away."""
    code = error.code if isinstance(error, BankConnectionError) else None
    again = None if _is_final(error, code) else screens.again_button(conversation, _label(conversation, error, bank))
    lines = (
        text if isinstance(error, ConnectionNotFoundError) else f"{text}\n{back_words.stays(conversation.bank_name)}"
    )
    ways = [door for door in others if code in OTHER_WAY and door["kind"] == "open_finance"]
    swap = [
        [button(words.BY_OPEN_FINANCE, "cn_again", one["connector_id"], conversation.connection_id)] for one in ways
    ]
    return screens.over(lines, None, *_in_order(code, again, swap), other=False)


def _in_order(
    code: str | None, again: InlineKeyboardButton | None, more: Sequence[Sequence[InlineKeyboardButton]]
) -> list[Sequence[InlineKeyboardButton]]:
    """Trying again comes first, but where another way helps more than that."""
    retry = [] if again is None else [again]
    return [*more, retry] if code in OTHER_WAY else [retry, *more]


def _is_final(error: OpenFinanceError, code: str | None) -> bool:
    return code in NO_RETRY or isinstance(error, ConnectionNotFoundError)


# --- ends that the person, the clock or a restart brought ----------------------------------------------------------


def cancelled(conversation: Conversation) -> Screen:
    """The person stopped before anything had left."""
    is_back = conversation.purpose == "reconnect"
    return Screen(back_words.given_up(conversation.bank_name) if is_back else start_words.CANCELLED)


def withdrawn(conversation: Conversation, outcome: Cancelled, standing: Connection | None) -> Screen:
    """The person stopped after the request had left. ``standing``: the connection, where there still is one."""
    if conversation.purpose == "reconnect" or conversation.stood:
        return Screen(back_words.given_up(conversation.bank_name))
    if outcome == "left" and standing is not None:
        leave = button("Desconectar", "sair", standing["id"])
        return Screen(progress_words.too_late(standing["connector_name"]), keyboard([leave]))
    return Screen(_WITHDRAWN[outcome])


def timed_out(conversation: Conversation) -> Screen:
    """A quarter of an hour of silence."""
    again = screens.again_button(conversation, "Recomeçar")
    if conversation.purpose == "reconnect":
        return screens.over(back_words.timed_out(conversation.bank_name), again, other=False)
    if again is None:
        return screens.over(words.CHOICE_TIMED_OUT, None)
    if conversation.purpose == "adopt":
        return screens.over(words.CHOICE_TIMED_OUT, again, other=False)
    return screens.over(words.TIMED_OUT.format(bank=the_bank(conversation.bank_name)), again, other=False)


def interrupted(conversation: Conversation, *, sent: bool) -> Screen:
    """The process died while values were being typed, or (``sent``) while the request was on its way."""
    bank, is_back = conversation.bank_name, conversation.purpose == "reconnect"
    again = screens.again_button(conversation, "Repetir" if sent else "Recomeçar")
    if is_back:
        return screens.over(back_words.uncertain(bank) if sent else back_words.interrupted(bank), again, other=False)
    text = words.UNCERTAIN if sent else words.RESTARTED
    return screens.over(text.format(bank=the_bank(bank)), again)


def not_connected(conversation: Conversation) -> Screen:
    """A flow that was refused while nobody could be told."""
    again = screens.again_button(conversation)
    if conversation.purpose == "reconnect":
        return screens.over(back_words.not_renewed(conversation.bank_name), again, other=False)
    return screens.over(words.NOT_CONNECTED.format(bank=the_bank(conversation.bank_name)), again)
