"""What was held on 31/12 and what came of it, worked out by hand; and from the database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.portfolio import Kind
from open_finance.insights.tax_return import Earned, HeldPosition, Nature, TaxReturn
from open_finance.insights.tax_return_figures import ReturnRows, tax_return_figures
from open_finance.investment_records import InvestmentSnapshot
from open_finance.investment_reports import build_tax_return
from open_finance.records import BalanceSnapshot
from open_finance.storage import snapshots
from open_finance.storage.database import Database
from tests.builders import account, connection
from tests.clocks import START
from tests.investment_builders import investment, investment_transaction
from tests.investment_rows import add_investment, add_movement, add_snapshot
from tests.rows import USER, add_account, add_connection

NEXT_YEAR = datetime(2027, 3, 10, 15, 0, tzinfo=UTC)
LAST_DAY = date(2026, 12, 31)


def rows(
    positions: list[Any], movements: tuple[Any, ...] = (), days: tuple[tuple[int, date, str], ...] = ()
) -> ReturnRows:
    kept = [InvestmentSnapshot(number, day, Decimal(value), Decimal(value) + 10, START) for number, day, value in days]
    return ReturnRows(
        positions=positions,
        movements=movements,
        snapshots=kept,
        connections=[connection(connector_name="Banco Z")],
        accounts=[],
        left=[],
        held={},
    )


def declared(*args: Any, year: int = 2026) -> TaxReturn:
    return tax_return_figures(rows(*args), year, NEXT_YEAR)


def only(found: TaxReturn) -> HeldPosition:
    (position,) = found.positions
    return position


def sell(**fields: Any) -> Any:
    return investment_transaction(**{"id": 9, "type": "SELL", "movement": "DEBIT", **fields})


def test_value_is_of_the_last_day_or_of_the_last_reading_before_it() -> None:
    days = ((1, date(2026, 11, 30), "10600.00"), (1, date(2026, 12, 29), "10700.00"), (1, date(2027, 1, 2), "10900.00"))
    held = only(declared([investment()], (), days))
    assert (held.value, held.gross, held.value_on) == (Decimal("10700.00"), Decimal("10710.00"), date(2026, 12, 29))
    assert held.cost == Decimal("10000.00")
    assert (held.institution.name, held.institution.cnpj) == ("BANCO Z S.A.", "11222333000181")
    assert held.asset_code is not None
    assert (held.asset_code.group, held.asset_code.code) == ("04", "02")


def test_what_was_not_read_in_the_year_has_no_value() -> None:
    held = only(declared([investment()], (), ((1, date(2027, 1, 2), "10900.00"),)))
    assert (held.value, held.gross, held.value_on, held.cost) == (None, None, None, Decimal("10000.00"))
    older = only(declared([investment(purchased_on=date(2024, 5, 2))], (), ((1, date(2025, 12, 1), "9000.00"),)))
    assert older.value is None


def test_what_was_not_there_on_the_last_day_is_not_held() -> None:
    bought_later = investment(id=1, purchased_on=date(2027, 1, 5), issued_on=date(2027, 1, 5))
    ended = investment(id=2, ended_on=date(2026, 8, 1))
    emptied = investment(id=3, pluggy_id="3", code="E")
    assert declared([bought_later, ended, emptied], (), ()).positions[0].investment_id == 3
    snapshot = InvestmentSnapshot(3, LAST_DAY, Decimal(0), Decimal(0), START)
    found = rows([bought_later, ended, emptied])
    empty = ReturnRows(found.positions, (), [snapshot], found.connections, [], [], {})
    assert tax_return_figures(empty, 2026, NEXT_YEAR).positions == ()
    sold_later = investment(ended_on=date(2027, 2, 1))
    assert only(declared([sold_later], (), ((1, LAST_DAY, "10700.00"),))).value == Decimal("10700.00")


def test_what_was_redeemed_before_the_last_day_and_seen_after_it_is_not_held() -> None:
    """Its bank took it out of the list in January."""
    days, fields = ((1, date(2026, 12, 29), "10700.00"),), {"ended_on": date(2027, 1, 2)}
    sold = sell(amount=Decimal("10850.00"), occurred_on=date(2026, 12, 30))
    assert declared([investment(**fields)], (sold,), days).positions == ()
    assert declared([investment(**fields, due_on=date(2026, 12, 31))], (), days).positions == ()
    in_part = sell(amount=Decimal("500.00"), occurred_on=date(2026, 12, 30))
    in_january = sell(amount=Decimal("10850.00"), occurred_on=date(2027, 1, 1))
    for moves in ((), (in_part,), (in_january,)):
        assert only(declared([investment(**fields)], moves, days)).value == Decimal("10700.00")


def test_other_currencies_are_those_of_that_day() -> None:
    """Bought in January, sold in January, and sold before."""
    dollars: dict[str, Any] = {"currency_code": "USD", "purchased_on": date(2026, 3, 2), "issued_on": None}
    later = investment(id=1, code="A", **dollars | {"purchased_on": date(2027, 1, 4)})
    held, sold = (
        investment(id=2, code="B", **dollars),
        investment(id=3, code="C", **dollars, ended_on=date(2027, 1, 4)),
    )
    before = investment(id=4, code="D", **dollars, ended_on=date(2026, 12, 4))
    assert [one["id"] for one in declared([later, held, sold, before]).apart] == [2, 3]


def test_movements_that_do_not_go_back_to_the_first_take_nothing_off_what_was_held() -> None:
    """A fund of many years, of which the bank tells the movements since January."""
    fund = investment(
        type="MUTUAL_FUND", subtype=None, purchased_on=None, issued_on=None, quantity=Decimal(510), amount_original=None
    )
    moves = (investment_transaction(quantity=Decimal(10), occurred_on=date(2027, 1, 5)),)
    assert only(declared([fund], moves, ((1, LAST_DAY, "50000.00"),))).value == Decimal("50000.00")
    assert only(declared([fund], moves)).value is None
    new = {**fund, "quantity": Decimal(10)}
    assert declared([new], moves).positions == ()


def test_day_on_which_its_bank_told_nothing_of_it_is_not_believed() -> None:
    back = investment(read_at=NEXT_YEAR)
    days = ((1, date(2026, 12, 30), "10700.00"), (1, LAST_DAY, "0.00"), (1, date(2027, 1, 2), "10710.00"))
    assert only(declared([back], (), days)).value == Decimal("10700.00")


def test_gain_is_not_worked_out_of_movements_that_do_not_go_back_to_the_first() -> None:
    held = investment(amount_original=None, quantity=Decimal(1050), purchased_on=None, issued_on=None)
    bought = investment_transaction(quantity=Decimal(100), amount=Decimal("1200.00"), occurred_on=date(2026, 3, 5))
    sold = sell(quantity=Decimal(50), amount=Decimal("625.00"), occurred_on=date(2026, 6, 5))
    found = declared([held], (bought, sold))
    assert (found.income, [one["id"] for one in found.left_out]) == ((), [1])


def test_cost_is_of_what_there_was_on_that_day() -> None:
    """Ten units for R$ 1.000,00; five more in January."""
    first = investment_transaction(id=1, quantity=Decimal(10), amount=Decimal("1000.00"), occurred_on=date(2026, 3, 2))
    later = investment_transaction(id=2, quantity=Decimal(5), amount=Decimal("600.00"), occurred_on=date(2027, 1, 4))
    tesouro = investment(
        subtype="TREASURY", name="Tesouro Selic 2029", quantity=Decimal(15), amount_original=Decimal("1600.00")
    )
    assert only(declared([tesouro], (first, later))).cost == Decimal("1000.00")
    unsaid = investment(quantity=None, amount_original=Decimal("1600.00"))
    assert only(declared([unsaid], (first, later))).cost is None
    sparse = {**first, "quantity": None}, {**first, "id": 3, "quantity": None, "occurred_on": date(2026, 4, 2)}
    assert only(declared([tesouro], (*sparse, later))).cost is None  # what was applied in all says nothing of that day


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"subtype": "CDB"}, "04-02"),
        ({"subtype": "TREASURY"}, "04-02"),
        ({"subtype": "LCI", "tax_exempt": None}, "04-03"),
        ({"subtype": "CRA", "tax_exempt": True}, "04-03"),
        ({"subtype": "DEBENTURES", "tax_exempt": True}, "04-03"),
        ({"subtype": "DEBENTURES", "tax_exempt": False}, "04-02"),
        ({"subtype": "DEBENTURES", "tax_exempt": None}, None),
        ({"type": "EQUITY", "subtype": "STOCK"}, "03-01"),
        ({"type": "EQUITY", "subtype": "REAL_ESTATE_FUND"}, "07-03"),
        ({"type": "SECURITY", "subtype": "RETIREMENT", "name": "Prev VGBL"}, "99-06"),
        ({"type": "SECURITY", "subtype": "RETIREMENT", "name": "Prev PGBL"}, None),
        ({"type": "MUTUAL_FUND", "subtype": "MULTIMARKET_FUND"}, None),
        ({"type": "COE", "subtype": "STRUCTURED_NOTE"}, None),
    ],
)
def test_code_only_where_it_is_sure(fields: dict[str, Any], code: str | None) -> None:
    found = only(declared([investment(**fields)])).asset_code
    assert (f"{found.group}-{found.code}" if found else None) == code


def test_each_kind_names_its_own_institution() -> None:
    insurer = {"insurer": "Seguradora W", "insurer_cnpj": "33000167000101"}
    pension = only(declared([investment(type="SECURITY", subtype="RETIREMENT", **insurer)]))
    assert (pension.institution.name, pension.institution.cnpj) == ("Seguradora W", "33000167000101")
    fund = only(declared([investment(type="MUTUAL_FUND", subtype=None, code="12.345.678/0001-00")]))
    assert (fund.institution.name, fund.own_cnpj) == ("Banco Z", "12345678000100")
    bare = only(declared([investment(issuer=None, issuer_cnpj=None)]))
    assert (bare.institution.name, bare.institution.cnpj) == ("Banco Z", None)


def test_redemption_of_all_of_it_brings_what_is_above_its_cost() -> None:
    ended = investment(ended_on=date(2026, 9, 1))
    moves = (
        investment_transaction(),
        sell(amount=Decimal("10842.00"), occurred_on=date(2026, 9, 1), income_tax=Decimal("168.40")),
    )
    (income,) = declared([ended], moves).income
    assert (income.kind, income.nature, income.earned) == (Kind.CDB, Nature.EXCLUSIVE, Earned.GAIN)
    assert (income.amount, income.tax_withheld, income.positions) == (Decimal("842.00"), Decimal("168.40"), (1,))
    assert declared([ended], moves, (), year=2025).income == ()


def test_partial_redemption_costs_what_the_oldest_lots_did() -> None:
    first = investment_transaction(id=1, quantity=Decimal(10), amount=Decimal("1000.00"), occurred_on=date(2025, 3, 2))
    second = investment_transaction(id=2, quantity=Decimal(10), amount=Decimal("1200.00"), occurred_on=date(2026, 3, 2))
    sold = sell(quantity=Decimal(12), amount=Decimal("1560.00"), occurred_on=date(2026, 6, 1))
    tax = investment_transaction(
        id=10, type="TAX", movement="DEBIT", amount=Decimal("50.00"), occurred_on=date(2026, 6, 1)
    )
    tesouro = investment(subtype="TREASURY", name="Tesouro Selic 2029", quantity=Decimal(8))
    (income,) = declared([tesouro], (first, second, sold, tax)).income
    assert (income.amount, income.tax_withheld) == (Decimal("320.00"), Decimal("50.00"))  # 1.560 - 1.000 - 2 x 120


def test_redemption_of_the_day_of_a_purchase_may_be_of_it() -> None:
    """Whichever of the two is listed first."""
    day = date(2026, 3, 2)
    bought = investment_transaction(id=2, quantity=Decimal(1), amount=Decimal("100.00"), occurred_on=day)
    sold = sell(id=1, quantity=Decimal(1), amount=Decimal("100.00"), occurred_on=day)
    (income,) = declared([investment(amount_original=None, quantity=Decimal(0))], (sold, bought)).income
    assert income.amount == 0


def test_tax_of_a_day_with_two_redemptions_is_of_neither_alone() -> None:
    day = date(2026, 6, 1)
    bought = investment_transaction(id=1, quantity=Decimal(10), amount=Decimal("1000.00"), occurred_on=date(2026, 3, 2))
    sold = [sell(id=number, quantity=Decimal(2), amount=Decimal("220.00"), occurred_on=day) for number in (2, 3)]
    tax = investment_transaction(id=4, type="TAX", movement="DEBIT", amount=Decimal("9.00"), occurred_on=day)
    (income,) = declared([investment(quantity=Decimal(6))], (bought, *sold, tax)).income
    assert (income.amount, income.tax_withheld) == (Decimal("40.00"), None)


def test_gain_that_is_not_known_is_left_out_and_named() -> None:
    shares = investment(id=1, type="EQUITY", subtype="STOCK")
    sparse = investment(id=2, pluggy_id="2", code="B")
    day, one = date(2026, 6, 1), Decimal(1)
    sold = (
        investment_transaction(id=3, investment_id=1, quantity=one, amount=Decimal("40.00"), occurred_on=day),
        sell(id=1, investment_id=1, quantity=one, amount=Decimal("50.00"), occurred_on=day),
        sell(id=2, investment_id=2, quantity=None, amount=Decimal("50.00"), occurred_on=day),
    )
    found = declared([shares, sparse], sold)
    assert [one["id"] for one in found.left_out] == [1, 2]
    assert found.income == ()


def test_interest_is_added_up_by_institution_and_kind() -> None:
    paid = {"type": "INTEREST", "movement": "DEBIT"}
    moves = (
        investment_transaction(id=1, **paid, amount=Decimal("10.00"), occurred_on=date(2026, 2, 1)),
        investment_transaction(id=2, **paid, amount=Decimal("5.50"), occurred_on=date(2026, 8, 1)),
        investment_transaction(id=3, investment_id=2, **paid, amount=Decimal("7.00"), occurred_on=date(2026, 8, 1)),
        investment_transaction(id=4, **paid, amount=Decimal("99.00"), occurred_on=date(2027, 1, 4)),
    )
    exempt = investment(id=1, subtype="CRI", tax_exempt=True)
    fund = investment(id=2, pluggy_id="2", code="FII11", type="EQUITY", subtype="REAL_ESTATE_FUND")
    cri, fii = sorted(declared([exempt, fund], moves).income, key=lambda one: one.positions)
    assert (cri.amount, cri.nature, cri.earned) == (Decimal("15.50"), Nature.EXEMPT, Earned.INTEREST)
    assert (fii.amount, fii.nature, fii.tax_withheld) == (Decimal("7.00"), None, None)


def test_other_currencies_stand_apart() -> None:
    found = declared([investment(currency_code="USD")])
    assert (found.positions, [one["id"] for one in found.apart]) == ((), [1])


def test_accounts_as_they_were_on_the_last_day() -> None:
    checking = account(id=1, balance=Decimal("9999.00"))
    savings = account(id=2, subtype="SAVINGS_ACCOUNT")
    left = account(id=3)
    day = BalanceSnapshot(1, date(2026, 12, 30), Decimal("120.00"), Decimal("30.00"), None, START)
    given = ReturnRows([], [], [], [connection()], [checking, savings], [left], {1: [day]})
    first, second = tax_return_figures(given, 2026, NEXT_YEAR).accounts
    assert (first.value, first.reserved, first.value_on) == (Decimal("120.00"), Decimal("30.00"), date(2026, 12, 30))
    assert (first.asset_code.group, first.asset_code.code) == ("06", "01")
    assert (second.value, second.is_savings) == (None, True)
    assert (second.asset_code.group, second.asset_code.code) == ("04", "01")


def test_year_that_is_not_over_is_as_of_today(sqlite_database: Database) -> None:
    found = build_tax_return(sqlite_database, USER, 2026, START)
    assert (found.on, found.is_over, found.positions, found.accounts) == (date(2026, 11, 23), False, (), ())


def test_bank_that_was_left_is_in_it_with_its_history(database: Database) -> None:
    with database.writing() as session:
        live = add_connection(session, USER, "live", connector_name="Banco Z")
        left = add_connection(
            session,
            USER,
            "left",
            connector_name="Banco Y",
            disconnect_requested_at=START,
            disconnected_at=START,
        )
        kept = add_investment(session, live)
        gone = add_investment(session, left, code="OTHER", bank_cnpj=None, bank_name=None)
        add_movement(session, kept)
        for number in (kept, gone):
            add_snapshot(session, number, date(2026, 11, 20), "10673.60")
        for number in (live, left):
            own = add_account(session, number, pluggy_id=f"account-{number}", balance=Decimal("80.00"))
            snapshots.save_snapshot(session, USER, own, date(2026, 11, 20), START)
    found = build_tax_return(database, USER, 2026, NEXT_YEAR)
    assert [(one.investment_id, one.value) for one in found.positions] == [
        (kept, Decimal("10673.60")),
        (gone, Decimal("10673.60")),
    ]
    assert [(one.institution.name, one.value) for one in found.accounts] == [
        ("Banco Z", Decimal("80.00")),
        ("Banco Y", Decimal("80.00")),
    ]
    assert build_tax_return(database, USER + 1, 2026, NEXT_YEAR).positions == ()


def test_it_is_known_since_when_values_are_kept() -> None:
    days = ((1, date(2026, 11, 30), "10600.00"), (1, date(2026, 3, 3), "10000.00"))
    assert declared([investment()], (), days).read_since == date(2026, 3, 3)
    assert declared([investment()]).read_since is None
