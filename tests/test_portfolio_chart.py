"""The picture of what is invested: its bars are as long as the caption's lines say, and every text is whole."""

from __future__ import annotations

import struct
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.exports.charts import Heading
from open_finance.exports.portfolio_chart import BARS, draw_portfolio, portfolio_chart, shown_shares
from open_finance.insights.portfolio import Share
from open_finance.money import ZERO
from tests.test_charts import assert_readable, texts

HEADING = Heading("Investimentos", "R$ 34.210,55 em 23/11/2026", nothing="Nada ainda", note="Valores líquidos")
CENTS = st.integers(-(10**9), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))
TENTHS = st.integers(0, 1000).map(lambda tenths: Decimal(tenths).scaleb(-1))
SHARES = st.lists(st.builds(Share, st.text(max_size=60), CENTS, TENTHS, st.just((1,))), min_size=1, max_size=30)


@given(SHARES)
@settings(max_examples=12, deadline=None)
def test_bars_are_as_long_as_the_parts_and_every_text_is_whole(shares: list[Share]) -> None:
    shown = shown_shares(shares, "Outros")
    figure, plotted = draw_portfolio(shown, HEADING)
    assert [(one.label, one.amount) for one in plotted] == [(one.name, one.amount) for one in shown]
    assert sum((one.amount for one in plotted), ZERO) == sum((one.amount for one in shares), ZERO)
    assert_readable(figure)


@given(SHARES)
def test_what_has_no_bar_of_its_own_is_in_the_last_one(shares: list[Share]) -> None:
    shown = shown_shares(shares, "Outros")
    assert len(shown) == min(len(shares), BARS)
    assert sum(one.percent for one in shown) == sum(one.percent for one in shares)
    assert [each for one in shown for each in one.positions] == [each for one in shares for each in one.positions]


def test_a_bar_says_its_amount_and_its_share() -> None:
    figure, _ = draw_portfolio([Share("CDB", Decimal("10673.60"), Decimal("31.2"), (1,))], HEADING)
    assert [one.get_text() for one in texts(figure)][-2:] == ["CDB", "R$\xa010.673,60 · 31,2%"]


def test_a_picture_is_one_of_nothing_too() -> None:
    chart = portfolio_chart((), HEADING, "Outros")
    assert struct.unpack(">II", chart.png[16:24]) == (1080, 1350)
    assert chart.plotted == ()
