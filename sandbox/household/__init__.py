"""Deterministic Brazilian households: what the local Pluggy has to show.

Everything a household does follows from ``(seed, name, bank, day)``, its numbers from the customer too: whichever
connector of a bank is asked, it has the same accounts and rows. It knows all that any connector tells; what each leaves
out is in `household.doors`. People, documents and shops' documents are invented (`household.people`, `household.shops`).
"""

from __future__ import annotations

import pickle
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import Any

from sandbox.household.accounts import card_numbers, new_account, new_identity, refresh_account
from sandbox.household.banks import Bank
from sandbox.household.calendar import midnight, stamp
from sandbox.household.cards import CardLedger
from sandbox.household.contracts import listed_loans
from sandbox.household.days import live
from sandbox.household.documents import identifier
from sandbox.household.evolution import WINDOW_DAYS, evolve
from sandbox.household.habits import Slot
from sandbox.household.holdings import listed_positions
from sandbox.household.ledger import Ledger
from sandbox.household.life import Life
from sandbox.household.past import fill_with_sales, settle_exactly
from sandbox.household.people import PEOPLE
from sandbox.household.rows import Pen

Json = dict[str, Any]

NAMES: tuple[str, ...] = tuple(PEOPLE)
DEFAULT_COPIES = 40
MAX_COPIES = 5000
# Before the year begins the household has lived a little: instalments run, a bill is closed.
WARM_UP_DAYS = 61
_ORDINARY = ("silva", "lima", "ana", "souza")
_PERFORMANCE_USER = re.compile(r"user-ok-perf(?:-(\d+)x)?")


@dataclass
class Household:
    """What one customer has at one bank: Pluggy's own JSON, without `itemId` (the server adds it).

    ``accounts``: Account objects (reference 5.2). ``transactions``: by account id, Transaction objects (6.4), ordered by
    ``(date, id)`` descending. ``identity``: one Identity object (8.3). ``bills``: by card account id, closed Bill objects
    (5.5), newest first. ``investments``: Investment objects (8.1); ``investment_transactions``: by investment id, newest
    first; ``loans``: Loan objects (8.2). A household made by hand, `Household(accounts=…, transactions=…)`, never evolves;
    ``by_hand``: what `household.counter` keeps of it.
    """

    accounts: list[Json] = field(default_factory=list)
    transactions: dict[str, list[Json]] = field(default_factory=dict)
    identity: Json = field(default_factory=dict)
    bills: dict[str, list[Json]] = field(default_factory=dict)
    investments: list[Json] = field(default_factory=list)
    investment_transactions: dict[str, list[Json]] = field(default_factory=dict)
    loans: list[Json] = field(default_factory=list)
    name: str = "custom"
    life: Life | None = field(default=None, repr=False)
    by_hand: dict[str, Ledger] = field(default_factory=dict, repr=False)

    @property
    def is_grown(self) -> bool:
        """One of ours, with a life; False for one made by hand."""
        return self.life is not None

    def evolve(self, now: datetime, rng: Random) -> list[str]:
        """One execution (reference 16.9) at the aware time ``now``, in place.

        Returns what changed, a line each: ``created|updated|deleted <account id> <transaction id>``.
        """
        if self.life is None:
            return []
        changed = evolve(self.life, now, rng)
        self.show()
        return changed

    def show(self) -> None:
        """Bring the JSON up to what has happened."""
        life = self.life
        if life is None:
            return
        for slot, ledger in life.ledgers.items():
            ledger.show()
            refresh_account(ledger, life.person, slot, life.boxes, life.pen.now)
            if isinstance(ledger, CardLedger):
                self.bills[ledger.account["id"]] = list(ledger.bills)
        self.investments, self.investment_transactions = listed_positions(self.name, life)
        self.loans = listed_loans(self.name, life)


