"""The picture of a net worth: it plots what the caption says, every text is whole, and what is not known is not drawn."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerente_financeiro.messages.format import money
from gerente_financeiro.messages.wealth import CAPTION_LIMIT, WealthScreen, wealth
from open_finance.exports.charts import Heading
from open_finance.exports.wealth_chart import WealthWords, draw_wealth, wealth_chart
from open_finance.insights.wealth import Change, Part, Source, WealthPoint
from open_finance.money import ZERO
from open_finance.wealth_reports import WealthReport
from tests.builders import NOW, TODAY, account, connection
from tests.investment_builders import investment, loan
from tests.test_charts import assert_readable, texts

CENTS = st.integers(-(10**13), 10**13).map(lambda cents: Decimal(cents).scaleb(-2))
ONE = timedelta(days=1)
OF_ALL = frozenset(Source)
PART_OF = {
    Source.ACCOUNT: Part.CASH,
    Source.POT: Part.INVESTMENTS,
    Source.POSITION: Part.INVESTMENTS,
    Source.CARD: Part.DEBT,
    Source.LOAN: Part.DEBT,
}


def report(points: list[WealthPoint], parts: frozenset[Part] = frozenset(Part)) -> WealthReport:
    calculated = sum(point.is_calculated for point in points)
    return WealthReport(
        today=TODAY,
        months=12,
        points=tuple(points),
        parts=parts,
        measured_from=points[0].day + calculated * ONE,
        month=Change(TODAY - 30 * ONE, Decimal("312.10")),
        year=None,
        connections=(connection(),),
        apart=(),
        hidden=(),
        left=(),
        sources=OF_ALL,
        late=frozenset({Source.CARD}),
    )


def days(amounts: list[tuple[Decimal, Decimal, Decimal]], calculated: int, debt_from: int) -> list[WealthPoint]:
    first = TODAY - (len(amounts) - 1) * ONE
    return [
        WealthPoint(first + at * ONE, cash, abs(pots), debt if at >= debt_from else None, at < calculated)
        for at, (cash, pots, debt) in enumerate(amounts)
    ]


@st.composite
def any_days(draw: st.DrawFn) -> list[WealthPoint]:
    length = draw(st.sampled_from([1, 2, 7, 40, 90, 366]))
    some = draw(st.lists(st.tuples(CENTS, CENTS, CENTS), min_size=1, max_size=9))
    amounts = [some[at % len(some)] for at in range(length)]
    return days(amounts, draw(st.integers(0, length - 1)), draw(st.integers(0, length - 1)))


@given(any_days())
@settings(max_examples=12, deadline=None)
def test_what_is_drawn_is_what_the_caption_says_and_every_text_is_whole(points: list[WealthPoint]) -> None:
    screen = wealth(report(points), NOW)
    figure, plotted = draw_wealth(screen.points, screen.words)
    assert [one.amount for one in plotted] == [points[-1].cash, points[-1].investments, points[-1].debt, points[-1].net]
    assert_caption(screen, [(one.label, one.amount) for one in plotted])
    assert_readable(figure)


def assert_caption(screen: WealthScreen, plotted: list[tuple[str, Decimal]]) -> None:
    """The parts, and the sum in the first line, which is theirs."""
    *parts, net = plotted
    lines = re.sub(r"</?b>", "", screen.caption).split("\n")
    assert lines[0] == f"🏛 {net[0]}: {money(net[1], 'BRL')}"
    assert lines[1 : 1 + len(parts)] == [f"{name} {money(amount, 'BRL')}" for name, amount in parts]
    assert sum((amount for _, amount in parts), ZERO) == net[1]
    assert len(screen.caption) <= CAPTION_LIMIT


def test_the_line_is_drawn_where_all_is_known_and_dashed_where_it_is_worked_out() -> None:
    points = days([(Decimal(100 + at), Decimal(50), Decimal(-30)) for at in range(10)], calculated=6, debt_from=4)
    screen = wealth(report(points), NOW)
    figure, _ = draw_wealth(screen.points, screen.words)
    lines: list[Any] = [
        line for line in figure.axes[0].lines if line.get_drawstyle() == "steps-post" and line.get_linewidth() == 6
    ]
    assert [line.get_linestyle() for line in lines] == ["--", "-"]
    drawn = {int(x): float(y) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    assert {at for at, value in drawn.items() if value != value} == {0, 1, 2, 3}  # noqa: PLR0124 - not a number
    assert [drawn[at] for at in range(4, 10)] == [float(points[at].net or 0) for at in range(4, 10)]
    pale = {round(float(one.get_alpha() or 0), 2) for one in figure.axes[0].collections}
    assert len(pale) == 2
    assert (
        "A linha do total começa em 18/11: antes, não sei o que os cartões deviam. Sem uma parte, não somo."
        in screen.caption
    )
    assert "Medido desde 20/11; antes, calculado pelos lançamentos." in screen.caption
    assert screen.words.heading.note == "Tracejado e claro: calculado pelos lançamentos"


@pytest.mark.parametrize(
    ("length", "named"), [(1, ["23/11"]), (7, ["17/11", "18/11"]), (366, ["Dez", "Jan/26", "Fev"])]
)
def test_the_bottom_names_days_or_months_in_portuguese(length: int, named: list[str]) -> None:
    points = days([(Decimal(1), ZERO, ZERO)] * length, 0, 0)
    told = [name for _, name in wealth(report(points), NOW).words.ticks]
    assert told[: len(named)] == named


def test_parts_that_a_person_has_not_are_not_in_the_legend() -> None:
    points = days([(Decimal(10), ZERO, ZERO)] * 3, 0, 0)
    screen = wealth(report(points, frozenset({Part.CASH})), NOW)
    _, plotted = draw_wealth(screen.points, screen.words)
    assert [(one.label, one.amount) for one in plotted] == [
        ("Contas e poupança", Decimal(10)), ("Patrimônio", Decimal(10)),
    ]  # fmt: skip


def test_a_picture_is_one_of_nothing_too() -> None:
    words = WealthWords(Heading("Patrimônio", "", nothing="Nada ainda"), {}, "Patrimônio")
    chart = wealth_chart((), words)
    assert struct.unpack(">II", chart.png[16:24]) == (1080, 1350)
    assert chart.plotted == ()


def test_a_year_is_a_small_file() -> None:
    points = days([(Decimal(at % 90), Decimal(at), Decimal(-at % 50)) for at in range(366)], 200, 0)
    screen = wealth(report(points), NOW)
    assert len(wealth_chart(screen.points, screen.words).png) < 300_000


# --- words ---------------------------------------------------------------------------------------------------------------


def caption(**fields: Any) -> str:
    points = days([(Decimal("10.00"), ZERO, ZERO)] * 2, 0, 0)
    told = report(points, frozenset({Part.CASH}))
    return wealth(replace(told, **fields), NOW).caption


def test_changes_are_told_with_their_days() -> None:
    year = Change(TODAY.replace(year=2025), Decimal("-2.50"))
    assert "R$\xa0312,10 a mais que em 24/10 · R$\xa02,50 a menos que em 23/11/2025" in caption(year=year)
    assert "O mesmo que em 24/10" in caption(month=Change(TODAY - 30 * ONE, ZERO))
    assert "que em" not in caption(month=None)


def test_what_is_in_no_sum_is_named() -> None:
    dollars = account(id=5, currency_code="USD", balance=Decimal("10.00"))
    hidden = [account(id=number, custom_name=f"<Conta {number}>", hidden=True) for number in (6, 7, 8)]
    left = (connection(id=2, connector_name="Banco <Velho>"),)
    text = caption(apart=(dollars,), hidden=tuple(hidden[:2]), left=left)
    assert "À parte: US$\xa010,00." in text
    assert "Fora da soma: &lt;Conta 6&gt; ••4321 e &lt;Conta 7&gt; ••4321." in text
    assert "Sem Banco &lt;Velho&gt;, que você desconectou." in text
    assert "Fora da soma: 3 contas que você ocultou." in caption(hidden=tuple(hidden))
    assert text.split("\n")[-1] == "Atualizado hoje 06:12"
    assert "não entram" not in text
    beside = caption(
        apart_positions=(investment(currency_code="USD", balance=Decimal("7.005")),),
        apart_loans=(loan(currency_code="EUR", outstanding=Decimal("3.00")),),
        untold=(loan(product_name="<Crédito>", outstanding=None),),
        silent=(connection(id=3, connector_name="Banco <Mudo>"),),
    )
    assert "À parte: -€\xa03,00 · US$\xa07,01." in beside
    assert "Fora da soma, sem o saldo devedor no banco: &lt;Crédito&gt;." in beside
    assert "Sem investimentos de Banco &lt;Mudo&gt;: não foram informados." in beside


def test_the_first_day_and_a_lone_card_say_so() -> None:
    points = days([(ZERO, ZERO, Decimal("-80.00"))], 0, 0)
    assert "O gráfico começa hoje." in wealth(report(points), NOW).caption
    only_debt = report(points, frozenset({Part.DEBT}))
    lone = wealth(replace(only_debt, sources=frozenset({Source.CARD})), NOW).caption
    assert lone.startswith("🏛 <b>Patrimônio: -R$\xa080,00</b>\nCartões -R$\xa080,00\n")
    assert "Só conheço cartões: sem uma conta" in lone
    assert "Só conheço cartões e empréstimos: sem uma conta" in wealth(only_debt, NOW).caption


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        ({Source.ACCOUNT, Source.POSITION}, ["Contas e poupança", "Investimentos", "Patrimônio"]),
        (
            {Source.ACCOUNT, Source.POSITION, Source.POT},
            ["Contas e poupança", "Investimentos e caixinhas", "Patrimônio"],
        ),
        ({Source.ACCOUNT, Source.LOAN}, ["Contas e poupança", "Empréstimos", "Patrimônio"]),
        ({Source.LOAN, Source.CARD}, ["Cartões e empréstimos", "Patrimônio"]),
    ],
)
def test_a_part_is_called_after_what_it_is_made_of(sources: set[Source], names: list[str]) -> None:
    parts = {PART_OF[source] for source in sources}
    told = replace(report(days([(ZERO, ZERO, ZERO)] * 2, 0, 0), frozenset(parts)), sources=frozenset(sources))
    screen = wealth(told, NOW)
    figure, plotted = draw_wealth(screen.points, screen.words)
    assert [one.label for one in plotted] == names
    assert {text.get_text() for text in texts(figure)} >= set(names)  # none of them is cut


def test_what_grew_evenly_is_said_and_so_is_what_nobody_knows() -> None:
    points = days([(Decimal("10.00"), ZERO, Decimal("-5.00"))] * 4, 3, 2)
    told = replace(report(points), sources=OF_ALL, is_spread=True, late=frozenset({Source.POSITION, Source.LOAN}))
    screen = wealth(told, NOW)
    assert (
        "Medido a partir de hoje; antes, calculado pelos lançamentos; "
        "investimentos e empréstimos, em linha reta desde a compra ou o contrato." in screen.caption
    )
    assert "antes, não sei quanto valiam os investimentos e o que faltava dos empréstimos. Sem uma" in screen.caption
    assert screen.words.heading.note == "Tracejado e claro: calculado"
    broker = replace(told, sources=frozenset({Source.POSITION}))
    assert "antes, calculado em linha reta desde a compra ou o contrato." in wealth(broker, NOW).caption


def test_a_caption_of_everything_at_once_is_short_enough() -> None:
    left = tuple(connection(id=number, connector_name="B" * 60 + str(number)) for number in range(60))
    text = caption(left=left)
    assert len(text) <= CAPTION_LIMIT
    assert text.endswith("Atualizado hoje 06:12")
    assert all(one.strip() for one, _ in pairwise([*text.split("\n\n"), ""]))
