"""Words and categories of what is due to the state, a school or a club, and mostly once a year. Pure functions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from open_finance.folding import fold

#: What a year brings once, or in a few parts.
_OF_A_YEAR: Final = r"ipva|iptu|licenciamento|detran|irpf|darf|matricula"
_AT_ANY_TIME: Final = r"das|dare|prefeitura|pref mun|sefaz|gps|inss|itbi"
_WORDS: Final = re.compile(rf"\b({_OF_A_YEAR}|{_AT_ANY_TIME})\b")
_YEARLY_WORDS: Final = re.compile(rf"\b({_OF_A_YEAR}|dpvat|anuidade|seguro (?:auto\w*|veic\w*|carro|moto))\b")
#: Due to the state, or to a lender: dear, new and no surprise.
_CATEGORIES: Final = ("02", "15", "17040000", "19050004", "19050006")
_YEARLY_CATEGORIES: Final = {"17040000": "iptu", "19050004": "vehicle", "200400000": "vehicle insurance"}
#: Of a house and of a car there is one a year, whoever collects it, and in how many parts it is paid does not matter.
ONE_A_YEAR: Final = frozenset({"ipva", "iptu", "licenciamento", "dpvat"})


def is_due(text: str, category: str | None) -> bool:
    """Whether something is owed, and not bought."""
    return (category or "").startswith(_CATEGORIES) or _WORDS.search(fold(text)) is not None


def yearly_due(text: str, category: str | None) -> str | None:
    """What sort of a year's dues a row pays, by its words and then by its category; None when it is none."""
    return _yearly_word(text) or _YEARLY_CATEGORIES.get(category or "")


@lru_cache(maxsize=16_384)
def _yearly_word(text: str) -> str | None:
    found = _YEARLY_WORDS.search(fold(text))
    return found.group(1) if found else None
