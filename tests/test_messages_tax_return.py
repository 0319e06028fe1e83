"""The words and sheets of *Posição em 31/12*: what is known in numbers, what is not in words, and the informe rules."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from openpyxl import load_workbook

from gerente_financeiro.messages import tax_return as words
from open_finance.exports.tax_return_sheet import tax_return_sheet
from open_finance.insights.portfolio import Kind
from open_finance.insights.tax_return import (
    AssetCode,
    Earned,
    HeldAccount,
    HeldPosition,
    Income,
    Institution,
    Nature,
    TaxReturn,
)
from open_finance.money import ZERO
from tests.builders import NOW
from tests.investment_builders import investment
from tests.test_messages_investments import HOSTILE

LAST = date(2025, 12, 31)
BANK = Institution("BANCO Z S.A.", "11222333000181")
CODE = AssetCode("04", "02", "Títulos públicos e privados sujeitos à tributação")


def held(**fields: Any) -> HeldPosition:
    values: dict[str, Any] = {
        "investment_id": 1,
        "name": "CDB Banco Z",
        "kind": Kind.CDB,
        "institution": BANK,
        "own_cnpj": None,
        "asset_code": CODE,
        "value": Decimal("10400.00"),
        "gross": Decimal("10500.00"),
        "value_on": LAST,
        "cost": Decimal("10000.00"),
    }
    return HeldPosition(**values | fields)


def savings(**fields: Any) -> HeldAccount:
    code = AssetCode("04", "01", "Depósito em conta poupança")
    values: dict[str, Any] = {
        "account_id": 1,
        "name": "Poupança",
        "is_savings": True,
        "institution": Institution("Z", None),
    }
    values |= {"asset_code": code, "value": Decimal("500.00"), "reserved": None, "value_on": LAST}
    return HeldAccount(**values | fields)


def income(**fields: Any) -> Income:
    values: dict[str, Any] = {"institution": BANK, "kind": Kind.CDB, "nature": Nature.EXCLUSIVE, "earned": Earned.GAIN}
    values |= {"amount": Decimal("100.00"), "tax_withheld": Decimal("17.50"), "positions": (1,)}
    return Income(**values | fields)


def found(**fields: Any) -> TaxReturn:
    empty = dict.fromkeys(("positions", "accounts", "income", "left_out", "apart", "ages"), ())
    values: dict[str, Any] = {"year": 2025, "on": LAST, "is_over": True, **empty, "read_since": date(2025, 3, 3)}
    return TaxReturn(**values | fields)


def rows(told: TaxReturn, name: str) -> list[list[Any]]:
    """The rows of a sheet as they are read back, without its titles."""
    book = load_workbook(io.BytesIO(tax_return_sheet(words.sheets(told, NOW), NOW)))
    return [[cell.value for cell in row] for row in book[name].iter_rows(min_row=2)]


def test_a_position_that_was_read_on_the_last_day_lacks_nothing() -> None:
    (row,) = rows(found(positions=(held(),)), "Bens e direitos")
    assert row[:8] == ["04", "02", CODE.title, "BANCO Z S.A.", "11.222.333/0001-81", "CDB Banco Z", "CDB", None]
    assert row[8:11] == [10000, 10400, 10500]
    assert (row[11].date(), row[12]) == (LAST, None)


def test_what_is_not_known_of_a_position_is_empty_and_said() -> None:
    unknown: dict[str, Any] = dict.fromkeys(("asset_code", "value", "gross", "value_on", "cost"))
    bare = held(**unknown, institution=Institution("Corretora", None), kind=Kind.FUND, own_cnpj="99888777000166")
    (row,) = rows(found(positions=(bare,)), "Bens e direitos")
    assert row[:4] == [None, None, None, "Corretora"]
    assert row[7:12] == ["99.888.777/0001-66", None, None, None, None]
    assert row[12] == (
        "Veja no informe: grupo e código, CNPJ da instituição e valor aplicado. Não li este valor em 2025."
    )
    older = held(value_on=date(2025, 12, 1))
    (row,) = rows(found(positions=(older,)), "Bens e direitos")
    assert row[12] == "Valor de 01/12/2025, a última leitura até 31/12."


def test_caixinhas_stand_in_a_row_of_their_own() -> None:
    account, pots = rows(found(accounts=(savings(reserved=Decimal("250.00")),)), "Bens e direitos")
    assert account[5:7] == ["Poupança", "Poupança"]
    assert (account[9], pots[9]) == (500, 250)
    assert pots[5] == "Caixinhas ao lado de Poupança"
    assert pots[12] == "Veja no informe: grupo e código e CNPJ da instituição."


def test_income_says_its_heading_and_what_was_withheld() -> None:
    told = (
        income(),
        income(tax_withheld=None),
        income(nature=Nature.EXEMPT, tax_withheld=None, kind=Kind.LCI, earned=Earned.INTEREST),
        income(nature=None, kind=Kind.STOCK, tax_withheld=ZERO),
    )
    plain, untold, exempt, shares = rows(found(income=told, left_out=(investment(name="Fundo A"),)), "Rendimentos")[:4]
    assert plain[2:] == [
        "CDB", "Rendimento de resgates", "Tributação exclusiva/definitiva", 100, 17.5, 82.5, None,
    ]  # fmt: skip
    assert untold[5:] == [100, None, None, "Veja no informe: imposto retido e valor líquido."]
    assert exempt[3:] == ["Juros e rendimentos pagos", "Rendimentos isentos e não tributáveis", 100, None, 100, None]
    assert shares[4] == "Veja no informe"


def test_a_sale_that_is_not_worked_out_is_named() -> None:
    (row,) = rows(found(left_out=(investment(name="Fundo A", bank_name=None),)), "Rendimentos")
    assert row[0] == "Banco Z"
    assert row[5:] == [None, None, None, "Resgate ou venda de Fundo A: não calculo o ganho. Veja no informe."]


def test_the_last_sheet_says_what_rules_and_what_is_missing() -> None:
    dollars = investment(name="Apple", currency_code="USD")
    lines = [row[0] for row in rows(found(positions=(held(value=None, value_on=None),), apart=(dollars,)), "Leia-me")]
    assert lines[0].startswith("O que vale é o informe de rendimentos de cada instituição.")
    assert "Sem valor lido em 2025: 1 bem ou conta." in lines
    assert "Em outra moeda, fora da planilha: Apple (USD)." in lines
    assert not any("Só leio seus bancos" in line for line in lines)
    late = found(positions=(held(),), read_since=date(2026, 3, 3))
    assert "Só leio seus bancos desde 03/03/2026." in [row[0] for row in rows(late, "Leia-me")]
    lasts = found(year=2026, on=date(2026, 11, 23), is_over=False)
    assert "2026 ainda não acabou: esta é a posição de 23/11/2026." in [row[0] for row in rows(lasts, "Leia-me")]


def test_the_caption_counts_and_says_what_rules() -> None:
    assert words.caption(found(positions=(held(),), accounts=(savings(),))).split("\n") == [
        "🧾 Posição em 31/12/2025: 2 bens e contas",
        "O que vale é o informe de rendimentos de cada instituição.",
        "Não é recomendação de investimento.",
    ]
    lasts = found(year=2026, on=date(2026, 11, 23), is_over=False, positions=(held(value=None),), read_since=None)
    assert words.caption(lasts).split("\n")[0] == "🧾 Posição de hoje, 23/11/2026: 1 bem ou conta"
    assert "Sem valor lido em 2026: 1 bem ou conta.\nAinda não li seus bancos." in words.caption(lasts)


def test_a_year_of_which_nothing_is_known_is_empty() -> None:
    assert words.is_empty(found(accounts=(savings(value=None, value_on=None),)))
    assert not words.is_empty(found(accounts=(savings(),)))
    assert not words.is_empty(found(positions=(held(value=None),)))
    assert words.nothing_of(found(read_since=date(2026, 3, 3))).split("\n") == [
        "Não tenho nada de 2025 para pôr na planilha.",
        "Só leio seus bancos desde 03/03/2026.",
        "O que vale é o informe de rendimentos de cada instituição.",
    ]


@given(HOSTILE, HOSTILE)
@settings(max_examples=20, deadline=None)
def test_names_are_text_in_every_sheet(name: str, bank: str) -> None:
    who = Institution(f"={bank}", "x")
    told = found(
        positions=(held(name=f"=1+{name}", institution=who),),
        accounts=(savings(name=f"+{name}", reserved=Decimal("1.00"), institution=who),),
        income=(income(institution=who),),
        left_out=(investment(name=name, bank_name=f"@{bank}"),),
        apart=(investment(name=name, currency_code="US$"),),
    )
    book = load_workbook(io.BytesIO(tax_return_sheet(words.sheets(told, NOW), NOW)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert len(words.caption(told)) <= 1024
