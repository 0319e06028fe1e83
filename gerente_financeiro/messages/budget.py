"""The words of /orcamento and of the warnings of a budget. Pure: escaped HTML, but for what is said to be plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from gerente_financeiro.messages.format import MONTHS, bank_text, clean_text, count, day, fit, money, truth_line
from open_finance.budget_alerts import BudgetWarning
from open_finance.budget_book import LEAST, MOST, NamedState, Offer
from open_finance.clock import local_day
from open_finance.insights.budgets import BudgetState
from open_finance.insights.spending import Spent
from open_finance.records import Connection

TITLE = "🎯 <b>Seus orçamentos</b>"
EXAMPLE = "<code>/orcamento mercado 1200</code>"
EMPTY = (
    "🎯 Você ainda não tem orçamento.\nDiga quanto quer gastar por mês em alguma coisa e eu aviso quando o mês for passar "
    f"disso. Mande assim: {EXAMPLE}. Ou escolha por aqui:"
)
NO_AMOUNT = (
    f"Não entendi o valor. Mande assim: <code>1200</code>, <code>1.200,50</code> ou <code>150.000</code>, de "
    f"{money(LEAST, 'BRL')} a {money(MOST, 'BRL')}. Com o nome: {EXAMPLE}."
)
ASK_WHAT = "Orçamento de quê? Escolha uma categoria:"
UNCHANGED = "Nada mudou: seus orçamentos continuam como estavam. Veja em /orcamento."
TIMED_OUT = f"Esperei 15 minutos e parei por aqui. {UNCHANGED}"
NO_BANK = "Ainda não há banco conectado: em /conectar_banco eu começo a somar."
#: Cells of a bar.
BAR = 10
LISTED = 20


# --- /orcamento ------------------------------------------------------------------------------------------------------


def overview(states: Sequence[NamedState], connections: Iterable[Connection], now: datetime) -> str:
    """All budgets: a bar, and the same in words."""
    today = local_day(now)
    head = f"{TITLE} · {MONTHS[today.month - 1].lower()}, {days_left(states[0].state)}"
    lines = [head]
    for one in states:
        lines += ["", f"<b>{_title(one)}</b>", bar_line(one.state), _rest(one.state)]
    return fit(lines, ["", truth(connections, now)])


def truth(connections: Iterable[Connection], now: datetime) -> str:
    """How old what was spent is; without a bank nothing can have been."""
    known = list(connections)
    return truth_line(known, now) if known else NO_BANK


def one_budget(named: NamedState, truth: str, notice: str = "") -> str:
    """One budget, with all that is known of it. ``truth``: how old that is; ``notice``: what has just been done."""
    state = named.state
    lines = [
        *([notice, ""] if notice else []),
        f"🎯 <b>{_title(named)}</b>: {money(state.budget['amount'], 'BRL')} por mês",
        bar_line(state),
        _rest(state),
        f"Em {MONTHS[state.today.month - 1].lower()}, {days_left(state)}.",
        rollover_line(state),
    ]
    if state.is_quiet:
        lines.append("Neste mês não aviso mais deste orçamento.")
    return fit(lines, ["", truth] if truth else [])


def bar_line(state: BudgetState) -> str:
    """``▓▓▓▓▓▓▓░░░ 72% · R$ 864,00 de R$ 1.200,00``."""
    spent, limit = money(state.spent, "BRL"), money(state.limit, "BRL")
    if state.percent is None:
        return f"{'▓' * BAR} {spent} gastos; o que passou dos meses anteriores já consumiu o limite deste mês"
    full = min(state.percent * BAR // 100, BAR)
    return f"{'▓' * full}{'░' * (BAR - full)} {state.percent}% · {spent} de {limit}"


def _rest(state: BudgetState) -> str:
    """``Restam R$ 97,90. No seu ritmo, fecha em R$ 1.437,52.``"""
    left = (
        f"Restam {money(state.left, 'BRL')}."
        if state.left >= 0
        else f"Passou do limite em {money(-state.left, 'BRL')}."
    )
    return " ".join(filter(None, [left, pace(state)]))


def pace(state: BudgetState) -> str:
    """Where the month ends: by the person's own months, or by the days so far. Empty where it is too early to say, and where
    nothing more is to come."""
    if state.projection is None or state.projection.amount <= state.spent:
        return ""
    how = "No seu ritmo" if state.projection.basis == "rhythm" else "Se continuar assim"
    return f"{how}, fecha em {money(state.projection.amount, 'BRL')}."


def rollover_line(state: BudgetState) -> str:
    """Whether what is left goes on, and what has come from the months before."""
    if not state.budget["rolls_over"]:
        return "A sobra não passa para o mês seguinte."
    if not state.carried:
        return "A sobra, ou o que passar, vai para o mês seguinte."
    what = "Sobra" if state.carried > 0 else "Excesso"
    return f"{what} dos meses anteriores: {money(abs(state.carried), 'BRL')}, já no limite deste mês."


def days_left(state: BudgetState) -> str:
    """``faltam 7 dias``, ``falta 1 dia``, ``último dia``."""
    if not state.days_left:
        return "último dia"
    return f"{'falta' if state.days_left == 1 else 'faltam'} {count(state.days_left, 'dia', 'dias')}"


# --- setting one -----------------------------------------------------------------------------------------------------


def was_set(named: NamedState, truth: str) -> str:
    """``✅ Mercado: R$ 1.200,00 por mês. Até hoje R$ 1.102,10 (92%), faltam 7 dias.``"""
    state = named.state
    share = "" if state.percent is None else f" ({state.percent}%)"
    limit = f" Com o que veio de antes, o limite deste mês é {money(state.limit, 'BRL')}." if state.carried else ""
    return (
        f"✅ <b>{_title(named)}</b>: {money(state.budget['amount'], 'BRL')} por mês.{limit} "
        f"Até hoje {money(state.spent, 'BRL')}{share}, {days_left(state)}.{f'{chr(10)}{truth}' if truth else ''}"
    )


def ask_amount(offer: Offer) -> str:
    """How much a month, with what it has been so far."""
    usual = (
        f"Nos últimos meses foram cerca de {money(offer.usual, 'BRL')} por mês.\n"
        if offer.usual is not None and offer.usual > 0
        else ""
    )
    now = "" if offer.standing is None else f" Hoje são {money(offer.standing['amount'], 'BRL')}."
    return (
        f"Quanto por mês para <b>{bank_text(offer.choice.title)}</b>?{now}\n{usual}"
        "Toque num valor ou digite outro: <code>1200</code> ou <code>1.250,50</code>."
    )


def not_found(name: str, likes: bool) -> str:
    """What was typed is no category. ``likes``: something that it may be is offered below."""
    said = f"Não achei “{bank_text(name)}”."
    if likes:
        return f"{said} Você quis dizer…?"
    return f"{said} Mande o nome de uma categoria e o valor por mês, como {EXAMPLE}, ou escolha por aqui:"


def amount_label(amount: Decimal) -> str:
    """``R$ 1.200,00``. Plain text."""
    return money(amount, "BRL")


# --- changing one ----------------------------------------------------------------------------------------------------


def rollover_changed(named: NamedState) -> str:
    """What holds from now on."""
    if named.state.budget["rolls_over"]:
        return "✅ Agora a sobra, ou o que passar, vai para o mês seguinte."
    return "✅ Agora cada mês começa do zero."


def ask_delete(named: NamedState) -> str:
    """The second step of *Apagar*: what is lost."""
    state = named.state
    carried = f" e a sobra acumulada de {money(state.carried, 'BRL')}" if state.carried > 0 else ""
    return (
        f"Apagar o orçamento de <b>{_title(named)}</b> ({money(state.budget['amount'], 'BRL')} por mês){carried}?\n"
        "Seus lançamentos ficam como estão."
    )


def deleted(title: str) -> str:
    """It is gone."""
    return f"✅ Orçamento de {bank_text(title)} apagado. Os outros estão em /orcamento."


def quieted(named: NamedState) -> str:
    """Nothing more is told of it this month."""
    month = MONTHS[named.state.today.month - 1].lower()
    return f"✅ Certo: em {month} não aviso mais de {_title(named)}. No mês que vem volto a avisar."


def woken(named: NamedState) -> str:
    """It is told of again."""
    return f"✅ Volto a avisar de {_title(named)}."


def spent_list(named: NamedState, rows: Sequence[Spent], today: date, truth: str) -> str:
    """What the month's spending is made of, the newest first."""
    state = named.state
    lines = [f"🎯 <b>{_title(named)}</b> · {money(state.spent, 'BRL')} em {MONTHS[today.month - 1].lower()}", ""]
    tail = ["", truth] if truth else []
    if not rows:
        return fit([*lines, "Nenhum gasto neste mês."], tail)
    lines += [_line(one, today) for one in rows[:LISTED]]
    left = len(rows) - LISTED
    return fit(lines, [*([f"… e mais {left}. Todos em /extrato."] if left > 0 else []), *tail])


