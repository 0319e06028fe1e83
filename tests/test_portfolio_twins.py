"""Each position once, and no caixinha beside the position that it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

from open_finance.insights.portfolio_twins import (
    connections_of_accounts,
    join_movements,
    join_snapshots,
    sort_holdings,
    twin_pots,
)
from open_finance.investment_records import InvestmentSnapshot
from tests.builders import NOW, TODAY, account, action, connection
from tests.investment_builders import investment, investment_transaction, pot

OLD = connection(id=1, last_updated_at=NOW - timedelta(days=2))
NEW = connection(id=2, last_updated_at=NOW)


def test_better_connection_counts_in_whatever_order_they_come() -> None:
    first, second = investment(id=1, connection_id=1), investment(id=2, connection_id=2)
    for positions in permutations([first, second]):
        found = sort_holdings(positions, [OLD, NEW])
        assert ([one["id"] for one in found.counted], found.twins) == ([2], {1: 2})


def test_one_that_is_gone_or_waits_for_its_person_counts_last() -> None:
    positions = [investment(id=1, connection_id=1), investment(id=2, connection_id=2)]
    for ill in (
        connection(id=2, last_updated_at=NOW, gone=True),
        connection(id=2, last_updated_at=NOW, status="WAITING_USER_INPUT"),
        connection(id=2, last_updated_at=NOW, action=action()),
    ):
        assert sort_holdings(positions, [OLD, ill]).twins == {2: 1}


def test_lots_are_paired_one_to_one() -> None:
    here = [investment(id=number, connection_id=1) for number in (1, 2, 3)]
    there = [investment(id=number, connection_id=2) for number in (4, 5)]
    found = sort_holdings([*here, *there], [OLD, NEW])
    assert len(found.counted) == 3
    assert sorted(found.twins.values()) == [4, 5]


def test_three_connections_bring_one() -> None:
    newest = connection(id=3, last_updated_at=NOW + timedelta(hours=1))
    positions = [investment(id=number, connection_id=number) for number in (1, 2, 3)]
    assert sort_holdings(positions, [OLD, NEW, newest]).twins == {1: 3, 2: 3}


def test_ended_stands_apart_and_other_currencies_do() -> None:
    ended = investment(id=1, ended_on=NOW.date())
    foreign = investment(id=2, currency_code="USD")
    unknown = investment(id=3, connection_id=9)
    found = sort_holdings([ended, foreign, unknown], [OLD])
    assert (found.counted, [one["id"] for one in found.ended], [one["id"] for one in found.apart]) == ((), [1], [2])


def test_caixinha_of_the_same_connection_and_worth_is_the_position() -> None:
    net, gross = investment(id=1, balance=Decimal("100.0000"), amount=Decimal("103.00")), pot(amount=Decimal("103.00"))
    assert twin_pots([net], [gross], {1: {1}}) == {1: gross}
    assert twin_pots([net], [gross], {1: {2}}) == twin_pots([net], [gross], {}) == {}
    assert twin_pots([net], [pot(amount=Decimal("103.01"))], {1: {1}}) == {}
    nothing = investment(balance=Decimal(0), amount=Decimal(0))
    assert twin_pots([nothing], [pot(amount=Decimal("0.00"))], {1: {1}}) == {}


def test_name_decides_among_caixinhas_of_one_worth() -> None:
    positions = [investment(id=1, name="RDB"), investment(id=2, name="Caixinha Férias")]
    worth = positions[0]["balance"]
    pots = [pot(key="a", amount=worth), pot(key="b", name="Outra", amount=worth)]
    assert twin_pots(positions, pots, {1: {1}}) == {2: pots[0], 1: pots[1]}


def test_account_that_two_connections_bring_has_the_caixinhas_of_both() -> None:
    """The account counts through the newer connection, the position through the older one."""
    old, new = account(id=1, connection_id=1, identity="one"), account(id=2, connection_id=2, identity="one")
    assert connections_of_accounts([old, new], [OLD, NEW]) == {2: {1, 2}}


def test_what_another_connection_saw_end_has_ended_where_it_is_read_no_more() -> None:
    ended = investment(id=2, connection_id=2, ended_on=TODAY)
    stale = investment(id=1, connection_id=1, read_at=NOW - timedelta(days=1))
    found = sort_holdings([stale, ended], [OLD, NEW])
    assert (found.counted, found.twins) == ((), {1: 2})
    still_read = sort_holdings([{**stale, "read_at": NOW}, ended], [OLD, NEW])
    assert [one["id"] for one in still_read.counted] == [1]
    bought_again = sort_holdings([{**stale, "connection_id": 2}, ended], [OLD, NEW])
    assert [one["id"] for one in bought_again.counted] == [1]


def test_twin_tells_of_the_days_before_the_other_was_read() -> None:
    days = [InvestmentSnapshot(1, TODAY - timedelta(days=2), Decimal(8), None, NOW)]
    days += [InvestmentSnapshot(number, TODAY, Decimal(number), None, NOW) for number in (2, 1)]
    joined = join_snapshots(days, {1: 2})
    assert [(one.investment_id, one.balance) for one in joined] == [(2, Decimal(8)), (2, Decimal(2))]


def test_movements_are_those_of_one_connection_never_of_two() -> None:
    own, twins = investment_transaction(id=1, investment_id=2), investment_transaction(id=2, investment_id=1)
    assert join_movements([own, twins], {1: 2}) == {2: [own]}
    assert join_movements([twins], {1: 2}) == {2: [twins]}
    assert join_movements([], {1: 2}) == {}
