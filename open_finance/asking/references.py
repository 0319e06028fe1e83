"""What a question takes up of the sentence before it: *fui no Carrefour ontem. quanto gastei lá?* Pure.

The words that are meant take the place of *lá*, *nele*, *naquele mês*; the question is then read as if it had named them.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from open_finance.asking.parts import Parts
from open_finance.asking.sentence import Sentence
from open_finance.folding import fold
from open_finance.reading.statement_query import LONG_MONTHS

_ASKS: Final = r"(?:quant[oa]s?|qtos?|qual|quais|onde|quando|que (?:dia|mes)|mostr[ae]|list[ae])"
_ASKING: Final = re.compile(rf"(?<![a-z]){_ASKS}(?![a-z])")
_SENTENCE: Final = re.compile(r"[.?!;…]+\s+|\n+")
_BEFORE_IT: Final = re.compile(rf",\s+(?:e\s+)?(?={_ASKS}(?![a-z]))")
_WITH: Final = r"(?:com|para|por|sem|tirando|fora|exceto|menos|contando)"
#: *Lá*, where that is a place: not *sei lá*, *lá em casa*, *até lá*.
_THERE: Final = (
    rf"(?<!sei )(?<!ate )(?<!para )(?<!diz )(?<!fala )(?<!conta )(?<!olha )(?<!ve )(?:la|ali)"
    rf"(?! (?:em casa|n[oa]s?|para|d[eoa]s?|fora|{_ASKS})(?!\S))"
    rf"|(?:n|d)el[ea]s?|{_WITH} (?:el[ea]s?|isso)"
)
_SPAN: Final = r"(?:mes(?:es)?|dias?|semana|periodo|ano|fim de semana|epoca|tempo|ocasiao)"
#: *Nesse mês* is this one, and no reference.
_THEN: Final = (
    rf"(?:d|n|em |de )?aquel[ea]s? {_SPAN}|(?:d|n|em |de )?ess[ea]s? (?:dias?|periodo|epoca|ocasiao)|na epoca"
    r"|desde (?:entao|la)"
)
_REFERENCE: Final = re.compile(rf"(?<!\S)(?:(?P<then>{_THEN})|(?P<that>{_THERE}))(?!\S)")
_JOINS: Final = frozenset({"de", "do", "da", "dos", "das", "no", "na"})
#: What of a sentence may be meant.
_THINGS: Final = frozenset({"category", "brand", "operation"})


class Context(NamedTuple):
    """Words that a question may take up: who or what was named first, where (an account, a shop, a category), and when."""

    thing: str
    place: str
    when: str

    @property
    def in_it(self) -> str:
        """*Em maio*; *ontem*."""
        return f"em {self.when}" if self.when.partition(" ")[0] in LONG_MONTHS else self.when


def divided(text: str) -> tuple[str, str] | None:
    """What was told, and the question after it; None where one follows the other in no such way, or both ask."""
    plain = fold(text).strip()
    ends = [found.span() for found in _SENTENCE.finditer(plain)] or [
        found.span() for found in _BEFORE_IT.finditer(plain)
    ]
    if not ends:
        return None
    told, asked = plain[: ends[-1][0]], plain[ends[-1][1] :]
    return (told, asked) if asks(asked) and not asks(told) else None


def asks(text: str) -> bool:
    """Whether a question's word stands in a folded text."""
    return _ASKING.search(text) is not None


def refers(words: str) -> bool:
    """Whether something is taken up."""
    return _REFERENCE.search(words) is not None


def context_of(sentence: Sentence, parts: Parts) -> Context:
    """What was named in a sentence that has been read. Two spans of time are none."""
    spans = _runs(sentence, {"period"})
    when = _first(sentence, spans).removeprefix("em ") if len(spans) == len(parts.periods) == 1 else ""
    places = _runs(sentence, {"account"})
    places += [(at, end) for at, end, what in parts.subjects.places if what in _THINGS]
    thing = _first(sentence, places + _runs(sentence, {"text"}))
    return Context(thing, _first(sentence, places) or thing, when)


def _first(sentence: Sentence, spans: list[tuple[int, int]]) -> str:
    start, end = min(spans, default=(0, 0))
    return " ".join(sentence.words[start:end])


def _runs(sentence: Sentence, marks: set[str]) -> list[tuple[int, int]]:
    """Where words of such marks stand together: *cartão do Itaú* is one."""
    found: list[tuple[int, int]] = []
    for at, mark in enumerate(sentence.marks):
        if mark not in marks:
            continue
        if found and (found[-1][1] == at or (found[-1][1] == at - 1 and sentence.words[at - 1] in _JOINS)):
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def resolved(words: str, told: Context) -> str | None:
    """A question with what it means in place of what it says; None where that was not said."""
    is_missing = False

    def put(found: re.Match[str]) -> str:
        nonlocal is_missing
        meant = _meant(found, told)
        is_missing = is_missing or not meant
        return meant

    text = _REFERENCE.sub(put, words)
    return None if is_missing else text


def _meant(found: re.Match[str], told: Context) -> str:
    said = found[0]
    if found["then"]:
        return f"desde {told.when}" if told.when and said.startswith("desde") else told.in_it
    if not told.thing:
        return f"de {told.when}" if told.when and said.startswith("del") else ""
    first, _, rest = said.partition(" ")
    if rest:
        return f"{first} {told.thing}"
    return f"{'do' if said.startswith('d') else 'no'} {told.place}"
