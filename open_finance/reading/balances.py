"""Balances: which accounts count, and what stands apart. Pure functions over account records.

Cash and debt never add up silently: checking, savings, card debt and other currencies are sums of their own, and the
difference of them is labelled as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from open_finance.money import BRL, ZERO
from open_finance.reading.freshness import Freshness, freshness, freshness_of
from open_finance.records import Account, Connection

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """A person's money, each account once. Amounts in BRL; a card's balance is what is owed (negative = in credit).

    ``apart``: accounts in other currencies, or of a type we do not know; ``hidden``: those that the person keeps out of
    every total. Neither enters a sum. ``connections``: those still read, in the order they were made. ``invested``: what
    positions are worth net, without pots; ``loans``: what is still owed of them, positive. Neither is part of another sum.
    """

    checking: tuple[Account, ...]
    savings: tuple[Account, ...]
    cards: tuple[Account, ...]
    apart: tuple[Account, ...]
    connections: tuple[Connection, ...]
    ages: tuple[Freshness, ...]
    hidden: tuple[Account, ...] = ()
    invested: Decimal = ZERO
    loans: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """In checking accounts; an overdraft in use counts as what it is, negative."""
        return _sum(self.checking)

    @property
    def reserved(self) -> Decimal:
        """In the pots that banks keep beside an account ("caixinhas"), not part of any balance."""
        return sum((account["reserved"] or ZERO for account in (*self.checking, *self.savings)), ZERO)

    @property
    def saved(self) -> Decimal:
        """Savings accounts and pots."""
        return _sum(self.savings) + self.reserved

    @property
    def owed(self) -> Decimal:
        """On cards; negative when the cards together are in the person's favour."""
        return _sum(self.cards)

    @property
    def net(self) -> Decimal:
        """``available + saved - owed``: a difference, to be shown as one."""
        return self.available + self.saved - self.owed

    @property
    def is_empty(self) -> bool:
        """Whether there is no account at all, and nothing beside."""
        accounts = self.checking or self.savings or self.cards or self.apart or self.hidden
        return not (accounts or self.invested or self.loans)


@dataclass(frozen=True, slots=True)
class BankAccounts:
    """One connection with its accounts. ``counted_elsewhere``: ids of those that another connection counts."""

    connection: Connection
    age: Freshness
    accounts: tuple[Account, ...]
    counted_elsewhere: frozenset[int]


def balance_report(accounts: Sequence[Account], connections: Sequence[Connection], now: datetime) -> BalanceReport:
    """Sort the accounts of the connections still read into what is available, saved, owed, apart and hidden."""
    connections = [connection for connection in connections if not connection["disconnecting"]]
    read = _read_through(counted_accounts(accounts, connections), connections)
    counted = [account for account in read if not account["hidden"]]
    return BalanceReport(
        checking=tuple(account for account in counted if is_cash(account) and not is_savings(account)),
        savings=tuple(account for account in counted if is_cash(account) and is_savings(account)),
        cards=tuple(account for account in counted if is_card(account) and account["currency_code"] == BRL),
        apart=tuple(account for account in counted if _stands_apart(account)),
        connections=tuple(connections),
        ages=freshness_of(connections, now),
        hidden=tuple(account for account in read if account["hidden"]),
    )


def bank_accounts(
    accounts: Sequence[Account], connections: Sequence[Connection], now: datetime
) -> tuple[BankAccounts, ...]:
    """Each connection with its accounts, all of them, those that count through another one named."""
    counted = {account["id"] for account in counted_accounts(accounts, connections)}
    return tuple(
        BankAccounts(
            connection=connection,
            age=freshness(connection, now),
            accounts=own,
            counted_elsewhere=frozenset(account["id"] for account in own) - counted,
        )
        for connection in connections
        for own in [tuple(account for account in accounts if account["connection_id"] == connection["id"])]
    )


def total_balance(accounts: Iterable[Account], connections: Iterable[Connection]) -> Decimal:
    """BRL in the checking and savings accounts of the connections still read, each once.

    No cards, no pots, no other currencies, none that the person hid.
    """
    live = [connection for connection in connections if not connection["disconnecting"]]
    counted = _read_through(counted_accounts(accounts, live), live)
    return _sum(account for account in counted if is_cash(account) and not account["hidden"])


def counted_accounts(
    accounts: Iterable[Account], connections: Iterable[Connection], live: Collection[int] | None = None
) -> list[Account]:
    """The accounts without those that another connection also brings, in the order given; see ``superseded_accounts``."""
    given = list(accounts)
    superseded = superseded_accounts(given, connections, live)
    return [account for account in given if account["id"] not in superseded]


