"""The words of the reminders of card bills. Pure: escaped HTML."""

from __future__ import annotations

from datetime import timedelta

from gerente_financeiro.messages.accounts import bank_and_digits, last_digits
from gerente_financeiro.messages.format import bank_text, clean_text, count, money, the_bank
from open_finance.bill_alerts import BillDue
from open_finance.records import Account

NO_TOTAL = "O valor está no app do banco."


def bill_due(due: BillDue) -> str:
    """``💳 Fatura do Nubank ••1234 vence em 3 dias (10/12): R$ 1.274,90 (mínimo R$ 179,76).``"""
    begins = f"💳 Fatura {_of_card(due.card)} vence {_when(due)}"
    least = None if due.minimum is None else f"mínimo {money(due.minimum, due.currency_code)}"
    if due.total is None:
        return f"{begins}{f', {least}' if least else ''}. {NO_TOTAL}"
    return f"{begins}: {_amount(due)}{f' ({least})' if least else ''}."


def _of_card(card: Account) -> str:
    """``do Nubank ••1234``, ``da Caixa ••1234``; with the person's own name, ``de Cartão da casa (Nubank)``."""
    if clean_text(card["custom_name"] or ""):
        return f"de {bank_and_digits(card)}"
    return " ".join(filter(None, [the_bank(card["connector_name"], "d"), bank_text(last_digits(card))]))


def _when(due: BillDue) -> str:
    today, last = due.due_on - timedelta(days=due.days_left), due.due_on
    day = f"({last:%d/%m})" if last.year == today.year else f"({last:%d/%m/%Y})"
    name = {0: "hoje", 1: "amanhã"}.get(due.days_left) or f"em {count(due.days_left, 'dia', 'dias')}"
    return f"{name} {day}"


def _amount(due: BillDue) -> str:
    assert due.total is not None
    assert due.left is not None
    total = money(due.total, due.currency_code)
    if not due.paid:
        return total
    verb = "falta" if due.left < 2 else "faltam"
    return f"{verb} {money(due.left, due.currency_code)} de {total}"
