"""One file at a time for a person: whatever is on its way, and whatever is asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import gerente_financeiro
from gerente_financeiro.export_handler import period_token
from gerente_financeiro.messages import exporting as words
from open_finance.reports import Period
from tests.builders import TODAY
from tests.pluggy_server import wait_until
from tests.story import Servers, Story, checking, data_of, row, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

MONTH = period_token(Period(TODAY.replace(day=1), TODAY))
#: A button of each kind of file there is: the archive, an export, a list, the tax return, the income statement, a calendar.
ASKED = ("privzip", f"expw:{MONTH}::0", f"inva:{TODAY.year - 1}", "crif:6", "asics:a", "adm_copia2")
HOME = Path(gerente_financeiro.__file__).parent


@pytest.fixture
def story(servers: Servers, sqlite_url: str) -> Iterator[Story]:
    with tell(servers, sqlite_url) as story:
        story.telegram.add_user(ANA, "Ana")
        story.bank_shows(checking(), rows=[row(1, TODAY, "-45.90")])
        story.connect(ANA)
        yield story


def files(story: Story) -> int:
    return sum(each["document"] is not None for each in story.telegram.messages(ANA))


def test_while_a_file_is_on_its_way_no_other_begins(story: Story) -> None:
    screen = story.ask("/privacidade", "Guardo: ")
    bot = story.bot.context
    bot.settings = replace(bot.settings, admin_user_ids=frozenset({ANA}))
    bot.exporting.add(ANA)
    for asked in ASKED:
        assert story.forge(screen, asked) == words.ALREADY_PREPARING, asked
    story.ask("/exportar tudo csv", words.ALREADY_PREPARING)
    assert files(story) == 0
    bot.exporting.discard(ANA)
    story.press(screen, "Baixar tudo (.zip)", "Tudo o que guardo de você")
    wait_until(lambda: files(story) == 1 and not bot.exporting)


def test_what_comes_to_nothing_leaves_the_way_free(story: Story) -> None:
    """A period without rows, a year without positions, no income, no subscription: none of them holds the next file back."""
    screen = story.ask("/privacidade", "Guardo: ")
    for asked in (f"expw:{period_token(Period(TODAY.replace(year=2020), TODAY.replace(year=2020)))}::0", *ASKED[2:5]):
        story.forge(screen, asked)
        story.rest()
        assert not story.bot.context.exporting, asked
    assert files(story) == 0


def test_a_task_that_is_cancelled_or_fails_leaves_the_way_free(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = story.bot.context
    for error in (RuntimeError("no disk"), asyncio.CancelledError()):

        async def fail(*_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("gerente_financeiro.export_handler.send_export", fail)
        story.ask("/exportar tudo csv", "O arquivo chega logo abaixo.")
        wait_until(lambda: not bot.exporting)
    monkeypatch.undo()
    formats = story.ask("/exportar tudo", "Em que formato?")
    assert data_of(formats, "CSV")
    story.press(formats, "CSV", "O arquivo chega logo abaixo.")
    wait_until(lambda: files(story) == 1 and not bot.exporting)


def test_nobody_else_counts_or_sends_files() -> None:
    """The set is one module's, and documents are sent in one place."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in HOME.rglob("*.py")}
    counting = re.compile(r"\.exporting\.(add|discard)|in bot\.exporting")
    assert {name for name, text in sources.items() if counting.search(text)} == {"one_file.py"}
    assert {name for name, text in sources.items() if ".send_document(" in text} == {"download.py"}
