"""Which accounts count, once each, and what stands apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance.reading.balances import (
    balance_report,
    bank_accounts,
    counted_accounts,
    superseded_accounts,
    total_balance,
)
from open_finance.records import Account
from tests.builders import NOW, account, card, connection, savings


def test_card_debt_is_not_part_of_the_total() -> None:
    assert total_balance([account(), card()], [connection()]) == Decimal("1000.00")


def test_total_is_checking_and_savings_in_reais() -> None:
    dollars = account(id=4, currency_code="USD", balance=Decimal("50.00"))
    assert total_balance([account(), savings(), card(), dollars], [connection()]) == Decimal("2120.00")


def test_an_overdraft_in_use_lowers_the_total() -> None:
    assert total_balance([account(balance=Decimal("-210.00")), savings()], [connection()]) == Decimal("910.00")


def test_pots_beside_an_account_are_not_part_of_the_total() -> None:
    with_pots = account(reserved=Decimal("2000.00"), reserved_count=2, automatically_invested=Decimal("300.00"))
    assert total_balance([with_pots], [connection()]) == Decimal("1000.00")


def test_the_same_account_through_two_items_counts_once() -> None:
    old = account(id=1, connection_id=1, identity="same")
    new = account(id=2, connection_id=2, identity="same")
    connections = [connection(id=1, last_updated_at=NOW - timedelta(days=3)), connection(id=2)]
    assert superseded_accounts([old, new], connections) == {1: 2}
    assert total_balance([old, new], connections) == Decimal("1000.00")


def test_a_connection_that_works_counts_before_a_newer_one_that_does_not() -> None:
    works = account(id=1, connection_id=1, identity="same", balance=Decimal("10.00"))
    broken = account(id=2, connection_id=2, identity="same", balance=Decimal("99.00"))
    connections = [
        connection(id=1, last_updated_at=NOW - timedelta(hours=20)),
        connection(id=2, status="LOGIN_ERROR", last_updated_at=NOW),
    ]
    assert total_balance([works, broken], connections) == Decimal("10.00")


def test_a_connection_on_its_way_out_counts_for_nothing() -> None:
    leaving = connection(id=2, disconnecting=True)
    accounts = [account(id=1, connection_id=1), account(id=2, connection_id=2)]
    assert total_balance(accounts, [connection(id=1), leaving]) == Decimal("1000.00")


def test_two_accounts_of_one_connection_are_two_accounts() -> None:
    twins = [card(id=1, identity="same"), card(id=2, identity="same")]
    assert counted_accounts(twins, [connection()]) == twins


def test_an_account_the_bank_still_lists_counts_before_one_it_does_not() -> None:
    unlisted = account(id=1, connection_id=1, identity="same")
    listed = account(id=2, connection_id=2, identity="same")
    connections = [connection(id=1, last_updated_at=NOW), connection(id=2)]
    assert superseded_accounts([unlisted, listed], connections, live={2}) == {1: 2}


def variants(connection_id: int, *names: str, first_id: int, amount: str = "10.00") -> list[Account]:
    """Savings accounts that their bank tells apart by name only."""
    return [
        savings(id=number, connection_id=connection_id, identity="same", name=name, balance=Decimal(amount))
        for number, name in enumerate(names, start=first_id)
    ]


@pytest.mark.parametrize("names", [("Variação 51", "Variação 96"), ("Variação 96", "Variação 51")])
def test_each_variant_of_an_account_is_followed_by_its_namesake(names: tuple[str, ...]) -> None:
    old = variants(1, "Variação 51", "Variação 96", first_id=1)
    new = variants(2, *names, first_id=11)
    connections = [connection(id=1, last_updated_at=NOW - timedelta(days=3)), connection(id=2)]
    by_name = {account["name"]: account["id"] for account in new}
    assert superseded_accounts([*old, *new], connections) == {
        account["id"]: by_name[account["name"]] for account in old
    }
    assert total_balance([*old, *new], connections) == Decimal("20.00")


def test_a_variant_that_only_one_connection_brings_counts_beside_the_others() -> None:
    both = variants(1, "Variação 51", "Variação 96", first_id=1)
    one = variants(2, "Variação 96", first_id=11, amount="30.00")
    connections = [connection(id=1, last_updated_at=NOW - timedelta(days=3)), connection(id=2)]
    assert superseded_accounts([*both, *one], connections) == {2: 11}
    assert total_balance([*both, *one], connections) == Decimal("40.00")


def test_variants_under_other_names_are_matched_in_their_order() -> None:
    old, new = variants(1, "A", "B", first_id=1), variants(2, "B", "C", "D", first_id=11)
    connections = [connection(id=1, last_updated_at=NOW - timedelta(days=3)), connection(id=2)]
    assert superseded_accounts([*old, *new], connections) == {2: 11, 1: 12}


def test_two_accounts_that_a_connection_had_stay_two_when_one_is_listed_no_more() -> None:
    closed, open_one = account(id=1, identity="same"), account(id=2, identity="same")
    assert superseded_accounts([closed, open_one], [connection()], live={2}) == {}


def test_an_account_that_its_person_set_apart_is_nobodys_twin() -> None:
    old = account(id=1, connection_id=1, identity="same", apart=True)
    new = account(id=2, connection_id=2, identity="same")
    connections = [connection(id=1), connection(id=2)]
    assert superseded_accounts([old, new], connections) == {}
    assert total_balance([old, new], connections) == Decimal("2000.00")


def test_a_hidden_account_is_shown_and_is_in_no_total() -> None:
    accounts = [account(hidden=True), savings(), card(hidden=True)]
    report = balance_report(accounts, [connection()], NOW)
    assert (report.available, report.saved, report.owed) == (Decimal(0), Decimal("1120.00"), Decimal(0))
    assert report.hidden == (accounts[0], accounts[2])
    assert total_balance(accounts, [connection()]) == Decimal("1120.00")
    assert not balance_report(accounts[:1], [connection()], NOW).is_empty
    assert bank_accounts(accounts, [connection()], NOW)[0].accounts == tuple(accounts)


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from("AB")), max_size=8))
def test_no_two_accounts_of_a_connection_are_taken_for_one(made: list[tuple[int, str]]) -> None:
    twins = [
        savings(id=number, connection_id=connection_id, identity="same", name=name)
        for number, (connection_id, name) in enumerate(made, start=1)
    ]
    superseded = superseded_accounts(twins, [connection(id=number) for number in (1, 2, 3)])
    home = {account["id"]: account["connection_id"] for account in twins}
    followed = [(home[loser], winner) for loser, winner in superseded.items()]
    assert len(followed) == len(set(followed))
    assert all(home[loser] != home[winner] for loser, winner in superseded.items())
    assert superseded.keys().isdisjoint(superseded.values())
    most = max((sum(own == number for own, _ in made) for number in (1, 2, 3)), default=0)
    assert len(twins) - len(superseded) == most


@given(st.permutations([1, 2, 3]))
def test_which_twin_counts_does_not_depend_on_their_order(order: list[int]) -> None:
    connections = [connection(id=number, last_updated_at=NOW - timedelta(hours=number)) for number in (1, 2, 3)]
    twins = [account(id=number, connection_id=number, identity="same") for number in order]
    assert superseded_accounts(twins, connections) == {2: 1, 3: 1}


def test_balance_sorts_what_is_available_saved_and_owed() -> None:
    with_pots = account(reserved=Decimal("2000.00"), reserved_count=2)
    report = balance_report([with_pots, savings(), card()], [connection()], NOW)
    assert (report.available, report.saved, report.owed) == (Decimal("1000.00"), Decimal("3120.00"), Decimal("800.00"))
    assert report.net == Decimal("3320.00")


def test_a_card_in_the_persons_favour_keeps_its_sign() -> None:
    report = balance_report([account(), card(balance=Decimal("-50.00"))], [connection()], NOW)
    assert (report.owed, report.net) == (Decimal("-50.00"), Decimal("1050.00"))


def test_other_currencies_and_unknown_types_stand_apart() -> None:
    dollars = account(id=4, currency_code="USD")
    dollar_card = card(id=5, currency_code="USD")
    strange = account(id=6, type="PENSION", subtype="PGBL")
    report = balance_report([dollars, dollar_card, strange], [connection()], NOW)
    assert report.apart == (dollars, dollar_card, strange)
    assert (report.available, report.owed, report.net) == (Decimal(0), Decimal(0), Decimal(0))


def test_each_bank_names_the_accounts_another_connection_counts() -> None:
    old = account(id=1, connection_id=1, identity="same")
    new = account(id=2, connection_id=2, identity="same")
    connections = [connection(id=1, last_updated_at=NOW - timedelta(days=3)), connection(id=2)]
    first, second = bank_accounts([old, new], connections, NOW)
    assert (set(first.counted_elsewhere), set(second.counted_elsewhere)) == ({1}, set())


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@given(st.lists(st.tuples(st.sampled_from([account, savings, card]), AMOUNTS), max_size=8))
def test_the_net_is_always_the_total_with_pots_less_what_is_owed(
    made: list[tuple[Callable[..., Account], Decimal]],
) -> None:
    accounts = [build(id=number, balance=amount) for number, (build, amount) in enumerate(made, start=1)]
    report = balance_report(accounts, [connection()], NOW)
    assert report.net == total_balance(accounts, [connection()]) + report.reserved - report.owed
