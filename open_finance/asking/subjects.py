"""What a question is about: categories, shops that everybody knows, operations; and names that nobody knows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from open_finance.asking import subjects_words as tables
from open_finance.asking.fillers import INNER, PREPOSITIONS, STOP, is_filler
from open_finance.asking.grammar import NO_NAME
from open_finance.asking.names import NAMES, untitled
from open_finance.asking.sentence import UNCLEAR, Sentence
from open_finance.asking.spelling import corrected, near_names, stem
from open_finance.asking.turns import LEAVES_OUT
from open_finance.asking.word_sets import word_set
from open_finance.folding import fold
from open_finance.insights.taxonomy import GROUPS, groups_by_category
from open_finance.reading.category_names import category_name
from open_finance.reading.statement_query import LONGEST_NAME

__all__ = ["Subjects", "Target", "corrected", "find_subjects", "find_texts", "is_content", "stem"]

What = Literal["category", "income", "income_text", "operation", "brand", "verb"]


class Target(NamedTuple):
    """``values``: categories, texts or an operation."""

    what: What
    values: tuple[str, ...]


@dataclass(slots=True)
class Subjects:
    """All that was found. ``without``: categories that are to be left out; ``are_listed``: see ``_are_listed``."""

    categories: list[str] = field(default_factory=list)
    income: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    places: list[tuple[int, int, What]] = field(default_factory=list)
    verbs: bool = False
    are_listed: bool = False
    without: list[str] = field(default_factory=list)
    without_texts: list[str] = field(default_factory=list)
    without_operations: list[str] = field(default_factory=list)
    verb_values: list[str] = field(default_factory=list)

    def forget(self, sentence: Sentence) -> None:
        """Leave out categories whose words turned out to be part of a name, where nothing else is said."""
        kept = [place for place in self.places if sentence.mark(place[0]) != "named"]
        if len(kept) < len(self.places) and not any(place[2] == "category" for place in kept):
            self.categories.clear()
        self.places = kept


def find_subjects(sentence: Sentence, own: Mapping[str, str]) -> Subjects:
    """The longest phrases first, the person's own categories before all others. Their words have a meaning then."""
    found = Subjects()
    phrases = {**_phrases(), **_own(own)}
    longest = max((len(phrase) for phrase in phrases), default=1)
    at, left_out = 0, -1
    while at < len(sentence.words):
        taken = _at(sentence, at, phrases, longest)
        if taken is None:
            at += 1
            continue
        length, target = taken
        is_left_out = _is_left_out(sentence, at) or _is_more_of_it(sentence, left_out, at)
        sentence.give(at, at + length, target.what)
        if is_left_out and target.what in _WITHOUT:
            getattr(found, _WITHOUT[target.what]).extend(target.values)
            at = left_out = at + length
            continue
        _add(found, target, at, length)
        at += length
    found.are_listed = _are_listed(found.places, sentence)
    return found


def _are_listed(places: Iterable[tuple[int, int, What]], sentence: Sentence) -> bool:
    """Whether a category and a shop stand side by side: *mercado e ifood*; not *gasolina no posto Shell*."""
    named = sorted(place for place in places if place[2] in {"category", "brand"})
    return any(
        one[2] != other[2] and set(sentence.words[one[1] : other[0]]) <= {"e", "ou", "mais"}
        for one, other in pairwise(named)
    )


_LEAVES_OUT: Final = re.compile(rf"{LEAVES_OUT} ?(?:o |a |os |as |com |da |do |de )*$")


#: Where what is left out is kept.
_WITHOUT: Final[Mapping[What, str]] = {
    "category": "without",
    "brand": "without_texts",
    "operation": "without_operations",
}
_AND: Final = frozenset({"e", "ou", "nem", "o", "a", "os", "as"})


def _is_more_of_it(sentence: Sentence, left_out: int, at: int) -> bool:
    """*Sem aluguel e mercado*: neither."""
    return left_out >= 0 and set(sentence.words[left_out:at]) <= _AND


def _is_left_out(sentence: Sentence, at: int) -> bool:
    """Whether the words before say that what follows does not count; they have a meaning then."""
    before = " ".join(sentence.words[:at])
    told = _LEAVES_OUT.search(f"{before} ")
    if told is None or (told.start() and before[told.start() - 1] != " "):
        return False
    sentence.give(before[: told.start()].count(" "), at, "left out")
    return True


def _at(
    sentence: Sentence, at: int, phrases: Mapping[tuple[str, ...], Target], longest: int
) -> tuple[int, Target] | None:
    for length in range(min(longest, len(sentence.words) - at), 0, -1):
        if any(sentence.mark(place) for place in range(at, at + length)):
            continue
        target = phrases.get(tuple(stem(word) for word in sentence.words[at : at + length]))
        if sentence.word(at + length - 1) == "fora" and sentence.word(at + length) in {"o", "a", "os", "as"}:
            continue  # *comida, fora o ifood*
        if target is not None:
            return length, target
    return None


def _add(found: Subjects, target: Target, at: int, length: int) -> None:
    kept = {
        "category": found.categories, "verb": found.categories, "income": found.income, "income_text": found.texts,
        "operation": found.operations, "brand": found.brands,
    }[target.what]  # fmt: skip
    kept.extend(value for value in target.values if value not in kept)
    if target.what == "verb":
        found.verbs = True
        found.verb_values.extend(target.values)
    found.places.append((at, at + length, target.what))


