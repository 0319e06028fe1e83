"""The words for who has not been here for long: before the access to their banks ends, when it has, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gerente_financeiro.messages.format import bank_text, count, join_names, the_bank, to_bank
from open_finance.idle_people import Farewell, IdleNotice
from open_finance.records import Connection

#: More names than that make no sentence.
NAMED = 5
KEPT = "Seu histórico continua aqui; para apagar, /privacidade."
WORKING = "⏳ Desconectando…"


def warning(notice: IdleNotice, today: date) -> str:
    """``Faz 150 dias que você não fala comigo. Em 30 dias (27/12) encerro o acesso…`` Escaped."""
    return (
        f"Faz {count(notice.idle_for, 'dia', 'dias')} que você não fala comigo. "
        f"{_when(notice, today)} encerro o acesso {_to_banks(notice.connections)}, para não ler dados à toa. "
        "Seu histórico fica guardado."
    )


def stays(connections: Sequence[Connection]) -> str:
    """They are here, and everything goes on."""
    return f"✅ Combinado: continuo lendo {_banks(connections)}."


def confirm(connections: Sequence[Connection]) -> str:
    """The second step before all of it is disconnected."""
    return (
        f"Desconectar {_banks(connections)} agora? Paro de ler; o que já li fica guardado, e você apaga quando quiser."
    )


def ended(farewell: Farewell) -> str:
    """The access has ended: by itself, or because they wanted it."""
    banks = farewell.connections
    if farewell.idle_for is None:
        lines = [f"✅ Parei de ler {_banks(banks)}. {KEPT}"]
    else:
        idle_for = count(farewell.idle_for, "dia", "dias")
        lines = [f"Encerrei o acesso {_to_banks(banks)}: fazia {idle_for} que você não falava comigo. {KEPT}"]
    if farewell.unconfirmed:
        lines.append(f"A Pluggy ainda não confirmou o fim {_names(farewell.unconfirmed, 'd')}; sigo tentando e aviso.")
    if any(each["is_open_finance"] for each in banks):
        lines.append("Confira também na área de Open Finance do app de cada banco.")
    lines.append("Para voltar, é só conectar de novo.")
    return "\n".join(lines)


def _when(notice: IdleNotice, today: date) -> str:
    ends_on = notice.ends_on
    day = ends_on.strftime("%d/%m" if ends_on.year == today.year else "%d/%m/%Y")
    return f"Amanhã ({day})" if notice.days_left <= 1 else f"Em {count(notice.days_left, 'dia', 'dias')} ({day})"


def _to_banks(connections: Sequence[Connection]) -> str:
    if len(connections) == 1:
        return to_bank(connections[0]["connector_name"])
    return f"aos seus {len(connections)} bancos{_in_brackets(connections)}"


def _banks(connections: Sequence[Connection]) -> str:
    if len(connections) == 1:
        return the_bank(connections[0]["connector_name"])
    return f"os seus {len(connections)} bancos{_in_brackets(connections)}"


def _in_brackets(connections: Sequence[Connection]) -> str:
    names = list(dict.fromkeys(bank_text(each["connector_name"]) for each in connections))
    return f" ({join_names(names)})" if len(names) <= NAMED else ""


def _names(connections: Sequence[Connection], preposition: str) -> str:
    names = list(dict.fromkeys(the_bank(each["connector_name"], preposition) for each in connections))
    return join_names(names) if len(names) <= NAMED else f"{preposition}e {len(names)} bancos"
