"""How a household comes to the day on which it is first looked at: born, and a year lived day by day.

The year takes a tenth of a second, and everybody who looks at the same customer of the same bank lives the same one: what
it is like until the evening before is kept, with a blank where the time of the first look stands.
"""

from __future__ import annotations

import pickle
from datetime import date, timedelta
from functools import lru_cache
from io import BytesIO
from typing import Any

from sandbox.household.accounts import card_numbers, new_account
from sandbox.household.banks import Bank
from sandbox.household.calendar import midnight
from sandbox.household.cards import CardLedger
from sandbox.household.days import live
from sandbox.household.documents import identifier
from sandbox.household.evolution import WINDOW_DAYS
from sandbox.household.habits import Slot
from sandbox.household.ledger import Ledger
from sandbox.household.life import Life
from sandbox.household.people import PEOPLE
from sandbox.household.rows import Pen

# Before the year begins the household has lived a little: instalments run, a bill is closed.
WARM_UP_DAYS = 61
KEPT = 64


def newborn(name: str, seed: int, bank: Bank, customer: str, now: str) -> Life:
    """The household before its first day: accounts opened, nothing happened."""
    person = PEOPLE[name]
    life = Life(
        person=person,
        bank=bank,
        origin=f"{seed}:{name}:{bank.brand}",
        numbers=f"{seed}:{name}:{bank.brand}:{customer}",
        pen=Pen(identifier(seed, name, bank.brand, customer), now=now),
        boxes=dict(person.boxes),
    )
    life.ledgers |= {slot: _open(life, slot, opening) for slot, opening in person.openings.items()}
    if person.card is not None:
        life.ledgers["card"] = _open(life, "card", 0)
    return life


def grown(name: str, seed: int, bank: Bank, customer: str, today: date, now: str) -> Life:
    """The household on the evening before ``today``, its rows first seen at ``now``.

    What happened until then was all over at the midnight with which ``today`` begins: only of an earlier ``now``, which says
    that some of it has not happened yet, is the year lived for itself.
    """
    if now < midnight(today):
        return _grow(name, seed, bank, customer, today, now)
    life: Life = _Restorer(_kept(name, seed, bank, customer, today), now).load()
    return life


@lru_cache(maxsize=KEPT)
def _kept(name: str, seed: int, bank: Bank, customer: str, today: date) -> bytes:
    now = midnight(today)
    kept = BytesIO()
    _Keeper(kept, now).dump(_grow(name, seed, bank, customer, today, now))
    return kept.getvalue()


def _grow(name: str, seed: int, bank: Bank, customer: str, today: date, now: str) -> Life:
    life = newborn(name, seed, bank, customer, now)
    life.born, life.day = today, today - timedelta(days=WINDOW_DAYS + WARM_UP_DAYS)
    while life.day < today - timedelta(days=1):
        live(life, life.day + timedelta(days=1))
    return life


class _Keeper(pickle.Pickler):
    """Leaves a blank for one text: wherever this very object stands, not where another one reads the same."""

    def __init__(self, kept: BytesIO, blank: str) -> None:
        super().__init__(kept, pickle.HIGHEST_PROTOCOL)
        self._blank = blank

    def persistent_id(self, thing: object) -> str | None:
        return "now" if thing is self._blank else None


class _Restorer(pickle.Unpickler):
    """Fills the blank."""

    def __init__(self, kept: bytes, text: str) -> None:
        super().__init__(BytesIO(kept))
        self._text = text

    def persistent_load(self, _name: str) -> Any:
        return self._text


def _open(life: Life, slot: Slot, opening: int) -> Ledger:
    account_id = identifier(life.pen.door, "account", slot)
    account = new_account(life.person, life.bank, slot, life.numbers, account_id, life.pen.now)
    if slot != "card":
        return Ledger(account, life.pen, opening)
    assert life.person.card is not None
    _, virtual = card_numbers(life.numbers, slot)
    return CardLedger(account, life.pen, opening, terms=life.person.card, virtual=virtual)
