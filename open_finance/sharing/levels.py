"""How much of an account its owner shares with the family. No level at all is hidden. Pure."""

from __future__ import annotations

from typing import Final, Literal

#: ``hidden``: as if there were no such account; ``balance``: bank, name and balance with its age; ``all``: its rows, too.
Level = Literal["hidden", "balance", "all"]

HIDDEN: Final = "hidden"
BALANCE: Final = "balance"
ALL: Final = "all"
LEVELS: Final[tuple[Level, ...]] = (HIDDEN, BALANCE, ALL)
