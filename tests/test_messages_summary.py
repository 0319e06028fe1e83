"""A summary in words: the answer first, six lines at most, bank text as it is, the truth last."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages.summary import summary
from open_finance.reading.balances import balance_report
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import StatementFilters, contents
from open_finance.reading.summaries import SummaryReport, summary_report
from open_finance.records import Account, StatementRow
from tests.builders import NOW, TODAY, account, card, connection, statement_row
from tests.telegram_html import read

N = "\xa0"
YESTERDAY = TODAY - timedelta(days=1)
DAY = Period(YESTERDAY, YESTERDAY)


def purchase(number: int, amount: str, **fields: Any) -> StatementRow:
    values = {"occurred_on": YESTERDAY, "description": f"Loja {number}", "amount": Decimal(amount), **fields}
    return statement_row(id=number, **values)


def bill(number: int, due_on: date | None, owed: str = "100.00") -> Account:
    return card(id=number, number=f"{number}", bill_due_on=due_on, balance=Decimal(owed))


def report(rows: list[StatementRow], *accounts: Account, period: Period = DAY) -> SummaryReport | None:
    owned = [account(balance=Decimal("3832.57")), *accounts]
    found = contents(rows, owned, StatementFilters(period), today=TODAY, opened_at=NOW)
    return summary_report(period, found, balance_report(owned, [connection()], NOW), TODAY)


def text(rows: list[StatementRow], *accounts: Account, period: Period = DAY) -> str:
    found = report(rows, *accounts, period=period)
    assert found is not None
    return summary(found, NOW)


def test_the_answer_is_first_and_the_truth_last() -> None:
    rows = [
        *(purchase(1, "-10.00"), purchase(2, "-254.10", description="Pão <de> Açúcar"), purchase(3, "-89.90")),
        *(purchase(4, "-20.00"), purchase(5, "120.00")),
        purchase(6, "-500.00", category_id="04000000"),
    ]
    due = bill(8890, TODAY + timedelta(days=2))
    assert text(rows, due).split("\n") == [
        f"📊 Ontem (22/11): saiu <b>R${N}374,00</b>, entrou <b>R${N}120,00</b>, 6 lançamentos",
        f"Maiores gastos: R${N}254,10 Pão &lt;de&gt; Açúcar · R${N}89,90 Loja 3 · R${N}20,00 Loja 4",
        f"Disponível: R${N}3.832,57",
        "Vence em breve: Itaú ••8890 25/11",
        "Atualizado hoje 06:12",
    ]


def test_nothing_that_happened_is_no_summary() -> None:
    assert report([]) is None


def test_what_is_not_there_has_no_line() -> None:
    lines = text([purchase(1, "120.00")]).split("\n")
    assert lines[0].endswith("1 lançamento")
    assert [line.split(":")[0] for line in lines[1:]] == ["Disponível", "Atualizado hoje 06"]


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period(date(2026, 11, 16), date(2026, 11, 22)), "📊 Semana de 16/11 a 22/11: saiu"),
        (Period(date(2026, 10, 1), date(2026, 10, 31)), "📊 Outubro: saiu"),
        (Period(date(2025, 12, 1), date(2025, 12, 31)), "📊 Dezembro de 2025: saiu"),
        (Period(date(2026, 11, 20), date(2026, 11, 20)), "📊 20/11: saiu"),
    ],
)
def test_the_days_are_named(period: Period, said: str) -> None:
    assert text([purchase(1, "-1.00", occurred_on=period.start)], period=period).startswith(said)


def test_a_bill_that_is_paid_past_or_far_is_not_due() -> None:
    cards = (
        *(bill(1, TODAY, "0.00"), bill(2, YESTERDAY), bill(3, TODAY + timedelta(days=8)), bill(4, None)),
        *(bill(5, TODAY + timedelta(days=7)), bill(6, TODAY), bill(7, TODAY + timedelta(days=1)), bill(8, TODAY)),
    )
    line = text([purchase(1, "-1.00")], *cards).split("\n")[-2]
    assert line == "Vence em breve: Itaú ••6 hoje · Itaú ••8 hoje · Itaú ••7 amanhã · mais 1"


@given(
    st.lists(
        st.tuples(st.decimals(-9999, 9999, places=2), st.text(max_size=60), st.sampled_from(["BRL", "USD", "EUR"])),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.integers(-2, 10), max_size=6),
)
def test_six_lines_at_most_whatever_happened(bought: list[tuple[Decimal, str, str]], days: list[int]) -> None:
    rows = [
        purchase(number, f"{amount}", description=said, currency_code=currency)
        for number, (amount, said, currency) in enumerate(bought, 1)
    ]
    said = text(rows, *(bill(number, TODAY + timedelta(days=each)) for number, each in enumerate(days, 10)))
    assert said.count("\n") < 6
    assert read(said)
