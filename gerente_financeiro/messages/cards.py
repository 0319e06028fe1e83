"""The words of /fatura: what the open bill comes to first, then what it is made of, what is to come, how old it is last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import cast

from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    capital,
    count,
    day,
    fit,
    money,
    month_name,
    on_date,
    signed,
    truth_line,
)
from gerente_financeiro.messages.statement import row_title
from open_finance.insights.card_bills import CardBill
from open_finance.insights.card_plans import Commitment, Plan
from open_finance.insights.card_report import CardReport
from open_finance.money import ZERO
from open_finance.records import Account, StatementRow, Transaction

NO_CARDS = "Nenhum cartão de crédito entre os seus bancos.\nConecte o banco do seu cartão para ver a fatura aqui."
NO_BILLS = (
    "ℹ️ Este banco não manda as faturas fechadas: os valores são a soma dos lançamentos, e o fechamento é estimado."
)
NO_ROWS = "Nenhum lançamento nesta fatura."
NO_PLANS = "Nenhuma parcela nas próximas faturas."
ESTIMATED = "estimado"

_CHARGES = {
    "LATE_PAYMENT_REMUNERATIVE_INTEREST": "juros do rotativo",
    "LATE_PAYMENT_FEE": "multa por atraso",
    "LATE_PAYMENT_INTEREST": "juros de mora",
    "IOF": "IOF",
}


def cards(reports: Sequence[CardReport], now: datetime, missing: str = "") -> str:
    """Every card with its open bill and the last closed one, and what the open ones come to together. ``missing``: what was
    asked for, where no card is called so."""
    lines = [*_missing(missing, len(reports)), "💳 <b>Suas faturas abertas</b>", *_together(reports)]
    for report in reports:
        lines += ["", *_short(report)]
    connections = list({each["id"]: each for report in reports for each in report.connections}.values())
    return fit(lines, ["", *filter(None, [truth_line(connections, now)])])


def card(report: CardReport, now: datetime, missing: str = "") -> str:
    """One card: its open bill, the limit, what is committed, the last closed bill."""
    bill, today = report.open, report.today
    lines = [*_missing(missing, 1), _title(report.card, "fatura aberta")]
    lines.append(f"<b>{_so_far(bill, report.card)}</b> · {_days(bill, today)}")
    lines += _parts(bill, report.card)
    lines += _expected(report)
    if bill.told is not None and bill.difference:
        lines.append(_comparison(report, bill))
    lines += ["", *_limit(report), *_committed(report)]
    if report.closed:
        lines += ["", *_closed_lines(report)]
    tail = [*([] if report.has_bills else [NO_BILLS]), *filter(None, [truth_line(report.connections, now)])]
    return fit(lines, ["", *tail])


def bill(report: CardReport, one: CardBill, now: datetime) -> str:
    """One closed bill: the bank's total beside ours."""
    today, currency = report.today, report.card["currency_code"]
    lines = [
        _title(report.card, f"fatura de {month_name(one.month, today).lower()}"),
        f"<b>{_owed(one.total, currency)}</b> · {_due(one, today)} · {_status(one, currency, today)}",
        *([f"Mínimo {money(one.minimum, currency)}"] if one.minimum else []),
        *_parts(one, report.card),
        *_charges(one, currency),
        "",
        _comparison(report, one),
    ]
    if one.is_estimated:
        lines.append("Parte destes lançamentos está nesta fatura por estimativa do dia de fechamento.")
    return fit(lines, ["", *filter(None, [truth_line(report.connections, now)])])


def bills(report: CardReport, shown: Sequence[CardBill], now: datetime) -> str:
    """A page of the bills that have closed."""
    lines = [_title(report.card, "faturas anteriores")]
    lines += [line for one in shown for line in (bill_line(report, one), *_short_comparison(one, report.card))]
    return fit(lines, ["", *filter(None, [truth_line(report.connections, now)])])


def rows(report: CardReport, one: CardBill, shown: Sequence[Transaction], now: datetime) -> str:
    """A page of a bill's rows, by day, the newest first."""
    name = "fatura aberta" if one is report.open else f"fatura de {month_name(one.month, report.today).lower()}"
    lines = [_title(report.card, name), count(len(one.rows), "lançamento", "lançamentos"), ""]
    for when, group in groupby(shown, key=lambda row: row["occurred_on"]):
        lines.append(f"<b>{capital(day(when, report.today))}</b>")
        lines += [_row(row) for row in group]
    return fit(lines if one.rows else [lines[0], NO_ROWS], ["", *filter(None, [truth_line(report.connections, now)])])


def plans(report: CardReport, shown: Sequence[Plan], now: datetime, *, is_first: bool) -> str:
    """What is bought in instalments and what of it is still to come; on the first page, by the month of the bill."""
    currency = report.card["currency_code"]
    lines = [_title(report.card, "parcelas")]
    lines.append(f"Nas próximas 12 faturas: <b>{money(report.committed_total, currency)}</b>{_later(report)}")
    if is_first:
        lines += [f"• {_month(one.month)}: {_commitment(one, currency)}" for one in report.next_twelve if one.amount]
    lines += ["", *(plan_line(report, plan) for plan in shown)] if shown else [NO_PLANS]
    if any(plan.to_come for plan in shown):
        lines.append(f"<i>{capital(ESTIMATED)}: o banco lista uma parcela por mês; calculei as que faltam.</i>")
    return fit(lines, ["", *filter(None, [truth_line(report.connections, now)])])


