"""The bot and the outside adviser: asked by itself where the operator has set one, and by nobody where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from open_finance.clock import local_day
from open_finance.storage import categories
from tests.bot_app import FAST, RunningBot, bot_settings, core_of
from tests.clocks import START
from tests.pluggy_server import wait_until
from tests.story import Story, credit_card, row
from tests.telegram_server import ANA
from tests.test_category_advice import RESTAURANTS, Service, service, settings_of

pytest_plugins = ("tests.bot_fixtures",)

__all__ = ["service"]  # a fixture


@pytest.fixture
def advised(story: Story, service: Service, sqlite_url: str) -> Iterator[RunningBot]:
    """The bot with an adviser; Ana has a card with a row that says nothing, and a transfer to somebody."""
    rows = [
        row(1, local_day(START) - timedelta(days=2), "-80.00", description="XKQJZ 0042"),
        row(2, local_day(START) - timedelta(days=2), "-80.00", description="PIX ENVIADO QUITERIA SOUZA"),
    ]
    story.bank_shows(credit_card(), rows=rows)
    story.connect()
    settings = bot_settings(story.telegram, story.pluggy, sqlite_url)
    settings = replace(settings, core=replace(settings.core, adviser=settings_of(service)))
    bot = RunningBot(core_of(settings.core, story.clock), settings, FAST, None)
    bot.start()
    yield bot
    bot.stop()


def test_a_tick_asks_and_the_answer_is_the_category(
    advised: RunningBot,
    story: Story,
    service: Service,
) -> None:
    def kept() -> dict[str, str | None]:
        with story.core.database.reading() as session:
            return categories.list_advice(session, ANA)

    assert wait_until(kept) == {"xkqjz": RESTAURANTS}
    assert service.asked == ["xkqjz"]
    named = advised.core.budget_book.set_budget(ANA, RESTAURANTS, Decimal("100.00"))
    assert named.state.spent == Decimal("80.00")


def test_who_asks_how_their_data_is_used_is_told_of_it(advised: RunningBot, story: Story) -> None:
    story.telegram.send_text(ANA, "/ajuda")
    said = story.telegram.wait_for_text(ANA, "Ver dinheiro")
    story.telegram.press(ANA, said["message_id"], "Como meus dados são usados")
    policy = story.telegram.wait_for_text(ANA, "Quem participa")
    assert "recebe só o nome da loja; nem valor, data, conta ou quem você é." in policy["text"]


def test_without_one_nobody_is_said_to_take_part(story: Story) -> None:
    policy = story.press(story.ask("/ajuda", "Ver dinheiro"), "Como meus dados são usados", "Quem participa")
    assert "serviço externo" not in policy["text"]


def test_without_one_there_is_no_such_job(story: Story) -> None:
    queue = story.bot.application.job_queue
    assert queue is not None
    assert not story.bot.core.category_advice.is_on
    assert "advice" not in {job.name for job in queue.jobs()}
