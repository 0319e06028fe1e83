"""What recurs in a person's rows: flows as Brazilian banks write them, and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from open_finance.insights.business_days import business_days
from open_finance.insights.recurring import Kind, occurrences
from open_finance.records import StatementRow
from tests.builders import account
from tests.recurring_rows import (
    BANK,
    CARD,
    SAVINGS,
    TODAY,
    before,
    fifth_business_day,
    found,
    monthly,
    row,
    stay,
    weekly,
)

D = Decimal
CAJU = "CAJU TECNOLOGIA LTDA"


def last_business_day(month: date) -> date:
    return business_days(month.year, month.month)[-1]


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


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        # two policies of one insurer, two children at one school, wages in two parts, of 60/40 and of halves
        ([*monthly("-61.20", "DEB AUT PORTO SEGURO", day=12), *monthly("-143.90", "DEB AUT PORTO SEGURO", day=18)], 2),
        ([*monthly("-980.00", "PAG BOLETO ESCOLA SOL"), *monthly("-980.00", "PAG BOLETO ESCOLA SOL")], 2),
        ([*monthly("3720.00", "CRED SALARIO", day=5, move=before), *monthly("2480.00", "CRED SALARIO", day=20)], 2),
        ([*monthly("3100.00", "CRED SALARIO", day=15, move=before), *monthly("3100.00", "CRED SALARIO", day=30)], 2),
        # what is charged to a card at a shop where other things are bought, too
        (
            [
                *monthly("-19.90", "AMAZON BR SAO PAULO", day=14, move=stay, account_id=CARD),
                *weekly(["-57.20", "-112.35", "-31.90", "-240.10"], "AMAZON BR SAO PAULO", every=11, account_id=CARD),
            ],
            1,
        ),
        # a bank that writes one payee in several ways
        (monthly("-44.90", ["NETFLIX.COM", "NETFLIX.COM SAO PAULO BR", "NETFLIX ENTRETENIMENTO"], account_id=CARD), 1),
        (monthly(["-187.42", "-203.18"], ["PAG BOLETO ENEL DISTRIBUICAO SP", "PAG BOLETO ENEL DISTRIBUICAO"]), 1),
    ],
)
def test_one_payee_has_as_many_flows_as_plateaus(rows: list[StatementRow], count: int) -> None:
    flows = found(rows)
    assert len(flows) == count
    assert len({flow.key for flow in flows}) == count
    assert {len(flow.row_ids) for flow in flows} == {12}


def test_a_price_rise_is_one_flow_with_a_change_on_its_day() -> None:
    old = monthly("-44.90", "NETFLIX.COM", day=9, number=11, move=stay, account_id=CARD)
    new = monthly("-55.90", "NETFLIX.COM", day=9, first=date(2026, 11, 1), number=1, move=stay, account_id=CARD)
    (flow,) = found([*old, *new])
    assert [(one.on, one.before, one.after) for one in flow.changes] == [(date(2026, 11, 9), D("44.90"), D("55.90"))]
    assert (flow.amount, flow.deviation) == (D("-55.90"), D("0.00"))
    assert flow.changes[0].is_rise


def test_a_power_bill_moves_with_the_season_and_has_no_new_price() -> None:
    (flow,) = found(monthly(["-142.10", "-171.30", "-203.18", "-224.95", "-187.42", "-158.60"], "DEB AUT ENEL", day=12))
    assert flow.changes == ()
    assert D(15) < flow.deviation < D(40)


def test_a_single_strange_amount_is_no_new_price() -> None:
    rows = monthly("-119.90", "DEB AUT VIVO FIBRA", day=16)
    rows[6] = {**rows[6], "amount": D("-131.47")}  # paid late, with a fine
    (flow,) = found(rows)
    assert (flow.amount, flow.changes) == (D("-119.90"), ())


def test_a_subscription_in_dollars_has_its_price_in_dollars() -> None:
    amounts = ["-107.19", "-111.32", "-104.50", "-109.90", "-113.75", "-106.40"]
    rows = monthly(
        amounts, "OPENAI CHATGPT SUBSCR", day=3, move=stay, account_id=CARD,
        foreign_amount=D("-20.00"), foreign_currency="USD",
    )  # fmt: skip
    (flow,) = found(rows)
    assert (flow.kind, flow.amount, flow.changes) == (Kind.SUBSCRIPTION, D("-106.40"), ())


def test_a_loan_ends_with_its_last_part() -> None:
    texts = [f"PREST EMPRESTIMO {number:02d}/48" for number in range(34, 46)]
    (flow,) = found(monthly("-402.54", texts, day=14))
    assert (flow.kind, flow.parts_left) == (Kind.LOAN, 3)
    assert len(occurrences(flow, date(2026, 11, 1), date(2028, 1, 1))) == 3
    ended = [f"PREST EMPRESTIMO {number:02d}/48" for number in range(37, 49)]
    (over,) = found(monthly("-402.54", ended, day=14))
    assert (over.parts_left, over.has_ended) == (0, True)


def test_two_loans_of_one_bank_count_their_parts_apart() -> None:
    one = monthly("-402.54", [f"PREST EMPRESTIMO {number:02d}/48" for number in range(12, 24)], day=14)
    other = monthly("-389.10", [f"PREST EMPRESTIMO {number:02d}/24" for number in range(1, 13)], day=14)
    assert sorted(flow.parts_left or 0 for flow in found([*one, *other])) == [12, 25]


def test_instalments_of_a_purchase_and_bills_of_cards_are_no_flows() -> None:
    numbers = range(1, 13)
    bought = [
        {**one, "installment_number": number, "total_installments": 12}
        for one, number in zip(monthly("-89.90", "MAGALU", account_id=CARD, move=stay), numbers, strict=True)
    ]
    texts_only = monthly("-45.50", [f"FAST SHOP {number}/12" for number in numbers], account_id=CARD, move=stay)
    bills = monthly("-1200.00", "PAGAMENTO FATURA CARTAO", day=7)
    assert found([*bought, *texts_only, *bills]) == ()  # type: ignore[list-item]


def test_money_between_checking_accounts_is_no_flow_whatever_banks_call_it() -> None:
    here, there = account(id=BANK), account(id=4)
    away = monthly("-1650.00", "PIX ENVIADO ANA SOUZA", day=7)
    arrived = monthly("1650.00", "PIX RECEBIDO ANA SOUZA", day=7, account_id=4)
    assert found([*away, *arrived], accounts=(here, there)) == ()
    known = [{**one, "same_holder": True} for one in [*away, *arrived]]
    assert found(known, accounts=(here, there)) == ()  # type: ignore[arg-type]


def test_removed_unconfirmed_and_foreign_rows_are_no_flows() -> None:
    rows = monthly("-55.90", "NETFLIX.COM", day=9, move=stay, account_id=CARD)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    assert found([{**one, "removed_at": long_ago} for one in rows]) == ()
    assert found([{**one, "missing_since": long_ago} for one in rows]) == ()
    assert found([{**one, "currency_code": "USD"} for one in rows]) == ()


def test_paid_ahead_is_paid_for_its_month() -> None:
    rows = monthly("-163.85", "DEB AUT SABESP", day=13)
    early = row(date(2026, 5, 29), "-163.85", "DEB AUT SABESP")  # June's, in May
    (flow,) = found([*rows[:6], early, *rows[7:]])
    assert early["id"] in flow.row_ids
    ahead = row(date(2026, 11, 22), "-163.85", "DEB AUT SABESP")  # December's, in November
    (flow,) = found([*rows, ahead])
    assert flow.next_on == date(2027, 1, 13)


@pytest.mark.parametrize("left_out", [4, 8])
def test_a_month_left_out_ends_nothing(left_out: int) -> None:
    rows = monthly("-119.90", "DEB AUT VIVO FIBRA", day=16)
    (flow,) = found(rows[:left_out] + rows[left_out + 1 :])
    assert (flow.has_ended, len(flow.row_ids)) == (False, 11)


def test_what_comes_back_after_a_pause_is_the_same_flow() -> None:
    first = monthly("-44.90", "NETFLIX.COM", day=9, first=date(2025, 12, 1), number=5, move=stay, account_id=CARD)
    again = monthly("-44.90", "NETFLIX.COM", day=9, first=date(2026, 10, 1), number=2, move=stay, account_id=CARD)
    (ended,) = found(first)
    (flow,) = found([*first, *again])
    assert (flow.key, flow.has_ended, ended.has_ended) == (ended.key, False, True)


def test_what_is_late_is_expected_today_until_it_is_too_late() -> None:
    rows = monthly("-119.90", "DEB AUT VIVO FIBRA", day=16, number=11)  # the last one on 16 October
    late, later = date(2026, 11, 18), date(2026, 11, 30)
    assert [flow.next_on for flow in found(rows, late)] == [late]
    assert [flow.next_on for flow in found(rows, date(2026, 11, 21))] == [date(2026, 11, 23)]  # a Saturday
    assert [flow.next_on for flow in found(rows, later)] == [None]


def test_what_was_not_read_cannot_be_missed() -> None:
    rows = monthly("-119.90", "DEB AUT VIVO FIBRA", day=16, number=10)
    assert [flow.has_ended for flow in found(rows, TODAY)] == [True]
    (flow,) = found(rows, TODAY, read_on=date(2026, 10, 10))
    assert flow.next_on == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("move", "day", "nexts"),
    [
        (fifth_business_day, 1, [date(2026, 12, 7), date(2027, 1, 8), date(2027, 2, 5)]),
        (
            lambda month: business_days(month.year, month.month)[-1],
            1,
            [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 29)],
        ),
        (before, 5, [date(2026, 12, 4), date(2027, 1, 5), date(2027, 2, 5)]),
        (stay, 31, [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31)]),
    ],
)
def test_wages_come_by_the_rule_that_they_have_followed(
    move: Callable[[date], date], day: int, nexts: list[date]
) -> None:
    rows = [one for one in monthly("6200.00", "CRED SALARIO CAJU", day=day, move=move) if one["occurred_on"] <= TODAY]
    (flow,) = found(rows)
    assert occurrences(flow, TODAY, date(2027, 2, 10))[:3] == nexts


@pytest.mark.parametrize(
    "rows",
    [
        [row(date(2026, 8, 3), "-60.00", "BARBEARIA DO ZE"), row(date(2026, 9, 14), "-60.00", "BARBEARIA DO ZE"),
         row(date(2026, 10, 9), "-60.00", "BARBEARIA DO ZE"), row(date(2026, 11, 21), "-60.00", "BARBEARIA DO ZE")],
        [row(date(2026, 7, 4), "-30.00", "RECARGA CELULAR TIM"), row(date(2026, 8, 9), "-30.00", "RECARGA CELULAR TIM"),
         row(date(2026, 9, 2), "-30.00", "RECARGA CELULAR TIM"), row(date(2026, 10, 12), "-30.00", "RECARGA CELULAR TIM")],
        monthly(["-12.31", "-8.44", "-21.90"], "IOF COMPRA INTERNACIONAL", day=4, account_id=CARD),
        monthly("-1100.07", "SALDO FATURA ANTERIOR", day=21, account_id=CARD),
        monthly("21.84", "Rendimento da poupanca", day=9, account_id=SAVINGS),
    ],
)  # fmt: skip
def test_what_only_looks_regular_is_no_flow(rows: list[StatementRow]) -> None:
    assert found(rows) == ()


def test_a_title_is_the_name_as_people_know_it() -> None:
    (flow,) = found(monthly(["-187.42", "-203.18", "-169.95"], "Luz da Serra", day=12))
    assert flow.title == "Luz da Serra"


def test_a_tax_in_ten_parts_rests_until_the_next_year() -> None:
    rows = monthly("-187.40", "DEB AUT PREFEITURA IPTU", day=10, first=date(2026, 2, 1), number=10)
    (flow,) = found(rows)
    assert flow.next_on == date(2027, 2, 10)
    (earlier,) = found(rows[:8], date(2026, 10, 1))
    assert occurrences(earlier, TODAY.replace(month=10), date(2027, 3, 9)) == [date(2026, 11, 10), date(2027, 2, 10)]


def test_the_thirteenth_salary_is_no_salary_paid_ahead() -> None:
    wages = monthly("6200.00", "CRED SALARIO CAJU", day=5, move=before, first=date(2025, 12, 1), number=12)
    thirteenth = row(date(2026, 11, 23), "5600.00", "CRED SALARIO CAJU")
    (flow,) = found([*wages, thirteenth])
    assert flow.next_on == date(2026, 12, 4)


@pytest.mark.parametrize("text", ["13 SALARIO", "DECIMO TERCEIRO SALARIO", "13o SALARIO", "SALARIO GRATIFICACAO NATAL"])
@pytest.mark.parametrize("amount", ["6200.00", "3100.00"])
def test_a_thirteenth_is_no_month_of_the_salary(text: str, amount: str) -> None:
    """Not where the salary of its month is missing, nor where it is still to come."""
    rows = monthly("6200.00", "SALARIO", day=5, move=before, first=date(2025, 11, 1), number=13, counterparty=CAJU)
    own = tuple(one["id"] for one in rows if one["id"] != rows[1]["id"])
    past = row(date(2025, 12, 8), amount, text, counterparty=CAJU)
    to_come = row(date(2026, 12, 7), amount, text, status="PENDING", counterparty=CAJU)
    flows = found([one for one in [*rows, past, to_come] if one["id"] != rows[1]["id"]])
    assert [(flow.row_ids, flow.next_on, flow.amount) for flow in flows] == [(own, date(2026, 12, 4), D("6200.00"))]


@pytest.mark.parametrize("text", ["FERIAS", "1/3 FERIAS", "PLR", "BONUS ANUAL"])
def test_vacation_pay_and_bonuses_are_no_month_of_the_salary(text: str) -> None:
    rows = monthly("6200.00", "SALARIO", day=5, move=before, counterparty=CAJU)
    extra = row(date(2026, 4, 7), "6100.00", text, counterparty=CAJU)  # April's salary is missing
    (flow,) = found([*rows[:4], extra, *rows[5:]])
    assert extra["id"] not in flow.row_ids
    assert len(flow.row_ids) == 11


def test_a_bonus_of_every_month_is_a_flow_of_its_own() -> None:
    (flow,) = found(monthly("900.00", "BONUS DE VENDAS CAJU", day=20))
    assert len(flow.row_ids) == 12


@pytest.mark.parametrize(
    ("text", "amount", "months", "goes_on"),
    [
        ("FERIAS", "7750.00", 10, True),
        ("CRED SALARIO CAJU", "7750.00", 10, True),
        ("CRED SALARIO CAJU", "7750.00", 5, False),  # nobody knows a payer of five months
        ("1/3 FERIAS", "1900.00", 10, False),  # no month's wages are in it
        ("RESCISAO CAJU", "7750.00", 10, False),
        ("CRED SALARIO CAJU", "15500.00", 10, False),  # as much is paid to whom they let go
        ("PIX RECEBIDO BIA LIMA", "7750.00", 10, False),
    ],
)
def test_a_salary_paid_ahead_with_a_vacation_goes_on_after_it(
    text: str, amount: str, months: int, goes_on: bool
) -> None:
    """October's is there, November's was paid on 13 October; the next one is December's, and once only."""
    rows = monthly("6200.00", "CRED SALARIO CAJU", day=5, move=before, number=11)[11 - months :]
    ahead = row(date(2026, 10, 13), amount, text)
    nexts = [flow.next_on for flow in found([*rows, ahead]) if flow.row_ids[0] == rows[0]["id"]]
    assert nexts == [date(2026, 12, 4) if goes_on else None]
    assert [flow.has_ended for flow in found([*rows, ahead], date(2026, 12, 28))] == [True]


def test_a_tax_of_the_spring_is_not_expected_in_summer() -> None:
    last_year = monthly("-612.90", "PIX ENVIADO SEFAZ IPVA", day=14, first=date(2025, 1, 1), number=5)
    this_year = monthly("-612.90", "PIX ENVIADO SEFAZ IPVA", day=14, first=date(2026, 1, 1), number=5)
    (flow,) = found([*last_year, *this_year], date(2026, 7, 1))
    assert flow.has_ended