def superseded_accounts(
    accounts: Iterable[Account], connections: Iterable[Connection], live: Collection[int] | None = None
) -> dict[int, int]:
    """``{id of an account that does not count: id of the one that counts for it}``; see ``better_twins``."""
    return {old: better[0] for old, better in better_twins(accounts, connections, live).items()}


def better_twins(
    accounts: Iterable[Account], connections: Iterable[Connection], live: Collection[int] | None = None
) -> dict[int, tuple[int, ...]]:
    """``{id of an account that does not count: ids of the twins that go before it, the one that counts first}``.

    The same account through two items has one identity (bank, number, type, currency, card digits). The one whose connection
    is alive and was collected last wins. Two accounts of *one* connection are two accounts, whatever their identity, and one
    that the person set apart is nobody's twin. An account that goes on in another's place has taken in its history, so what
    is left here is one that two connections bring, or that was brought by one just left.
    ``live``: ids of the accounts that their banks still list, where ``accounts`` holds history as well.
    """
    by_id = {connection["id"]: connection for connection in connections}
    same: dict[str, list[Account]] = defaultdict(list)
    for account in accounts:
        if not account["apart"]:
            same[account["identity"]].append(account)
    better: dict[int, tuple[int, ...]] = {}
    for twins in (one for alike in same.values() for one in _told_apart(alike)):
        twins.sort(key=lambda twin: (live is None or twin["id"] in live, _merit(twin, by_id)), reverse=True)
        ranked = [twin["id"] for twin in twins]
        better |= {ranked[place]: tuple(ranked[:place]) for place in range(1, len(ranked))}
    return better


def _told_apart(alike: Iterable[Account]) -> list[list[Account]]:
    """Accounts of one identity, in groups that are one account each: at most one of a connection.

    Banks number the variants of a savings account alike: namesakes belong together, the others in the order they came.
    """
    by_connection: dict[int, list[Account]] = defaultdict(list)
    for account in sorted(alike, key=lambda account: account["id"]):
        by_connection[account["connection_id"]].append(account)
    groups: list[list[Account]] = []
    for own in sorted(by_connection.values(), key=len, reverse=True):
        free, nameless = list(groups), []
        for account in own:
            group = next((group for group in free if _name(account) in map(_name, group)), None)
            if group is None:
                nameless.append(account)
            else:
                free.remove(group)
                group.append(account)
        for account in nameless:
            if free:
                free.pop(0).append(account)
            else:
                groups.append([account])
    return groups


def is_healthy(connection: Connection) -> bool:
    """Whether it is read without its person."""
    return connection["status"] in {"UPDATED", "UPDATING", "MERGING"} and connection["action"] is None


def is_card(account: Account) -> bool:
    """Whether a positive balance is owed."""
    return account["type"] == "CREDIT"


def is_cash(account: Account) -> bool:
    """Whether it is a checking or savings account in BRL."""
    return account["type"] == "BANK" and account["currency_code"] == BRL


def is_savings(account: Account) -> bool:
    """Whether it is a savings account; every other bank account counts as checking."""
    return account["type"] == "BANK" and account["subtype"] == "SAVINGS_ACCOUNT"


def kind_of(account: Account) -> str:
    """``checking``, ``savings``, ``card`` or ``other``, whatever the currency."""
    if account["type"] == "BANK":
        return "savings" if is_savings(account) else "checking"
    return "card" if is_card(account) else "other"


def _read_through(accounts: Iterable[Account], connections: Iterable[Connection]) -> list[Account]:
    ids = {connection["id"] for connection in connections}
    return [account for account in accounts if account["connection_id"] in ids]


def _stands_apart(account: Account) -> bool:
    return account["currency_code"] != BRL or account["type"] not in {"BANK", "CREDIT"}


def _name(account: Account) -> tuple[str, str | None]:
    return account["name"], account["marketing_name"]


def _merit(account: Account, connections: Mapping[int, Connection]) -> tuple[bool, bool, datetime, int]:
    """What makes one twin count rather than the other: read at all, healthy, newest, and then simply the later one."""
    connection = connections.get(account["connection_id"])
    if connection is None or connection["gone"] or connection["disconnecting"]:
        return (False, False, account["balance_at"] or account["synced_at"], account["id"])
    return (True, is_healthy(connection), connection["last_updated_at"] or LONG_AGO, account["id"])


def _sum(accounts: Iterable[Account]) -> Decimal:
    return sum((account["balance"] for account in accounts), ZERO)
