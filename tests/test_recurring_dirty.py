"""What recurs in rows as banks really write them: one payer under many words, one payee on many accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from open_finance.insights.recurring import Kind
from open_finance.records import StatementRow
from tests.builders import account, card
from tests.recurring_rows import ACCOUNTS, BANK, CARD, before, fifth_business_day, found, monthly, row, stay

OTHER_BANK, OTHER_CARD = 8, 9
BOTH = (*ACCOUNTS, account(id=OTHER_BANK, connection_id=2, connector_name="Nubank"), card(id=OTHER_CARD, number="1111"))


def wages(*texts: str, amount: str = "5000.00", **fields: Any) -> list[StatementRow]:
    """Twelve months of wages on the fifth business day."""
    return monthly(amount, texts, day=1, move=fifth_business_day, operation_type="FOLHA_PAGAMENTO", **fields)


def moved(rows: list[StatementRow], account_id: int, months: int) -> list[StatementRow]:
    """The rows, those after so many months on another account."""
    later = [cast("StatementRow", {**one, "account_id": account_id}) for one in rows[months:]]
    return [*rows[:months], *later]


@pytest.mark.parametrize(
    "texts",
    [
        ("SALARIO", "CREDITO SALARIO"),
        ("CREDITO SALARIO", "CRED SALARIO", "SALARIO"),
        ("SALARIO", "SALARIO", "REMUNERACAO/SALARIO", "CREDITO DE SALARIO"),
        ("PROVENTOS", "LIQUIDO DE VENCIMENTOS"),
    ],
)
def test_wages_of_which_nobody_says_who_pays_them_are_one_flow(texts: tuple[str, ...]) -> None:
    rows = wages(*texts)
    (flow,) = found(rows)
    assert (flow.kind, flow.row_ids) == (Kind.SALARY, tuple(one["id"] for one in rows))


def test_the_thirteenth_and_a_share_of_the_profit_leave_the_wages_as_they_are() -> None:
    others = [
        row(date(2025, 12, 19), "2400.00", "13 SALARIO", operation_type="FOLHA_PAGAMENTO"),
        row(date(2026, 4, 10), "8000.00", "PLR", operation_type="FOLHA_PAGAMENTO"),
        row(date(2026, 7, 1), "6600.00", "FERIAS", operation_type="FOLHA_PAGAMENTO"),
        row(date(2026, 11, 20), "2500.00", "13O SALARIO 1A PARCELA", operation_type="FOLHA_PAGAMENTO"),
    ]
    (flow,) = found([*wages("SALARIO", "CREDITO SALARIO"), *others])
    assert flow.amount == Decimal("5000.00")


def test_wages_in_two_parts_are_two_however_they_are_written() -> None:
    later = monthly("2000.00", ["SALARIO", "ADIANTAMENTO SALARIO"], day=20, move=before, number=12)
    flows = found([*wages("SALARIO", "CREDITO SALARIO", amount="3000.00"), *later])
    assert [flow.amount for flow in flows] == [Decimal("3000.00"), Decimal("2000.00")]


def test_wages_of_two_people_on_two_accounts_are_two() -> None:
    hers = wages("CREDITO SALARIO", "SALARIO", amount="4900.00", account_id=OTHER_BANK)
    flows = found([*wages("SALARIO", "CREDITO SALARIO"), *hers], accounts=BOTH)
    assert {(flow.account_id, flow.amount) for flow in flows} == {
        (BANK, Decimal("5000.00")),
        (OTHER_BANK, Decimal("4900.00")),
    }


def test_wages_that_move_to_another_bank_go_on_there() -> None:
    (flow,) = found(moved(wages("SALARIO", "CREDITO SALARIO"), OTHER_BANK, 10), accounts=BOTH)
    assert (flow.account_id, len(flow.row_ids)) == (OTHER_BANK, 12)


@pytest.mark.parametrize(
    ("text", "next_on"),
    [
        ("SALARIO", date(2026, 1, 8)),
        ("CREDITO INSS BENEFICIO", date(2026, 1, 8)),
        ("PIX RECEBIDO INQUILINO EXEMPLO", date(2026, 1, 7)),
    ],
)
def test_wages_and_pensions_come_on_business_days_where_the_days_do_not_tell(text: str, next_on: date) -> None:
    """The fifth ones of the second half of 2025 are all the 7th, or the Friday before it; that of January is the 8th."""
    rows = monthly("5000.00", text, first=date(2025, 6, 1), number=7, move=fifth_business_day)
    (flow,) = found(rows, date(2025, 12, 20))
    assert flow.next_on == next_on


def test_one_price_on_two_cards_is_a_flow_on_each() -> None:
    """The one on the second card is no end of the one on the first, though each alone would go on in the other."""
    first = monthly("-21.90", "SPOTIFY", day=2, first=date(2026, 5, 1), number=5, move=stay, account_id=CARD)
    second = monthly("-21.90", "SPOTIFY", day=26, first=date(2026, 5, 1), number=6, move=stay, account_id=OTHER_CARD)
    flows = found([*first, *second], accounts=BOTH)
    assert {(flow.account_id, flow.has_ended) for flow in flows} == {(CARD, True), (OTHER_CARD, False)}


def test_a_subscription_goes_on_when_its_card_is_replaced() -> None:
    rows = monthly("-21.90", "SPOTIFY", day=9, move=stay, account_id=CARD, number=11)
    (flow,) = found(moved(rows, OTHER_CARD, 6), accounts=BOTH)
    assert (flow.account_id, len(flow.row_ids)) == (OTHER_CARD, 11)
