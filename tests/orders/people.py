"""The people of an order and what they type, right and wrong. Every secret can be found again (``tests.canaries``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from sandbox.pluggy_api.connectors import CAPTCHA_CODE
from sandbox.pluggy_api.scenarios import FAILING_USERS
from sandbox.telegram_api.people import Person as Contact
from tests.canaries import CODE_MARK, DOCUMENT_MARK, SANDBOX_PASSWORD, Person

Json = dict[str, Any]

TOKEN = "123456"
GOOD_USERS = tuple(
    f"user-ok{kind}"
    for kind in (
        "",
        "-img",
        "-select",
        "-phone",
        "-multi-company",
        "-auth-pending",
        "-account-error",
        "-account-warning",
    )
)
#: What fits most fields that are neither a document nor a secret: branch, account, certificate, holder.
ORDINARY = ("1234", "12345-6", "1", "Titular", TOKEN)
CHATTER = (
    "oi",
    "1000",
    "quanto gastei com mercado?",
    "APAGAR",
    "sim",
    "😀",
    "/nao_existe",
    "<b>A&B</b>",
    "x" * 300,
    "0" * 11,
)


@dataclass(frozen=True)
class Traveller:
    """One person of an order. ``targets``: the connectors they want to come in by."""

    contact: Contact
    secrets: Person
    targets: tuple[Json, ...]
    random: Random

    @property
    def name(self) -> str:
        return self.contact.first_name

    @property
    def user_id(self) -> int:
        return self.contact.id

    @cached_property
    def cnpj(self) -> str:
        """Fourteen valid digits."""
        digits = f"{DOCUMENT_MARK}{self.secrets.number % 100:02d}0001"
        for first in (5, 6):
            weights = [*range(first, 1, -1), *range(9, 1, -1)]
            total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
            digits += str(0 if total % 11 < 2 else 11 - total % 11)
        return digits

    def sandbox_user(self) -> str:
        """Mostly an own one, sometimes one that everybody knows, sometimes one that Pluggy's test bank refuses."""
        kinds = ((self.secrets.sandbox_user,), GOOD_USERS, tuple(FAILING_USERS))
        return self.random.choice(self.random.choices(kinds, (5, 4, 2))[0])

    def value_for(self, field: Mapping[str, Any], *, sandbox: bool) -> str:
        """A right value for a credential of a connector."""
        label = str(field["label"])
        if field["type"] == "image":
            return CAPTCHA_CODE
        if field["mfa"]:
            return TOKEN
        if "CNPJ" in label:
            return self.cnpj
        if "CPF" in label:
            return self.random.choice((self.secrets.cpf, self.secrets.masked_cpf))
        if sandbox and field["name"] == "user":
            return self.sandbox_user()
        fitting = self.passwords(sandbox=sandbox) if field["type"] == "password" else ORDINARY
        pattern = field.get("validation") or ""
        return next((value for value in fitting if re.search(pattern, value)), fitting[0])

    def passwords(self, *, sandbox: bool) -> tuple[str, ...]:
        """Those a connector may ask for: of its own kind, with letters, of digits alone."""
        own = (self.secrets.password, f"{DOCUMENT_MARK}{self.secrets.number % 100:02d}")
        return (SANDBOX_PASSWORD, *own) if sandbox else own

    def credentials(self, connector: Json) -> dict[str, str]:
        """All that a connector asks for, right."""
        fields = connector["credentials"]
        return {
            field["name"]: field["options"][0]["value"]
            if field.get("options")
            else self.value_for(field, sandbox=connector["isSandbox"])
            for field in fields
            if not field["optional"]
        }

    def anything(self) -> str:
        """What somebody may type at any moment: a secret where none is asked for, a slip, a code, small talk."""
        own = (
            self.secrets.cpf,
            self.secrets.masked_cpf,
            self.secrets.mistyped_cpf,
            self.cnpj,
            self.secrets.password,
            "errada",
            TOKEN,
            f"{CODE_MARK}{self.random.randrange(100):02d}",
            self.secrets.sandbox_user,
        )
        return self.random.choice((*own, self.chatter(), self.chatter()))

    def chatter(self) -> str:
        """Small talk, names of banks, words that mean something elsewhere."""
        return self.random.choice((*CHATTER, *(str(one["name"]) for one in self.targets)))
