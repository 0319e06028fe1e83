"""Records of exports for tests of what is written from them: plausible by default, each value to be overridden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from open_finance.clock import SAO_PAULO
from open_finance.reading.freshness import Freshness
from open_finance.reading.statement_export import ExportAccount, ExportRow, StatementExport, totals_of
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import Kind, StatementFilters
from tests.builders import NOW, THIS_MORNING

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
#: What a bank, or who pays through one, may write to do harm in a spreadsheet.
HOSTILE = (
    "=1+1",
    "+A1",
    "-2+3",
    "@SUM(A1)",
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://x.example";"clique")',
    "\t=1+1",
    "\r\n=1+1",
    "  =1+1",
    "\u200b=1+1",
    "＝1+1",
    "＠SUM(A1)",
    "http://x.example",
    "{=1}",
    "um; dois; três",
    'disse "oi"; e foi',
    "linha um\nlinha dois\r\nlinha três",
    "sino\x07 nulo\x00 escape\x1b[31m",
    "_x000D_ e _x0041_",
    "<b>&amp;</b>",
    "🍕 pizza 🇧🇷",
    "01/02/2026",
    "1e5",
    "000123",
    "x" * 40_000,
    "\ud83d solto",
)


def export_account(number: int = 1, **values: Any) -> ExportAccount:
    """A checking account at Itaú with R$ 1.000,00, read this morning."""
    plain = ExportAccount(
        id=number,
        identity=f"identity-{number}",
        bank="Itaú",
        bank_code="341",
        name=f"Conta corrente ••{4320 + number}",
        number=str(4320 + number),
        type="BANK",
        subtype="CHECKING_ACCOUNT",
        currency="BRL",
        balance=Decimal("1000.00"),
        balance_on=date(2026, 11, 23),
    )
    return replace(plain, **values)


def export_row(number: int = 1, **values: Any) -> ExportRow:
    """A purchase of R$ 50,00 on 20 November 2026."""
    plain = ExportRow(
        id=number,
        account_id=1,
        day=date(2026, 11, 20),
        at=None,
        description="Padaria Exemplo",
        bank_text="PADARIA EXEMPLO SAO PAULO",
        amount=Decimal("-50.00"),
        currency="BRL",
        category="Padaria",
        category_id="11010000",
        group="Restaurantes e delivery",
        is_sure=True,
        kind="outgoing",
        counted=True,
    )
    return replace(plain, **values)


def export_of(rows: Iterable[ExportRow] = (), **values: Any) -> StatementExport:
    """A statement of November of all accounts, with what the rows add up to."""
    own, period = tuple(rows), values.get("period", NOVEMBER)
    plain = StatementExport(
        made_at=NOW,
        period=period,
        filters=StatementFilters(period),
        title="todas as contas",
        only="",
        accounts=(export_account(1), export_account(2, bank="Nubank", bank_code="260")),
        rows=own,
        totals=totals_of(own),
        freshness=(Freshness(1, "Itaú", THIS_MORNING, partial=False, is_old=False, is_connecting=False),),
    )
    return replace(plain, **values)


WORDS = st.text(max_size=60) | st.sampled_from(HOSTILE)
CENTS = st.integers(-(10**9), 10**9).filter(bool).map(lambda cents: Decimal(cents).scaleb(-2))
KINDS: tuple[Kind, ...] = ("own_transfer", "bill_payment", "investment", "not_spending")
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
CURRENCIES = ("BRL", "BRL", "BRL", "USD", "EUR")


@st.composite
def rows_of(draw: st.DrawFn, *, most: int = 30) -> tuple[ExportRow, ...]:
    """Random rows, oldest first: some counted, some the person's own money, some in other currencies."""
    rows = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        amount, day = draw(CENTS), draw(DAYS)
        plain: Kind = "income" if amount > 0 else "outgoing"
        kind = draw(st.sampled_from((plain, plain, *KINDS)))
        moment = datetime.combine(day, draw(st.times()), SAO_PAULO).astimezone(UTC)
        rows.append(
            export_row(
                number,
                account_id=draw(st.sampled_from((1, 2))),
                day=day,
                at=draw(st.sampled_from((None, moment))),
                description=draw(WORDS),
                bank_text=draw(WORDS),
                note=draw(st.none() | WORDS),
                amount=amount,
                currency=draw(st.sampled_from(CURRENCIES)),
                kind=kind,
                counted=kind == plain and draw(st.booleans()),
                category=draw(st.sampled_from(("Mercado", "Padaria", "Salário"))),
                group=draw(st.sampled_from(("Compras", "Casa"))),
                instalment=draw(st.sampled_from((None, (2, 12)))),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.day, row.id)))


def whole_period(rows: Iterable[ExportRow]) -> Period:
    """From the first day to the last one; November without rows."""
    days = [row.day for row in rows]
    return Period(min(days), max(days)) if days else NOVEMBER


def many_rows(number: int, *, start: date = date(2024, 1, 1), step: timedelta = timedelta(days=1)) -> list[ExportRow]:
    """So many rows, the same number of days apart, of which every third is money in."""
    return [
        export_row(
            at + 1,
            day=start + at * step,
            at=datetime.combine(start + at * step, time(12), SAO_PAULO).astimezone(UTC),
            amount=Decimal(at % 977 + 1).scaleb(-1) * (1 if at % 3 == 0 else -1),
            kind="income" if at % 3 == 0 else "outgoing",
            description=f"Loja {at % 89}",
        )
        for at in range(number)
    ]
