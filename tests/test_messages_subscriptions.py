"""The words of /assinaturas and of its warning: lines that add up, and no more certainty than there is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages import subscriptions as words
from gerente_financeiro.subscription_screens import charge_screen, list_screen
from open_finance.clock import local_day
from open_finance.insights.recurring import Kind, PriceChange
from open_finance.insights.subscriptions import subscriptions_of
from open_finance.money import from_centavos
from open_finance.subscription_alerts import CancelledCharge
from open_finance.subscription_book import SubscriptionReport
from tests.builders import account, card, connection
from tests.clocks import START
from tests.test_subscriptions import flow, mark, row

N = "\xa0"
TODAY = local_day(START)


def report(*flows: Any, known_from: date | None = date(2026, 1, 1), marks: tuple[Any, ...] = ()) -> SubscriptionReport:
    rows = [row(1, date(2026, 11, 12), foreign_amount=Decimal("-2.99"), foreign_currency="USD")]
    found = subscriptions_of(flows, marks, {}, rows, TODAY)
    accounts = {1: account(id=1), 2: card(id=2)}
    return SubscriptionReport(found, marks, accounts, (connection(),), known_from, has_bank=True)


def text_of(shown: SubscriptionReport, page: int = 0) -> list[str]:
    return [line.replace(N, " ") for line in list_screen(shown, "a", page, START).text.splitlines()]


def test_a_short_history_says_that_it_needs_three_months() -> None:
    lines = text_of(report(known_from=date(2026, 10, 5)))
    assert lines[0] == "🔁 Não achei nenhuma assinatura nos seus lançamentos."
    assert lines[1] == "Preciso de três meses de lançamentos para reconhecer o que se repete: os seus começam em 05/10."
    assert text_of(report(known_from=None))[0] == f"🔁 {words.NO_ROWS}"
    assert not any("três meses" in line for line in text_of(report(known_from=date(2026, 9, 30))))


def test_nothing_to_list_leaves_no_gap_and_hidden_accounts_are_the_reason_where_they_are() -> None:
    lines = text_of(report())
    assert lines[0] == "🔁 Não achei nenhuma assinatura nos seus lançamentos."
    assert (lines[1], len(lines)) == ("", 3)
    hidden = replace(report(known_from=None), accounts={1: account(id=1, hidden=True)})
    assert text_of(hidden)[0] == f"🔁 {words.ALL_HIDDEN}"


def test_two_that_are_called_the_same_are_told_apart_by_their_account() -> None:
    two = [flow(title="Streaming Y", key="a", account_id=1), flow(title="Streaming Y", key="b", account_id=2)]
    lines = sorted(line[3:] for line in text_of(report(*two, flow(title="Revista", key="c")))[2:5])
    assert [line.split(" · ")[0] for line in lines] == [
        "<b>Revista</b>",
        "<b>Streaming Y</b> (Itaú ••4321)",
        "<b>Streaming Y</b> (Itaú ••8890)",
    ]


def test_what_is_in_another_currency_is_about_so_much_and_what_is_unsure_says_so() -> None:
    lines = text_of(report(flow(row_ids=(1,), confidence=0.6)))
    assert lines[0] == "🔁 <b>1 assinatura · cerca de R$ 55,90 por mês</b> · cerca de R$ 670,80 por ano"
    assert lines[2] == ("1. <b>Streaming Y</b> · cerca de R$ 55,90 · próxima 12/12 · pode não ser assinatura")
    assert "“Cerca de”: cobradas em outra moeda, ou de valor que varia." in lines


def test_many_have_pages_and_every_line_is_of_one_of_them() -> None:
    many = report(*(flow(f"service {number:02}", f"-{number + 1}.00") for number in range(23)))
    pages = [text_of(many, page) for page in (0, 1, 2, 7)]
    numbered = [[line for line in page if line[0:1].isdigit()] for page in pages]
    assert [len(page) for page in numbered] == [10, 10, 3, 3]
    assert numbered[2][0].startswith("21. <b>Service 02</b>")
    keyboard = list_screen(many, "a", 1, START).keyboard
    assert keyboard is not None
    assert len(keyboard.inline_keyboard) <= 8
    assert [one.text for one in keyboard.inline_keyboard[2]] == ["‹", "2/3", "›"]


@given(st.lists(st.tuples(st.integers(1, 999_999), st.booleans()), min_size=1, max_size=25))
def test_the_printed_lines_add_up_to_the_printed_sum(wanted: list[tuple[int, bool]]) -> None:
    flows = [
        flow(f"service {number}", f"-{from_centavos(cost)}", deviation=Decimal("0.10") if varies else Decimal("0.00"))
        for number, (cost, varies) in enumerate(wanted)
    ]
    pages = [text_of(report(*flows), page) for page in range(-(-len(flows) // 10))]
    lines = [line for page in pages for line in page if line[0:1].isdigit()]
    assert len(lines) == len(flows)
    month, year = (printed(amount) for amount in re.findall(r"R\$ [\d.,]+", pages[0][0]))
    assert sum(printed(re.findall(r"R\$ [\d.,]+", line)[0]) for line in lines) == month
    assert year == 12 * month


def printed(text: str) -> Decimal:
    return Decimal(text.removeprefix("R$ ").replace(".", "").replace(",", "."))


def test_a_rise_in_another_currency_says_what_it_came_to() -> None:
    change = PriceChange(TODAY - timedelta(days=3), Decimal("16.48"), Decimal("22.07"))
    lines = text_of(report(flow(row_ids=(1,), changes=(change,))))
    assert "Streaming Y subiu de cerca de R$ 16,48 para cerca de R$ 22,07 (+34%) em 20/11" in lines


def test_the_text_of_a_bank_is_shown_as_it_is_written() -> None:
    hostile = flow(title="A&B <b>LTDA</b> /saldo", changes=(PriceChange(TODAY, Decimal("1.00"), Decimal("2.00")),))
    text = list_screen(report(hostile, flow("other", title="\u200b")), "a", 0, START).text
    assert "<b>Sem descrição</b>" in text
    assert "A&amp;B &lt;b&gt;LTDA&lt;/b&gt; <code>/saldo</code>" in text


def test_a_full_list_fits_a_message() -> None:
    changes = (PriceChange(TODAY - timedelta(days=3), Decimal("1.00"), Decimal("2.00")),)
    flows = [flow(f"{number}{'&' * 60}", f"-{number + 1}.00", changes=changes) for number in range(30)]
    ended = [flow(f"e{number}{'<' * 60}", next_on=None) for number in range(9)]
    cancelled = [flow(f"c{number}", next_on=None) for number in range(9)]
    marks = tuple(mark(key=f"c{number}", id=number, title="<" * 60) for number in range(9))
    text = list_screen(report(*flows, *ended, *cancelled, marks=marks), "a", 0, START).text
    assert len(text.encode("utf-16-le")) // 2 <= 4096
    assert text.splitlines()[-3:] == ["…", "", "Atualizado hoje 06:12"]
    assert "cancelada em 12/11, sem cobrança desde então" in text


def test_a_loan_says_how_many_are_left() -> None:
    shown = report(flow("banco w", "-300.00", kind=Kind.LOAN, parts_left=4))
    [item] = shown.found.fixed.items
    text = words.one(item, shown.accounts, "", TODAY).replace(N, " ")
    assert "<b>R$ 300,00 por mês</b> · R$ 1.200,00 nos próximos 12 meses · faltam 4 parcelas" in text


def test_the_warning_reads_as_it_was_designed() -> None:
    found = CancelledCharge(mark(), card(id=2), date(2026, 12, 12), Decimal("55.90"), "BRL")
    screen = charge_screen(found, START.replace(month=12, day=20))
    assert screen.text.splitlines()[0].replace(N, " ") == (
        "⚠️ Você disse que cancelou Streaming Y, mas veio outra cobrança: <b>R$ 55,90</b> em 12/12."
    )


def test_what_is_seen_no_more_is_not_said_to_have_stopped() -> None:
    shown = report(flow("other"), marks=(mark(title="Streaming Y"),))
    assert "Streaming Y: cancelada em 12/11, e não vejo mais os lançamentos dela" in text_of(shown)
