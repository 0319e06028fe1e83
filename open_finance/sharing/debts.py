"""Who owes whom, from expenses and what was paid back: everybody's balance, and few payments that settle them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from open_finance.money import ZERO

__all__ = ["Paid", "PaidBack", "Transfer", "balances", "settle_up"]


class Paid(NamedTuple):
    """An expense: who paid it, and ``{member: part}``, which add up to what was paid."""

    paid_by: int
    parts: Mapping[int, Decimal]


class PaidBack(NamedTuple):
    """A payment of one member to another."""

    debtor: int
    creditor: int
    amount: Decimal


class Transfer(NamedTuple):
    """What one member is to pay another. ``amount``: BRL, more than zero."""

    debtor: int
    creditor: int
    amount: Decimal


def balances(expenses: Iterable[Paid], settlements: Iterable[PaidBack]) -> dict[int, Decimal]:
    """``{member: what the others owe them}``, negative for those who owe; they add up to zero. Who is even stays out."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for paid_by, parts in expenses:
        for member, part in parts.items():
            found[paid_by] += part
            found[member] -= part
    for debtor, creditor, amount in settlements:
        found[debtor] += amount
        found[creditor] -= amount
    return {member: balance for member, balance in found.items() if balance}


def settle_up(standing: Mapping[int, Decimal]) -> list[Transfer]:
    """Payments that bring everybody to zero: nobody both pays and receives, and there are fewer payments than people.

    Two who owe and are owed the same settle it between them; then whoever owes most pays whoever is owed most.
    Raises ValueError when the balances do not add up to zero.
    """
    if sum(standing.values(), ZERO) != ZERO:
        raise ValueError("balances that do not add up to zero")
    owing = {member: -balance for member, balance in standing.items() if balance < 0}
    owed = {member: balance for member, balance in standing.items() if balance > 0}
    transfers = _even_pairs(owing, owed)
    while owing:
        debtor, creditor = _largest(owing), _largest(owed)
        amount = min(owing[debtor], owed[creditor])
        transfers.append(Transfer(debtor, creditor, amount))
        for side, member in ((owing, debtor), (owed, creditor)):
            side[member] -= amount
            if not side[member]:
                del side[member]
    return sorted(transfers, key=lambda one: (-one.amount, one.debtor, one.creditor))


def _even_pairs(owing: dict[int, Decimal], owed: dict[int, Decimal]) -> list[Transfer]:
    """Take out those who settle with a single payment."""
    found = []
    for debtor in sorted(owing):
        creditor = next((each for each in sorted(owed) if owed[each] == owing[debtor]), None)
        if creditor is not None:
            found.append(Transfer(debtor, creditor, owing.pop(debtor)))
            del owed[creditor]
    return found


def _largest(side: Mapping[int, Decimal]) -> int:
    return min(side, key=lambda member: (-side[member], member))
