"""What a person is told by itself: purchases, income, refunds, fees; what is unusual; an overdraft; a bank that is back.

The first line is the news, the last one where and when. Every text of a bank is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import (
    bank_text,
    capital,
    clean_text,
    clock_time,
    count,
    day,
    fit,
    money,
    the_bank,
)
from open_finance.alerts.telling import RowNews
from open_finance.clock import local_day
from open_finance.insights.flows import Flow
from open_finance.insights.patterns import Kind, Unusual
from open_finance.money import ZERO
from open_finance.reading.balances import is_card
from open_finance.reading.category_names import category_name
from open_finance.reading.statement_query import fold
from open_finance.records import PENDING, Account, Connection, Transaction

#: Rows of a list that is one message.
LISTED = 25


class Shown(Protocol):
    """A row, of which something is to be said: a notification's, or one that was opened in a list."""

    @property
    def row(self) -> Transaction: ...

    @property
    def account(self) -> Account: ...

    @property
    def flow(self) -> Flow: ...

    @property
    def category(self) -> str | None: ...


def single(news: Shown, now: datetime) -> str:
    """``💳 R$ 89,90 · iFood · Restaurantes`` and below it ``Nubank ••1234 · hoje 12:41``."""
    row = news.row
    parts = [f"<b>{_amount(row)}</b>", _title(row), *_category(news), *_installments(row)]
    return "\n".join([f"{_icon(news)} {_lead(news)}{' · '.join(parts)}", _where(news, now)])


def together(news: Sequence[RowNews], oddities: Sequence[str] = ()) -> str:
    """``6 lançamentos novos: saiu R$ 412,70, entrou R$ 120,00``, the banks below, and what is unusual among them."""
    banks = list(dict.fromkeys(bank_text(one.account["connector_name"], 24) for one in news))
    lines = [f"🔔 <b>{count(len(news), 'lançamento novo', 'lançamentos novos')}</b>: {', '.join(_sums(news))}"]
    lines.append(" · ".join(banks))
    return fit([*lines, *(f"⚠️ {text} É isso mesmo?" for text in oddities)])


def short(news: RowNews) -> str:
    """``⚠️ R$ 59,90 · Academia X``, for a button. Plain text."""
    row = news.row
    return f"⚠️ {_amount(row)} · {clean_text(row['merchant_name'] or row['description'], 20)}"


def listed(news: Sequence[RowNews], now: datetime) -> str:
    """The rows of ``together``, the newest first."""
    today = local_day(now)
    lines = [f"🔔 <b>{count(len(news), 'lançamento', 'lançamentos')}</b>: {', '.join(_sums(news))}", ""]
    lines += [_line(one, today) for one in news[:LISTED]]
    left = len(news) - LISTED
    return fit(lines, [f"… e mais {left}. Todos em /extrato."] if left > 0 else [])


def gone() -> str:
    """What a message told is no more in the bank's list."""
    return "O banco retirou esses lançamentos. O que vale está em /extrato."


# --- unusual ---------------------------------------------------------------------------------------------------------


def unusual(news: RowNews, text: str, now: datetime) -> str:
    """One row that is asked about: ``oddity``, then where and when."""
    return f"⚠️ {text} É isso mesmo?\n{_where(news, now)}"


def asked(news: RowNews, kind: Kind, now: datetime) -> str:
    """A row that was asked about, looked at again."""
    return f"{single(news, now)}\n⚠️ {_REASONS[kind]} É isso mesmo?"


_REASONS = {
    Kind.DUPLICATE_CHARGE: "É igual a outra cobrança recente.",
    Kind.SUBSCRIPTION_RAISED: "A assinatura ficou mais cara.",
    Kind.FOREIGN: "Foi em outra moeda, fora do seu costume.",
    Kind.NIGHT: "Foi de madrugada, fora do seu costume.",
    Kind.NEW_MERCHANT_HIGH: "Foi a primeira vez aqui, e de valor alto para você.",
    Kind.FAR_ABOVE_MERCHANT: "Está bem acima do que você costuma gastar nesta loja.",
    Kind.FAR_ABOVE_CATEGORY: "Está bem acima do que você costuma gastar neste tipo de compra.",
}


