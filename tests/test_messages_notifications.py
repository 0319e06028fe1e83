"""The words of what is told by itself: readable aloud, and as Telegram takes them whatever a bank writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages import notifications as words
from gerente_financeiro.messages.bank_phones import dispute_phone
from open_finance.alerts.telling import RowNews
from open_finance.insights.flows import Flow
from open_finance.insights.patterns import Kind, Pattern, Unusual
from open_finance.reading.category_names import category_name
from open_finance.records import Account, Transaction
from tests.clocks import START
from tests.rows import account_data, transaction_data
from tests.telegram_html import read
from tests.test_telling import news

TODAY = date(2026, 11, 23)


def told(amount: str = "-89.90", flow: Flow = Flow.SPENDING, *, card: bool = True, **values: Any) -> RowNews:
    one = news(1, amount, flow)
    account = {**account_data(), "type": "CREDIT" if card else "BANK", "number": "1234", "connector_name": "Nubank"}
    at = {"occurred_on": TODAY, "occurred_at": datetime(2026, 11, 23, 15, 41, tzinfo=UTC)}
    row = {
        **transaction_data(amount=Decimal(amount)),
        "id": 1,
        "description": "iFood",
        "user_category": None,
        **at,
        **values,
    }
    own = {**account, "custom_name": None, "hidden": False}
    return RowNews(
        one.notification,
        cast("Transaction", row),
        cast("Account", own),
        flow,
        category=category_name(row["category_id"]),
    )


def plain(text: str) -> str:
    return text.replace("<b>", "").replace("</b>", "").replace("\xa0", " ")


def test_a_purchase() -> None:
    text = plain(words.single(told(category_id="11010000"), START))
    assert text == "💳 R$ 89,90 · iFood · Restaurantes\nNubank ••1234 · hoje 12:41"


def test_an_instalment_and_a_pending_row_say_so() -> None:
    text = plain(words.single(told(installment_number=1, total_installments=10, status="PENDING"), START))
    assert "iFood · 1ª de 10 parcelas" in text
    assert text.endswith("ainda não confirmado pelo banco")


@pytest.mark.parametrize(
    ("amount", "flow", "begins"),
    [
        ("120.00", Flow.INCOME, "💰 Entrou R$ 120,00"),
        ("40.00", Flow.REFUND, "↩️ Estorno de R$ 40,00"),
        ("-12.90", Flow.FEE, "🧾 Tarifa ou juros: R$ 12,90"),
        ("-30.00", Flow.SPENDING, "💸 R$ 30,00"),
    ],
)
def test_what_came_in_or_back_or_was_charged(amount: str, flow: Flow, begins: str) -> None:
    assert plain(words.single(told(amount, flow, card=False), START)).startswith(begins)


def odd(kind: Kind, usual: str | None = "44.90", ratio: str | None = "1.24") -> Unusual:
    return Unusual(kind, 1, Pattern(kind, "x"), (), usual and Decimal(usual), ratio and Decimal(ratio), 4.0)  # type: ignore[arg-type]


def test_each_oddity_is_a_sentence() -> None:
    one = told("-55.90", description="Streaming Y", category_id="11010000")
    said = {kind: plain(words.oddity(one, odd(kind), [one.row], TODAY)) for kind in Kind}
    assert said[Kind.DUPLICATE_CHARGE] == "Duas cobranças iguais: R$ 55,90 · Streaming Y · hoje."
    assert "compra" not in said[Kind.NEW_MERCHANT_HIGH]  # it may be a Pix
    assert said[Kind.SUBSCRIPTION_RAISED] == "Assinatura mais cara: R$ 55,90 · Streaming Y, antes R$ 44,90 (+24%)."
    assert said[Kind.FAR_ABOVE_CATEGORY].startswith("Bem acima do normal em Restaurantes: R$ 55,90")
    assert all(text.endswith(".") and "None" not in text for text in said.values())


def test_a_charge_made_twice_names_both_days() -> None:
    one = told("-59.90", description="Academia X")
    earlier = {**one.row, "occurred_on": TODAY - timedelta(days=2)}
    text = plain(words.oddity(one, odd(Kind.DUPLICATE_CHARGE), [cast("Transaction", earlier)], TODAY))
    assert text == "Duas cobranças iguais: R$ 59,90 · Academia X · 21/11 e hoje."


def test_a_dispute_names_the_banks_own_number_or_says_where_it_is() -> None:
    text = plain(words.disputed(told(), dispute_phone("Nubank"), START))
    assert "0800 608 6236" in text
    assert "Não reconheço a compra de R$ 89,90 em iFood, de 23/11/2026, no cartão Nubank final 1234." in text
    assert "verso do cartão" in words.disputed(told(), dispute_phone("Banco Sem Telefone"), START)
    assert dispute_phone("Internacional S.A.") is None


def test_a_pix_names_the_way_to_have_it_back() -> None:
    assert "MED" in words.disputed(told(card=False, payment_method="PIX"), None, START)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=40), st.sampled_from(Flow), st.sampled_from(Kind))
def test_whatever_a_bank_writes_is_a_message_that_telegram_takes(texts: list[str], flow: Flow, kind: Kind) -> None:
    rows = [told(description=text, merchant_name=text[::-1] or None) for text in texts]
    first = RowNews(rows[0].notification, rows[0].row, rows[0].account, flow)
    sentence = words.oddity(first, odd(kind), [first.row], TODAY)
    for text in (
        words.single(first, START),
        words.together(rows, [sentence]),
        words.listed(rows, START),
        words.unusual(first, sentence, START),
        words.asked(first, kind, START),
        words.mine(first, START),
        words.disputed(first, None, START),
    ):
        read(text)
