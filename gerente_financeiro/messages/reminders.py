"""The words of the messages that bring people back: before a consent ends, at trouble, and once three days later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gerente_financeiro.messages.format import bank_text, capital, count, day, fit, join_names, the_bank
from gerente_financeiro.messages.names import short_name
from gerente_financeiro.messages.trouble import CODE_LABEL, LABELS, Need, need_of, needs_person, wants_code
from open_finance.clock import local_day
from open_finance.records import Connection

SEVERAL = "🔔 <b>Alguns bancos precisam de você</b>"
ON_PURPOSE = "Foi isso mesmo?"
ALL_WELL = "está em dia: não precisa fazer nada."

_SHORT = {
    Need.RENEW: "renovar",
    Need.CONFIRM_END: "responder",
    Need.PASSWORD: "nova senha",
    Need.CONTINUE: "continuar",
    Need.OTHER_DOOR: "reconectar",
    Need.CONNECT_AGAIN: "reconectar",
    Need.SHARE: "refazer autorização",
    Need.RECONNECT: "reconectar",
}


def expires_soon(connection: Connection, now: datetime) -> str:
    """The consent comes to its end: ``vence em 7 dias (30/11)``. Escaped."""
    bank = connection["connector_name"]
    return (
        f"Sua autorização {the_bank(bank, 'd')} {_vence(connection, now)}. "
        "Renove antes para não ficar sem dados. Até lá tudo continua funcionando."
    )


def in_trouble(connection: Connection, now: datetime, *, again: bool = False) -> str:
    """The bank needs its person; ``again``: three days later, for the last time. Escaped."""
    said = needs_person(connection, now)
    if need_of(connection, now) is Need.CONFIRM_END:
        said += f" {ON_PURPOSE}"
    return f"{said}\n{_last_word('isso')}" if again else said


def several(sentences: Sequence[tuple[Connection, str]], last: Sequence[Connection] = ()) -> str:
    """Several banks in one message, a paragraph each. ``last``: those that are spoken of for the last time."""
    lines = [SEVERAL]
    for connection, sentence in sentences:
        lines += ["", f"<b>{bank_text(connection['connector_name'])}</b>", sentence]
    names = join_names(list(dict.fromkeys(the_bank(each["connector_name"]) for each in last)))
    return fit(lines, ["", _last_word(names)] if names else [])


def short_label(connection: Connection, now: datetime) -> str:
    """The bank's button where several stand in one message: ``Itaú: renovar``. Plain text."""
    need = need_of(connection, now)
    alone = "novo código" if wants_code(connection, now) else "atualizar" if connection["parked_at"] else "renovar"
    return f"{short_name(connection['connector_name'])}: {_SHORT[need] if need else alone}"


def mend_label(connection: Connection, now: datetime) -> str:
    """What the button that leads back in says; before the consent ends, ``Renovar agora``."""
    need = need_of(connection, now)
    if need is None:
        return CODE_LABEL if wants_code(connection, now) else "Renovar agora"
    return LABELS[need]


def on_the_eve(connection: Connection, eve: datetime, now: datetime) -> str:
    """The person wants the reminder of the last day only."""
    bank = the_bank(connection["connector_name"])
    return f"Combinado: sobre {bank}, só aviso de novo na véspera ({day(local_day(eve), local_day(now))})."


def all_well(connection: Connection) -> str:
    """An old reminder was tapped, and the bank needs nothing any more."""
    return f"✅ {capital(the_bank(connection['connector_name']))} {ALL_WELL}"


def _last_word(subject: str) -> str:
    return f"É meu último aviso sobre {subject}. Enquanto nada mudar, digo em cada tela de quando são os dados."


def _vence(connection: Connection, now: datetime) -> str:
    expires_at = connection["consent_expires_at"]
    assert expires_at is not None
    today, last = local_day(now), local_day(expires_at)
    left = (last - today).days
    if left <= 0:
        return "vence hoje"
    when = f"({last:%d/%m})" if last.year == today.year else f"({last:%d/%m/%Y})"
    return f"vence amanhã {when}" if left == 1 else f"vence em {count(left, 'dia', 'dias')} {when}"