def oddity(news: RowNews, odd: Unusual, others: Sequence[Transaction], today: date) -> str:
    """``Duas cobranças iguais: R$ 59,90 · Academia X · 20/11 e 21/11.``"""
    row = news.row
    what = f"<b>{_amount(row)}</b> · {_title(row)}"
    usual = None if odd.usual is None else money(odd.usual, row["currency_code"])
    match odd.kind:
        case Kind.DUPLICATE_CHARGE:
            days = list(dict.fromkeys(day(one["occurred_on"], today) for one in [*others, row]))
            number = "Duas" if len(others) < 2 else f"{len(others) + 1}"
            return f"{number} cobranças iguais: {what} · {' e '.join(days)}."
        case Kind.SUBSCRIPTION_RAISED:
            before = "" if usual is None else f", antes {usual}"
            return f"Assinatura mais cara: {what}{before}{_percent(odd)}."
        case Kind.FOREIGN:
            return f"Compra em outra moeda, fora do seu costume: {what}{_foreign(row)}."
        case Kind.NIGHT:
            at = "" if row["occurred_at"] is None else f", às {clock_time(row['occurred_at'])}"
            return f"Compra de madrugada, fora do seu costume: {what}{at}."
        case Kind.NEW_MERCHANT_HIGH:
            return f"Primeira vez aqui, e de valor alto para você: {what}."
        case Kind.FAR_ABOVE_MERCHANT:
            habit = "" if usual is None else f" (lá você costuma gastar cerca de {usual})"
            return f"Bem acima do normal nesta loja: {what}{habit}."
        case Kind.FAR_ABOVE_CATEGORY:
            name = news.category or category_name(row["category_id"])
            habit = "" if usual is None else f" (o comum é cerca de {usual})"
            return f"Bem acima do normal{f' em {bank_text(name)}' if name else ''}: {what}{habit}."


def _percent(odd: Unusual) -> str:
    if odd.ratio is None or odd.ratio <= 1:
        return ""
    return f" (+{(odd.ratio - 1) * 100:.0f}%)"


def mine(news: RowNews, now: datetime) -> str:
    """*Fui eu*: said below what was told."""
    return f"{single(news, now)}\n\n✅ Certo, foi você. Não aviso mais sobre isso."


def confirmed(news: RowNews, now: datetime) -> str:
    """*Certo*: said below what was told."""
    return f"{single(news, now)}\n✅ Conferido por você."


def disputed(news: Shown, phone: str | None, now: datetime) -> str:
    """*Não reconheço*: what to do, the bank's own number, a ready text. ``phone``: None where we do not know it."""
    row, account = news.row, news.account
    bank = account["connector_name"]
    number = "o número que está no app ou no verso do cartão" if phone is None else f"<b>{phone}</b>"
    where = f"no cartão {bank_text(bank_card(account))}" if is_card(account) else f"na conta {bank_and_digits(account)}"
    claim = (
        f"Não reconheço {_article(news)} de {_amount(row)} em {_title(row)}, "
        f"de {row['occurred_on'].strftime('%d/%m/%Y')}, {where}. Peço a contestação e o protocolo."
    )
    steps = [
        f"1. No app {the_bank(bank, 'd')}, bloqueie o cartão por enquanto."
        if is_card(account)
        else f"1. No app {the_bank(bank, 'd')}, confira quem recebeu e troque sua senha.",
        f"2. Ligue para o banco: {number}. Eu não bloqueio cartões.",
        "3. Diga (toque para copiar):",
        f"<code>{claim}</code>",
    ]
    if row["payment_method"] == "PIX" or row["operation_type"] == "PIX":
        steps.append("Foi um Pix: peça ao banco o MED, a devolução do Pix, o quanto antes. O prazo é de 80 dias.")
    return fit([single(news, now), "", *steps, "", "Anotei no lançamento que você não o reconhece."])


