"""The words of /investimentos: the caption, whose parts add up to its first line, and the maturities.

What one position is stands in ``positions``, the FGC in ``cover``. A figure that a bank does not give is said to be missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    capital,
    count,
    day,
    fit,
    freshness_line,
    join_names,
    money,
    on_date,
    the_bank,
)
from open_finance.clock import local_day
from open_finance.exports.charts import Heading
from open_finance.exports.portfolio_chart import percent_label, shown_shares
from open_finance.insights.cards import first_of
from open_finance.insights.portfolio import Kind, PortfolioReport, Result, Rung, Share
from open_finance.investment_records import Pot, ProductRead
from open_finance.money import BRL, ZERO
from open_finance.records import Connection
from open_finance.wealth_reports import months_before

#: A caption holds 1024 characters; the demonstration's banner needs some of them, and the notes as many at most.
CAPTION_LIMIT, NOTES_LIMIT = 960, 560
LABEL = 28
NAMES_SHOWN = 3
NOT_ADVICE = "Não é recomendação de investimento."
NO_BANK_TELLS = "Nenhum banco informou investimentos."
NO_RESULT = "Ainda não sei quanto rendeu: falta o valor inicial da maior parte."
NOT_READ_YET = "Ainda não li seus investimentos. Eles vêm na próxima atualização dos bancos."
REFUSED_BY_ALL = "Nenhum banco compartilha investimentos comigo."
HOW_TO_SHARE = (
    "Se você investe por lá, reconecte o banco em /minhas_contas e, na tela dele, marque também os investimentos."
)
ONLY_APART = "Só encontrei investimentos em outras moedas, que não somo."
REST = "Outros"

KINDS: dict[Kind, str] = {
    Kind.CDB: "CDB",
    Kind.LCI: "LCI",
    Kind.LCA: "LCA",
    Kind.BANK_PAPER: "Renda fixa de banco",
    Kind.LETTER: "Letra financeira",
    Kind.TREASURY: "Tesouro Direto",
    Kind.DEBENTURE: "Debêntures",
    Kind.RECEIVABLES: "CRI e CRA",
    Kind.FUND: "Fundos",
    Kind.PROPERTY_FUND: "Fundos imobiliários",
    Kind.STOCK: "Ações",
    Kind.BDR: "BDR",
    Kind.ETF: "ETF",
    Kind.DERIVATIVE: "Derivativos",
    Kind.PENSION: "Previdência",
    Kind.COE: "COE",
    Kind.CRYPTO: "Cripto",
    Kind.OTHER: "Outros investimentos",
}

#: Rungs that are called by no day.
_RUNGS = {"overdue": "Já venceu", "later": "Depois disso", "open": "Sem vencimento"}
#: What one of them is, where that is called otherwise.
_ONE: dict[Kind, str] = {
    Kind.DEBENTURE: "Debênture",
    Kind.RECEIVABLES: "CRI ou CRA",
    Kind.FUND: "Fundo",
    Kind.PROPERTY_FUND: "Fundo imobiliário",
    Kind.STOCK: "Ação",
    Kind.DERIVATIVE: "Derivativo",
    Kind.OTHER: "Outro investimento",
}


class Way(StrEnum):
    """How the whole is divided."""

    KIND = "t"
    BANK = "b"


@dataclass(frozen=True, slots=True)
class PortfolioScreen:
    """A screen of /investimentos before it is drawn. ``caption``: escaped HTML; ``shares``: named in plain text."""

    caption: str
    shares: tuple[Share, ...]
    heading: Heading


def portfolio(report: PortfolioReport, way: Way, now: datetime) -> PortfolioScreen:
    """What the picture shows and the caption says; ``report.positions`` is not empty."""
    shares = named_shares(report, way)
    total = money(report.total, BRL)
    lines = [
        f"📈 <b>Investido: {total}</b> (líquido)",
        *(_share_line(share) for share in shown_shares(shares, REST)),
    ]
    told = fit(notes(report), closing(report, now), limit=NOTES_LIMIT)
    caption = fit(lines, ["", *told.split("\n")], limit=CAPTION_LIMIT)
    heading = Heading(
        title="Investimentos por tipo" if way is Way.KIND else "Investimentos por banco",
        subtitle=f"{total} em {report.today:%d/%m/%Y}",
        note="Valores líquidos, como os bancos informam",
    )
    return PortfolioScreen(caption, tuple(shares), heading)


def named_shares(report: PortfolioReport, way: Way) -> list[Share]:
    """The parts of the whole as people call them, the largest first; plain text."""
    if way is Way.BANK:
        return list(report.by_bank)
    kinds = {position.investment["id"]: position.kind for position in report.positions}
    return [Share(KINDS[kinds[one.positions[0]]], one.amount, one.percent, one.positions) for one in report.by_kind]


def one_of(kind: Kind) -> str:
    """What a position is: ``CDB``, ``Fundo``."""
    return _ONE.get(kind) or KINDS[kind]


def _share_line(share: Share) -> str:
    return f"{bank_text(share.name, LABEL)}: {money(share.amount, BRL)} ({percent_label(share.percent)})"


def notes(report: PortfolioReport) -> list[str]:
    """What stands under the sum: the result, what is in no sum, and what a bank does not tell."""
    twins = ["O que vem por duas conexões está contado uma vez só."] if report.twins else []
    return [*_results(report), *_pots(report), *_apart(report), *twins, *unread(report)]


def closing(report: PortfolioReport, now: datetime) -> list[str]:
    """The last lines of each screen."""
    truth = freshness_line(report.ages, now)
    return [NOT_ADVICE, *(["", truth] if truth else [])]


# --- the result ----------------------------------------------------------------------------------------------------------


def _results(report: PortfolioReport) -> list[str]:
    """The shortest period first; where the longest leaves nothing out, those between say no more than it."""
    read = [one for one in report.results if _is_read_since(one, report)]
    known = [one for one in read if _is_mostly_known(one, report)]
    if not known:
        return [NO_RESULT] if read else []
    told = known if known[-1].left_out else [*known[:1], *known[1:][-1:]]
    verbs = [_verb(one) for one in told]
    said = [
        _result(one, "" if at and verbs[at - 1] == verb else f"{verb} ")
        for at, (one, verb) in enumerate(zip(told, verbs, strict=True))
    ]
    lines = [f"{capital(join_names(said))}, já sem aportes e resgates."]
    if any(one.left_out for one in told):
        lines.append("Ficam de fora posições sem o valor inicial ou sem algum movimento do período.")
    return lines


def _is_read_since(result: Result, report: PortfolioReport) -> bool:
    """Whether anything was read after the period began: the same reading twice is no yield of zero."""
    read_at = (one.investment["read_at"] for one in report.positions)
    return any(at is None or local_day(at) > result.since for at in read_at)


def _is_mostly_known(result: Result, report: PortfolioReport) -> bool:
    """What is left out is less than half of what there is: the rest would say little of the whole."""
    left_out = set(result.left_out)
    without = sum((one.balance for one in report.positions if one.investment["id"] in left_out), ZERO)
    is_something = result.worth or result.began_with or result.put_in or result.taken_out
    return bool(is_something) and without * 2 < report.total


def _verb(result: Result) -> str:
    return "perdeu" if result.amount < ZERO else "rendeu"


def _result(result: Result, verb: str) -> str:
    without = f" (fora {count(len(result.left_out), 'posição', 'posições')})" if result.left_out else ""
    return f"{verb}{money(abs(result.amount), BRL)} {_period(result.since, result.until)}{without}"


def _period(since: date, until: date) -> str:
    """``em 12 meses``; ``em novembro``, from the end of the month before; ``desde 03/03``."""
    months = (until.year - since.year) * 12 + until.month - since.month
    if since == first_of(until) - timedelta(days=1):
        return f"em {MONTHS[until.month - 1].lower()}"
    if months and months_before(until, months) == since:
        return f"em {count(months, 'mês', 'meses')}"
    return f"desde {day(since, until)}"


# --- what is in no sum ---------------------------------------------------------------------------------------------------


def _pots(report: PortfolioReport) -> list[str]:
    amount = sum((pot["amount"] for pot in other_pots(report)), ZERO)
    return [f"Caixinhas, fora da soma: {money(amount, BRL)} (em Guardado, no /saldo)."] if amount else []


def other_pots(report: PortfolioReport) -> list[Pot]:
    """The caixinhas that are no position as well."""
    twins = {_mark(position.twin_pot) for position in report.positions if position.twin_pot is not None}
    return [pot for pot in report.pots if _mark(pot) not in twins]


def _mark(pot: Pot) -> tuple[int, str]:
    return pot["account_id"], pot["key"]


def _apart(report: PortfolioReport) -> list[str]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in report.apart:
        sums[one["currency_code"]] += one["balance"]
    shown = sorted(sums.items())[:NAMES_SHOWN]
    return [f"Em outra moeda, à parte: {' · '.join(money(amount, code) for code, amount in shown)}."] if shown else []


# --- what a bank does not tell -------------------------------------------------------------------------------------------


def unread(report: PortfolioReport) -> list[str]:
    """Banks that could not be read last time, those that tell them no more, then those that never told any."""
    reads = reads_of(report)
    failed = [one for one in report.connections if one["id"] in reads and reads[one["id"]].reading == "failed"]
    failing = {one["id"] for one in failed}
    silent = [one for one in report.silent if one["id"] not in failing]
    held = {one.investment["connection_id"] for one in report.positions}
    stopped = [one for one in silent if one["id"] in held and one["id"] in reads]
    return [
        *(_failed(one, reads[one["id"]], report.today) for one in failed[:NAMES_SHOWN]),
        *(_stopped(one, reads[one["id"]], report.today) for one in stopped[:NAMES_SHOWN]),
        *_silent([one for one in silent if one not in stopped]),
    ]


def reads_of(report: PortfolioReport) -> dict[int, ProductRead]:
    """By connection, how asking for investments ended."""
    return {read.connection_id: read for read in report.reads if read.product == "investments"}


def _failed(connection: Connection, read: ProductRead, today: date) -> str:
    bank = bank_text(connection["connector_name"], LABEL)
    if read.read_at is None:
        return f"{bank}: ainda não consegui ler os investimentos."
    asked = on_date(local_day(read.asked_at), today)
    return f"{bank}: não consegui ler {asked}; valores de {day(local_day(read.read_at), today)}."


def _stopped(connection: Connection, read: ProductRead, today: date) -> str:
    """Its positions stay as they were: a permission that is taken away says nothing of what there is."""
    old = f"; valores de {day(local_day(read.read_at), today)}" if read.read_at else ""
    return f"{capital(the_bank(connection['connector_name']))} parou de compartilhar investimentos comigo{old}."


def _silent(connections: Sequence[Connection]) -> list[str]:
    names = list(dict.fromkeys(one["connector_name"] for one in connections))
    if not names:
        return []
    if len(names) == 1:
        return [f"{capital(the_bank(names[0]))} não informa investimentos."]
    return [f"{_some_names(names)} não informam investimentos."]


def _some_names(names: Sequence[str]) -> str:
    shown = [bank_text(name, LABEL) for name in names[:NAMES_SHOWN]]
    left = len(names) - len(shown)
    return join_names([*shown, f"mais {left}"] if left else shown)


# --- where there is nothing to draw --------------------------------------------------------------------------------------


def nothing(report: PortfolioReport, now: datetime) -> str:
    """Where no position is counted, though there are banks: what was asked of them, and what they said."""
    reads = reads_of(report)
    refused = [one for one in report.connections if one["id"] in reads and reads[one["id"]].reading == "refused"]
    lines = [_why_nothing(report, is_refused_by_all=bool(refused) and len(refused) == len(report.connections))]
    if refused:
        lines.append(HOW_TO_SHARE)
    silent = [] if len(report.silent) == len(report.connections) else unread(report)
    return fit([*lines, *_pots(report), *_apart(report), *silent], ["", *closing(report, now)])


def _why_nothing(report: PortfolioReport, *, is_refused_by_all: bool) -> str:
    if report.apart:
        return ONLY_APART
    if is_refused_by_all:
        return REFUSED_BY_ALL
    return NO_BANK_TELLS if reads_of(report) else NOT_READ_YET


# --- maturities ----------------------------------------------------------------------------------------------------------


def ladder(report: PortfolioReport, now: datetime) -> str:
    """What comes free, and when: rungs that add up to the total."""
    today = report.today
    lines = [_next_due(report), "", *(_rung(rung, today) for rung in report.ladder if rung.positions)]
    lines += ["", f"= Total: {money(report.total, BRL)}", "Para resgatar antes, vale o que foi combinado com o banco."]
    return fit(lines, ["", *closing(report, now)])


def _next_due(report: PortfolioReport) -> str:
    coming = [
        (due, position)
        for position in report.positions
        if (due := position.investment["due_on"]) is not None and due >= report.today
    ]
    if not coming:
        return "📅 <b>Nenhum vencimento pela frente.</b>"
    due, first = min(coming, key=lambda each: each[0])
    others = sum(each == due for each, _ in coming) - 1
    more = f" e mais {others}" if others else ""
    name = bank_text(first.investment["name"], LABEL)
    amount = sum((each.balance for when, each in coming if when == due), ZERO)
    return f"📅 <b>Próximo vencimento: {day(due, report.today)}</b>, {name}{more}: {money(amount, BRL)}"


def _rung(rung: Rung, today: date) -> str:
    when = _RUNGS.get(rung.key) or (f"Até {day(rung.until, today)}" if rung.until else _RUNGS["open"])
    return f"• {when}: {money(rung.amount, BRL)} ({count(len(rung.positions), 'posição', 'posições')})"
