"""Months, quarters and spans as people write them short, written out: ``fev/26``, ``3T26``, ``set x out``, ``12m``. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from open_finance.asking.word_sets import word_set
from open_finance.reading.statement_query import LONG_MONTHS, SHORT_MONTHS

_LONG: Final = dict(zip(SHORT_MONTHS, LONG_MONTHS, strict=True))
_MONTH: Final = rf"(?:{'|'.join((*LONG_MONTHS, *SHORT_MONTHS))})"
#: Words of their own as well: the sea, a set, ten.
_UNSURE: Final = frozenset({"mar", "set", "dez"})
_BEFORE_MONTH: Final = word_set("em de desde ate durante entre mes x vs contra ano e ou a com")
_PARTS: Final = {"tri": "trimestre", "trim": "trimestre", "bim": "bimestre", "quadri": "quadrimestre"}
_ORDINAL: Final = re.compile(r"[1-6]o?|primeiro|segundo|terceiro|quarto|este|esse|ultimo")


def _year(written: str) -> str:
    return written if len(written) == 4 else f"20{written}"


def _part(found: re.Match[str]) -> str:
    name = "semestre" if found["s"] else "trimestre"
    year = f" de {_year(found['y'])}" if found["y"] else ""
    return f" {found['s'] or found['t'] or found['q']}o {name}{year} "


def _span(found: re.Match[str]) -> str:
    """*Jul-set*, *jul/set*: from the one to the other; *set/out* are two that follow one another."""
    months = [_LONG.get(found[at], found[at]) for at in (1, 4)]
    first, last = (LONG_MONTHS.index(month) for month in months)
    year = f" de {found[2]}" if found[2] else ""
    if found[3] == "/" and (last - first) % 12 == 1:
        return f"{months[0]}{year} e {months[1]}"
    return f"de {months[0]}{year} a {months[1]}"


#: In their order: what is written → what it says.
_WRITTEN: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (
        re.compile(r"(?<!\w)(?:(?P<t>[1-4])t|(?P<s>[12])s|q(?P<q>[1-4]))(?:[ /'-]?(?:de )?(?P<y>20\d\d|[1-3]\d))?(?!\w)"),
        _part,
    ),
    (re.compile(r"(?<!\w)(?:ultimos |nos ultimos )?(\d{1,2})m(?!\w)"), r" ultimos \1 meses "),
    (re.compile(r"(?<!\w)(?:ultimos |nos ultimos )?(\d{1,3})d(?!\w)"), r" ultimos \1 dias "),
    (re.compile(r"(?<!\w)ytd(?!\w)"), " este ano "),
    (re.compile(r"(?<!\w)mtd(?!\w)"), " este mes "),
    (
        re.compile(rf"(?<!\w)({_MONTH})(?:\s?[/.'-]\s?(20\d\d|\d\d)(?![/\w])| de ([1-3]\d)(?!\S)(?! reais))"),
        lambda found: f"{found[1]} de {_year(found[2] or found[3])}",
    ),
    (re.compile(rf"(?<!\w)({'|'.join(SHORT_MONTHS)})([1-3]\d)(?!\w)"), r"\1 de 20\2"),
    (re.compile(rf"(?<![\w/])(\d{{1,2}})\s?[/.-]\s?({_MONTH})(?!\w)"), r"\1 de \2"),
    (re.compile(r"(?<![\d/.,-])(0?[1-9]|1[0-2])/([2-3]\d)(?![\d/])"), r"\1/20\2"),
    (re.compile(rf"(?<!\w)({_MONTH})(?: de (20\d\d))?\s?([/–—~-])\s?({_MONTH})(?!\w)"), _span),
    (re.compile(r"(?<![\d/.,-])(0?[1-9]|1[0-2])\s?[–—~-]\s?(0?[1-9]|1[0-2])/(20\d\d)(?![\d/])"), r"de \1/\3 a \2/\3"),
    (
        re.compile(
            rf"(?<![\d/.,-])(\d{{1,2}})\s?[–—~-]\s?(\d{{1,2}}) ?(/\d{{1,2}}|/?{_MONTH}| de {_MONTH})(?!\w)"
        ),
        r"de \1 a \2\3",
    ),
    (re.compile(r"(?<!\w)(?:anti ?ontem|ante ontem|antes d'ontem)(?!\w)"), "anteontem"),
    (re.compile(r"(?<!\w)(hoje|ontem|anteontem|segunda|terca|quarta|quinta|sexta|sabado|domingo|feira|dia \d\d?)"
                r" (?:de manha|na madrugada|de madrugada|pela manha|de tarde|a tarde|de noite|a noite|na noite"
                r"|na hora do almoco|(?:mais |bem )?cedo)(?!\w)"), r"\1"),
    (re.compile(r"(?<!\w)em '?(2[2-9])(?![\w/,.])(?! (?:de|dias?|reais|vezes|parcelas|x) )"), r"em 20\1"),
    (re.compile(r"(?<!\w)hoje em dia(?!\w)"), "atualmente"),
)  # fmt: skip


def written_out(folded: str) -> str:
    """A folded text in which short ways of writing days, months and spans are written out."""
    for pattern, said in _WRITTEN:
        folded = pattern.sub(said, folded)
    return folded


def with_months(words: Sequence[str]) -> list[str]:
    """Words in which a month's three letters are its name, where they can be nothing else; ``1o tri`` is a trimestre."""
    return [_word(words, at) for at in range(len(words))]


def _word(words: Sequence[str], at: int) -> str:
    word, before = words[at], words[at - 1] if at else ""
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _PARTS or (word == "sem" and re.fullmatch(r"[12]o|primeiro|segundo", before)):
        return _PARTS.get(word, "semestre") if _ORDINAL.fullmatch(before) else word
    if word not in _LONG or len(words) == 1:
        return word
    near = {*words[max(0, at - 4) : at], *words[at + 1 : at + 5]} & {*LONG_MONTHS, *SHORT_MONTHS}
    is_placed = before in _BEFORE_MONTH or before.isdecimal() or following == "de" or near
    if word not in _UNSURE or (is_placed and before not in {"a", "e", "ou", "com"}) or near:
        return _LONG[word]
    return word
