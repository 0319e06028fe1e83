"""What a sender has in hand: two of them at once, a slow one, and a Telegram whose answers are lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from telegram.error import TimedOut

from gerente_financeiro.notifier import Pace
from open_finance.alerts.notification import NewNotification
from open_finance.notifications import CLAIM_SECONDS, Notifications
from open_finance.storage import outbox
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.histories.telegram import ReadTimeout, Sender, Telegram
from tests.rows import USER, add_connection
from tests.simulator.crash import Steps
from tests.simulator.timeline import Timeline


@pytest.fixture
def service(database: Database, clock: ManualClock) -> Notifications:
    """One bank is back, of which the person is to be told."""
    with database.writing() as session:
        connection_id = add_connection(session)
        back = NewNotification("back:1", "back", connection_id=connection_id)
        outbox.add_notifications(session, USER, [back], clock.now())
    return Notifications(database, clock)


def test_what_was_taken_stays_in_hand_while_nobody_else_has_it(service: Notifications, clock: ManualClock) -> None:
    bundle = service.take(USER)
    assert service.hold(bundle, bundle.ids)
    clock.advance(CLAIM_SECONDS - 1)
    assert service.hold(bundle, bundle.ids)
    clock.advance(2)
    assert service.take(USER).ids == []


def test_who_waited_too_long_has_lost_it_to_another(service: Notifications, clock: ManualClock) -> None:
    slow = service.take(USER)
    clock.advance(CLAIM_SECONDS)
    quick = service.take(USER)
    assert quick.ids == slow.ids
    assert not service.hold(slow, slow.ids)
    assert service.hold(quick, quick.ids)


class Deaf(Telegram):
    """Nothing that is said comes through, and nothing is answered."""

    calls = 0

    async def take(self, ids: tuple[int, ...]) -> Any:
        self.calls += 1
        error = TimedOut()
        error.__cause__ = ReadTimeout()
        raise error


def test_waiting_for_other_reasons_does_not_count_as_a_lost_answer(
    service: Notifications, database: Database, clock: ManualClock
) -> None:
    for _ in range(5):  # it was in hand, and put off, many times before
        service.postpone(USER, service.take(USER).ids, 60)
        clock.advance(61)
    timeline = Timeline(clock)
    deaf = Deaf(Random(1), Steps(timeline), timeline)
    sender = Sender(database, clock, deaf, Pace(scale=0))
    outcomes = []
    for _ in range(4):
        asyncio.run(sender.tell())
        with database.reading() as session:
            outcomes.append(bool(outbox.list_waiting(session, clock.now() + timedelta(days=1))))
        clock.advance(3600)
    assert outcomes == [True, True, False, False]
    assert deaf.calls == 3
