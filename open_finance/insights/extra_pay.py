"""What an employer pays beside the month, by the words that banks have for it. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from open_finance.folding import fold
from open_finance.records import StatementRow

_THIRTEENTH: Final = re.compile(
    r"\b13 ?[oa]?\.? ?(sal|parc|integral)|\b13o\b|\bdecimo terc|\bgrat\w*\.?( de)? nata|\babono (de )?nata|\babono anual"
)
_VACATION: Final = re.compile(r"\bferias\b")
#: What comes now and then. *Participação* alone may be a partner's, and monthly.
_NOW_AND_THEN: Final = re.compile(r"\bferias\b|\bplr\b|\bppr\b|participacao( n?os| em| de)? (lucro|result)|\bbonus")
#: What may come every month as well is set apart only where a thirteenth is looked for.
_BESIDE_THE_MONTH: Final = re.compile(
    r"\badiant|participacao|reembolso|\bdiarias?\b|\bvale\b|rescis|\bfgts\b|\bajuda\b"
)


def says_thirteenth(row: StatementRow) -> bool:
    """Whether a row is called a thirteenth salary."""
    return _THIRTEENTH.search(_text(row)) is not None


def says_vacation(row: StatementRow) -> bool:
    """Whether a row is called vacation pay."""
    return _VACATION.search(_text(row)) is not None


def comes_now_and_then(row: StatementRow) -> bool:
    """Whether a row is called vacation pay, a share of the profit or a bonus: no month's wages."""
    return _NOW_AND_THEN.search(_text(row)) is not None


def says_beside_the_month(row: StatementRow) -> bool:
    """Whether a row is called anything else that an employer pays beside the month's wages, a thirteenth apart."""
    return comes_now_and_then(row) or _BESIDE_THE_MONTH.search(_text(row)) is not None


def _text(row: StatementRow) -> str:
    return _folded(row["description"])


@lru_cache(maxsize=16_384)
def _folded(text: str) -> str:
    return fold(text)
