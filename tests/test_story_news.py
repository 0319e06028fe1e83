"""A purchase at the bank, and how soon the bot has it: a real process, the local Pluggy's own deliveries, a real clock."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from open_finance.storage.alert_models import WebhookEventRow
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.bot_app import CPF, PASSWORD, Chat, choose, fill
from tests.bot_nursery import ROOT
from tests.bot_process import HASTY, BotProcess, end_leases, environment
from tests.pluggy_server import Caller, PluggyServer, start_pluggy, wait_until
from tests.telegram_server import ANA, TelegramServer, start_telegram

Json = dict[str, Any]
SOON = 8.0


class House:
    """A bot process between the two servers, which Pluggy and Telegram reach, and what its database says."""

    def __init__(self, telegram: TelegramServer, pluggy: PluggyServer, folder: Path) -> None:
        self.pluggy = pluggy
        self.chat = Chat(telegram, ANA, patience=30)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        public = {"PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "TELEGRAM_WEBHOOK": "1"}
        path = {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
        self.process = BotProcess(folder, environment(telegram, pluggy, **public, **path), HASTY).start()
        self.process.wait_until_answering()
        self.database_url = f"sqlite:///{folder}/data/gerente.db"
        self.database = Database(self.database_url)

    def connect(self) -> str:
        """A bank is connected; its checking account at Pluggy."""
        choose(self.chat, "Caixa", by_screen=True)
        fill(self.chat, CPF, PASSWORD)
        self.chat.sees("✅ Caixa conectada")
        caller = Caller(self.pluggy)
        accounts = caller.accounts(self.pluggy.items()[0]["id"])
        caller.close()
        wait_until(lambda: self.open_events() == 0, seconds=SOON)
        return next(str(one["id"]) for one in accounts if one["type"] == "BANK")

    def has(self, pluggy_id: str) -> int:
        return self._count(
            select(func.count()).where(TransactionRow.pluggy_id == pluggy_id, TransactionRow.removed_at.is_(None))
        )

    def open_events(self) -> int:
        return self._count(select(func.count()).where(WebhookEventRow.handled_at.is_(None)))

    def _count(self, query: Any) -> int:
        with self.database.reading() as session:
            return session.scalar(query) or 0

    def close(self) -> None:
        self.database.dispose()
        self.process.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with (
        start_telegram(allow_loopback=True) as telegram,
        start_pluggy(speed=200, today=None, options={"allow_loopback": True}) as pluggy,
    ):
        house = House(telegram, pluggy, tmp_path)
        yield house
        house.close()


def test_a_purchase_is_here_in_moments_and_so_is_its_new_id(house: House) -> None:
    account = house.connect()
    bought = house.pluggy.order(account, "add", amount=-35.9, description="IFOOD *LANCHES")
    wait_until(lambda: house.has(bought), seconds=SOON)
    settled = house.pluggy.order(account, "recreate", id=bought)
    wait_until(lambda: house.has(settled) and not house.has(bought), seconds=SOON)
    assert {one["status"] for one in house.pluggy.deliveries()} == {200}
    assert not any(one["method"] == "PATCH" for one in house.pluggy.requests())


def test_what_was_kept_survives_a_kill(house: House) -> None:
    """Answered with 200: Pluggy will not say it again. Whoever comes next works it off."""
    account = house.connect()
    bought = house.pluggy.order(account, "add", amount=-12.5, description="PADARIA")
    wait_until(house.open_events)
    house.process.kill()
    end_leases(house.database_url, datetime.now(UTC))
    house.process.start()
    wait_until(lambda: house.has(bought), seconds=60)
    wait_until(lambda: house.open_events() == 0, seconds=SOON)


def test_repeated_late_and_shuffled_news_ends_in_the_banks_own_rows(house: House) -> None:
    account = house.connect()
    house.pluggy.spoil_webhooks(repeat=3, hold=True)
    bought = house.pluggy.orders(
        account, *({"do": "add", "amount": -number, "description": f"COMPRA {number}"} for number in range(1, 9))
    )
    house.pluggy.order(account, "edit", id=bought[0], amount=-99.0)
    house.pluggy.order(account, "delete", id=bought[1])
    house.pluggy.release_webhooks("shuffled")
    wait_until(lambda: all(house.has(one) for one in bought[2:]) and not house.has(bought[1]), seconds=SOON)
    house.pluggy.spoil_webhooks(repeat=1, hold=False)
    house.pluggy.delivered()
    wait_until(lambda: house.open_events() == 0, seconds=SOON)
    assert [house.has(one) for one in bought] == [1, 0, 1, 1, 1, 1, 1, 1]


def test_forged_news_changes_nothing(house: House) -> None:
    account = house.connect()
    item = house.pluggy.items()[0]["id"]
    house.pluggy.forget_requests()
    url = house.pluggy.deliveries()[0]["url"]
    forged = {"event": "transactions/deleted", "itemId": item, "accountId": account, "transactionIds": ["any"]}
    for headers in ({}, {"X-Webhook-Secret": "a-guess-of-the-secret"}):
        house.pluggy.send_events(forged, url=url, headers=headers)
    house.pluggy.delivered()
    assert [one["status"] for one in house.pluggy.deliveries()[-2:]] == [401, 401]
    assert house.open_events() == 0
    assert not any(item in one["path"] for one in house.pluggy.requests())
    assert "was refused" in house.process.log
