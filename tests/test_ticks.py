"""What happens by itself: one look that fails holds up nothing else."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from gerente_financeiro import reminder_jobs
from tests.pluggy_server import wait_until
from tests.story import Story

pytest_plugins = ("tests.bot_fixtures",)


@pytest.mark.parametrize("watch", ["budget_alerts", "subscription_alerts"])
def test_a_look_that_fails_at_every_tick_keeps_no_reminder_back(
    story: Story, monkeypatch: pytest.MonkeyPatch, watch: str
) -> None:
    failed, reminded = threading.Event(), threading.Event()

    def fail() -> int:
        failed.set()
        raise RuntimeError("of one person nothing can be read")

    async def remind(_: Any) -> None:
        if failed.is_set():
            reminded.set()

    monkeypatch.setattr(reminder_jobs, "remind", remind)
    monkeypatch.setattr(getattr(story.begin().core, watch), "note_due", fail)
    wait_until(failed.is_set)
    wait_until(reminded.is_set)
