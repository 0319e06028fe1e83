"""An account and its rows: every change of a row moves the balance with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.household.calendar import midnight
from sandbox.household.rows import Draft, Pen, holder_cents, row_day, row_order

Json = dict[str, Any]


@dataclass
class Ledger:
    """A bank account. Always ``balance == opening + the sum of its POSTED rows``, in centavos.

    ``opening``: what the account held before its oldest row. ``listing``: what the household shows, refreshed by `show`.
    ``settled``: ids of the rows that went from PENDING to POSTED since somebody last emptied it.
    """

    account: Json
    pen: Pen
    opening: int = 0
    balance: int = field(init=False)
    rows: dict[str, Json] = field(default_factory=dict)
    listing: list[Json] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    in_day: Counter[date] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.balance = self.opening

    def weight(self, row: Mapping[str, Any]) -> int:
        """What the row adds to the balance."""
        return holder_cents(row) if row["status"] == "POSTED" else 0

    def write(self, draft: Draft, *, raw: bool = True) -> Json:
        """Write the draft into the ledger."""
        row = self.compose(draft, raw=raw)
        self.add(row)
        return row

    def compose(self, draft: Draft, *, raw: bool = True) -> Json:
        """A row of this account, not yet listed."""
        row = self.pen.row(self.account, draft, 0, raw=raw)
        day = row_day(row)
        row["order"] = self.in_day[day]
        self.in_day[day] += 1
        return row

    def add(self, row: Json) -> None:
        self.rows[row["id"]] = row
        self.balance += self.weight(row)

    def change(self, row_id: str, **values: object) -> None:
        """Change top-level keys of a row; nested objects are replaced, never altered, since readers may hold them."""
        row = self.rows[row_id]
        before = self.weight(row)
        row.update(values, updatedAt=self.pen.now)
        self.balance += self.weight(row) - before

    def settle(self, row_id: str, **values: object) -> None:
        self.change(row_id, status="POSTED", **values)
        self.settled.append(row_id)

    def remove(self, row_id: str) -> Json:
        row = self.rows.pop(row_id)
        self.balance -= self.weight(row)
        return row

    def restate(self, row_id: str) -> str:
        """The bank forgot its own id: the same row under a new one, the old one gone. Returns the new id."""
        old = self.remove(row_id)
        new_id = self.pen.new_id()
        times = {"createdAt": self.pen.now, "updatedAt": self.pen.now}
        self.add(old | times | {"id": new_id, "providerId": self.pen.provider_id(new_id)})
        return new_id

    def settle_due(self, today: date) -> None:
        """What the bank was still processing, or had scheduled until today, is final now."""
        for row in [row for row in self.rows.values() if row["status"] == "PENDING"]:
            if row_day(row) <= today:
                self.settle(row["id"])

    def forget_before(self, first: date) -> None:
        """Leave the year: rows older than ``first`` go, their sum stays in ``opening``."""
        horizon = midnight(first)
        for row in [row for row in self.rows.values() if row["date"] < horizon]:
            if row_day(row) < first:
                self.opening += self.weight(self.rows.pop(row["id"]))

    def beside_rows(self) -> list[Json]:
        """What the ledger keeps, stamped as rows are, that is no row."""
        return []

    def show(self) -> None:
        """Put the rows in Pluggy's order: date descending, ties by id."""
        self.listing[:] = sorted(self.rows.values(), key=row_order, reverse=True)
