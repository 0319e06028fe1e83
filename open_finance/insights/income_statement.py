"""An income statement (comprovante de renda): what came in month by month, and the text that its hash is of. Pure.

It names nobody: neither the person nor a document. Amounts are BRL to the centavo. Whoever holds the text (``canonical``)
can work its ``digest`` out without us, and find that not a byte of a figure was changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from statistics import median
from typing import Final

from open_finance.clock import SAO_PAULO
from open_finance.money import ZERO, round_to_centavo

#: What the first line says; another way of writing the figures is another number.
FORM: Final = "comprovante-de-renda 1"
_PAYER_LIMIT: Final = 60
#: Eleven digits are a CPF, however they are divided, and whatever of them a bank covers, with whichever sign.
_CPF: Final = re.compile(r"(?<![\d*•xX])(?:[\d*•xX]{3}[-. ]{0,2}){2}[\d*•xX]{3} ?[-/.]? ?[\d*•xX]{2}(?![\d*•xX])")


class LeftOut(StrEnum):
    """Why money that came in is no income."""

    OWN_TRANSFER = "own_transfer"  # from another account of the person's
    LIKELY_OWN = "likely_own"  # amount and day say that it may be
    REFUND = "refund"  # a purchase or a Pix that came back
    INVESTMENT = "investment"  # redeemed, or what it yielded
    LOAN = "loan"  # borrowed, or neither earned nor given
    ONCE = "once"  # nothing says that it is income: it neither repeats nor has such a category


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """One movement. ``payer``: plain text, one line, at most 60 characters, without a CPF. ``id``: of our transaction; it
    is not in the text."""

    on: date
    payer: str
    amount: Decimal
    bank: str
    id: int


@dataclass(frozen=True, slots=True)
class IncomeMonth:
    """A whole month, its rows by day. ``month``: its first day."""

    month: date
    rows: tuple[IncomeRow, ...] = ()

    @property
    def total(self) -> Decimal:
        """What came in."""
        return sum((row.amount for row in self.rows), ZERO)


@dataclass(frozen=True, slots=True)
class Left:
    """What came in and was left out, of one reason: how many rows, and their sum."""

    reason: LeftOut
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class IncomeSource:
    """A bank and when it was last read."""

    bank: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncomeStatement:
    """``months``: whole ones without a gap, the oldest first; empty where no whole month is known. ``asked``: how many were
    asked for. ``left_out``: of the same months. ``sources``: oldest connection first."""

    issued_on: date
    asked: int
    months: tuple[IncomeMonth, ...]
    left_out: tuple[Left, ...]
    sources: tuple[IncomeSource, ...]

    @property
    def total(self) -> Decimal:
        """Of all months."""
        return sum((month.total for month in self.months), ZERO)

    @property
    def mean(self) -> Decimal | None:
        """Of a month, half up; None without any."""
        return round_to_centavo(self.total / len(self.months)) if self.months else None

    @property
    def median(self) -> Decimal | None:
        """Of the months, half up; None without any."""
        return round_to_centavo(Decimal(median(month.total for month in self.months))) if self.months else None


def canonical(statement: IncomeStatement) -> str:
    """All figures as a text that is always the same: UTF-8, one figure a line, each line ended by ``\\n``, parts of a line
    divided by ``|``, amounts like ``6200.00``, days like ``2026-11-05``, instants in São Paulo."""
    return "".join(f"{line}\n" for line in _lines(statement))


def digest(text: str) -> str:
    """The SHA-256 of a text, 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def payer_text(text: str) -> str:
    """What a bank calls the other side, as one short line without a CPF. Of such a line it is the line itself."""
    line = _one_line(text)
    while (again := _one_line(line)) != line:  # what is left over, or cut, may read as a CPF again
        line = again
    return line or "–"


def _one_line(text: str) -> str:
    printable = "".join(each if each.isprintable() else " " for each in text)
    bare = _CPF.sub(" ", printable).replace("|", "/")
    return " ".join(bare.split())[:_PAYER_LIMIT].strip()


def _lines(statement: IncomeStatement) -> Iterable[str]:
    yield FORM
    yield f"emitido|{statement.issued_on.isoformat()}"
    yield f"meses|{len(statement.months)}|{statement.asked}"
    for month in statement.months:
        for row in month.rows:
            yield f"renda|{row.on.isoformat()}|{_amount(row.amount)}|{payer_text(row.payer)}|{payer_text(row.bank)}"
        yield f"mes|{month.month:%Y-%m}|{len(month.rows)}|{_amount(month.total)}"
    yield f"total|{_amount(statement.total)}"
    yield f"media|{_amount(statement.mean)}"
    yield f"mediana|{_amount(statement.median)}"
    for left in statement.left_out:
        yield f"fora|{left.reason.value}|{left.count}|{_amount(left.amount)}"
    for source in statement.sources:
        yield f"fonte|{payer_text(source.bank)}|{_instant(source.read_at)}"


def _amount(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:.2f}"


def _instant(at: datetime | None) -> str:
    return "-" if at is None else at.astimezone(SAO_PAULO).isoformat(timespec="minutes")
