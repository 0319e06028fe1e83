"""What somebody types after /dividir: how much, what for, among whom, in which parts. Pure.

``150 mercado`` · ``1.234,56 viagem`` · ``90 uber com Bruno`` · ``50 presente só Bruno`` ·
``150 mercado: Ana 100, Bruno 50`` · ``150 mercado: Ana 70%, Bruno 30%``
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from open_finance.alerts.typed import read_amount
from open_finance.folding import fold
from open_finance.sharing.splitting import EQUALLY, Split

__all__ = ["SplitWish", "read_split"]

#: An amount is a number with at most a word before and one after it: ``R$ 150``, ``150 reais``, ``2 mil reais``.
_MOST_WORDS = 4
_BETWEEN = re.compile(r";|,\s+|\s+e\s+", re.IGNORECASE)
_PART = re.compile(r"(?P<name>.+?)\s+(?P<value>(?:r\$\s*)?\d[\d.,]*)\s*(?P<percent>%?)", re.IGNORECASE)
_PERCENT = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?")
_WITH = re.compile(r"(?P<what>.*?)(?:^|\s)(?P<word>com|só|so|apenas|somente)\s+(?P<who>.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class SplitWish:
    """``amount``: BRL; None: not understood. ``among``: member ids; None: nobody was named. ``odd``: what is not understood
    of what was typed of people (``who``) or their parts (``parts``)."""

    amount: Decimal | None
    description: str = ""
    among: tuple[int, ...] | None = None
    how: Split = EQUALLY
    odd: Literal["who", "parts"] | None = None


def read_split(text: str, members: Mapping[int, str], payer: int) -> SplitWish:
    """``members``: ``{member id: name}``; ``payer`` is who types, and takes part in *com Bruno* and not in *só Bruno*."""
    amount, rest = _take_amount(text.split())
    if amount is None:
        return SplitWish(None)
    before, colon, after = rest.rpartition(":")
    if colon and any(char.isdigit() for char in after):
        return _with_parts(amount, before.strip(), after, members)
    return _with_names(amount, rest, members, payer)


def _take_amount(words: Sequence[str]) -> tuple[Decimal | None, str]:
    """The amount at the beginning or, where there is none, at the end; and the other words."""
    for number in range(min(_MOST_WORDS, len(words)), 0, -1):
        amount = _amount(" ".join(words[:number]))
        if amount is not None:
            return amount, " ".join(words[number:])
    for number in range(min(_MOST_WORDS, len(words)), 0, -1):
        amount = _amount(" ".join(words[-number:]))
        if amount is not None:
            return amount, " ".join(words[:-number])
    return None, ""


def _amount(text: str) -> Decimal | None:
    if not any(char.isdigit() for char in text):  # "tudo" is an amount elsewhere
        return None
    try:
        amount = read_amount(text)
    except ValueError:
        return None
    return amount if amount > 0 else None


def _with_parts(amount: Decimal, description: str, typed: str, members: Mapping[int, str]) -> SplitWish:
    values: dict[int, Decimal] = {}
    kinds: set[bool] = set()
    for piece in filter(None, (each.strip() for each in _BETWEEN.split(typed))):
        found = _PART.fullmatch(piece)
        member = _member(found["name"], members) if found else None
        value = _value(found) if found else None
        if found is None or member is None or value is None or member in values:
            return SplitWish(amount, description, odd="parts")
        values[member] = value
        kinds.add(bool(found["percent"]))
    whole = Decimal(100) if kinds == {True} else amount
    if len(kinds) != 1 or sum(values.values()) != whole:
        return SplitWish(amount, description, odd="parts")
    return SplitWish(amount, description, tuple(values), Split("percent" if kinds == {True} else "exact", values))


def _value(found: re.Match[str]) -> Decimal | None:
    if not found["percent"]:
        return _amount(found["value"])
    return Decimal(found["value"].replace(",", ".")) if _PERCENT.fullmatch(found["value"]) else None


def _with_names(amount: Decimal, rest: str, members: Mapping[int, str], payer: int) -> SplitWish:
    """*com* and *só* count where only members' names stand behind them: a pizza may be *com borda*."""
    found = _WITH.fullmatch(rest)
    if found is None:
        return SplitWish(amount, rest)
    named = [_member(name, members) for name in _BETWEEN.split(found["who"]) if name.strip()]
    known = tuple(dict.fromkeys(each for each in named if each is not None))
    if len(known) != len(named):
        return SplitWish(amount, rest, odd="who" if known else None)
    if fold(found["word"]) == "com":
        known = (payer, *(each for each in known if each != payer))
    return SplitWish(amount, found["what"].strip(), known)


def _member(name: str, members: Mapping[int, str]) -> int | None:
    """By the whole name, or by the first one where only one member has it."""
    wanted = fold(name)
    whole = [one for one, called in members.items() if fold(called) == wanted]
    first = [one for one, called in members.items() if fold(called).split(" ")[0] == wanted]
    found = whole or first
    return found[0] if len(found) == 1 else None
