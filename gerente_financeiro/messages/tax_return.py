"""The words of *Posição em 31/12*: which year, the caption of the file, and its sheets.

The file helps, and rules nothing: each of its parts says that the institution's *informe* counts. A sheet holds plain text,
cleaned; what a bank does not tell is said in the row that lacks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from gerente_financeiro.messages.format import clean_text, clock_time, cnpj, count, join_names
from gerente_financeiro.messages.investments import NOT_ADVICE, one_of
from open_finance.clock import local_day
from open_finance.exports.tax_return_sheet import Cell, Column, Sheet
from open_finance.insights.tax_return import Earned, HeldAccount, HeldPosition, Income, Nature, TaxReturn
from open_finance.investment_records import Investment
from open_finance.money import ZERO

TEXT = 80
APART_NAMED = 10
INFORME = "O que vale é o informe de rendimentos de cada instituição."
CHOOSE = (
    "🧾 <b>Posição em 31/12: de que ano?</b>\n"
    "Mando uma planilha com o que havia em cada instituição, com CNPJ, e o que rendeu no ano.\n"
    f"{INFORME} A planilha ajuda a conferir."
)
_NATURES = {
    Nature.EXEMPT: "Rendimentos isentos e não tributáveis",
    Nature.EXCLUSIVE: "Tributação exclusiva/definitiva",
    None: "Veja no informe",
}
_EARNED = {Earned.INTEREST: "Juros e rendimentos pagos", Earned.GAIN: "Rendimento de resgates"}
_HELD_COLUMNS = (
    *(Column("Grupo", 7), Column("Código", 7), Column("Código quer dizer", 28)),
    *(Column("Instituição", 28), Column("CNPJ da instituição", 20), Column("Bem", 36), Column("Tipo", 20)),
    *(Column("CNPJ do fundo", 20), Column("Aplicado (custo)", 17), Column("Valor líquido lido", 17)),
    *(Column("Valor bruto lido", 17), Column("Lido em", 12), Column("O que falta", 48)),
)
_INCOME_COLUMNS = (
    *(Column("Instituição", 28), Column("CNPJ da instituição", 20), Column("Tipo", 20), Column("O que é", 26)),
    *(Column("Ficha", 32), Column("Valor bruto", 17), Column("IR retido", 17), Column("Valor líquido", 17)),
    Column("O que falta", 48),
)


# --- the chat ------------------------------------------------------------------------------------------------------------


def is_empty(found: TaxReturn) -> bool:
    """Whether nothing of the year is known that could stand in the file."""
    has_account = any(one.value is not None for one in found.accounts)
    return not (found.positions or found.income or has_account or found.left_out)


def year_label(year: int, today: date) -> str:
    """``2025``; of a year that lasts, ``2026, até hoje``."""
    return str(year) if year < today.year else f"{year}, até hoje"


def nothing_of(found: TaxReturn) -> str:
    """Instead of a file that would be empty."""
    return "\n".join([f"Não tenho nada de {found.year} para pôr na planilha.", *_read_since(found), INFORME])


def caption(found: TaxReturn) -> str:
    """Under the file. Escaped: no name of a bank's is in it."""
    goods = count(len(_held(found)), "bem ou conta", "bens e contas")
    day = f"{found.on:%d/%m/%Y}"
    lines = [
        f"🧾 Posição em {day}: {goods}" if found.is_over else f"🧾 Posição de hoje, {day}: {goods}",
        INFORME,
        *_unread(found),
        *_read_since(found),
        NOT_ADVICE,
    ]
    return "\n".join(lines)


def _held(found: TaxReturn) -> list[HeldPosition | HeldAccount]:
    return [*found.positions, *found.accounts]


def _unread(found: TaxReturn) -> list[str]:
    unread = sum(one.value is None for one in _held(found))
    return [f"Sem valor lido em {found.year}: {count(unread, 'bem ou conta', 'bens e contas')}."] if unread else []


def _read_since(found: TaxReturn) -> list[str]:
    """Where the last day of the year was before anything was read."""
    if found.read_since is None:
        return ["Ainda não li seus bancos."]
    return [f"Só leio seus bancos desde {found.read_since:%d/%m/%Y}."] if found.read_since > found.on else []


# --- the file ------------------------------------------------------------------------------------------------------------


def sheets(found: TaxReturn, now: datetime) -> list[Sheet]:
    """*Bens e direitos*, *Rendimentos* and *Leia-me*."""
    held = [*(_position(one, found) for one in found.positions), *_accounts(found)]
    income = [*(_income(one) for one in found.income), *(_left_out(one) for one in found.left_out)]
    return [
        Sheet("Bens e direitos", _HELD_COLUMNS, tuple(held)),
        Sheet("Rendimentos", _INCOME_COLUMNS, tuple(income)),
        Sheet("Leia-me", (Column("", 110),), tuple((line,) for line in _read_me(found, now))),
    ]


