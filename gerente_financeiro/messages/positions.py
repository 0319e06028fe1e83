"""The words of positions: the list, whose amounts add up to its first line, and one with its tax beside the bank's net.

What counts is the net that the bank tells. Our tax is worked out from the table, said with its source, and never put in its
place; where the rule or a figure is missing, it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from gerente_financeiro.messages.format import (
    MESSAGE_LIMIT,
    bank_text,
    capital,
    cnpj,
    count,
    day,
    fit,
    join_names,
    money,
    on_date,
    units,
)
from gerente_financeiro.messages.investments import closing, one_of
from open_finance.clock import local_day
from open_finance.folding import fold
from open_finance.insights.contracted_rates import contracted_rate
from open_finance.insights.portfolio import Cover, Kind, PortfolioReport, Position, Tax, Unknown
from open_finance.insights.tax_tables import TaxTables
from open_finance.investment_records import Investment, InvestmentTransaction
from open_finance.money import BRL, ZERO

#: How much of a name is shown in a list, and how much where a page of hostile ones would not fit.
LABEL, SHORT_LABEL = 36, 10
ENDED_SHOWN = 5
#: Several purchases are each rounded to the centavo.
ROUNDED = Decimal("0.05")
MOVES_SHOWN = 5

UNKNOWN: dict[Unknown, str] = {
    Unknown.KIND: "este tipo de investimento segue outra regra",
    Unknown.EXEMPT_UNSAID: "o banco não diz se esta debênture é isenta",
    Unknown.PURCHASE: "o banco não informa a data da aplicação",
    Unknown.COST: "o banco não informa quanto foi aplicado",
    Unknown.GROSS: "o banco não informa o valor bruto de agora",
    Unknown.SEVERAL: "há aplicações de dias diferentes, e não sei quanto resta de cada uma",
    Unknown.COUPON: "paga juros antes do vencimento, cada um com o seu imposto",
    Unknown.FOREIGN: "está em outra moeda",
    Unknown.COMPANY: "é de uma empresa, que segue outra regra",
    Unknown.EXEMPT_EARLY: "é isento de IR, mas com menos de 30 dias não sei se há IOF",
}
_MOVES = {
    "BUY": "aplicação",
    "SELL": "resgate",
    "TAX": "imposto",
    "TRANSFER": "transferência",
    "INTEREST": "juros",
    "AMORTIZATION": "amortização",
}
#: What an issuer owes until a day: of these a bank can tell a rate, a day and a maturity.
PAPERS = frozenset(
    {
        *(Kind.CDB, Kind.LCI, Kind.LCA, Kind.BANK_PAPER, Kind.LETTER),
        *(Kind.TREASURY, Kind.DEBENTURE, Kind.RECEIVABLES),
    }
)
_OF = {"SELIC": "da", "TR": "da"}


# --- the list ------------------------------------------------------------------------------------------------------------


def positions(
    report: PortfolioReport, shown: Sequence[tuple[int, Position]], now: datetime, *, is_last: bool = True
) -> str:
    """A page of the list, numbered. ``is_last``: what is in no sum, and what ended, stand under it."""
    total = f"{count(len(report.positions), 'posição', 'posições')}: {money(report.total, BRL)}"
    head = f"📋 <b>{total}</b> (líquido)"
    tail = [*(_beside(report) if is_last else []), *closing(report, now)]
    lines: list[str] = []
    for label in (LABEL, SHORT_LABEL):
        blocks = ["\n".join(["", *_block(report, number, one, label)]) for number, one in shown]
        lines = [head, *blocks, "", *tail]
        if units("\n".join(lines)) <= MESSAGE_LIMIT:
            break
    return fit(lines[: -len(tail)], tail)


def _block(report: PortfolioReport, number: int, position: Position, label: int) -> list[str]:
    net = f"líquido <b>{money(position.balance, BRL)}</b>"
    gross = "" if position.gross is None else f"bruto {money(position.gross, BRL)} · "
    parts = [*_days(position, report.today), cover_words(report, position)]  # a line breaks between them only
    return [
        f"{number}. <b>{name_of(position.investment, position.kind, label)}</b>",
        f"{gross}{net}",
        tax_words(position.tax),
        " · ".join([bank_text(position.bank, label), *(part.replace(" ", "\xa0") for part in parts)]),
    ]


def name_of(investment: Investment, kind: Kind, limit: int = 40) -> str:
    """As its bank calls it; what it is, where the bank calls it nothing. Escaped."""
    return bank_text(investment["name"], limit) or one_of(kind)


def _days(position: Position, today: date) -> list[str]:
    bought, due = position.purchased_on, position.investment["due_on"]
    applied = [f"aplicado {day(bought, today)}"] if bought else []
    return [*applied, *([f"{'venceu' if due < today else 'vence'} {day(due, today)}"] if due else [])]


def tax_words(tax: Tax | Unknown) -> str:
    """``IR 20% sobre R$ 842,00 = R$ 168,40``, or why there is none, or that it is not calculated."""
    if isinstance(tax, Unknown):
        return "imposto: não calculo"
    if tax.exempt_by is not None:
        return "isento de IR"
    if tax.gain <= ZERO and not tax.total:
        return "sem rendimento, sem imposto"
    return " · ".join([*_iof(tax), _income_tax(tax)])


def _iof(tax: Tax) -> list[str]:
    return [f"IOF {_worked_out(tax.iof_rate, tax.gain, tax.iof)}"] if tax.iof else []


def _income_tax(tax: Tax) -> str:
    return f"IR {_worked_out(tax.rate, tax.gain - tax.iof, tax.income_tax)}"


def _worked_out(rate: Decimal | None, base: Decimal, amount: Decimal) -> str:
    """``20% sobre R$ 842,00 = R$ 168,40``; where purchases have rates of their own, or one lost, the sum does not follow
    from one product, and none is written."""
    if rate is None or abs(base * rate / 100 - amount) > ROUNDED:
        return f"somado por aplicação = {money(amount, BRL)}"
    return f"{percent(rate)} sobre {money(base, BRL)} = {money(amount, BRL)}"


def cover_words(report: PortfolioReport, position: Position) -> str:
    """``FGC ok``, ``sem FGC``…: what is over the limit of its conglomerate is not all covered."""
    if position.cover is Cover.NOT_COVERED:
        return "sem FGC"
    number = position.investment["id"]
    group = next((group for group in report.cover if number in group.positions), None)
    if position.cover is Cover.UNKNOWN or group is None:
        return "FGC: não sei"
    return f"{group.fund}: acima do limite" if group.above else f"{group.fund} ok"


def _beside(report: PortfolioReport) -> list[str]:
    """What is in no sum, then what ended last."""
    lines = [
        f"• {bank_text(one['name'], SHORT_LABEL * 2)}: {money(one['balance'], one['currency_code'])}"
        for one in report.apart[:ENDED_SHOWN]
    ]
    if lines:
        lines = ["Em outra moeda, fora da soma:", *lines, ""]
    latest = sorted(report.ended, key=lambda one: one["ended_on"] or date.min, reverse=True)[:ENDED_SHOWN]
    if latest:
        names = [_ended(one, report.today) for one in latest]
        left = len(report.ended) - len(latest)
        lines += ["Resgatado ou vencido:", *names, *([f"• e mais {left}"] if left else []), ""]
    return lines


def _ended(investment: Investment, today: date) -> str:
    ended = investment["ended_on"]
    when = f" ({day(ended, today)})" if ended else ""
    return f"• {bank_text(investment['name'], SHORT_LABEL * 2)}{when}"


# --- one position --------------------------------------------------------------------------------------------------------


def position(
    report: PortfolioReport, one: Position, moves: Sequence[InvestmentTransaction], tables: TaxTables, now: datetime
) -> str:
    """All of one. ``moves``: its movements, the oldest first; ``tables``: what its tax was worked out from."""
    today = report.today
    sections = [
        [
            f"📄 <b>{name_of(one.investment, one.kind)}</b>",
            f"{one_of(one.kind)} · {bank_text(one.bank)}",
            f"Líquido: <b>{money(one.balance, BRL)}</b>, {_told(one.investment, today)}",
            *_doubts(one.investment, today),
        ],
        _tax_lines(one, today),
        [*_contract(one, moves, today), *_issuer(report, one)],
        _moves(moves, one.kind, today),
        [*_twin(one), *_missing(one)],
    ]
    lines = "\n\n".join("\n".join(section) for section in sections if section).split("\n")
    source = [_source(one.tax, tables)] if isinstance(one.tax, Tax) else []
    return fit(lines, ["", *source, *closing(report, now)])


def _told(investment: Investment, today: date) -> str:
    read_on = local_day(investment["read_at"]) if investment["read_at"] else today
    return "como o banco informa" if read_on == today else f"como o banco informou {on_date(read_on, today)}"


def _doubts(investment: Investment, today: date) -> list[str]:
    """What may be about to change: an order that its bank has not carried out, a position that it lists no more."""
    pending = ["⏳ O banco ainda está processando esta aplicação."] if investment["status"] == "PENDING" else []
    missing = investment["missing_since"]
    if missing is None:
        return pending
    since = day(local_day(missing), today)
    return [*pending, f"⚠️ O banco não lista esta posição desde {since}. Se continuar assim, ela deixa de contar."]


def _source(tax: Tax, tables: TaxTables) -> str:
    law = tax.exempt_by or "; ".join(tables.sources[:2])
    return f"Tabela: {law}; conferida até {tables.known_to:%m/%Y}."


def _tax_lines(one: Position, today: date) -> list[str]:
    """Gross, IOF, tax and the net that these leave, beside the bank's."""
    lines = [*_gross(one, today)]
    if isinstance(one.tax, Unknown):
        return [*lines, f"Imposto: não calculo: {UNKNOWN[one.tax]}.", *_provisioned(one.investment)]
    if one.tax.exempt_by is not None:
        lines.append("Isento de IR")
    elif one.tax.gain <= ZERO and not one.tax.total:
        lines.append("Sem rendimento até aqui: nada de IR nem IOF")
    else:
        days, oldest = count(one.tax.days, "dia", "dias"), "" if one.tax.rate is not None else "a mais antiga, "
        then = f" {on_date(one.told_on, today)}" if one.told_on is not None else ""
        lines += [*_iof(one.tax), f"{_income_tax(one.tax)} ({oldest}{days}{then})"]
    return [*lines, *_our_net(one, one.tax)]


