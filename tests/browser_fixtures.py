"""The browser of a test module, as a fixture: ``pytest_plugins = ("tests.browser_fixtures",)``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import launch_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all of a module."""
    with launch_chromium() as chromium:
        yield chromium