def _line(one: Spent, today: date) -> str:
    row = one.row
    sign = "" if one.amount >= 0 else "↩️ "
    name = next(filter(None, (clean_text(text or "") for text in (row["merchant_name"], row["description"]))), "…")
    return f"{sign}<b>{money(one.amount, 'BRL')}</b> {bank_text(name)} · {day(one.on, today)}"


# --- told by itself --------------------------------------------------------------------------------------------------


def warning(found: BudgetWarning) -> str:
    """``🎯 Mercado chegou a 80% (R$ 960,00 de R$ 1.200,00) no dia 18. No seu ritmo, fecha em R$ 1.600,00.``"""
    state = found.of.state
    spent, limit = money(state.spent, "BRL"), money(state.limit, "BRL")
    if state.percent is None:
        before = "o que passou dos meses anteriores já o consumiu"
        return f"🎯 {_title(found.of)} já passou do limite deste mês: {spent} gastos, e {before}."
    reached = f"🎯 {_title(found.of)} chegou a {state.percent}% ({spent} de {limit}) no dia {found.on.day}"
    if state.left < 0:
        return f"{reached}: passou do limite em {money(-state.left, 'BRL')}. {capital_days(state)}"
    return " ".join(filter(None, [f"{reached}.", pace(state) or capital_days(state)]))


def capital_days(state: BudgetState) -> str:
    """``Faltam 7 dias.``"""
    said = days_left(state)
    return f"{said[0].upper()}{said[1:]}."


def _title(named: NamedState) -> str:
    return bank_text(named.title)
