"""Forecasts for tests: made by hand, or any that keeps what a forecast promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from open_finance.insights.outlook import MIN_HISTORY, Day, Expected, Forecast, Source
from open_finance.money import ZERO
from tests.builders import TODAY

#: What a bank, or whoever sends a Pix, may call a thing.
HOSTILE = [
    "$\\frac{1}{0}$", "<b>A&B</b>", "مقهى \u202eabc", "日本料理", "🍕🍕🍕", "a" * 300, "http://x.example/y", "@ana /saldo",
    "Pão de Açúcar · Ações", "\n\t\x00", "", "Uma conta de nome muito comprido que nenhum telefone mostra inteiro",
]  # fmt: skip
TITLES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


def expected(on: date, amount: str, source: Source = Source.FIXED, title: str = "Luz", **fields: Any) -> Expected:
    return Expected(on, Decimal(amount), source, title, **fields)


def forecast(
    lines: Sequence[Expected] = (),
    *,
    start: str = "3832.57",
    days: int = 30,
    a_day: str = "-80.00",
    spread: str = "20.00",
    has_band: bool = True,
    risk: float = 0.0,
    history_days: int = 400,
) -> Forecast:
    """Everyday spending of the same amount each day from tomorrow on, and a band that grows as much each day."""
    daily = Decimal(a_day) if has_band else ZERO
    found = []
    for number in range(days + 1):
        on = TODAY + timedelta(days=number)
        known = Decimal(start) + sum((line.amount for line in lines if line.on <= on), ZERO)
        median, wide = known + daily * number, Decimal(spread) * number if has_band else ZERO
        found.append(Day(on, known, median, median - wide, median + wide))
    return Forecast(
        today=TODAY,
        start=Decimal(start),
        days=tuple(found),
        lines=tuple(sorted(lines, key=lambda line: line.on)),
        everyday=daily * days,
        has_band=has_band,
        history_days=history_days if has_band else min(history_days, MIN_HISTORY - 1),
        risk=risk,
        negative_on=next((day.on for day in found if day.median < 0), None),
        risky_on=next((day.on for day in found if day.low < 0), None),
    )


def household() -> list[Expected]:
    """A salary, two bills, rent and power."""
    return [
        expected(date(2026, 11, 30), "-1800.00", Source.RENT, "Imobiliária Porta Azul"),
        expected(date(2026, 12, 1), "-299.90", Source.FIXED, "Luz", is_estimated=True, deviation=Decimal("20.00")),
        expected(date(2026, 12, 5), "6200.00", Source.SALARY, "Salário Estúdio"),
        expected(date(2026, 12, 10), "-1274.90", Source.CARD_BILL, "Nubank ••1234"),
        expected(date(2026, 12, 15), "-412.35", Source.CARD_BILL, "Itaú ••8890"),
    ]


@st.composite
def any_forecasts(
    draw: st.DrawFn, lengths: Sequence[int] = (0, 1, 30, 60, 90), sources: Sequence[Source] = tuple(Source)
) -> Forecast:
    """What ``Forecast`` promises and nothing more. ``sources``: what its lines may be from."""
    scale = 10 ** draw(st.integers(2, 12))
    cents = st.integers(-scale, scale).map(lambda number: Decimal(number).scaleb(-2))
    length = draw(st.sampled_from(lengths))
    lines = [
        Expected(
            TODAY + timedelta(days=draw(st.integers(0, length))),
            draw(cents),
            draw(st.sampled_from(sources)),
            draw(TITLES),
            is_estimated=draw(st.booleans()),
            row_ids=tuple(range(1, draw(st.integers(0, 30)) + 1)),
        )
        for _ in range(draw(st.integers(0, 12)))
    ]
    made = forecast(
        lines,
        start=str(draw(cents)),
        days=length,
        a_day=str(draw(cents) / 100 // 1),
        spread=str(abs(draw(cents)) / 100 // 1),
        has_band=draw(st.booleans()),
        risk=draw(st.floats(0, 1)),
        history_days=draw(st.integers(0, 2000)),
    )
    assert made.start + sum((line.amount for line in made.lines), ZERO) + made.everyday == made.end.median
    return made