def plan_line(report: CardReport, plan: Plan) -> str:
    """``• Geladeira · R$ 250,00 · 4/12 · faltam 8 até ago/2027: R$ 2.000,00 (estimado)``."""
    currency, after = report.card["currency_code"], report.open.month
    left = [part for part in plan.parts if part.month > after]
    current = next((part for part in reversed(plan.parts) if part.month <= after), plan.parts[0])
    amount = sum((part.amount for part in left), ZERO)
    source = f" ({ESTIMATED})" if any(not part.is_listed for part in left) else " (listado)"
    what = f"• {bank_text(plan.title)} · {money(current.amount, currency)} · {current.number}/{plan.total}"
    if not left:
        return f"{what} · última"
    until = left[-1].month
    word = "falta" if len(left) == 1 else "faltam"
    return f"{what} · {word} {len(left)}, até {_month(until)}/{until.year}: {money(amount, currency)}{source}"


def bill_line(report: CardReport, one: CardBill) -> str:
    """``Novembro: R$ 1.198,40 · venceu 10/11 · mínimo R$ 179,76 · ✅ paga em 08/11``."""
    today, currency = report.today, report.card["currency_code"]
    minimum = (
        [f"mínimo {money(one.minimum, currency)}"] if one.minimum and one.status not in {"paid", "nothing"} else []
    )
    parts = [_owed(one.total, currency), _due(one, today), *minimum, _status(one, currency, today)]
    return f"{month_name(one.month, today)}: {' · '.join(parts)}"


# --- the open bill -------------------------------------------------------------------------------------------------------


def _missing(asked: str, cards_shown: int) -> list[str]:
    shown = "Aqui está o que tenho:" if cards_shown == 1 else "Aqui estão todos:"
    return [f"Não achei um cartão com “{bank_text(asked)}”. {shown}", ""] if asked else []


def _title(account: Account, what: str) -> str:
    return f"💳 <b>{bank_and_digits(account)}</b> · {what}"


def _together(reports: Sequence[CardReport]) -> list[str]:
    """Sums of BRL only, and of no card that was hidden."""
    counted = [one for one in reports if not one.card["hidden"] and one.card["currency_code"] == "BRL"]
    total = sum((one.open.ours for one in counted), ZERO)
    later = sum((one.committed_total for one in counted), ZERO)
    lines = [f"Juntas: <b>{_owed(total, 'BRL')}</b> até agora"]
    return [*lines, f"Já comprometido nas próximas 12 faturas: {money(later, 'BRL')}"] if later else lines


def _short(report: CardReport) -> list[str]:
    hidden = " · <i>fora do total</i>" if report.card["hidden"] else ""
    lines = [f"<b>{bank_and_digits(report.card)}</b>{hidden}"]
    lines.append(f"{_so_far(report.open, report.card)} · {_days(report.open, report.today)}")
    return [*lines, *_closed_lines(report)]


def _closed_lines(report: CardReport) -> list[str]:
    """The last closed bill, and one before it that is still to be paid."""
    return [bill_line(report, one) for place, one in enumerate(report.closed[:2]) if not place or _is_to_be_paid(one)]


def _is_to_be_paid(one: CardBill) -> bool:
    return one.status == "due" or one.is_overdue


def _so_far(one: CardBill, account: Account) -> str:
    return f"{_owed(one.ours, account['currency_code'])} até agora"


def _owed(amount: Decimal, currency: str) -> str:
    return money(amount, currency) if amount >= 0 else f"{money(-amount, currency)} a seu favor"


def _days(one: CardBill, today: date) -> str:
    closes = f"fecha {day(one.cycle.closes_on, today)}{'' if one.cycle.closes_known else f' ({ESTIMATED})'}"
    due_known = one.bill is not None or one.cycle.due_known
    return f"{closes} · vence {day(one.due_on, today)}{'' if due_known else f' ({ESTIMATED})'}"


def _parts(one: CardBill, account: Account) -> list[str]:
    currency, sums = account["currency_code"], one.sums
    many = f" ({count(sums.instalment_count, 'compra', 'compras')})"
    lines = [
        ("Compras", sums.purchases, ""),
        ("Parcelas", sums.instalments, many),
        ("Tarifas e IOF", sums.fees, ""),
        ("Estornos", -sums.refunds, ""),
        ("Outros", sums.other, ""),
    ]
    found = [f"• {name}: {money(amount, currency)}{more}" for name, amount, more in lines if amount]
    return found + [f"• À parte: {money(amount, other)}" for other, amount in (one.apart or {}).items()]


