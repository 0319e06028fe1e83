"""Unusual spending: what is told, what never is, and that it holds for histories nobody chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby
from random import Random
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.alerts.anomalies import judge, report
from benchmarks.alerts.households import SimulatedHousehold, simulate
from open_finance.insights.anomalies import A_WEEK, find_unusual
from open_finance.insights.patterns import Kind, Pattern, Unusual
from open_finance.records import Transaction
from tests.plain_households import plain_household
from tests.rows import transaction_data

TODAY = date(2026, 11, 23)
ACCOUNT = 1


def row(row_id: int, days_ago: int, amount: str, shop: str = "MERCADO AURORA", **values: Any) -> Transaction:
    data = transaction_data(f"row-{row_id}", occurred_on=TODAY - timedelta(days=days_ago), description=shop)
    ours = {
        **dict.fromkeys(Transaction.__annotations__),
        **data,
        "id": row_id,
        "account_id": ACCOUNT,
        "account_type": "CREDIT",
    }
    return cast("Transaction", {**ours, "amount": -Decimal(amount), **values})


def at(hour: int, minute: int, days_ago: int = 0) -> datetime:
    """An instant by the clock of São Paulo (three hours behind UTC)."""
    day = TODAY - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=3)


SHOPS = {
    "MERCADO AURORA": 120,
    "PADARIA BONFIM": 15,
    "POSTO CENTRAL": 150,
    "RESTAURANTE TELES": 40,
    "DROGARIA LIMA": 50,
}


def history(days: int = 200) -> list[Transaction]:
    """Somebody who buys something every day, by daylight, at home, and pays for films every month."""
    random, names = Random(3), list(SHOPS)
    rows = []
    for place, ago in enumerate(range(days, 0, -1)):
        shop = names[place % len(names)]
        amount = f"{SHOPS[shop] * random.uniform(0.6, 1.5):.2f}"
        rows.append(row(place + 1, ago, amount, shop, occurred_at=at(9 + place % 12, place % 60, ago)))
    rows += [
        row(5000 + n, 20 + 30 * n, "39.90", "FILMES JA", occurred_at=at(3, 7, 20 + 30 * n)) for n in range(days // 30)
    ]
    return rows


def told(new: Transaction | Sequence[Transaction], past: Sequence[Transaction], **values: Any) -> list[Unusual]:
    return find_unusual([new] if isinstance(new, dict) else list(new), past, today=TODAY, **values)


def kinds(found: list[Unusual]) -> list[Kind]:
    return [unusual.kind for unusual in found]


def test_the_same_charge_twice_is_told_with_the_row_that_it_repeats() -> None:
    first = row(9000, 1, "187.43", "OFICINA NOVA")
    [unusual] = told(row(9001, 0, "187.43", "OFICINA NOVA"), [*history(), first])
    assert (unusual.kind, unusual.other_ids, unusual.usual) == (Kind.DUPLICATE_CHARGE, (9000,), Decimal("187.43"))


def test_the_second_charge_is_told_whichever_of_the_two_comes_late() -> None:
    late = row(9001, 1, "87.43", "PADARIA BONFIM", occurred_at=at(8, 0, 1))
    stored = row(9000, 1, "87.43", "PADARIA BONFIM", occurred_at=at(8, 3, 1))
    assert Kind.DUPLICATE_CHARGE in kinds(told(late, [*history(), stored]))


@pytest.mark.parametrize(
    "values",
    [
        {"account_id": 2},
        {"status": "PENDING"},
        {"installment_number": 2, "total_installments": 3},
        {"same_holder": True},
    ],
    ids=["another account", "the same row before it settled", "an instalment", "an own transfer"],
)
def test_what_only_looks_charged_twice_is_not_told(values: dict[str, Any]) -> None:
    first = row(9000, 0, "87.43", "PADARIA BONFIM", **values)
    second = row(9001, 0, "87.43", "PADARIA BONFIM", **({} if "status" in values or "account_id" in values else values))
    assert Kind.DUPLICATE_CHARGE not in kinds(told(second, [*history(), first]))


def test_equal_fares_and_a_charge_that_was_given_back_are_not_told() -> None:
    fares = [row(9000, 0, "5.20", "METRO"), row(9001, 0, "5.20", "METRO")]
    assert told(fares[1], [*history(), fares[0]]) == []
    shop = [row(9000, 0, "99.90", "MERCADO AURORA"), row(9001, 0, "99.90", "MERCADO AURORA")]
    back = row(9002, 0, "-99.90", 'Estorno de "Mercado Aurora"')
    assert told(shop[1], [*history(), shop[0]]) != []
    assert told([shop[1], back], [*history(), shop[0]]) == []


def test_a_shop_whose_name_has_a_fare_s_word_in_it_sells_no_fares() -> None:
    twice = [row(9000, 0, "47.90", "PIZZARIA BOM JESUS"), row(9001, 0, "47.90", "PIZZARIA BOM JESUS")]
    assert kinds(told(twice[1], [*history(), twice[0]])) == [Kind.DUPLICATE_CHARGE]


def test_two_equal_purchases_that_are_a_habit_are_not_told() -> None:
    pairs = [row(7000 + 2 * n + half, 10 * n + 5, "64.30", "FEIRA DO BAIRRO") for n in range(4) for half in (0, 1)]
    assert (
        told([row(9000, 0, "71.15", "FEIRA DO BAIRRO"), row(9001, 0, "71.15", "FEIRA DO BAIRRO")], history() + pairs)
        == []
    )


def test_an_amount_far_above_the_shop_s_median_is_told_with_both() -> None:
    [unusual] = told(row(9000, 0, "150.00", "PADARIA BONFIM"), history())
    assert (unusual.kind, unusual.pattern) == (
        Kind.FAR_ABOVE_MERCHANT,
        Pattern(Kind.FAR_ABOVE_MERCHANT, "padaria bonfim"),
    )
    assert unusual.usual is not None
    assert unusual.ratio is not None
    assert abs(unusual.usual * unusual.ratio - 150) < 1
    assert told(row(9000, 0, "30.00", "PADARIA BONFIM"), history()) == []


def test_a_high_amount_at_a_new_shop_is_told_and_an_ordinary_one_is_not() -> None:
    assert kinds(told(row(9000, 0, "2800.00", "JOALHERIA FINA"), history())) == [Kind.NEW_MERCHANT_HIGH]
    assert told(row(9000, 0, "140.00", "JOALHERIA FINA"), history()) == []


@pytest.mark.parametrize(
    "values", [{"description": "IPVA 2026 SEFAZ"}, {"category_id": "17040000", "description": "TAXAS"}]
)
def test_what_is_due_to_the_state_is_not_told_as_a_new_shop(values: dict[str, Any]) -> None:
    assert told(row(9000, 0, "2800.00", **values), history()) == []


def test_an_amount_far_above_the_category_s_median_is_told_where_the_shop_is_hardly_known() -> None:
    past = [
        cast("Transaction", {**r, "category_id": "11010000"}) if r["description"] == "RESTAURANTE TELES" else r
        for r in history()
    ]
    past.append(row(8000, 9, "42.00", "CANTINA NOVA", category_id="11010000"))
    [unusual] = told(row(9000, 0, "420.00", "CANTINA NOVA", category_id="11010000"), past)
    assert unusual.pattern == Pattern(Kind.FAR_ABOVE_CATEGORY, "11010000")


def test_a_new_shop_that_is_not_dear_may_still_be_far_above_its_category() -> None:
    past = [
        cast("Transaction", {**r, "category_id": "11010000"}) if r["description"] == "PADARIA BONFIM" else r
        for r in history()
    ]
    past += [row(6000 + n, 3 * n + 1, "900.00", "OFICINA NOVA") for n in range(60)]
    assert kinds(told(row(9000, 0, "160.00", "CONFEITARIA LIS", category_id="11010000"), past)) == [
        Kind.FAR_ABOVE_CATEGORY
    ]
    assert told(row(9000, 0, "160.00", "CONFEITARIA LIS"), past) == []


def test_a_subscription_that_costs_more_is_told_once_and_not_for_centavos() -> None:
    raised = row(9000, 0, "44.90", "FILMES JA", occurred_on=TODAY + timedelta(days=10))
    found = find_unusual([raised], history(), today=raised["occurred_on"])
    assert [(u.kind, u.usual, u.ratio) for u in found] == [
        (Kind.SUBSCRIPTION_RAISED, Decimal("39.90"), Decimal("1.13"))
    ]
    again = row(9001, 0, "44.90", "FILMES JA", occurred_on=TODAY + timedelta(days=40))
    assert find_unusual([again], [*history(), raised], today=again["occurred_on"]) == []
    assert (
        find_unusual(
            [cast("Transaction", {**raised, "amount": Decimal("-40.50")})], history(), today=TODAY + timedelta(10)
        )
        == []
    )


def test_a_subscription_in_dollars_is_compared_in_dollars() -> None:
    def charge(row_id: int, ago: int, reais: str, dollars: str) -> Transaction:
        return row(row_id, ago, reais, "NUVEM", foreign_currency="USD", foreign_amount=-Decimal(dollars))

    past = [*history(), *(charge(7000 + n, 30 * n + 30, f"{60 - n}.00", "10.00") for n in range(5))]
    assert told(charge(9000, 0, "68.00", "10.00"), past) == []
    assert kinds(told(charge(9000, 0, "68.00", "12.00"), past)) == [Kind.SUBSCRIPTION_RAISED]


def test_a_foreign_purchase_is_told_where_none_was_and_the_journey_after_it_is_not() -> None:
    def buy(row_id: int, ago: int, shop: str) -> Transaction:
        return row(row_id, ago, "90.00", shop, foreign_currency="EUR", foreign_amount=Decimal("-15.00"))

    first, second = buy(9000, 2, "BOUTIQUE LYON"), buy(9001, 0, "CAFE DE PARIS")
    [unusual] = told([first, second], history())
    assert (unusual.transaction_id, unusual.pattern) == (9000, Pattern(Kind.FOREIGN, "EUR"))
    often = [buy(7000 + n, 100 + n, f"LOJA {'abcdef'[n]} DUBLIN") for n in range(5)]
    assert told(second, history() + often) == []


def test_who_only_subscribes_to_things_abroad_is_told_of_a_purchase_there() -> None:
    paid = {"foreign_currency": "USD", "foreign_amount": Decimal("-10.00")}
    services = [row(7000 + n, 15 + 30 * (n // 2), "55.00", ("NUVEM", "RADIO")[n % 2], **paid) for n in range(10)]
    found = told(row(9000, 0, "90.00", "TIENDA PORTENA", **paid), history() + services)
    assert kinds(found) == [Kind.FOREIGN]


def test_amounts_in_another_currency_do_not_make_a_purchase_small() -> None:
    pesos = [row(7000 + n, 150 + n, f"{9000 + 900 * n}.00", f"PARRILLA {n}", currency_code="ARS") for n in range(8)]
    assert kinds(told(row(9000, 0, "2800.00", "JOALHERIA FINA"), history() + pesos)) == [Kind.NEW_MERCHANT_HIGH]
    lone = row(9000, 0, "9000.00", "PARRILLA 1", currency_code="ARS")
    assert kinds(told(lone, history())) == [Kind.FOREIGN]  # and not a dear one


def test_a_charge_by_itself_every_month_is_no_habit_of_the_night() -> None:
    days = (200, 170, 139, 109, 78)  # gaps of 30 and of 31 days: half a day between them is a month, too
    charges = [row(7000 + n, ago, "29.90", "LIVROS JA", occurred_at=at(3, 3 + n, ago)) for n, ago in enumerate(days)]
    others = [row(7100 + n, ago, "19.90", "MUSICA JA", occurred_at=at(4, 3 + n, ago)) for n, ago in enumerate(days)]
    night = row(9000, 0, "60.00", "BAR DA ESQUINA", occurred_at=at(2, 40))
    assert kinds(told(night, history() + charges + others)) == [Kind.NIGHT]


def test_a_purchase_at_night_is_told_only_to_whom_nights_are_strange() -> None:
    night = row(9000, 0, "60.00", "BAR DA ESQUINA", occurred_at=at(2, 40))
    assert kinds(told(night, history())) == [Kind.NIGHT]
    owl = [
        row(7000 + n, 20 * n + 3, "45.00", f"PUB {'abcdef'[n]} NOTURNO", occurred_at=at(2, 10, 20 * n + 3))
        for n in range(6)
    ]
    assert told(night, history() + owl) == []


@pytest.mark.parametrize(
    "instant", [at(0, 0), datetime(2026, 11, 23, tzinfo=UTC), None], ids=["São Paulo", "UTC", "none"]
)
def test_midnight_is_a_plain_date_and_no_night(instant: datetime | None) -> None:
    assert told(row(9000, 0, "60.00", "BAR DA ESQUINA", occurred_at=instant), history()) == []


def test_a_time_that_only_the_bank_s_words_tell_is_read() -> None:
    assert kinds(told(row(9000, 0, "60.00", "Compra com Cartão - 23/11 02:40 BAR DA ESQUINA"), history())) == [
        Kind.NIGHT
    ]


def test_nothing_but_a_charge_made_twice_is_told_before_ninety_days() -> None:
    young = history(60)
    assert told(row(9000, 0, "2800.00", "JOALHERIA FINA"), young) == []
    twice = [row(9000, 0, "2800.00", "JOALHERIA FINA"), row(9001, 0, "2800.00", "JOALHERIA FINA")]
    assert kinds(told(twice, young)) == [Kind.DUPLICATE_CHARGE]


def test_what_is_scheduled_is_told_on_its_day() -> None:
    scheduled = row(9000, -2, "2800.00", "JOALHERIA FINA")
    assert told(scheduled, history()) == []
    assert find_unusual([scheduled], history(), today=scheduled["occurred_on"]) != []


def test_a_row_that_is_odd_twice_is_told_once() -> None:
    [unusual] = told(row(9000, 0, "2800.00", "JOALHERIA FINA", occurred_at=at(3, 0)), history())
    assert (unusual.kind, unusual.also) == (Kind.NIGHT, (Kind.NEW_MERCHANT_HIGH,))
    [left] = told(row(9000, 0, "2800.00", "JOALHERIA FINA", occurred_at=at(3, 0)), history(), quiet={unusual.pattern})
    assert left.kind is Kind.NEW_MERCHANT_HIGH


def test_a_week_holds_no_more_than_its_measure_and_the_oddest_come_first() -> None:
    many = [row(9000 + n, 0, f"{2000 * 2**n}.00", f"JOALHERIA {'abcdef'[n]} FINA") for n in range(5)]
    found = told(many, history())
    assert [u.transaction_id for u in found] == [9002, 9003, 9004]
    assert len(found) == A_WEEK
    assert told(many, history(), told=[TODAY, TODAY - timedelta(days=6), TODAY]) == []
    assert len(told(many, history(), told=[TODAY - timedelta(days=7)] * 9)) == A_WEEK


@given(st.sampled_from(Kind), st.text(max_size=40))
def test_a_pattern_is_read_back_from_its_text(kind: Kind, key: str) -> None:
    assert Pattern.parse(str(Pattern(kind, key))) == Pattern(kind, key)


@pytest.mark.parametrize("text", ["", "night_out_of_habit", "something:else"])
def test_a_text_that_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|valid Kind"):
        Pattern.parse(text)


# --- properties over histories nobody chose ---------------------------------------------------------------------------


@cache
def year(number: int) -> SimulatedHousehold:
    return simulate(77, number) if number % 2 else plain_household(77, number)


def cut(home: SimulatedHousehold, day: int) -> tuple[list[Transaction], list[Transaction], date]:
    """A month's rows, and all before them."""
    first, last = home.start + timedelta(days=day), home.start + timedelta(days=day + 30)
    new = [r for r in home.rows if first <= r["occurred_on"] <= last]
    return new, [r for r in home.rows if r["occurred_on"] < first], last


