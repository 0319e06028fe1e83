"""All the accounts that a person ever had here, and which of them goes on in another. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from open_finance.reading.balances import better_twins
from open_finance.records import Account, Connection


@dataclass(frozen=True)
class History:
    """All that was ever read and kept; ``listed`` are the accounts that a bank still read still lists."""

    connections: list[Connection]
    accounts: list[Account]
    listed: list[Account]

    @property
    def live(self) -> frozenset[int]:
        """Ids of the accounts that are still listed."""
        return frozenset(account["id"] for account in self.listed)

    @property
    def going_on(self) -> list[Account]:
        """The accounts that are still listed, or go on in one which is; without those that were left for good."""
        identities = {account["identity"] for account in self.listed if not account["apart"]}
        return [
            account
            for account in self.accounts
            if account["id"] in self.live or (account["identity"] in identities and not account["apart"])
        ]

    @cached_property
    def better(self) -> dict[int, tuple[int, ...]]:
        """See ``better_twins``."""
        return better_twins(self.accounts, self.connections, self.live)

    @property
    def twins(self) -> dict[int, int]:
        """``{id of an account that does not count: id of the one that counts for it}``."""
        return {old: better[0] for old, better in self.better.items()}

    def followers(self, account_ids: Iterable[int]) -> set[int]:
        """The accounts that take over from any of these."""
        return {twin for account_id in account_ids for twin in self.better.get(account_id, ())}

    def until(self, first_days: Mapping[int, date]) -> dict[int, date]:
        """An account's rows count until the day a better twin's begin; a twin without rows takes nothing over."""
        days = {old: [first_days[twin] for twin in better if twin in first_days] for old, better in self.better.items()}
        return {old: min(begun) for old, begun in days.items() if begun}


def as_read(accounts: Iterable[Account], going_on: Iterable[Account], now: datetime) -> list[Account]:
    """The accounts, those that were left for good as if they were read now: what comes there no more has ended."""
    known = {account["id"] for account in going_on}
    return [
        account if account["id"] in known else {**account, "synced_at": now, "balance_at": now} for account in accounts
    ]
