"""The simulated households of the benchmark ``forecast``: what is judged with them must add up."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest

from benchmarks.forecast.allowances import faults
from benchmarks.forecast.baselines import flat, same_change_as_last_month, same_day_last_month
from benchmarks.forecast.found import compare
from benchmarks.forecast.households import SimulatedHousehold, simulate
from benchmarks.forecast.seen import Watch
from open_finance.insights.allowance import build_allowance
from open_finance.insights.recurring import Kind, Recurring
from open_finance.records import PENDING

LIVES = [(7, 1), (7, 4), (23, 2)]


@cache
def life(seed: int, number: int) -> SimulatedHousehold:
    return simulate(seed, number, months=9)


@pytest.mark.parametrize(("seed", "number"), LIVES)
def test_the_balance_of_every_day_is_the_opening_one_and_all_rows_until_then(seed: int, number: int) -> None:
    home = life(seed, number)
    checking = {account["id"] for account in home.accounts if account["type"] == "BANK"}
    moved: dict[date, Decimal] = defaultdict(Decimal)
    for row in home.rows:
        if row["account_id"] in checking and row["id"] not in home.seen_until:
            moved[row["occurred_on"]] += row["amount"]
    balance, expected = home.opening, {}
    for day in home.balances:
        balance += moved[day]
        expected[day] = balance
    assert home.balances == expected
    assert home.balances == {day: sum(each[day] for each in home.each.values()) for day in home.balances}


@pytest.mark.parametrize(("seed", "number"), LIVES)
def test_nothing_is_seen_before_its_day_and_what_is_to_come_is_pending(seed: int, number: int) -> None:
    home, watch = life(seed, number), Watch(life(seed, number))
    for days in range(0, (home.end - home.start).days, 23):
        day = home.start + timedelta(days=days)
        situation = watch.situation_on(day, recurring=())
        assert situation.available == home.balances[day]
        assert all(home.seen_on[row["id"]] <= day for row in situation.rows)
        assert all((row["status"] == PENDING) == (row["occurred_on"] > day) for row in situation.rows)
        listed = {row["id"] for row in situation.rows}
        gone = {row["id"] for row in home.rows if home.seen_until.get(row["id"], day) < day}
        assert listed == {row["id"] for row in home.rows if home.seen_on[row["id"]] <= day} - gone
        assert all(
            bill.bill is None or home.closes[bill.bill["id"]] <= day for c in situation.cards for bill in c.closed
        )


@pytest.mark.parametrize(("seed", "number"), LIVES)
def test_a_bill_is_the_sum_of_what_was_bought_until_it_closed(seed: int, number: int) -> None:
    home = life(seed, number)
    for bill in home.bills:
        closes = home.closes[bill["id"]]
        before = [home.closes[b["id"]] for b in home.bills if b["account_id"] == bill["account_id"]]
        since = max((day for day in before if day < closes), default=None)
        if since is None or since < home.start:
            continue
        rows = [
            row["amount"]
            for row in home.rows
            if row["account_id"] == bill["account_id"] and since <= row["occurred_on"] < closes
            and not row["description"].casefold().startswith("pagamento recebido")
        ]  # fmt: skip
        assert bill["total"] == -sum(rows)


def test_a_seed_gives_the_same_household_again_and_another_seed_another() -> None:
    again = simulate(7, 1, months=9)
    assert again == life(7, 1)
    assert simulate(8, 1, months=9).balances != again.balances


def test_a_true_flow_comes_about_once_a_month() -> None:
    for seed, number in LIVES:
        home = life(seed, number)
        days = {row["id"]: row["occurred_on"] for row in home.rows}
        months = (home.end - home.start).days / 30.4
        for flow in home.flows:
            if flow.counts:
                assert len(flow.row_ids) <= months + 2
                assert list(flow.row_ids) == sorted(flow.row_ids, key=lambda row_id: days[row_id])


def test_no_baseline_knows_what_is_still_to_come() -> None:
    start = date(2024, 1, 1)
    balances = {start + timedelta(days=number): float(number * 37 % 101) for number in range(200)}
    for baseline in (flat, same_day_last_month, same_change_as_last_month):
        for number in range(60, 170):
            today = start + timedelta(days=number)
            otherwise = {day: -1.0 if day > today else balance for day, balance in balances.items()}
            assert list(baseline(balances, today)) == list(baseline(otherwise, today))


def test_the_same_day_last_month_is_that_day() -> None:
    balances = {date(2024, 1, 1) + timedelta(days=number): float(number) for number in range(120)}
    found = same_day_last_month(balances, date(2024, 4, 9))
    assert found[0] == balances[date(2024, 3, 10)]
    assert found[-1] == balances[date(2024, 4, 9)]


def test_a_figure_that_is_not_the_sum_of_its_lines_is_counted() -> None:
    watch = Watch(life(7, 1))
    situation = watch.situation_on(life(7, 1).start + timedelta(days=90), recurring=())
    allowance = build_allowance(situation, (), Decimal(0))
    assert list(faults(situation, (), Decimal(0), allowance)) == []
    more = replace(allowance, lines=(replace(allowance.lines[0], amount=allowance.lines[0].amount + 1),))
    assert "line" in set(faults(situation, (), Decimal(0), more))
    scared = replace(allowance, negative_on=situation.today)
    assert "day" in set(faults(situation, (), Decimal(0), scared))


def test_a_flow_of_other_rows_is_counted_as_wrong_and_the_true_one_as_missed() -> None:
    home = life(7, 1)
    today = home.end - timedelta(days=30)
    seen = {row["id"]: row["occurred_on"] for row in home.rows if row["occurred_on"] <= today}
    rent = next(flow for flow in home.flows if flow.counts and len(flow.row_ids) >= 6)
    own = tuple(row_id for row_id in rent.row_ids if row_id in seen)
    taken = {row_id for flow in home.flows for row_id in flow.row_ids}
    strangers = tuple(row_id for row_id in seen if row_id not in taken)[:6]
    found = [recurring(own), recurring(strangers)]
    count: Counter[str] = Counter()
    compare(home, found, seen, today, count)
    assert (count["found"], count["right"], count["wrong"], count["met"]) == (2, 1, 1, 1)
    assert count["there"] > 1


def recurring(row_ids: tuple[int, ...]) -> Recurring:
    """A flow of these rows."""
    return Recurring(
        key=str(row_ids), kind=Kind.BILL, title="Condomínio", account_id=1, on_card=False, amount=Decimal(-100),
        deviation=Decimal(0), day=5, first_on=date(2024, 1, 5), last_on=date(2024, 6, 5), next_on=date(2024, 7, 5),
        confidence=0.9, row_ids=row_ids,
    )  # fmt: skip
