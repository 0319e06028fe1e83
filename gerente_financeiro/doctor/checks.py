"""Every check, side by side: ``run_checks``. Each is bounded in time, and none of them changes anything anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from gerente_financeiro.doctor.address import look_at_address
from gerente_financeiro.doctor.ask import Asker
from gerente_financeiro.doctor.findings import Finding
from gerente_financeiro.doctor.machine import Machine, check_clock, check_disk, check_volume, check_zone
from gerente_financeiro.doctor.pluggy import look_at_pluggy
from gerente_financeiro.doctor.settings import Environment, read_settings, read_values
from gerente_financeiro.doctor.stored import check_database, check_redis, not_seen
from gerente_financeiro.doctor.telegram import look_at_telegram
from open_finance.clock import Clock, SystemClock
from open_finance.machines.probe import RedisState, probe_redis
from open_finance.storage.inspection import DatabaseState, Trouble, inspect_database, sqlite_file

T = TypeVar("T")
PATIENCE = 8.0
DOTENV = Path(".env")


async def run_checks(
    environ: Mapping[str, str] | None = None,
    *,
    clock: Clock | None = None,
    dotenv: Path = DOTENV,
    machine: Machine | None = None,
    patience: float = PATIENCE,
) -> list[Finding]:
    """All findings, in the order in which one would look for a fault. Nothing is raised for a fault of the environment.

    ``environ``: None for the process's own, with ``.env``. ``patience``: seconds that an answer may take; the whole ends in
    about three times that.
    """
    clock, machine = clock or SystemClock(), machine or Machine()
    values, findings = read_values(environ, dotenv)
    environment = read_settings(values)
    settings, lacks = environment.settings, environment.lacks
    ask = Asker(clock, patience)
    no_address = lacks("PUBLIC_URL", "PORT", "WEBHOOK_SECRET", "PLUGGY_CLIENT_SECRET")
    telegram, pluggy, address, database, redis = await asyncio.gather(
        look_at_telegram(ask, settings, lacks("TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL")),
        look_at_pluggy(ask, settings, lacks("PLUGGY_CLIENT_ID", "PLUGGY_CLIENT_SECRET", "PLUGGY_API_URL"), no_address),
        look_at_address(ask, settings, no_address),
        _database(environment, clock, patience),
        _redis(environment, patience),
    )
    stored = not_seen("DATABASE_URL") if database is None else check_database(database, clock.now())
    path = sqlite_file(settings.core.database_url) if database is not None else None
    volume = check_volume(settings, values, machine)
    return [
        *findings,
        *environment.findings,
        check_clock([telegram.skew, pluggy.skew]),
        check_zone(machine),
        check_disk(machine, path),
        *([volume] if volume else []),
        *stored,
        check_redis(redis),
        *telegram.findings,
        *pluggy.findings,
        *address,
    ]


async def _database(environment: Environment, clock: Clock, patience: float) -> DatabaseState | Trouble | None:
    """None where there is no usable address to look at."""
    if environment.lacks("DATABASE_URL"):
        return None
    url, now = environment.settings.core.database_url, clock.now()
    silent: Trouble = "silent"
    return await _within(2 * patience, lambda: inspect_database(url, now, patience=patience, clock=clock), silent)


async def _redis(environment: Environment, patience: float) -> RedisState | None:
    url = environment.settings.core.redis_url
    unreachable: RedisState = "unreachable"
    return None if url is None else await _within(patience, lambda: probe_redis(url), unreachable)


async def _within(seconds: float, work: Callable[[], T], otherwise: T) -> T:
    """Blocking work, in a thread that the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | Exception) -> None:
        if not done.done():
            done.set_exception(result) if isinstance(result, Exception) else done.set_result(result)

    def run() -> None:
        try:
            result: T | Exception = work()
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            result = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    try:
        return await asyncio.wait_for(done, seconds)
    except TimeoutError:
        return otherwise
