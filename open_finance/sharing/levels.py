"""How much of an account its owner shares with the family. No level at all is hidden. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from open_finance.records import Account

#: ``hidden``: as if there were no such account; ``balance``: bank, name and balance with its age; ``all``: its rows, too.
Level = Literal["hidden", "balance", "all"]

HIDDEN: Final = "hidden"
BALANCE: Final = "balance"
ALL: Final = "all"
LEVELS: Final[tuple[Level, ...]] = (HIDDEN, BALANCE, ALL)


def most_open(levels: Iterable[Level | None]) -> Level:
    """The level of an account that several connections bring; None is none."""
    return max((level or HIDDEN for level in levels), key=LEVELS.index, default=HIDDEN)


def label_of(account: Account) -> str:
    """What an account is called: by its owner, or else by the bank."""
    return account["custom_name"] or account["marketing_name"] or account["name"]
