"""What the FGC stands behind, by conglomerate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.deposit_cover import cover_groups, cover_rules
from open_finance.insights.portfolio import Cover, CoverGroup, Position
from open_finance.insights.portfolio_figures import position_of
from tests.builders import TODAY, account
from tests.investment_builders import investment

ITAU, BTG, PAN, SICREDI = "60701190000104", "30306294000145", "59285411000113", "01181521000155"


def cdb(number: int, amount: str, **fields: Any) -> Position:
    given = {"id": number, "amount": Decimal(amount), "balance": Decimal(amount) - 1, **fields}
    return position_of(investment(**given), (), TODAY, TODAY)


def groups(*positions: Position, accounts: Any = ()) -> dict[str, CoverGroup]:
    return {group.name: group for group in cover_groups(positions, accounts)}


@pytest.mark.parametrize(
    ("fields", "cover"),
    [
        ({"subtype": "CDB"}, Cover.COVERED),
        ({"subtype": "LC"}, Cover.COVERED),
        ({"subtype": "LCI"}, Cover.COVERED),
        ({"subtype": "LCA"}, Cover.COVERED),
        ({"type": "OTHER", "subtype": "OTHER", "name": "RDB"}, Cover.COVERED),
        ({"subtype": "CDB", "issuer": None, "issuer_cnpj": None}, Cover.UNKNOWN),
        ({"subtype": "LF"}, Cover.NOT_COVERED),
        ({"subtype": "CRI"}, Cover.NOT_COVERED),
        ({"subtype": "CRA"}, Cover.NOT_COVERED),
        ({"subtype": "DEBENTURES"}, Cover.NOT_COVERED),
        ({"subtype": "TREASURY"}, Cover.NOT_COVERED),
        ({"type": "MUTUAL_FUND", "subtype": None}, Cover.NOT_COVERED),
        ({"type": "SECURITY", "subtype": "RETIREMENT"}, Cover.NOT_COVERED),
        ({"type": "EQUITY", "subtype": "STOCK"}, Cover.NOT_COVERED),
        ({"type": "COE", "subtype": "STRUCTURED_NOTE"}, Cover.NOT_COVERED),
    ],
)
def test_cover_by_kind(fields: dict[str, Any], cover: Cover) -> None:
    assert cdb(1, "100.00", **fields).cover is cover


def test_banks_of_one_conglomerate_have_one_limit() -> None:
    found = groups(cdb(1, "200000.00", issuer_cnpj=BTG), cdb(2, "60000.50", issuer_cnpj=PAN))
    group = found["BTG Pactual"]
    assert (group.covered, group.above, group.positions) == (Decimal("260000.50"), Decimal("10000.50"), (1, 2))
    assert (group.is_known, group.fund) == (True, "FGC")


def test_at_the_limit_nothing_is_above_it() -> None:
    assert groups(cdb(1, "250000.00", issuer_cnpj=ITAU))["Itaú"].above == 0
    assert groups(cdb(1, "250000.01", issuer_cnpj=ITAU))["Itaú"].above == Decimal("0.01")


def test_deposits_of_the_conglomerate_count_but_no_overdraft_and_no_payment_account() -> None:
    accounts = [
        account(id=1, bank_code="341", balance=Decimal("1000.00")),
        account(id=2, bank_code="341", balance=Decimal("-300.00")),
        account(id=3, bank_code="260", balance=Decimal("50.00")),
        account(id=4, bank_code=None, balance=Decimal("70.00")),
        account(id=5, bank_code="341", type="CREDIT", balance=Decimal("90.00")),
    ]
    group = groups(cdb(1, "249500.00", issuer_cnpj=ITAU), accounts=accounts)["Itaú"]
    assert (group.deposits, group.total, group.above) == (
        Decimal("1000.00"),
        Decimal("250500.00"),
        Decimal("500.00"),
    )


def test_issuer_that_is_not_in_the_table_is_alone_and_says_so() -> None:
    found = groups(cdb(1, "10.00"), cdb(2, "20.00", issuer="Banco Y", issuer_cnpj="99888777000100"))
    assert {name: group.is_known for name, group in found.items()} == {"BANCO Z S.A.": False, "Banco Y": False}


def test_branches_of_an_issuer_are_one() -> None:
    other = cdb(2, "20.00", issuer_cnpj="11222333000262")
    assert groups(cdb(1, "10.00"), other)["BANCO Z S.A."].covered == Decimal("30.00")


def test_issuer_without_a_name_has_that_of_the_bank_it_is_held_at() -> None:
    """Open Finance tells the issuer by its CNPJ only."""
    assert set(groups(cdb(1, "10.00", issuer=None))) == {"Banco Z"}
    assert set(groups(cdb(1, "10.00", issuer=None, bank_cnpj=ITAU))) == {"11222333000181"}


def test_issuer_without_cnpj_is_told_by_its_name() -> None:
    found = groups(cdb(1, "10.00", issuer="BANCO PAN S.A.", issuer_cnpj=None), cdb(2, "5.00", issuer_cnpj=BTG))
    assert found["BTG Pactual"].covered == Decimal("15.00")
    assert not groups(cdb(1, "10.00", issuer="Financeira W", issuer_cnpj=None))["Financeira W"].is_known


def test_credit_unions_have_a_fund_of_their_own() -> None:
    bank = cdb(1, "10.00", issuer_cnpj=SICREDI)
    union = cdb(2, "20.00", issuer="Cooperativa de Crédito W", issuer_cnpj="55666777000100")
    found = groups(bank, union)
    assert found["Sicredi (FGCoop)"].fund == found["Cooperativa de Crédito W (FGCoop)"].fund == "FGCoop"
    assert (bank.cover, bank.issuer_group) == (Cover.COVERED, "Sicredi (FGCoop)")
    assert not found["Cooperativa de Crédito W (FGCoop)"].is_known


def test_net_counts_where_gross_is_not_known() -> None:
    assert groups(cdb(1, "100.00", figures_on=None, issuer_cnpj=ITAU))["Itaú"].covered == Decimal("99.00")


def test_table_is_sound() -> None:
    rules = cover_rules()
    assert (rules.limit, rules.four_years_limit) == (Decimal("250000.00"), Decimal("1000000.00"))
    assert all(len(root) == 8 and root.isdigit() for root in rules.roots)
    assert all(len(code) == 3 and code.isdigit() for code in rules.codes)
    assert set(rules.codes.values()) <= set(rules.roots.values())
