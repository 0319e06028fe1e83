"""The words of /credito: the figures with a word each, what helps most, how old all that is last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from gerente_financeiro.messages.format import bank_text, fit, freshness_line, join_names, money
from open_finance.insights.credit import CreditReport, Debt, Figure, Help, Measure, Missing, Word

NAMES: Final = {
    Figure.COMMITMENT: "Comprometimento da renda",
    Figure.LIMIT_USE: "Uso do limite",
    Figure.REVOLVING: "Rotativo",
    Figure.OVERDRAFT: "Cheque especial",
    Figure.RESERVE: "Reserva",
    Figure.STABILITY: "Estabilidade da renda",
    Figure.DEBT_COST: "Custo das dívidas",
}
#: The order in which they are told.
SHOWN: Final = tuple(NAMES)
WORDS: Final = {Word.GOOD: "bom", Word.WARNING: "atenção", Word.HIGH: "alto"}
NO_ADVICE: Final = "Não é score nem recomendação de crédito."
_LIGHTS: Final = {Word.GOOD: "🟢", Word.WARNING: "🟡", Word.HIGH: "🔴"}
_PERCENT: Final = frozenset({Figure.COMMITMENT, Figure.LIMIT_USE, Figure.STABILITY})
_MISSING: Final = {
    Missing.ACCOUNT: "falta uma conta corrente",
    Missing.INCOME: "faltam meses com renda",
    Missing.HISTORY: "faltam meses de lançamentos",
    Missing.CARD: "falta um cartão",
    Missing.LIMIT: "o banco não informa o limite",
    Missing.BILLS: "o banco não envia as faturas do cartão",
    Missing.INSTALMENTS: "o banco não informa a parcela de uma dívida",
}
_LABEL = 40


def credit_text(report: CreditReport, now: datetime) -> str:
    """All figures, and what helps most."""
    lines = ["<b>Sua saúde de crédito</b> (não é score de birô)", "", *_lines(report), "", *_helps(report), NO_ADVICE]
    truth = freshness_line(report.ages, now)
    return fit(lines, ["", truth] if truth else [])


def measure_line(measure: Measure) -> str:
    """``Comprometimento da renda: 28% · 🟢 bom``, or what is missing for it."""
    return f"{NAMES[measure.figure]}: {answer(measure)}"


def answer(measure: Measure) -> str:
    """The figure with its word, or what is missing for it."""
    if measure.value is None:
        return f"ainda não dá para calcular; {missing_text(measure.missing)}"
    told = amount_of(measure.figure, measure.value)
    told = f"varia {told}" if measure.figure is Figure.STABILITY else told
    return _with_word(told, measure.word, is_little=measure.threshold.rising)


def missing_text(missing: Sequence[Missing]) -> str:
    """``faltam meses de lançamentos``."""
    return " e ".join(_MISSING[one] for one in missing) or "faltam dados"


def amount_of(figure: Figure, value: Decimal) -> str:
    """A value in the figure's unit: ``28%``, ``4,2 meses``, ``1,2 mês`` (the plural begins at two), ``R$ 640,00``."""
    if figure in _PERCENT:
        return f"{number(value)}%"
    if figure is Figure.RESERVE:
        return f"{number(value)} {'mês' if value < 2 else 'meses'}"
    return f"{money(value, 'BRL')}{' por mês' if figure is Figure.DEBT_COST else ''}"


def number(value: Decimal, places: int = 1) -> str:
    """``28``, ``4,2``: without decimals where these are nothing."""
    written = f"{value:.{places}f}"
    return (written.rstrip("0").rstrip(".") if places else written).replace(".", ",")


def _with_word(text: str, word: Word | None, *, is_little: bool = False) -> str:
    """``is_little``: it is not the figure that is high, but what it puts at risk."""
    if word is None:
        return text
    said = f"risco {WORDS[word]}" if is_little and word is Word.HIGH else WORDS[word]
    return f"{text} · {_LIGHTS[word]}\xa0{said}"  # the light never stands alone at the end of a line


def _lines(report: CreditReport) -> list[str]:
    """One line a figure; what cards and accounts lend by themselves is one line where both are known."""
    revolving, overdraft = report.measure(Figure.REVOLVING), report.measure(Figure.OVERDRAFT)
    is_one = revolving.value is not None and overdraft.value is not None
    lines = []
    for figure in SHOWN:
        if figure is Figure.REVOLVING and is_one:
            lines.append(_borrowed(revolving, overdraft))
        elif figure is not Figure.OVERDRAFT or not is_one:
            lines.append(measure_line(report.measure(figure)))
    return lines


def _borrowed(revolving: Measure, overdraft: Measure) -> str:
    """``Rotativo e cheque especial: R$ 640,00 no rotativo · 🔴 alto``."""
    places = ((revolving.value, "no rotativo"), (overdraft.value, "no cheque especial"))
    told = " e ".join(f"{money(value, 'BRL')} {place}" for value, place in places if value)
    worse = max((one.word for one in (revolving, overdraft) if one.word), key=list(Word).index, default=None)
    return f"{NAMES[Figure.REVOLVING]} e cheque especial: {_with_word(told or 'nada em uso', worse)}"


# --- debts ---------------------------------------------------------------------------------------------------------------


def debt_name(debt: Debt) -> str:
    """``rotativo do cartão Visa ••8890``, ``cheque especial de Conta ••4321``, ``empréstimo Crédito pessoal``. Escaped."""
    name = bank_text(debt.name, _LABEL)
    return {
        "revolving": f"rotativo do cartão {name}",
        "overdraft": f"cheque especial de {name}",
        "loan": f"empréstimo {name}",
    }[debt.kind]


def _helps(report: CreditReport) -> list[str]:
    if report.help is not None:
        return [f"<b>O que mais ajuda:</b> {_help(report.help)}"]
    if any(debt.balance for debt in report.debts):
        return ["O que mais ajuda: não sei dizer, porque nenhum banco informa quanto suas dívidas custam."]
    is_known = all(report.measure(one).value is not None for one in (Figure.REVOLVING, Figure.OVERDRAFT))
    return ["Não vejo dívida que cobre juros de você.", *_untold(report)] if is_known else []


def _untold(report: CreditReport) -> list[str]:
    """Whose loans are not told: what is not seen may be there."""
    banks = list(dict.fromkeys(bank_text(one["connector_name"], _LABEL) for one in report.silent))
    return [f"Sem empréstimos de {join_names(banks)}: não foram informados."] if banks else []


def _help(found: Help) -> str:
    """``quitar o rotativo do cartão X (R$ 640,00): economiza cerca de R$ 78,00 por mês.``"""
    debt = f"{debt_name(found.debt)} ({money(found.debt.balance, 'BRL')})"
    paid = money(found.amount, "BRL")
    if found.amount >= found.debt.balance:
        how = f"quitar o {debt}"
    elif found.is_at_hand:
        how = f"abater {paid} do {debt}, com o que você tem além de um mês de gastos e das faturas fechadas"
    else:
        how = f"abater {paid} do {debt}"
    left = "" if found.months_left is None else f" A reserva ficaria em {amount_of(Figure.RESERVE, found.months_left)}."
    return f"{how}: economiza cerca de {money(found.monthly_saving, 'BRL')} por mês.{left}"
