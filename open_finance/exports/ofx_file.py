"""A statement as an OFX file (1.0.2, SGML): what Brazilian banks give, and GnuCash and others take in without duplicates.

Windows-1252, as the header says: libofx, with which GnuCash reads, has trouble with UTF-8. A day is written as its noon in
UTC, which is that day everywhere from Honolulu to Sydney: programs show it in their own zone. Text from banks is escaped,
and a character that the encoding lacks is replaced. Which rows are in it, and how they are known again: ``settled_rows``.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import BinaryIO, Final

from open_finance.exports.settled_rows import account_keys, row_key, settled_rows
from open_finance.insights.taxonomy import FEES
from open_finance.money import ZERO, round_to_centavo
from open_finance.reading.names import NO_DESCRIPTION
from open_finance.reading.plain_text import plain_line
from open_finance.reading.statement_export import ExportAccount, ExportRow, StatementExport

ENCODING: Final = "cp1252"
NAME_LIMIT: Final = 32
MEMO_LIMIT: Final = 255
PROGRESS_ROWS: Final = 1000
_HEADER: Final = (
    *("OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:USASCII", "CHARSET:1252"),
    *("COMPRESSION:NONE", "OLDFILEUID:NONE", "NEWFILEUID:NONE", "", ""),
)
_STATUS: Final = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
#: Of Pluggy's categories, what banks take, and interest.
_FEE, _INTEREST = ("16", "15"), ("0202", "0306")
#: What stands for a bank without a COMPE code, and for a file of several banks.
_NO_BANK, _US = "000", "Gerente Financeiro"


@dataclass(frozen=True, slots=True)
class _Part:
    """An account's statement in one currency. ``key``: the account's for programs."""

    account: ExportAccount
    key: str
    currency: str
    rows: Sequence[ExportRow]

    @property
    def is_card(self) -> bool:
        return self.account.type == "CREDIT"


def write_ofx(export: StatementExport, target: BinaryIO, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the file. ``progress``: told now and then how many rows are done, and of how many."""
    done = 0
    for line in _lines(export):
        target.write(f"{line}\r\n".encode(ENCODING))
        done += line.startswith("<STMTTRN>")
        if progress and done and done % PROGRESS_ROWS == 0 and line.startswith("<STMTTRN>"):
            progress(done, export.count)
    if progress:
        progress(export.count, export.count)


def _lines(export: StatementExport) -> Iterator[str]:
    parts = _parts(export)
    yield from _HEADER[:-1]
    yield "<OFX>"
    yield from _sign_on(export)
    for name, of_kind in (
        ("BANK", [p for p in parts if not p.is_card]),
        ("CREDITCARD", [p for p in parts if p.is_card]),
    ):
        if of_kind:
            yield f"<{name}MSGSRSV1>"
            for part in of_kind:
                yield from _statement(part, export)
            yield f"</{name}MSGSRSV1>"
    yield "</OFX>"


def _parts(export: StatementExport) -> list[_Part]:
    """A part for each account, with or without rows, and one more for each other currency that rows of it are in."""
    rows: dict[tuple[int, str], list[ExportRow]] = defaultdict(list)
    for row in settled_rows(export):
        rows[row.account_id, row.currency].append(row)
    keys = account_keys(export.accounts)
    parts = []
    for account in export.accounts:
        own = account.currency
        others = sorted(currency for owner, currency in rows if owner == account.id and currency != own)
        parts.append(_Part(account, keys[account.id], own, rows.get((account.id, own), ())))
        parts += [_Part(account, f"{keys[account.id]}-{_code(one)}", one, rows[account.id, one]) for one in others]
    return parts


def _sign_on(export: StatementExport) -> Iterator[str]:
    banks = {(account.bank_code or _NO_BANK, account.bank) for account in export.accounts}
    code, bank = banks.pop() if len(banks) == 1 else (_NO_BANK, _US)
    yield f"<SIGNONMSGSRSV1><SONRS>{_STATUS}{_leaf('DTSERVER', _instant(export.made_at))}{_leaf('LANGUAGE', 'POR')}"
    yield f"<FI>{_leaf('ORG', _text(bank, NAME_LIMIT) or _US)}{_leaf('FID', code)}</FI></SONRS></SIGNONMSGSRSV1>"


