"""The words of /extrato."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages.statement import choose_page, period_name, row_line, statement, unclear_day
from open_finance.reading.statement_query import Period, last_days, month_of
from open_finance.reading.statements import Label, StatementFilters, StatementLine, StatementReport, totals
from tests.builders import NOW, TODAY, account, card, connection, statement_line
from tests.telegram_html import HOSTILE, read

N = "\xa0"
YESTERDAY = TODAY - timedelta(days=1)


def report(*lines: StatementLine, filters: StatementFilters | None = None, **fields: Any) -> StatementReport:
    base = StatementReport(
        filters=filters or StatementFilters(month_of(TODAY)),
        today=TODAY,
        opened_at=NOW,
        scope=None,
        lines=lines,
        page=0,
        pages=1,
        total=len(lines),
        totals=totals(lines),
        new_rows=0,
        has_earlier=False,
        has_later=False,
        accounts=(account(), card()),
        connections=(connection(),),
    )
    return replace(base, **fields)


def test_bank_that_was_left_has_its_age() -> None:
    kept = connection(id=2, connector_name="Caixa", last_updated_at=NOW - timedelta(days=3))
    said = read(statement(report(statement_line(), ended=(kept,)), NOW)).splitlines()
    assert said[-2:] == [
        "Atualizado hoje 06:12 · transferências suas não entram na soma",
        "Caixa, desconectada: dados até 20/11.",
    ]
    only = read(statement(report(statement_line(), connections=(), ended=(kept,)), NOW)).splitlines()
    assert only[-2:] == ["Transferências suas não entram na soma.", "Caixa, desconectada: dados até 20/11."]


def test_the_whole_screen() -> None:
    found = report(
        statement_line(of=card(connector_name="Nubank"), id=5),
        statement_line(id=4, description="Metrô SP", amount=Decimal("-12.50"), category_id="19000000"),
        statement_line(
            of=card(),
            id=3,
            occurred_on=YESTERDAY,
            description="Pão de Açúcar",
            amount=Decimal("-254.10"),
            category_id="10000000",
            installment_number=2,
            total_installments=3,
        ),
        statement_line(
            id=2,
            occurred_on=YESTERDAY,
            description="Pix de Bruno L.",
            amount=Decimal("120.00"),
            category_id=None,
            same_holder=False,
        ),
        statement_line(
            id=1,
            occurred_on=date(2026, 11, 21),
            description="Pix para Nubank",
            amount=Decimal("-500.00"),
            category_id="04020000",
            same_holder=True,
        ),
    )
    assert read(statement(found, NOW)).splitlines() == [
        "📄 Novembro · todas as contas",
        f"Entrou R${N}120,00 · Saiu R${N}356,50 · 5 lançamentos",
        "",
        "Hoje",
        f"-R${N}89,90 iFood · Delivery · Nubank{N}💳",
        f"-R${N}12,50 Metrô SP · Transporte · Itaú",
        "Ontem",
        f"-R${N}254,10 Pão de Açúcar · Mercado · Itaú{N}💳 (2/3)",
        f"+R${N}120,00 Pix de Bruno L. · Itaú",
        "21/11",
        f"↔ -R${N}500,00 Pix para Nubank · transferência sua · Itaú",
        "",
        "Atualizado hoje 06:12 · transferências suas não entram na soma",
    ]


def test_rows_out_of_the_sum_are_told_but_where_only_their_account_is_asked_for() -> None:
    hidden = statement_line(of=card(custom_name="Cartão & viagens", hidden=True))
    assert "\nFora da soma: Cartão & viagens ••8890.\n" in read(statement(report(hidden, statement_line(id=2)), NOW))
    alone = report(hidden, filters=StatementFilters(month_of(TODAY), account_id=2))
    assert "Fora da soma" not in read(statement(alone, NOW))


def test_an_account_is_called_as_its_person_calls_it() -> None:
    own = card(custom_name="Cartão & viagens")
    assert read(row_line(statement_line(of=own))) == f"-R${N}89,90 iFood · Delivery · Cartão & viagens{N}💳"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"status": "PENDING"}, f"⏳ -R${N}89,90 iFood · Delivery · Itaú"),
        ({"category_id": "05100000", "description": "Fatura"}, f"↔ -R${N}89,90 Fatura · pagamento de fatura · Itaú"),
        (
            {"category_id": "05100000", "description": "Pagamento de fatura"},
            f"↔ -R${N}89,90 Pagamento de fatura · Itaú",
        ),
        (
            {"description": "Loja 2/3", "installment_number": 2, "total_installments": 3},
            f"-R${N}89,90 Loja 2/3 · Delivery · Itaú",
        ),
        (
            {"foreign_amount": Decimal("-10.00"), "foreign_currency": "USD"},
            f"-R${N}89,90 iFood · Delivery · US${N}10,00 · Itaú",
        ),
        ({"currency_code": "USD", "status": "PENDING"}, f"⏳ -US${N}89,90 iFood · Delivery · Itaú"),
        ({"description": "", "merchant_name": "Padaria"}, f"-R${N}89,90 Padaria · Delivery · Itaú"),
        ({"description": "", "category_id": None}, f"-R${N}89,90 Sem descrição · Itaú"),
        ({"description": "\u200f\u202e", "category_id": None}, f"-R${N}89,90 Sem descrição · Itaú"),
    ],
)
def test_rows(fields: dict[str, Any], shown: str) -> None:
    assert read(row_line(statement_line(**fields))) == shown


def test_the_category_is_the_one_that_was_decided() -> None:
    own = replace(statement_line(), label=Label("own:3", "Festa", "Festa", "outgoing"))
    assert read(row_line(own)) == f"-R${N}89,90 iFood · Festa · Itaú"
    unsure = replace(statement_line(), label=Label("99999999", "Outros", None, "outgoing"))
    assert read(row_line(unsure)) == f"-R${N}89,90 iFood · Itaú"
    apart = replace(
        statement_line(), label=Label("not_spending", "Outros", "Não é gasto", "not_spending"), kind="not_spending"
    )
    assert read(row_line(apart)) == f"↔ -R${N}89,90 iFood · não é gasto · Itaú"


def test_a_row_that_was_pending_and_was_closed_says_so() -> None:
    line = replace(statement_line(status="PENDING"), is_unconfirmed=True)
    assert read(row_line(line)) == f"-R${N}89,90 iFood · não confirmado pelo banco · Delivery · Itaú"


def test_scheduled_rows_stand_under_their_own_heading_outside_the_sum() -> None:
    found = report(statement_line(occurred_on=date(2026, 11, 28), status="PENDING"))
    text = read(statement(found, NOW))
    assert f"🗓 Agendado para 28/11\n-R${N}89,90 iFood" in text
    assert f"Saiu R${N}0,00" in text


def test_other_currencies_are_summed_apart() -> None:
    dollars = account(id=7, currency_code="USD")
    text = read(statement(report(statement_line(of=dollars, account_id=7, amount=Decimal("-5.00"))), NOW))
    assert f"À parte: entrou US${N}0,00 · saiu US${N}5,00" in text


@pytest.mark.parametrize(
    ("period", "name"),
    [
        (month_of(TODAY), "Novembro"),
        (month_of(date(2025, 3, 1)), "Março de 2025"),
        (last_days(30, TODAY), "Últimos 30 dias"),
        (Period(TODAY, TODAY), "Hoje"),
        (Period(date(2026, 11, 3), date(2026, 11, 3)), "03/11"),
        (Period(date(2026, 11, 1), date(2026, 11, 15)), "01/11 a 15/11"),
        (Period(date(2025, 12, 15), date(2026, 1, 10)), "15/12/2025 a 10/01"),
    ],
)
def test_names_of_periods(period: Period, name: str) -> None:
    assert period_name(period, TODAY) == name


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (StatementFilters(month_of(TODAY), text="academia"), "Nenhum lançamento com “academia” em novembro."),
        (StatementFilters(last_days(30, TODAY)), "Nenhum lançamento nos últimos 30 dias."),
        (StatementFilters(Period(TODAY, TODAY)), "Nenhum lançamento hoje."),
        (StatementFilters(Period(date(2026, 11, 3), date(2026, 11, 3))), "Nenhum lançamento em 03/11."),
        (
            StatementFilters(Period(date(2026, 11, 1), date(2026, 11, 15)), above=Decimal(500)),
            f"Nenhum lançamento acima de R${N}500,00 de 01/11 a 15/11.",
        ),
    ],
)
def test_nothing_found_says_what_was_looked_for(filters: StatementFilters, said: str) -> None:
    assert read(statement(report(filters=filters), NOW)).splitlines()[0] == said


def test_the_scope_and_the_filters_are_told() -> None:
    filters = StatementFilters(month_of(TODAY), account_id=1, text="ifood", above=Decimal(50))
    lines = read(statement(report(statement_line(), filters=filters, scope=account()), NOW)).splitlines()
    assert lines[:2] == ["📄 Novembro · Itaú · Conta corrente ••4321", f"Só com “ifood” e acima de R${N}50,00"]
    bank = report(statement_line(), filters=StatementFilters(month_of(TODAY), bank_of=1), scope=account())
    assert read(statement(bank, NOW)).splitlines()[0] == "📄 Novembro · Itaú"


def test_doubtful_data_is_told_in_sentences() -> None:
    old = connection(last_updated_at=NOW - timedelta(days=4))
    text = read(statement(report(statement_line(), connections=(old,)), NOW))
    assert text.endswith("⚠️ Itaú: dados de 19/11. Transferências suas não entram na soma.")


def test_the_history_of_a_disconnected_bank_has_no_age() -> None:
    text = read(statement(report(statement_line(), connections=()), NOW))
    assert text.endswith("\nTransferências suas não entram na soma.")


def test_later_rows_wait_to_be_asked_for() -> None:
    text = read(statement(report(statement_line(), new_rows=2), NOW))
    assert "🔔 2 novos lançamentos desde que esta lista foi aberta." in text


def test_news_of_a_reconnection_are_called_so() -> None:
    news = StatementFilters(Period(date(2026, 11, 19), TODAY), bank_of=1, since=NOW)
    assert read(statement(report(statement_line(), filters=news, scope=account()), NOW)).splitlines()[0] == (
        "📄 Novos desde 19/11 · Itaú"
    )
    nothing = read(statement(report(filters=news, scope=account()), NOW))
    assert nothing.splitlines()[0] == "Nenhum lançamento novo em Itaú desde 19/11."


def test_small_texts() -> None:
    assert "31/02" in read(unclear_day("31/02"))
    assert read(choose_page(7)) == "São 7 páginas. Qual você quer ver?"


TEXT = st.text(max_size=500) | st.sampled_from(HOSTILE)


@given(TEXT, TEXT, TEXT, TEXT)
def test_whatever_banks_send_telegram_takes_it(description: str, bank: str, category: str, currency: str) -> None:
    owner = card(connector_name=bank, card_brand=category)
    lines = [
        statement_line(
            of=owner,
            id=number,
            description=description,
            user_category=category,
            amount=Decimal("-99999999999.99"),
            foreign_amount=Decimal("-99999999999.99"),
            foreign_currency=currency,
            status="PENDING",
            installment_number=1,
            total_installments=999,
        )
        for number in range(10)
    ]
    filters = StatementFilters(month_of(TODAY), account_id=2, text=description[:20], above=Decimal("1.00"))
    text = read(statement(report(*lines, filters=filters, scope=owner, new_rows=5), NOW))
    assert text.endswith("ransferências suas não entram na soma")
    read(statement(report(filters=filters, scope=owner), NOW))
