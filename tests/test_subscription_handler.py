"""/assinaturas in the chat: listed, opened, said of, undone; the calendar file; and what is told by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from icalendar import Calendar
from sqlalchemy import select

from open_finance.alerts.settings import DEFAULTS
from open_finance.clock import local_day
from open_finance.storage import alerts, recurring_marks
from open_finance.storage.alert_models import NotificationRow
from tests.clocks import START
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Servers, Story, checking, data_of, labels, row, tell
from tests.telegram_server import ANA

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
