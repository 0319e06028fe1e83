"""What a connection needs of its person: the kind of trouble, its words, and what the button that mends it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

from gerente_financeiro.messages import reconnect
from gerente_financeiro.messages.format import capital, day, on_day, own_sentence, the_bank
from open_finance.clock import local_day
from open_finance.connecting.bank_errors import sentence, wording_of
from open_finance.connectors import MEU_PLUGGY
from open_finance.records import Connection
from open_finance.trouble import CODE_WANTED

ENDS_SOON = timedelta(days=15)


class Need(Enum):
    """What only the person can do, so that a connection brings news again."""

    RENEW = auto()  # the consent came to its end
    CONFIRM_END = auto()  # the consent was ended at the bank: perhaps on purpose
    PASSWORD = auto()
    CONTINUE = auto()  # something to accept in the bank's app
    OTHER_DOOR = auto()  # the direct door was closed
    CONNECT_AGAIN = auto()  # Pluggy no longer knows the item
    SHARE = auto()  # authorised, but no account was chosen
    RECONNECT = auto()  # anything else


#: Trouble code → what it needs; a code that nobody has seen before is mended by reconnecting.
_NEEDS = {
    "CONSENT_EXPIRED": Need.RENEW,
    "USER_AUTHORIZATION_REVOKED": Need.CONFIRM_END,
    "INVALID_CREDENTIALS": Need.PASSWORD,
    "LOGIN_ERROR": Need.PASSWORD,
    "LAST_EXECUTION_HAD_LOGIN_ERROR": Need.PASSWORD,
    "ACCOUNT_CREDENTIALS_RESET": Need.PASSWORD,
    "ACCOUNT_NEEDS_ACTION": Need.CONTINUE,
    "DOOR_CLOSED": Need.OTHER_DOOR,
    "ITEM_NOT_FOUND": Need.CONNECT_AGAIN,
    "NOTHING_SHARED": Need.SHARE,
}

#: What Pluggy may refuse a request with, and asking again does not cure.
MENDED_BY_PERSON = frozenset(_NEEDS)

#: What the button that leads back in says, beside the bank's name: in a message that speaks of one bank, and of several.
LABELS = {
    Need.RENEW: "Renovar",
    Need.CONFIRM_END: "Reconectar",
    Need.PASSWORD: "🔒 Informar nova senha",
    Need.CONTINUE: "Continuar",
    Need.OTHER_DOOR: "Conectar pelo Open Finance",
    Need.CONNECT_AGAIN: "Conectar de novo",
    Need.SHARE: "Refazer autorização",
    Need.RECONNECT: "Reconectar",
}

#: As ``LABELS``, where nothing is wrong and a code of the moment is all that the bank wants.
CODE_LABEL = "Informar novo código"

#: What an ended consent shows as, depending on whether and how the bank was asked since.
_ENDED_CONSENT = frozenset({None, "LOGIN_ERROR", "USER_AUTHORIZATION_REVOKED", "CONSENT_EXPIRED"})
_PASSWORD_CHANGED = frozenset({"INVALID_CREDENTIALS", "LOGIN_ERROR", "LAST_EXECUTION_HAD_LOGIN_ERROR"})


def need_of(connection: Connection, now: datetime) -> Need | None:
    """What the connection needs of its person; None when nothing, also while it is on its way out."""
    code = connection["trouble_code"]
    if connection["disconnecting"] or connection["settled_at"] is None:
        return None
    if connection["gone"]:
        return Need.OTHER_DOOR if code == "DOOR_CLOSED" else Need.CONNECT_AGAIN
    if code in _ENDED_CONSENT and _came_to_its_end(connection, now):
        return Need.RENEW
    if code is None:
        return None
    need = _NEEDS.get(code, Need.RECONNECT)
    has_no_password = need is Need.PASSWORD and connection["is_open_finance"]
    is_mended_there = connection["connector_id"] == MEU_PLUGGY and need is not Need.CONNECT_AGAIN
    return Need.RECONNECT if has_no_password or is_mended_there else need


def can_be_asked(connection: Connection, now: datetime) -> bool:
    """Whether to ask for news. To repeat a password that was refused locks accounts; to read again what Pluggy has, where
    nothing more is possible, is harmless."""
    if connection["settled_at"] is None or connection["disconnecting"] or connection["gone"]:
        return False
    needs_nobody = need_of(connection, now) is None and not connection["asks_code"]
    return connection["connector_id"] == MEU_PLUGGY or needs_nobody


def wants_code(connection: Connection, now: datetime) -> bool:
    """Whether nothing is wrong, and news come only with a code of the moment, which the person has."""
    standing = connection["settled_at"] is not None and not connection["disconnecting"]
    return standing and connection["asks_code"] and need_of(connection, now) is None


def is_to_be_mended(connection: Connection, now: datetime) -> bool:
    """Whether the way back in is worth offering: something is wrong, or the consent ends soon."""
    if need_of(connection, now) is not None:
        return True
    expires_at, standing = connection["consent_expires_at"], connection["settled_at"] is not None
    return standing and not connection["disconnecting"] and expires_at is not None and expires_at - now <= ENDS_SOON


def needs_person(connection: Connection, now: datetime) -> str:
    """What happened and what to do, from trouble or an ended consent. Escaped. Only where ``need_of`` or ``wants_code`` say
    something."""
    name = connection["connector_name"]
    bank, of_bank = the_bank(name), the_bank(name, "d")
    match need_of(connection, now):
        case Need.RENEW:
            ended = _when(connection["consent_expires_at"] or connection["trouble_at"], now)
            return f"A autorização {of_bank} venceu {ended}. Seu histórico está guardado; parei de receber novidades."
        case Need.CONFIRM_END:
            ended = _when(connection["trouble_at"], now)
            return f"O compartilhamento com {bank} foi encerrado no app do banco{ended and f' {ended}'}."
        case Need.PASSWORD if connection["trouble_code"] in _PASSWORD_CHANGED:
            changed = "Isso acontece quando você troca a senha no banco."
            return f"{capital(bank)} não aceitou mais a senha. {changed}"
        case Need.CONTINUE:
            return reconnect.needs_action(name)
        case Need.OTHER_DOOR:
            return reconnect.door_closed(name)
        case Need.CONNECT_AGAIN:
            return reconnect.gone(name)
        case None:
            return own_sentence(sentence(CODE_WANTED, name))
        case _ if connection["connector_id"] == MEU_PLUGGY:
            return reconnect.by_meu_pluggy(name)
        case _:
            return own_sentence(sentence(wording_of(connection["trouble_code"] or "", connection), name))


def parked(connection: Connection, now: datetime) -> str:
    """Every pass fails, for days, and nobody need do anything. Escaped."""
    bank, failing_since = the_bank(connection["connector_name"]), connection["failing_since"]
    since = f" desde {day(local_day(failing_since), local_day(now))}" if failing_since else ""
    return (
        f"Não consigo ler {bank}{since}: o banco ou a Pluggy não responde como deveria. Seu histórico está guardado. "
        "Tento de novo todo dia às 6h; você não precisa fazer nada."
    )


def _came_to_its_end(connection: Connection, now: datetime) -> bool:
    """The consent expired, and was not ended before."""
    expires_at, trouble_at = connection["consent_expires_at"], connection["trouble_at"]
    return expires_at is not None and expires_at <= now and (trouble_at is None or expires_at <= trouble_at)


def _when(instant: datetime | None, now: datetime) -> str:
    """As ``on_day``; nothing where nobody knows."""
    return "" if instant is None else on_day(instant, now)
