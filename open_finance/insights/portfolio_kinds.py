"""What a position is, from how its bank calls it. Pure. Pluggy's types and subtypes are open sets: what nobody has seen yet
is read from its name, or is ``OTHER``.

Source: Pluggy's Investment schema (types and subtypes); a caixinha that is a bank's paper, and crypto, come as OTHER.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from open_finance.folding import fold
from open_finance.insights.portfolio import Kind
from open_finance.investment_records import InvestmentData

_SUBTYPES: Final[Mapping[tuple[str, str], Kind]] = {
    ("FIXED_INCOME", "CDB"): Kind.CDB,
    ("FIXED_INCOME", "LCI"): Kind.LCI,
    ("FIXED_INCOME", "LCA"): Kind.LCA,
    ("FIXED_INCOME", "LC"): Kind.BANK_PAPER,
    ("FIXED_INCOME", "LF"): Kind.LETTER,
    ("FIXED_INCOME", "TREASURY"): Kind.TREASURY,
    ("FIXED_INCOME", "DEBENTURES"): Kind.DEBENTURE,
    ("FIXED_INCOME", "CRI"): Kind.RECEIVABLES,
    ("FIXED_INCOME", "CRA"): Kind.RECEIVABLES,
    ("EQUITY", "STOCK"): Kind.STOCK,
    ("EQUITY", "BDR"): Kind.BDR,
    ("EQUITY", "ETF"): Kind.ETF,
    ("EQUITY", "REAL_ESTATE_FUND"): Kind.PROPERTY_FUND,
    ("EQUITY", "DERIVATIVES"): Kind.DERIVATIVE,
    ("EQUITY", "OPTION"): Kind.DERIVATIVE,
}
#: Types all of whose subtypes are one kind.
_TYPES: Final[Mapping[str, Kind]] = {
    "MUTUAL_FUND": Kind.FUND,
    "ETF": Kind.ETF,
    "SECURITY": Kind.PENSION,
    "COE": Kind.COE,
}
#: Words of a name, folded, of what comes without a subtype that says it; the first that fits.
_FIXED_INCOME_NAMES: Final = (
    (re.compile(r"\bcdb\b"), Kind.CDB),
    (re.compile(r"\blci\b"), Kind.LCI),
    (re.compile(r"\blca\b"), Kind.LCA),
    (re.compile(r"\b(?:rdb|rdc|letra de cambio|caixinha|cofrinho|porquinho)s?\b"), Kind.BANK_PAPER),
    (re.compile(r"\b(?:tesouro|ltn|lft|ntn-?[bcf]1?)\b"), Kind.TREASURY),
    (re.compile(r"\b(?:cri|cra)\b"), Kind.RECEIVABLES),
    (re.compile(r"\b(?:letra financeira|lf)\b"), Kind.LETTER),
    (re.compile(r"\bdeb(?:enture)?s?\b"), Kind.DEBENTURE),
)
_CRYPTO: Final = re.compile(
    r"\b(?:bitcoin|ethereum|criptos?|criptomoedas?|criptoativos?|crypto|btc|eth|usdt|usdc|solana|xrp|litecoin|cardano)\b"
)


def kind_of(position: InvestmentData) -> Kind:
    """By type and subtype, and where these do not say it by the name; crypto by name or code."""
    kind, subtype = position["type"], position["subtype"] or ""
    known = _SUBTYPES.get((kind, subtype)) or _TYPES.get(kind)
    if known is not None:
        return known
    name = fold(position["name"])
    if kind == "OTHER" and _CRYPTO.search(f"{name} {fold(position['code'] or '')}"):
        return Kind.CRYPTO
    if kind in {"FIXED_INCOME", "OTHER"}:
        return next((found for pattern, found in _FIXED_INCOME_NAMES if pattern.search(name)), Kind.OTHER)
    return Kind.OTHER
