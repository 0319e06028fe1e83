"""Positions, movements, loans and caixinhas, read from Pluggy's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.errors import PluggyServerError
from open_finance.investment_records import LoanData
from open_finance.pluggy_investments import read_investment, read_investment_transaction, read_loan, read_pots
from open_finance.pluggy_rows import read_account
from tests.pluggy_json import OWNER_CPF, raw_account, raw_investment, raw_investment_transaction, raw_loan

TODAY = date(2026, 11, 23)
CONTRACT = "9.876.543-2"


def loan(connector_name: str = "Banco Z", bank_code: str | None = None, **changes: Any) -> LoanData:
    return read_loan(raw_loan(**changes), connector_id=601, connector_name=connector_name, bank_code=bank_code)


# --- positions -------------------------------------------------------------------------------------------------------


def test_position_keeps_what_its_bank_tells_and_not_whose_it_is() -> None:
    read = read_investment(raw_investment(), TODAY)
    assert (read["type"], read["subtype"], read["name"]) == ("FIXED_INCOME", "CDB", "CDB Banco Exemplo 110% CDI")
    assert (read["balance"], read["amount"], read["taxes"]) == (Decimal("10412.33"), Decimal(10500), Decimal("87.67"))
    assert (read["rate"], read["rate_type"]) == (Decimal(110), "CDI")
    assert (read["issuer_cnpj"], read["bank_cnpj"]) == ("11222333000181", "11222333000181")
    assert (read["valued_on"], read["issued_on"], read["due_on"]) == (
        date(2026, 11, 19),
        date(2026, 1, 10),
        date(2028, 1, 10),
    )
    assert (read["figures_on"], read["tax_exempt"], read["has_coupon"]) == (TODAY, False, None)
    assert "Marina" not in str(read)


def test_figures_are_of_no_day_where_no_gross_amount_came() -> None:
    assert read_investment(raw_investment(amount=None), TODAY)["figures_on"] is None


@pytest.mark.parametrize("hour", ["", "T00:00:00.000Z", "T03:00:00.000Z", "T00:00:00-03:00"])
def test_days_of_a_position_are_calendar_days_at_either_midnight(hour: str) -> None:
    assert read_investment(raw_investment(dueDate=f"2028-01-10{hour}"), TODAY)["due_on"] == date(2028, 1, 10)


def test_quantity_and_price_are_exact_and_money_has_four_decimals() -> None:
    read = read_investment(raw_investment(quantity=Decimal("0.123456789012"), balance=Decimal("1.23456")), TODAY)
    assert (read["quantity"], read["balance"]) == (Decimal("0.123456789012"), Decimal("1.2346"))


def test_pension_tells_its_insurer_and_its_tax_regime() -> None:
    insurer = {"name": "Seguradora Exemplo", "cnpj": "22.333.444/0001-05"}
    metadata = {"taxRegime": "PROGRESSIVO", "insurer": insurer, "proposalNumber": "123"}
    read = read_investment(raw_investment(type="SECURITY", subtype="RETIREMENT", metadata=metadata), TODAY)
    told = (read["insurer"], read["insurer_cnpj"], read["tax_regime"])
    assert told == ("Seguradora Exemplo", "22333444000105", "PROGRESSIVO")


def test_number_of_an_asset_is_nowhere_but_in_a_hash() -> None:
    """At some banks it is an account's."""
    read = read_investment(raw_investment(number="12.345-6"), TODAY)
    assert read["number"] == read_investment(raw_investment(number="123456"), TODAY)["number"]
    assert read["number"] != read_investment(raw_investment(number="123457"), TODAY)["number"]
    assert not any(number in str(read) for number in ("12.345", "123456"))
    assert read_investment(raw_investment(number=" "), TODAY)["number"] is None


def test_documents_of_people_are_kept_out_of_texts() -> None:
    position = read_investment(raw_investment(name=f"CDB de {OWNER_CPF}", issuerCNPJ=OWNER_CPF), TODAY)
    move = read_investment_transaction(raw_investment_transaction(description=f"Aplicação {OWNER_CPF}"))
    assert position["issuer_cnpj"] is None
    assert OWNER_CPF not in str((position, move))


@pytest.mark.parametrize("key", ["id", "type", "balance"])
@pytest.mark.parametrize("value", [None, {}, ""])
def test_position_without_what_it_needs_names_the_field_and_no_value(key: str, value: Any) -> None:
    with pytest.raises(PluggyServerError, match=f"^malformed investment: {key}$"):
        read_investment(raw_investment(**{key: value}), TODAY)


