"""The bank's counter: single rows of one account written, changed, restated or taken away, because somebody orders it.

Balances follow. Orders reach grown households and those made by hand alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox.household import Household
from sandbox.household.calendar import day_of, stamp
from sandbox.household.cards import CardLedger
from sandbox.household.documents import identifier
from sandbox.household.ledger import Ledger
from sandbox.household.rows import Draft, Pen, holder_cents, merchant
from sandbox.household.shops import Party

Json = dict[str, Any]

SHOPPING, INCOME = "08000000", "01000000"
UNCATALOGUED_TRADE = "4789099"  # the CNAE of a shop of no other kind


@dataclass(frozen=True)
class Entry:
    """A row to be written. ``cents``: from the holder's view, negative = money out (or card debt up). ``date``: as Pluggy
    writes it. ``merchant``: its name, where Pluggy knows it. ``values``: top-level keys of the row that replace what is
    made up here; an object is merged into ours."""

    cents: int
    description: str
    date: str
    is_pending: bool = False
    merchant: str | None = None
    category: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class LooseLedger(Ledger):
    """The ledger of an account that was made by hand, whose rows may lack keys."""

    def weight(self, row: Mapping[str, Any]) -> int:
        cents = holder_cents({"amountInAccountCurrency": None, **row})
        if self.account["type"] == "CREDIT":
            return -cents
        return cents if row.get("status", "POSTED") == "POSTED" else 0


class Counter:
    """One account of one household at the aware time ``now``. Raises KeyError: it has no such account.

    Ids are the bank's own. Every method that names a row raises KeyError when it is not there. `close` shows the result.
    """

    def __init__(self, household: Household, account_id: str, now: datetime) -> None:
        self._household = household
        self._ledger = ledger_of(household, account_id)
        self._ledger.pen.now = stamp(now)

    def write(self, entry: Entry) -> str:
        """Returns the row's id."""
        draft = self._draft(entry)
        row = self._ledger.compose(draft)
        row |= merged(row, entry.values)
        self._ledger.add(row)
        return str(row["id"])

    def remove(self, row_id: str) -> None:
        self._ledger.remove(row_id)

    def recreate(self, row_id: str) -> str:
        """The bank forgot its own id: the same row under a new one, which is returned."""
        return self._ledger.restate(row_id)

    def settle(self, row_id: str) -> None:
        self._ledger.change(row_id, status="POSTED")

    def edit(self, row_id: str, values: Mapping[str, Any]) -> None:
        """``values``: top-level keys of the row; an object is merged into the one there."""
        self._ledger.change(row_id, **merged(self._ledger.rows[row_id], values))

    def reprice(self, row_id: str, cents: int) -> None:
        """Another amount, from the holder's view."""
        priced = self._ledger.pen.row(self._ledger.account, replace(BLANK, cents=cents), 0)
        self.edit(row_id, {name: priced[name] for name in ("amount", "type")})

    def close(self) -> None:
        """Show what was ordered: the listing and the account's figures."""
        if self._household.is_grown:
            self._household.show()
        else:
            self._ledger.show()
            self._ledger.account["balance"] = self._ledger.balance / 100

    def _draft(self, entry: Entry) -> Draft:
        category = entry.category or (SHOPPING if entry.cents < 0 else INCOME)
        text = entry.merchant or entry.description
        party = Party(text.upper(), text, category, 0, 0, cnae=UNCATALOGUED_TRADE)
        is_card = self._ledger.account["type"] == "CREDIT"
        return Draft(
            entry.date,
            entry.description,
            entry.description.upper(),
            entry.cents,
            category,
            operation=None if is_card else "CARTAO" if entry.merchant else "PIX",
            merchant=merchant(party) if entry.merchant else None,
            card=self._card_metadata(entry) if is_card else None,
            status="PENDING" if entry.is_pending else "POSTED",
        )

    def _card_metadata(self, entry: Entry) -> Json:
        ledger, day = self._ledger, day_of(entry.date)
        if isinstance(ledger, CardLedger):
            return ledger.metadata(day, day) | {"paymentType": "SINGLE"}
        return {"cardNumber": str(ledger.account.get("number", ""))[-4:], "purchaseDate": entry.date}


BLANK = Draft("", "", "", 0, SHOPPING)


def merged(row: Mapping[str, Any], values: Mapping[str, Any]) -> Json:
    return {
        name: row[name] | value if isinstance(value, dict) and isinstance(row.get(name), dict) else value
        for name, value in values.items()
    }


def ledger_of(household: Household, account_id: str) -> Ledger:
    """The ledger behind an account; one made by hand gets its own, kept with the household."""
    if household.life is not None:
        ledgers = household.life.ledgers.values()
        found = next((one for one in ledgers if one.account["id"] == account_id), None)
        if found is None:
            raise KeyError(account_id)
        return found
    if account_id not in household.by_hand:
        account = next((one for one in household.accounts if one["id"] == account_id), None)
        if account is None:
            raise KeyError(account_id)
        household.by_hand[account_id] = loose_ledger(household, account)
    return household.by_hand[account_id]


def loose_ledger(household: Household, account: Json) -> Ledger:
    listing = household.transactions.setdefault(account["id"], [])
    cents = round(account.get("balance", 0) * 100)
    ledger = LooseLedger(account, Pen(identifier("by hand", account["id"]), ""), cents, listing=listing)
    ledger.rows = {row["id"]: row for row in listing}
    return ledger