def _gross(one: Position, today: date) -> list[str]:
    if one.gross is not None:
        return [f"Bruto: {money(one.gross, BRL)}"]
    told, told_on = one.investment["amount"], one.investment["figures_on"]
    if told is None or told_on is None or one.investment["currency_code"] != BRL:
        return []
    return [f"Bruto de {day(told_on, today)}: {money(told, BRL)}"]


def _our_net(one: Position, tax: Tax) -> list[str]:
    if one.gross is None or one.difference is None:
        return []
    ours = f"Pela minha conta, líquido de {money(one.gross - tax.total, BRL)}: "
    if not one.difference:
        return [f"{ours}igual ao do banco."]
    return [f"{ours}diferença de {money(abs(one.difference), BRL)} para o líquido que o banco informa."]


def _provisioned(investment: Investment) -> list[str]:
    """The bank's own figures, where ours are not worked out."""
    told = [
        f"{name} {money(amount, investment['currency_code'])}"
        for name, amount in (("IR", investment["taxes"]), ("IOF", investment["taxes2"]))
        if amount
    ]
    return [f"O banco reserva para imposto: {join_names(told)}."] if told else []


def _contract(one: Position, moves: Sequence[InvestmentTransaction], today: date) -> list[str]:
    """Rate, days and what was applied."""
    investment = one.investment
    rate, due, grace = rate_words(investment), investment["due_on"], investment["grace_on"]
    return [
        *([f"Taxa: {rate}"] if rate else []),
        *_applied(one, moves, today),
        *([f"{'Venceu' if due < today else 'Vence'} {on_date(due, today)}"] if due else []),
        *([f"Resgate liberado a partir de {day(grace, today)}"] if grace and grace > today else []),
    ]