def _expected(report: CardReport) -> list[str]:
    if not report.expected:
        return []
    amount = sum((part.amount for _, part in report.expected), ZERO)
    many = count(len(report.expected), "parcela", "parcelas")
    return [f"Ainda deve entrar ({ESTIMATED}): {money(amount, report.card['currency_code'])} de {many}"]


def _limit(report: CardReport) -> list[str]:
    limit, currency = report.limit, report.card["currency_code"]
    if limit.limit is None:
        return ["Limite: o banco não informa."]
    of = money(limit.limit, currency)
    free = "" if limit.available is None else f" · livre {money(limit.available, currency)}"
    if limit.used is None:
        return [f"Limite: {of}{free}"]
    share = "" if limit.share is None else f" ({limit.share}%)"
    return [f"Limite: usa {money(limit.used, currency)} de {of}{share}{free}"]


def _committed(report: CardReport) -> list[str]:
    currency = report.card["currency_code"]
    months = [f"{_month(one.month)} {money(one.amount, currency)}" for one in report.next_twelve if one.amount]
    if not months:
        return ["Nada comprometido nas próximas faturas."]
    estimated = sum((one.estimated for one in report.next_twelve), ZERO)
    note = f" ({ESTIMATED}: {money(estimated, currency)})" if estimated else ""
    total = f"{money(report.committed_total, currency)} em 12 meses{note}{_later(report)}"
    return [f"Já comprometido: {' · '.join(months)}", f"São {total}"]


def _later(report: CardReport) -> str:
    later = report.committed_later
    return f", e {money(later, report.card['currency_code'])} depois" if later else ""


def _commitment(one: Commitment, currency: str) -> str:
    if not one.estimated:
        return f"{money(one.amount, currency)} (listado)"
    if one.estimated == one.amount:
        return f"{money(one.amount, currency)} ({ESTIMATED})"
    return f"{money(one.amount, currency)} ({ESTIMATED}: {money(one.estimated, currency)})"


def _month(month: date) -> str:
    return MONTHS[month.month - 1][:3].lower()


# --- a closed bill -------------------------------------------------------------------------------------------------------


def _due(one: CardBill, today: date) -> str:
    known = one.bill is not None or one.cycle.due_known
    return f"{'venceu' if one.due_on < today else 'vence'} {day(one.due_on, today)}{'' if known else f' ({ESTIMATED})'}"


def _status(one: CardBill, currency: str, today: date) -> str:
    when = f" {on_date(one.paid_on, today)}" if one.paid_on else ""
    if one.status == "paid":
        return f"✅ paga{when}"
    if one.status == "partly":
        mark = "⚠️ em atraso, " if one.is_overdue else ""
        return f"{mark}paga em parte: {money(one.paid, currency)}{when}, faltam {money(one.left, currency)}"
    if one.status == "unpaid":
        return "⚠️ em atraso" if one.is_overdue else "sem pagamento"
    if one.status == "nothing":
        return "nada a pagar"
    if one.told is None and one.paid:
        return f"pago até agora {money(one.paid, currency)}; o banco não mandou o total"
    if one.told is None:
        return "fechada; o banco ainda não mandou o total" if one.status == "due" else "pagamento não informado"
    return "a pagar" if one.status == "due" else "pagamento não informado"


def _charges(one: CardBill, currency: str) -> list[str]:
    if not one.charges:
        return []
    named = [f"{_CHARGES.get(each['type'], 'outros')} {money(each['amount'], currency)}" for each in one.charges]
    return [f"• Encargos da fatura: {money(one.charged, currency)} ({' · '.join(named)})"]


def _comparison(report: CardReport, one: CardBill) -> str:
    currency = report.card["currency_code"]
    if one.told is not None and not one.difference:
        return f"O banco informa {_owed(one.told, currency)}; somei o mesmo."
    if one.told is None:
        sentence = f"O banco não manda o total desta fatura; somei {_owed(one.ours, currency)}."
    else:
        sentence = (
            f"O banco informa {_owed(one.told, currency)}; somei {_owed(one.ours, currency)}. "
            f"Diferença de {money(abs(one.difference), currency)} (sem detalhe do banco)."
        )
    return sentence if one.is_complete else f"{sentence} Os lançamentos que tenho não vão até o começo desta fatura."


def _short_comparison(one: CardBill, account: Account) -> list[str]:
    if one.told is None or not one.difference or not one.is_complete:
        return []
    currency = account["currency_code"]
    return [f"  somei {_owed(one.ours, currency)}: diferença de {money(abs(one.difference), currency)}"]


def _row(row: Transaction) -> str:
    """``-R$ 89,90 iFood (2/3) · US$ 20,00``."""
    number, total = row["installment_number"], row["total_installments"]
    written = f"{number}/{total}" if number and total and total > 1 else ""
    part = f" ({written})" if written and written not in row["description"] else ""
    foreign = row["foreign_amount"]
    abroad = f" · {money(abs(foreign), row['foreign_currency'] or '')}" if foreign is not None else ""
    title = row_title(cast("StatementRow", row))
    return f"<b>{signed(row['amount'], row['currency_code'])}</b> {title}{part}{abroad}"