# --- movements -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told", "movement"),
    [
        ("BUY", None, "CREDIT"),
        ("SELL", None, "DEBIT"),
        ("TAX", None, "DEBIT"),
        ("TRANSFER", None, "DEBIT"),
        ("INTEREST", None, "DEBIT"),
        ("AMORTIZATION", None, "DEBIT"),
        ("TRANSFER", "CREDIT", "CREDIT"),
        ("BUY", "DEBIT", "DEBIT"),
        ("BUY", "SIDEWAYS", "CREDIT"),
    ],
)
def test_movement_that_is_not_told_is_that_of_its_type(kind: str, told: str | None, movement: str) -> None:
    assert read_investment_transaction(raw_investment_transaction(type=kind, movementType=told))["movement"] == movement


def test_movement_has_no_sign_and_says_what_was_withheld() -> None:
    expenses = {"incomeTax": 15, "iof": Decimal("2.5"), "brokerageFee": 1, "iofProvision": 99, "other": None}
    sold = raw_investment_transaction(type="SELL", amount=-100, netAmount=Decimal("-81.5"), quantity=-1)
    read = read_investment_transaction({**sold, "expenses": expenses})
    assert (read["amount"], read["net_amount"], read["quantity"]) == (Decimal(100), Decimal("81.5"), Decimal(1))
    assert (read["income_tax"], read["iof"], read["expenses"]) == (Decimal(15), Decimal("2.5"), Decimal("18.5"))


def test_transfer_may_have_no_amount_and_nothing_told_is_not_nothing() -> None:
    read = read_investment_transaction(raw_investment_transaction(type="TRANSFER", amount=None))
    assert (read["amount"], read["expenses"], read["income_tax"]) == (None, None, None)


@pytest.mark.parametrize("key", ["id", "date"])
def test_movement_without_what_it_needs_names_the_field(key: str) -> None:
    with pytest.raises(PluggyServerError, match=f"^malformed investment transaction: {key}$"):
        read_investment_transaction(raw_investment_transaction(**{key: None}))


# --- loans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "percent"),
    [
        ("0.29", "29"),  # Pluggy's own example: Open Finance Brasil writes a fraction
        ("0.290000", "29"),
        ("2.125", "212.5"),
        ("29.9", "29.9"),
        ("12", "12"),
        ("5", None),  # 5 % or 500 %
        ("-0.1", None),
    ],
)
def test_total_cost_of_a_loan_is_in_percent_however_its_bank_writes_it(told: str, percent: str | None) -> None:
    assert loan(CET=Decimal(told))["cet"] == (None if percent is None else Decimal(percent))


def test_loan_keeps_what_is_owed_and_how_it_is_paid() -> None:
    read = loan()
    assert (read["kind"], read["outstanding"], read["cet"]) == ("LOAN", Decimal("5123.45"), Decimal("29.9"))
    assert (read["contracted_on"], read["due_on"]) == (date(2026, 1, 10), date(2028, 1, 10))
    assert (read["total_installments"], read["paid_installments"], read["due_installments"]) == (24, 10, 14)
    assert [rate["fixed"] for rate in read["rates"]] == [Decimal("0.0199")]
    assert read["payments"] == [
        {"paid_on": date(2026, 10, 10), "amount": Decimal(450), "is_extra": False},
        {"paid_on": date(2026, 11, 10), "amount": Decimal(450), "is_extra": True},
    ]


def test_number_of_the_contract_is_nowhere_but_in_a_hash() -> None:
    read = loan(contractNumber=CONTRACT, ipocCode=f"1122{OWNER_CPF}")
    assert CONTRACT not in str(read)
    assert read["identity"] == loan(contractNumber="98765432", id="another")["identity"]


@pytest.mark.parametrize(
    "other",
    [
        {"contractNumber": "1"},
        {"kind": "FINANCING"},
        {"currencyCode": "USD"},
        {"connector_name": "Banco Y"},
    ],
)
def test_other_contract_bank_or_kind_is_another_loan(other: dict[str, Any]) -> None:
    assert loan(**other)["identity"] != loan()["identity"]


def test_bank_of_a_loan_is_its_code_whatever_the_door_is_called() -> None:
    assert loan("Nubank")["identity"] == loan("Nu Empresas", bank_code="260")["identity"]
    through_meu = read_loan(raw_loan(), connector_id=200, connector_name="MeuPluggy", bank_code="260")
    assert through_meu["identity"] == loan("Nubank")["identity"]


def test_loan_without_a_contract_is_like_no_other() -> None:
    assert loan(contractNumber=None)["identity"] != loan(contractNumber=None, id="another")["identity"]


