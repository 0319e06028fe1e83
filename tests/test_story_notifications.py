"""What a person is told by itself, through both local servers: once, in few messages, and easy to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from open_finance.alerts.settings import DEFAULTS, AlertSettings
from open_finance.clock import local_day
from open_finance.storage import alerts
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.models import TransactionRow
from open_finance.storage.person_models import ReconnectNoticeRow
from tests.clocks import START, ManualClock
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Story, checking, credit_card, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

MORNING = "2026-11-23T14:41:00.000Z"
ACCOUNT = checking(balance="9000.00")
SHOPS = ("Padaria", "Estrela", "Mercado", "Farmácia", "Posto", "Livraria", "Açougue", "Feira", "Cinema", "Banca")
CARD = credit_card()


@pytest.fixture
def story(story: Story) -> Story:
    """Her bank shows an account and a card, and one row."""
    story.bank_shows(ACCOUNT, CARD, rows=[row(1, local_day(START) - timedelta(days=3))])
    return story


def account_id(story: Story, kind: str = "BANK") -> str:
    """Under which id Pluggy has the account, or the card."""
    accounts = story.core.connector.list_accounts(ANA)
    return next(account["pluggy_id"] for account in accounts if account["type"] == kind)


def spend(story: Story, amount: str, description: str, kind: str = "BANK", **more: Any) -> str:
    """The bank lists one more row."""
    more = {"date": MORNING, **more}
    return story.pluggy.order(account_id(story, kind), "add", amount=float(amount), description=description, **more)


def read(story: Story) -> None:
    story.core.synchronizer.sync_user(ANA)


def told(story: Story, user: int = ANA) -> list[Json]:
    """The bot's messages that nobody asked for."""
    return story.telegram.from_bot(user)


def wants(story: Story, settings: AlertSettings, user: int = ANA) -> None:
    with story.core.database.writing() as session:
        alerts.save_settings(session, user, settings)


def settled(story: Story) -> list[str | None]:
    """Once nothing waits any more: what became of each notification."""

    def look() -> list[str | None]:
        with story.core.database.reading() as session:
            outcomes = list(session.scalars(select(NotificationRow.outcome).order_by(NotificationRow.id)))
        return [] if None in outcomes else outcomes

    return wait_until(look)


def test_a_purchase_is_told_at_once_and_once(story: Story) -> None:
    story.connect()
    story.begin()
    spend(story, "-89.90", "iFood", "CREDIT")
    read(story)
    message = story.telegram.wait_for_text(ANA, "R$\xa089,90")
    assert message["text"] == "💳 R$\xa089,90 · iFood · Delivery\nItaú ••8890 · hoje 11:41"
    assert labels(message) == ["✅ Certo", "Categoria", "Não reconheço", "🔔 Avisos"]
    read(story)
    assert settled(story) == ["sent"]
    assert len(told(story)) == 1


def test_thirty_purchases_of_one_sync_are_one_message(story: Story) -> None:
    story.connect()
    story.begin()
    steps = [
        {
            "do": "add",
            "amount": -60.0 - n,
            "description": f"{SHOPS[n % 10]} {SHOPS[n // 10]}",
            "date": MORNING,
        }
        for n in range(29)
    ]
    steps.append({"do": "add", "amount": 120.0, "description": "Pix de Bruno", "date": MORNING})
    story.pluggy.orders(account_id(story), *steps)
    read(story)
    message = story.telegram.wait_for_text(ANA, "30 lançamentos novos")
    assert "saiu R$\xa02.146,00, entrou R$\xa0120,00" in message["text"]
    assert set(settled(story)) == {"sent"}
    assert len(told(story)) == 1
    opened = story.press(message, "Ver", "e mais 5")
    assert "Padaria Estrela" in opened["text"]


def test_a_first_sync_tells_nothing(story: Story) -> None:
    story.connect()
    story.begin()
    read(story)
    with story.core.database.reading() as session:
        assert session.scalars(select(NotificationRow)).all() == []


def test_what_is_below_the_threshold_or_not_wanted_is_settled_without_a_word(story: Story) -> None:
    wants(story, replace(DEFAULTS, spending_from=Decimal("100.00"), income=False))
    story.connect()
    story.begin()
    spend(story, "-99.99", "Loja A")
    spend(story, "500.00", "Pix recebido de Bruno")
    spend(story, "-0.50", "Tarifa pacote de serviços", categoryId="16000000")
    spend(story, "-100.00", "Loja B")
    read(story)
    assert sorted(map(str, settled(story))) == ["quiet", "quiet", "sent", "sent"]
    (message,) = told(story)
    assert "2 lançamentos novos" in message["text"]
    assert "R$\xa0100,50" in message["text"]


