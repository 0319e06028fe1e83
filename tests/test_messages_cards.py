"""The words of /fatura: each state of a bill has its own, and a bank's text is only text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gerente_financeiro.messages import cards as words
from gerente_financeiro.messages.format import MESSAGE_LIMIT
from open_finance.bill_records import Bill
from open_finance.insights.card_bills import open_books
from open_finance.insights.card_report import CardReport, card_report
from open_finance.records import Transaction
from tests.builders import NOW, connection
from tests.card_rows import bill, card, card_row
from tests.telegram_html import read

TODAY = date(2026, 11, 23)
N = "\xa0"
HOSTILE = "<b>A&B</b> https://golpe.com @quem /fatura \u202e" + "x" * 300


def report(bills: Sequence[Bill], rows: Sequence[Transaction], today: date = TODAY, **fields: Any) -> CardReport:
    return card_report(open_books(card(**fields), bills, rows, today), [connection()])


def november(total: str = "1198.40", **fields: Any) -> Bill:
    return bill(date(2026, 11, 10), date(2026, 11, 3), total, minimum=Decimal("179.76"), **fields)


def payment(day: date, amount: str) -> Transaction:
    return card_row(day, amount, description="Pagamento recebido", category_id="05100000", status="PENDING")


@pytest.mark.parametrize(
    ("today", "paid", "words_of_it"),
    [
        (date(2026, 11, 9), None, "vence amanhã · mínimo R$ 179,76 · a pagar"),
        (TODAY, (date(2026, 11, 8), "1198.40"), "venceu 10/11 · ✅ paga em 08/11"),
        (
            TODAY,
            (date(2026, 11, 8), "500.00"),
            "venceu 10/11 · mínimo R$ 179,76 · ⚠️ em atraso, paga em parte: R$ 500,00 em 08/11, faltam R$ 698,40",
        ),
        (TODAY, (date(2026, 10, 8), "1.00"), "venceu 10/11 · mínimo R$ 179,76 · ⚠️ em atraso"),
        (TODAY, None, "venceu 10/11 · mínimo R$ 179,76 · pagamento não informado"),
    ],
)
def test_a_closed_bill_in_a_line(today: date, paid: tuple[date, str] | None, words_of_it: str) -> None:
    found = report([november()], [payment(*paid)] if paid else [], today)
    assert words.bill_line(found, found.closed[0]).replace(N, " ") == f"Novembro: R$ 1.198,40 · {words_of_it}"


def test_a_bill_in_one_s_favour_and_one_of_nothing() -> None:
    for total, written in (("-35.00", "R$ 35,00 a seu favor"), ("0.00", "R$ 0,00")):
        found = report([november(total)], [])
        line = words.bill_line(found, found.closed[0]).replace(N, " ")
        assert line == f"Novembro: {written} · venceu 10/11 · nada a pagar"


def test_a_bill_that_is_not_listed_yet_says_so() -> None:
    rows = [card_row(date(2026, 11, 20), "-80.00", status="PENDING", bill_forecast="2026-12")]
    found = report([november()], rows, date(2026, 12, 3))
    line = words.bill_line(found, found.closed[0]).replace(N, " ")
    assert line == "Dezembro: R$ 80,00 · vence 10/12 (estimado) · fechada; o banco ainda não mandou o total"


def test_what_was_paid_of_a_bill_without_a_total_is_said() -> None:
    rows = [card_row(date(2026, 10, 20), "-800.00"), payment(date(2026, 11, 8), "300.00")]
    found = report([bill(date(2026, 10, 10), date(2026, 10, 3))], rows)
    line = words.bill_line(found, found.closed[0]).replace(N, " ")
    assert line.endswith("· pago até agora R$ 300,00; o banco não mandou o total")


def test_the_difference_is_said_as_it_is() -> None:
    rows = [card_row(date(2026, 10, 20), "-1194.50", bill_id="bill 2026-11"), card_row(date(2026, 9, 1), "-1.00")]
    found = report([november()], rows)
    assert (
        "O banco informa R$ 1.198,40; somei R$ 1.194,50. Diferença de R$ 3,90 (sem detalhe do banco).\n"
        in words.bill(found, found.closed[0], NOW).replace(N, " ")
    )


def test_a_bill_of_before_the_first_row_says_that_rows_do_not_go_back_so_far() -> None:
    found = report([november()], [card_row(date(2026, 10, 20), "-10.00", bill_id="bill 2026-11")])
    assert "Os lançamentos que tenho não vão até o começo desta fatura." in words.bill(found, found.closed[0], NOW)


def test_an_instalment_that_is_still_to_be_listed_is_called_an_estimate() -> None:
    row = card_row(
        date(2026, 10, 20), "-50.00", description="LOJA 1/3", installment_number=1, total_installments=3,
        bill_id="bill 2026-11", purchased_on=date(2026, 10, 20),
    )  # fmt: skip
    shown = words.card(report([november()], [row]), NOW).replace(N, " ")
    assert "Ainda deve entrar (estimado): R$ 50,00 de 1 parcela" in shown
    assert "Já comprometido: jan R$ 50,00\nSão R$ 50,00 em 12 meses (estimado: R$ 50,00)" in shown


def test_an_open_bill_that_the_bank_lists_is_compared_as_well() -> None:
    listed = bill(date(2026, 12, 10), date(2026, 12, 3), "25.00")
    shown = words.card(report([listed, november()], [card_row(TODAY, "-20.00", status="PENDING")]), NOW)
    assert "O banco informa R$ 25,00; somei R$ 20,00. Diferença de R$ 5,00" in shown.replace(N, " ")


def test_a_limit_is_never_invented() -> None:
    none = words.card(report([], [], credit_limit=None, available_credit_limit=None), NOW)
    assert "Limite: o banco não informa." in none
    favour = words.card(report([], [], balance=Decimal("-1.00")), NOW).replace(N, " ")
    assert "Limite: R$ 5.000,00 · livre R$ 4.000,00" in favour


def test_every_screen_is_html_that_telegram_takes_whatever_a_bank_writes() -> None:
    rows = [
        card_row(
            TODAY - timedelta(days=number), "-10.00", description=f"{HOSTILE} {number % 3 + 1}/3", status="PENDING",
            installment_number=number % 3 + 1, total_installments=3, purchased_on=TODAY - timedelta(days=number),
        )
        for number in range(60)
    ]  # fmt: skip
    found = report([november()], rows, custom_name=None, connector_name=HOSTILE)
    for text in (
        words.card(found, NOW),
        words.cards([found] * 30, NOW),
        words.bill(found, found.closed[0], NOW),
        words.bills(found, list(found.closed) * 40, NOW),
        words.rows(found, found.open, found.open.rows * 3, NOW),
        words.plans(found, found.plans * 3, NOW, is_first=True),
    ):
        assert "A&B" in read(text)
        assert len(text.encode("utf-16-le")) // 2 <= MESSAGE_LIMIT
        assert "<b>A&B" not in text
