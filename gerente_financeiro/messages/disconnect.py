"""The words of /desconectar_banco: nothing is called done before Pluggy has confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from gerente_financeiro.messages.format import bank_text, capital, count, join_names, the_bank
from open_finance.connecting.bank_errors import is_feminine
from open_finance.records import Connection

CHOOSE = "Qual banco desconectar?"
KEPT = "Você ainda tem histórico guardado:"
CHOOSE_KEPT = f"Nenhum banco conectado. {KEPT}"
NOTHING = "Nenhum banco conectado: não há o que desconectar."
CANCELLED = "Tudo bem. Nada foi desconectado."


class End(Enum):
    """What became of a connection that left."""

    KEPT = auto()
    ERASED = auto()
    REPLACED = auto()


def choose(leaving: Sequence[str], *, standing: bool, kept: bool) -> str:
    """What there is to choose from: banks, or the history of those that left. ``leaving``: those whose end is still to be
    confirmed."""
    if standing:
        return CHOOSE
    if not leaving:
        return CHOOSE_KEPT if kept else NOTHING
    names = join_names([the_bank(bank, "d") for bank in dict.fromkeys(leaving)])
    said = f"Nenhum outro banco conectado. Ainda espero a Pluggy confirmar o fim {names}; sigo tentando e aviso."
    return f"{said}\n{KEPT}" if kept else said


def ask(connection: Connection, transactions: int, accounts: int) -> str:
    """The first step: what will end, and the question of the history."""
    others = " Ele foi criado fora deste bot: quem mais o usa também o perde." if connection["adopted"] else ""
    return (
        f"<b>Desconectar {the_bank(connection['connector_name'])}</b>\n"
        f"Vou encerrar o acesso na Pluggy agora.{others} E o seu histórico ({_size(transactions, accounts)})?"
    )


def confirm_erasure(bank: str, transactions: int, accounts: int) -> str:
    """The second step: what is lost, in numbers."""
    return f"Isso não tem volta. Apagar {_size(transactions, accounts, ' e ')} {the_bank(bank, 'd')}?"


def confirm_kept_erasure(bank: str, transactions: int, accounts: int) -> str:
    """The second step for a bank that has left already."""
    return (
        f"{capital(the_bank(bank))} já está desconectad{_ending(bank)}. "
        f"Apagar o histórico guardado ({_size(transactions, accounts)})? Isso não tem volta."
    )


def erased(bank: str) -> str:
    """Nothing is kept any more."""
    return f"✅ Histórico {the_bank(bank, 'd')} apagado."


def working(bank: str) -> str:
    """While Pluggy is asked."""
    return f"⏳ Desconectando {the_bank(bank)}…"


def done(connection: Connection, *, keep_history: bool) -> str:
    """Pluggy confirmed."""
    return f"✅ {_end(connection, keep_history=keep_history)}"


def unconfirmed(bank: str, *, keep_history: bool) -> str:
    """Pluggy could not be reached or did not confirm."""
    text = f"Parei de ler {the_bank(bank)}. A Pluggy ainda não confirmou; sigo tentando e aviso."
    return text if keep_history else f"{text}\nO histórico será apagado assim que ela confirmar."


def confirmed(connection: Connection, end: End) -> str:
    """Told later, when a repeated request was confirmed at last."""
    if end is End.REPLACED:
        old = f"a conexão antiga {the_bank(connection['connector_name'], 'd')} foi encerrada"
        return f"✅ A Pluggy confirmou: {old}. O histórico continua na nova."
    return f"✅ A Pluggy confirmou: {_end(connection, keep_history=end is End.KEPT)}"


def _end(connection: Connection, *, keep_history: bool) -> str:
    bank, ending = connection["connector_name"], _ending(connection["connector_name"])
    history = ". Seu histórico continua em /extrato." if keep_history else f" e apagad{ending}."
    lines = [f"{bank_text(bank)} desconectad{ending}{history}"]
    if connection["is_open_finance"]:
        lines.append(f"Confira também na área de Open Finance do app {the_bank(bank, 'd')}.")
    return "\n".join(lines)


def _size(transactions: int, accounts: int, joint: str = ", ") -> str:
    return f"{count(transactions, 'lançamento', 'lançamentos')}{joint}{count(accounts, 'conta', 'contas')}"


def _ending(bank: str) -> str:
    return "a" if is_feminine(bank) else "o"
