"""The words of an answer to a question: the figure with what was understood, its rows, how old all this is. Pure.

What was understood is said again in the first line, so that a misreading is seen. A bank's text is only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from gerente_financeiro.messages.format import (
    bank_text,
    count,
    day,
    fit,
    freshness_line,
    join_names,
    money,
    month_name,
    signed,
)
from gerente_financeiro.messages.statement import period_name, row_title
from open_finance.asking.question import Kind, Question, Reading, Scope
from open_finance.clock import local_day
from open_finance.insights.spending import group_title
from open_finance.insights.spending_figures import By
from open_finance.money import CENTAVO
from open_finance.question_answers import Answer, AnswerRow, Part
from open_finance.reading.balances import is_card
from open_finance.reading.statement_query import Period, month_of

#: As many rows, and parts, as a phone shows without scrolling far.
ROWS: Final = 8
BRL: Final = "BRL"
#: What stands uncut on a button as wide as a phone.
LONGEST_LABEL: Final = 40

EXAMPLES: Final = (
    "quanto gastei com mercado em outubro?",
    "maior gasto da semana",
    "quanto falta da fatura do Nubank?",
)
YES, NO = "Sim", "Não, ajuda"
BALANCE, BILL, BILLS, INSTALMENTS = "Ver o saldo", "Ver a fatura", "Ver as faturas", "Ver as parcelas"
ONLY_READS = "Eu só leio: não faço Pix, pagamento nem mudança no banco."
NO_BANK = "Ainda não há banco conectado. Use /conectar_banco e depois me pergunte."

#: What a whole report answers, in a line before its command.
_REPORTS: Final[Mapping[Kind, str]] = {
    Kind.SUBSCRIPTIONS: "Suas assinaturas estão em",
    Kind.FORECAST: "A previsão dos próximos dias está em",
    Kind.ALLOWANCE: "Quanto dá para gastar hoje está em",
    Kind.BUDGET_LEFT: "Seus orçamentos estão em",
    Kind.INVESTED: "Seus investimentos estão em",
    Kind.NET_WORTH: "Seu patrimônio está em",
    Kind.DEBTS: "Suas dívidas e o que elas custam estão em",
    Kind.DATA_AGE: "De quando são os dados de cada banco:",
}
#: What a kind is called before its figure.
_NAMES: Final[Mapping[Kind, str]] = {
    Kind.SPENT: "Gastos",
    Kind.FEES: "Tarifas, juros e taxas",
    Kind.BIGGEST_SPENDING: "Maior gasto",
    Kind.INCOME: "Recebido",
    Kind.RECEIVED_FROM: "Recebido",
    Kind.PAID_TO: "Enviado",
    Kind.COUNT: "Quantas vezes",
    Kind.AVERAGE: "Média",
    Kind.LAST_TIME: "Última vez",
    Kind.FIRST_TIME: "Primeira vez",
    Kind.LIST_ROWS: "Lançamentos",
    Kind.COMPARE_MONTHS: "Comparação",
    Kind.TOP_CATEGORIES: "Onde mais gastou",
    Kind.TOP_MERCHANTS: "Lugares em que mais gastou",
    Kind.BY_ACCOUNT: "Gastos por conta",
    Kind.BALANCE: "Saldo",
    Kind.SAVED: "Guardado",
    Kind.CARD_OPEN_BILL: "Fatura aberta",
    Kind.CARD_BILL_CLOSED: "Fatura fechada",
    Kind.CARD_BILL_LEFT: "Falta pagar da fatura",
    Kind.CARD_LIMIT: "Limite livre",
    Kind.INSTALMENTS_LEFT: "Parcelas a vir",
    Kind.SUBSCRIPTIONS: "suas assinaturas",
    Kind.FORECAST: "a previsão dos próximos dias",
    Kind.ALLOWANCE: "quanto dá para gastar hoje",
    Kind.BUDGET_LEFT: "seu orçamento",
    Kind.INVESTED: "seus investimentos",
    Kind.NET_WORTH: "seu patrimônio",
    Kind.DEBTS: "suas dívidas",
    Kind.DATA_AGE: "de quando são seus dados",
}
#: What rows are called that are neither spent nor earned.
_FLOWS: Final = {"own_transfer": "Transferências entre suas contas", "refund": "Devoluções e estornos"}
_PER: Final = {"month": "por mês", "week": "por semana", "day": "por dia", "purchase": "por compra"}
_HOLDS: Final = {"card": "cartões", "checking": "contas correntes", "savings": "poupança"}
#: The same, of one bank.
_HELD_THERE: Final = {"card": "cartão", "checking": "conta corrente", "savings": "poupança"}
_ROWLESS: Final = frozenset(
    {Kind.AVERAGE, Kind.TOP_CATEGORIES, Kind.TOP_MERCHANTS, Kind.BY_ACCOUNT, Kind.COMPARE_MONTHS}
)


def answer(found: Answer, now: datetime) -> str:
    """An answer as HTML: its figure, its rows, how old they are. Of kind ``UNKNOWN``: ``guess`` or ``help_text``."""
    today = local_day(now)
    if found.kind is Kind.UNKNOWN and not found.missing:
        return _unknown(found, today)
    if not found.has_bank:
        return NO_BANK
    if found.missing:
        return f"Não encontrei {bank_text(found.missing)} entre os bancos que você conectou.\nEles estão em /minhas_contas."
    if found.kind in _REPORTS:
        return _report(found, now)
    is_nothing = bool(found.unfound) and not found.rows and not found.figure
    first = [] if is_nothing else [_first_line(found, today)]
    lines = [*_unfound(found), *first, *_unused(found), *_parts(found, today), *_rows(found, today)]
    truth = freshness_line(found.ages, now)
    return fit(lines, ["", *filter(None, [truth])])


def guess(reading: Reading | Answer, now: datetime) -> str:
    """What may have been meant, to be confirmed. Without a guess: ``help_text``."""
    if isinstance(reading, Answer):
        return _unknown(reading, local_day(now))
    if reading.guess is None:
        return help_text(acts=reading.acts)
    meant = _meaning(reading.guess, (), local_day(now), lower=True)
    return f"Não tenho certeza do que você quis dizer.\nVocê quer ver {meant}?"


def help_text(*, acts: bool = False, asked: bool = False) -> str:
    """What can be asked, in three examples. ``asked``: nothing else was."""
    examples = "\n".join(f"• {example}" for example in EXAMPLES)
    first = f"{ONLY_READS}\n" if acts else "" if asked else "Essa eu não sei responder.\n"
    return f"{first}Posso responder, por exemplo:\n{examples}\n\nO resto do que sei fazer está em /ajuda."


def _unknown(found: Answer, today: date) -> str:
    if found.guess is None:
        return help_text(acts=found.acts)
    meant = _meaning(found.guess, found.titles, today, lower=True)
    first = " ".join(_unfound(found)) or "Não tenho certeza do que você quis dizer."
    return f"{first}\nVocê quer ver {meant}?"


# --- the buttons ------------------------------------------------------------------------------------------------------


def list_label(found: Answer) -> str:
    """The way to all rows of an answer."""
    shown = 0 if found.kind in _ROWLESS else ROWS
    many = count(found.total_rows, "lançamento", "lançamentos")
    return (
        "Ver no extrato" if found.total_rows <= shown else f"Ver os {many}" if found.total_rows > 1 else f"Ver o {many}"
    )


def month_label(month: date, today: date, by: By, group: str | None = None) -> str:
    """The way to what a month cost: ``Mercado em outubro``, ``Lojas em outubro de 2025``."""
    when = month_name(month, today).lower()
    if group is not None:
        label = f"{group_title(group)} em {when}"
        return label if len(label) <= LONGEST_LABEL else f"Detalhes de {when}"
    names: Mapping[By, str] = {
        "merchant": f"Lojas em {when}", "account": f"Gastos por conta em {when}", "months": "Gastos mês a mês",
    }  # fmt: skip
    return names.get(by, f"Gastos de {when}")


def _report(found: Answer, now: datetime) -> str:
    parts = [f"{bank_text(part.title)}: restam <b>{money(part.amount, BRL)}</b>" for part in found.parts]
    truth = freshness_line(found.ages, now)
    tail = f"{_REPORTS[found.kind]} /{found.command}"
    if found.question is not None and found.question.scope.is_narrow:
        parts.append("Isto eu só sei de todos os seus bancos juntos.")
    if found.kind is Kind.DATA_AGE:
        return fit(
            [f"{_REPORTS[found.kind]}", truth or "ainda não há dados."], ["", f"Para buscar agora: /{found.command}"]
        )
    return fit([*parts, tail], ["", *filter(None, [truth])])


def _unfound(found: Answer) -> list[str]:
    """The names that no row has: without them said, nothing found looks like nothing spent."""
    if not found.unfound:
        return []
    return [f"Não achei {join_names([f'“{bank_text(name)}”' for name in found.unfound])} nos seus lançamentos."]


def _unused(found: Answer) -> list[str]:
    """What of the question had no meaning here, where there was any: the answer is without it."""
    return [f"<i>Não usei: {bank_text(found.left_over)}</i>"] if found.left_over else []


# --- the first line ---------------------------------------------------------------------------------------------------


def _first_line(found: Answer, today: date) -> str:
    question = found.question
    if question is None:
        return help_text()
    meant = _meaning(question, found.titles, today, period=found.period)
    return f"{meant}: {_FIGURES.get(found.kind, _plain_figure)(found, today)}"


def _meaning(
    question: Question, titles: tuple[str, ...], today: date, *, period: Period | None = None, lower: bool = False
) -> str:
    """``Mercado em outubro``, ``Maior gasto em novembro · Nubank 💳``. Escaped."""
    name = _FLOWS.get(question.flow) or _NAMES[question.kind]
    if question.order == "smallest" and question.kind is Kind.BIGGEST_SPENDING:
        name = "Menor gasto"
    if question.kind is Kind.BY_ACCOUNT and question.direction == "in":
        name = "Recebido por conta"
    if question.kind is Kind.CARD_BILL_CLOSED and question.order:
        name = "Menor fatura" if question.order == "smallest" else "Maior fatura"
    if question.kind is Kind.BIGGEST_SPENDING and question.direction == "in":
        name = "Menor recebimento" if question.order == "smallest" else "Maior recebimento"
    shown = [bank_text(title) for title in titles]
    if question.kind in {Kind.SPENT, Kind.FEES} and shown and not question.operation:
        subject = join_names(shown)
        subject = f"gastos com {subject}" if lower else subject
    else:
        subject = name.lower() if lower else name
        joint = "para" if question.kind is Kind.PAID_TO else "de"
        subject += f" {joint} {join_names(shown)}" if shown else ""
    subject += f" ({_operation(question)})" if question.operation else ""
    subject += _amounts(question)
    when = "" if question.kind is Kind.COMPARE_MONTHS else _when(period or question.period, today)
    return f"{subject}{when}{_where(question)}{_ranked(question)}"


def _ranked(question: Question) -> str:
    """Of which month it is the figure."""
    if not question.per or not question.order:
        return ""
    what = "o dia" if question.per == "day" else "o mês"
    return f", {what} com {'menos' if question.order == 'smallest' else 'mais'}"


def _operation(question: Question) -> str:
    names = {"SAQUE": "saques", "PIX": "Pix", "TRANSFER": "transferências", "BOLETO": "boletos"}
    return names.get(question.operation, question.operation)


def _amounts(question: Question) -> str:
    if question.above is not None and question.below is not None:
        return f" de {money(question.above + CENTAVO, BRL)} a {money(question.below - CENTAVO, BRL)}"
    above = f" acima de {money(question.above, BRL)}" if question.above is not None else ""
    return above + (f" abaixo de {money(question.below, BRL)}" if question.below is not None else "")


def _when(period: Period | None, today: date) -> str:
    if period is None:
        return ""
    if period == Period(today.replace(day=1), today) and today.day > 1:
        return " neste mês"
    if period == month_of(period.start):
        return f" em {period_name(period, today).lower()}"
    if period.start == period.end:
        name = day(period.start, today)
        return f" em {name}" if name[0].isdigit() else f" {name}"
    return f" de {_day(period.start, today)} a {_day(period.end, today)}"


def _day(when: date, today: date) -> str:
    return when.strftime("%d/%m" if when.year == today.year else "%d/%m/%Y")


def _where(question: Question) -> str:
    named = list(filter(None, map(_place, question.scope.each)))
    left_out = list(filter(None, map(_place, question.without_scope.each)))
    told = f" · {join_names(named)}" if named else ""
    return f"{told} · sem {join_names(left_out)}" if left_out else told


def _place(scope: Scope) -> str:
    whose = [bank_text(scope.bank), scope.brand.capitalize()]
    holds = (_HELD_THERE if any(whose) else _HOLDS).get(scope.holds, "")
    named = " ".join(filter(None, [holds, *whose]))
    return named or ("a conta que você nomeou" if scope.accounts else "")


# --- figures ----------------------------------------------------------------------------------------------------------


def _plain_figure(found: Answer, _today: date) -> str:
    if found.figure is None:
        return "nada encontrado"
    many = f" · {count(found.total_rows, 'lançamento', 'lançamentos')}" if found.total_rows else ""
    return f"<b>{money(found.figure, BRL)}</b>{many}"


def _dated_figure(found: Answer, today: date) -> str:
    if found.figure is None:
        return "nada encontrado"
    when = f", {day(found.day, today)}" if found.day else ""
    return f"<b>{money(found.figure, BRL)}</b>{when}"


def _counted_figure(found: Answer, _today: date) -> str:
    many = count(found.count or 0, "vez", "vezes")
    return f"<b>{many}</b>" + (f", {money(found.figure, BRL)} no total" if found.figure is not None else "")


def _average_figure(found: Answer, _today: date) -> str:
    per = found.question.per if found.question else "month"
    return f"<b>{money(found.figure, BRL)}</b> {_PER.get(per, '')}" if found.figure is not None else "nada encontrado"


def _list_figure(found: Answer, _today: date) -> str:
    if not found.total_rows:
        return "nada encontrado"
    many = count(found.total_rows, "lançamento", "lançamentos")
    return f"<b>{many}</b>" + (f", {money(found.figure, BRL)}" if found.figure is not None else "")


def _bill_figure(found: Answer, today: date) -> str:
    if found.figure is None:
        return "nenhuma fatura encontrada"
    when = f" · vence {day(found.day, today)}" if found.day else ""
    return f"<b>{money(found.figure, BRL)}</b>{when}"


def _compared_figure(found: Answer, today: date) -> str:
    if found.figure is None or found.period is None:
        return "nada encontrado"
    if not found.figure:
        return "os dois deram o mesmo"
    return f"<b>{money(found.figure, BRL)}</b> a mais{_when(found.period, today)}"


def _instalments_figure(found: Answer, today: date) -> str:
    if found.figure is None:
        return "nada encontrado"
    ends = f", até {month_name(found.day, today).lower()}" if found.day else ""
    return f"<b>{count(found.count or 0, 'parcela', 'parcelas')}</b>, {money(found.figure, BRL)}{ends}"


def _top_figure(found: Answer, _today: date) -> str:
    if not found.parts or found.figure is None:
        return "nada encontrado"
    return f"<b>{bank_text(found.parts[0].title)}</b>, {money(found.figure, BRL)}"


_FIGURES: Final[Mapping[Kind, Callable[[Answer, date], str]]] = {
    Kind.BIGGEST_SPENDING: _dated_figure,
    Kind.LAST_TIME: _dated_figure,
    Kind.FIRST_TIME: _dated_figure,
    Kind.COUNT: _counted_figure,
    Kind.AVERAGE: _average_figure,
    Kind.LIST_ROWS: _list_figure,
    Kind.CARD_OPEN_BILL: _bill_figure,
    Kind.CARD_BILL_CLOSED: _bill_figure,
    Kind.CARD_BILL_LEFT: _bill_figure,
    Kind.COMPARE_MONTHS: _compared_figure,
    Kind.TOP_CATEGORIES: _top_figure,
    Kind.TOP_MERCHANTS: _top_figure,
    Kind.INSTALMENTS_LEFT: _instalments_figure,
}


# --- parts and rows ---------------------------------------------------------------------------------------------------


def _parts(found: Answer, today: date) -> list[str]:
    if len(found.parts) < 2 and found.kind is not Kind.INSTALMENTS_LEFT:
        return []
    shown = [f"{_part_title(found.kind, part, today)}: {money(part.amount, BRL)}" for part in found.parts[:ROWS]]
    return ["", *shown, *_more(len(found.parts) - ROWS)]


def _part_title(kind: Kind, part: Part, today: date) -> str:
    if kind is not Kind.COMPARE_MONTHS:
        return bank_text(part.title)
    period = Period(*map(date.fromisoformat, part.title.split()))
    return "Neste mês" if period == Period(today.replace(day=1), today) else period_name(period, today)


def _rows(found: Answer, today: date) -> list[str]:
    if not found.rows or found.kind in _ROWLESS:
        return []
    is_ranked = found.question is not None and bool(found.question.order)
    rows = found.rows if is_ranked else tuple(reversed(found.rows))
    return ["", *(_row(one, today) for one in rows[:ROWS]), *_more(found.total_rows - ROWS)]


def _more(number: int) -> list[str]:
    return [f"… e mais {number}"] if number > 0 else []


def _row(one: AnswerRow, today: date) -> str:
    bank = bank_text(one.account["custom_name"] or one.account["connector_name"], 24)
    card = "\xa0💳" if is_card(one.account) else ""
    return f"<b>{signed(one.amount)}</b> {row_title(one.row)} · {day(one.on, today)}\xa0·\xa0{bank}{card}"