def _statement(part: _Part, export: StatementExport) -> Iterator[str]:
    card = "CC" if part.is_card else ""
    yield f"<{card}STMTTRNRS>{_leaf('TRNUID', '0')}{_STATUS}<{card}STMTRS>{_leaf('CURDEF', _code(part.currency))}"
    yield _account(part)
    yield f"<BANKTRANLIST>{_leaf('DTSTART', _day(export.period.start))}{_leaf('DTEND', _day(export.period.end))}"
    for row in part.rows:
        yield _transaction(row)
    yield "</BANKTRANLIST>"
    held, on = _balance(part, export)
    yield f"<LEDGERBAL>{_leaf('BALAMT', _amount(held))}{_leaf('DTASOF', _day(on))}</LEDGERBAL>"
    yield f"</{card}STMTRS></{card}STMTTRNRS>"


def _account(part: _Part) -> str:
    if part.is_card:
        return f"<CCACCTFROM>{_leaf('ACCTID', part.key)}</CCACCTFROM>"
    kind = "SAVINGS" if part.account.subtype == "SAVINGS_ACCOUNT" else "CHECKING"
    bank = _leaf("BANKID", part.account.bank_code or _NO_BANK)
    return f"<BANKACCTFROM>{bank}{_leaf('ACCTID', part.key)}{_leaf('ACCTTYPE', kind)}</BANKACCTFROM>"


def _balance(part: _Part, export: StatementExport) -> tuple[Decimal, date]:
    """What it held as the period ended, where that is known, else as last read; a card's debt is negative. Of purchases that
    nobody converted yet there is no balance but their sum."""
    account = part.account
    if part.currency != account.currency:
        return sum((row.amount for row in part.rows), ZERO), max(row.day for row in part.rows)
    if account.closing is not None:
        return account.closing, export.period.end
    return account.balance, account.balance_on


def _transaction(row: ExportRow) -> str:
    name = _text(row.description, NAME_LIMIT) or NO_DESCRIPTION
    memo = _text(_memo(row), MEMO_LIMIT)
    return "".join(
        [
            f"<STMTTRN>{_leaf('TRNTYPE', _kind(row))}{_leaf('DTPOSTED', _day(row.day))}",
            f"{_leaf('TRNAMT', _amount(row.amount))}{_leaf('FITID', row_key(row))}{_leaf('NAME', name)}",
            _leaf("MEMO", memo) if memo else "",
            "</STMTTRN>",
        ]
    )


def _memo(row: ExportRow) -> str:
    """What the name has no room for."""
    parts = [row.description] if len(_replaced(row.description)) > NAME_LIMIT else []
    parts += [row.category] if row.is_sure else []
    parts += [f"parcela {row.instalment[0]}/{row.instalment[1]}"] if row.instalment else []
    if row.foreign_amount is not None and row.foreign_currency:
        parts.append(f"{_code(row.foreign_currency)} {_amount(abs(row.foreign_amount))}".replace(".", ","))
    return " · ".join(parts)


def _kind(row: ExportRow) -> str:
    """The transaction type: importers follow the sign of the amount and show this."""
    if row.kind in {"own_transfer", "investment"}:
        return "XFER"
    if row.kind == "bill_payment":
        return "PAYMENT"
    if row.category_id.startswith(_INTEREST):
        return "INT"
    if row.group == FEES and row.category_id.startswith(_FEE):
        return "FEE"
    return "CREDIT" if row.amount > 0 else "DEBIT"


# --- how values are written ----------------------------------------------------------------------------------------------


def _leaf(name: str, value: str) -> str:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{escaped}</{name}>"


def _amount(amount: Decimal) -> str:
    return f"{round_to_centavo(amount):f}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}120000[0:GMT]"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}[0:GMT]"


def _code(currency: str) -> str:
    """A currency's three letters; ``XXX`` where it has none."""
    return currency if len(currency) == 3 and currency.isascii() and currency.isupper() else "XXX"


def _text(text: str, limit: int) -> str:
    return _replaced(text)[:limit].rstrip()


def _replaced(text: str) -> str:
    """One plain line of what Windows-1252 has: other letters without accents, or as a question mark; no other signs."""
    return " ".join("".join(map(_encodable, unicodedata.normalize("NFC", plain_line(text)))).split())


def _encodable(char: str) -> str:
    if _has(char):
        return char
    plain = "".join(one for one in unicodedata.normalize("NFKD", char) if _has(one))
    if plain:
        return plain
    return "?" if unicodedata.category(char)[0] in {"L", "N"} else ""


def _has(char: str) -> bool:
    try:
        char.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