HOMES = st.integers(0, 5).map(year)
DAYS = st.integers(95, 330)


@settings(max_examples=12, deadline=None)
@given(HOMES, DAYS, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_another_run_changes_what_is_told(
    home: SimulatedHousehold, day: int, random: Random
) -> None:
    new, past, today = cut(home, day)
    first = find_unusual(new, past, today=today)
    mixed = random.sample(past, len(past)) + new[:3]
    assert find_unusual(random.sample(new, len(new)), mixed, today=today) == first


@settings(max_examples=12, deadline=None)
@given(HOMES, DAYS)
def test_a_pattern_that_is_quiet_is_never_told_again(home: SimulatedHousehold, day: int) -> None:
    new, past, today = cut(home, day)
    quiet = {unusual.pattern for unusual in find_unusual(new, past, today=today)}
    assert not quiet & {unusual.pattern for unusual in find_unusual(new, past, today=today, quiet=quiet)}


@settings(max_examples=12, deadline=None)
@given(HOMES, DAYS)
@example(year(1), 290)  # one amount there is three times its category's median, to the centavo
def test_ten_times_the_amounts_are_told_the_same(home: SimulatedHousehold, day: int) -> None:
    def tenfold(rows: Sequence[Transaction]) -> list[Transaction]:
        times = {"amount": 10, "foreign_amount": 10}
        return [cast("Transaction", {**r, **{n: r[n] and r[n] * f for n, f in times.items()}}) for r in rows]  # type: ignore[literal-required]

    new, past, today = cut(home, day)
    plain = find_unusual(new, past, today=today)
    big = find_unusual(tenfold(new), tenfold(past), today=today)
    assert [(u.kind, u.transaction_id, u.other_ids) for u in big] == [
        (u.kind, u.transaction_id, u.other_ids) for u in plain
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(100, 390),
    st.integers(1, 12),
    st.decimals("0.50", "9000", places=2),
    st.sampled_from(["MERCADO", "X", "PIX ANA"]),
)
def test_a_life_without_change_is_never_told(days: int, every: int, amount: Decimal, shop: str) -> None:
    rows = [row(n, days - n * every, f"{amount}", shop) for n in range(days // every + 1)]
    if every == 1:  # equal amounts a day apart are a habit only once they were one
        rows = [r for r in rows if r["occurred_on"] != rows[0]["occurred_on"]]
    found = find_unusual(rows[20:], rows[:20], today=TODAY)
    assert found == []


# --- how well it does -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [20_261_126])
def test_the_bars_hold_on_both_models_for_a_seed_nobody_chose(seed: int) -> None:
    for homes in ([simulate(seed, n) for n in range(4)], [plain_household(seed, n) for n in range(4)]):
        recall, false_a_week, *_ = report([judge(home) for home in homes])
        assert recall.holds, recall
        assert false_a_week.holds, false_a_week


def test_a_household_without_anomalies_has_only_mistakes() -> None:
    honest = replace(year(1), labels={})
    verdict = judge(honest)
    assert verdict.found.total() == 0
    days = len([*groupby(honest.rows, key=lambda r: r["occurred_on"])])
    assert 0 < verdict.mistaken.total() < days / 7
