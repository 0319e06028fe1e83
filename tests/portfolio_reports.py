"""Positions as they are shown, and reports of them, for tests of words and pictures: every field can be given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from open_finance.insights.portfolio import (
    Cover,
    CoverGroup,
    Kind,
    PortfolioReport,
    Position,
    Result,
    Rung,
    Share,
    Tax,
)
from open_finance.investment_records import Investment, ProductRead
from open_finance.money import ZERO
from open_finance.reading.freshness import freshness_of
from tests.builders import NOW, TODAY, connection
from tests.clocks import START
from tests.investment_builders import BOUGHT_ON, investment

TAX = Tax(Decimal("842.00"), ZERO, Decimal("168.40"), Decimal(20), None, 253)


def position(number: int = 1, **fields: Any) -> Position:
    """The CDB of ``investment()``: 20 % of R$ 842,00, as its bank says, too."""
    own = Investment.__annotations__.keys() - Position.__dataclass_fields__.keys()
    told = {name: fields.pop(name) for name in list(fields) if name in own}
    balance = fields.get("balance", Decimal("10673.60"))
    values: dict[str, Any] = {
        "investment": investment(id=number, balance=balance, **told),
        "kind": Kind.CDB,
        "bank": "Banco Z",
        "balance": balance,
        "gross": Decimal("10842.00"),
        "cost": Decimal("10000.00"),
        "purchased_on": BOUGHT_ON,
        "tax": TAX,
        "difference": ZERO,
        "cover": Cover.COVERED,
        "issuer_group": None,
    }
    return Position(**values | fields)


def report(positions: Iterable[Position] = (), **fields: Any) -> PortfolioReport:
    """A report of these positions, the largest first, each kind and each bank a part of the whole."""
    held = sorted(positions, key=lambda one: -one.balance)
    connections = fields.get("connections", (connection(connector_name="Banco Z"),))
    values: dict[str, Any] = {
        "today": TODAY,
        "positions": tuple(held),
        **dict.fromkeys(("ended", "twins", "apart", "pots", "results", "silent"), ()),
        "by_kind": shares(held, lambda one: one.kind.value),
        "by_bank": shares(held, lambda one: one.bank),
        "ladder": ladder(held),
        "cover": groups(held),
        "connections": connections,
        "ages": freshness_of(connections, NOW),
        "reads": tuple(read(one["id"]) for one in connections),
    }
    return PortfolioReport(**values | fields)


def shares(held: Sequence[Position], name_of: Any) -> tuple[Share, ...]:
    """The parts by name; the percentages need not be exact here."""
    total = sum((one.balance for one in held), ZERO)
    parts: dict[str, list[Position]] = {}
    for one in held:
        parts.setdefault(name_of(one), []).append(one)
    return tuple(
        Share(
            name,
            amount := sum((one.balance for one in of), ZERO),
            (amount * 100 / total).quantize(Decimal("0.1")) if total else ZERO,
            tuple(one.investment["id"] for one in of),
        )
        for name, of in parts.items()
    )


def ladder(held: Sequence[Position]) -> tuple[Rung, ...]:
    """What matures within a year, later, and never."""
    within = TODAY + timedelta(days=365)
    due = {one.investment["id"]: one.investment["due_on"] for one in held}
    of = {
        "year": [one for one in held if (day := due[one.investment["id"]]) and day <= within],
        "later": [one for one in held if (day := due[one.investment["id"]]) and day > within],
        "open": [one for one in held if due[one.investment["id"]] is None],
    }
    return tuple(
        Rung(key, within if key == "year" else None, sum((one.balance for one in each), ZERO), _ids(each))
        for key, each in of.items()
    )


def groups(held: Sequence[Position]) -> tuple[CoverGroup, ...]:
    """One of all that is covered."""
    covered = [one for one in held if one.cover is Cover.COVERED]
    amount = sum((one.balance for one in covered), ZERO)
    above = max(amount - 250_000, ZERO)
    return (CoverGroup("Banco Z", amount, ZERO, above, is_known=True, positions=_ids(covered)),) if covered else ()


def result(months: int = 12, amount: str = "312.40", **fields: Any) -> Result:
    """What was yielded in so many months, with 100 put in and 40 taken out."""
    index = TODAY.year * 12 + TODAY.month - 1 - months
    since = TODAY.replace(year=index // 12, month=index % 12 + 1)
    began, put_in, taken_out = Decimal("1000.00"), Decimal("100.00"), Decimal("40.00")
    values: dict[str, Any] = {
        "since": since,
        "until": TODAY,
        "began_with": began,
        "put_in": put_in,
        "taken_out": taken_out,
        "worth": began + put_in - taken_out + Decimal(amount),
        "left_out": (),
    }
    return Result(**values | fields)


def read(connection_id: int = 1, **fields: Any) -> ProductRead:
    """A bank that listed its investments this noon."""
    values: dict[str, Any] = {
        "connection_id": connection_id,
        "product": "investments",
        "reading": "listed",
        "listed": 1,
        "read_at": START,
        "asked_at": START,
    }
    return ProductRead(**values | fields)


def _ids(held: Iterable[Position]) -> tuple[int, ...]:
    return tuple(one.investment["id"] for one in held)