@given(st.permutations(range(2)), st.permutations(range(2)))
def test_order_in_which_rates_and_payments_come_is_no_change(rates: list[int], paid: list[int]) -> None:
    told = [{"taxType": "NOMINAL", "preFixedRate": 1}, {"taxType": None, "postFixedRate": 2}]
    releases = raw_loan()["payments"]["releases"]
    payments = {"contractOutstandingBalance": Decimal("5123.45"), "releases": [releases[place] for place in paid]}
    moved = loan(interestRates=[told[place] for place in rates], payments=payments)
    assert moved == loan(interestRates=told)


@pytest.mark.parametrize("key", ["id", "kind"])
def test_loan_without_what_it_needs_names_the_field(key: str) -> None:
    with pytest.raises(PluggyServerError, match=f"^malformed loan: {key}$"):
        read_loan(raw_loan(**{key: None}), connector_id=601, connector_name="Banco Z")


# --- caixinhas -------------------------------------------------------------------------------------------------------


def with_pots(*pots: Any) -> dict[str, Any]:
    return raw_account(bankData={"reservedBalances": list(pots)})


def test_pots_have_the_banks_mark_or_their_place() -> None:
    account = with_pots(
        {
            "identification": "rsv-1",
            "name": "Férias",
            "availableAmounts": [{"amount": 500}, {"amount": Decimal("0.5")}],
        },
        {"name": f"Para {OWNER_CPF}", "amounts": [{"amount": 20, "currencyCode": "BRL"}]},
        {"identification": "rsv-1", "availableAmounts": [{"amount": 1}]},
        {"identification": "rsv-2", "availableAmounts": [{"amount": 9, "currencyCode": "USD"}]},
        None,
    )
    pots = read_pots(account)
    assert [(pot["key"], pot["amount"]) for pot in pots] == [
        ("rsv-1", Decimal("500.50")),
        ("001", Decimal("20.00")),
        ("rsv-1#002", Decimal("1.00")),
    ]
    assert OWNER_CPF not in str(pots)


MONEY = st.sampled_from([None, 0, 500, Decimal("0.005"), Decimal("12.3456"), "soon"])
BANDS = st.lists(
    st.fixed_dictionaries({"amount": MONEY, "currencyCode": st.sampled_from(["BRL", "USD", None])}), max_size=2
)
KEYS = st.sampled_from(["availableAmounts", "amounts"])
MARKS = st.sampled_from([None, "a", "b", "a#001", "a#002"])


@given(st.lists(st.tuples(MARKS, KEYS, BANDS), max_size=4))
def test_pots_add_up_to_what_the_account_has_set_aside(listed: list[tuple[str | None, str, list[Any]]]) -> None:
    account = with_pots(*({"identification": mark, key: bands} for mark, key, bands in listed))
    pots = read_pots(account)
    reserved = read_account(account, connector_id=1, connector_name="B")["reserved"]
    assert sum(pot["amount"] for pot in pots) == (reserved or 0)
    assert len({pot["key"] for pot in pots}) == len(pots)


# --- whatever comes --------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(allow_nan=True),
    st.text(max_size=20),
    st.sampled_from(["2026-11-23T03:00:00.000Z", "2026-11-23", "0001-01-01", "1E-999999", "1E+12", "11222333000181"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NESTED = ["installments", "payments", "metadata", "bankData"]
Reader = Callable[[dict[str, Any]], Any]
READERS: list[tuple[Reader, dict[str, Any]]] = [
    (lambda raw: read_investment(raw, TODAY), raw_investment()),
    (read_investment_transaction, raw_investment_transaction()),
    (lambda raw: read_loan(raw, connector_id=1, connector_name="B"), raw_loan()),
    (lambda raw: {"pots": read_pots(raw)}, raw_account()),
]


@pytest.mark.parametrize(("reader", "plain"), READERS)
@settings(max_examples=60)
@given(data=st.data())
def test_nothing_that_pluggy_sends_breaks_a_reader(reader: Reader, plain: dict[str, Any], data: st.DataObject) -> None:
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(plain)), JSON, max_size=6))
    nested = data.draw(st.dictionaries(st.sampled_from(NESTED), JSON, max_size=2))
    try:
        read = reader({**plain, **changed, **nested})
    except PluggyServerError:
        return
    figures = [value for value in read.values() if isinstance(value, Decimal)]
    assert all(value.is_finite() and len(format(value, "f")) < 60 for value in figures)
    assert not any(isinstance(value, float) for value in read.values())
