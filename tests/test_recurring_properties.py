"""What holds for whatever recurs: of any day, any price, any months, among any other rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.business_days import is_business_day, next_business_day
from open_finance.insights.cards import add_months, on_day
from open_finance.insights.recurring import Recurring, occurrences
from open_finance.insights.recurring_days import DayRule, fit_rule
from open_finance.records import StatementRow
from tests.recurring_rows import BANK, CARD, TODAY, before, found, monthly, row, stay

PAYEES = (
    "PAG BOLETO ENEL",
    "DEB AUT VIVO FIBRA",
    "PIX ENVIADO JOAQUIM SOUZA",
    "NETFLIX.COM",
    "MENSALIDADE ACADEMIA FIT",
)
SHOPS = (
    "SUPERMERCADO FLOR",
    "PADARIA REAL",
    "POSTO BEIRA RIO",
    "UBER TRIP",
    "PIX ENVIADO TATI MELO",
    "FARMACIA BOA HORA",
)
SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=15, deadline=None)


def flow_rows(random: Random, payee: str) -> list[StatementRow]:
    """A payee's rows of the last 4-14 months: a fixed price, one that rises once, or one that moves with the season."""
    number = random.randint(4, 14)
    price, day, way = random.uniform(15, 900), random.randint(1, 28), random.randrange(3)
    level = [price * (1.08 if way == 1 and each >= number // 2 else 1) for each in range(number)]
    amounts = [each * (random.uniform(0.85, 1.15) if way == 2 else 1) for each in level]
    on_card = payee == "NETFLIX.COM"
    return monthly(
        [f"{-each:.2f}" for each in amounts],
        payee,
        day=day,
        first=add_months(date(2026, 11, 1), 1 - number),
        number=number,
        move=stay if on_card else random.choice([next_business_day, before]),
        account_id=CARD if on_card else BANK,
    )


def life(random: Random) -> list[StatementRow]:
    """Purchases at will: any amounts, any days."""
    days = [TODAY - timedelta(days=random.randrange(420)) for _ in range(random.randrange(150))]
    return [row(day, f"{-random.uniform(5, 400):.2f}", random.choice(SHOPS)) for day in days]


def household(seed: int) -> tuple[list[StatementRow], list[StatementRow]]:
    """What recurs, and what does not, until today."""
    random = Random(seed)
    payees = random.sample(PAYEES, random.randint(1, len(PAYEES)))
    agreed = [one for payee in payees for one in flow_rows(random, payee)]
    return [one for one in agreed if one["occurred_on"] <= TODAY], life(random)


def of_rows(flows: Sequence[Recurring], rows: Sequence[StatementRow]) -> list[Recurring]:
    """The flows that these rows are behind."""
    ids = {one["id"] for one in rows}
    return [flow for flow in flows if ids & set(flow.row_ids)]


@FEW
@given(SEEDS)
def test_every_agreed_payment_is_found_once_and_the_order_of_rows_does_not_matter(seed: int) -> None:
    agreed, at_will = household(seed)
    flows = found([*agreed, *at_will])
    shuffled = [*agreed, *at_will]
    Random(seed).shuffle(shuffled)
    assert found(shuffled) == flows
    payees = {one["description"] for one in agreed}
    assert len(of_rows(flows, agreed)) == len(payees)


@FEW
@given(SEEDS)
def test_other_purchases_take_no_flow_away_and_change_none(seed: int) -> None:
    agreed, at_will = household(seed)
    alone = found(agreed)
    assert of_rows(found([*agreed, *at_will]), agreed) == list(alone)


@FEW
@given(SEEDS)
def test_a_business_day_more_or_less_changes_nothing_of_what_is_found(seed: int) -> None:
    agreed, _ = household(seed)
    random = Random(seed)
    moved: list[StatementRow] = []
    for one in agreed:
        day = one["occurred_on"]
        later = next_business_day(day + timedelta(days=1)) if one["account_id"] == BANK else day + timedelta(days=1)
        is_moved = random.random() < 0.3 and later <= TODAY
        moved.append(row(later, str(one["amount"]), one["description"], id=one["id"], account_id=one["account_id"])
                     if is_moved else one)  # fmt: skip
    assert [flow.key for flow in found(moved)] == [flow.key for flow in found(agreed)]


@FEW
@given(SEEDS)
def test_a_key_stays_as_months_go_by(seed: int) -> None:
    agreed, at_will = household(seed)
    known: dict[int, str] = {}
    for month in range(-6, 1):
        today = on_day(add_months(TODAY.replace(day=1), month), 25) if month else TODAY
        seen = [one for one in [*agreed, *at_will] if one["occurred_on"] <= today]
        for flow in of_rows(found(seen, today), agreed):
            assert known.setdefault(flow.row_ids[0], flow.key) == flow.key
            assert len(flow.key) <= 240


@FEW
@given(SEEDS, st.integers(0, 200))
def test_what_is_expected_lies_ahead_and_comes_once_a_month(seed: int, days_ago: int) -> None:
    agreed, at_will = household(seed)
    today = TODAY - timedelta(days=days_ago)
    for flow in found([*agreed, *at_will], today):  # rows of later days are listed ahead
        days = occurrences(flow, today, today + timedelta(days=365))
        assert (flow.next_on is None) == (days == [])
        if days:
            assert days[0] == flow.next_on
            assert days[0] >= today
            assert all(18 <= (later - one).days <= 44 for one, later in pairwise(days))
            assert occurrences(flow, days[0] + timedelta(days=1), days[-1]) == days[1:]


@FEW
@given(st.integers(1, 28), st.sampled_from(["next", "previous"]), st.integers(3, 24), st.dates(date(2024, 1, 1), TODAY))
def test_a_rule_is_read_off_the_days_that_follow_it(day: int, shift: str, number: int, first: date) -> None:
    rule = DayRule("day", day, "next" if shift == "next" else "previous")
    months = [add_months(first.replace(day=1), each) for each in range(number)]
    read, strays = fit_rule([rule.day_in(month) for month in months], usual=rule.shift)
    assert strays < 0.5
    assert all(is_business_day(rule.day_in(month)) for month in months)
    assert max(read.distance(rule.day_in(month)) for month in months[-3:]) <= 2


def test_amounts_are_to_the_centavo() -> None:
    for seed in range(10):
        for flow in found(household(seed)[0]):
            assert flow.amount == flow.amount.quantize(Decimal("0.01"))
            assert flow.deviation == flow.deviation.quantize(Decimal("0.01"))
