"""Rows of more or less than an amount: ``acima de R$ 200``, ``entre 50 e 100 reais``. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from open_finance.asking.sentence import Sentence
from open_finance.reading.statement_query import MAX_ABOVE

_CENT = Decimal("0.01")
_REAIS = r"(?:reais )?(\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)( mil)?(?: reais| conto| contos| pila| pilas)?"
_MORE = re.compile(
    rf"(?<!\S)(?:(?:que )?(?:custaram |custou )?(?:acima|mais|maior(?:es)?|superior(?:es)?|passaram|passou|a partir)(?: de| do que| que| a)|>) {_REAIS}(?!\S)"
)
_LESS = re.compile(
    rf"(?<!\S)(?:(?:abaixo|menos|menor(?:es)?|inferior(?:es)?|ate|no maximo)(?: de| do que| que| a)?|<) {_REAIS}(?!\S)"
)
_BETWEEN = re.compile(rf"(?<!\S)(?:entre|de) {_REAIS} (?:e|a|ate) {_REAIS}(?!\S)")


def find_amounts(sentence: Sentence) -> tuple[Decimal | None, Decimal | None]:
    """``(above, below)``: more than, less than. Days are to be taken out before."""
    if between := sentence.take(_BETWEEN, "amount"):
        ends = sorted((_amount(between[1], between[2]), _amount(between[3], between[4])))
        return ends[0] - _CENT, ends[1] + _CENT
    above, below = sentence.take(_MORE, "amount"), sentence.take(_LESS, "amount")
    return (_amount(above[1], above[2]) if above else None, _amount(below[1], below[2]) if below else None)


def _amount(written: str, thousands: str | None) -> Decimal:
    plain = written.replace(".", "").replace(",", ".") if "," in written or re.search(r"\.\d{3}", written) else written
    return min(Decimal(plain) * (1000 if thousands else 1), MAX_ABOVE)
