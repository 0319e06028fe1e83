"""What recurs in a person's rows: flows as Brazilian banks write them, and what only looks like one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from open_finance.insights.recurring import Kind, occurrences
from open_finance.records import StatementRow
from tests.recurring_rows import CARD, SAVINGS, fifth_business_day, found, monthly, row, stay, weekly

D = Decimal


@pytest.mark.parametrize(
    ("rows", "kind", "amount"),
    [
        (
            monthly("6200.00", "TED RECEBIDA CAJU TECNOLOGIA LTDA", day=1, move=fifth_business_day),
            Kind.SALARY,
            "6200.00",
        ),
        (monthly("-2180.00", "PIX ENVIADO IMOBILIARIA PORTA AZUL", day=5), Kind.RENT, "-2180.00"),
        (monthly(["-187.42", "-243.18", "-169.95"], "PAG BOLETO ENEL", day=12), Kind.BILL, "-187.42"),
        (monthly("-49.99", "DEB AUT VIVO", day=21), Kind.BILL, "-49.99"),
        (monthly("-55.90", "NETFLIX.COM", day=9, move=stay, account_id=CARD), Kind.SUBSCRIPTION, "-55.90"),
        (monthly("-512.30", "PREST FINANC VEICULO BV", day=15), Kind.LOAN, "-512.30"),
        (monthly("1518.00", "CREDITO INSS BENEFICIO", day=7), Kind.INCOME, "1518.00"),
        (monthly("-500.00", "PIX ENVIADO JOAQUIM SOUZA", day=5), Kind.OTHER, "-500.00"),
    ],
)
def test_a_monthly_payment_is_found_as_what_it_is(rows: list[StatementRow], kind: Kind, amount: str) -> None:
    (flow,) = found(rows)
    assert (flow.kind, flow.amount, flow.row_ids) == (kind, D(amount), tuple(one["id"] for one in rows))
    assert flow.next_on is not None


def test_two_months_are_not_enough_and_three_are() -> None:
    rows = monthly("-55.90", "NETFLIX.COM", day=9, first=date(2026, 9, 1), number=3, move=stay, account_id=CARD)
    assert found(rows[1:]) == ()
    assert len(found(rows)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        weekly(["-318.47", "-276.35", "-342.10", "-291.88"], "SUPERMERCADO FLOR DO CAMPO", account_id=CARD),
        weekly(["-180.00"], "PIX ENVIADO NEIDE SILVA"),
        weekly(["-180.00"], "PIX ENVIADO NEIDE SILVA", every=14),
        weekly(["-31.50", "-26.00", "-42.90"], "RESTAURANTE FOGAO VELHO", every=5, account_id=CARD),
        weekly(["-150.00", "-50.00", "-320.00", "-25.00", "-80.00"], "PIX ENVIADO TATI MELO", every=17),
        weekly(["-214.60", "-196.05", "-200.00"], "POSTO BEIRA RIO", every=11, account_id=CARD),
    ],
)
def test_what_is_bought_at_will_is_no_flow(rows: list[StatementRow]) -> None:
    assert found(rows) == ()


def test_money_set_aside_is_saving_and_money_moved_is_nothing() -> None:
    away = monthly("-300.00", "Transferencia para poupanca", day=6, same_holder=True)
    there = monthly("300.00", "Transferencia recebida", day=6, same_holder=True, account_id=SAVINGS)
    (flow,) = found([*away, *there])
    assert flow.kind is Kind.SAVING


def test_the_next_ones_follow_weekends_as_it_always_did() -> None:
    (flow,) = found(monthly("-2180.00", "PIX ENVIADO IMOBILIARIA PORTA AZUL", day=5))
    assert flow.next_on == date(2026, 12, 7)
    assert occurrences(flow, date(2026, 11, 1), date(2027, 2, 28)) == [
        date(2026, 12, 7),
        date(2027, 1, 5),
        date(2027, 2, 5),
    ]


def test_what_did_not_come_has_ended() -> None:
    (flow,) = found(monthly("-55.90", "NETFLIX.COM", day=9, number=10, move=stay, account_id=CARD))
    assert flow.has_ended
    assert occurrences(flow, date(2026, 1, 1), date(2028, 1, 1)) == []


def test_a_pending_row_of_a_day_to_come_is_the_next_one() -> None:
    rows = monthly(["-187.42", "-203.18", "-169.95"], "PAG BOLETO ENEL", day=12)
    coming = row(date(2026, 12, 14), "-222.22", "PAG BOLETO ENEL", status="PENDING")
    (flow,) = found([*rows, coming])
    assert (flow.next_on, flow.amount) == (date(2026, 12, 14), D("-222.22"))
    assert flow.row_ids[-1] == coming["id"]
