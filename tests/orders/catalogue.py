"""Which connectors an order knows: one of every kind there is, and the doors of the best known banks."""

from __future__ import annotations

from functools import cache
from typing import Any

from sandbox.pluggy_api.connectors import build_catalogue

Json = dict[str, Any]

#: Banks with several doors, persons and companies, MeuPluggy; the test banks, whose kind does not show in what they ask.
WELL_KNOWN = (200, 201, 601, 618, 203, 603, 211, 611, 212, 612, 664, 202, 602, 258, 658, 219, 619, 823)
LAST_SANDBOX = 20


@cache
def chosen_ids() -> tuple[int, ...]:
    """Whoever adds a connector of a new kind to the catalogue finds it here."""
    kinds: dict[str, int] = {}
    for one in build_catalogue().values():
        kinds.setdefault(kind_of(one), one["id"])
    return tuple(sorted({*kinds.values(), *WELL_KNOWN, *range(LAST_SANDBOX + 1)}))


@cache
def closed_ids() -> frozenset[int]:
    """Those nobody gets in by: out of order, for payments only, or with a puzzle that only a browser shows."""
    return frozenset(
        one["id"]
        for one in build_catalogue().values()
        if one["health"]["status"] == "OFFLINE"
        or not one["products"]
        or any(field["type"] == "hcaptcha" and not field["optional"] for field in one["credentials"])
    )


def kind_of(connector: Json) -> str:
    """What a connector asks for and how one gets in."""
    fields = [(field["type"], field["mfa"], field["optional"]) for field in connector["credentials"]]
    names = ("oauth", "isOpenFinance", "isSandbox", "hasMFA", "type")
    return repr(
        [fields, *(connector[name] for name in names), connector["health"]["status"], bool(connector["products"])]
    )


def bank_of(connector: Json) -> str:
    """The institution behind a connector, a person's and a company's apart from each other."""
    return str(connector["name"])
