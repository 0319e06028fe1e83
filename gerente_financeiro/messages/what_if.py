"""The words of *E se…*: what a purchase would change in a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from gerente_financeiro.messages.forecast import (
    CAPTION_LIMIT,
    EXAMPLE,
    SURE,
    TRUTH_SHORT,
    Told,
    estimate,
    heading_of,
    last_day,
    little_history,
    marks_of,
    share,
    share_sentence,
    with_truth,
)
from gerente_financeiro.messages.format import bank_text, capital, clean_text, count, day, fit, money, on_date, units
from gerente_financeiro.messages.outlook_words import join_days
from open_finance.insights.outlook import Day, Expected, Forecast
from open_finance.money import ZERO

_NAMED = 6  # bills, each with its day
ASK_PURCHASE = (
    "🤔 <b>E se você comprar…</b>\n"
    f"Digite a compra: <code>{EXAMPLE}</code>\n\n"
    "Também vale dizer o que é e como paga: <code>tv 2.499,90 em 10x no nubank</code>, <code>300 no pix</code>. "
    "Nada é comprado nem anotado: é só para ver como fica."
)
NO_PURCHASE = (
    f"Não entendi essa compra. Digite o valor e, se for parcelada, em quantas vezes: <code>{EXAMPLE}</code>.\n"
    "Para desistir, /cancelar."
)
NOTHING_ASKED = "Tudo bem: sem a pergunta, a previsão continua em /previsao."
ASKED_TOO_LONG = "Esperei 15 minutos e parei por aqui. A previsão continua em /previsao."


def what_if_words(
    name: str, parts: Sequence[Expected], card: str, before: Forecast, after: Forecast, truth: str
) -> Told:
    """A forecast with a purchase in it, beside the one without. ``name``: what is bought, plain text. ``parts``: all of
    them, those after the last day too. ``card``: what it is put on, escaped; empty where it is paid at once."""
    amount = money(-sum((part.amount for part in parts), ZERO), "BRL")
    called = capital(clean_text(name)) or "Compra"
    body = [
        f"🤔 <b>{bank_text(called)} de {amount}{_in_parts(parts)}</b>",
        _paid(parts, card, after),
        "",
        _moved(before, after),
        _end_moved(before, after),
        *_risk_moved(before, after),
        *little_history(after),
        "Nada foi comprado nem anotado.",
    ]
    caption = "\n".join(with_truth(body, truth))
    if units(caption) > CAPTION_LIMIT:
        caption = fit(with_truth(body, TRUTH_SHORT), limit=CAPTION_LIMIT)
    heading = heading_of(after, title=f"E se: {clean_text(name, 24) or 'compra'}", usual="sem a compra")
    return Told(caption, heading, marks_of(after))


def _in_parts(parts: Sequence[Expected]) -> str:
    return f" em {len(parts)}x" if len(parts) > 1 else ""


def _paid(parts: Sequence[Expected], card: str, after: Forecast) -> str:
    """Each part and its day, and how many of them come after the last day shown."""
    days, amounts = [part.on for part in parts], _amounts([-part.amount for part in parts])
    later = sum(on > after.end.on for on in days)
    told = "ela cai" if len(days) == 1 else f"{'todas caem' if later == len(days) else count(later, 'cai', 'caem')}"
    rest = f" ({told} depois de {last_day(after)}, fora desta previsão)" if later else ""
    if card:
        bills = "na fatura de" if len(days) == 1 else "nas faturas de"
        return f"No cartão {card}: {amounts}, {bills} {_days(days, after.today)}{rest}."
    if len(days) == 1:
        return f"Pago na hora, {day(days[0], after.today)}."
    return f"Sem cartão, um pagamento por mês: {amounts}, de {_span(days, after.today)}{rest}."


def _amounts(amounts: Sequence[Decimal]) -> str:
    """``6 × R$ 300,00``, ``R$ 333,34 e 2 × R$ 333,33``: together just what it costs."""
    runs = [(amount, len(list(same))) for amount, same in groupby(amounts)]
    return " e ".join(
        money(amount, "BRL") if number == 1 else f"{number} × {money(amount, 'BRL')}" for amount, number in runs
    )


def _days(days: Sequence[date], today: date) -> str:
    return join_days(days, today) if len(days) <= _NAMED else f"{_span(days, today)}, uma por mês"


def _span(days: Sequence[date], today: date) -> str:
    return f"{day(days[0], today)} a {day(days[-1], today)}"


def _moved(before: Forecast, after: Forecast) -> str:
    """The lowest point, without and with it."""
    was, now = before.lowest, after.lowest
    if was.on == now.on and was.median == now.median:
        return f"Ponto mais baixo: não muda ({day(now.on, after.today)}, {estimate(after, now)})."
    if was.on == now.on and estimate(before, was) == estimate(after, now):
        return f"Ponto mais baixo: quase não muda ({day(now.on, after.today)}, {estimate(after, now)})."
    moved = f"era {estimate(before, was)} {_on(was, before)}; fica {estimate(after, now)} {_on(now, after)}"
    return f"Ponto mais baixo: {moved}."


def _on(one: Day, forecast: Forecast) -> str:
    return on_date(one.on, forecast.today)


def _end_moved(before: Forecast, after: Forecast) -> str:
    was, now = before.end.median, after.end.median
    return (
        f"Saldo {_on(after.end, after)}: de {money(was, 'BRL')} para {money(now, 'BRL')} "
        f"(diferença de {money(now - was, 'BRL')})."
    )


def _risk_moved(before: Forecast, after: Forecast) -> list[str]:
    if after.negative_on is not None:
        without = "" if before.negative_on is None else f" Sem ela, {_negative_since(before)}."
        return [f"⚠️ Com a compra, {_negative_since(after)}.{without}{share_sentence(after)}"]
    if not after.has_band:
        return ["Com estes compromissos e a compra, não fica negativo."]
    if after.risk < SURE:
        return ["Sem risco de ficar negativo."]
    if before.risk >= SURE and share(before.risk) == share(after.risk):
        return [f"Com ou sem a compra, {share(after.risk)} a conta fica negativa."]
    told = f"Com a compra, {share(after.risk)} a conta fica negativa"
    compared = "nenhum risco" if before.risk < SURE else share(before.risk)
    return [f"{told} (sem ela, {compared})."]


def _negative_since(forecast: Forecast) -> str:
    assert forecast.negative_on is not None
    if forecast.negative_on == forecast.today and forecast.start < 0:
        return "a conta já está negativa hoje"
    return f"a conta fica negativa {on_date(forecast.negative_on, forecast.today)}"
