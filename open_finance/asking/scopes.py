"""Which accounts a question means: a bank's, cards, savings, one that the person named. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from open_finance.asking.question import Known, Scope
from open_finance.asking.sentence import Sentence, word_set
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
_KIND = r"(?:(?:n[oa]s?|d[oa]s?|em|com|pel[oa]s?|a|o|as|os|meu|minha|meus|minhas|de|todos|todas|por)\s)*"
_CARDS: Final = re.compile(rf"(?<!\S){_KIND}(cartao|cartoes|credito)(?: de)?(?: credito)?(?: do| da| de)?(?!\S)")
_DEBIT: Final = re.compile(
    rf"(?<!\S){_KIND}(?:cartao de debito|debito em conta|debito automatico|debito|conta corrente"
    rf"|contas correntes)(?: do| da)?(?!\S)"
)
_POTS: Final = re.compile(rf"(?<!\S){_KIND}(?:caixinhas?|cofrinhos?|porquinhos?)(?: do| da)?(?!\S)")
_SAVINGS: Final = re.compile(rf"(?<!\S){_KIND}poupancas?(?: do| da)?(?!\S)")


def find_scope(sentence: Sentence, known: Known, accounts: tuple[int, ...] = ()) -> Scope:
    """``accounts``: what ``own_accounts`` found. Its words have a meaning then."""
    debit = sentence.take(_DEBIT, "account") is not None
    card = sentence.take_all(_CARDS, "account") > 0
    savings = sentence.take(_SAVINGS, "account") is not None
    pots = sentence.take(_POTS, "account") is not None
    bank = _bank(sentence, known.banks)
    brand = _brand(sentence)
    holds = (
        "kept"
        if pots and savings
        else "pots"
        if pots
        else "savings"
        if savings
        else "card"
        if card or brand
        else "checking"
        if debit
        else ""
    )
    return Scope(bank, holds, brand, accounts)  # type: ignore[arg-type]


def _bank(sentence: Sentence, banks: Iterable[str]) -> str:
    """One of the person's as it is called there, else one that everybody knows; the longest name first."""
    own = {canonical(bank): bank for bank in banks}
    names = {**_everybodys(), **{fold(bank): bank for bank in banks}}
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
            if found:
                sentence.give(at, at + length, "account")
                return found
    return ""


@cache
def _everybodys() -> dict[str, str]:
    names = {fold(name): name for spelled in BANKS.values() for name in spelled if len(fold(name)) > 2}
    names |= {fold(name): name for name in FAVOURITES} | dict(ALIASES)
    kept = {name: bank for name, bank in names.items() if name not in _WORDS}
    return kept | {f"banco {name}": names[name] for name in _WORDS if name in names}


def _brand(sentence: Sentence) -> str:
    for name, brand in _BRANDS.items():
        if sentence.take(re.compile(rf"(?<!\S){name}(?!\S)"), "account"):
            return brand
    return ""


def own_accounts(sentence: Sentence, known: Known) -> tuple[int, ...]:
    """Accounts by the whole name that the person gave them."""
    named: dict[str, list[int]] = {}
    for number, name in known.accounts.items():
        named.setdefault(fold(name), []).append(number)
    for name in sorted(named, key=len, reverse=True):
        if len(name) > 2 and sentence.take(re.compile(rf"(?<!\S){re.escape(name)}(?!\S)"), "account"):
            return tuple(named[name])
    return ()