def test_a_refund_is_told_as_one(story: Story) -> None:
    story.connect()
    story.begin()
    spend(story, "40.00", "Estorno Amazon", "CREDIT")
    read(story)
    message = story.telegram.wait_for_text(ANA, "Estorno")
    assert message["text"].startswith("↩️ Estorno de R$\xa040,00")
    assert labels(message) == ["🔔 Avisos"]


def test_in_the_quiet_hours_it_waits_for_the_morning(story: Story) -> None:
    story.connect()
    story.begin()
    story.clock.advance(hours=11)  # 23:00
    spend(story, "-80.00", "Bar do Zé")
    read(story)
    begins = START + timedelta(hours=19)

    def waits() -> Any:
        with story.core.database.reading() as session:
            return session.scalar(select(NotificationRow.not_before)) == begins

    wait_until(waits)
    assert told(story) == []
    story.clock.advance(hours=8)
    assert "Bar do Zé" in story.telegram.wait_for_text(ANA, "80,00")["text"]


def test_two_equal_charges_are_asked_about_and_fui_eu_is_for_ever(story: Story) -> None:
    story.connect()
    story.begin()
    spend(story, "-59.90", "Academia X")
    read(story)
    story.telegram.wait_for_text(ANA, "59,90")
    spend(story, "-59.90", "Academia X")
    read(story)
    message = story.telegram.wait_for_text(ANA, "cobranças iguais")
    assert message["text"].startswith("⚠️ Duas cobranças iguais: R$\xa059,90 · Academia X · hoje. É isso mesmo?")
    assert labels(message) == ["✅ Fui eu", "Não reconheço", "🔔 Avisos"]
    answered = story.press(message, "✅ Fui eu", "Certo, foi você")
    story.press(answered, "Desfazer", "Academia X")
    story.press(story.current(message), "✅ Fui eu", "Certo, foi você")
    spend(story, "-59.90", "Academia X")
    read(story)
    assert set(settled(story)) == {"sent"}
    assert sum("iguais" in each["text"] for each in told(story)) == 0
    assert "⚠️" not in told(story)[-1]["text"]


def test_what_is_unusual_among_several_is_asked_about_in_the_same_message(story: Story) -> None:
    story.connect()
    story.begin()
    steps = [
        {"do": "add", "amount": -59.9, "description": name, "date": MORNING}
        for name in ("Academia X", "Padaria", "Academia X")
    ]
    story.pluggy.orders(account_id(story), *steps)
    read(story)
    message = story.telegram.wait_for_text(ANA, "3 lançamentos novos")
    assert "⚠️ Duas cobranças iguais: R$\xa059,90 · Academia X" in message["text"]
    assert labels(message) == ["⚠️ R$ 59,90 · Academia X", "Ver", "🔔 Avisos"]
    story.telegram.press(ANA, message["message_id"], "⚠️ R$ 59,90 · Academia X")
    asked = story.telegram.wait_for_text(ANA, "É igual a outra cobrança recente.")
    assert asked["message_id"] > message["message_id"]
    story.press(asked, "✅ Fui eu", "Certo, foi você")


def test_what_is_not_recognised_says_what_to_do_and_leaves_a_note(story: Story) -> None:
    story.connect()
    story.begin()
    row_id = spend(story, "-350.00", "LOJA <ESTRANHA> & CIA", "CREDIT")
    read(story)
    message = story.telegram.wait_for_text(ANA, "350,00")
    answer = story.press(message, "Não reconheço", "Eu não bloqueio cartões")
    assert "0800 728 0728" in answer["text"]
    assert "LOJA <ESTRANHA> & CIA" in answer["text"]

    def note() -> str | None:
        with story.core.database.reading() as session:
            return session.scalar(select(TransactionRow.note).where(TransactionRow.pluggy_id == row_id))

    assert note() == "Não reconhecido em 23/11/2026"
    story.press(answer, "Desfazer", "Itaú ••8890")
    assert note() is None


def test_a_button_of_anothers_notification_does_nothing(story: Story) -> None:
    story.connect()
    story.begin()
    spend(story, "-350.00", "Loja")
    read(story)
    message = story.telegram.wait_for_text(ANA, "350,00")
    mine = story.ask("/saldo", "Nenhum banco", BRUNO)
    assert "expirou" in story.forge(mine, data_of(message, "Não reconheço"), BRUNO)
    with story.core.database.reading() as session:
        assert session.scalars(select(TransactionRow.note).where(TransactionRow.note.is_not(None))).all() == []


