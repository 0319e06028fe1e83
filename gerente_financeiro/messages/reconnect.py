"""Bringing a connection back: the same one, its history kept, and a closing sentence that counts it."""

from __future__ import annotations

from datetime import date

from gerente_financeiro.messages.format import bank_text, capital, count, day, the_bank, to_bank
from open_finance.connecting.bank_errors import is_feminine
from open_finance.reports import ReturnSize


def stays(bank: str) -> str:
    """Said whenever a way back was not gone to its end: nothing was lost."""
    return f"{capital(the_bank(bank))} segue como estava."


def given_up(bank: str) -> str:
    """The person, or the silence, ended the way back."""
    return f"Tudo bem. {stays(bank)}"


def needs_action(bank: str) -> str:
    """The bank wants something accepted in its app first."""
    return (
        f"{capital(the_bank(bank))} pede que você abra o app e aceite um aviso. Depois, toque em Continuar.\n"
        "Seu histórico está guardado."
    )


def door_closed(bank: str) -> str:
    """The bank no longer takes a password; Open Finance does."""
    return (
        f"O acesso por senha {to_bank(bank)} foi encerrado. Conecte de novo pelo Open Finance: "
        "eu junto o histórico, sem repetir nada."
    )


def door_closed_for_good(bank: str) -> str:
    """The bank no longer takes a password, and has no other door."""
    return (
        f"O acesso por senha {to_bank(bank)} foi encerrado, e ainda não há outro caminho para esse banco. "
        "Seu histórico está guardado."
    )


def gone(bank: str) -> str:
    """Pluggy no longer has the connection."""
    return (
        f"A conexão com {the_bank(bank)} não existe mais na Pluggy. Conecte de novo: "
        "eu junto o histórico, sem repetir nada."
    )


def by_meu_pluggy(bank: str) -> str:
    """A connection that is renewed where it was made."""
    return (
        f"{capital(the_bank(bank))} chega pelo MeuPluggy. Abra o MeuPluggy e renove o banco lá: os dados voltam sozinhos "
        "em até um dia. Se preferir, conecte de novo por aqui: eu junto o histórico, sem repetir nada."
    )


def interrupted(bank: str) -> str:
    """The process died while values were being typed."""
    return f"Precisei reiniciar no meio e esqueci o que você digitou. Nada foi enviado ao banco. {stays(bank)}"


def uncertain(bank: str) -> str:
    """The process died while the request was being sent."""
    return (
        f"Precisei reiniciar no momento em que falava com {the_bank(bank)}, e a resposta se perdeu. "
        "Repita: nada se duplica."
    )


def not_renewed(bank: str) -> str:
    """Refused while the process was away."""
    return f"Precisei reiniciar, e a renovação {the_bank(bank, 'd')} não foi concluída. {stays(bank)}"


def timed_out(bank: str) -> str:
    """A quarter of an hour of silence."""
    return f"Esperei 15 minutos e parei. {stays(bank)}"


def renewed(bank: str, size: ReturnSize, today: date) -> str:
    """The end: what was kept, what is new, what was repeated."""
    ending = "a" if is_feminine(bank) else "o"
    return f"✅ <b>{bank_text(bank)} renovad{ending}.</b> {counted(size, today)}"


def joined(size: ReturnSize, today: date) -> str:
    """A new connection found a history to go on from."""
    return f"Juntei o histórico que já estava aqui: {counted(size, today)}"


def left_behind(accounts: int) -> str:
    """A new connection took the place of one that brought accounts which it does not bring."""
    number = count(accounts, "conta do acesso anterior não veio", "contas do acesso anterior não vieram")
    return f"⚠️ {number} por aqui: o histórico fica guardado, mas sem atualizar."


def counted(size: ReturnSize, today: date) -> str:
    """``1.204 transações mantidas, 1 retirada pelo banco, 17 novas desde 19/11, nenhuma repetida.``"""
    since = f" desde {day(size.first_new_on, today)}" if size.new and size.first_new_on else ""
    kept = count(size.kept, "transação mantida", "transações mantidas")
    if size.withdrawn:
        kept += f", {count(size.withdrawn, 'retirada', 'retiradas')} pelo banco"
    return f"{kept}, {_number(size.new, 'nova', 'novas')}{since}, {_number(size.repeated, 'repetida', 'repetidas')}."


def see_new(new: int) -> str:
    """The label that opens the new rows."""
    if not new:
        return "Ver extrato"
    return "Ver a nova" if new == 1 else f"Ver as {count(new, '', '').strip()}"


def _number(number: int, one: str, many: str) -> str:
    return f"nenhuma {one}" if number == 0 else count(number, one, many)
