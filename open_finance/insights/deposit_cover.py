"""What the FGC stands behind: which positions, of whose conglomerate, and how much of it is above the limit. Pure.

The rules and the conglomerates are data (``data/fgc.toml``), with their source. What counts is the gross value where it is
known, else the net one: the FGC pays what the institution owes on the day that it is closed, interest included. A joint
holder, and what was paid in the four years before, are not known here.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from open_finance.bank_codes import code_of, find_name
from open_finance.folding import fold
from open_finance.insights.portfolio import Cover, CoverGroup, Kind, Position
from open_finance.investment_identity import cnpj_root
from open_finance.investment_records import InvestmentData
from open_finance.money import ZERO
from open_finance.records import Account

FGC: Final = "FGC"
#: Credit unions by how they are called: each is an institution of its own, whose limit is its own.
_COOPERATIVE: Final = re.compile(
    r"\b(?:cooperativas?|coop|sicredi|sicoob|unicred|cresol|ailos|viacredi|uniprime|sisprime)\b"
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who owes it, as the fund counts. ``key``: what tells it from others. ``is_known``: it stands in our table."""

    key: str
    name: str
    is_known: bool
    fund: str = FGC


@dataclass(frozen=True, slots=True)
class CoverRules:
    """``limit``: of a person at one conglomerate, BRL; ``four_years_limit``: of all that is paid to a person in four years.
    ``kinds``: those that are covered. ``roots``, ``codes``: conglomerates by the first eight digits of a CNPJ, and by the
    COMPE code of accounts that are deposits. ``cooperatives``: the name of the fund of credit unions."""

    limit: Decimal
    four_years_limit: Decimal
    kinds: frozenset[Kind]
    roots: Mapping[str, Issuer]
    codes: Mapping[str, Issuer]
    cooperatives: str
    sources: tuple[str, ...]
    known_to: date

    def issuer_of(self, position: InvestmentData) -> Issuer | None:
        """By its CNPJ, and only without one by its name. None where the bank tells neither. One that is not in the table is
        counted alone."""
        root, name = cnpj_root(position["issuer_cnpj"]), (position["issuer"] or "").strip()
        if root is not None and root in self.roots:
            return self.roots[root]
        if root is None and not name:
            return None
        held_there = position["bank_name"] if root is not None and root == cnpj_root(position["bank_cnpj"]) else None
        called, key = name or held_there or position["issuer_cnpj"] or "", root or fold(name)
        if _COOPERATIVE.search(fold(name)):
            return Issuer(key, f"{called} ({self.cooperatives})", is_known=False, fund=self.cooperatives)
        named = self.codes.get(code_of(find_name(name) or "") or "") if root is None else None
        return named or Issuer(key, called, is_known=False)

    def cover_of(self, kind: Kind, issuer: Issuer | None) -> Cover:
        """Whether a position of this kind is covered."""
        if kind not in self.kinds:
            return Cover.NOT_COVERED
        return Cover.COVERED if issuer is not None else Cover.UNKNOWN


def cover_groups(
    positions: Iterable[Position], accounts: Iterable[Account], rules: CoverRules | None = None
) -> tuple[CoverGroup, ...]:
    """One for each conglomerate of which something is covered, the largest first. ``accounts``: those in BRL that count."""
    rules = rules or cover_rules()
    held: dict[str, list[Position]] = defaultdict(list)
    issuers: dict[str, Issuer] = {}
    for position in positions:
        issuer = rules.issuer_of(position.investment)
        if position.cover is Cover.COVERED and issuer is not None:
            held[issuer.key].append(position)
            issuers[issuer.key] = issuer
    deposits = _deposits(accounts, rules)
    groups = [_group(issuers[key], held[key], deposits.get(key, ZERO), rules) for key in held]
    return tuple(sorted(groups, key=lambda group: (-group.total, group.name)))


def _group(issuer: Issuer, positions: Sequence[Position], deposits: Decimal, rules: CoverRules) -> CoverGroup:
    worth = (one.gross if one.gross is not None else one.balance for one in positions)
    covered = sum(worth, ZERO)
    return CoverGroup(
        name=issuer.name,
        covered=covered,
        deposits=deposits,
        above=max(covered + deposits - rules.limit, ZERO),
        is_known=issuer.is_known,
        positions=tuple(one.investment["id"] for one in positions),
        fund=issuer.fund,
    )


def _deposits(accounts: Iterable[Account], rules: CoverRules) -> dict[str, Decimal]:
    """By conglomerate. An overdraft takes nothing off what another account holds."""
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for account in accounts:
        issuer = rules.codes.get(account["bank_code"] or "")
        if issuer is not None and account["type"] == "BANK" and account["balance"] > ZERO:
            found[issuer.key] += account["balance"]
    return found


@cache
def cover_rules() -> CoverRules:
    """The rules as they are packaged."""
    written = resources.files("open_finance.insights").joinpath("data", "fgc.toml").read_text(encoding="utf-8")
    return read_cover_rules(tomllib.loads(written))


def read_cover_rules(raw: Mapping[str, Any]) -> CoverRules:
    """Raises KeyError or ValueError for rules that lack a line, or name a kind that there is not."""
    fund = raw["cooperatives"]["name"]
    issuers = [(_listed(line, fund), line) for line in raw["group"]]
    lines = [raw[name] for name in ("limits", "covered", "cooperatives", "groups")]
    return CoverRules(
        limit=Decimal(raw["limits"]["per_group"]),
        four_years_limit=Decimal(raw["limits"]["four_years"]),
        kinds=frozenset(Kind(name) for name in raw["covered"]["kinds"]),
        roots={root: issuer for issuer, line in issuers for root in line["roots"]},
        codes={code: issuer for issuer, line in issuers for code in line["codes"]},
        cooperatives=fund,
        sources=tuple(line["source"] for line in lines),
        known_to=min(line["known_to"] for line in lines),
    )


def _listed(line: Mapping[str, Any], cooperatives: str) -> Issuer:
    name = line["name"]
    if line.get("is_cooperative", False):
        return Issuer(name, f"{name} ({cooperatives})", is_known=True, fund=cooperatives)
    return Issuer(name, name, is_known=True)
