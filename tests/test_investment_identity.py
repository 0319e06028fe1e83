"""Which positions are one and the same, and how lots are told apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.investment_identity import pair_positions, same_position
from open_finance.investment_records import Investment
from tests.investment_builders import investment


def test_position_that_came_back_under_another_id_is_the_same() -> None:
    assert same_position(investment(), investment(pluggy_id="another", balance=Decimal("10700.00")))


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "COE"},
        {"subtype": "LCI"},
        {"currency_code": "USD"},
        {"code": "CDB999"},
        {"due_on": date(2028, 1, 1)},
        {"purchased_on": date(2026, 3, 16), "issued_on": date(2026, 3, 16)},
        {"bank_cnpj": "99888777000166"},
    ],
)
def test_what_both_tell_and_tell_otherwise_is_another_position(fields: dict[str, Any]) -> None:
    assert not same_position(investment(), investment(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": None},
        {"due_on": None},
        {"bank_cnpj": None},
        {"bank_cnpj": "11222333000262"},
        {"bank_cnpj": None, "bank_name": None},
        {"code": "cdb-126 abc"},
        {"purchased_on": None, "issued_on": None},
        {"quantity": Decimal("0.5")},
        {"code": None},
    ],
    ids=str,
)
def test_what_one_side_does_not_tell_settles_nothing(fields: dict[str, Any]) -> None:
    one, other = investment(), investment(**fields)
    assert same_position(one, other)
    assert same_position(other, one)


def test_one_paper_at_two_banks_is_two_positions_also_where_only_the_connection_names_the_bank() -> None:
    untold: dict[str, Any] = {"bank_cnpj": None, "bank_name": None}
    assert same_position(investment(**untold), investment(**untold))
    assert not same_position(investment(**untold), investment(**untold, connector_name="Banco Y"))


def test_door_that_shows_every_bank_names_none() -> None:
    untold: dict[str, Any] = {"bank_cnpj": None, "bank_name": None, "purchased_on": None, "issued_on": None}
    meu = investment(**untold, connector_name="MeuPluggy")
    assert same_position(investment(**untold), meu)
    more = {"quantity": Decimal(7), "amount_original": Decimal("70000.00")}
    assert not same_position(investment(**untold), cast("Investment", {**meu, **more}))


def test_share_is_one_position_however_many_there_are() -> None:
    shares: dict[str, Any] = {"type": "EQUITY", "subtype": "STOCK", "code": "PETR4"}
    dayless: dict[str, Any] = {"due_on": None, "purchased_on": None, "issued_on": None}
    some = investment(**shares, **dayless, quantity=Decimal(100))
    assert same_position(some, investment(**shares, **dayless, quantity=Decimal(250)))


def test_two_lots_without_a_day_are_told_apart_by_their_quantity() -> None:
    dayless: dict[str, Any] = {"purchased_on": None, "issued_on": None}
    assert not same_position(investment(**dayless), investment(**dayless, quantity=Decimal(2)))


def test_paper_without_any_mark_is_told_by_its_name_and_its_purchase() -> None:
    plain: dict[str, Any] = {"code": None, "isin": None, "number": None}
    assert same_position(investment(**plain), investment(**plain, name="cdb banco z 110% cdi"))
    for other in ({"name": "CDB Banco Z 102% CDI"}, {"rate": Decimal(102)}, {"issuer_cnpj": "22333444000105"}):
        assert not same_position(investment(**plain), investment(**plain | other))


@pytest.mark.parametrize(
    ("by_a_site", "by_open_finance"),
    [
        ({"rate_type": "SELIC", "rate": "0.07"}, {"rate_type": "SELIC", "rate": "100", "fixed_annual_rate": "0.07"}),
        ({"rate_type": "IPCA", "rate": "6.2"}, {"rate_type": "IPCA", "rate": "100", "fixed_annual_rate": "6.2"}),
        ({"rate_type": "CDI", "rate": "110"}, {"rate_type": "CDI", "rate": "110", "fixed_annual_rate": "0"}),
        ({"rate_type": None, "rate": "13.1"}, {"rate_type": None, "rate": None, "fixed_annual_rate": "13.1"}),
    ],
)
def test_one_rate_is_written_in_several_ways(by_a_site: dict[str, Any], by_open_finance: dict[str, Any]) -> None:
    def paper(told: dict[str, Any]) -> Investment:
        rates = {name: Decimal(value) if value and name != "rate_type" else value for name, value in told.items()}
        return investment(**{"code": None, "isin": None, "number": None, "fixed_annual_rate": None, **rates})

    assert same_position(paper(by_a_site), paper(by_open_finance))
    assert not same_position(paper(by_a_site), paper(by_open_finance | {"rate": "99"}))


@given(st.lists(st.integers(1, 4), max_size=6), st.lists(st.integers(1, 4), max_size=6))
def test_lots_are_paired_one_to_one_and_none_twice(here: list[int], there: list[int]) -> None:
    dayless: dict[str, Any] = {"purchased_on": None, "issued_on": None}
    lots = [investment(**dayless, quantity=Decimal(many)) for many in here]
    others = [investment(**dayless, quantity=Decimal(many)) for many in there]
    pairs = pair_positions(lots, others)
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
    assert all(here[left] == there[right] for left, right in pairs)
    assert len(pairs) == sum(min(here.count(many), there.count(many)) for many in set(here))


def test_the_likest_of_several_goes_first() -> None:
    first = investment(number="1", amount_original=Decimal("5000.00"))
    second = investment(number=None, amount_original=Decimal("10000.00"))
    listed = [investment(number=None, amount_original=Decimal("10000.00")), investment(number="1")]
    assert pair_positions(listed, [first, second]) == [(0, 1), (1, 0)]
