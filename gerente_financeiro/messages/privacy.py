"""The words of /privacidade: what is stored, the archive, and an erasure, of which nothing is called done before it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from gerente_financeiro.messages.format import bank_text, clock_time, count, day, join_names, on_day, the_bank, to_bank
from open_finance.clock import local_day
from open_finance.connecting.bank_errors import is_feminine
from open_finance.personal_data import Erasure, ErasureDone, PersonalSummary

WORD: Final = "APAGAR"

CONFIRMED = "Você confirmou, e comecei a apagar tudo: veja abaixo."
CANCELLED = "Tudo bem. Nada foi apagado."
TIMED_OUT = "Esperei 15 minutos e parei por aqui. Nada foi apagado."
ANOTHER_WORD = f"Nada foi apagado. Para apagar tudo, digite só {WORD}; para desistir, toque em Cancelar."
BEGINNING = "⏳ Apagando tudo…"

PREPARING = "⏳ Preparando seu arquivo… Com muitos lançamentos leva um pouco."
SPLIT = "Seu arquivo passa dos 50 MB que o Telegram aceita. Mando um por ano."

_DONE_HERE = "✅ Lançamentos, contas, investimentos, empréstimos, autorizações e avisos: apagados daqui"


def stored(summary: PersonalSummary, live: Sequence[str], now: datetime) -> str:
    """What is kept of the person. ``live``: the banks that are not disconnected, once for each connection."""
    lines = [_size_line(summary, now)]
    if summary.banks:
        lines += ["", f"Bancos: {join_names([_stored_bank(bank, live) for bank in summary.banks])}."]
    if summary.consent_at is not None:
        lines.append(f"Você autorizou a leitura {on_day(summary.consent_at, now)}.")
    elif not summary.is_empty and not summary.banks:
        lines.append("Há só o registro dos pedidos que você fez aqui.")
    return "\n".join(lines)


def _stored_bank(bank: str, live: Sequence[str]) -> str:
    ending = "a" if is_feminine(bank) else "o"
    if bank in live:
        return f"{bank_text(bank)}{_times(bank, live)}"
    return f"{bank_text(bank)} (desconectad{ending}, histórico guardado)"


def _times(bank: str, live: Sequence[str]) -> str:
    """Said where there is more than one connection to the bank."""
    number = live.count(bank)
    return f" ({count(number, 'conexão', 'conexões')})" if number > 1 else ""


def _size_line(summary: PersonalSummary, now: datetime) -> str:
    if not summary.banks:
        return "Não guardo nenhum banco nem lançamento seu. CPF e senha, nunca."
    parts = [count(len(summary.banks), "banco", "bancos")]
    parts.append(count(summary.transactions, "lançamento", "lançamentos"))
    if summary.since is not None:
        parts.append(f"desde {day(summary.since, local_day(now))}")
    return f"Guardo: {', '.join(parts)}. CPF e senha, nunca."


def confirm(summary: PersonalSummary, live: Sequence[str], now: datetime) -> str:
    """The second step: what is lost, and the word that does it. ``live``: as for ``stored``."""
    lines = ["<b>Apagar tudo</b>", "Isso não tem volta. Você perde:", *_losses(summary, live, now), ""]
    lines.append(f"Para confirmar, digite <b>{WORD}</b>. Espero 15 minutos.")
    if summary.transactions:
        lines.append("Quer uma cópia antes? Toque em Baixar tudo.")
    return "\n".join(lines)


def _losses(summary: PersonalSummary, live: Sequence[str], now: datetime) -> list[str]:
    losses = []
    if live:
        names = join_names([f"{to_bank(bank)}{_times(bank, live)}" for bank in dict.fromkeys(live)])
        losses.append(f"• o acesso {names}: encerro na Pluggy também")
    if summary.accounts or summary.transactions:
        since = "" if summary.since is None else f" desde {day(summary.since, local_day(now))}"
        rows, accounts = (
            count(summary.transactions, "lançamento", "lançamentos"),
            count(summary.accounts, "conta", "contas"),
        )
        losses.append(f"• {rows}{since} e {accounts}")
        losses.append("• os nomes, as categorias e as notas que você deu")
    losses.append("• sua autorização, seus pedidos e seus avisos")
    return losses


def is_the_word(text: str) -> bool:
    """Whether a text is ``APAGAR``: in capitals or not, with or without accents, and nothing else."""
    letters = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(char for char in letters if not unicodedata.combining(char)) == WORD.casefold()


def under_way(erasure: Erasure) -> str:
    """How far an erasure has come; ``banks`` are those still to be ended."""
    lines = [BEGINNING, _DONE_HERE]
    if erasure.banks:
        lines.append(f"⏳ Encerrando o acesso na Pluggy: {_names(erasure)}")
    else:
        lines.append("✅ Acesso na Pluggy: encerrado")
    return "\n".join(lines)


def unconfirmed(erasure: Erasure) -> str:
    """All that can be done now is done; the rest is repeated."""
    lines = ["Seus lançamentos, contas, investimentos, empréstimos, autorizações e avisos já foram apagados daqui."]
    if erasure.banks:
        banks = join_names([the_bank(bank, "d") for bank in dict.fromkeys(erasure.banks)])
        lines.append(f"⏳ A Pluggy ainda não confirmou o fim do acesso {banks}; sigo tentando e aviso quando terminar.")
    if erasure.awaits_request:
        lines.append("⏳ Um pedido de conexão estava a caminho: espero a resposta por até 2 minutos e apago também.")
    lines.append(f"Protocolo {erasure.protocol}.")
    return "\n".join(lines)


def erased(done: ErasureDone, now: datetime) -> str:
    """Nothing of the person is left."""
    return (
        f"✅ Tudo apagado {_when(done.finished_at, now)}. Protocolo {done.protocol}.\n"
        "As mensagens desta conversa ficam no Telegram: se quiser, apague a conversa."
    )


def caption(summary: PersonalSummary, year: int | None = None) -> str:
    """Under the archive."""
    what = "Tudo o que guardo de você" if year is None else f"Seus lançamentos de {year}, e todo o resto"
    rows = "" if year is not None else f": {count(summary.transactions, 'lançamento', 'lançamentos')}"
    return f"{what}{rows}. Comece pelo LEIA-ME.txt. Guarde em lugar seguro: são os dados das suas contas."


def too_large(year: int) -> str:
    """Not even a year fits."""
    return f"Os lançamentos de {year} sozinhos passam de 50 MB. Peça o arquivo a quem administra este bot."


def _names(erasure: Erasure) -> str:
    return join_names([bank_text(bank) for bank in dict.fromkeys(erasure.banks)])


def _when(instant: datetime, now: datetime) -> str:
    """``às 14:22``, or on another day ``ontem às 14:22``, ``em 20/11 às 14:22``."""
    time = f"às {clock_time(instant)}"
    return time if local_day(instant) == local_day(now) else f"{on_day(instant, now)} {time}"
