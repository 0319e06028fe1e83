"""From HTTP to stored rows: a first pass of the real synchroniser, the naive way and the floor in turn, over one server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks.report import Row
from benchmarks.sync import floors, naive
from benchmarks.sync.bank import open_bank
from benchmarks.sync.homes import add_account, check_stored, copy_file, opened, renew
from benchmarks.sync.program import add_item, open_synchronizer, synchronise
from benchmarks.sync.timing import Way, interleave, say
from open_finance.storage.database import Database

ROWS, NAIVE_ROWS = 100_000, 5_000
NAIVE_REPETITIONS = 3

Json = dict[str, Any]


def measure_end_to_end(seed: int, rows: int = ROWS, naive_rows: int = NAIVE_ROWS) -> list[Row]:
    """One account on SQLite."""
    say(f"reading {rows:,} rows from HTTP to SQLite")
    with TemporaryDirectory() as folder, open_bank(seed, rows) as bank:
        template, ours, floor = (Path(folder, name) for name in ("template.db", "ours.db", "floor.db"))
        item_id, small = f"1x{rows}-1", f"1x{naive_rows}-1"
        with opened(f"sqlite:///{template}") as database:
            database.migrate()
            add_account(database)  # the floor's
            connection_id = add_item(database, item_id)
        with (
            opened(f"sqlite:///{ours}") as database,
            naive.naive_engine(f"sqlite:///{Path(folder, 'naive.db')}") as engine,
        ):
            times = interleave(
                {
                    "floor": Way(
                        partial(copy_file, template, floor),
                        partial(fetch_at_best, bank.url, f"{item_id}-0", str(floor)),
                        rows,
                    ),
                    "naive": Way(
                        partial(naive.forget, engine),
                        partial(naive.synchronise, bank.url, f"{small}-0", engine, 1),
                        naive_rows,
                        repetitions=NAIVE_REPETITIONS,
                    ),
                    "ours": Way(
                        partial(renew, database, template, ours),
                        partial(first_pass, bank.url, database, connection_id),
                        rows,
                    ),
                },
                rows,
            )
            check_stored(database, rows)
    fast, slow, best = times["ours"].first, times["naive"].first, times["floor"].first
    name, in_seconds = (
        f"HTTP to {rows:,} stored rows, SQLite",
        f"ours {fast:.3g} s, naive {slow:.3g} s, floor {best:.3g} s",
    )
    return [
        Row(name, round(slow / fast, 1), "≥", 7, f"times as fast as the naive way ({in_seconds})"),
        Row(name, round(fast / best, 2), "≤", 4, "times the floor: keep-alive, orjson, tuples, executemany"),
    ]


def first_pass(url: str, database: Database, connection_id: int) -> None:
    """Ours."""
    with open_synchronizer(url, database) as synchronizer:
        synchronise(synchronizer, connection_id)


def fetch_at_best(url: str, account_id: str, path: str) -> None:
    """The floor: nothing is checked, and one pass writes as it reads."""
    host = urlsplit(url).netloc
    floors.write_sqlite(path, (columns(raw) for page in _pages(host, account_id) for raw in page))


def _pages(host: str, account_id: str) -> Iterator[list[Json]]:
    connection, following = HTTPConnection(host), f"/v2/transactions?accountId={account_id}"
    while following:
        connection.request("GET", following, headers={"X-API-KEY": "key"})
        body = orjson.loads(connection.getresponse().read())
        yield body["results"]
        following = body["next"]
    connection.close()


def columns(raw: Json) -> tuple[Any, ...]:
    """The values of ``floors.COLUMNS`` as SQLite stores them."""
    payment, card, merchant = raw["paymentData"] or {}, raw["creditCardMetadata"] or {}, raw["merchant"] or {}
    day, balance, purchased_on = raw["date"], raw["balance"], card.get("purchaseDate")
    return (
        raw["id"],
        day[:10],
        None if day[11:19] == "03:00:00" else _instant(day),
        raw["description"],
        raw["descriptionRaw"],
        round(raw["amount"] * 100),
        raw["currencyCode"],
        None,
        None,
        raw["type"],
        raw["status"],
        None if balance is None else round(balance * 100),
        raw["order"],
        raw["categoryId"],
        raw["category"],
        raw["operationType"],
        payment.get("paymentMethod"),
        False if payment else None,
        payment["receiver"]["name"] if payment else None,
        merchant.get("businessName"),
        merchant.get("cnpj"),
        merchant.get("cnae"),
        card.get("payeeMCC"),
        card.get("installmentNumber"),
        card.get("totalInstallments"),
        purchased_on and purchased_on[:10],
        None,
        card.get("billForecastDate"),
        card.get("cardNumber"),
        None,
        None,
        raw["providerId"],
        _instant(raw["createdAt"]),
        _instant(raw["updatedAt"]),
        *floors.OWNED,
        1,
    )


def _instant(text: str) -> str:
    return f"{text[:10]} {text[11:23]}000"
