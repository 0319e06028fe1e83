"""What a person types after /orcamento: a name of a group, of a category or of one of their own, and an amount. Pure.

Names are compared as people read them: case, accents and a plural's *s* aside. What fits nothing is answered with what looks
most like it; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Final

from open_finance.folding import fold
from open_finance.insights.row_categories import title_of
from open_finance.insights.spending import group_title
from open_finance.insights.taxonomy import GROUPS, INCOME, INVESTMENTS, UNKNOWN, group_of, groups_by_category

#: Nobody spends under these.
_NO_SPENDING: Final = frozenset({INCOME, INVESTMENTS})
_NO_CATEGORIES: Final = ("01", "03", "04", "0510", "0601", "0809", UNKNOWN)
SUGGESTIONS: Final = 4
_LOOKS_LIKE: Final = 0.68
_LONGEST_AMOUNT: Final = 5  # words: "r$ 1.200,50 reais por mes"

#: What people say → the group or category that they mean. Folded.
_ALIASES: Final[Mapping[str, str]] = {
    "supermercado": "Mercado",
    "feira": "Mercado",
    "compras do mes": "Mercado",
    "comida": "Restaurantes e delivery",
    "comer fora": "Restaurantes e delivery",
    "lanche": "Restaurantes e delivery",
    "ifood": "11020000",
    "delivery": "11020000",
    "gasolina": "19050001",
    "etanol": "19050001",
    "uber": "19010000",
    "99": "19010000",
    "onibus": "19020000",
    "metro": "19020000",
    "remedio": "18020000",
    "netflix": "09020000",
    "pix": "Transferências",
    "casa": "Moradia",
    "saude": "Saúde e bem-estar",
    "lazer": "Lazer e assinaturas",
    "seguro": "Seguros",
    "assinatura": "Lazer e assinaturas",
    "tarifa": "Tarifas, juros e empréstimos",
    "juro": "Tarifas, juros e empréstimos",
}
_FILLING = re.compile(
    r"^(de |para |pra |com )+|( de| por m[eê]s| ao m[eê]s| mensal| mensais|/ ?m[eê]s|[:=])+$", re.IGNORECASE
)
_AMOUNT_FIRST = re.compile(r"((?:r\$ ?)?\d[\d.,]*(?: mil)?(?: reais)?) (.*[^\W\d_].*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """``category``: what was meant, None where it is not certain; then ``like``: what it may have been."""

    category: str | None
    like: tuple[str, ...] = ()


def budget_title(category: str, names: Mapping[str, str]) -> str:
    """What a budget is called for people. ``names``: of the person's own categories."""
    return group_title(category) if category in GROUPS else title_of(category, names)


def find_named(text: str, names: Mapping[str, str]) -> Named:
    """What a person's word means: a category of their own before a group, a group before a category."""
    wanted = _key(text)
    known = _known(names)
    if not wanted:
        return Named(None)
    own = next((category for category, name in names.items() if _key(name) == wanted), None)
    if found := own or _aliases().get(wanted) or known.get(wanted):
        return Named(found)
    begins = {key: category for key, category in known.items() if _begins(key, wanted)}
    if len(set(begins.values())) == 1 and next(iter(begins)).startswith(wanted):
        return Named(next(iter(begins.values())))
    near = get_close_matches(wanted, [*known, *_aliases()], SUGGESTIONS, _LOOKS_LIKE)
    like = list(begins.values()) or [known.get(key) or _aliases()[key] for key in near]
    return Named(None, tuple(dict.fromkeys(like))[:SUGGESTIONS])


def split_amount(text: str) -> tuple[str, str]:
    """``(name, amount)``, both as they were typed: the amount stands at the end, from its first figure on, or else at the
    beginning. Either may be empty."""
    words = text.split()
    figures = [at for at, word in enumerate(words) if at >= len(words) - _LONGEST_AMOUNT and _is_amount(word)]
    if not figures:
        return _clean(text), ""
    first = next((at for at in figures if at), 0)
    begins = first - (first > 0 and fold(words[first - 1]) in {"r$", "rs"})
    if not begins and (found := _AMOUNT_FIRST.fullmatch(" ".join(words))):
        return ("", _clean(text)) if _is_unit(found[2]) else (_clean(found[2]), found[1])
    amount = " ".join(words[begins:])
    return _clean(" ".join(words[:begins])), _clean(amount)


def suggested_amounts(usual: Decimal | None) -> list[Decimal]:
    """Round amounts around what a month as a rule costs, in reais; the common ones where that is not known."""
    if not usual or usual <= 0:
        return [Decimal(amount) for amount in (200, 500, 1000)]
    step = Decimal(10) ** max(len(str(int(usual))) - 2, 1)
    around = (usual * share for share in (Decimal("0.8"), Decimal("0.9"), Decimal(1), Decimal("1.1")))
    return sorted({max((amount / step).to_integral_value() * step, step) for amount in around})


def _clean(text: str) -> str:
    return _FILLING.sub("", " ".join(text.split()).strip(" .!:=")).strip(" .!:=")


def _is_amount(word: str) -> bool:
    return bool(re.match(r"-?(r\$)?\d", fold(word)))


def _is_unit(words: str) -> bool:
    return fold(words).removeprefix("mil ") in {"mil", "reais", "real", "por mes", "/mes", "reais por mes"}


def _begins(title: str, wanted: str) -> bool:
    """Whether every word typed begins one of the title's."""
    words = title.split()
    return all(any(word.startswith(typed) for word in words) for typed in wanted.split()) and len(wanted) > 2


@cache
def _aliases() -> dict[str, str]:
    return {_key(alias): category for alias, category in _ALIASES.items()}


def _known(names: Mapping[str, str]) -> dict[str, str]:
    """Everything that can have a budget, by what it is called."""
    own = {_key(name): category for category, name in names.items()}
    return _shared() | own


@cache
def _shared() -> dict[str, str]:
    groups = {
        _key(name): group for group in GROUPS if group not in _NO_SPENDING for name in (group_title(group), group)
    }
    found: dict[str, str] = {}
    for category in groups_by_category():
        if not category.startswith(_NO_CATEGORIES) and group_of(category) not in _NO_SPENDING:
            found.setdefault(_key(title_of(category, {})), category)
    return found | groups


def can_have_budget(category: str, names: Mapping[str, str]) -> bool:
    """Whether a budget can be for this: a group, a category, or one of the person's own."""
    return category in names or category in spending_groups() or category in _shared().values()


def spending_groups() -> list[str]:
    """The groups that a budget can be for, in their order."""
    return [group for group in GROUPS if group not in _NO_SPENDING]


def _key(text: str) -> str:
    """Folded, without signs, each word in the singular as far as its last letter goes."""
    words = re.sub(r"[^\w+&]+", " ", fold(text)).split()
    return " ".join(word.rstrip("s") if len(word) > 3 else word for word in words)
