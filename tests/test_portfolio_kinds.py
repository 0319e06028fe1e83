"""What a position is, from how its bank calls it."""

from __future__ import annotations

import pytest

from open_finance.insights.portfolio import Kind
from open_finance.insights.portfolio_kinds import kind_of
from tests.investment_builders import investment


@pytest.mark.parametrize(
    ("type_", "subtype", "kind"),
    [
        ("FIXED_INCOME", "CDB", Kind.CDB),
        ("FIXED_INCOME", "LCI", Kind.LCI),
        ("FIXED_INCOME", "LCA", Kind.LCA),
        ("FIXED_INCOME", "LC", Kind.BANK_PAPER),
        ("FIXED_INCOME", "LF", Kind.LETTER),
        ("FIXED_INCOME", "TREASURY", Kind.TREASURY),
        ("FIXED_INCOME", "DEBENTURES", Kind.DEBENTURE),
        ("FIXED_INCOME", "CRI", Kind.RECEIVABLES),
        ("FIXED_INCOME", "CRA", Kind.RECEIVABLES),
        ("MUTUAL_FUND", "FI_INFRA", Kind.FUND),
        ("MUTUAL_FUND", "SOMETHING_NEW", Kind.FUND),
        ("EQUITY", "STOCK", Kind.STOCK),
        ("EQUITY", "BDR", Kind.BDR),
        ("EQUITY", "REAL_ESTATE_FUND", Kind.PROPERTY_FUND),
        ("EQUITY", "OPTION", Kind.DERIVATIVE),
        ("EQUITY", "SOMETHING_NEW", Kind.OTHER),
        ("ETF", "ETF", Kind.ETF),
        ("SECURITY", "RETIREMENT", Kind.PENSION),
        ("COE", "STRUCTURED_NOTE", Kind.COE),
        ("SOMETHING_NEW", None, Kind.OTHER),
    ],
)
def test_kind_by_type_and_subtype(type_: str, subtype: str | None, kind: Kind) -> None:
    assert kind_of(investment(type=type_, subtype=subtype, name="Nome qualquer")) is kind


@pytest.mark.parametrize(
    ("type_", "name", "kind"),
    [
        ("FIXED_INCOME", "RDB Planejado", Kind.BANK_PAPER),
        ("OTHER", "RDB", Kind.BANK_PAPER),
        ("OTHER", "Caixinha Viagem", Kind.BANK_PAPER),
        ("OTHER", "Cofrinhos", Kind.BANK_PAPER),
        ("FIXED_INCOME", "CDB POS DI LIQ", Kind.CDB),
        ("FIXED_INCOME", "Tesouro IPCA+ 2035", Kind.TREASURY),
        ("FIXED_INCOME", "NTN-B 2035", Kind.TREASURY),
        ("FIXED_INCOME", "DEB VALE 2030", Kind.DEBENTURE),
        ("FIXED_INCOME", "CRA Rural", Kind.RECEIVABLES),
        ("OTHER", "Bitcoin", Kind.CRYPTO),
        ("OTHER", "Reserva criptomoedas", Kind.CRYPTO),
        ("OTHER", "Álbum de selos", Kind.OTHER),
        ("FIXED_INCOME", "Bitcoin", Kind.OTHER),  # whatever it is called, it is no crypto
    ],
)
def test_kind_by_name_where_the_subtype_does_not_say(type_: str, name: str, kind: Kind) -> None:
    assert kind_of(investment(type=type_, subtype="OTHER", name=name)) is kind
    assert kind_of(investment(type=type_, subtype=None, name=name.upper())) is kind


def test_crypto_by_its_code() -> None:
    assert kind_of(investment(type="OTHER", subtype="OTHER", name="Ativo digital", code="BTC")) is Kind.CRYPTO
