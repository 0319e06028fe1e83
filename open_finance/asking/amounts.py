"""Rows of more or less than an amount: ``acima de R$ 200``, ``entre 50 e 100 reais``. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from open_finance.asking.sentence import Sentence
from open_finance.reading.statement_query import MAX_ABOVE

_CENT = Decimal("0.01")
_MONEY = r"(?: reais| conto| contos| pila| pilas| pau| paus| mango| mangos| dinheiros)"
_REAIS = rf"(?:reais )?(\d{{1,3}}(?:\.\d{{3}})+(?:,\d{{1,2}})?|\d{{1,9}}(?:[.,]\d{{1,2}})?)( mil)?{_MONEY}?"
_EXCEEDS = r"(?:(?:ultra)?passa(?:m|ram|ndo)?|(?:ultra)?passou|passem?|excede(?:m|ram|u)?|supera(?:m|ram|ndo)?|superou)"
_MORE = re.compile(
    r"(?<!\S)(?:(?:que )?(?:custaram |custou |custam |custa |deu |deram |foi |foram )?(?:(?:de )?valor(?:es)? )?"
    rf"(?:acima|mais|maior(?:es)?|superior(?:es)?|{_EXCEEDS}|para cima|mais car[oa]s?|mais alt[oa]s?)"
    rf"(?: de| do que| que| a)?|>) {_REAIS}(?!\S)"
)
#: As much as that, or more.
_FROM = re.compile(
    rf"(?<!\S)(?:(?:a partir|no minimo|pelo menos|minimo|ao menos)(?: de)?|>=) {_REAIS}(?!\S)"
    rf"|(?<!\S)(?:(?:de|com) )?{_REAIS} (?:ou mais|para cima|para mais|em diante|no minimo|para frente)(?!\S)"
)
_LESS = re.compile(
    rf"(?<!\S)(?:(?:que )?(?:custaram |custou |custam |custa )?(?:(?:de )?valor(?:es)? )?(?:abaixo|menos|menor(?:es)?"
    rf"|inferior(?:es)?|ate|no maximo|nao {_EXCEEDS}|mais barat[oa]s?)(?: de| do que| que| a)?|<=?) {_REAIS}(?!\S)"
)
_UP_TO = re.compile(rf"(?<!\S)(?:(?:de|com) )?{_REAIS} (?:ou menos|para baixo|para menos|no maximo)(?!\S)")
_BETWEEN = re.compile(rf"(?<!\S)(?:entre|(?:na faixa |valor(?:es)? )?de) {_REAIS} (?:e|a|ate) {_REAIS}(?!\S)")


def find_amounts(sentence: Sentence) -> tuple[Decimal | None, Decimal | None]:
    """``(above, below)``: more than, less than. Days are to be taken out before."""
    if between := sentence.take(_BETWEEN, "amount"):
        ends = sorted((_amount(between[1], between[2]), _amount(between[3], between[4])))
        return ends[0] - _CENT, ends[1] + _CENT
    return _more(sentence), _less(sentence)


def _more(sentence: Sentence) -> Decimal | None:
    if least := sentence.take(_FROM, "amount"):
        return _amount(least[1] or least[3], least[2] or least[4]) - _CENT
    below = _LESS.search(sentence.text)
    found = _MORE.search(sentence.text)
    if found is None or (below is not None and below.start() <= found.start() < below.end()):
        return None  # *não passam de 50*
    taken = sentence.take(_MORE, "amount")
    return _amount(taken[1], taken[2]) if taken else None


def _less(sentence: Sentence) -> Decimal | None:
    if most := sentence.take(_UP_TO, "amount"):
        return _amount(most[1], most[2]) + _CENT
    below = sentence.take(_LESS, "amount")
    return _amount(below[1], below[2]) if below else None


def _amount(written: str, thousands: str | None) -> Decimal:
    plain = written.replace(".", "").replace(",", ".") if "," in written or re.search(r"\.\d{3}", written) else written
    return min(Decimal(plain) * (1000 if thousands else 1), MAX_ABOVE)
