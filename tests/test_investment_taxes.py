"""Our tax on a position, from the packaged tables: every centavo here was worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.insights.investment_taxes import gross_of, tax_of
from open_finance.insights.portfolio import Kind, Tax, Unknown
from open_finance.insights.tax_tables import read_tax_tables, tax_tables
from open_finance.investment_records import Investment
from open_finance.money import ZERO
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction

BOUGHT = date(2024, 1, 10)


def paper(days: int, **fields: Any) -> tuple[Investment, date]:
    """A CDB: R$ 1.000,00 of gain on R$ 10.000,00, so many days after it was bought."""
    on = BOUGHT + timedelta(days=days)
    given_ = {"purchased_on": BOUGHT, "issued_on": BOUGHT, "amount": Decimal("11000.00"), "figures_on": on, **fields}
    return investment(**given_), on


def taxed(days: int, **fields: Any) -> Tax:
    tax = tax_of(paper(days, **fields)[0], (), BOUGHT + timedelta(days=days))
    assert isinstance(tax, Tax)
    return tax


def untaxed(**fields: Any) -> Unknown:
    reason = tax_of(paper(200, **fields)[0], (), BOUGHT + timedelta(days=200))
    assert isinstance(reason, Unknown)
    return reason


@pytest.mark.parametrize(
    ("days", "iof", "income_tax", "rate"),
    [
        (1, "960.00", "9.00", "22.5"),  # 96 % of 1.000,00; 22,5 % of 40,00
        (2, "930.00", "15.75", "22.5"),  # 22,5 % of 70,00
        (15, "500.00", "112.50", "22.5"),
        (29, "30.00", "218.25", "22.5"),  # 3 %; 22,5 % of 970,00
        (30, "0.00", "225.00", "22.5"),
        (180, "0.00", "225.00", "22.5"),
        (181, "0.00", "200.00", "20"),
        (360, "0.00", "200.00", "20"),
        (361, "0.00", "175.00", "17.5"),
        (720, "0.00", "175.00", "17.5"),
        (721, "0.00", "150.00", "15"),
    ],
)
def test_tax_by_days_since_the_purchase(days: int, iof: str, income_tax: str, rate: str) -> None:
    tax = taxed(days)
    assert (tax.iof, tax.income_tax, tax.rate) == (Decimal(iof), Decimal(income_tax), Decimal(rate))
    assert (tax.gain, tax.days, tax.exempt_by) == (Decimal("1000.00"), days, None)
    assert tax.total == Decimal(iof) + Decimal(income_tax)


def test_the_whole_table_of_iof() -> None:
    assert [int(rate) for rate in tax_tables().iof_rates] == [
        *(96, 93, 90, 86, 83, 80, 76, 73, 70, 66, 63, 60, 56, 53, 50),
        *(46, 43, 40, 36, 33, 30, 26, 23, 20, 16, 13, 10, 6, 3),
    ]


def test_centavos_are_rounded_half_up_once_for_each_tax() -> None:
    tax = taxed(10, amount=Decimal("10000.75"))  # 66 % of 0,75 = 0,495; 22,5 % of 0,25 = 0,05625
    assert (tax.iof, tax.income_tax) == (Decimal("0.50"), Decimal("0.06"))
    assert taxed(400, amount=Decimal("10000.18")).income_tax == Decimal("0.03")  # 0,0315
    assert taxed(400, amount=Decimal("10000.20")).income_tax == Decimal("0.04")  # 0,035


def test_the_example_of_the_screen() -> None:
    """R$ 842,00 of gain at 20 % = R$ 168,40; the bank's net beside it."""
    tax = tax_of(investment(), (), date(2026, 11, 23))
    assert isinstance(tax, Tax)
    assert (tax.gain, tax.rate, tax.total) == (Decimal("842.00"), Decimal(20), Decimal("168.40"))


