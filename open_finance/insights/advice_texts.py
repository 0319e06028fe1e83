"""Which texts an outside service may be asked about, and what of them it sees. Pure; refuses rather than leaks.

Only a row of which nobody knows what it is, that is spending or comes back from it, and that no person is on the other side
of: no transfer of any kind, no counterparty. What is sent is ``row_categories.advice_key`` without figures. It is not sent
where the bank's own words hold an e-mail address or something like a CPF, nor where it may be somebody's name: two words of
it are names, or one is and an initial stands with it, or it is more than one word and none of them is of a trade. Off a
card there must be a word of a trade in any case. Names are those that are common in Brazil, also written together or cut as
card machines do, what ends as such names do, and those of everybody whom this person's money has gone to or come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from open_finance.folding import fold
from open_finance.insights.flows import Flow
from open_finance.insights.row_categories import RowCategory, advice_key

LONGEST: Final = 60
_ASKED: Final = frozenset({Flow.SPENDING, Flow.REFUND})
_TRANSFER_OPERATIONS: Final = ("PIX", "TED", "DOC", "TEF", "TRANSFERENCIA")
_TRANSFER_WORDS: Final = re.compile(
    r"\b(pix|qrs?|ted|doc|tef|tev|transf\w*|transferido|enviad[oa]|recebid[oa]|remetente|favorecido|destinatario|titular"
    r"|deposito|cheque|saque|boleto|salario|aluguel|mesada|emprestimo|pensao)\b"
)
_DOCUMENT: Final = re.compile(
    r"\S@\S|(?<!\d)\d{3}[. ]?\d{3}[. ]?\d{3}[-. /]?\d{2}(?!\d)|[*•x]{2,}[. ]?\d{3}[. ]?\d{3}|\d{3}[. ]?\d{3}[-. ]?[*•x]{2}",
    re.IGNORECASE,
)
_SENDABLE: Final = re.compile(r"[a-z&+]+( [a-z&+]+)*")
_WORD: Final = re.compile(r"[a-z]+")
#: How names begin and end that Brazilians make up: Josicleide, Edivaldo, Cleidiane, Ivanilda.
_LIKE_A_NAME: Final = re.compile(
    r"(josi|edil|edin|ediv|ivan|gils|gilm|rosi|maril|luci|valde|valdi|wander|vander|cleid|gleid|claud|franci|raim|sever)\w*"
    r"|\w{2,}(ilson|elson|alson|erson|valdo|naldo|nilda|vilda|ilene|ilane|eide|eusa|euza|iane|aine)"
)
_TITLES: Final = frozenset(
    ["sr", "sra", "srta", "dr", "dra", "prof", "profa", "pastor", "tia", "tio", "dona", "seu", "mae", "pai"]
)
_PARTICLES: Final = frozenset({"de", "da", "do", "dos", "das", "e"})
#: From so many letters on, the beginning of a name is taken for the whole of it.
_CUT: Final = 4


def text_to_ask(
    row: Mapping[str, Any], decided: RowCategory, account_type: str | None, names: frozenset[str] = frozenset()
) -> str | None:
    """What an outside service may see of a row: lower-case letters and nothing else; None where it may see nothing of it.
    ``names``: see ``names_around``."""
    if decided.reason != "unsure" or decided.flow not in _ASKED or _may_be_between_people(row):
        return None
    if any(_DOCUMENT.search(row.get(field) or "") for field in ("description", "description_raw")):
        return None
    text = " ".join(word for word in advice_key(row).split() if not any(char.isdigit() for char in word))
    is_on_card = account_type == "CREDIT" or row.get("operation_type") == "CARTAO"
    return text if is_harmless(text, names, is_on_card=is_on_card) else None


def is_harmless(text: str, names: frozenset[str] = frozenset(), *, is_on_card: bool = False) -> bool:
    """Whether a text shows nobody. ``is_on_card``: a card paid it, so that a shop is on the other side."""
    if not 3 <= len(text) <= LONGEST or not _SENDABLE.fullmatch(text) or _TRANSFER_WORDS.search(text):
        return False
    words = _WORD.findall(text)
    people = [word for word in words if _is_name(word, names)]
    if len(people) > 1 or any(word in _TITLES for word in words):
        return False
    trades = [word for word in words if word in _trades()]
    if people and (any(len(word) == 1 for word in words) or (words[-1] in trades and _may_be_cut(words[-1]))):
        return False  # "paulo g car": Carvalho, most likely
    return bool(trades) or (is_on_card and len(words) == 1 and not people)


def names_around(rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Every word of the names of those with whom a person exchanges money: their rows' counterparties, and what transfers
    say. Words of a trade are none."""
    texts = [row["counterparty"] for row in rows if row.get("counterparty")]
    texts += [advice_key(row) for row in rows if _may_be_between_people(row)]
    words = (word for text in texts for word in _WORD.findall(fold(text)))
    return frozenset(word for word in words if len(word) > 2 and word not in _trades())


def texts_to_ask(
    rows: Sequence[Mapping[str, Any]], decided: Sequence[RowCategory], account_types: Mapping[int, str]
) -> dict[str, str]:
    """What may be asked about a person's rows: the text by the key under which its answer is kept, in the rows' order."""
    names = names_around(rows)
    found: dict[str, str] = {}
    for row, one in zip(rows, decided, strict=True):
        text = text_to_ask(row, one, account_types.get(row["account_id"]), names)
        if text is not None:
            found.setdefault(advice_key(row), text)
    return found


def _may_be_between_people(row: Mapping[str, Any]) -> bool:
    operation, category = row.get("operation_type") or "", row.get("category_id") or ""
    said = fold(f"{row['description']} {row.get('description_raw') or ''}")
    return (
        bool(row.get("counterparty"))
        or operation.startswith(_TRANSFER_OPERATIONS)
        or category.startswith(("04", "05"))
        or row.get("same_holder") is not None
        or bool(_TRANSFER_WORDS.search(said))
    )


def _is_name(word: str, around: frozenset[str]) -> bool:
    if word in _trades() or len(word) < 3:
        return False
    known = word in around or word in _all_names() or bool(_LIKE_A_NAME.fullmatch(word))
    return known or (len(word) >= _CUT and _may_be_cut(word)) or _is_written_together(word)


def _may_be_cut(word: str) -> bool:
    """Whether a name begins so: card machines cut what is long."""
    return word in _beginnings()


def _is_written_together(word: str) -> bool:
    """``anapaulalim``, ``josedasilva``, ``pedroh``: names and what joins them without a space, the last one cut; of a long
    name nothing is asked of what follows."""
    ends = {0}  # where a name, or what joins two, may end
    for end in range(2, len(word) + 1):
        if any(word[start:end] in (_PARTICLES if start else ()) or word[start:end] in _all_names() for start in ends):
            ends.add(end)
    return max(ends) > _CUT or any(end and word[end:] in _beginnings() for end in ends)


@cache
def _all_names() -> frozenset[str]:
    return _words_of("personal_names.txt") | _words_of("more_personal_names.txt")


@cache
def _trades() -> frozenset[str]:
    return _words_of("trades.txt")


def _words_of(name: str) -> frozenset[str]:
    lines = resources.files("open_finance.insights").joinpath("data", name).read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split())


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(name[:length] for name in _all_names() for length in range(1, len(name)))