def bank_card(account: Account) -> str:
    """``Nubank final 1234``. Plain text."""
    digits = f" final {account['number'][-4:]}" if account["number"] else ""
    return f"{account['connector_name']}{digits}"


# --- what is no row ---------------------------------------------------------------------------------------------------


def overdraft(account: Account, used: Decimal) -> str:
    """An account went into its overdraft."""
    limit = account["overdraft_limit"]
    of = f" de {money(limit, account['currency_code'])}" if limit else ""
    return (
        f"⚠️ {bank_and_digits(account)} entrou no cheque especial: <b>{money(used, account['currency_code'])}</b>{of} "
        f"em uso.\nOs juros contam por dia; veja o saldo em /saldo."
    )


def back(connection: Connection) -> str:
    """A bank is read again, of which the person was told that it had stopped."""
    return f"✅ {capital(the_bank(connection['connector_name']))} voltou: os dados estão em dia de novo."


# --- the small parts --------------------------------------------------------------------------------------------------

_ICONS = {Flow.INCOME: "💰", Flow.REFUND: "↩️", Flow.FEE: "🧾"}
_LEADS = {Flow.INCOME: "Entrou ", Flow.REFUND: "Estorno de ", Flow.FEE: "Tarifa ou juros: "}


def _icon(news: Shown) -> str:
    return _ICONS.get(news.flow) or ("💳" if is_card(news.account) else "💰" if news.row["amount"] > 0 else "💸")


def _lead(news: Shown) -> str:
    return _LEADS.get(news.flow, "Entrou " if news.row["amount"] > 0 else "")


def _article(news: Shown) -> str:
    return "a tarifa" if news.flow is Flow.FEE else "a compra" if is_card(news.account) else "o débito"


def _amount(row: Transaction) -> str:
    return money(abs(row["amount"]), row["currency_code"])


def _title(row: Transaction) -> str:
    titles = (row["merchant_name"], row["description"], row["counterparty"], "sem descrição")
    return next(filter(None, (bank_text(text) for text in titles if text)))


def _category(news: Shown) -> list[str]:
    name = news.category
    return [] if not name or fold(name) in fold(news.row["description"]) else [bank_text(name, 24)]


def _installments(row: Transaction) -> list[str]:
    number, total = row["installment_number"], row["total_installments"]
    return [f"{number}ª de {total} parcelas"] if number and total and total > 1 else []


def _foreign(row: Transaction) -> str:
    if row["foreign_amount"] is None or not row["foreign_currency"]:
        return ""
    return f" ({money(abs(row['foreign_amount']), row['foreign_currency'])})"


def _where(news: Shown, now: datetime) -> str:
    row = news.row
    when = day(row["occurred_on"], local_day(now))
    if row["occurred_at"] is not None and local_day(row["occurred_at"]) == row["occurred_on"]:
        when = f"{when} {clock_time(row['occurred_at'])}"
    pending = [] if row["status"] != PENDING else ["ainda não confirmado pelo banco"]
    return " · ".join([bank_and_digits(news.account), when, *pending])


def _line(news: RowNews, today: date) -> str:
    row = news.row
    mark = "⚠️ " if news.unusual is not None else ""
    sign = "+" if row["amount"] > 0 else "-"
    return (
        f"{mark}<b>{sign}{_amount(row)}</b> {_title(row)} · {bank_text(news.account['connector_name'], 24)} · "
        f"{day(row['occurred_on'], today)}"
    )


def _sums(news: Sequence[RowNews]) -> list[str]:
    """What went out and came in, a currency each."""
    parts = []
    for currency in sorted({one.row["currency_code"] for one in news}, key=lambda code: (code != "BRL", code)):
        amounts = [one.row["amount"] for one in news if one.row["currency_code"] == currency]
        spent = -sum((amount for amount in amounts if amount < 0), ZERO)
        earned = sum((amount for amount in amounts if amount > 0), ZERO)
        parts += [f"saiu {money(spent, currency)}"] if spent else []
        parts += [f"entrou {money(earned, currency)}"] if earned else []
    return parts
