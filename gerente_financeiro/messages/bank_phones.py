"""The number at which a bank takes a dispute, at any hour: what the bank itself publishes. None where we are not certain: a
wrong number is worse than none.
"""

from __future__ import annotations

from open_finance.folding import fold

#: By a word of the bank's name, folded. Toll-free numbers of the customer service (SAC), as published by each bank.
_PHONES = {
    "itau": "0800 728 0728",
    "bradesco": "0800 704 8383",
    "banco do brasil": "0800 729 0722",
    "caixa": "0800 726 0101",
    "santander": "0800 762 7777",
    "nubank": "0800 608 6236",
    "inter": "0800 940 9999",
    "c6": "0800 660 0060",
    "sicredi": "0800 724 7220",
    "sicoob": "0800 724 4420",
    "banrisul": "0800 646 1515",
}


def dispute_phone(bank: str) -> str | None:
    """``0800 608 6236`` for ``Nubank``; None for a bank that is not in the list."""
    words = f" {fold(bank)} "
    return next((number for name, number in _PHONES.items() if f" {name} " in words), None)
