"""Institutions as people know them: Pluggy's connectors grouped into banks with doors, found by what people type. Pure."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from open_finance.connectors import MEU_PLUGGY, MEU_PLUGGY_NAME
from open_finance.errors import PluggyServerError
from open_finance.pluggy_rows import read_connector_field
from open_finance.records import Bank, Door, DoorKind

Raw = Mapping[str, Any]

logger = logging.getLogger(__name__)

#: Without one of these a connector brings no money to read: it only starts payments (reference 2.4).
DATA_PRODUCTS = frozenset({"ACCOUNTS", "CREDIT_CARDS"})

FAVOURITES = ("Nubank", "Inter", "C6", "Itaú", "Bradesco", "Santander", "Caixa", "Banco do Brasil", "PagBank")

#: What people call them → the bank's name here. Keys are folded.
ALIASES: Mapping[str, str] = {
    "nu": "Nubank",
    "nu bank": "Nubank",
    "nu pagamentos": "Nubank",
    "roxinho": "Nubank",
    "roxo": "Nubank",
    "banco inter": "Inter",
    "laranjinha": "Inter",
    "c6 bank": "C6",
    "c6bank": "C6",
    "banco c6": "C6",
    "itau unibanco": "Itaú",
    "banco itau": "Itaú",
    "banco bradesco": "Bradesco",
    "banco santander": "Santander",
    "santander brasil": "Santander",
    "cef": "Caixa",
    "caixa economica": "Caixa",
    "caixa economica federal": "Caixa",
    "bb": "Banco do Brasil",
    "banco brasil": "Banco do Brasil",
    "pagseguro": "PagBank",
    "pag seguro": "PagBank",
    "pag bank": "PagBank",
    "uol": "PagBank",
    "mp": "Mercado Pago",
    "btg": "BTG Pactual",
    "xp": "XP Investimentos",
    "bnb": "Banco do Nordeste",
    "meu pluggy": MEU_PLUGGY_NAME,
}

SUGGESTION_SCORE = 60  # of 100, by measurement: a wrong or missing letter in four passes, another bank does not

_SUFFIX = re.compile(
    r"[\s\-–(]*\b(?:empresas?|empresarial|business|corporate|pj|pf|pessoa (?:fisica|juridica)|open finance)\b\)?$"
)
_KIND_ORDER: Mapping[DoorKind, int] = {"open_finance": 0, "meupluggy": 1, "password": 2}


def fold(text: str) -> str:
    """Lower case without accents and punctuation, single spaces: ``Itaú – Cartões`` → ``itau cartoes``."""
    return " ".join(re.sub(r"[^\w&]+", " ", _plain(text)).split())


def group_banks(connectors: Iterable[Raw]) -> list[Bank]:
    """The banks of a list of Pluggy connectors, alphabetically, each with its doors, the recommended one first.

    Doors of one name are one bank: direct and Open Finance, for people and for companies ("Itaú Empresas" is a door of
    Itaú). Connectors that only start payments are left out, and so are those that cannot be read.
    """
    doors: dict[str, list[tuple[str, Door]]] = defaultdict(list)
    for raw in filter(is_for_data, connectors):
        try:
            name, door = bank_name(connector_name(raw)), read_door(raw)
        except PluggyServerError as error:
            logger.warning("a connector was skipped: %s", error)  # names the field, never a value
        else:
            doors[canonical(name)].append((name, door))
    return sorted((_bank(named) for named in doors.values()), key=lambda bank: fold(bank["name"]))


def favourite_banks(banks: Iterable[Bank]) -> list[Bank]:
    """The nine favourites among ``banks``, in their order."""
    by_name = {canonical(bank["name"]): bank for bank in banks}
    return [by_name[key] for key in map(fold, FAVOURITES) if key in by_name]


def search_banks(banks: Sequence[Bank], query: str) -> list[Bank]:
    """The banks a person may mean, likeliest first: one that is called exactly so (or by an alias) alone, otherwise those
    with words that begin as the query's do. An empty query finds all, in the order given."""
    wanted = fold(query)
    if not wanted:
        return list(banks)
    exact = [bank for bank in banks if canonical(bank["name"]) == canonical(query)]
    if exact:
        return exact
    found = [bank for bank in banks if _has_words(bank, wanted.split())]
    favourites = {canonical(name) for name in FAVOURITES}
    return sorted(
        found,
        key=lambda bank: (canonical(bank["name"]) not in favourites, not fold(bank["name"]).startswith(wanted)),
    )


