"""What connections are called where one of several must be chosen or confirmed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from gerente_financeiro.messages.format import clean_text
from open_finance.reading.balances import BankAccounts
from open_finance.records import Connection

NAME_LIMIT = 40  # what a screen shows of a bank's name

#: A connection, and the last digits of its first account, where there are any.
Numbered = tuple[Connection, str]


def tell_apart(banks: Iterable[Numbered], beside: Iterable[Numbered] = ()) -> dict[int, str]:
    """The name of each connection, by its id: its bank's, and, where another one has the same, the last digits of its first
    account: ``Inter ••4321``. Those that even so are alike are numbered: ``Inter ••4321 (2)``. ``beside``: what stands on
    the same screen under words that tell it apart; only digits that differ from its are said."""
    alike: dict[str, list[Numbered]] = defaultdict(list)
    others: dict[str, set[str]] = defaultdict(set)
    for bank in banks:
        alike[_key(bank)].append(bank)
    for bank in beside:
        others[_key(bank)].add(bank[1])
    return {connection_id: name for key, group in alike.items() for connection_id, name in _names(group, others[key])}


def apart(banks: Sequence[BankAccounts]) -> tuple[BankAccounts, ...]:
    """The same banks, each under its own name."""
    names = tell_apart(map(of_bank, banks))
    return tuple(replace(bank, connection=under_its_name(bank.connection, names)) for bank in banks)


def of_bank(bank: BankAccounts) -> Numbered:
    """What ``tell_apart`` looks at."""
    return bank.connection, next((each["number"] for each in bank.accounts if each["number"]), "")


def under_its_name(connection: Connection, names: Mapping[int, str]) -> Connection:
    """The connection, called as the names say."""
    name = names.get(connection["id"], connection["connector_name"])
    return cast("Connection", {**connection, "connector_name": name})


def names_of(connections: Iterable[Connection]) -> dict[int, str]:
    """What each of them is called, by its id."""
    return {each["id"]: each["connector_name"] for each in connections}


def short_name(name: str) -> str:
    """A name from here, cut for a button that says more; the digits stay."""
    bank, dots, digits = clean_text(name).partition(" ••")
    return f"{clean_text(bank, 12 if dots else 20)}{dots}{digits}"


def _key(bank: Numbered) -> str:
    return clean_text(bank[0]["connector_name"]).casefold()


def _names(group: Sequence[Numbered], others: set[str]) -> list[tuple[int, str]]:
    if len(group) == 1 and others <= {group[0][1]}:
        return [(connection["id"], connection["connector_name"]) for connection, _ in group]
    digits = [f" ••{number}" if (number := clean_text(given, 8)) else "" for _, given in group]
    marks = [f"{mark} ({place})" if digits.count(mark) > 1 else mark for place, mark in enumerate(digits, start=1)]
    return [
        (connection["id"], f"{clean_text(connection['connector_name'], NAME_LIMIT - len(mark))}{mark}")
        for (connection, _), mark in zip(group, marks, strict=True)
    ]