def _position(one: HeldPosition, found: TaxReturn) -> tuple[Cell, ...]:
    code = one.asset_code
    missing = [
        *([] if code else ["grupo e código"]),
        *([] if one.institution.cnpj else ["CNPJ da instituição"]),
        *([] if one.cost is not None else ["valor aplicado"]),
    ]
    return (
        *((code.group, code.code, code.title) if code else (None, None, None)),
        *(
            _text(one.institution.name),
            cnpj(one.institution.cnpj),
            _text(one.name),
            one_of(one.kind),
            cnpj(one.own_cnpj),
        ),
        *(one.cost, one.value, one.gross, one.value_on, _says(missing, one.value_on, found)),
    )


def _accounts(found: TaxReturn) -> Iterable[tuple[Cell, ...]]:
    for one in found.accounts:
        yield _account(one, found)
        if one.reserved:
            yield _pots(one, found)


def _account(one: HeldAccount, found: TaxReturn) -> tuple[Cell, ...]:
    code, kind = one.asset_code, "Poupança" if one.is_savings else "Conta corrente"
    missing = [] if one.institution.cnpj else ["CNPJ da instituição"]
    return (
        *(code.group, code.code, code.title, _text(one.institution.name), cnpj(one.institution.cnpj)),
        *(_text(one.name), kind, None, None, one.value, None, one.value_on, _says(missing, one.value_on, found)),
    )


def _pots(one: HeldAccount, found: TaxReturn) -> tuple[Cell, ...]:
    says = _says(["grupo e código", "CNPJ da instituição"], one.value_on, found)
    return (
        *(None, None, None, _text(one.institution.name), cnpj(one.institution.cnpj)),
        *(f"Caixinhas ao lado de {_text(one.name)}", "Caixinhas", None, None, one.reserved, None, one.value_on, says),
    )


def _says(missing: list[str], value_on: date | None, found: TaxReturn) -> str | None:
    """What is missing in a row, and of which day its value is where that is not the one that is asked for."""
    sentences = [f"Veja no informe: {join_names(missing)}."] if missing else []
    if value_on is None:
        sentences.append(f"Não li este valor em {found.year}.")
    elif value_on != found.on:
        sentences.append(f"Valor de {value_on:%d/%m/%Y}, a última leitura até {found.on:%d/%m}.")
    return " ".join(sentences) or None


def _income(one: Income) -> tuple[Cell, ...]:
    tax = one.tax_withheld
    is_told = tax is not None or one.nature is Nature.EXEMPT
    net = one.amount - (tax or ZERO) if is_told else None
    missing = [
        *([] if one.institution.cnpj else ["CNPJ da instituição"]),
        *([] if is_told else ["imposto retido e valor líquido"]),
    ]
    says = f"Veja no informe: {join_names(missing)}." if missing else None
    return (
        *(_text(one.institution.name), cnpj(one.institution.cnpj), one_of(one.kind), _EARNED[one.earned]),
        *(_NATURES[one.nature], one.amount, tax, net, says),
    )


def _left_out(one: Investment) -> tuple[Cell, ...]:
    says = f"Resgate ou venda de {_text(one['name'])}: não calculo o ganho. Veja no informe."
    bank = _text(one["bank_name"] or one["connector_name"])
    return (bank, cnpj(one["bank_cnpj"]), None, _EARNED[Earned.GAIN], _NATURES[None], None, None, None, says)


def _read_me(found: TaxReturn, now: datetime) -> list[str]:
    """What the file is, what it is not, and what is missing in it."""
    year, made = found.year, f"{local_day(now):%d/%m/%Y} às {clock_time(now)}"
    is_over = [] if found.is_over else [f"{year} ainda não acabou: esta é a posição de {found.on:%d/%m/%Y}."]
    return [
        f"Posição em {found.on:%d/%m/%Y} e rendimentos de {year}, feita em {made} com o que seus bancos informaram.",
        f"{INFORME} Confira cada linha com ele antes de declarar: se houver diferença, declare o que está no informe.",
        *is_over,
        "O valor é o líquido que o banco informou no dia da coluna Lido em. Aplicado é o custo do que ainda havia no fim.",
        "Rendimentos são os dos movimentos que o banco listou: juros pagos no ano e o ganho dos resgates de renda fixa.",
        "Venda de ações, ETF, BDR, FII, fundos, previdência e cripto tem regras próprias e não está calculada aqui.",
        "Empréstimos, imóveis e o que seus bancos não informam não estão aqui.",
        *_unread(found),
        *_read_since(found),
        *_apart(found),
        NOT_ADVICE,
    ]


def _apart(found: TaxReturn) -> list[str]:
    named = [f"{_text(one['name'])} ({clean_text(one['currency_code'], 4)})" for one in found.apart[:APART_NAMED]]
    left = len(found.apart) - len(named)
    names = [*named, f"mais {left}"] if left else named
    return [f"Em outra moeda, fora da planilha: {join_names(names)}."] if names else []


def _text(text: str) -> str:
    return clean_text(text, TEXT)
