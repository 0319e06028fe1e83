"""The words of /posso_gastar: what can be spent today first, then the lines that add up to it, how old they are last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from gerente_financeiro.messages.format import capital, count, day, fit, money, on_date
from gerente_financeiro.messages.outlook_words import Origins, line_text, line_title
from open_finance.insights.allowance import Allowance, AllowanceLine
from open_finance.insights.outlook import Expected, Source
from open_finance.money import ZERO

NO_AMOUNT = (
    "Não entendi o valor. Digite só quanto fica reservado, como <code>500</code> ou <code>R$ 1.000,00</code>; "
    "<code>0</code> é sem reserva.\nPara desistir, /cancelar."
)
RESERVE_STAYS = "Tudo bem: a reserva fica como estava. Veja em /posso_gastar."
RESERVE_TIMED_OUT = "Esperei 15 minutos e parei por aqui. A reserva fica como estava."


def allowance_text(allowance: Allowance, truth: str, pace_negative_on: date | None = None) -> str:
    """What can be spent today, and why. ``truth``: how old the figures are. ``pace_negative_on``: the day from which
    everyday spending as usual leads below zero."""
    lines = [
        _answer(allowance, pace_negative_on),
        "",
        *(_summand(line, allowance) for line in allowance.lines),
        _result(allowance),
    ]
    lines += ["", *_late_income(allowance), _next(allowance), *_warning(allowance, pace_negative_on)]
    return fit(lines, ["", *([truth] if truth else [])])


def _answer(allowance: Allowance, pace_negative_on: date | None) -> str:
    if allowance.per_day > ZERO:
        return f"Hoje você pode gastar <b>{money(allowance.per_day, 'BRL')}</b>"
    if allowance.negative_on is not None:
        return f"<b>Hoje não sobra para gastar:</b> {_negative(allowance, pace_negative_on)}."
    if allowance.total < ZERO:
        missing = money(-allowance.total, "BRL")
        return f"<b>Hoje não sobra para gastar:</b> faltam {missing} para {_purpose(allowance)}."
    return f"<b>Hoje não sobra para gastar:</b> tudo o que há tem destino até {_until(allowance)}."


def _negative(allowance: Allowance, pace_negative_on: date | None) -> str:
    """``a conta fica negativa em 28/11 e chegam a faltar R$ 412,00; no seu ritmo de sempre, já em 25/11``."""
    on, short = allowance.negative_on, money(allowance.short, "BRL")
    assert on is not None
    if on == allowance.today and _available(allowance) < ZERO:
        return f"a conta já está negativa e chegam a faltar {short}"
    known = (
        f"só com o que já é conhecido, a conta fica negativa {on_date(on, allowance.today)} e chegam a faltar {short}"
    )
    if pace_negative_on is None or pace_negative_on >= on:
        return known
    return f"{known}; no seu ritmo de sempre, já {on_date(pace_negative_on, allowance.today)}: veja /previsao"


def _purpose(allowance: Allowance) -> str:
    has_reserve = any(line.part == "reserve" for line in allowance.lines)
    return "pagar tudo e manter a reserva" if has_reserve else "pagar tudo"


def _available(allowance: Allowance) -> Decimal:
    return sum((line.amount for line in allowance.lines if line.part == "available"), ZERO)


def _summand(line: AllowanceLine, allowance: Allowance) -> str:
    amount = money(line.amount, "BRL")
    if line.part == "available":
        return f"Disponível: {amount}"
    until = _until(allowance)
    names = {
        "income": f"Entra antes de {until}{_thirteenth(line.lines)}{_number(line.lines)}",
        "due": f"Contas antes de {until}{_number(line.lines)}",
        "later": f"Guardado para depois de {until}, que a entrada não cobre{_number(line.lines)}",
        "reserve": "Sua reserva",
    }
    return f"{'+' if line.amount > 0 else '-'} {names[line.part]}: {amount}"


def _late_income(allowance: Allowance) -> list[str]:
    """Why less is counted of what comes in than it is."""
    for line in allowance.lines:
        whole = sum((one.amount for one in line.lines), ZERO)
        if line.part == "income" and ZERO < line.amount < whole:
            counted, until = money(line.amount, "BRL"), _until(allowance)
            return [
                f"De {money(whole, 'BRL')} que entram antes de {until}, conto só {counted}: o resto chega mais tarde."
            ]
    return []


def _number(lines: Sequence[Expected]) -> str:
    return f" ({len(lines)})" if lines else ""


def _result(allowance: Allowance) -> str:
    total = f"= <b>{money(allowance.total, 'BRL')}</b>"
    if allowance.total <= ZERO:
        return total
    return f"{total} ÷ {count(allowance.days, 'dia', 'dias')} = {money(allowance.per_day, 'BRL')} por dia"


def _until(allowance: Allowance) -> str:
    return day(allowance.until, allowance.today)


def _next(allowance: Allowance) -> str:
    """Until when the days are counted: the next income, which is in no sum."""
    income = allowance.next_income
    if income is None:
        return f"Não conheço sua próxima entrada: contei {count(allowance.days, 'dia', 'dias')}."
    name = "Salário" if income.source is Source.SALARY else line_title(income)
    guess = "cerca de " if income.is_estimated and income.deviation else ""
    when = on_date(income.on, allowance.today)
    return f"Próxima entrada: {name} {when}, {guess}{money(income.amount, 'BRL')} (não entra nesta soma)."


def _warning(allowance: Allowance, pace_negative_on: date | None) -> list[str]:
    """A household that will go negative is told the day, also where something may be spent today. One that will not is
    told that this holds for what it may spend; what it does spend as usual may lead there all the same."""
    if allowance.negative_on is not None:
        return [f"⚠️ {capital(_negative(allowance, pace_negative_on))}."] if allowance.per_day > ZERO else []
    stays = [_stays(allowance)] if allowance.per_day > ZERO else []
    if pace_negative_on is not None:
        when = on_date(pace_negative_on, allowance.today)
        return [*stays, f"⚠️ No seu ritmo de sempre, a conta fica negativa {when}. Veja /previsao."]
    return [f"{one} No seu ritmo de sempre: /previsao." for one in stays]


def _stays(allowance: Allowance) -> str:
    if allowance.days == 1:
        return "Gastando até isso, a conta não fica negativa hoje."
    return f"Gastando até isso por dia, a conta não fica negativa antes de {_until(allowance)}."


def _thirteenth(lines: Sequence[Expected]) -> str:
    """It is expected because it came a year ago, which nobody promises."""
    return ", com o 13º salário estimado" if any(line.is_yearly and line.amount > ZERO for line in lines) else ""


# --- what is in the sum --------------------------------------------------------------------------------------------------


def counted_lines(allowance: Allowance) -> tuple[Expected, ...]:
    """What comes and goes in the sum, by day."""
    found = (line for part in allowance.lines for line in part.lines)
    return tuple(sorted(found, key=lambda line: line.on))


def lines_page(allowance: Allowance, shown: Sequence[Expected], told: Origins, truth: str) -> str:
    """A page of what is in the sum, by day."""
    found = counted_lines(allowance)
    has_income = any(line.amount > ZERO for line in found)
    number = count(len(found), *(("linha", "linhas") if has_income else ("conta", "contas")))
    lines = [f"<b>{number} em “posso gastar”</b>"]
    for on, of_day in groupby(shown, key=lambda line: line.on):
        after = " · depois da entrada" if allowance.next_income is not None and on >= allowance.until else ""
        lines += ["", f"<b>{capital(day(on, allowance.today))}</b>{after}"]
        lines += [line_text(line, allowance.today, told) for line in of_day]
    return fit(lines, ["", *([truth] if truth else [])])


# --- the reserve ---------------------------------------------------------------------------------------------------------


def ask_reserve(reserve: Decimal) -> str:
    """How much is never free to spend, and how much it is now."""
    now = f"Hoje a reserva é de {money(reserve, 'BRL')}." if reserve else "Hoje você não tem reserva."
    return (
        "<b>Quanto da sua conta nunca conta como livre?</b>\n"
        f"{now} Digite um valor, como <code>500</code> ou <code>R$ 1.000,00</code>; <code>0</code> é sem reserva."
    )


def reserve_set(before: Decimal, now: Decimal) -> str:
    """What it is now, and what it was."""
    if before == now:
        return f"✅ Reserva: {money(now, 'BRL')}, como antes." if now else "✅ Sem reserva, como antes."
    was = f"antes, {money(before, 'BRL')}" if before else "antes, nenhuma"
    return f"✅ Reserva: {money(now, 'BRL')} ({was})." if now else f"✅ Sem reserva ({was})."
