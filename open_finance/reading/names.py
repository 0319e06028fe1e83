"""What accounts and rows are called, on every screen and in every file. Plain text, not escaped. Pure."""

from __future__ import annotations

from open_finance.reading.balances import is_card, is_savings
from open_finance.reading.plain_text import plain_line
from open_finance.records import Account, StatementRow

NAME_LIMIT = 40
NO_DESCRIPTION = "Sem descrição"


def account_name(account: Account) -> str:
    """What people call it: their own name, or the bank's: ``Conta corrente ••4321``, ``Poupança ••99``, ``Visa ••8890``."""
    own = plain_line(account["custom_name"], NAME_LIMIT)
    return " ".join(filter(None, [own, last_digits(account)])) if own else bank_account_name(account)


def bank_account_name(account: Account) -> str:
    """As ``account_name``, whatever the person calls it."""
    return " ".join(filter(None, [plain_line(_kind(account), 28), last_digits(account)]))


def last_digits(account: Account) -> str:
    """``••4321``, or nothing where the bank gives no number."""
    number = plain_line(account["number"], 8)
    return f"••{number}" if number else ""


def row_title(row: StatementRow, limit: int | None = None) -> str:
    """What a row is called: ``iFood``."""
    titles = (row["description"], row["merchant_name"], row["counterparty"])
    return next(filter(None, (plain_line(text, limit) for text in titles)), NO_DESCRIPTION)


def _kind(account: Account) -> str:
    named = account["marketing_name"] or account["name"]
    if is_card(account):
        return (account["card_brand"] or "").replace("_", " ").title() or named or "Cartão"
    if is_savings(account):
        return "Poupança"
    return "Conta corrente" if account["subtype"] == "CHECKING_ACCOUNT" else named or "Conta"
