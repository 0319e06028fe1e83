"""Ids and documents: always the same for the same words, valid in form, nobody's in fact."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from zlib import crc32


def identifier(*parts: object) -> str:
    """A UUID that depends on nothing but ``parts``."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def check_digit(digits: str, weights: Sequence[int]) -> str:
    """The modulo-11 digit of CPF and CNPJ."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return "0" if rest < 2 else str(11 - rest)


def cpf(base: str) -> str:
    """Nine digits → ``529.982.247-25``."""
    first = check_digit(base, range(10, 1, -1))
    second = check_digit(base + first, range(11, 1, -1))
    return f"{base[:3]}.{base[3:6]}.{base[6:]}-{first}{second}"


def cnpj(base: str) -> str:
    """Twelve digits → ``11.222.333/0001-81``."""
    weights = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = check_digit(base, weights)
    second = check_digit(base + first, (6, *weights))
    return f"{base[:2]}.{base[2:5]}.{base[5:8]}/{base[8:]}-{first}{second}"


@cache
def person_document(name: str) -> str:
    """The CPF of an invented person: begins with 000, so that it is seen to be invented."""
    return cpf(f"000{crc32(name.encode()) % 1_000_000:06d}")


@cache
def company_document(name: str) -> str:
    """The CNPJ of a company in these statements: begins with 99, whatever the brand's real one is."""
    return cnpj(f"99{crc32(name.encode()) % 1_000_000:06d}0001")


def masked(document: str) -> str:
    """``•••.982.247-••``, as banks print a counterparty's CPF."""
    return f"•••{document[3:-2]}••" if len(document) == 14 else document
