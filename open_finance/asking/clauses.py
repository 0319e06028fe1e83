"""A question among other sentences: *saí do plantão agora e queria saber: quanto gastei ontem?* Pure.

Where a clause begins and ends; whether what stands before or after it may be left out is for its reader to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from open_finance.asking.fillers import is_filler
from open_finance.asking.word_sets import word_set
from open_finance.folding import fold

#: So many clauses are tried: each is read anew.
_MOST: Final = 6
_ASKS: Final = (
    r"(?:quant[oa]s?|qtos?|qtas?|qual|quais|onde|aonde|quando|em (?:que|q|qual|quais)|me (?:diz|diga|mostra|mostre|fala"
    r"|fale|lista|liste|passa|informa|conta)|mostr[ae]|list[ae]|soma|some|o total"
    r"|(?:com|de|por|para|pra) (?:que|qual|quais|quem|quantos?)|gastei (?:mais|menos)"
    r"|(?:(?:voce|vc|ce|tu) )?(?:consegue|pode|poderia|podia|sabe|saberia)(?: me)?"
    r" (?:fal|diz|inform|mostr|pass|ve|list)[a-z]*)"
)
_WISHES: Final = (
    r"(?:queria|quero|preciso|precisava|precisamos|gostaria de|pra|para|p|vim|vontade de|curios[oa] (?:pra|para))"
    r" (?:saber|ver|entender|consultar|conferir|listar|descobrir)"
)
_BEGINS: Final = re.compile(
    rf"(?:[,;.:!?()] ?(?:e |entao |dai |ai |mas |agora |por isso )*|(?<![a-z])(?:e|entao|dai|mas) )(?={_ASKS}(?![a-z]))"
    rf"|(?<![a-z])(?={_WISHES}(?![a-z]))"
)
_ENDS: Final = re.compile(r"[,;.!?()]+ |(?<![a-z])(?=(?:porque|pq|pois|ja que|so com o que|para eu|pra eu)(?![a-z]))")
_VERB: Final = re.compile(
    r"\w{2,}(?:ei|ou|eu|iu|ava|avam|aram|eram|ando|endo|indo)|to|tou|estou|ta|esta|sou|somos|foi|fui|vai|vou|vem|veio|tem"
    r"|tenho|quero|preciso|sai|dei|fiz|faco|vi|ver|saber|da|acho|ando|so|pra|para|porque|pq|pois"
    r"|\w{4,}(?:ar|er|ir|i)|quer|querem|ia|iam|diz\w*|fala\w*|fica\w*|pede\w*|gosta\w*|vive|nao|nunca|nem"
)
#: Where somebody laughs a sentence ends.
_LAUGHS: Final = re.compile(
    r" ?(?:[\U0001f000-\U0001faff\u2600-\u27bf]+\ufe0f?|(?<![a-z])(?:k{3,}|rs(?:rs)*|(?:ha){2,}h?)(?![a-z])) ?"
)
_FEWEST_WORDS: Final = 3
#: *É que meu pai pediu*.
_IT_IS_THAT: Final = re.compile(r"e que (?:[oa]|eu|meu|minha|estou|to|preciso|quero|tenho|hoje) ")
#: What begins so goes on with what was asked.
_GOES_ON: Final = word_set("e ou em no na nos nas com de do da dos das por pelo pela ao a para menos sem exceto")


class Clause(NamedTuple):
    """What may be the question, and the rest of the text."""

    text: str
    rest: str


def clauses_of(text: str) -> Iterator[Clause]:
    """The clauses that may be the question alone, the longest first. A rest without a verb is none of these: a name or a
    day that stands apart belongs to the question."""
    plain = _LAUGHS.sub(". ", fold(text))
    begins = [found.end() for found in _BEGINS.finditer(plain) if _says_by_itself(plain[: found.end()])]
    ends = [found.start() for found in _ENDS.finditer(plain) if _is_aside(plain[found.start() :])]
    spans = [(begin, end) for begin in (0, *begins) for end in (len(plain), *reversed(ends)) if begin < end]
    spans.sort(key=lambda span: span[0] - span[1])
    for begin, end in spans[1 : _MOST + 1]:
        yield Clause(plain[begin:end], f"{plain[:begin]} {plain[end:]}")


def _says_by_itself(rest: str) -> bool:
    words = re.findall(r"[a-z]+", rest)
    return len(words) >= _FEWEST_WORDS and any(_VERB.fullmatch(word) or is_filler(word) for word in words)


def _is_aside(rest: str) -> bool:
    words = re.findall(r"[a-z]+", rest)
    goes_on = bool(words) and words[0] in _GOES_ON and _IT_IS_THAT.match(" ".join(words)) is None
    return bool(words) and not goes_on and _says_by_itself(rest)
