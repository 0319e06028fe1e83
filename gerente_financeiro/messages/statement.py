"""The words of /extrato: what came in and went out, then the rows by day, then how old they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from gerente_financeiro.messages.accounts import account_name
from gerente_financeiro.messages.format import (
    bank_text,
    clean_text,
    count,
    day,
    fit,
    join_names,
    money,
    month_name,
    signed,
    truth_line,
)
from open_finance.clock import local_day
from open_finance.connecting.bank_errors import is_feminine
from open_finance.reading import names
from open_finance.reading.balances import is_card
from open_finance.reading.freshness import freshness_of
from open_finance.reading.statement_categories import GroupSum
from open_finance.reading.statement_query import Period, fold, month_of
from open_finance.reading.statements import StatementFilters, StatementLine, StatementReport
from open_finance.records import PENDING, StatementRow

OWN_MONEY_NOTE = "transferências suas não entram na soma"
NBSP = "\xa0"
CENTAVO = Decimal("0.01")
CATEGORY_LABEL = 40  # letters that fit into a phone's width

_OWN_MONEY = {
    "own_transfer": "transferência sua",
    "bill_payment": "pagamento de fatura",
    "investment": "investimento",
    "not_spending": "não é gasto",
}


def statement(report: StatementReport, now: datetime, *, numbered: bool = False) -> str:
    """One page. Rows of days to come stand under their own heading; they are not summed until they happen.
    ``numbered``: with a number before each row."""
    title = f"📄 <b>{_list_name(report)}</b> · {scope_name(report)}"
    narrowed = filters_line(report)
    truth = truth_line(report.connections, now)
    if not report.lines:
        return fit([nothing_found(report)], ["", *_news(report), *filter(None, [truth])])
    tail = ["", *_news(report), *_hidden_note(report), _with_note(truth), *_left(report)]
    head = [title, *([narrowed] if narrowed else []), *_totals(report)]
    return fit([*head, "", *_rows(report, numbered=numbered)], tail)


def period_name(period: Period, today: date) -> str:
    """``Novembro``, ``Últimos 30 dias``, ``Hoje``, ``01/11 a 15/11``."""
    if period == month_of(period.start):
        return month_name(period.start, today)
    if period.start == period.end:
        return day(period.start, today).capitalize()
    if period.end == today:
        return f"Últimos {(period.end - period.start).days + 1} dias"
    return f"{_plain(period.start, today)} a {_plain(period.end, today)}"


def _list_name(report: StatementReport) -> str:
    period = report.filters.period
    return (
        f"Novos desde {day(period.start, report.today)}" if report.filters.since else period_name(period, report.today)
    )


def scope_name(report: StatementReport) -> str:
    """``todas as contas``, ``Itaú``, ``Itaú · Conta corrente ••4321``. Escaped."""
    if report.scope is None:
        return "todas as contas"
    bank = bank_text(report.scope["connector_name"])
    if report.filters.account_id is None:
        return bank
    return f"{bank} · {bank_text(account_name(report.scope), 60)}"


def unclear_day(word: str) -> str:
    """A day that the calendar does not have."""
    return f"Não encontrei o dia {bank_text(word)} no calendário.\nTente assim: <code>/extrato 01/11 a 15/11</code>"


def choose_account() -> str:
    """The account filter."""
    return "De qual conta você quer ver o extrato?"


def choose_category(groups: Sequence[GroupSum], group: str | None = None) -> str:
    """The category filter: groups, or the categories of one, each with what its rows of the list add up to."""
    if not groups:
        return "Não há lançamentos nesta lista para separar por categoria."
    inside = f" de {bank_text(group)}" if group else ""
    return f"Qual categoria{inside} você quer ver?\nAo lado, a soma no período da lista."


def category_button(name: str, total: Decimal, number: int) -> str:
    """``Mercado · -R$ 1.102,10 (12)``. Plain text. What a phone's width cannot hold loses the number of rows, then the end
    of the name."""
    amount = f" · {signed(total)}"
    told = clean_text(name, CATEGORY_LABEL)
    whole = f"{told}{amount} ({number})"
    return whole if len(whole) <= CATEGORY_LABEL else f"{clean_text(name, CATEGORY_LABEL - len(amount))}{amount}"


def choose_amount() -> str:
    """The amount filter."""
    return (
        "De que valor?\nToque numa opção ou digite, por exemplo: <code>&gt;500</code>, <code>&lt;20</code> ou "
        "<code>50 a 100</code>."
    )


ASK_WORDS = (
    "O que você procura?\nDigite uma ou mais palavras: da loja, da categoria, da nota ou de quem pagou ou recebeu."
)
NO_WORDS = "Preciso de pelo menos uma palavra. O que você procura?"
NO_AMOUNTS = "Não entendi esse valor. Tente assim: <code>&gt;500</code>, <code>&lt;20</code> ou <code>50 a 100</code>."
LIST_GONE = "Essa lista não existe mais: a conta ou a categoria dela foi apagada. O que vale está em /extrato."
NOTHING_ASKED = "Tudo bem, não procurei nada. O extrato está em /extrato."
ASKED_TOO_LONG = "Esperei 15 minutos e parei por aqui. O extrato está em /extrato."


def choose_page(pages: int) -> str:
    """The page picker."""
    return f"São {count(pages, 'página', 'páginas')}. Qual você quer ver?"


def filters_line(report: StatementReport) -> str:
    """``Só de Mercado, com “pão” e acima de R$ 50,00``; nothing where nothing is left out."""
    filters = report.filters
    parts = [f"de {bank_text(report.category_title)}"] if filters.category else []
    parts += [f"com “{bank_text(filters.text)}”"] if filters.text else []
    parts += _amounts(filters)
    return f"Só {join_names(parts)}" if parts else ""


def _amounts(filters: StatementFilters) -> list[str]:
    above, below = filters.above, filters.below
    if above is not None and below is not None:
        least, most = above + CENTAVO, below - CENTAVO
        return [f"de {money(least, 'BRL')} a {money(most, 'BRL')}"]
    if below is not None:
        return [f"abaixo de {money(below, 'BRL')}"]
    return [] if above is None else [f"acima de {money(above, 'BRL')}"]


def _totals(report: StatementReport) -> list[str]:
    brl, *others = report.totals
    number = count(report.total, "lançamento", "lançamentos")
    lines = [f"Entrou {money(brl.income, 'BRL')} · Saiu {money(-brl.outgoing, 'BRL')} · {number}"]
    lines += [
        f"À parte: entrou {money(other.income, other.currency)} · saiu {money(-other.outgoing, other.currency)}"
        for other in others
    ]
    return lines


def _rows(report: StatementReport, *, numbered: bool) -> list[str]:
    lines: list[str] = []
    number = 0
    for (when, scheduled), group in groupby(
        report.lines, key=lambda line: (line.row["occurred_on"], line.is_scheduled)
    ):
        heading = day(when, report.today)
        lines.append(f"<b>🗓 Agendado para {heading}</b>" if scheduled else f"<b>{heading.capitalize()}</b>")
        for line in group:
            number += 1
            lines.append(f"<b>{number}.</b> {row_line(line)}" if numbered else row_line(line))
    return lines


def row_line(line: StatementLine) -> str:
    """``-R$ 89,90 iFood · Delivery · Nubank 💳 (2/3)``; ``⏳`` pending, ``↔`` one's own money. What was pending and was
    closed says so, and is struck through: it counts in no sum."""
    row = line.row
    is_open = row["status"] == PENDING and not (line.is_scheduled or line.is_unconfirmed)
    mark = "⏳ " if is_open else ""
    own = "↔ " if line.kind in _OWN_MONEY else ""
    whose = bank_text(line.account["custom_name"] or "", 24) or bank_text(line.account["connector_name"], 24)
    bank = whose + (f"{NBSP}💳" if is_card(line.account) else "")
    closed = ["não confirmado pelo banco"] if line.is_unconfirmed else []
    details = [row_title(row), *closed, *_category(line), *_foreign(row), f"{bank}{_installment(line)}"]
    amount = signed(row["amount"], row["currency_code"])
    amount = f"<s>{amount}</s>" if line.is_unconfirmed else f"<b>{amount}</b>"
    return f"{mark}{own}{amount} {' · '.join(details)}"


def row_title(row: StatementRow, limit: int = 40) -> str:
    """What a row is called: ``iFood``. Escaped."""
    return bank_text(names.row_title(row, limit), limit)


def _category(line: StatementLine) -> list[str]:
    name = _OWN_MONEY.get(line.kind) or line.category_name
    if not name or fold(name) in fold(line.row["description"]):
        return []
    return [bank_text(name, 24)]


def _foreign(row: StatementRow) -> list[str]:
    if row["foreign_amount"] is None or not row["foreign_currency"]:
        return []
    return [money(abs(row["foreign_amount"]), row["foreign_currency"])]


def _installment(line: StatementLine) -> str:
    if line.installment is None:
        return ""
    written = "{}/{}".format(*line.installment)
    return "" if written in line.row["description"] else f" ({written})"


def nothing_found(report: StatementReport) -> str:
    """That a list has no rows, and which one."""
    filters = report.filters
    what = f" com “{bank_text(filters.text)}”" if filters.text else ""
    category = f" de {bank_text(report.category_title)}" if filters.category else ""
    amounts = "".join(f" {part}" for part in _amounts(filters))
    where = f" em {scope_name(report)}" if report.scope else ""
    if filters.since:
        return f"Nenhum lançamento novo{where} desde {day(filters.period.start, report.today)}."
    return f"Nenhum lançamento{category}{what}{amounts}{where} {_in_period(filters.period, report.today)}."


def _in_period(period: Period, today: date) -> str:
    name = period_name(period, today)
    if period == month_of(period.start):
        return f"em {name.lower()}"
    if name.startswith("Últimos"):
        return f"nos {name.lower()}"
    if period.start == period.end:
        return name.lower() if abs(period.start - today) <= timedelta(days=1) else f"em {name}"
    return f"de {name}"


def _news(report: StatementReport) -> list[str]:
    if not report.new_rows:
        return []
    return [f"🔔 {count(report.new_rows, 'novo lançamento', 'novos lançamentos')} desde que esta lista foi aberta."]


def _hidden_note(report: StatementReport) -> list[str]:
    hidden = (line.account for line in report.lines if line.account["hidden"])
    names = dict.fromkeys(bank_text(account_name(account), 60) for account in hidden)
    return [] if report.filters.account_id is not None or not names else [f"Fora da soma: {join_names(list(names))}."]


def _left(report: StatementReport) -> list[str]:
    """How far the rows of banks that were left go."""
    return [
        f"{bank_text(age.bank)}, {'desconectada' if is_feminine(age.bank) else 'desconectado'}: "
        f"dados até {day(local_day(age.as_of), report.today)}."
        for age in freshness_of(report.ended, report.opened_at)
        if age.as_of is not None
    ]


def _with_note(truth: str) -> str:
    if not truth or truth.endswith("."):
        return f"{truth} {OWN_MONEY_NOTE.capitalize()}.".strip()
    return f"{truth} · {OWN_MONEY_NOTE}"


def _plain(when: date, today: date) -> str:
    return when.strftime("%d/%m" if when.year == today.year else "%d/%m/%Y")
