"""Numbers in words, and ordinals without a sign: ``vinte e dois`` → ``22``, ``1a compra`` → ``primeira compra``. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from open_finance.asking.word_sets import word_set
from open_finance.reading.statement_query import LONG_MONTHS, SHORT_MONTHS

_UNITS: Final = {"um": 1, "uma": 1, "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7,
                 "oito": 8, "nove": 9}  # fmt: skip
_TEENS: Final = {"dez": 10, "onze": 11, "doze": 12, "treze": 13, "quatorze": 14, "catorze": 14, "quinze": 15,
                 "dezesseis": 16, "dezasseis": 16, "dezessete": 17, "dezoito": 18, "dezenove": 19}  # fmt: skip
_TENS: Final = {"vinte": 20, "trinta": 30, "quarenta": 40, "cinquenta": 50, "sessenta": 60, "setenta": 70,
                "oitenta": 80, "noventa": 90}  # fmt: skip
_HUNDREDS: Final = {"cem": 100, "cento": 100} | {
    f"{name}{ending}": value
    for name, value in (("duzent", 200), ("trezent", 300), ("quatrocent", 400), ("quinhent", 500), ("seiscent", 600),
                        ("setecent", 700), ("oitocent", 800), ("novecent", 900))
    for ending in ("os", "as")
}  # fmt: skip
_VALUES: Final = _UNITS | _TEENS | _TENS | _HUNDREDS
_THOUSAND: Final = "mil"
#: Longer than nine digits no amount is.
_LARGEST: Final = 999_999_999
_SHORT_THOUSANDS: Final = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)(?:k|mil)")

#: What is counted, or says that a number stands before it.
_COUNTED: Final = re.compile(
    r"(?:dias?|semanas?|mes|meses|anos?|quinzenas?|bimestres?|trimestres?|semestres?|horas?|vezes|maior(?:es)?|menor(?:es)?"
    r"|ultim[oa]s?|primeir[oa]s|principais|mais|reais|real|conto|contos|pilas?|paus?|mangos?|centavos?|compras?|gastos"
    r"|parcelas?|pagamentos|pix|transferencias|categorias|lojas|lugares|cartoes|contas|bancos|mil|dinheiros?)"
)
_JOINING: Final = word_set(
    "de do da dos das e a o ao ate em no na nos nas com por pelo pela para que eu foi foram ou x deu teve tive"
)
_BEFORE_ONE: Final = frozenset({"dia", "dias", "ha", "faz"})
_BEFORE_TEN: Final = re.compile(
    r"(?<!\S)(?:dias?|(?:mais|menos|acima|abaixo|maior|maiores|menor|menores|superior|inferior|partir) (?:de|do que|que|a)"
    r"|(?:ultim[oa]s|passad[oa]s|top|reais|de|os|as)|ha|faz)$"
)
_MONTHS: Final = frozenset((*LONG_MONTHS, *SHORT_MONTHS))
_ORDINALS: Final = {"1": "primeir", "2": "segund", "3": "terceir", "4": "quart", "5": "quint", "6": "sext"}
_OF_ORDINALS: Final = re.compile(
    r"compras?|vez|vezes|pagamentos?|pix|gastos?|parcelas?|transferencias?|semanas?|faturas?|pedidos?|corridas?|salarios?"
)


def with_digits(words: Sequence[str]) -> list[str]:
    """Folded words with digits for the numbers among them; a number's word that is part of a name stays."""
    found: list[str] = []
    at = 0
    while at < len(words):
        value, end = _number_at(words, at)
        if value is None or not _counts(words, found, at, end):
            found.append(_ordinal(words, at))
            at += 1
            continue
        found.append(str(value))
        at = end
    return found


def _number_at(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """The number that begins at a word, and the place after it. ``mil e quinhentos``: 1500."""
    if thousands := _SHORT_THOUSANDS.fullmatch(words[at]):
        return min(int(float(thousands[1].replace(",", ".")) * 1000), _LARGEST), at + 1
    value, end = _below_thousand(words, at)
    if _at(words, end) != _THOUSAND or (value is None and _at(words, at - 1)[:1].isdecimal()):
        return value, end
    thousands_of = 1 if value is None else value
    rest, after = _below_thousand(words, end + 1)
    if rest is None and _at(words, end + 1) == "e" and not words[at].isdecimal():
        rest, after = _below_thousand(words, end + 2)
    if rest is None or (rest and words[at].isdecimal()):
        return thousands_of * 1000, end + 1
    return thousands_of * 1000 + rest, after


def _below_thousand(words: Sequence[str], at: int) -> tuple[int | None, int]:
    word = _at(words, at)
    if word.isdecimal() and len(word) < 4 and _at(words, at + 1) == _THOUSAND:
        return int(word), at + 1
    if word not in _VALUES:
        return None, at
    value, end = _VALUES[word], at + 1
    while True:  # hundreds take tens, tens take units
        step = _VALUES.get(_at(words, end + 1), 0) if _at(words, end) == "e" else 0
        room = 100 if value % 100 == 0 else 10 if value % 10 == 0 and value % 100 >= 20 else 0
        if not 0 < step < room:
            return value, end
        value, end = value + step, end + 2


def _at(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _counts(words: Sequence[str], before: Sequence[str], at: int, end: int) -> bool:
    """Whether a number counts something, or is a day; else it is a word like others: ``um``, ``Três Irmãos``, ``dez``."""
    following, past = _at(words, end), " ".join(before[-3:])
    if past.endswith("por") and words[at] == "cento":
        return False
    if end - at > 1 or words[at][0].isdecimal():
        return True
    is_of_month = following in _MONTHS or (following == "de" and _at(words, end + 1) in _MONTHS)
    if words[at] in {"um", "uma"}:
        ago = following.startswith(("dia", "semana", "mes", "ano")) and _at(words, end + 1) in {"atras", "para"}
        return ago or _at(before, len(before) - 1) in _BEFORE_ONE or (is_of_month and words[at] == "um")
    if words[at] == "dez":
        is_day = following == "de" and _at(words, end + 1) in _MONTHS
        is_range = following in {"a", "e", "ate"} and _at(words, end + 1) in _VALUES
        is_counted = bool(_COUNTED.fullmatch(following)) and following != "mais"
        return is_day or is_range or is_counted or (bool(_BEFORE_TEN.search(past)) and not _is_month(before, following))
    return not following or is_of_month or following in _JOINING or bool(_COUNTED.fullmatch(following))


def _is_month(before: Sequence[str], following: str) -> bool:
    """``de dez``: December, but for ``mais de dez``."""
    is_bare = _at(before, len(before) - 1) == "de" and _at(before, len(before) - 2) not in {
        "mais", "menos", "acima", "abaixo", "maior", "menor",
    }  # fmt: skip
    return is_bare or following in {"x", "vs"}


def _ordinal(words: Sequence[str], at: int) -> str:
    """``1a`` before what is counted so: ``primeira``."""
    word = words[at]
    if word == "primeiro" and _at(words, at + 1) in {"e", "a", "ao", "ate"}:
        after = next((each for each in words[at + 2 : at + 5] if each not in {"o", "dia"}), "")
        return "1" if after.isdecimal() or after in _VALUES else word
    if len(word) == 2 and word[0] in _ORDINALS and word[1] in "oa" and _OF_ORDINALS.fullmatch(_at(words, at + 1)):
        return _ORDINALS[word[0]] + word[1]
    return word
