"""One execution (reference 16.9): the days since the last one, and the surprises a bank adds to them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sandbox.household.calendar import midnight, stamp, today_at
from sandbox.household.days import balance_out, live, spend
from sandbox.household.habits import Everyday
from sandbox.household.ledger import Ledger
from sandbox.household.life import Life, unaccented
from sandbox.household.rows import row_day
from sandbox.household.shops import GROUPS

Json = dict[str, Any]

WINDOW_DAYS = 365
# How late a late row is, how far back an edit or a deletion reaches.
LATE_DAYS = (5, 15)
EDIT_DAYS = 30
DELETE_DAYS = 20


def evolve(life: Life, now: datetime, rng: Random) -> list[str]:
    """Bring the household to ``now``. Returns ``created|updated|deleted <account id> <transaction id>``, one a row."""
    life.pen.now = stamp(now)
    before = {slot: dict(ledger.rows) for slot, ledger in life.ledgers.items()}
    stamps = {row_id: row["updatedAt"] for rows in before.values() for row_id, row in rows.items()}
    catch_up(life, today_at(now), rng)
    restate(life, rng)
    if life.person.petty is not None:
        surprise(life, life.person.petty, rng)
    first = life.day - timedelta(days=WINDOW_DAYS - 1)
    for ledger in life.ledgers.values():
        ledger.forget_before(first)
    return [line for slot, ledger in life.ledgers.items() for line in changes(ledger, before[slot], stamps, first)]


def catch_up(life: Life, today: date, rng: Random) -> None:
    """Live the days since the last execution; on the same day only what was being processed moves."""
    if today > life.day:
        while life.day < today:
            live(life, life.day + timedelta(days=1))
        return
    for ledger in life.ledgers.values():
        if ledger is not life.card:
            ledger.settle_due(life.day)
    if life.person.petty is not None:
        spend(life, life.person.petty, life.day, rng)


def restate(life: Life, rng: Random) -> None:
    """Of the rows that have just settled, half come back under another id."""
    for ledger in life.ledgers.values():
        settled = [row_id for row_id in ledger.settled if row_id in ledger.rows]
        ledger.settled.clear()
        rng.shuffle(settled)
        half = len(settled) // 2 + (len(settled) % 2 and rng.random() < 0.5)
        for row_id in settled[:half]:
            ledger.restate(row_id)


def surprise(life: Life, petty: Everyday, rng: Random) -> None:
    """Rows that arrive late, one row gone, one row reworded; then the accounts are put right."""
    fresh = {row_id for ledger in life.ledgers.values() for row_id in late_rows(life, ledger, petty, rng)}
    deletable = [
        (ledger, row) for ledger in life.ledgers.values() for row in deletable_rows(life, ledger, petty, fresh)
    ]
    if deletable:
        ledger, row = rng.choice(deletable)
        ledger.remove(row["id"])
    editable = [(ledger, row) for ledger in life.ledgers.values() for row in editable_rows(life, ledger, fresh)]
    if editable:
        ledger, row = rng.choice(editable)
        ledger.change(row["id"], description=reworded(row, unaccented(life.person.city[0].upper())))
    balance_out(life, life.day, rng)


def late_rows(life: Life, ledger: Ledger, petty: Everyday, rng: Random) -> list[str]:
    """A small purchase of 5–15 days ago that the bank lists only now: one in the account, often one on the card."""
    day = life.day - timedelta(days=rng.randint(*LATE_DAYS))
    if ledger is life.checking:
        row: Json | None = spend(life, petty, day, rng)
    elif ledger is life.card and rng.random() < 0.5:
        row = life.charge(rng.choice(GROUPS["padaria"]), day, rng)
    else:
        return []
    return [row["id"]] if row is not None else []


def deletable_rows(life: Life, ledger: Ledger, petty: Everyday, fresh: set[str]) -> list[Json]:
    """Small recent purchases, never one a bill already counts, nor one that has just come."""
    categories = {party.category for party in GROUPS[petty.group]}
    since, until = midnight(life.day - timedelta(days=DELETE_DAYS)), midnight(life.day)
    return [
        row
        for row in ledger.rows.values()
        if since <= row["date"] < until
        and row["categoryId"] in categories
        and row["id"] not in fresh
        and (row["status"] == "PENDING") == (ledger is life.card)
        and row["operationType"] != "ESTORNO"
    ]


def editable_rows(life: Life, ledger: Ledger, fresh: set[str]) -> list[Json]:
    """Recent purchases and Pix: what banks do reword once they know more."""
    since, until = midnight(life.day - timedelta(days=EDIT_DAYS)), midnight(life.day)
    return [
        row
        for row in ledger.rows.values()
        if since <= row["date"] < until and row["id"] not in fresh and row["operationType"] in (None, "CARTAO", "PIX")
    ]


def reworded(row: Json, city: str) -> str:
    """A purchase gains the shop's city, a Pix is written in the other case; the next time it is as before."""
    text: str = row["description"]
    if row["operationType"] == "PIX":
        return text.title() if text.isupper() else text.upper()
    suffix = f" {city if text.isupper() else city.title()}"
    return text.removesuffix(suffix) if text.endswith(suffix) else text + suffix


def changes(ledger: Ledger, before: dict[str, Json], stamps: dict[str, str], first: date) -> list[str]:
    """What differs from before; rows that left the year are not news."""
    account_id = ledger.account["id"]
    created = [row_id for row_id in ledger.rows if row_id not in before]
    updated = [
        row_id for row_id, row in ledger.rows.items() if row["updatedAt"] != stamps.get(row_id, row["updatedAt"])
    ]
    gone = [row_id for row_id, row in before.items() if row_id not in ledger.rows and row_day(row) >= first]
    named = (("created", created), ("updated", updated), ("deleted", gone))
    return [f"{verb} {account_id} {row_id}" for verb, row_ids in named for row_id in row_ids]
