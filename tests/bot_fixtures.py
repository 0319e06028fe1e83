"""The bot between its two local servers, as fixtures: ``pytest_plugins = ("tests.bot_fixtures",)`` in a test module.

``bot`` has servers of its own; a ``story`` shares them with the other stories of its module, which is quicker.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
import requests

from tests.bot_app import BRUNO, CLIENT_SECRET, Chat, RunningBot, running_bot
from tests.bot_log import logging_to
from tests.clocks import START, ManualClock
from tests.local_http import local_session
from tests.pluggy_server import PluggyServer, start_pluggy
from tests.story import Servers, Story, both_servers, tell
from tests.telegram_server import ANA, TOKEN, TelegramServer, start_telegram


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """A local Telegram with Ana and Bruno."""
    with start_telegram(user_ids=(ANA, BRUNO), allow_loopback=True) as server:
        yield server


@pytest.fixture
def pluggy() -> Iterator[PluggyServer]:
    """A local Pluggy whose banks take a fraction of a second; the other holder of a joint account takes twelve."""
    with start_pluggy(speed=200, wall=START.timestamp, options={"joint_seconds": 2400}) as server:
        yield server


@pytest.fixture
def bot(telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock) -> Iterator[RunningBot]:
    """The bot between the two, open to everybody; its clock stands still until the test moves it."""
    with running_bot(telegram, pluggy, sqlite_url, clock) as running:
        yield running


@pytest.fixture
def ana(telegram: TelegramServer) -> Chat:
    """Ana's chat with the bot."""
    return Chat(telegram, ANA)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """The operator's log at DEBUG, as ``python bot.py`` would write it, the tests' own secrets taken out."""
    with logging_to(StringIO(), "DEBUG", (TOKEN, CLIENT_SECRET)) as stream:
        yield stream


@pytest.fixture
def http() -> Iterator[requests.Session]:
    """Somebody who calls the bot's own HTTP server."""
    with local_session() as session:
        yield session


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Both local servers, for all the stories of a module."""
    with both_servers() as running:
        yield running


@pytest.fixture
def story(servers: Servers, sqlite_url: str) -> Iterator[Story]:
    """A story in which nobody has a bank yet."""
    with tell(servers, sqlite_url) as told:
        yield told
