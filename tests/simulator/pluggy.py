"""Pluggy between the bank and us: it collects when it likes, serves what it last collected, and may be wrong about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from tests.clocks import ManualClock
from tests.simulator.bank import YEAR, Bank, BankAccount, BankRow, iso
from tests.simulator.timeline import Timeline

Json = dict[str, Any]

CONNECTOR = 612
FAILURES = ("SITE_NOT_AVAILABLE", "CONNECTION_ERROR", "UNEXPECTED_ERROR")
#: What a collection may come to, and how often of a hundred. An item that is well may still lie.
MOODS = {
    "healthy": 72,
    "partial, old data": 5,
    "partial, no data": 4,
    "partial, unexplained": 2,
    "failed": 5,
    "login error": 3,
    "revoked, empty and well": 4,
    "revoked, no accounts and well": 3,
    "revoked, empty and known": 2,
    "well, rows left out": 3,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as Pluggy serves it. ``order``: what the listing is sorted by."""

    text: str
    date: str
    created_at: str
    version: int

    @property
    def order(self) -> str:
        return self.date


@dataclass
class Shelf:
    """What Pluggy has of one account. ``created``: when it first took in each id."""

    text: str
    rows: dict[str, Listed] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)


class Pluggy:
    """One item. ``shelves`` by account id, in the order of the bank's accounts; those that are ``shown`` are listed."""

    item_id = "item-1"

    def __init__(self, random: Random, clock: ManualClock, timeline: Timeline, bank: Bank) -> None:
        self._random = random
        self._clock = clock
        self._timeline = timeline
        self._bank = bank
        self._mood, self._mood_until = "healthy", clock.now() + timedelta(days=1)
        self._hidden = 0.0
        self.is_stopped = False
        self.shelves: dict[str, Shelf] = {}
        self.shown: list[str] = []
        self.item: Json = {
            "id": self.item_id,
            "connector": {"id": CONNECTOR, "name": "Banco Exemplo", "isOpenFinance": True},
            "clientUserId": "1000",
            "createdAt": iso(clock.now()),
        }
        self._collect_all()
        self._end("SUCCESS", collected=True)
        self._plan_day()

    # --- when it collects --------------------------------------------------------------------------------------------

    def _plan_day(self) -> None:
        """Once a day as a rule, at any hour."""
        now = self._clock.now()
        for _ in range(self._random.choices((0, 1, 2), (28, 65, 7))[0]):
            self._timeline.at(now + timedelta(days=self._random.random()), self._begin)
        self._timeline.at(now + timedelta(days=1), self._plan_day)

    def _begin(self) -> None:
        """The item is at work for some minutes; what it finds comes in on the way."""
        if self.is_stopped or self.item["status"] == "UPDATING":
            return
        self._change_mood()
        if self._mood == "login error" and self.item["status"] == "LOGIN_ERROR":
            return  # Pluggy does not try again before the person has come back
        self._timeline.say(f"collecting: {self._mood}")
        self.item |= {"status": "UPDATING", "executionStatus": "TRANSACTIONS_IN_PROGRESS", "error": None}
        now, minutes = self._clock.now(), self._random.uniform(1, 12)
        if self._mood == "healthy" and self._random.random() < 0.5:
            account = self._random.choice(self._bank.accounts)
            self._timeline.at(now + timedelta(minutes=minutes / 2), lambda: self._collect(account))
        self._timeline.at(now + timedelta(minutes=minutes), self._finish)

    def collect_now(self) -> None:
        """A whole collection in this instant: between two pages of somebody's listing."""
        if self.is_stopped or self.item["status"] == "UPDATING" or self._mood != "healthy":
            return
        self._collect_all()
        self._end("SUCCESS", collected=True)

    def recover(self) -> None:
        """All trouble is over: one healthy collection, and no other ever after."""
        self.is_stopped = True
        self._mood, self._hidden = "healthy", 0.0
        for _, row in self._bank.rows():
            if not row.is_readable:
                row.is_readable, row.version = True, row.version + 1
        self._collect_all()
        self._end("SUCCESS", collected=True)

    def _change_mood(self) -> None:
        if self._clock.now() < self._mood_until:
            return
        before = self._mood
        self._mood = self._random.choices(list(MOODS), list(MOODS.values()))[0]
        days = self._random.uniform(0.5, 4 if self._mood != "healthy" else 5)
        self._mood_until = self._clock.now() + timedelta(days=days)
        if before.startswith("revoked") and not self._mood.startswith("revoked"):
            self._come_back()
        if self._mood != "healthy":
            self._timeline.lived[f"item: {self._mood}"] += 1

    def _come_back(self) -> None:
        """The consent is given anew: rows are taken in again, at times all under new ids."""
        chance = self._random.random()
        if chance < 0.2:
            self._timeline.lived["everything restated"] += 1
            self._bank.restate_everything()
        elif chance < 0.5:
            for shelf in self.shelves.values():
                shelf.created.clear()

    # --- what comes of it --------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        if not self.is_stopped:
            self._endings()[self._mood]()

    def _endings(self) -> dict[str, Callable[[], None]]:
        return {
            "healthy": self._succeed,
            "partial, old data": lambda: self._succeed_partly(served="old"),
            "partial, no data": lambda: self._succeed_partly(served="none"),
            "partial, unexplained": self._succeed_unexplained,
            "failed": lambda: self._end(self._random.choice(FAILURES), status="OUTDATED"),
            "login error": lambda: self._end("INVALID_CREDENTIALS", status="LOGIN_ERROR"),
            "revoked, empty and well": self._lie_empty,
            "revoked, no accounts and well": self._lie_without_accounts,
            "revoked, empty and known": self._admit_empty,
            "well, rows left out": self._leave_out,
        }

    def _succeed(self) -> None:
        self._collect_all()
        self._end("SUCCESS", collected=True, detail=self._random.random() < 0.5)

    def _succeed_partly(self, served: str) -> None:
        """One product failed: it says so, and serves what it had, or nothing."""
        product = self._random.choice(("transactions", "creditCards", "accounts"))
        kept = self.shelves.copy()
        shown = self.shown
        self._collect_all()
        for account in self._bank.accounts:
            if product == "transactions" or (product == "creditCards") == account.is_card:
                self._put_back(account, kept, served)
        if product == "accounts":
            self.shown = shown
        self._end("PARTIAL_SUCCESS", collected=True, failed=product)

    def _put_back(self, account: BankAccount, kept: dict[str, Shelf], served: str) -> None:
        before = kept.get(account.id)
        shelf = self.shelves[account.id]
        if served == "none":
            self.shelves[account.id] = Shelf(shelf.text, {}, shelf.created)
        elif before is not None:
            self.shelves[account.id] = before

    def _succeed_unexplained(self) -> None:
        for shelf_id, shelf in self.shelves.items():
            if self._random.random() < 0.5:
                self.shelves[shelf_id] = Shelf(shelf.text, {}, shelf.created)
        self._end("PARTIAL_SUCCESS", collected=True, detail=False)

    def _lie_empty(self) -> None:
        self._empty()
        self._end("SUCCESS", collected=True, detail=self._random.random() < 0.5)

    def _lie_without_accounts(self) -> None:
        self._empty()
        self.shown = []
        self._end("SUCCESS", collected=True)

    def _admit_empty(self) -> None:
        self._empty()
        if self._random.random() < 0.5:
            self._end("USER_AUTHORIZATION_REVOKED", status="LOGIN_ERROR", collected=True)
        else:
            self._end("SUCCESS", collected=True)
            self.item["consentExpiresAt"] = iso(self._clock.now())

    def _leave_out(self) -> None:
        """The item says that all is well, and some rows are not there."""
        self._hidden = self._random.uniform(0.05, 0.7)
        self._collect_all()
        self._hidden = 0.0
        self._end("SUCCESS", collected=True)

    def _empty(self) -> None:
        for account_id, shelf in self.shelves.items():
            self.shelves[account_id] = Shelf(shelf.text, {}, shelf.created)

    def _end(
        self,
        execution: str,
        *,
        status: str = "UPDATED",
        collected: bool = False,
        detail: bool = False,
        failed: str = "",
    ) -> None:
        now = iso(self._clock.now())
        well = execution in {"SUCCESS", "PARTIAL_SUCCESS"}
        names = ("accounts", "creditCards", "transactions") if detail or failed else ()
        self.item |= {
            "status": status,
            "executionStatus": execution,
            "error": None if well else {"code": execution},
            "updatedAt": now,
            "consentExpiresAt": iso(self._clock.now() + timedelta(days=200)),
            "statusDetail": {name: {"isUpdated": name != failed, "lastUpdatedAt": now} for name in names} or None,
        }
        if collected:
            self.item["lastUpdatedAt"] = now
        self._timeline.say(f"collected: {status} {execution}")

    def bills(self, account_id: str) -> list[Json]:
        """A bill for each month that a card has rows of, in Pluggy's words, the newest first."""
        months: dict[str, int] = {}
        for listed in self.shelves[account_id].rows.values():
            row = json.loads(listed.text)
            cents = round((row["amount"] or 0) * 100)
            months[listed.date[:7]] = months.get(listed.date[:7], 0) + cents
        return [
            {"id": f"{account_id} {month}", "dueDate": f"{month}-28T00:00:00.000Z", "totalAmount": cents / 100}
            for month, cents in sorted(months.items(), reverse=True)
        ]

    # --- taking in ---------------------------------------------------------------------------------------------------

    def _collect_all(self) -> None:
        self.shown = [account.id for account in self._bank.accounts if account.is_listed]
        for account in self._bank.accounts:
            self._collect(account)

    def _collect(self, account: BankAccount) -> None:
        """Rows that fall off Pluggy's year go; an id it has not seen is taken in now."""
        if self._mood not in {"healthy", "well, rows left out"} and not self._mood.startswith("partial"):
            return
        now = self._clock.now()
        oldest = iso(now - timedelta(days=YEAR))
        before = self.shelves.get(account.id)
        shelf = Shelf(_account_json(account), {}, before.created if before else {})
        for row in account.rows:
            if row.at < oldest or (self._hidden and self._random.random() < self._hidden):
                continue
            created_at = shelf.created.setdefault(row.id, iso(now))
            old = before.rows.get(row.id) if before else None
            same = old is not None and old.version == row.version and old.created_at == created_at
            shelf.rows[row.id] = old if same and old is not None else self._listed(account, row, created_at)
        self.shelves[account.id] = shelf

    def _listed(self, account: BankAccount, row: BankRow, created_at: str) -> Listed:
        raw = {**row_json(account, row), "createdAt": created_at, "updatedAt": iso(self._clock.now())}
        return Listed(json.dumps(raw), row.at, created_at, row.version)


def row_json(account: BankAccount, row: BankRow) -> Json:
    """A row in Pluggy's words. Money out of a card is positive there, into it negative."""
    out = row.kind == "DEBIT"
    negative = out != account.is_card
    return {
        "id": row.id,
        "accountId": account.id,
        "description": row.description,
        "currencyCode": "BRL",
        "amount": (-row.cents if negative else row.cents) / 100 if row.is_readable else None,
        "date": row.at,
        "type": row.kind,
        "status": row.status,
        **row.extra,
    }


def _account_json(account: BankAccount) -> str:
    return json.dumps({**account.raw, "id": account.id, "balance": account.balance / 100})
