"""/assinaturas in the chat: listed, opened, said of, undone; the calendar file; and what is told by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import select

from gerente_financeiro.messages import subscriptions as words
from gerente_financeiro.subscription_screens import charge_screen, list_screen
from open_finance.alerts.settings import DEFAULTS
from open_finance.clock import local_day
from open_finance.insights.recurring import Kind, PriceChange
from open_finance.insights.subscriptions import subscriptions_of
from open_finance.money import from_centavos
from open_finance.storage import alerts, recurring_marks
from open_finance.storage.alert_models import NotificationRow
from open_finance.subscription_alerts import CancelledCharge
from open_finance.subscription_book import SubscriptionReport
from tests.builders import account, card, connection
from tests.clocks import START
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Servers, Story, checking, data_of, labels, row, tell
from tests.telegram_server import ANA
from tests.test_subscriptions import flow, mark
from tests.test_subscriptions import row as charge_row

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
TODAY = local_day(START)
VIDEO, GYM, RENT = ({"categoryId": each} for each in ("09020000", "07030001", "17010000"))
EXPIRED = "Este menu expirou. Use /assinaturas"


def bank_rows() -> list[Json]:
    """Eleven months of a streaming service that became dearer, of a gym and of the rent."""
    rows: list[Json] = []
    for month in range(1, 12):
        price = "-44.90" if month < 10 else "-55.90"
        rows.append(row(month, date(2026, month, 12), price, description="STREAMING Y", **VIDEO))
        rows.append(row(100 + month, date(2026, month, 5), "-99.90", description="ACADEMIA X", **GYM))
        rows.append(row(200 + month, date(2026, month, 10), "-2000.00", description="IMOBILIARIA Z", **RENT))
    return rows


def begin(story: Story) -> Story:
    story.bank_shows(checking(balance="9000.00"), rows=bank_rows())
    story.connect()
    with story.core.database.writing() as session:
        alerts.save_settings(session, ANA, replace(DEFAULTS, spending=False, income=False, unusual=False))
    story.begin()
    return story


@pytest.fixture
def story(story: Story) -> Story:
    return begin(story)


def said(story: Story, user: int = ANA) -> list[tuple[str, str]]:
    with story.core.database.reading() as session:
        return [(one["title"].casefold(), one["says"]) for one in recurring_marks.list_marks(session, user)]


def opened(story: Story, number: str = "2", title: str = "Streaming Y") -> Json:
    return story.press(story.ask("/assinaturas", "assinaturas ·"), number, f"{title}\n")


# --- looking ---------------------------------------------------------------------------------------------------------


def test_the_list_says_what_it_costs_and_what_rose(story: Story) -> None:
    listed = story.ask("/assinaturas", "assinaturas")
    assert listed["text"].splitlines()[:-1] == [
        f"🔁 2 assinaturas · R${N}155,80 por mês · R${N}1.869,60 por ano",
        "",
        f"1. Academia X · R${N}99,90 · próxima 05/12",
        f"2. Streaming Y · R${N}55,90 · próxima 12/12",
        "",
        "📈 Subiram de preço",
        f"Streaming Y subiu de R${N}44,90 para R${N}55,90 (+24%) em 12/10",
        "",
    ]
    assert listed["text"].splitlines()[-1].startswith("Atualizado hoje")
    assert labels(listed) == ["1", "2", "Contas fixas (1)", "Calendário .ics", "Fechar"]
    fixed = story.press(listed, "Contas fixas (1)", "conta fixa")
    assert fixed["text"].splitlines()[0] == f"🧾 1 conta fixa · R${N}2.000,00 por mês · R${N}24.000,00 por ano"
    assert labels(fixed) == ["1", "Assinaturas (2)", "Calendário .ics", "Fechar"]
    rent = story.press(fixed, "1", "aluguel")
    assert labels(rent) == ["Cancelei", "‹ Voltar"]
    story.press(rent, "‹ Voltar", "1 conta fixa")


def test_one_is_opened_with_its_charges_and_its_price_also_after_a_restart(story: Story) -> None:
    listed = story.ask("/assinaturas", "assinaturas")
    story.restart()
    one = story.press(listed, "2", "Streaming Y\n")
    lines = one["text"].splitlines()
    assert lines[:7] == [
        "🔁 Streaming Y",
        f"R${N}55,90 por mês · R${N}670,80 por ano · assinatura",
        lines[2],
        "",
        "11 cobranças desde janeiro:",
        f"• 12/11 R${N}55,90",
        f"• 12/10 R${N}55,90",
    ]
    assert lines[2].startswith(f"Próxima: 12/12, R${N}55,90, na conta ")
    assert f"Subiu de R${N}44,90 para R${N}55,90 (+24%) em 12/10" in lines
    assert lines[-1].startswith("Atualizado hoje")
    assert labels(one) == ["Não é assinatura", "Cancelei", "‹ Voltar"]
    story.press(one, "‹ Voltar", "2 assinaturas")


def test_who_has_no_bank_is_shown_the_way_to_one(story: Story) -> None:
    empty = story.ask("/assinaturas", "Nenhum banco conectado", BRUNO)
    assert labels(empty) == ["🏦 Conectar", "👀 Demonstração"]


def test_a_group_is_told_to_come_in_private(story: Story) -> None:
    group = story.telegram.add_group(ANA, BRUNO)
    story.telegram.send_text(ANA, "/assinaturas", chat=group)
    story.telegram.wait_for_text(group, "Fale comigo no privado.")


# --- saying ----------------------------------------------------------------------------------------------------------


def test_cancelled_is_watched_and_can_be_undone(story: Story) -> None:
    done = story.press(opened(story), "Cancelei", "Vou vigiar: se cobrarem de novo depois de hoje, aviso.")
    assert labels(done) == ["Desfazer", "Ver assinaturas"]
    assert said(story) == [("streaming y", "cancelled")]
    listed = story.ask("/assinaturas", "1 assinatura ·")
    assert f"1 assinatura · R${N}99,90 por mês" in listed["text"]
    assert "Streaming Y: cancelada hoje, sem cobrança desde então" in listed["text"]
    assert "O que você disse" in labels(listed)
    story.restart()
    story.press(done, "Desfazer", "Desfeito")
    assert said(story) == []
    assert story.forge(done, data_of(done, "Desfazer")) == EXPIRED
    story.ask("/assinaturas", "2 assinaturas ·")


def test_after_ten_minutes_it_is_said_where_it_can_be_taken_back(story: Story) -> None:
    done = story.press(opened(story), "Cancelei", "Vou vigiar")
    story.clock.advance(minutes=11)
    assert story.forge(done, data_of(done, "Desfazer")).startswith("Só dá para desfazer nos primeiros 10 minutos.")
    assert said(story) == [("streaming y", "cancelled")]
    mine = story.press(story.press(done, "Ver assinaturas", "1 assinatura"), "O que você disse", "1. Streaming Y")
    one = story.press(mine, "1", "cancelada hoje, sem cobrança desde então.")
    assert all(each["text"].splitlines()[-1].startswith("Atualizado hoje") for each in (mine, one))
    assert labels(one) == ["Não cancelei", "‹ Voltar"]
    story.press(one, "Não cancelei", "não está cancelada, e não vigio mais.")
    assert said(story) == []


def test_what_is_no_subscription_goes_to_the_fixed_charges_and_back(story: Story) -> None:
    done = story.press(opened(story), "Não é assinatura", "saiu da soma")
    fixed = story.press(story.press(done, "Ver assinaturas", "1 assinatura"), "Contas fixas (2)", "2 contas fixas")
    assert f"R${N}2.055,90 por mês" in fixed["text"]
    one = story.press(fixed, "2", "Você disse que não é assinatura")
    back = story.press(one, "É assinatura", "volta à soma")
    story.press(back, "Ver assinaturas", f"2 assinaturas · R${N}155,80 por mês")
    assert said(story) == []


def test_two_taps_say_it_once_and_another_word_is_refused(story: Story) -> None:
    one = opened(story)
    cancel, none = data_of(one, "Cancelei"), data_of(one, "Não é assinatura")
    story.telegram.press(ANA, one["message_id"], data=cancel)
    assert story.forge(one, cancel) == ""
    assert story.forge(one, none) == EXPIRED
    assert said(story) == [("streaming y", "cancelled")]


FORGED = (
    *("asl", "asl:x:0", "asl:a:x", "asl:a", "asv", "asv:000000000000:a:0", "asv:1:2:3", "asn", "asn:1", "asc:"),
    *("asc:000000000000", "asd", "asd:1", "asb:99", "asb:x", "asw:x", "asm:1", "asm", "asics", "asics:x", "asics:a:a"),
)


def test_a_button_that_is_none_of_ours_changes_nothing(story: Story) -> None:
    listed = story.ask("/assinaturas", "assinaturas ·")
    for data in FORGED:
        assert story.forge(listed, data) == EXPIRED, data
    assert said(story) == []
    assert story.current(listed)["text"] == listed["text"]


def test_anothers_buttons_do_nothing(story: Story) -> None:
    one = opened(story)
    buttons = [data_of(one, label) for label in ("Cancelei", "Não é assinatura")]
    done = story.press(one, "Cancelei", "Vou vigiar")
    buttons += [data_of(done, "Desfazer"), "asb:1", "asm:1"]
    theirs = story.ask("/assinaturas", "Nenhum banco conectado", BRUNO)
    for data in buttons:
        assert story.forge(theirs, data, BRUNO) == EXPIRED
    assert said(story) == [("streaming y", "cancelled")]
    assert said(story, BRUNO) == []


# --- the calendar ----------------------------------------------------------------------------------------------------


def test_the_calendar_comes_as_a_file(story: Story) -> None:
    listed = story.ask("/assinaturas", "assinaturas ·")
    story.telegram.press(ANA, listed["message_id"], "Calendário .ics")
    sent = story.telegram.wait_for(ANA, lambda each: each["document"] is not None)
    assert sent["document"]["file_name"] == "assinaturas.ics"
    assert "escolha o seu calendário" in sent["text"]
    found = Calendar.from_ical(story.telegram.file(sent)).walk("VEVENT")
    assert {str(event["summary"]) for event in found} == {"Academia X · R$ 99,90", "Streaming Y · R$ 55,90"}
    assert str(ANA) not in story.telegram.file(sent).decode()
    assert story.current(listed)["text"] == listed["text"]


# --- told by itself --------------------------------------------------------------------------------------------------


def bank_lists(story: Story, on: str, amount: str = "-55.90", description: str = "STREAMING Y") -> None:
    """One more row, read at once."""
    bank_account = str(story.core.connector.list_accounts(ANA)[0]["pluggy_id"])
    when = f"{on}T14:41:00.000Z"
    story.pluggy.order(bank_account, "add", amount=float(amount), description=description, date=when, **VIDEO)
    story.core.synchronizer.sync_user(ANA)


def warnings(story: Story, user: int = ANA) -> list[Json]:
    return [each for each in story.telegram.from_bot(user) if "mas veio outra cobrança" in each["text"]]


def looked(story: Story) -> None:
    """A look from this process; what it finds the bot tells."""
    story.core.subscription_alerts.note_due()
    wait_until(lambda: not waits(story))


def waits(story: Story) -> bool:
    with story.core.database.reading() as session:
        open_ones = select(NotificationRow.id).where(
            NotificationRow.kind == "subscription", NotificationRow.outcome.is_(None)
        )
        return bool(session.scalars(open_ones).all())


def cancelled_and_charged(story: Story) -> None:
    """*Cancelei* in November; in December it is charged all the same, and told once, across a restart."""
    story.press(opened(story), "Cancelei", "Vou vigiar")
    looked(story)
    story.clock.advance(days=20)
    bank_lists(story, "2026-12-12")
    [told] = wait_until(lambda: warnings(story))
    assert told["text"].splitlines()[0] == (
        f"⚠️ Você disse que cancelou Streaming Y, mas veio outra cobrança: R${N}55,90 em 12/12."
        if local_day(story.clock.now()) > date(2026, 12, 13)
        else f"⚠️ Você disse que cancelou Streaming Y, mas veio outra cobrança: R${N}55,90 ontem."
    )
    assert labels(told) == ["Ver assinaturas", "Não cancelei", "🔔 Avisos"]
    looked(story)
    story.restart()
    looked(story)
    assert len(warnings(story)) == 1
    listed = story.press(told, "Ver assinaturas", "2 assinaturas")
    assert listed["message_id"] > told["message_id"]
    assert "· ⚠️ você disse que cancelou" in listed["text"]


def test_what_was_cancelled_and_is_charged_again_is_told_once(story: Story) -> None:
    cancelled_and_charged(story)


def test_what_was_cancelled_and_is_charged_again_is_told_once_on_postgres(servers: Servers, postgres_url: str) -> None:
    with tell(servers, postgres_url) as story:
        cancelled_and_charged(begin(story))


def test_who_switched_subscriptions_off_is_not_told(story: Story) -> None:
    story.press(story.ask("/alertas", "Seus avisos"), "✅ Assinaturas", "Não aviso de")
    story.press(opened(story), "Cancelei", "Vou vigiar")
    story.clock.advance(days=20)
    bank_lists(story, "2026-12-12")
    looked(story)
    assert warnings(story) == []


def test_in_quiet_hours_it_waits_and_says_nothing_of_what_was_given_back(story: Story) -> None:
    story.press(opened(story), "Cancelei", "Vou vigiar")
    story.clock.advance(days=20, hours=11)
    bank_lists(story, "2026-12-12")
    story.core.subscription_alerts.note_due()
    wait_until(lambda: waits(story))
    assert warnings(story) == []
    bank_lists(story, "2026-12-13", "55.90", "ESTORNO STREAMING Y")
    story.clock.advance(hours=9)
    wait_until(lambda: not waits(story))
    assert warnings(story) == []


def test_who_is_erased_is_watched_no_more(story: Story) -> None:
    story.press(opened(story), "Cancelei", "Vou vigiar")
    story.press(story.ask("/privacidade", "Guardo"), "Apagar tudo", "APAGAR")
    story.ask("APAGAR", "Tudo apagado")
    assert said(story) == []
    story.ask("/assinaturas", "Nenhum banco conectado")


# --- words -----------------------------------------------------------------------------------------------------------


def report(*flows: Any, known_from: date | None = date(2026, 1, 1), marks: tuple[Any, ...] = ()) -> SubscriptionReport:
    rows = [charge_row(1, date(2026, 11, 12), foreign_amount=Decimal("-2.99"), foreign_currency="USD")]
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
    marks = tuple(mark(key=f"m{number}", id=number, title="<" * 60) for number in range(9))
    text = list_screen(report(*flows, *ended, marks=marks), "a", 0, START).text
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
