"""The words of what is owed and of the plan to be rid of it, below /credito."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from gerente_financeiro.messages.credit import debt_name, number
from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    capital,
    count,
    fit,
    freshness_line,
    join_names,
    money,
)
from open_finance.insights.cards import add_months, first_of
from open_finance.insights.credit import CreditReport, Debt, Order, Plan
from open_finance.insights.debt_plan import MOST_MONTHS, build_plan, least_budget
from open_finance.investment_records import Loan
from open_finance.money import BRL, ZERO

ORDERS: Final = {Order.AVALANCHE: "a mais cara primeiro", Order.SNOWBALL: "a menor primeiro"}
NO_RATE = "o banco não informa a taxa"
NOTHING_OWED = "Não vejo empréstimo, rotativo nem cheque especial em uso."
NOTHING_TO_PLAN = "Não há dívida de taxa conhecida para planejar."
NO_AMOUNT = (
    "Não entendi o valor. Digite só quanto você pode pagar por mês, como <code>500</code> ou "
    "<code>R$ 1.000,00</code>.\nPara desistir, /cancelar."
)
BUDGET_STAYS = "Tudo bem: o plano fica como estava. Veja em /credito."
BUDGET_TIMED_OUT = "Esperei 15 minutos e parei por aqui. O plano fica como estava."
_LABEL = 32


# --- what is owed --------------------------------------------------------------------------------------------------------


def debts_text(report: CreditReport, shown: Sequence[tuple[int, Debt]], now: datetime, *, is_last: bool = True) -> str:
    """A page of what is owed; the sum of all of it first."""
    total = sum((debt.balance for debt in report.debts), ZERO)
    lines = [f"<b>Minhas dívidas: {money(total, BRL)}</b>" if report.debts else f"<b>{NOTHING_OWED}</b>"]
    loans = {loan["id"]: loan for loan in report.loans}
    for place, debt in shown:
        loan = loans.get(debt.id) if debt.kind == "loan" else None
        lines += ["", f"{place}. {capital(debt_name(debt))}", *_debt_lines(debt, loan)]
    lines += _unsaid(report) if is_last else []
    truth = freshness_line(report.ages, now)
    return fit(lines, ["", truth] if truth else [])


def _debt_lines(debt: Debt, loan: Loan | None) -> list[str]:
    cet = f" · CET\xa0{number(loan['cet'], 2)}%\xa0ao\xa0ano" if loan is not None and loan["cet"] is not None else ""
    no_cet = " · o banco não informa o CET" if loan is not None and loan["cet"] is None else ""
    lines = [f"Falta {money(debt.balance, BRL)} · {rate_text(debt)}{cet}{no_cet}"]
    if loan is not None:
        lines += _instalments(loan)
    if debt.payment is not None:
        payment = money(debt.payment, BRL)
        lines.append(f"Parcela: cerca de {payment} por mês" if debt.kind == "loan" else f"Mínimo da fatura: {payment}")
    if loan is not None and loan["due_on"] is not None:
        lines.append(f"Termina em {loan['due_on']:%d/%m/%Y}")
    return lines


def rate_text(debt: Debt) -> str:
    """``1,99% ao mês``, ``cerca de 12% ao mês, pelo que foi cobrado``."""
    if debt.monthly_rate is None:
        return NO_RATE
    written = f"{number(debt.monthly_rate * 100, 2)}% ao mês"
    return f"cerca de {written}, pelo que foi cobrado" if debt.rate_from == "charged" else written


def _instalments(loan: Loan) -> list[str]:
    paid, total, late = loan["paid_installments"], loan["total_installments"], loan["past_due_installments"]
    lines = []
    if paid is not None and total is not None:
        lines.append(f"Parcelas: {paid} de {total} pagas")
    elif loan["due_installments"] is not None:
        lines.append(f"Parcelas: faltam {loan['due_installments']}")
    else:
        lines.append("O banco não informa as parcelas")
    if late:
        lines.append(f"⚠️ {count(late, 'parcela em atraso', 'parcelas em atraso')}")
    return lines


def _unsaid(report: CreditReport) -> list[str]:
    """Contracts that are in no sum, and banks that told of none."""
    lines = []
    unknown = [bank_text(loan["product_name"], _LABEL) for loan in report.loans if loan["outstanding"] is None]
    if unknown:
        lines.append(f"O banco não informa quanto falta pagar: {join_names(unknown)}.")
    for loan in report.loans:
        if loan["outstanding"] and loan["currency_code"] != BRL:
            amount = money(loan["outstanding"], loan["currency_code"])
            lines.append(f"À parte: {bank_text(loan['product_name'], _LABEL)}, {amount}.")
    banks = list(dict.fromkeys(bank_text(one["connector_name"], _LABEL) for one in report.silent))
    if banks:
        verb = "não enviou" if len(banks) == 1 else "não enviaram"
        lines.append(f"{join_names(banks)} {verb} empréstimos: se houver algum, não está aqui.")
    return ["", *lines] if lines else []


# --- the plan ------------------------------------------------------------------------------------------------------------


def other_order(order: Order) -> Order:
    """The one that is not this."""
    return next(each for each in Order if each is not order)


def no_plan(left_out: Sequence[Debt], truth: str) -> str:
    """Where there is no debt that a plan can hold."""
    return fit([NOTHING_TO_PLAN, *_left_out(left_out)], ["", truth] if truth else [])


def plan_text(plan: Plan, left_out: Sequence[Debt], today: date, truth: str) -> str:
    """How long it takes with so much a month, what it costs, and what the other order would change. ``left_out``: debts of
    which nobody tells the rate."""
    if not plan.is_enough:
        lines = _not_enough(plan)
    else:
        other = build_plan(plan.debts, plan.budget, other_order(plan.order))
        lines = [
            f"<b>Plano para quitar: {count(plan.months, 'mês', 'meses')} com {money(plan.budget, BRL)} por mês</b>",
            *([f"Ordem: {ORDERS[plan.order]}"] if len(plan.debts) > 1 else []),
            "",
            *(_cleared(place, debt, month, today) for place, debt, month in _in_order(plan)),
            "",
            f"Juros no total: {money(plan.interest, BRL)}",
            *([_difference(plan, other)] if len(plan.debts) > 1 else []),
        ]
    lines += _left_out(left_out)
    lines.append("Vale para o que você deve hoje: compra nova no cartão ou mais cheque especial mudam a conta.")
    return fit(lines, ["", truth] if truth else [])


def _not_enough(plan: Plan) -> list[str]:
    budget, least = money(plan.budget, BRL), least_budget(plan.debts)
    if plan.budget >= least:
        return [
            f"<b>Com {budget} por mês as dívidas não acabam em {MOST_MONTHS // 12} anos.</b>",
            "Tente um valor maior.",
        ]
    covers = "cobre as parcelas, os mínimos e os juros"
    return [
        f"<b>{budget} por mês não bastam.</b>",
        f"É preciso pelo menos {money(least, BRL)} por mês: {covers}, e abate um pouco de cada dívida.",
    ]


def _in_order(plan: Plan) -> list[tuple[int, Debt, int]]:
    return [
        (place, debt, month) for place, (debt, month) in enumerate(zip(plan.debts, plan.cleared_in, strict=True), 1)
    ]


def _cleared(place: int, debt: Debt, month: int, today: date) -> str:
    when = add_months(first_of(today), month)
    name = f"{MONTHS[when.month - 1].lower()} de {when.year}"
    return (
        f"{place}. {capital(debt_name(debt))}: {money(debt.balance, BRL)}, {rate_text(debt)} · "
        f"quitado no {month}º\xa0mês ({name})"
    )


def _difference(plan: Plan, other: Plan) -> str:
    """What the other order would change."""
    name = capital(ORDERS[other.order])
    if not other.is_enough:
        return f"{name}: com esse valor as dívidas não acabam."
    more = other.interest - plan.interest
    time = count(other.months, "mês", "meses")
    if more == ZERO:
        return f"{name}: {time}, os mesmos juros."
    return f"{name}: {time}, {money(abs(more), BRL)} a {'mais' if more > ZERO else 'menos'} de juros."


def _left_out(left_out: Sequence[Debt]) -> list[str]:
    if not left_out:
        return []
    names = [f"{debt_name(debt)} ({money(debt.balance, BRL)})" for debt in left_out]
    return [f"Fora do plano, porque o banco não informa a taxa: {join_names(names)}."]


def ask_budget(budget: Decimal) -> str:
    """How much can be paid a month, and how much the plan counts on now."""
    return (
        "<b>Quanto você pode pagar por mês para quitar as dívidas?</b>\n"
        f"O plano conta com {money(budget, BRL)}. Digite um valor, como <code>500</code> ou <code>R$ 1.000,00</code>."
    )
