"""Carries webhooks to their addresses beside the server's answers, and lets time pass while nobody asks anything.

State settles when somebody looks (`executions`), which is enough as long as everybody looks. Who listens instead has to be
told: while anybody does, the courier looks at each instant at which something is due, and at no other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import aiohttp
from aiohttp import web

from sandbox.pluggy_api.http import WORLD
from sandbox.pluggy_api.post_office import ROUND, Parcel, PostOffice
from sandbox.pluggy_api.world import World

USER_AGENT = "pluggy-sandbox-webhooks"
AT_ONCE = 32  # to one address
LEAST_REST = 0.001
TICK = timedelta(milliseconds=1)


async def lifetime(app: web.Application) -> AsyncIterator[None]:
    """An aiohttp cleanup context: the courier works as long as the server listens."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers={"User-Agent": USER_AGENT}) as session:
        courier = Courier(app[WORLD], session)
        work = asyncio.create_task(courier.work())
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await courier.drop(None)


class Courier:
    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._session = session
        self._tasks: dict[asyncio.Task[None], PostOffice] = {}
        self._doors: dict[str, asyncio.Semaphore] = {}

    async def work(self) -> None:
        """Until cancelled."""
        world = self._world
        while True:
            world.wake.clear()
            if world.is_heard():
                world.executions.settle()
            await self.drop(world.post)
            for parcel in world.post.take(world.clock.now()):
                self._send(parcel, world.post)
            await self._rest()

    async def drop(self, living: PostOffice | None) -> None:
        """Give up what was sent by another post office: the server was reset, or it ends."""
        gone = [task for task, office in self._tasks.items() if office is not living]
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)

    async def _rest(self) -> None:
        world, seconds = self._world, None
        due = world.next_due()
        if due is not None:
            left = (due + TICK - world.clock.now()).total_seconds() / world.clock.speed
            seconds = max(LEAST_REST, left)
        with suppress(TimeoutError):
            await asyncio.wait_for(world.wake.wait(), seconds)

    def _send(self, parcel: Parcel, office: PostOffice) -> None:
        office.on_the_way += 1
        task = asyncio.create_task(self._round(parcel, office))
        self._tasks[task] = office
        task.add_done_callback(lambda done: self._arrived(done, office))

    def _arrived(self, task: asyncio.Task[None], office: PostOffice) -> None:
        office.on_the_way -= 1
        del self._tasks[task]

    async def _round(self, parcel: Parcel, office: PostOffice) -> None:
        """Up to three attempts in a row."""
        if parcel.delay:
            delay, parcel.delay = parcel.delay, 0
            await asyncio.sleep(delay)
        door = self._doors.setdefault(parcel.url, asyncio.Semaphore(AT_ONCE))
        for _ in range(min(ROUND, parcel.attempts - parcel.tried)):
            async with door:
                if not office.is_wanted(parcel) or await self._attempt(parcel, office):
                    return
        office.round_failed(parcel, self._world.clock.now())
        self._world.wake.set()

    async def _attempt(self, parcel: Parcel, office: PostOffice) -> bool:
        """One POST: was it taken? Whatever the receiver does, or is, it is no error of ours."""
        parcel.tried += 1
        started, status, error = time.monotonic(), 0, None
        headers = {"Content-Type": "application/json"} | dict(parcel.headers)
        timeout = aiohttp.ClientTimeout(total=self._world.options.webhook_seconds)
        try:
            async with self._session.post(
                parcel.url, data=parcel.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                status = response.status
        except TimeoutError:
            error = "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as refusal:
            error = type(refusal).__name__
        office.note(parcel, status, error, time.monotonic() - started, self._world.clock.now())
        return 200 <= status < 300
