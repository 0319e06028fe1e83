"""Each position once, and no caixinha beside the position that it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

from open_finance.insights.portfolio_twins import sort_holdings, twin_pots
from tests.builders import NOW, action, connection
from tests.investment_builders import investment, pot

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
    assert twin_pots([net], [gross], {1: 1}) == {1: (1, "rsv-1")}
    assert twin_pots([net], [gross], {1: 2}) == {}
    assert twin_pots([net], [pot(amount=Decimal("103.01"))], {1: 1}) == {}
    assert twin_pots([investment(balance=Decimal(0), amount=Decimal(0))], [pot(amount=Decimal("0.00"))], {1: 1}) == {}


def test_name_decides_among_caixinhas_of_one_worth() -> None:
    positions = [investment(id=1, name="RDB"), investment(id=2, name="Caixinha Férias")]
    worth = positions[0]["balance"]
    pots = [pot(key="a", amount=worth), pot(key="b", name="Outra", amount=worth)]
    assert twin_pots(positions, pots, {1: 1}) == {2: (1, "a"), 1: (1, "b")}