def test_who_blocked_the_bot_is_left_in_peace_until_they_write_again(story: Story) -> None:
    story.connect()
    story.begin()
    story.telegram.block(ANA)
    spend(story, "-60.00", "Loja A")
    read(story)
    assert settled(story) == ["blocked"]
    asked = story.telegram.counts("sendMessage", ANA)
    spend(story, "-61.00", "Loja B")
    read(story)
    assert settled(story) == ["blocked", "blocked"]
    assert story.telegram.counts("sendMessage", ANA) == asked
    story.telegram.unblock(ANA)
    story.ask("/saldo", "Você tem")
    spend(story, "-62.00", "Loja C")
    read(story)
    assert "Loja C" in story.telegram.wait_for_text(ANA, "62,00")["text"]


def test_while_telegram_is_away_it_waits_and_is_told_once(story: Story) -> None:
    story.connect()
    story.begin()
    story.telegram.add_fault("sendMessage", times=3, status=502)
    story.telegram.add_fault("sendMessage", times=1, status=429)
    spend(story, "-60.00", "Loja A")
    read(story)

    def is_told() -> bool:
        story.clock.advance(seconds=60)
        return bool(told(story))

    wait_until(is_told, every=0.1)
    assert settled(story) == ["sent"]
    assert len(told(story)) == 1


def test_a_bot_that_begins_again_goes_on_where_the_other_stopped(story: Story) -> None:
    story.connect()
    story.begin()
    story.bot.stop()
    spend(story, "-60.00", "Loja A")
    read(story)
    story.restart()
    assert "Loja A" in story.telegram.wait_for_text(ANA, "60,00")["text"]


def test_what_the_bank_takes_back_before_it_is_told_is_not_told(story: Story) -> None:
    story.connect()
    row_id = spend(story, "-60.00", "Loja A")
    read(story)
    with story.core.database.writing() as session:
        session.execute(update(TransactionRow).where(TransactionRow.pluggy_id == row_id).values(removed_at=START))
    spend(story, "-61.00", "Loja B")
    read_again = story.core.synchronizer.sync_user(ANA)
    assert read_again
    with story.core.database.writing() as session:
        session.execute(update(TransactionRow).where(TransactionRow.pluggy_id == row_id).values(removed_at=START))
    story.begin()
    assert "Loja B" in story.telegram.wait_for_text(ANA, "61,00")["text"]
    assert len(told(story)) == 1


def test_a_bank_that_is_back_is_told_to_who_was_told_that_it_had_stopped(story: Story) -> None:
    connection = story.connect()
    for number, was_told in enumerate((False, True)):
        story.clock.advance(days=1)
        since = story.clock.now()
        story.change(connection["id"], trouble_code="ACCOUNT_LOCKED", trouble_at=since, synced_state=None)
        if was_told:
            with story.core.database.writing() as session:
                notice = ReconnectNoticeRow(user_id=ANA, connection_id=connection["id"], kind="trouble", sent_at=since)
                notice.episode = f"{number}"
                session.add(notice)
        read(story)
    story.begin()
    assert story.telegram.wait_for_text(ANA, "voltou")["text"].startswith("✅ O Itaú voltou")
    assert settled(story) == ["sent"]


def test_an_overdraft_is_told_with_its_limit(story: Story, clock: ManualClock) -> None:
    story.connect()
    account = {**ACCOUNT, "balance": -210.0, "bankData": {"overdraftContractedLimit": 1000, "overdraftUsedLimit": 210}}
    story.bank_shows(account, CARD, rows=[])
    story.pluggy.advance(hours=24)
    wait_until(lambda: story.pluggy.items()[0]["status"] == "UPDATED")
    read(story)
    story.begin()
    message = story.telegram.wait_for_text(ANA, "cheque especial")
    assert "R$\xa0210,00 de R$\xa01.000,00 em uso" in message["text"]


def test_what_the_end_of_a_way_back_counts_is_not_told_again_but_for_what_is_odd(story: Story) -> None:
    connection = story.connect()
    for name, amount in (("Padaria", "-80.00"), ("Academia X", "-59.90"), ("Academia X", "-59.90")):
        spend(story, amount, name)
    read(story)
    story.core.notifications.leave_to_its_end(ANA, connection["id"])
    story.begin()
    assert "Duas cobranças iguais" in story.telegram.wait_for_text(ANA, "Academia X")["text"]
    assert sorted(map(str, settled(story))) == ["quiet", "quiet", "sent"]
