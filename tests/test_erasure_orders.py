"""An erasure leaves nothing of the person, in whatever order things happened before."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from sqlalchemy import select

from open_finance.bank_connector import BankConnector
from open_finance.config import Settings
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import OpenFinanceError
from open_finance.personal_data import ErasureDone, PersonalData
from open_finance.pluggy_client import PluggyClient
from open_finance.storage.person_models import ErasureRow
from tests.bank_world import ANA, BRUNO, World, sandbox
from tests.every_row import rows_of


class Life:
    """Ana does anything, Pluggy has its moods, processes come and go; Bruno only has his bank."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.number = 0
        self.done: list[ErasureDone] = []
        self.restart()

    def restart(self) -> None:
        world = self.world
        settings = Settings("id", "secret", world.server.url, include_sandbox=True)
        client = PluggyClient(settings, clock=world.clock)
        self.synchronizer = DataSynchronizer(client, world.database, settings=settings, clock=world.clock, threads=1)
        self.connector = BankConnector(
            client, world.database, synchronizer=self.synchronizer, settings=settings, clock=world.clock
        )
        self.personal = PersonalData(client, world.database, world.clock)

    def live(self, deeds: int) -> None:
        names = [name for name in dir(self) if name.startswith("do_")]
        for _ in range(deeds):
            with suppress(OpenFinanceError):  # refused, or Pluggy is away: so is life
                getattr(self, self.dice.choice(names))()

    def do_connect(self) -> None:
        self.number += 1
        self.connector.start_connection(user_id=ANA, **sandbox(f"user-ok-perf-{self.number}x"))

    def do_begin(self) -> None:
        self.connector.open_intent(ANA, 601, "Itaú")

    def do_check(self) -> None:
        for connection in self.connector.list_connections(ANA):
            self.connector.check_connection(ANA, connection["id"])

    def do_sync(self) -> None:
        self.synchronizer.sync_user(ANA)

    def do_leave(self) -> None:
        connections = self.connector.list_connections(ANA)
        if connections:
            chosen = self.dice.choice(connections)
            self.connector.delete_connection(ANA, chosen["id"], keep_history=self.dice.random() < 0.5)

    def do_consent(self) -> None:
        self.connector.give_consent(ANA, "1", "texto")

    def do_wish(self) -> None:
        self.personal.request_erasure(ANA)

    def do_step(self) -> None:
        """A process that dies in the midst of an erasure."""
        steps = self.personal.iter_erasure(ANA)
        for _ in range(self.dice.randrange(3)):
            next(steps, None)

    def do_tick(self) -> None:
        self.connector.retry_disconnections()
        self.done += self.personal.work_off_erasures()

    def do_restart(self) -> None:
        self.synchronizer.stop()
        self.restart()

    def do_wait(self) -> None:
        self.world.clock.sleep(self.dice.choice((1, 30, 400)))

    def do_trouble(self) -> None:
        method = self.dice.choice(("DELETE", "GET", "DELETE|GET"))
        self.world.server.fault("status", method=method, path="items", status=503, count=self.dice.randrange(1, 6))


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happened_before_nothing_remains(world: World, seed: int) -> None:
    world.connector.create_connection(user_id=BRUNO, **sandbox("user-ok"))
    kept = rows_of(world.database, BRUNO)
    life = Life(world, seed)
    life.live(20)
    life.do_wish()
    life.live(6)
    world.server.admin("faults", method="DELETE")
    life.do_wish()
    world.clock.sleep(400)
    life.do_restart()
    before = len(life.done)
    life.do_tick()
    assert len(life.done) == before + 1
    assert rows_of(world.database, ANA) == {}
    assert {item["clientUserId"] for item in world.server.items()} == {str(BRUNO)}
    assert rows_of(world.database, BRUNO) == kept
    with world.database.reading() as session:
        assert all(finished for finished in session.scalars(select(ErasureRow.finished_at)))
    life.synchronizer.stop()
