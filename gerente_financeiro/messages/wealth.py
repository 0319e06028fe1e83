"""The words of /patrimonio: the caption, whose parts add up to its first line, and what the picture says beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from gerente_financeiro.messages.accounts import account_name
from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    capital,
    day,
    fit,
    join_names,
    money,
    on_date,
    truth_line,
)
from open_finance.exports.charts import Heading
from open_finance.exports.wealth_chart import WealthWords
from open_finance.insights.wealth import Change, Part, Source, WealthPoint, first_known
from open_finance.money import ZERO, round_to_centavo
from open_finance.reading.balances import is_card
from open_finance.records import Connection
from open_finance.wealth_reports import WealthReport

#: A caption holds 1024 characters; the demonstration's banner needs some of them.
CAPTION_LIMIT = 960
LABEL = 28
#: Of loans, so many are named.
NAMED = 3
#: Beyond so many days the bottom of the picture names months.
DAYS_NAMED = 62
_NAMES = {Source.POSITION: "Investimentos", Source.POT: "Caixinhas", Source.CARD: "Cartões", Source.LOAN: "Empréstimos"}
_MADE_OF = {Part.INVESTMENTS: (Source.POSITION, Source.POT), Part.DEBT: (Source.CARD, Source.LOAN)}
_LATE = {
    Source.POSITION: "quanto valiam os investimentos",
    Source.POT: "o que havia nas caixinhas",
    Source.CARD: "o que os cartões deviam",
    Source.LOAN: "o que faltava dos empréstimos",
}
_LINE = "Patrimônio"


@dataclass(frozen=True, slots=True)
class WealthScreen:
    """A screen of /patrimonio before it is drawn. ``caption``: escaped HTML."""

    caption: str
    points: tuple[WealthPoint, ...]
    words: WealthWords


def wealth(report: WealthReport, now: datetime) -> WealthScreen:
    """What the picture shows and the caption says; ``report.points`` is not empty."""
    net = _net(report)
    lines = [
        f"🏛 <b>{_LINE}: {money(net, 'BRL')}</b>",
        *(f"{name} {money(amount, 'BRL')}" for name, amount in _parts(report)),
        "",
        *_changes(report),
        *_known(report),
        *_outside(report),
    ]
    truth = truth_line(report.connections, now)
    caption = fit(lines, ["", truth] if truth else [], limit=CAPTION_LIMIT)
    return WealthScreen(caption, report.points, _words(report, net))


def only_apart(report: WealthReport) -> str:
    """Where no account is in reais, or none may be counted."""
    return fit(["Nenhuma conta entra na soma.", *_outside(report)])


def _net(report: WealthReport) -> Decimal:
    return sum((amount for _, amount in _parts(report)), ZERO)


def _parts(report: WealthReport) -> list[tuple[str, Decimal]]:
    amounts = {Part.CASH: report.now.cash, Part.INVESTMENTS: report.now.investments, Part.DEBT: report.now.debt}
    return [(_name(part, report), amounts[part] or ZERO) for part in Part if part in report.parts]


def _name(part: Part, report: WealthReport) -> str:
    """After what it is made of: «Investimentos e caixinhas», or what there is of them."""
    if part is Part.CASH:
        return "Contas e poupança"
    names = [_NAMES[source] for source in _MADE_OF[part] if source in report.sources]
    return capital(join_names(names).lower())


def _changes(report: WealthReport) -> list[str]:
    told = [_change(change, report.today) for change in (report.month, report.year) if change is not None]
    return [capital(" · ".join(told))] if told else []


def _change(change: Change, today: date) -> str:
    when = day(change.since, today)
    if change.amount == ZERO:
        return f"o mesmo que em {when}"
    more = "a mais" if change.amount > ZERO else "a menos"
    return f"{money(abs(change.amount), 'BRL')} {more} que em {when}"


def _known(report: WealthReport) -> list[str]:
    """Since when it is measured, what is worked out, and what is not known before."""
    today, points = report.today, report.points
    if report.parts == {Part.DEBT}:
        return [_only_debt(report)]
    if len(points) == 1:
        return ["O gráfico começa hoje."]
    lines = []
    if any(point.is_calculated for point in points):
        since = "a partir de hoje" if report.measured_from == today else on_date(report.measured_from, today, "desde")
        lines.append(f"Medido {since}; antes, calculado {_worked_out(report)}.")
    began = first_known(points)
    if began is not None and began.day > points[0].day:
        late = join_names([what for source, what in _LATE.items() if source in report.late])
        lines.append(
            f"A linha do total começa {on_date(began.day, today)}: antes, não sei {late}. Sem uma parte, não somo."
        )
    return lines


def _only_debt(report: WealthReport) -> str:
    owed = join_names([_NAMES[source].lower() for source in _MADE_OF[Part.DEBT] if source in report.sources])
    return f"Só conheço {owed}: sem uma conta conectada, isto é apenas a dívida."


def _worked_out(report: WealthReport) -> str:
    if not report.is_spread:
        return "pelos lançamentos"
    evenly = "em linha reta desde a compra ou o contrato"
    by_rows = report.sources & {Source.ACCOUNT, Source.POT, Source.CARD}
    return f"pelos lançamentos; investimentos e empréstimos, {evenly}" if by_rows else evenly


def _outside(report: WealthReport) -> list[str]:
    """What is in no sum."""
    lines = []
    by_currency = _by_currency(report)
    if by_currency:
        lines.append(f"À parte: {' · '.join(money(amount, code) for code, amount in by_currency)}.")
    if len(report.hidden) > 2:
        lines.append(f"Fora da soma: {len(report.hidden)} contas que você ocultou.")
    elif report.hidden:
        lines.append(f"Fora da soma: {join_names([bank_text(account_name(one), LABEL) for one in report.hidden])}.")
    if report.untold:
        names = [bank_text(one["product_name"], LABEL) for one in report.untold[:NAMED]]
        lines.append(f"Fora da soma, sem o saldo devedor no banco: {join_names(names)}.")
    if report.silent:
        lines.append(f"Sem investimentos de {_banks(report.silent)}: não foram informados.")
    if report.left:
        lines.append(f"Sem {_banks(report.left)}, que você desconectou.")
    return lines


def _banks(connections: Iterable[Connection]) -> str:
    return join_names(list(dict.fromkeys(bank_text(one["connector_name"], LABEL) for one in connections)))


def _by_currency(report: WealthReport) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for account in report.apart:
        sums[account["currency_code"]] += -account["balance"] if is_card(account) else account["balance"]
    for position in report.apart_positions:
        sums[position["currency_code"]] += round_to_centavo(position["balance"])
    for loan in report.apart_loans:
        sums[loan["currency_code"]] -= round_to_centavo(loan["outstanding"] or ZERO)
    return sorted(sums.items())


# --- the picture ---------------------------------------------------------------------------------------------------------


def _words(report: WealthReport, net: Decimal) -> WealthWords:
    is_worked_out = any(point.is_calculated for point in report.points)
    heading = Heading(
        title=_LINE,
        subtitle=f"{money(net, 'BRL')} em {report.today:%d/%m/%Y}",
        note=_note(report) if is_worked_out else "",
    )
    names = {part: _name(part, report) for part in Part if part in report.parts}
    return WealthWords(heading, names, _LINE, tuple(_ticks(report.points)))


def _note(report: WealthReport) -> str:
    return "Tracejado e claro: calculado" if report.is_spread else "Tracejado e claro: calculado pelos lançamentos"


def _ticks(points: Sequence[WealthPoint]) -> list[tuple[date, str]]:
    """The first days of months, or some days where there are few."""
    days = [point.day for point in points]
    if len(days) > DAYS_NAMED:
        return [(each, _month(each)) for each in days if each.day == 1]
    return [(each, f"{each:%d/%m}") for each in days[:: max(1, len(days) // 5)]]


def _month(first: date) -> str:
    name = MONTHS[first.month - 1][:3]
    return f"{name}/{first:%y}" if first.month == 1 else name
