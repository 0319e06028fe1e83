"""Which accounts a question means: a bank's, cards, savings, one that the person named. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from open_finance.asking.question import Holds, Known, Scope
from open_finance.asking.sentence import Sentence, word_set
from open_finance.asking.turns import LEAVES_OUT
from open_finance.bank_codes import BANKS
from open_finance.connecting.banks import ALIASES, FAVOURITES, canonical, fold

_BRANDS: Final = {
    "visa": "visa", "mastercard": "mastercard", "master": "mastercard", "elo": "elo", "amex": "amex",
    "american express": "amex", "hipercard": "hipercard",
}  # fmt: skip
#: Names of banks that are words of their own: only where this person has such a bank, or as *banco original*.
_WORDS: Final = word_set(
    "inter original next pan stone neon clear rico will cora master dock bs2 bv mercantil safra juno acesso brb uol "
    "mp xp ion iti civia agora stone roxo evolua superdigital bmg "
)
#: Of which somebody is the bank, and what may stand between.
_ACCOUNTS: Final = word_set(
    "fatura faturas cartao cartoes conta contas saldo limite corrente poupanca credito debito banco tenho tem quanto"
)
_CARD_WORDS: Final = word_set("fatura faturas cartao cartoes banco")
#: Not even there: *as contas agora*, *o cartão master*.
_NEVER: Final = word_set("agora master acesso")
_OF: Final = word_set("de do da dos das no na nos nas em meu minha o a")
_KIND = r"(?:(?:n[oa]s?|d[oa]s?|em|com|pel[oa]s?|a|o|as|os|meu|minha|meus|minhas|de|todos|todas|por)\s)*"
_CARDS: Final = re.compile(rf"(?<!\S){_KIND}(cartao|cartoes|credito)(?: de)?(?: credito)?(?: do| da| de)?(?!\S)")
_DEBIT: Final = re.compile(
    rf"(?<!\S){_KIND}(?:cartao de debito|debito em conta|debito automatico|debito|conta corrente"
    rf"|contas correntes)(?: do| da)?(?!\S)"
)
_POTS: Final = re.compile(rf"(?<!\S){_KIND}(?:caixinhas?|cofrinhos?|porquinhos?)(?: do| da)?(?!\S)")
_SAVINGS: Final = re.compile(
    rf"(?<!\S){_KIND}(?:(?:cadernetas?(?: de| da)? )?poupancas?|cadernetas?)(?: do| da)?(?!\S)"
)


def find_scope(sentence: Sentence, known: Known, accounts: tuple[int, ...] = ()) -> Scope:
    """``accounts``: what ``own_accounts`` found. Its words have a meaning then. Several banks are several scopes."""
    kinds = [
        (place, holds)
        for pattern, holds in ((_DEBIT, "checking"), (_CARDS, "card"), (_SAVINGS, "savings"), (_POTS, "pots"))
        for place in _places(sentence, pattern)
    ]
    banks = _named(lambda: _bank(sentence, known.banks))
    brands = _named(lambda: _brand(sentence))
    if len(banks) + len(brands) > 1 and not accounts:
        return _several(sentence, sorted(kinds), banks, brands)
    told = {holds for _, holds in kinds}
    bank, brand = banks[0][1] if banks else "", brands[0][1] if brands else ""
    return Scope(bank, _holds(told, brand), brand, accounts)


_LEFT_OUT: Final = re.compile(rf"(?<!\S){LEAVES_OUT} (?=[a-z])")
#: In so many words an account is named: *a conta do banco do brasil*.
_LONGEST_PLACE: Final = 7


def find_left_out(sentence: Sentence, known: Known) -> Scope:
    """*Fora o cartão do Nubank*: the accounts that do not count; their words have a meaning then."""
    for found in _LEFT_OUT.finditer(sentence.text):
        start = sentence.place(found)
        at = start + found[0].count(" ")
        marked = zip(sentence.words[at : at + _LONGEST_PLACE], sentence.marks[at : at + _LONGEST_PLACE], strict=True)
        place = Sentence("_" if mark else word for word, mark in marked)
        scope = find_scope(place, known)
        other = (one for one, mark in enumerate(place.marks) if not mark and place.words[one] not in _OF)
        end = next(other, len(place.words))
        if scope.is_narrow and end and "account" in place.marks[:end] and "account" not in place.marks[end:]:
            sentence.give(start, at + end, "left out")
            return scope
    return Scope()


def _holds(told: set[str], brand: str) -> Holds:
    if {"pots", "savings"} <= told:
        return "kept"
    for holds in ("pots", "savings"):
        if holds in told:
            return holds
    return "card" if brand or "card" in told else "checking" if "checking" in told else ""


def _places(sentence: Sentence, pattern: re.Pattern[str]) -> list[int]:
    """Where the last word of each stands: that of the account itself."""
    places = []
    while (found := sentence.take(pattern, "account")) is not None:
        places.append(sentence.place(found))
    return places


def _named(find: Callable[[], tuple[int, str] | None]) -> list[tuple[int, str]]:
    """Each name once, where it stands first."""
    found: dict[str, int] = {}
    while (one := find()) is not None:
        found.setdefault(one[1], one[0])
    return sorted((place, name) for name, place in found.items())


_ACCOUNT: Final = frozenset({"conta", "contas", "corrente"})
_NEAR: Final = 3


def _several(
    sentence: Sentence, kinds: list[tuple[int, str]], banks: list[tuple[int, str]], brands: list[tuple[int, str]]
) -> Scope:
    """*Cartão do Nubank e conta do Itaú*: each with the kind that stands before it, else with that of the one before. A
    brand beside a bank is of that bank's card."""
    scopes: list[Scope] = []
    left = list(brands)
    start, holds = -1, ""
    for place, bank in banks:
        near = [one for one in left if abs(one[0] - place) <= _NEAR][:1]
        left = [one for one in left if one not in near]
        holds = _kind_between(sentence, kinds, start, place) or ("card" if near else holds)
        scopes.append(Scope(bank, holds, near[0][1] if near else ""))  # type: ignore[arg-type]
        start = place
    scopes += [Scope(holds="card", brand=brand) for _, brand in left]
    if kinds and not any(scope.holds for scope in scopes):
        scopes = [replace(scope, holds=kinds[0][1]) for scope in scopes]  # type: ignore[arg-type]
    first, *others = scopes
    return replace(first, others=tuple(others))