def suggest(banks: Sequence[Bank], query: str) -> Bank | None:
    """The bank whose name or alias looks most like a mistyped query; None when nothing does."""
    from rapidfuzz import fuzz, process  # 3 MB: not before a name is mistyped

    by_name = {canonical(bank["name"]): bank for bank in banks}
    names = {name: by_name[name] for name in by_name}
    names |= {alias: by_name[fold(name)] for alias, name in ALIASES.items() if fold(name) in by_name and len(alias) > 3}
    best = process.extractOne(fold(query), names.keys(), scorer=fuzz.ratio, score_cutoff=SUGGESTION_SCORE)
    return None if best is None else names[best[0]]


def canonical(name: str) -> str:
    """One key for all the ways a bank is written: folded, aliases resolved."""
    folded = fold(name)
    return fold(ALIASES.get(folded, folded))


def bank_name(connector_name: str) -> str:
    """The bank's name without what only tells its connectors apart: ``Itaú Empresas`` → ``Itaú``."""
    name = unicodedata.normalize("NFC", connector_name).strip()
    match = _SUFFIX.search(_plain(name))
    return bank_name(name[: match.start()]) if match and match.start() > 0 else name


def is_for_data(raw: Raw) -> bool:
    """Whether a connector brings accounts or cards."""
    products = raw.get("products")
    return isinstance(products, list) and any(product in products for product in DATA_PRODUCTS)


def connector_name(raw: Raw) -> str:
    """The name Pluggy gives a connector. Raises PluggyServerError for a missing one."""
    name = raw.get("name")
    if not isinstance(name, str) or not name.strip():
        raise PluggyServerError("malformed connector: name")
    return name


def read_door(raw: Raw) -> Door:
    """A connector as a way into a bank. Raises PluggyServerError for one that cannot be used."""
    number, credentials, health = raw.get("id"), raw.get("credentials") or [], raw.get("health")
    if not isinstance(number, int):
        raise PluggyServerError("malformed connector: id")
    if not isinstance(credentials, list) or not all(isinstance(field, Mapping) for field in credentials):
        raise PluggyServerError("malformed connector: credentials")
    return Door(
        connector_id=number,
        kind=_kind(raw),
        person=_person(raw, credentials),
        fields=[read_connector_field(field) for field in credentials],
        has_mfa=raw.get("hasMFA") is True,
        health=str((health.get("status") if isinstance(health, Mapping) else None) or "ONLINE"),
        is_sandbox=raw.get("isSandbox") is True,
    )


def _plain(text: str) -> str:
    """Lower case without accents; a letter stays one character."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def _bank(named: Iterable[tuple[str, Door]]) -> Bank:
    """Named as its recommended door is; known by that door's id."""
    ordered = sorted(named, key=lambda pair: _order(pair[1]))
    name, recommended = ordered[0]
    return Bank(id=recommended["connector_id"], name=name, doors=[door for _, door in ordered])


def _order(door: Door) -> tuple[bool, int, int]:
    """People before companies, Open Finance before a password."""
    return (door["person"] == "PJ", _KIND_ORDER[door["kind"]], door["connector_id"])


def _kind(raw: Raw) -> DoorKind:
    if raw["id"] == MEU_PLUGGY:
        return "meupluggy"
    return "open_finance" if raw.get("isOpenFinance") is True else "password"


def _person(raw: Raw, credentials: Iterable[Raw]) -> Literal["PF", "PJ"]:
    fields = {str(field.get("name")).casefold() for field in credentials}
    is_company = raw.get("type") == "BUSINESS_BANK" or ("cnpj" in fields and "cpf" not in fields)
    return "PJ" if is_company else "PF"


def _has_words(bank: Bank, wanted: Sequence[str]) -> bool:
    words = fold(bank["name"]).split()
    return all(any(word.startswith(start) for word in words) for start in wanted)
