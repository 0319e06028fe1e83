"""How a figure of /credito is worked out: its threshold and whose rule that is, its sums, and every row behind these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Final

from gerente_financeiro.messages.credit import NAMES, NO_ADVICE, SHOWN, amount_of, answer, measure_line
from gerente_financeiro.messages.format import bank_text, capital, count, day, escape, fit, freshness_line, money
from open_finance.insights.cards import first_of
from open_finance.insights.credit import CreditReport, Evidence, Figure, Measure, Threshold
from open_finance.insights.credit_inputs import COST_MONTHS, usual
from open_finance.money import ZERO

#: What is put against what, in words.
_FORMULAS: Final = {
    Figure.COMMITMENT: "parcelas e juros de um mês ÷ renda usual",
    Figure.STABILITY: "diferença média entre os meses e a renda usual ÷ renda usual",
    Figure.LIMIT_USE: "limite em uso ÷ limite de todos os cartões",
    Figure.REVOLVING: "o que ficou de faturas vencidas e paga juros, mais faturas parceladas",
    Figure.OVERDRAFT: "quanto as contas estão abaixo de zero",
    Figure.DEBT_COST: "juros e encargos de um mês, mais os juros de um mês dos empréstimos",
    Figure.RESERVE: "o que dá para usar em um mês ÷ gastos de um mês usual",
}
_ROLES: Final = {
    "income": "Renda",
    "debt": "Parcelas de um mês",
    "charges": f"Juros e encargos de {COST_MONTHS} meses",
    "used": "Limite em uso",
    "limit": "Limite",
    "carried": "No rotativo ou parcelado na fatura",
    "before": "Faturas anteriores que não foram pagas por inteiro (fora da soma)",
    "overdraft": "Abaixo de zero",
    "interest": "Juros de um mês de empréstimos",
    "available": "Dá para usar em um mês",
    "not_counted": "Não conta: não é certo que dê para usar em um mês",
    "spending": "Gastos",
}
#: Where to look at what has no screen of its own here.
_SCREENS: Final = {
    "bill": "faturas em /fatura",
    "account": "contas em /minhas_contas",
    "pot": "contas em /minhas_contas",
    "investment": "investimentos em /investimentos",
}
#: What is said beside a figure; ``{}`` is the number that comes with it.
NOTES: Final = {
    "instalment_calculated": "O banco não informa a parcela de um empréstimo: ela é calculada pelo contrato.",
    "instalment_rows": "O banco não informa a parcela de um empréstimo: é a que sai da conta todo mês.",
    "months_without_income": "Meses sem renda: {}.",
    "card_without_limit": "Falta na conta um cartão de que o banco não informa o limite.",
    "card_without_bills": "Falta na conta um cartão de que o banco não envia as faturas.",
    "days_below_zero": "Dias abaixo de zero nos últimos 90: {}.",
    "interest_calculated": "Os juros de um empréstimo são calculados pela taxa, sobre o que falta pagar.",
    "loan_without_rate": "Falta na conta um empréstimo de que o banco não informa a taxa.",
    "not_counted": "",
}
_LABEL = 34


def how_text(report: CreditReport, now: datetime) -> str:
    """All figures, numbered as their buttons are; each with what it is made of."""
    lines = ["<b>Como calculei</b>", "Toque num número para ver a regra e de onde ele vem."]
    for place, figure in enumerate(SHOWN, 1):
        lines += ["", f"{place}. {measure_line(report.measure(figure))}", capital(_FORMULAS[figure])]
    return fit(lines, _tail(report, now))


def figure_text(
    report: CreditReport,
    measure: Measure,
    shown: Sequence[tuple[int, Evidence]],
    now: datetime,
    *,
    is_first: bool = True,
) -> str:
    """One figure, and a page of the rows behind it, numbered. ``is_first``: how it is worked out is told there only."""
    lines = [f"<b>{NAMES[measure.figure]}: {answer(measure)}</b>"]
    if is_first:
        lines += [_rule(measure.figure, measure.threshold), "", f"Conta: {_FORMULAS[measure.figure]}."]
        lines += [*_worked_out(measure), *_months(measure), *_notes(measure)]
    return fit([*lines, *_rows(measure, shown, report.today)], _tail(report, now))


def _tail(report: CreditReport, now: datetime) -> list[str]:
    truth = freshness_line(report.ages, now)
    return ["", NO_ADVICE, *([truth] if truth else [])]


def _rule(figure: Figure, threshold: Threshold) -> str:
    """``Bom até 30%, alto acima de 50%. Regra de bolso, não é lei: …``."""
    good, high = amount_of(figure, threshold.good), amount_of(figure, threshold.high)
    if threshold.rising:
        said = f"Bom a partir de {good}, risco alto abaixo de {high}"
    else:
        up_to = "Bom até" if threshold.good else "Bom é"
        said = f"{up_to} {good}, alto acima {'disso' if threshold.good == threshold.high else f'de {high}'}"
    return f"{said}. {capital(escape(threshold.source))}."


# --- the sum in words ----------------------------------------------------------------------------------------------------


def _worked_out(measure: Measure) -> list[str]:
    """``R$ 1.240,00 de parcelas e juros ÷ R$ 4.430,00 de renda usual = 28%``; nothing where there is no figure."""
    if measure.value is None or not measure.evidence:
        return []
    sums = defaultdict(lambda: ZERO, measure.sums)
    said = {
        Figure.COMMITMENT: _commitment,
        Figure.STABILITY: _stability,
        Figure.LIMIT_USE: _limit_use,
        Figure.REVOLVING: _plain,
        Figure.OVERDRAFT: _plain,
        Figure.DEBT_COST: _debt_cost,
        Figure.RESERVE: _reserve,
    }[measure.figure](measure, sums)
    return [f"{said} = {amount_of(measure.figure, measure.value)}"] if said else []


_Sums = defaultdict[str, Decimal]


def _commitment(measure: Measure, sums: _Sums) -> str:
    service = f"{_of(sums['debt'])} de parcelas"
    if sums["charges"]:
        service = f"({service} + {_of(sums['charges'])} de juros e encargos ÷ {COST_MONTHS})"
    return f"{service} ÷ {_of(_usual(measure, 'income'))} de renda usual"


def _stability(measure: Measure, _sums: _Sums) -> str:
    middle, months = _usual(measure, "income"), _of_months(measure, "income")
    away = sum((abs(each - middle) for each in months), ZERO) / len(months)
    return f"{_of(away)} de diferença média ÷ {_of(middle)} de renda usual"


def _limit_use(_measure: Measure, sums: _Sums) -> str:
    return f"{_of(sums['used'])} em uso ÷ {_of(sums['limit'])} de limite"


def _plain(_measure: Measure, _sums: _Sums) -> str:
    return ""


def _debt_cost(_measure: Measure, sums: _Sums) -> str:
    loans = f" + {_of(sums['interest'])} de juros de empréstimos" if sums["interest"] else ""
    return f"{_of(sums['charges'])} de juros e encargos ÷ {COST_MONTHS}{loans}"


def _reserve(measure: Measure, sums: _Sums) -> str:
    return f"{_of(sums['available'])} ÷ {_of(_usual(measure, 'spending'))} de gastos de um mês usual"


def _of(amount: Decimal) -> str:
    return money(amount, "BRL")


def _usual(measure: Measure, role: str) -> Decimal:
    return usual(_of_months(measure, role))


def _of_months(measure: Measure, role: str) -> list[Decimal]:
    """The sums of the months that a figure covers; one without rows is zero."""
    sums: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for one in measure.evidence:
        if one.role == role and one.on is not None:
            sums[first_of(one.on)] += one.amount
    return [*sums.values(), *[ZERO] * (measure.months - len(sums))]


def _months(measure: Measure) -> list[str]:
    if not measure.months:
        return []
    told = count(measure.months, "mês inteiro", "meses inteiros")
    is_usual = measure.figure in {Figure.COMMITMENT, Figure.STABILITY, Figure.RESERVE}
    return [f"De {told}{'; o usual é o valor do meio entre eles' if is_usual and measure.months > 1 else ''}."]


def _notes(measure: Measure) -> list[str]:
    said = []
    for note in measure.notes:
        key, _, number = note.partition(":")
        said.append(NOTES.get(key, "").replace("{}", escape(number)))
    return [one for one in said if one]


def evidence_of(measure: Measure) -> list[Evidence]:
    """The rows behind a figure, one sum after the other, the newest first in each."""
    roles = list(dict.fromkeys(one.role for one in measure.evidence))
    newest_first = sorted(measure.evidence, key=lambda one: one.on or date.max, reverse=True)
    return sorted(newest_first, key=lambda one: roles.index(one.role))


# --- the rows ------------------------------------------------------------------------------------------------------------


def _rows(measure: Measure, shown: Sequence[tuple[int, Evidence]], today: date) -> list[str]:
    if not measure.evidence:
        return ["", "Não há nenhuma linha para somar."]
    sums = dict(measure.sums)
    lines = ["", f"<b>De onde vem: {count(len(measure.evidence), 'linha', 'linhas')}</b>"]
    for role, numbered in groupby(shown, key=lambda each: each[1].role):
        total = f": {_of(sums[role])}" if role in sums else ""
        lines.append(f"<i>{_ROLES.get(role) or escape(role)}{total}</i>")
        lines += [_row(place, one, today) for place, one in numbered]
    ways = dict.fromkeys(_SCREENS[one.kind] for _, one in shown if one.kind in _SCREENS)
    return [*lines, *([capital(" · ".join(ways))] if ways else [])]


def _row(place: int, one: Evidence, today: date) -> str:
    when = f"{day(one.on, today)} · " if one.on else ""
    return f"{place}. {when}{bank_text(one.label, _LABEL)} · {_of(one.amount)}"
