"""The words of /gastos: the caption under a chart, with the chart's own figures as a table, and those of likely transfers.

A caption and its chart are made of the same lines, cut once: what a table has no room for is a last line with its sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from gerente_financeiro.messages.accounts import account_name, bank_account_name, bank_and_digits, last_digits
from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    capital,
    clean_text,
    count,
    day,
    fit,
    in_general,
    join_names,
    money,
    month_name,
    truth_line,
    units,
)
from gerente_financeiro.messages.statement import row_title
from open_finance.exports.charts import Heading, Stack, stack
from open_finance.insights.spending import group_title
from open_finance.insights.spending_figures import Column, Line, largest_groups, shortened
from open_finance.reading.balances import is_card, is_savings
from open_finance.records import Account
from open_finance.spending_reports import By, SpendingReport, Suggestion, View

#: A caption holds 1024 characters; the demonstration's banner needs some of them.
CAPTION_LIMIT = 960
MOST_LINES, MOST_GROUPS = 10, 4
LABEL = 28
REST = "Demais"
NBSP = "\xa0"
NOTHING_YET = "Ainda não há lançamentos para somar. Assim que o banco os enviar, seus gastos aparecem aqui."
ANSWERED_OWN = "✅ Certo: é transferência sua e não conta como gasto nem como entrada."
ANSWERED_OTHER = "✅ Certo: não é sua e continua contando. Não pergunto de novo."
UNDONE = "↩️ Desfeito: voltou a ser só uma possibilidade."
NONE_LEFT = "Não há mais transferências para conferir neste mês."

_BY: dict[By, str] = {
    "group": "por categoria",
    "category": "em detalhe",
    "merchant": "por loja",
    "account": "por conta",
    "months": "por mês",
}
_RESTS: dict[By, tuple[str, str]] = {
    "group": ("categoria", "categorias"),
    "category": ("categoria", "categorias"),
    "merchant": ("loja", "lojas"),
    "account": ("conta", "contas"),
    "months": ("mês", "meses"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A screen of /gastos before it is drawn. ``caption``: escaped HTML. Of ``lines`` and ``stacks``, what the chart is
    made of, one is empty."""

    caption: str
    heading: Heading
    lines: tuple[Line, ...] = ()
    stacks: tuple[Stack, ...] = ()


def spending(report: SpendingReport, now: datetime, ignored: str = "") -> Table:
    """The caption, as much of the table as there is room for, and what the chart shows: the same. ``ignored``: what was
    asked for beside it, and means nothing here."""
    notice = [f"Não entendi “{bank_text(ignored)}”. Aqui está o mês:", ""] if ignored else []
    return _months(report, now, notice) if report.by == "months" else _month(report, now, notice)


def unclear_day(word: str) -> str:
    """A day that the calendar does not have."""
    return f"Não encontrei o dia {bank_text(word)} no calendário.\nTente assim: <code>/gastos outubro</code>"


# --- one month ----------------------------------------------------------------------------------------------------------


def _month(report: SpendingReport, now: datetime, notice: list[str]) -> Table:
    told = [_inside(_named(line), report) for line in report.figures.lines]
    one, many = _RESTS[report.by]
    lines: tuple[Line, ...] = ()
    caption = ""
    for most in range(MOST_LINES, 0, -1):
        lines = shortened(told, most, lambda number: f"E mais {count(number, one, many)}")
        caption = _joined(
            [*notice, *_head(report)], [_line(line, report.figures.total) for line in lines], _tail(report, now)
        )
        if units(caption) <= CAPTION_LIMIT:
            break
    return Table(caption, _heading(report), lines=lines)


def _named(line: Line) -> Line:
    return line if line.account is None else replace(line, title=account_title(line.account))


def _inside(line: Line, report: SpendingReport) -> Line:
    """A category that is called as its group is what no finer one is known of."""
    is_group = report.group is not None and line.title == group_title(report.group)
    return replace(line, title=in_general(line.title)) if is_group else line


