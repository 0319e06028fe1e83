"""Everybody's bank talks at once, twice and out of order: what the benchmark of the burst measures, on very little."""

from __future__ import annotations

from random import Random

from benchmarks.alerts.crowd import carry_out, connect, plan
from benchmarks.alerts.telling import judge, open_work
from tests.bot_app import bot_settings, running_bot
from tests.pluggy_server import Json, start_pluggy, wait_until
from tests.telegram_server import start_telegram
from tests.test_telegram_hook import free_port

PEOPLE = tuple(range(5000, 5005))
SEED = 20_261_126


def test_a_burst_of_repeated_and_shuffled_events_tells_every_purchase_once(sqlite_url: str) -> None:
    port = free_port()
    public: Json = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
    with (
        start_telegram(user_ids=PEOPLE) as telegram,
        start_pluggy(today=None, options={"allow_loopback": True}) as pluggy,
    ):
        people = connect(pluggy, bot_settings(telegram, pluggy, sqlite_url).core, PEOPLE)
        with running_bot(telegram, pluggy, sqlite_url, **public) as bot:
            wait_until(lambda: ("POST", "/webhooks") in {(one["method"], one["path"]) for one in pluggy.requests()})
            pluggy.spoil_webhooks(repeat=2, hold=True)
            carry_out(pluggy, people, plan(Random(SEED), PEOPLE, 0, 4, 60_00), Random(SEED))
            pluggy.release_webhooks("shuffled")
            pluggy.delivered()
            wait_until(lambda: not open_work(bot.core.database), seconds=30)
            told = judge(telegram, bot.core.database, people)
        deliveries = pluggy.deliveries()
    assert {one["status"] for one in deliveries} == {200}
    assert len(deliveries) == 2 * len({one["eventId"] for one in deliveries}) >= 80
    assert (told.missing, told.extra, told.repeated) == (0, 0, 0)
    assert len(told.latencies) == told.purchases >= 10