@pytest.mark.parametrize(
    ("subtype", "law"),
    [
        ("LCI", "Lei 11.033/2004, art. 3º, II"),
        ("LCA", "Lei 11.033/2004, art. 3º, IV"),
        ("CRI", "Lei 11.033/2004, art. 3º, II"),
        ("CRA", "Lei 11.033/2004, art. 3º, II (CRI) e IV (CRA)"),
        ("DEBENTURES", "Lei 12.431/2011, art. 2º"),
    ],
)
@pytest.mark.parametrize("days", [30, 180, 181, 360, 361, 720, 721])
def test_exempt_paper_pays_nothing_and_names_its_law(subtype: str, law: str, days: int) -> None:
    tax = taxed(days, subtype=subtype, tax_exempt=True, has_coupon=True)
    assert (tax.total, tax.rate, tax.iof_rate, tax.days) == (ZERO, ZERO, ZERO, days)
    assert tax.exempt_by is not None
    assert tax.exempt_by.startswith(law)


@pytest.mark.parametrize("days", [1, 29])
def test_young_exempt_paper_is_sure_only_where_iof_is_zero(days: int) -> None:
    day = BOUGHT + timedelta(days=days)
    for subtype in ("LCA", "CRI", "CRA", "DEBENTURES"):
        assert taxed(days, subtype=subtype, tax_exempt=True).total == 0
    assert tax_of(paper(days, subtype="LCI", tax_exempt=True)[0], (), day) is Unknown.EXEMPT_EARLY


def test_exempt_paper_needs_neither_cost_nor_gross() -> None:
    bare = {"amount": None, "amount_original": None, "purchased_on": None, "issued_on": None}
    assert taxed(0, subtype="LCA", tax_exempt=None, **bare).total == 0
    assert untaxed(subtype="LCI", tax_exempt=None, **bare) is Unknown.PURCHASE  # how old it is decides on IOF


def test_debenture_pays_by_the_table_where_the_bank_says_so_but_no_iof() -> None:
    assert taxed(10, subtype="DEBENTURES", tax_exempt=False).total == Decimal("225.00")
    assert taxed(800, subtype="DEBENTURES", tax_exempt=False).total == Decimal("150.00")
    assert untaxed(subtype="DEBENTURES", tax_exempt=None) is Unknown.EXEMPT_UNSAID


def test_letra_financeira_and_rdb_pay_by_the_table() -> None:
    assert taxed(10, subtype="LF").total == Decimal("225.00")
    assert taxed(10, subtype="LC").total == Decimal("736.50")  # 66 % of 1.000,00 = 660,00; 22,5 % of 340,00 = 76,50
    assert taxed(721, type="OTHER", subtype="OTHER", name="RDB Resgate Imediato").total == Decimal("150.00")


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "MUTUAL_FUND", "subtype": "MULTIMARKET_FUND"},
        {"type": "EQUITY", "subtype": "STOCK"},
        {"type": "EQUITY", "subtype": "REAL_ESTATE_FUND"},
        {"type": "EQUITY", "subtype": "BDR"},
        {"type": "ETF", "subtype": "ETF"},
        {"type": "SECURITY", "subtype": "RETIREMENT"},
        {"type": "COE", "subtype": "STRUCTURED_NOTE"},
        {"type": "OTHER", "subtype": "OTHER", "name": "Bitcoin"},
        {"type": "NEW_TYPE", "subtype": None, "name": "Algo"},
        {"subtype": "CDB", "tax_exempt": True},  # a contradiction: nobody knows which of the two is wrong
        {"subtype": "LCI", "tax_exempt": False},
    ],
)
def test_what_other_rules_hold_for_is_not_calculated(fields: dict[str, Any]) -> None:
    assert untaxed(**fields) is Unknown.KIND


def test_each_reason_not_to_calculate() -> None:
    assert untaxed(currency_code="USD") is Unknown.FOREIGN
    assert untaxed(purchased_on=None, issued_on=None) is Unknown.PURCHASE
    assert untaxed(amount_original=None) is Unknown.COST
    assert untaxed(amount=None) is Unknown.GROSS
    assert untaxed(figures_on=BOUGHT + timedelta(days=199)) is Unknown.GROSS
    assert untaxed(has_coupon=True) is Unknown.COUPON
    for name in ("Tesouro IPCA+ com Juros Semestrais 2035", "NTN-B 2035", "Tesouro Renda+ 2040"):
        assert untaxed(subtype="TREASURY", name=name) is Unknown.COUPON
    position, today = paper(200)
    assert tax_of(position, (), today, of_company=True) is Unknown.COMPANY
    assert tax_of(position, (), BOUGHT - timedelta(days=1)) is Unknown.PURCHASE
    interest = investment_transaction(type="INTEREST", movement="DEBIT")
    assert tax_of(position, [interest], today) is Unknown.COUPON


