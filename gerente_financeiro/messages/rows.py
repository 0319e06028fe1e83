"""The words of one row: what it is, where, in which category and why, what the bank itself writes."""

from __future__ import annotations

from datetime import date, datetime

from gerente_financeiro.messages.accounts import bank_and_name
from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    clock_time,
    count,
    day,
    fit,
    money,
    signed,
)
from open_finance.category_book import NOTE_LIMIT, RowView
from open_finance.clock import local_day
from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.row_categories import NOT_SPENDING
from open_finance.records import PENDING, Transaction

SAYS_LIMIT = 200
NOTED = "✅ Nota guardada."
NOT_NOTED = "✅ Nota apagada."
NOTE_STAYS = "Tudo bem. A nota continua como estava."
NOTE_TIMED_OUT = "Esperei 15 minutos e parei por aqui. A nota continua como estava."
NO_NOTE = "Uma nota não pode começar com “/”. O que quer anotar?"
NO_LETTERS = "Só números podem ser uma senha ou um código, e isso eu não guardo. Escreva a nota com palavras."
GONE = "Não encontrei mais esse lançamento. O que vale está em /extrato."

_FLOWS = {
    Flow.OWN_TRANSFER: "não é gasto: fica entre suas contas",
    Flow.BILL_PAYMENT: "não é gasto: as compras da fatura já contam",
    Flow.INVESTMENT: "não é gasto: o dinheiro continua seu",
    Flow.FEE: "pelo que o banco diz",
}
_REASONS = {
    "manual": "você corrigiu",
    "merchant": "pelo ramo da loja",
    "mcc": "pelo ramo da loja",
    "model": "pelo nome",
    "advice": "pelo nome",
    "pluggy": "informado pelo banco",
}


def row_name(row: Transaction, limit: int = 40) -> str:
    """What a row is called: ``iFood``. Escaped."""
    titles = (row["merchant_name"], row["description"], row["counterparty"], "sem descrição")
    return next(filter(None, (bank_text(text, limit) for text in titles if text)))


def row_amount(row: Transaction) -> str:
    """``R$ 89,90``, ``+R$ 120,00``."""
    return signed(row["amount"], row["currency_code"]).removeprefix("-")


def details(view: RowView, now: datetime) -> str:
    """One row, opened."""
    row, today = view.row, local_day(now)
    lines = [f"<b>{row_name(row)} — {row_amount(row)}</b>", _where(view, today)]
    lines += [_category(view, today), *_foreign(row), *_parts(row), *_bank_text(row)]
    if row["note"]:
        lines.append(f"Nota: {bank_text(row['note'], 2 * SAYS_LIMIT)}")
    return fit(lines)


def ask_note(view: RowView) -> str:
    """The prompt of a note."""
    standing = f"Hoje está: “{bank_text(view.own_note, NOTE_LIMIT)}”. A nova fica no lugar.\n" if view.own_note else ""
    return (
        f"O que quer anotar em {row_name(view.row)} ({row_amount(view.row)})?\n"
        f"{standing}Digite a nota, com até {NOTE_LIMIT} letras. Sem CPF nem senha."
    )


def too_long_a_note(length: int) -> str:
    """The note does not fit."""
    return f"São {count(length, 'letra', 'letras')}, e cabem {NOTE_LIMIT}. Mande uma nota mais curta."


def month_of_year(month: date, today: date) -> str:
    """``dezembro``, ``dezembro de 2025``."""
    name = MONTHS[month.month - 1].lower()
    return name if month.year == today.year else f"{name} de {month.year}"


def _where(view: RowView, today: date) -> str:
    row = view.row
    when = day(row["occurred_on"], today)
    if row["occurred_at"] is not None and local_day(row["occurred_at"]) == row["occurred_on"]:
        when = f"{when} {clock_time(row['occurred_at'])}"
    if row["occurred_on"] > today:
        when = f"agendado para {when}"
    bill = [] if view.bill_month is None else [f"fatura de {month_of_year(view.bill_month, today)}"]
    pending = ["ainda não confirmado pelo banco"] if row["status"] == PENDING else []
    return " · ".join([when[:1].upper() + when[1:], bank_and_name(view.account), *bill, *pending])


def _category(view: RowView, today: date) -> str:
    reason = _reason(view, today)
    if view.category is None:
        return f"Categoria: {reason}"
    return f"Categoria: {bank_text(view.category)} ({reason})"


def _reason(view: RowView, today: date) -> str:
    decided = view.decided
    if decided.reason == "rule" and decided.rule is not None:
        return f"regra sua desde {day(local_day(decided.rule['updated_at']), today)}"
    if decided.reason == "flow":
        return _FLOWS.get(decided.flow, "pelo que o banco diz")
    return _REASONS.get(decided.reason, "não sei ao certo")


def _foreign(row: Transaction) -> list[str]:
    if row["foreign_amount"] is None or not row["foreign_currency"]:
        return []
    return [f"No exterior: {money(abs(row['foreign_amount']), row['foreign_currency'])}"]


def _parts(row: Transaction) -> list[str]:
    number, total = row["installment_number"], row["total_installments"]
    return [f"Parcela {number} de {total}"] if number and total and total > 1 else []


def _bank_text(row: Transaction) -> list[str]:
    """The bank's own text, where it says more than the title."""
    said = row["description_raw"] or row["description"]
    shown = bank_text(said, SAYS_LIMIT)
    return [f"No banco: {shown}"] if shown and fold(shown) != fold(row_name(row, SAYS_LIMIT)) else []


def is_not_spending(view: RowView) -> bool:
    """Whether the person has said so already."""
    return view.decided.category == NOT_SPENDING