def _applied(one: Position, moves: Sequence[InvestmentTransaction], today: date) -> list[str]:
    cost = "" if one.cost is None else f": {money(one.cost, BRL)}"
    if one.purchased_on is None:
        return [f"Aplicado{cost}"] if cost else []
    if sum(move["type"] == "BUY" for move in moves) > 1:
        return [f"Aplicado desde {day(one.purchased_on, today)}{cost}"]
    return [f"Aplicado {on_date(one.purchased_on, today)}{cost}"]


def _issuer(report: PortfolioReport, one: Position) -> list[str]:
    issuer, number = one.investment["issuer"] or one.investment["insurer"], one.investment["issuer_cnpj"]
    cover = cover_words(report, one)
    if not issuer and not number:
        return [capital(cover)]
    name = issuer or f"CNPJ {cnpj(number)}"
    group = one.issuer_group or name
    is_alone = group == number or fold(group) == fold(name)
    of_group = "" if is_alone else f" (conglomerado {bank_text(group)})"
    return [f"Emissor: {bank_text(name)}{of_group} · {cover}"]


def _moves(moves: Sequence[InvestmentTransaction], kind: Kind, today: date) -> list[str]:
    if not moves:
        return []
    shown = [_move(one, kind, today) for one in moves[-MOVES_SHOWN:][::-1]]
    return ["Últimos movimentos" if len(moves) > 1 else "Movimento", *shown]


