"""What a reminder of a card bill says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gerente_financeiro.messages.bill_alerts import bill_due
from open_finance.bill_alerts import BillDue
from tests import builders
from tests.telegram_html import read

DUE = date(2026, 12, 10)
NUBANK = builders.card(connector_name="Nubank", number="1234")


def due(**fields: Any) -> BillDue:
    values: dict[str, Any] = {
        "card": NUBANK,
        "due_on": DUE,
        "days_left": 3,
        "stage": 3,
        "total": Decimal("1274.90"),
        "minimum": Decimal("179.76"),
        "paid": Decimal("0.00"),
        "currency_code": "BRL",
    }
    return BillDue(**{**values, **fields})


def said(**fields: Any) -> str:
    return bill_due(due(**fields)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("left", "when"),
    [(3, "em 3 dias (10/12)"), (2, "em 2 dias (10/12)"), (1, "amanhã (10/12)"), (0, "hoje (10/12)")],
)
def test_a_bill_is_told_with_the_true_number_of_days(left: int, when: str) -> None:
    assert said(days_left=left) == f"💳 Fatura do Nubank ••1234 vence {when}: R$ 1.274,90 (mínimo R$ 179,76)."


def test_a_bill_without_a_minimum_has_none() -> None:
    assert said(minimum=None) == "💳 Fatura do Nubank ••1234 vence em 3 dias (10/12): R$ 1.274,90."


def test_a_bill_without_a_total_says_where_it_is() -> None:
    assert said(total=None, days_left=1) == (
        "💳 Fatura do Nubank ••1234 vence amanhã (10/12), mínimo R$ 179,76. O valor está no app do banco."
    )
    assert said(total=None, minimum=None) == (
        "💳 Fatura do Nubank ••1234 vence em 3 dias (10/12). O valor está no app do banco."
    )


def test_a_bill_that_is_partly_paid_says_what_is_left() -> None:
    begins = "💳 Fatura do Nubank ••1234 vence em 3 dias (10/12)"
    assert said(paid=Decimal("500.00"), minimum=None) == f"{begins}: faltam R$ 774,90 de R$ 1.274,90."
    assert said(paid=Decimal("100.00")) == f"{begins}: faltam R$ 1.174,90 de R$ 1.274,90 (mínimo R$ 179,76)."
    assert said(paid=Decimal("1273.90"), minimum=None) == f"{begins}: falta R$ 1,00 de R$ 1.274,90."


def test_a_bill_of_the_next_year_says_its_year() -> None:
    assert "em 3 dias (02/01/2027)" in said(due_on=date(2027, 1, 2))


def test_a_card_is_called_as_its_person_or_its_language_does() -> None:
    assert said(card=builders.card(connector_name="Caixa", number="")).startswith("💳 Fatura da Caixa vence")
    named = builders.card(connector_name="Nubank", custom_name="Cartão da casa")
    assert said(card=named).startswith("💳 Fatura de Cartão da casa (Nubank) vence")


def test_what_a_bank_calls_itself_is_inert() -> None:
    text = bill_due(due(card=builders.card(connector_name="<b>@banco</b> & /pix", number="<i>")))
    assert "<b>" not in text
    assert "<i>" not in text
    assert read(text)
