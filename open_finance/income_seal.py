"""The seal of an income statement's PDF: any byte that is changed afterwards breaks it, and nothing but this module (and the
standard library) is needed to find that out, with no network.

Two SHA-256 digests stand in the file, each in a plain field of its properties. The *code* is that of the figures alone,
which are attached to the file as plain text. The *seal* is that of the whole file with the seal's own digits as zeros.
What this finds is change; it does not find who made the file, for whoever changes one may seal it anew. That is what the
code is for: the person's bot shows it beside the file, and a figure that is another makes a code that is another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Final

#: What stands in the file in the place of a digest that is not known yet.
EMPTY: Final = "0" * 64
SEAL_FIELD: Final = "selo-sha256:"
CODE_FIELD: Final = "codigo-sha256:"
_BEGIN, _END = b"\n-----VALORES-----\n", b"\n-----FIM DOS VALORES-----\n"

_SEAL = re.compile(re.escape(SEAL_FIELD.encode()) + rb"([0-9a-f]{64})(?![0-9A-Za-z])")
_CODE = re.compile(re.escape(CODE_FIELD.encode()) + rb"([0-9a-f]{64})(?![0-9A-Za-z])")
_GROUP = 4


class Refusal(StrEnum):
    """Why a file is not taken."""

    NOT_A_STATEMENT = "not_a_statement"  # no PDF of this program, or one of which the fields are gone
    CHANGED = "changed"  # some byte is not the one that was sealed
    OTHER_FIGURES = "other_figures"  # sealed, but its code is not that of its figures


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is not as it was made."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class Verified:
    """The file is as it was made. ``figures``: the plain text attached to it, ``code``: its SHA-256 in hexadecimal."""

    figures: str
    code: str


def grouped(code: str) -> str:
    """A code as people compare it: ``3f2a 90bc …``, groups of four."""
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def attachment(figures: str) -> bytes:
    """What is attached to the file, uncompressed: the figures between two lines that mark them."""
    return _BEGIN + figures.encode() + _END


def seal(pdf: bytes) -> bytes:
    """The file with its seal, in the place of ``EMPTY``. Raises ValueError where it has not exactly one such place."""
    if len(_SEAL.findall(pdf)) != 1:
        raise ValueError("a file has one place for its seal")
    start, end = _field(pdf).span(1)
    return pdf[:start] + _digest(pdf).encode() + pdf[end:]


def verify(pdf: bytes) -> Verified | Refused:
    """Whether a file is as it was made. Takes any bytes; time grows with their number only."""
    seals, codes = _SEAL.findall(pdf), _CODE.findall(pdf)
    if len(seals) != 1 or len(codes) != 1 or pdf.count(_BEGIN) != 1 or pdf.count(_END) != 1:
        return Refused(Refusal.NOT_A_STATEMENT)
    if not compare_digest(seals[0], _digest(pdf).encode()):
        return Refused(Refusal.CHANGED)
    figures = pdf[pdf.index(_BEGIN) + len(_BEGIN) : pdf.index(_END)]
    if sha256(figures).hexdigest().encode() != codes[0]:
        return Refused(Refusal.OTHER_FIGURES)
    try:
        return Verified(figures.decode(), codes[0].decode())
    except UnicodeDecodeError:
        return Refused(Refusal.OTHER_FIGURES)


def _field(pdf: bytes) -> re.Match[bytes]:
    found = _SEAL.search(pdf)
    assert found is not None
    return found


def _digest(pdf: bytes) -> str:
    """Of all bytes of a file that has a place for its seal, that place as zeros."""
    start, end = _field(pdf).span(1)
    hasher = sha256(pdf[:start])
    hasher.update(EMPTY.encode())
    hasher.update(pdf[end:])
    return hasher.hexdigest()