def account_title(account: Account) -> str:
    """``Itaú ••4321``, ``Nubank Visa ••8890``, or the person's own name. Plain text."""
    if clean_text(account["custom_name"] or ""):
        return account_name(account)
    is_checking = not (is_card(account) or is_savings(account))
    name = last_digits(account) if is_checking else ""
    return f"{clean_text(account['connector_name'], 24)} {name or bank_account_name(account)}"


def _head(report: SpendingReport) -> list[str]:
    found = report.figures
    usual = _against_usual(found.total, found.usual)
    return [f"<b>{_period(report)}: {money(found.total, 'BRL')}</b>{f' · {usual}' if usual else ''}", _how(report), ""]


def _period(report: SpendingReport) -> str:
    name = month_name(report.figures.month, report.today)
    if report.group is not None:
        name = f"{bank_text(group_title(report.group))} em {name.lower()}"
    return f"{name} até o dia {report.figures.until.day}" if report.is_current else name


def _how(report: SpendingReport) -> str:
    dated = (
        "cartão no dia da compra, com as parcelas"
        if report.view is View.PURCHASES
        else "caixa: cartão no vencimento da fatura"
    )
    return f"{capital(_BY[report.by])} · {dated}"


def _against_usual(total: Decimal, usual: Decimal | None) -> str:
    change = percent_change(total, usual)
    if change is None:
        return ""
    if change == 0:
        return "como o normal"
    return f"{_number(abs(change))}% {'mais' if change > 0 else 'menos'} que o normal"


def _line(line: Line, total: Decimal) -> str:
    share = f" ({_number(whole_percent(line.amount, total))}%)" if line.amount > 0 and total > 0 else ""
    return f"{bank_text(line.title, LABEL)} {money(line.amount, 'BRL')}{share}{_change(line)}"


def _change(line: Line) -> str:
    if line.usual is not None and line.usual == 0 and line.amount > 0:
        return " · novo"
    change = percent_change(line.amount, line.usual)
    if change is None or line.amount < 0:
        return ""
    return f" {'▲' if change > 0 else '▼'}{NBSP}{_number(abs(change))}%" if change else " ="


def percent_change(amount: Decimal, usual: Decimal | None) -> int | None:
    """By how many per cent it is more (or less) than usual; None where nothing is usual."""
    return None if usual is None or usual <= 0 else whole_percent(amount, usual) - 100


