"""The words of one account's screen: its name, whether it counts, and the history it took in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gerente_financeiro.messages.accounts import NAME_LIMIT, account_line, account_name, bank_account_name
from gerente_financeiro.messages.format import bank_text, count, fit, on_day, truth_line
from open_finance.clock import local_day
from open_finance.reading.balances import BankAccounts
from open_finance.records import Account, AccountJoin

OUT = "Fora do total: não entra nas somas de /saldo nem de /extrato."
HIDDEN_NOW = "✅ Tirei do total."
SHOWN_NOW = "✅ Voltou para o total."
UNDONE = "✅ Desfeito."
NAMED_BY_BANK = "✅ Voltei ao nome do banco."
NAMELESS = "Preciso de um nome com letras ou números. Como quer chamar?"
NO_COMMAND = "Um nome não pode começar com “/”. Como quer chamar?"
KEPT_APART = "Você separou esta conta de outra igual: não junto as duas de novo."
GONE = "Não encontrei mais essa conta. Veja as suas em /minhas_contas."
NAME_STAYS = "O nome continua como estava."
NOT_RENAMED = f"Tudo bem. {NAME_STAYS}"


def accounts_of_bank(bank: BankAccounts) -> str:
    """The choice of an account."""
    return f"🏦 <b>{bank_text(bank.connection['connector_name'])}</b>\nQual conta você quer ver?"


def account_screen(account: Account, bank: BankAccounts, joins: Sequence[AccountJoin], now: datetime) -> str:
    """One account: what it has, whether it counts, what it is called, what was joined to it."""
    today = local_day(now)
    lines = [f"🏦 <b>{bank_text(account['connector_name'])}</b>", account_line(account, bank, today)]
    if account["custom_name"]:
        lines.append(f"No banco: {bank_text(bank_account_name(account), 60)}")
    if account["hidden"]:
        lines.append(OUT)
    lines += [_joined(join, now) for join in joins]
    if account["apart"]:
        lines.append(KEPT_APART)
    truth = truth_line([bank.connection], now)
    return fit(lines, ["", truth] if truth else [])


def ask_name(account: Account) -> str:
    """The prompt of a new name."""
    name = f"{bank_text(bank_account_name(account), 60)} ({bank_text(account['connector_name'])})"
    return f"Como quer chamar a conta {name}?\nDigite o nome, com até {NAME_LIMIT} letras."


def renamed(name: str) -> str:
    """The account has its person's own name."""
    return f"✅ Pronto: agora é “{bank_text(name)}”."


def too_long(length: int) -> str:
    """The name does not fit."""
    return f"São {length} letras, e cabem {NAME_LIMIT}. Mande um nome mais curto."


def ask_separation(account: Account, join: AccountJoin) -> str:
    """The second step: what becomes of the two histories."""
    return (
        f"São contas diferentes? O histórico que veio de {_former(join)} ({_rows(join)}) sai da conta "
        f"{bank_text(account_name(account), 60)} e fica à parte, em /extrato.\n"
        "Nada é apagado, mas o que as duas têm em comum passa a contar duas vezes, e não junto as duas de novo. Para apagar "
        "depois o histórico antigo, use /desconectar_banco."
    )


def separated(join: AccountJoin) -> str:
    """They are two accounts again."""
    return f"✅ Separei o histórico de {_former(join)}: {_rows(join)} à parte, em /extrato."


def _joined(join: AccountJoin, now: datetime) -> str:
    return f"🔗 Juntei o histórico de {_former(join)} {on_day(join['joined_at'], now)}: {_rows(join)}, nenhum repetido."


def _former(join: AccountJoin) -> str:
    if join["former_connection_id"] == join["connection_id"]:
        return "antes da reconexão"
    return " · ".join(filter(None, [bank_text(join["bank"], 24), bank_text(join["account"])]))


def _rows(join: AccountJoin) -> str:
    return count(_size(join), "lançamento", "lançamentos")


def _size(join: AccountJoin) -> int:
    return join["matched"] + join["kept"]
