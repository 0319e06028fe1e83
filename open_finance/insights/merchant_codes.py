"""What a merchant's official codes say of its trade: MCC (ISO 18245, sent by cards) and CNAE (IBGE, of a CNPJ). Pure."""

from __future__ import annotations

from typing import Final

_MCC: Final[dict[str, str]] = {"5411": "10000000", "5541": "19050001", "5912": "18020000"}
_CNAE: Final[dict[str, str]] = {"4711302": "10000000", "4731800": "19050001", "4771701": "18020000"}


def category_of_mcc(mcc: str | None) -> str | None:
    """Pluggy's category of a merchant category code; None for none, unknown, and codes that do not tell the trade."""
    return _MCC.get(mcc or "")


def category_of_cnae(cnae: str | None) -> str | None:
    """Pluggy's category of a CNAE class or subclass (``4711-3/02`` or digits); None where it does not tell."""
    return _CNAE.get("".join(c for c in cnae or "" if c.isdigit()))