def _move(move: InvestmentTransaction, kind: Kind, today: date) -> str:
    name = _MOVES.get(move["type"]) or ("entrada" if move["movement"] == "CREDIT" else "saída")
    if move["type"] == "INTEREST" and kind not in PAPERS:
        name = "rendimento"
    amount = "" if move["amount"] is None else f" {money(move['amount'], BRL)}"
    withheld = (move["income_tax"] or ZERO) + (move["iof"] or ZERO)
    tax = f" (imposto retido {money(withheld, BRL)})" if withheld else ""
    return f"• {day(move['occurred_on'], today)} {name}{amount}{tax}"


def _twin(one: Position) -> list[str]:
    pot = one.twin_pot
    return [f"É também a caixinha {bank_text(pot['name'])} do /saldo: conta uma vez só aqui."] if pot else []


def _missing(one: Position) -> list[str]:
    """What a bank could have told of it."""
    investment, is_paper = one.investment, one.kind in PAPERS
    parts = (
        ("valor bruto", investment["amount"] is None),
        ("valor aplicado", one.cost is None),
        ("data da aplicação", is_paper and one.purchased_on is None),
        ("taxa", is_paper and not rate_words(investment)),
        ("vencimento", is_paper and investment["due_on"] is None),
        (
            "nome do emissor" if investment["issuer_cnpj"] else "emissor",
            is_paper and one.kind is not Kind.TREASURY and not investment["issuer"],
        ),
    )
    missing = [name for name, is_missing in parts if is_missing]
    return [f"O banco não informa: {', '.join(missing)}."] if missing else []


# --- rates ---------------------------------------------------------------------------------------------------------------


def rate_words(investment: Investment) -> str:
    """As contracted: ``110% do CDI``, ``IPCA + 6,20% a.a.``, ``12,5% a.a.``; nothing where the bank does not say."""
    told = contracted_rate(investment)
    if told is None:
        return ""
    over = f"{percent(told.fixed, 2 if told.index else 0)} a.a." if told.fixed else ""
    if told.index is None:
        return over
    name = "Selic" if told.index == "SELIC" else told.index
    part = "" if told.percent_of_index is None else f"{percent(told.percent_of_index)} {_OF.get(told.index, 'do')} "
    return f"{part}{name} + {over}" if over else f"{part}{name}"


def percent(value: Decimal, places: int = 0) -> str:
    """``110%``, ``12,5%``, at least ``places`` decimals."""
    whole, _, decimals = f"{value:.4f}".partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole},{decimals}%" if decimals else f"{whole}%"
