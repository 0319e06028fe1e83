"""The words of /previsao: a caption whose lines add up, what stands in its picture, and each line by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from gerente_financeiro.messages.format import bank_text, capital, clean_text, count, day, fit, money, on_date, units
from gerente_financeiro.messages.outlook_words import (
    Group,
    Origins,
    about,
    between,
    groups_of,
    line_text,
)
from open_finance.exports.charts import Heading
from open_finance.exports.forecast_chart import Mark
from open_finance.insights.outlook import MIN_HISTORY, Day, Expected, Forecast, Source
from open_finance.money import ZERO

#: A caption holds 1024 characters; the demonstration's banner needs some of them.
CAPTION_LIMIT = 960
#: Of a truth line that names many banks, in a caption that has no room for it.
TRUTH_SHORT = "⚠️ Há bancos com dados antigos: veja /minhas_contas"
EXAMPLE = "comprar 1.800 em 6x"
SURE = 0.01
_SUBTITLE = 47  # letters that a picture is wide: an amount that is cut would be another one


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a forecast. ``caption``: escaped HTML, no longer than one of Telegram's may be."""

    caption: str
    heading: Heading
    marks: tuple[Mark, ...]


def forecast_words(forecast: Forecast, truth: str, notice: str = "") -> Told:
    """A forecast as it stands. ``truth``: how old the figures are. ``notice``: what was typed and means nothing here."""
    head = [*([_not_understood(notice)] if notice else []), _title(forecast)]
    sums = groups_of(forecast.lines)
    for with_days in (True, False):
        body = [
            *head,
            *_sum_lines(forecast, sums, with_days=with_days),
            "",
            *_lowest(forecast),
            *little_history(forecast),
        ]
        caption = "\n".join(with_truth(body, truth))
        if units(caption) <= CAPTION_LIMIT:
            break
    else:
        caption = fit(with_truth(body, TRUTH_SHORT), limit=CAPTION_LIMIT)
    return Told(caption, heading_of(forecast), marks_of(forecast))


def _not_understood(notice: str) -> str:
    if notice.isdigit():
        return f"Só olho 30, 60 ou 90 dias para a frente, não {bank_text(notice)}. Aqui está a previsão:"
    return f"Não entendi “{bank_text(notice)}”. Tente <code>/previsao {EXAMPLE}</code>. Aqui está a previsão:"


def with_truth(body: Sequence[str], truth: str) -> list[str]:
    """The lines, and the truth line last, apart, where there is one."""
    return [*body, *(["", truth] if truth else [])]


def _title(forecast: Forecast) -> str:
    return f"🔮 <b>Próximos {_length(forecast)} dias (até {day(forecast.end.on, forecast.today)})</b>"


def _length(forecast: Forecast) -> int:
    return len(forecast.days) - 1


def _sum_lines(forecast: Forecast, sums: Sequence[Group], *, with_days: bool) -> list[str]:
    """They add up: today, what comes, what goes, and where that ends."""
    today = forecast.today
    lines = [f"Hoje: {money(forecast.start, 'BRL')}"]
    lines += [_summand(group.name(today, with_days=with_days), group.amount, group.guess) for group in sums]
    if forecast.has_band:
        lines.append(_summand("Dia a dia (estimado)", forecast.everyday))
    band = f" ({between(forecast.end.low, forecast.end.high)})" if forecast.has_band else ""
    end = f"= <b>{capital(day(forecast.end.on, today))}: {money(forecast.end.median, 'BRL')}</b>{band}"
    nothing = [] if sums else ["Nenhum compromisso conhecido nesses dias."]
    return [*lines, *nothing, end]


def _summand(name: str, amount: Decimal, guess: str = "") -> str:
    return f"{'+' if amount > 0 else '-'} {name}: {guess}{money(amount, 'BRL')}"


# --- the lowest point, and the risk ----------------------------------------------------------------------------------------


def _lowest(forecast: Forecast) -> list[str]:
    """Where it is lowest, and what that means."""
    lowest = forecast.lowest
    told = f"Ponto mais baixo: {day(lowest.on, forecast.today)}, {estimate(forecast, lowest)}."
    if forecast.negative_on is not None:
        return [_negative(forecast), *([] if lowest.on == forecast.negative_on else [told])]
    return [f"{told} {_risk(forecast)}"]


def _negative(forecast: Forecast) -> str:
    """The median is below nothing: from when, how far, and until when."""
    first, today = forecast.negative_on, forecast.today
    assert first is not None
    below = next(one for one in forecast.days if one.on == first)
    back = next((one.on for one in forecast.days if one.on > first and one.median >= 0), None)
    until = f"; volta a ficar positiva {on_date(back, today)}" if back else f"; segue assim até {last_day(forecast)}"
    amount = estimate(forecast, below)
    if first == today and forecast.start < 0:
        return f"⚠️ A conta já está negativa ({amount} hoje){until}.{share_sentence(forecast)}"
    pace = "No ritmo atual" if forecast.has_band else "Só com estes compromissos"
    return f"⚠️ {pace}, a conta fica negativa {on_date(first, today)} ({amount}){until}.{share_sentence(forecast)}"