def build_household(
    name: str,
    *,
    seed: int,
    today: date,
    bank: Bank,
    customer: str = "",
    now: datetime | None = None,
    copies: int = DEFAULT_COPIES,
) -> Household:
    """The household ``name`` (one of `NAMES`; KeyError otherwise) as its bank knows it on ``today`` (São Paulo's).

    ``customer``: people with the same life have numbers of their own. ``now`` is the ``createdAt`` of the rows (default:
    the first instant of ``today``). ``copies``: the size of "volume", 25 rows each.
    """
    at = stamp(now) if now else midnight(today)
    if name == "volume":
        life = _newborn(name, seed, bank, customer, at)
        life.born = life.day = today
        fill_with_sales(life, min(copies, MAX_COPIES), WINDOW_DAYS)
    else:
        life = _until_yesterday(name, seed, today, bank, customer, at)
    first = today - timedelta(days=WINDOW_DAYS - 1)
    while life.day < today:
        live(life, life.day + timedelta(days=1))
    settle_exactly(life)
    for ledger in life.ledgers.values():
        ledger.forget_before(first)
        ledger.settled.clear()
    household = Household(
        accounts=[ledger.account for ledger in life.ledgers.values()],
        transactions={ledger.account["id"]: ledger.listing for ledger in life.ledgers.values()},
        identity=new_identity(life.person, life.bank, life.numbers, life.pen.door, life.pen.now),
        name=name,
        life=life,
    )
    household.show()
    return household


def _until_yesterday(name: str, seed: int, today: date, bank: Bank, customer: str, now: str) -> Life:
    """A life on the evening before ``today``. What ``now`` is changes nothing of a day that is over but the stamps, so that
    a year is lived once and copied for whoever asks again."""
    if now < midnight(today):
        return _grow(_newborn(name, seed, bank, customer, now), today)
    life: Life = pickle.loads(_year(name, seed, today, bank, customer))  # noqa: S301 - our own, never written down
    life.seen_first_at(now)
    return life


@lru_cache(maxsize=48)
def _year(name: str, seed: int, today: date, bank: Bank, customer: str) -> bytes:
    """The life until yesterday, pickled: nothing copies it faster."""
    return pickle.dumps(_grow(_newborn(name, seed, bank, customer, midnight(today)), today), pickle.HIGHEST_PROTOCOL)


def _grow(life: Life, today: date) -> Life:
    """Live the days before ``today``, its year's and those of the warming up."""
    life.born, life.day = today, today - timedelta(days=WINDOW_DAYS + WARM_UP_DAYS)
    while life.day < today - timedelta(days=1):
        live(life, life.day + timedelta(days=1))
    return life


def _newborn(name: str, seed: int, bank: Bank, customer: str, now: str) -> Life:
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


def _open(life: Life, slot: Slot, opening: int) -> Ledger:
    account_id = identifier(life.pen.door, "account", slot)
    account = new_account(life.person, life.bank, slot, life.numbers, account_id, life.pen.now)
    if slot != "card":
        return Ledger(account, life.pen, opening)
    assert life.person.card is not None
    _, virtual = card_numbers(life.numbers, slot)
    return CardLedger(account, life.pen, opening, terms=life.person.card, virtual=virtual)


def assign(user_value: str, bank: Bank) -> str:
    """The household behind what somebody typed as the first credential: always the same at the same bank.

    The sandbox users for volume and for two checking accounts (reference section 10) get the households of that kind.
    """
    if _PERFORMANCE_USER.fullmatch(user_value):
        return "volume"
    if user_value == "user-ok-two-checking-accounts":
        return "duas-contas"
    value = "".join(filter(str.isalnum, user_value)).lower()
    digest = blake2b(f"{value}:{bank.brand}".encode(), digest_size=4).digest()
    return _ORDINARY[int.from_bytes(digest) % len(_ORDINARY)]


def copies_of(user_value: str) -> int | None:
    """N of the sandbox user ``user-ok-perf-<N>x`` (at most 5000), or None."""
    found = _PERFORMANCE_USER.fullmatch(user_value)
    return min(int(found[1]), MAX_COPIES) if found and found[1] else None