def whole_percent(part: Decimal, whole: Decimal) -> int:
    """Half-up."""
    return int((100 * part / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _tail(report: SpendingReport, now: datetime) -> list[str]:
    told = [
        *_compared(report),
        *_apart(report),
        *_likely(report),
        *_hidden(report),
        truth_line(report.connections, now),
    ]
    return ["", *filter(None, told)]


def _compared(report: SpendingReport) -> list[str]:
    """What stands behind *normal*, and that there may be little of it, or nothing."""
    months, same_day = report.figures.compared, " até o mesmo dia" if report.is_current else ""
    if not months:
        return ["Ainda sem mês anterior completo para comparar."]
    if months == 1:
        return [f"Normal: o mês anterior{same_day}, o único completo que conheço."]
    known = "" if months > 2 else ", os únicos completos que conheço"
    return [f"Normal: a mediana dos {months} meses anteriores{same_day}{known}."]


def _apart(report: SpendingReport) -> list[str]:
    if not report.apart:
        return []
    return [f"À parte: {' · '.join(money(amount, currency) for currency, amount in report.apart)}"]


def _likely(report: SpendingReport) -> list[str]:
    if not report.suggestions:
        return []
    number = count(report.suggestions, "possível transferência", "possíveis transferências")
    return [f"↔ {number} entre suas contas, ainda na soma."]


def _hidden(report: SpendingReport) -> list[str]:
    names = [bank_text(account_name(account), LABEL) for account in report.accounts if account["hidden"]]
    if len(names) > 2:
        return [f"Fora da soma: {len(names)} contas que você ocultou."]
    return [f"Fora da soma: {join_names(names)}."] if names else []


def _heading(report: SpendingReport) -> Heading:
    found, name = report.figures, MONTHS[report.figures.month.month - 1].lower()
    same_day = " até o mesmo dia" if report.is_current else ""
    usual = {0: "", 1: f"normal: o mês anterior{same_day}"}.get(
        found.compared, f"normal: mediana de {found.compared} meses{same_day}"
    )
    until = f"até o dia {found.until.day} · " if report.is_current else ""
    return Heading(
        title=_chart_title(report),
        subtitle=f"{until}{_BY[report.by]}{' · caixa' if report.view is View.BILLS else ''}",
        now=f"{name} até o dia {found.until.day}" if report.is_current else name,
        usual=usual,
        nothing="Nenhum gasto neste mês",
    )


def _chart_title(report: SpendingReport) -> str:
    name = month_name(report.figures.month, report.today).lower()
    return f"Gastos de {name}" if report.group is None else f"{group_title(report.group)} em {name}"


# --- six months ---------------------------------------------------------------------------------------------------------


def _months(report: SpendingReport, now: datetime, notice: list[str]) -> Table:
    columns = report.figures.columns
    stacks: tuple[Stack, ...] = ()
    caption = ""
    for most in range(MOST_GROUPS, -1, -1):
        groups = largest_groups(columns, most)
        stacks = tuple(stack(column, _short_month(column), groups, REST) for column in columns)
        body = [_stack_line(one) for one in stacks]
        caption = _joined([*notice, *_months_head(report)], body, _months_tail(report, now))
        if units(caption) <= CAPTION_LIMIT:
            break
    return Table(caption, _months_heading(report), stacks=stacks)


def _months_head(report: SpendingReport) -> list[str]:
    whole = [column.total for column in report.figures.columns if column.is_whole]
    usual = f": {money(median(whole), 'BRL')} num mês normal" if whole else ""
    return [f"<b>{_months_title(report)}{usual}</b>", _how(report), ""]


def _months_title(report: SpendingReport) -> str:
    number = len(report.figures.columns)
    until = month_name(report.figures.month, report.today).lower()
    return f"{count(number, 'mês', 'meses')} até {until}" if number else f"Gastos até {until}"


def _stack_line(one: Stack) -> str:
    parts = " · ".join(f"{bank_text(name, LABEL)} {_plain(amount)}" for name, amount in one.parts if len(one.parts) > 1)
    return f"<b>{one.label} {money(one.total, 'BRL')}</b>{f': {parts}' if parts else ''}"


def _plain(amount: Decimal) -> str:
    return money(amount, "BRL").replace("R$\xa0", "")


def _short_month(column: Column) -> str:
    return f"{MONTHS[column.month.month - 1][:3]}{'' if column.is_whole else '*'}"


def _months_tail(report: SpendingReport, now: datetime) -> list[str]:
    note = [] if all(column.is_whole for column in report.figures.columns) else ["* mês incompleto"]
    return ["", *note, *filter(None, [*_likely(report), truth_line(report.connections, now)])]


def _months_heading(report: SpendingReport) -> Heading:
    is_part = not all(column.is_whole for column in report.figures.columns)
    return Heading(
        title="Gastos mês a mês",
        subtitle=f"por categoria{' · caixa' if report.view is View.BILLS else ''}",
        nothing="Nenhum gasto nestes meses",
        note="* mês incompleto" if is_part else "",
    )


def _joined(head: Sequence[str], body: Sequence[str], tail: Sequence[str]) -> str:
    nothing = [] if body else ["Nenhum gasto neste período."]
    return "\n".join([*head, *body, *nothing, *tail]).strip()


# --- likely own transfers -------------------------------------------------------------------------------------------------


def likely_transfer(one: Suggestion, today: date) -> str:
    """Two rows that may be one transfer."""
    out, into = one.pair
    return fit(
        [
            f"↔ <b>{money(into['amount'], into['currency_code'])}</b> entre suas contas?",
            "",
            f"Saiu: {bank_and_digits(one.from_account)} · {day(out['occurred_on'], today)} · {row_title(out)}",
            f"Entrou: {bank_and_digits(one.to_account)} · {day(into['occurred_on'], today)} · {row_title(into)}",
            "",
            "Só o valor e o dia são iguais; nenhum banco diz que o dinheiro é seu. Até você dizer, conta como gasto.",
        ]
    )
