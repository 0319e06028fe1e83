"""The words of /sincronizar and of every ``Atualizar`` button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gerente_financeiro.messages import trouble
from gerente_financeiro.messages.errors import bank_says
from gerente_financeiro.messages.format import (
    bank_text,
    capital,
    clean_text,
    clock_time,
    count,
    day,
    fit,
    join_names,
    moment,
    own_sentence,
    the_bank,
    to_bank,
)
from open_finance.clock import local_day
from open_finance.connect_flow import Phase
from open_finance.connecting.bank_errors import is_feminine
from open_finance.errors import BankConnectionError
from open_finance.records import Connection

CHOOSE = "Qual banco atualizar?"
NOTHING = "Nenhum banco conectado: não há o que atualizar."
ALREADY = "Já estou atualizando. Aviso na mensagem acima quando terminar."
CANCELLED = "Cancelado."

_READING: dict[Phase, str] = {
    "login": "entrando no banco",
    "accounts": "lendo contas",
    "cards": "lendo cartões e faturas",
    "transactions": "lendo lançamentos",
    "investments": "lendo investimentos",
    "identity": "terminando",
    "loans": "terminando",
    "finishing": "terminando",
}


def asking(banks: Sequence[str]) -> str:
    """Shown at once, before Pluggy has answered."""
    return f"⏳ Pedindo atualização: {join_names([bank_text(bank) for bank in banks])}…"


def asked(bank: str) -> str:
    """The bank is being read."""
    return f"⏳ Pedi atualização {to_bank(bank)}. Costuma levar 1 a 3 min; aviso aqui."


def reading(bank: str, phase: Phase) -> str:
    """How far the bank is."""
    return f"⏳ Pedi atualização {to_bank(bank)}: {_READING[phase]}. Costuma levar 1 a 3 min; aviso aqui."


def updated(bank: str, new_rows: int) -> str:
    """The reading ended well."""
    ending = "a" if is_feminine(bank) else "o"
    news = count(new_rows, "novo lançamento", "novos lançamentos") if new_rows else "nenhum lançamento novo"
    return f"✅ {bank_text(bank)} atualizad{ending}: {news}."


def updated_in_part(bank: str, new_rows: int) -> str:
    """The reading ended, without some product."""
    return f"{updated(bank, new_rows)} O banco não trouxe tudo; tento de novo na próxima leitura."


def reread(bank: str, new_rows: int, *, changed: bool) -> str:
    """A connection that only Pluggy's own schedule refreshes: what it has was read again. ``changed``: anything of it is
    not as it was, if only what is invested there."""
    alone = f"{capital(the_bank(bank))} atualiza sozinh{'a' if is_feminine(bank) else 'o'} uma vez por dia; reli agora"
    if not new_rows and not changed:
        return f"{alone} e não há novidades."
    return f"✅ {alone}: {_news(new_rows) if new_rows else 'nenhum lançamento novo, mas outros dados mudaram'}."


def being_read(bank: str) -> str:
    """A scheduled reading has it in hand."""
    return f"⏳ Já estou lendo {the_bank(bank)}: os dados novos aparecem em instantes."


def refused(error: BankConnectionError, connection: Connection, now: datetime) -> str:
    """Why not now, and from when on. ``retry_at`` is told here, in the day's own words."""
    bank, last = connection["connector_name"], connection["last_updated_at"]
    when = f" Próxima possível {_at(error.retry_at, now)}." if error.retry_at else ""
    if error.code == "TOO_MANY_ATTEMPTS":
        return f"{bank_text(bank)}: você já pediu muitas atualizações em pouco tempo.{when}"
    if error.code in _TOO_SOON and last:
        return f"{bank_text(bank)}: última leitura {_ago(last, now)}.{when}"
    if error.code in _UNDER_WAY:
        return own_sentence(error.user_message)
    return f"{failed(bank, error.user_message)}{bank_says(error)}"


def needs_its_person(connection: Connection, now: datetime) -> str:
    """Why a bank is not even asked."""
    return f"⚠️ {trouble.needs_person(connection, now)}"


def left_to_the_schedule(bank: str) -> str:
    """The process that was watching ends."""
    return f"⏳ {bank_text(bank)}: precisei reiniciar no meio. A leitura continua, e os dados aparecem quando chegarem."


def needs_person(bank: str) -> str:
    """The bank asks something; the question itself arrives in its own message."""
    return f"⚠️ {bank_text(bank)} espera uma resposta sua para continuar."


def slow(bank: str) -> str:
    """The bank did not finish while we watched; the schedule goes on."""
    return (
        f"⏳ {bank_text(bank)} está demorando mais que o normal. Continuo tentando e os dados aparecem quando chegarem."
    )


def failed(bank: str, reason: str) -> str:
    """Pluggy could not be asked. ``reason``: the error's sentence for people, which names the bank or is given its name."""
    names_it = clean_text(bank) in clean_text(reason, len(reason))
    return f"⚠️ {own_sentence(reason)}" if names_it else f"⚠️ {bank_text(bank)}: {own_sentence(reason)}"


def outcome(lines: Sequence[str]) -> str:
    """What became of each bank, one line each."""
    return fit(lines)


_UNDER_WAY = frozenset({"REFRESH_IN_PROGRESS", "ITEM_ALREADY_UPDATING"})
_TOO_SOON = frozenset({"REFRESHED_RECENTLY", "CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY"})


def _news(new_rows: int) -> str:
    return count(new_rows, "novo lançamento", "novos lançamentos")


def _ago(last: datetime, now: datetime) -> str:
    minutes = int((now - last).total_seconds() // 60)
    if minutes < 1:
        return "agora mesmo"
    return f"há {minutes} min" if minutes < 60 else moment(last, now)


def _at(when: datetime, now: datetime) -> str:
    """``às 15:10`` today, ``amanhã às 06:00``, ``em 25/11 às 06:00``."""
    name = day(local_day(when), local_day(now))
    if name == "hoje":
        return f"às {clock_time(when)}"
    return f"{name} às {clock_time(when)}" if name == "amanhã" else f"em {name} às {clock_time(when)}"