@cache
def _phrases() -> dict[tuple[str, ...], Target]:
    """What stands later counts: our tables more than the tree's own names."""
    phrases: dict[tuple[str, ...], Target] = {}
    for category in groups_by_category():
        name = category_name(category)
        if name and not category.startswith(("01", "03", "04", "05", "06", "99", "0809")):
            phrases.setdefault(_key(name), Target("category", (category,)))
    phrases |= {_key(group): Target("category", (group,)) for group in GROUPS[:13]}
    for said_of_anything in ("compras", "servicos"):
        phrases.pop(_key(said_of_anything), None)
    for what, table in _TABLES:
        for target, written in table.items():
            _put(phrases, written, Target(what, _values(what, target, written)))
    return phrases


_TABLES: Final[tuple[tuple[What, Mapping[str, str]], ...]] = (
    ("category", tables.SPENDING),
    ("income", tables.INCOME),
    ("income_text", tables.INCOME_TEXTS),
    ("operation", tables.OPERATIONS),
    ("brand", tables.BRANDS),
    ("verb", tables.VERBS),
)


def _values(what: What, target: str, written: str) -> tuple[str, ...]:
    if what == "brand":
        return ("|".join(dict.fromkeys([target, *(each.strip() for each in written.split(","))])),)
    return (target,) if target in GROUPS or what in {"income_text", "operation"} else tuple(target.split())


def _put(phrases: dict[tuple[str, ...], Target], written: str, target: Target) -> None:
    for phrase in written.split(","):
        phrases[_key(phrase)] = target


def _own(own: Mapping[str, str]) -> dict[tuple[str, ...], Target]:
    return {_key(name): Target("category", (category,)) for category, name in own.items() if _key(name)}


def _key(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in fold(text).replace("-", " ").split())


# --- names that nobody knows ------------------------------------------------------------------------------------------


#: Of so many digits a number is an amount, or a name: *365*.
_AMOUNT: Final = 3
#: What a number after these names is not known.
_BEFORE_NUMBER: Final = PREPOSITIONS - frozenset({"o", "a", "os", "as", "por", "para"})


def find_texts(sentence: Sentence, *, all_of_them: bool = False) -> list[str]:
    """Names: words that nothing explains, after a preposition or an article. ``all_of_them``: also those after none. Their
    words have a meaning then. After ``|~`` stands what a mistyped one may be, for where nobody has that name."""
    found: list[str] = []
    at = 0
    while at < len(sentence.words):
        if not is_content(sentence, at):
            at += 1
            continue
        end = _name_end(sentence, at)
        if all(
            word.isdecimal() and len(word) < _AMOUNT for word in sentence.words[at:end]
        ):  # a small number alone is nobody's name
            if sentence.word(at - 1) in _BEFORE_NUMBER or _is_its_name(sentence, at):
                sentence.give(at, end, UNCLEAR)
            at = end
            continue
        start = _with_its_category(sentence, at)
        if start is not None:
            found.append(" ".join(sentence.words[start:end]))
            sentence.give(at, end, "text")
            sentence.marks[start:at] = ["named"] * (at - start)
            at = end
            continue
        is_name = sentence.word(at - 1) in PREPOSITIONS or _is_its_name(sentence, at)
        if all_of_them or is_name:
            found.append(" ".join(sentence.words[at:end]))
            sentence.give(at, end, "text")
        at = end
    return ["|~".join([one, *untitled(one), *near_names(one)]) for one in dict.fromkeys(found)]


def _with_its_category(sentence: Sentence, at: int) -> int | None:
    """Where a name begins that a category's word begins: ``padaria do Zé``. Not ``mercado no Zé``."""
    if sentence.word(at - 1) not in INNER or sentence.mark(at - 1) or sentence.mark(at - 2) != "category":
        return None
    start = at - 2
    while sentence.mark(start - 1) == "category":
        start -= 1
    return start


#: Where people buy: what follows at once is what that place is called, as in *mercado três irmãos*.
_PLACES: Final = word_set(
    "mercado supermercado mercearia acougue padaria farmacia drogaria posto bar restaurante lanchonete pizzaria "
    "churrascaria hamburgueria sorveteria cafeteria academia escola colegio faculdade salao barbearia oficina hotel "
    "pousada clinica hospital laboratorio livraria papelaria otica borracharia peixaria quitanda hortifruti boteco "
    "cinema teatro igreja "
)


def _is_its_name(sentence: Sentence, at: int) -> bool:
    before = at - 2 if sentence.word(at - 1) in {"novo", "nova", "bom", "boa", "grande"} else at - 1
    return sentence.mark(before) == "category" and sentence.word(before) in _PLACES


def is_content(sentence: Sentence, at: int) -> bool:
    """Whether a word has no meaning yet and may be a name's."""
    word = sentence.word(at)
    if not word or sentence.mark(at) or word in STOP or word[0] in "<>":
        return False
    return word in NAMES or not (is_filler(word) or NO_NAME.fullmatch(word))


def _name_end(sentence: Sentence, at: int) -> int:
    end = at + 1
    while end - at < LONGEST_NAME:
        if is_content(sentence, end):
            end += 1
        elif sentence.word(end) in INNER and not sentence.mark(end) and is_content(sentence, end + 1):
            end += 2
        else:
            break
    return end
