"""Secrets that can be found again: every one of a kind carries the same mark, in whatever form it is written down.

One look for a mark is a look for all its secrets, so that whole folders can be searched for hundreds of them in no time.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MARK = "c4n4r10x9qz"
AWKWARD = 'é"&/%<'  # what JSON, HTML and URLs have to escape
DOCUMENT_MARK = "716253"
CODE_MARK = "9173"
BOT_TOKEN = f"1000000002:{MARK}-of-this-bot-and-of-no-other"
CLIENT_SECRET = f"segredo-{MARK}-{AWKWARD}"
SANDBOX_PASSWORD = "password-ok"  # the only one that Pluggy's test banks take

#: Numbers that mean nothing: moments, UUIDs, digests, the name of a lease's holder. Six digits are in them by chance.
_CHANCE = re.compile(
    rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{3,6})?|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64}"
    rb"|[0-9a-f]{32}|\d+-[0-9a-f]{12}"
)
_SEPARATOR = rb"(?:[.\-/ ]|%2[DdEeFf]|%20)?"


@dataclass(frozen=True)
class Person:
    """The ``number``-th person, with what they type for their bank."""

    number: int

    @property
    def user_id(self) -> int:
        return 5000 + self.number

    @cached_property
    def cpf(self) -> str:
        """Eleven valid digits."""
        return with_check_digits(f"{DOCUMENT_MARK}{self.number:03d}")

    @property
    def masked_cpf(self) -> str:
        digits = self.cpf
        return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"

    @property
    def typed_cpf(self) -> str:
        """As people type it: one with the mask, the next one without."""
        return self.masked_cpf if self.number % 2 else self.cpf

    @property
    def mistyped_cpf(self) -> str:
        """One check digit wrong."""
        return f"{self.masked_cpf[:-1]}{(int(self.cpf[-1]) + 1) % 10}"

    @property
    def sandbox_user(self) -> str:
        """Pluggy's test banks know any number of these."""
        return f"user-ok-perf-{self.number + 1}x"

    @property
    def password(self) -> str:
        return f"Senha-{MARK}-{AWKWARD}-{self.number:03d}"

    @property
    def code(self) -> str:
        return f"{CODE_MARK}{self.number % 100:02d}"


def with_check_digits(digits: str) -> str:
    """Nine digits and the two of the Receita Federal."""
    for first in (10, 11):
        total = sum(int(digit) * weight for digit, weight in zip(digits, range(first, 1, -1), strict=True))
        digits += str(total * 10 % 11 % 10)
    return digits


def forms(secret: str) -> set[bytes]:
    """What plain letters and digits may look like where they were written down. Escaping leaves those as they are."""
    data = secret.encode()
    encoded = (form for form in _in_base64(data) if len(form) >= 6)  # shorter ones turn up by chance
    return {data, data[::-1], data.hex().encode(), secret.encode("utf-16-le"), *encoded}


def _in_base64(data: bytes) -> Iterator[bytes]:
    """The part that does not depend on what stands before and after, for each of the three places in a group."""
    for before in range(3):
        padded = bytes(before) + data
        yield base64.b64encode(padded[: len(padded) // 3 * 3])[4 if before else 0 :]


def find_secrets(data: bytes) -> list[str]:
    """Every secret in the data, each with what stands around it."""
    places = [match.span() for pattern in _PATTERNS for match in pattern.finditer(data)]
    readable = _CHANCE.sub(lambda match: b" " * len(match[0]), data)
    places += [match.span() for match in _CODE.finditer(readable)]
    return [repr(data[max(0, start - 60) : end + 30]) for start, end in places]


def _pattern(secret: str) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, sorted(forms(secret)))))


_PATTERNS = (
    *map(_pattern, (MARK, SANDBOX_PASSWORD, DOCUMENT_MARK)),
    re.compile(_SEPARATOR.join(digit.encode() for digit in DOCUMENT_MARK) + rb"(?:" + _SEPARATOR + rb"\d){5}"),
    re.compile(rb"eyJ[\w-]{10,}\."),  # the key that Pluggy gave
)
_CODE = re.compile(CODE_MARK.encode() + rb"\d\d(?!\d)")


def files_of(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def search(folder: Path) -> dict[str, list[str]]:
    """Every file below a folder in which a secret stands, with the places."""
    found = {str(path.relative_to(folder)): find_secrets(path.read_bytes()) for path in files_of(folder)}
    return {name: places for name, places in found.items() if places}
