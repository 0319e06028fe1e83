"""Everyday money: what of a history is left when all that is known to come again is taken out of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from open_finance.insights.available_money import available_money
from open_finance.insights.band_width import quantiles, weighted_quantiles
from open_finance.insights.everyday import History, read_history
from open_finance.insights.everyday_paths import Past
from open_finance.insights.outlook import Situation
from open_finance.insights.recurring import Kind, Recurring
from open_finance.records import StatementRow, Transaction
from tests.card_rows import bill, card, card_row
from tests.outlook_builders import TODAY, bank_row, checking, day, flow, report, situation

Rows = Sequence[StatementRow | Transaction]
#: A row long ago: the history begins.
LONG_AGO = bank_row(1, day(-100), "-1.00")


def history(of: Situation) -> History:
    found = read_history(of, available_money(of), day(90))
    assert found is not None
    return found


def cash(of: Situation) -> dict[date, float]:
    """The days on which something is left."""
    found = history(of)
    days = [found.first + timedelta(days=number) for number in range(found.days)]
    return {on: round(float(amount), 2) for on, amount in zip(days, found.cash, strict=True) if amount}


def just(rows: Rows, flows: Sequence[Recurring] = (), **fields: object) -> dict[date, float]:
    left = cash(situation(rows=[LONG_AGO, *rows], flows=flows, **fields))  # type: ignore[arg-type]
    return {on: amount for on, amount in left.items() if on != day(-100)}


def test_purchases_and_pix_both_ways_are_everyday_money() -> None:
    rows = [
        bank_row(2, day(-3), "-20.00"),
        bank_row(3, day(-3), "-5.00"),
        bank_row(4, day(-2), "50.00", "PIX RECEBIDO"),
    ]
    assert just(rows) == {day(-3): -25.0, day(-2): 50.0}


def test_what_recurs_is_none_of_it_and_what_has_ended_is_none_either() -> None:
    rows = [bank_row(2, day(-3), "-900.00"), bank_row(3, day(-40), "-70.00"), bank_row(4, day(-50), "-30.00")]
    rent = flow("Aluguel", "-900.00", 20, [2])
    gym = flow("Academia", "-70.00", 14, [3], next_on=None)
    someone = flow("Bia", "-30.00", 4, [4], next_on=None, kind=Kind.OTHER)  # who knows whether it ever was one
    assert just(rows, [rent, gym, someone]) == {day(-50): -30.0}


def test_today_is_no_whole_day_and_what_is_pending_has_not_moved() -> None:
    rows = [bank_row(2, TODAY, "-20.00"), bank_row(3, day(-2), "-9.00", status="PENDING"), bank_row(4, day(5), "-7.00")]
    found = history(situation(rows=[LONG_AGO, *rows]))
    assert found.last == day(-1)
    assert just(rows) == {}
    assert found.balance[-1] == pytest.approx(5020)


def test_the_balance_of_each_day_is_told_back_from_today() -> None:
    rows = [LONG_AGO, bank_row(2, day(-3), "-20.00"), bank_row(3, day(-1), "600.00")]
    assert history(situation(rows=rows)).balance[-4:].tolist() == [4420.0, 4400.0, 4400.0, 5000.0]


def test_money_between_two_accounts_is_none_of_it_whatever_the_banks_call_it() -> None:
    rows = [
        bank_row(2, day(-5), "-800.00", "PIX ENVIADO ANA"), bank_row(3, day(-4), "800.00", "PIX RECEBIDO ANA", account_id=5),
    ]  # fmt: skip
    assert just(rows, accounts=[checking(), checking("0.00", id=5)]) == {}
    assert just(rows[:1], accounts=[checking(), checking("0.00", id=5)]) == {day(-5): -800.0}


@pytest.mark.parametrize(
    ("text", "left"), [("PAGAMENTO FATURA ITAU", {}), ("PAGAMENTO FATURA NUBANK", {day(-13): -300.0})]
)
def test_the_bill_of_a_card_that_is_known_is_its_purchases_and_of_any_other_it_is_money_spent(
    text: str, left: dict[date, float]
) -> None:
    own = report(card(), [bill(date(2026, 11, 10), date(2026, 11, 3), "300.00")], [])
    paid = bank_row(2, day(-13), "-300.00", text, category_id="05100000")
    assert just([paid], cards=[own]) == left


def test_purchases_on_a_card_are_noted_by_day_and_instalments_by_bill_with_the_first() -> None:
    rows = [
        card_row(day(-5), "-40.00", id=20),
        card_row(day(-5), "15.00", id=21, description="ESTORNO LOJA"),
        card_row(day(-9), "-30.00", id=22, installment_number=1, total_installments=2, purchased_on=day(-9)),
        card_row(day(-9), "-30.00", id=23, installment_number=2, total_installments=2, purchased_on=day(-9)),
        card_row(day(-13), "300.00", id=24, description="PAGAMENTO RECEBIDO"),
    ]
    own = report(card(), [bill(date(2026, 11, 10), date(2026, 11, 3), "300.00")], rows)
    (found,) = history(situation(rows=[LONG_AGO, *rows], cards=[own])).cards
    assert found.spent[-5].tolist() == [-25.0, 0.0, 0.0, 0.0]
    assert found.spent[-9].tolist() == [-30.0, -30.0, 0.0, 0.0]
    assert found.spent.sum() == -85.0


def test_the_days_since_the_last_reading_are_not_known() -> None:
    stale = situation([checking(read_on=day(-10))], [LONG_AGO])
    assert history(stale).last == day(-11)


def test_an_account_opened_later_from_which_one_lives_begins_the_history() -> None:
    """What was spent before from an account that nobody has shown is not known."""
    rows = [bank_row(10 + n, day(-n * 3), "-10.00") for n in range(1, 100)]
    rows += [bank_row(200 + n, day(-n), "-90.00", account_id=5) for n in range(1, 81)]
    two = [checking(), checking("0.00", id=5)]
    assert history(situation(two, rows)).first == day(-80)
    assert history(situation(two, rows[:100])).first == day(-297)  # a single row there is no life


def test_a_month_without_a_row_is_one_that_nobody_has_shown() -> None:
    rows = [bank_row(n, day(-n), "-10.00") for n in (*range(1, 20), *range(70, 100))]
    lived = history(situation(rows=rows)).lived
    assert not lived[-69:-19].any()
    assert lived[-19:].all()
    assert lived[:-69].all()


def test_where_no_week_begins_on_a_day_that_was_shown_any_is_as_good() -> None:
    """Rows on single days, with months of silence between them."""
    lived = np.zeros(120, dtype=bool)
    lived[[4, 60]] = True
    silent = History(date(2026, 7, 1), np.zeros(120), np.full(120, 50.0), (), lived)
    starts, chosen = Past(silent).draw(date(2026, 10, 28), np.full(30, 50.0), np.random.default_rng(7))
    assert not lived[starts].any()
    assert ((chosen >= 0) & (chosen < len(starts))).all()


def test_nothing_is_read_of_a_person_without_rows() -> None:
    assert read_history(situation(), available_money(situation()), day(30)) is None


def test_quantiles_lie_between_the_paths_next_to_them() -> None:
    paths = np.array([[4.0, 1.0, 2.0, 3.0, 0.0], [5.0, 5.0, 5.0, 5.0, 5.0]])
    low, middle, high = quantiles(paths, (0.1, 0.5, 0.9))
    assert low.tolist() == pytest.approx(np.quantile(paths, 0.1, axis=1).tolist())
    assert (middle.tolist(), high.tolist()) == (pytest.approx([2, 5]), pytest.approx([3.6, 5]))


def test_what_says_more_counts_more() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 8.0])
    assert weighted_quantiles(values, weights, (0.1, 0.5, 0.95)) == (1.0, 2.0, 3.0)
