"""What the bot says when it will not or cannot do something."""

from __future__ import annotations

from gerente_financeiro.messages.format import bank_text, escape
from open_finance.errors import BankConnectionError, OpenFinanceError

BANK_SAYS_LIMIT = 200
PRIVATE_ONLY = "Fale comigo no privado."
SOMETHING_FAILED = escape(OpenFinanceError.default_user_message)
TEXT_ONLY = "Só entendo texto e botões. Veja o que sei fazer em /ajuda."
COULD_NOT_DELETE = "Não consegui apagar sua mensagem. Apague você, por favor."


def stranger(user_id: int) -> str:
    """All that somebody who is not on the list is ever told."""
    return f"Este bot é particular. Seu id é <code>{user_id}</code>: envie para quem administra."


def refused(error: OpenFinanceError) -> str:
    """The error's own sentence for people, and what the bank itself says. It may carry a bank's name, so it is escaped."""
    return f"{escape(error.user_message)}{bank_says(error)}"


def bank_says(error: OpenFinanceError) -> str:
    """A line with the bank's own message, escaped and short, where that tells what is to be done; otherwise nothing."""
    if not isinstance(error, BankConnectionError) or error.code != "ACCOUNT_NEEDS_ACTION":
        return ""
    said = bank_text(error.provider_message or "", BANK_SAYS_LIMIT)
    return f"\nMensagem do banco: “{said}”" if said else ""


def menu_expired(command: str) -> str:
    """The answer to an old button. Plain text: Telegram shows it in an alert."""
    return f"Este menu expirou. Use /{command}"
