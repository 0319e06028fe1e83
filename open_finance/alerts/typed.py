"""What a person types when /alertas asks for an amount, an hour or the quiet hours. Pure.

Each function raises ValueError on what it does not understand for certain: the person is asked again, nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal

from open_finance.alerts.settings import MAX_FROM
from open_finance.folding import fold

_AMOUNT = re.compile(
    r"(?:(?:acima|a partir|mais|maior(?:es)?) (?:de |do que |que )?)?(?:r\$|rs)? ?"
    r"(\d{1,3}(?:\.\d{3})+|\d{1,9})(?:,(\d{1,2})|\.(\d{2}))? ?(mil)? ?(?:reais|real|r\$)?(?: ou mais)?",
    re.ASCII,
)
#: Six digits or more and nothing else are a bank's code, sent to the wrong question: an amount is written as one.
_CODE = re.compile(r"\d{6,}", re.ASCII)
_EVERYTHING = frozenset({"tudo", "todas", "todos", "qualquer valor", "qualquer", "sempre", "zero"})

_CLOCK = (
    r"(?:as? |la )?(?:(\d{1,2})(?: ?(?:h|hs|hrs|horas?|:|\.) ?(\d{2})? ?(?:m|min|minutos)?)?( e meia)?"
    r"|(\d{2})(\d{2})|(meio[ -]?dia|meia[ -]?noite)( e meia)?)"
    r"(?: (?:da|de) (manha|tarde|noite|madrugada))?(?: em ponto)?"
)
_HOUR = re.compile(_CLOCK, re.ASCII)
_QUIET = re.compile(
    rf"(?:silencio )?(?:de |das? |do |entre )?(?P<begins>{_CLOCK}) ?(?:-|–|—|ate as|ate a|ate|as|ao|a|e as|e) ?"
    rf"(?P<ends>{_CLOCK})",
    re.ASCII,
)
_NO_QUIET = re.compile(
    r"(sem|nenhum|nao|nunca|desliga\w*|tira\w*|0)( quero)?( o)?( silencio| horario| hora)*( de silencio)?"
)
_AFTERNOON = frozenset({"tarde", "noite"})


def read_amount(text: str) -> Decimal:
    """BRL, to the centavo: ``80``, ``R$ 1.250,50``, ``2 mil``, ``80 reais``; ``tudo`` is zero. Six digits or
    more and nothing else are none."""
    typed = fold(text).rstrip(".!")
    if typed in _EVERYTHING:
        return Decimal("0.00")
    found = None if _CODE.fullmatch(typed) else _AMOUNT.fullmatch(typed)
    if found is None:
        raise ValueError("no amount")
    whole, centavos, pennies, thousand = found.groups()
    amount = Decimal(f"{whole.replace('.', '')}.{(centavos or pennies or '0').ljust(2, '0')}")
    amount = amount * 1000 if thousand else amount
    if amount > MAX_FROM:
        raise ValueError("no amount that anybody spends")
    return amount.quantize(Decimal("0.01"))


def read_hour(text: str) -> time:
    """``7h30``, ``19:00``, ``8 da noite``, ``meio-dia``, ``7 e meia``."""
    return _time(_HOUR.fullmatch(fold(text).rstrip(".!")))


def read_quiet(text: str) -> tuple[time, time]:
    """From when to when nobody is disturbed: ``22 às 7``, ``das 22h30 até 6h``. ``sem silêncio``: twice the same hour.

    One hour for both is not understood: it may be meant as the whole day.
    """
    typed = fold(text).rstrip(".!")
    if _NO_QUIET.fullmatch(typed):
        return time(0, 0), time(0, 0)
    found = _QUIET.fullmatch(typed)
    begins, ends = (_time(_HOUR.fullmatch(found[name]) if found else None) for name in ("begins", "ends"))
    if begins == ends:
        raise ValueError("no hours between the two")
    return begins, ends


def _time(found: re.Match[str] | None) -> time:
    if found is None:
        raise ValueError("no hour")
    hour, minute, half, hours, minutes, named, named_half, part = found.groups()
    if named is not None:
        hour = "12" if named.startswith("meio") else "0"
    number = int(hour or hours)
    if part in _AFTERNOON and 1 <= number < 12:  # "12 da noite" is midnight, "12 da tarde" is noon
        number += 12
    elif part in {"noite", "madrugada"} and number == 12:
        number = 0
    if (half or named_half) and minute:
        raise ValueError("no hour: a half beside minutes")
    past = 30 if half or named_half else int(minute or minutes or 0)
    if (number, past) == (24, 0):
        return time(0)
    if number > 23 or past > 59:
        raise ValueError("no hour of a day")
    return time(number, past)