def last_day(forecast: Forecast) -> str:
    """As it is told: ``23/12``."""
    return day(forecast.end.on, forecast.today)


def _risk(forecast: Forecast) -> str:
    if not forecast.has_band:
        return "Com estes compromissos, não fica negativo."
    if forecast.risk < SURE:
        return "Sem risco de ficar negativo."
    since = "" if forecast.risky_on is None else f", a partir de {day(forecast.risky_on, forecast.today)}"
    return f"{capital(share(forecast.risk))} a conta fica negativa{since}."


def share_sentence(forecast: Forecast) -> str:
    """How many scenarios go below nothing, after a sentence that says so; nothing where all do."""
    return f" Isso acontece {share(forecast.risk)}." if forecast.has_band and SURE <= forecast.risk < 1 - SURE else ""


def share(risk: float) -> str:
    """``em 3 de cada 10 cenários``."""
    tenths = round(risk * 10)
    if risk >= 1 - SURE:
        return "em todos os cenários"
    if tenths == 10:
        return "em quase todos os cenários"
    return f"em {tenths} de cada 10 cenários" if tenths else "em menos de 1 de cada 10 cenários"


def estimate(forecast: Forecast, one: Day) -> str:
    """The balance of a day: rounded where something of it is only expected, exact where all of it is known."""
    is_guess = forecast.has_band and one.on > forecast.today
    is_expected = any(line.is_estimated and line.on <= one.on for line in forecast.lines)
    return about(one.median) if is_guess or is_expected else money(one.median, "BRL")


def little_history(forecast: Forecast) -> list[str]:
    """That there is too little for more than what is known."""
    if forecast.has_band:
        return []
    known = count(forecast.history_days, "dia", "dias")
    told = f"Conheço só {known} do seu histórico: aqui estão os compromissos já conhecidos, sem o dia a dia."
    return [f"{told} Com {MIN_HISTORY} dias, estimo também o dia a dia."]


# --- the picture's own words -----------------------------------------------------------------------------------------------


def heading_of(forecast: Forecast, *, title: str = "", usual: str = "") -> Heading:
    """What stands in the picture. ``usual``: what the thin line is."""
    lowest, today = forecast.lowest, forecast.today
    end = f"em {forecast.end.on:%d/%m} {estimate(forecast, forecast.end)}"
    both = f"hoje {money(forecast.start, 'BRL')} · {end}"
    return Heading(
        title=title or f"Próximos {_length(forecast)} dias",
        subtitle=both if len(both) <= _SUBTITLE else end,
        now="o mais provável" if forecast.has_band else "só o que já é conhecido, sem o dia a dia",
        usual=usual,
        band="em 8 de cada 10 cenários fica nesta faixa",
        lowest=(f"ponto mais baixo: {day(lowest.on, today)}", estimate(forecast, lowest)),
    )


def marks_of(forecast: Forecast) -> tuple[Mark, ...]:
    """A mark for what comes on a day, one for what goes, and one for what was asked about."""
    found = []
    for (on, _, is_asked), lines in groupby(sorted(filter(_moves, forecast.lines), key=_marked), key=_marked):
        told = list(lines)
        found.append(Mark(on, _mark_title(told), sum((line.amount for line in told), ZERO), is_asked=is_asked))
    return tuple(found)


def _moves(line: Expected) -> bool:
    return bool(line.amount)


def _marked(line: Expected) -> tuple[date, bool, bool]:
    return line.on, line.amount > 0, line.source is Source.WHAT_IF


def _mark_title(lines: Sequence[Expected]) -> str:
    groups = groups_of(lines)
    if len(lines) == 1 and lines[0].source in {Source.SALARY, Source.WHAT_IF}:
        return groups[0].name(lines[0].on, with_days=False)
    if len(lines) == 1:
        return clean_text(lines[0].title) or groups[0].name(lines[0].on, with_days=False)
    if len(groups) == 1:
        return groups[0].name(lines[0].on, with_days=False)
    return f"{len(lines)} {'entradas' if lines[0].amount > 0 else 'contas'}"


# --- each line by itself ---------------------------------------------------------------------------------------------------


def lines_page(forecast: Forecast, shown: Sequence[Expected], told: Origins, truth: str, *, is_last: bool) -> str:
    """A page of the lines, by day; after the last of them what is estimated beside them."""
    total = sum((line.amount for line in forecast.lines), ZERO)
    number = sum(map(_moves, forecast.lines))
    told_number = count(number, "linha", "linhas")
    lines = [
        f"🔮 <b>{told_number} até {last_day(forecast)}</b>: {'soma' if number == 1 else 'somam'} {money(total, 'BRL')}"
    ]
    for on, of_day in groupby(shown, key=lambda line: line.on):
        lines += ["", f"<b>{capital(day(on, forecast.today))}</b>"]
        lines += [line_text(line, forecast.today, told) for line in of_day]
    if is_last and forecast.has_band:
        known = count(forecast.history_days, "dia", "dias")
        lines += ["", f"<b>{money(forecast.everyday, 'BRL')}</b> Dia a dia · estimado pelos seus {known} de histórico"]
    return fit(lines, ["", *([truth] if truth else [])])