def _kind_between(sentence: Sentence, kinds: list[tuple[int, str]], start: int, end: int) -> str:
    told = [holds for place, holds in kinds if start < place < end]
    if told:
        return told[-1]
    return "checking" if start >= 0 and _ACCOUNT & set(sentence.words[start:end]) else ""


def _bank(sentence: Sentence, banks: Iterable[str]) -> tuple[int, str] | None:
    """One of the person's as it is called there, else one that everybody knows; the longest name first."""
    own = {canonical(bank): bank for bank in banks}
    names = {"c6": "C6", **_everybodys(), **{fold(bank): bank for bank in banks}}
    for alias, bank in ALIASES.items():
        if fold(bank) in own:
            names[alias] = own[fold(bank)]
    names = {name: own.get(canonical(bank), bank) for name, bank in names.items()}
    words = sentence.words
    for length in range(5, 0, -1):
        for at in range(len(words) - length + 1):
            if any(sentence.mark(place) for place in range(at, at + length)):
                continue
            name = " ".join(words[at : at + length])
            found = names.get(name) or (names.get(name.removeprefix("banco ")) if name.startswith("banco ") else None)
            if not found and name in _WORDS and _is_of_account(words, at):
                found = names.get(f"banco {name}")
            if found:
                sentence.give(at, at + length, "account")
                return at, found
    return None


def _is_of_account(words: list[str], at: int) -> bool:
    """Whether the word is whose card or account it is: *a fatura do Inter*."""
    before = [word for word in words[max(at - 3, 0) : at] if word not in _OF]
    is_beside = bool(before) and before[-1] in (_ACCOUNTS if words[at - 1] in _OF else _CARD_WORDS)
    return is_beside and words[at] not in _NEVER


@cache
def _everybodys() -> dict[str, str]:
    names = {fold(name): name for spelled in BANKS.values() for name in spelled if len(fold(name)) > 2}
    names |= {fold(name): name for name in FAVOURITES} | dict(ALIASES)
    kept = {name: bank for name, bank in names.items() if name not in _WORDS}
    return kept | {f"banco {name}": names[name] for name in _WORDS if name in names}


def _brand(sentence: Sentence) -> tuple[int, str] | None:
    for name, brand in _BRANDS.items():
        if found := sentence.take(re.compile(rf"(?<!\S){name}(?!\S)"), "account"):
            return sentence.place(found), brand
    return None


def own_accounts(sentence: Sentence, known: Known) -> tuple[int, ...]:
    """Accounts by the whole name that the person gave them."""
    named: dict[str, list[int]] = {}
    for number, name in known.accounts.items():
        named.setdefault(fold(name), []).append(number)
    for name in sorted(named, key=len, reverse=True):
        if len(name) > 2 and sentence.take(re.compile(rf"(?<!\S){re.escape(name)}(?!\S)"), "account"):
            return tuple(named[name])
    return ()
