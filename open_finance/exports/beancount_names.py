"""What accounts are called in a Beancount file: names that the language takes, each account its own. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from open_finance.exports.settled_rows import account_keys
from open_finance.insights.taxonomy import INCOME, INVESTMENTS, OTHERS, TRANSFERS
from open_finance.reading.statement_export import ExportAccount, ExportRow

OPENING: Final = "Equity:Saldo-Inicial"
TRANSFERRED: Final = "Equity:Transferencias"
#: Where money goes that is neither earned nor spent, and whose other side is in no account of ours.
_ASIDE: Final = {
    "own_transfer": TRANSFERRED,
    "bill_payment": "Equity:Pagamentos-De-Fatura",
    "investment": "Equity:Investimentos",
    "not_spending": "Equity:Fora-Dos-Gastos",
}
_HIDDEN: Final = "Equity:Contas-Ocultas"
#: Groups of which money in is earned; of any other it is a refund, and lowers what was spent.
_EARNED: Final = frozenset({INCOME, TRANSFERS, INVESTMENTS, OTHERS})


def account_names(accounts: tuple[ExportAccount, ...]) -> dict[int, str]:
    """``{our id: Assets:Itau:Corrente-2346}``; what is owed is ``Liabilities``. Not made of what a person calls an account:
    a new name would be a new account."""
    keys = account_keys(accounts)
    wanted = {account.id: _account_name(account) for account in accounts}
    taken = list(wanted.values())
    return {one: name if taken.count(name) == 1 else f"{name}-{keys[one].upper()}" for one, name in wanted.items()}


def _account_name(account: ExportAccount) -> str:
    bank = component(account.bank)
    if account.type == "CREDIT":
        return f"Liabilities:{bank}:{component(f'Cartao {account.number}')}"
    kind = "Poupanca" if account.subtype == "SAVINGS_ACCOUNT" else "Corrente"
    return f"Assets:{bank}:{component(f'{kind} {account.number}')}"


class CategoryNames:
    """The other side of each row. Two categories that are called alike here are told apart by their ids."""

    def __init__(self, rows: Iterable[ExportRow], hidden: frozenset[int] = frozenset()) -> None:
        """``hidden``: our ids of accounts whose rows are in no total."""
        self._hidden = hidden
        self._names: dict[tuple[str, str], str] = {}
        taken: set[str] = set()
        for row in sorted(rows, key=lambda row: row.category_id):
            key = self._key(row)
            if key not in self._names:
                name = f"{key[0]}:{component(row.group)}:{component(row.category)}"
                self._names[key] = name if name not in taken else f"{name}-{component(row.category_id)}"
                taken.add(self._names[key])

    def of(self, row: ExportRow) -> str:
        """The account against which a row is booked."""
        if row.kind not in {"income", "outgoing"}:
            return _ASIDE[row.kind]
        return _HIDDEN if row.account_id in self._hidden else self._names[self._key(row)]

    @staticmethod
    def _key(row: ExportRow) -> tuple[str, str]:
        earned = row.kind == "income" and row.group in _EARNED
        return "Income" if earned else "Expenses", f"{row.group}|{row.category_id}"


def component(text: str) -> str:
    """``Restaurantes e delivery`` → ``Restaurantes-E-Delivery``: ASCII letters, digits and hyphens, a capital first; of a
    text without any of these, a digest."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    name = "-".join(word[0].upper() + word[1:] for word in words)[:60].rstrip("-")
    return name or f"X{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"