def test_loss_has_no_tax() -> None:
    tax = taxed(10, amount=Decimal("9000.00"))
    assert (tax.gain, tax.total) == (Decimal("-1000.00"), ZERO)


def test_each_lot_pays_by_its_own_days() -> None:
    """Two purchases of one Tesouro, 800 and 100 days old; one unit is worth R$ 150,00."""
    today = BOUGHT + timedelta(days=800)
    old = investment_transaction(id=1, quantity=Decimal(10), amount=Decimal("1000.00"), occurred_on=BOUGHT)
    new = investment_transaction(
        id=2, quantity=Decimal(5), amount=Decimal("700.00"), occurred_on=BOUGHT + timedelta(days=700)
    )
    position = investment(
        subtype="TREASURY",
        name="Tesouro Selic 2029",
        quantity=Decimal(15),
        amount=Decimal("2250.00"),
        purchased_on=None,
    )
    tax = tax_of(position, [new, old], today)
    assert isinstance(tax, Tax)
    # 15 % of (1.500,00 - 1.000,00) = 75,00; 22,5 % of (750,00 - 700,00) = 11,25
    assert (tax.gain, tax.total, tax.days) == (Decimal("550.00"), Decimal("86.25"), 800)
    assert (tax.rate, tax.iof_rate) == (None, ZERO)
    sold = investment_transaction(
        id=3, type="SELL", movement="DEBIT", quantity=Decimal(10), amount=Decimal("1400.00"), occurred_on=today
    )
    rest = tax_of({**position, "quantity": Decimal(5), "amount": Decimal("750.00")}, [new, old, sold], today)
    assert isinstance(rest, Tax)
    assert (rest.gain, rest.total, rest.rate) == (Decimal("50.00"), Decimal("11.25"), Decimal("22.5"))


def test_gross_of_an_older_day_is_not_the_balances() -> None:
    today = START.date()
    assert gross_of(investment(), today) == Decimal("10842.00")
    assert gross_of(investment(amount=Decimal("10842.0050")), today - timedelta(days=1)) == Decimal("10842.01")
    assert gross_of(investment(figures_on=None), today) is None
    assert gross_of(investment(), today + timedelta(days=1)) is None


def test_tables_name_their_laws_and_the_day_they_were_checked() -> None:
    tables = tax_tables()
    assert all("/" in source for source in tables.sources)
    assert tables.known_to >= date(2026, 3, 31)
    with pytest.raises(KeyError):
        read_tax_tables({"income_tax": {}})


amounts = st.decimals(min_value=0, max_value=10**7, places=2)


@given(
    cost=amounts.filter(bool), gross=amounts, days=st.integers(0, 4000), subtype=st.sampled_from(["CDB", "LF", "LCA"])
)
def test_tax_is_never_negative_and_never_above_the_gain(cost: Decimal, gross: Decimal, days: int, subtype: str) -> None:
    exempt = subtype == "LCA"
    position, today = paper(days, subtype=subtype, amount=gross, amount_original=cost, tax_exempt=exempt)
    tax = tax_of(position, (), today)
    assert isinstance(tax, Tax)
    assert min(tax.iof, tax.income_tax) >= 0
    assert tax.total <= max(tax.gain, ZERO)


@given(days=st.integers(0, 4000), more=st.integers(0, 4000), kind=st.sampled_from(list(Kind)))
def test_no_rate_rises_with_the_days(days: int, more: int, kind: Kind) -> None:
    tables = tax_tables()
    assert tables.income_tax_rate(days + more) <= tables.income_tax_rate(days)
    assert tables.iof_rate(kind, days + more) <= tables.iof_rate(kind, days)
