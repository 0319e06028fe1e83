"""Mistyped words, as those that we know. Pure.

A word is one that we know with letters swapped, doubled, dropped or hit beside. A word of every day is no mistyped one, even
where it looks like one of ours (``ordinary_words``), nor is a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from open_finance.asking import subjects_words as tables
from open_finance.asking.fillers import STOP
from open_finance.asking.grammar import MARKERS
from open_finance.asking.names import NAMES
from open_finance.asking.ordinary_words import ALIKE, COMMON, SOUND_ALIKE
from open_finance.asking.plain_words import PLAIN
from open_finance.asking.sounds import sounds_of
from open_finance.asking.word_sets import word_set
from open_finance.bank_codes import BANKS
from open_finance.folding import fold
from open_finance.insights.taxonomy import groups_by_category
from open_finance.reading.category_names import category_name
from open_finance.reading.statement_query import LONG_MONTHS

#: Below so many letters a mistyped word is as like others as like itself.
_SHORTEST: Final = 4
#: Of fewer letters only some mistakes are taken for one: letters swapped, doubled, dropped.
_SHORT: Final = 5
#: So long a word may have two wrong letters.
_TWO_WRONG: Final = 9
#: Letters that sound alike.
_SOUNDS: Final = frozenset(
    frozenset(pair)
    for pair in ("sz", "cs", "ck", "qk", "iy", "ei", "ou", "vw", "mn", "gj", "bv", "lu", "xs", "xz", "td")
)


def stem(word: str) -> str:
    """A word in the singular, as far as its last letters go."""
    if len(word) < 4:
        return word
    for ending, single in (
        ("oes", "ao"),
        ("aes", "ao"),
        ("eis", "el"),
        ("ais", "al"),
        ("ns", "m"),
        ("res", "r"),
        ("zes", "z"),
    ):
        if word.endswith(ending) and len(word) > 4:
            return word[: -len(ending)] + single
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def corrected(words: Iterable[str], own: Mapping[str, str], banks: Iterable[str] = ()) -> list[str]:
    """Words, the mistyped ones among them as those that we know. Names of people stay, and what the person named."""
    known = (
        _lexicon()
        | COMMON
        | ALIKE
        | SOUND_ALIKE
        | {word for name in (*own.values(), *banks) for word in fold(name).split()}
    )
    told = list(words)
    return [
        word if _is_beside_name(told, at) else _corrected(word, known, tuple(told[max(0, at - 1) : at]))
        for at, word in enumerate(told)
    ]


def is_plain(word: str) -> bool:
    """Whether a folded word is one of every day, rather than a name."""
    if word in NAMES:
        return False
    known = PLAIN | COMMON | ALIKE | SOUND_ALIKE | _lexicon()
    return len(word) < _SHORTEST or word in known or stem(word) in known


def near_names(text: str) -> tuple[str, ...]:
    """What a name may be that is mistyped: *mria souza* → *maria souza*; the names alike, the nearest first."""
    words = text.split()
    for at, word in enumerate(words):
        if len(word) < _SHORTEST or not word.isalpha() or word in NAMES | ALIKE | COMMON | SOUND_ALIKE | _lexicon():
            continue
        alike = sorted((cost, name) for name in NAMES if (cost := _name_cost(word, name)) is not None)
        return tuple(" ".join([*words[:at], name, *words[at + 1 :]]) for _, name in alike[:4])
    return ()


def _name_cost(word: str, name: str) -> int | None:
    if abs(len(word) - len(name)) > 1 or len(name) < _SHORTEST or OSA.distance(word, name) > 1:
        return None
    return _cost(word, name)


def _is_beside_name(words: list[str], at: int) -> bool:
    """A surname is no mistyped word, whatever it looks like."""
    return at > 0 and words[at - 1] in NAMES


def _corrected(word: str, known: frozenset[str], before: tuple[str, ...]) -> str:
    if len(word) < _SHORTEST or word in known or stem(word) in known or word in NAMES or not word.isalpha():
        return word
    if any(pattern.fullmatch(word) for pattern in MARKERS.values()):
        return word
    single = "".join(letter for letter, _ in groupby(word))
    if single != word and single in _lexicon() and len(single) >= _SHORTEST:
        return single
    if heard := _heard(word):
        return min(
            heard,
            key=lambda other: (_rank(other, before), OSA.distance(word, other), abs(len(word) - len(other)), other),
        )
    near = {other for other, _, _ in process.extract(
        word, _by_length(len(word)), scorer=OSA.distance, score_cutoff=2, limit=40)}  # fmt: skip
    ranked = sorted((cost, _rank(other, before), other) for other in near if (cost := _cost(word, other)) is not None)
    return ranked[0][2] if ranked else word


def _cost(word: str, other: str) -> int | None:
    """How unlike a slip it is to type the one for the other; None where it is none."""
    wrong = OSA.distance(word, other)
    if other[0] != word[0] and sorted(other[:2]) != sorted(word[:2]):
        return None
    if wrong == 2:
        is_swapped = len(word) > _SHORT and sorted(word) == sorted(other)
        return 4 if is_swapped else 6 if len(word) >= _TWO_WRONG and len(other) >= _TWO_WRONG else None
    if sorted(word) == sorted(other):
        return 0 if word[0] == other[0] else 2
    if len(word) != len(other):
        return 1 if len(other) > len(word) or len(word) > _SHORT else None
    pair = frozenset({(one, two) for one, two in zip(word, other, strict=True) if one != two}.pop())
    if pair in _SOUNDS:
        return 1
    return 3 if len(word) >= _SHORT else None


def _rank(other: str, before: tuple[str, ...]) -> int:
    """Which of two words alike is meant: a day after *na*, else what is asked for more often."""
    if other in _WEEKDAYS:
        return 0 if before and before[0] in {"na", "nessa", "essa", "a", "da", "ate", "desde"} else 2
    if other in LONG_MONTHS and before and before[0] in {"em", "de", "ate", "desde", "e", "a"}:
        return 0
    return 1 if other in _CALENDAR or other in _OFTEN or other in _named() else 2 if other in STOP else 3


def _heard(word: str) -> set[str]:
    """The words that sound as this one does, which somebody wrote by ear."""
    by_sound = _by_sound()
    most = 1 if len(word) <= _SHORT else 2 if len(word) < _TWO_WRONG else 3
    alike = {other for sound in sounds_of(word) for other in by_sound.get(sound, ())}
    return {other for other in alike if OSA.distance(_letters(word), _letters(other)) <= most}


def _letters(word: str) -> str:
    """A word with one letter for each of those that are always said alike."""
    return word.replace("qu", "k").replace("q", "k").replace("c", "k").replace("y", "i")


@cache
def _by_sound() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for word in _lexicon():
        if len(word) >= _SHORTEST or word in _SHORT_ONES:
            for sound in sounds_of(word):
                found.setdefault(sound, set()).add(word)
    return {sound: frozenset(words) for sound, words in found.items()}


@cache
def _by_length(length: int) -> list[str]:
    return sorted(word for word in _lexicon() if abs(len(word) - length) <= 2 and len(word) >= _SHORTEST)


@cache
def _lexicon() -> frozenset[str]:
    """Every word that has a meaning here."""
    written = [*_named(), *_words_of_tree(), *_words_of_patterns(), *STOP, *_CALENDAR]
    return frozenset(word for one in written for word in (one, stem(one)) if word.isalpha())


#: Short words that are written longer by ear: *meis*, *treis*.
_SHORT_ONES: Final = word_set("mes luz gas ano dia pix iof ted doc bar pet vez")
_OFTEN: Final = word_set(
    "quanto quantos quanta quantas gastei gasto gastos paguei recebi comprei mandei fatura saldo limite conta contas maior "
    "total mes ano dia lista mostra qual quais minha meu compras parcelas"
)
_WEEKDAYS: Final = word_set("segunda terca quarta quinta sexta sabado domingo")
_CALENDAR: Final = word_set(
    "primeiro segundo terceiro quarto quinto sexto primeira metade meses "
    "mandou enviou transferiu pagou ganhou recebeu comprou depositou passou devolveu perdeu mandaram pagaram "
    "enviaram deu "
    "black friday feriado carnaval pascoa comprar gastar dolar "
    "acima abaixo maior menor superior inferior maximo "
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro segunda terca quarta "
    "quinta sexta sabado domingo ontem anteontem semana passada passado retrasado retrasada ultimo ultimos ultima "
    "ultimas quinzena trimestre semestre bimestre hoje desde entre cartao cartoes credito debito poupanca corrente "
    "condominio natal nubank bradesco santander mastercard "
)


@cache
def _named() -> frozenset[str]:
    """Words of categories, shops and banks."""
    written = (tables.SPENDING, tables.INCOME, tables.INCOME_TEXTS, tables.OPERATIONS, tables.BRANDS, tables.VERBS)
    names = [text for table in written for text in table.values()]
    banks = [fold(name) for spelled in BANKS.values() for name in spelled]
    return frozenset(word for text in (*names, *banks) for word in re.findall(r"[a-z]+", fold(text)))


def _words_of_tree() -> Iterable[str]:
    for category in groups_by_category():
        yield from fold(category_name(category) or "").split()


def _words_of_patterns() -> Iterable[str]:
    """The words that are a pattern by themselves."""
    for pattern in MARKERS.values():
        written = pattern.pattern.replace("[oa]s?", "o").replace("[oa]", "o")
        for word in set(re.findall(r"[a-z]{4,}", written)):
            forms = (word, f"{word}s", f"{word[:-1]}a", f"{word[:-1]}as")
            yield from (form for form in forms if pattern.fullmatch(form))
