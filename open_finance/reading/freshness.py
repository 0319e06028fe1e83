"""How old what we show is: a pure reading of a connection's product ages. ``UPDATED`` alone does not mean fresh."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from open_finance.records import Connection, ProductStatus

#: Pluggy refreshes once a day; with a day and a half of silence something is stuck.
OLD_AFTER = timedelta(hours=36)

#: The products behind balances and statements, as ``statusDetail`` spells them.
MONEY_PRODUCTS = frozenset({"accounts", "creditCards", "transactions"})
#: Those behind positions and their movements; NODE spells the second one as well.
INVESTMENT_PRODUCTS = frozenset({"investments", "investmentsTransactions", "investmentTransactions"})
#: What is owed by contract.
LOAN_PRODUCTS = frozenset({"loans"})


@dataclass(frozen=True, slots=True)
class Freshness:
    """``as_of``: the oldest relevant collection, None before the first. ``partial``: some product was not collected.

    ``is_old``: ``as_of`` is missing or older than ``OLD_AFTER``. ``in_trouble``: nothing newer comes without its person.
    """

    connection_id: int
    bank: str
    as_of: datetime | None
    partial: bool
    is_old: bool
    is_connecting: bool
    in_trouble: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether a person must be warned before trusting the figures."""
        return self.partial or self.is_old or self.in_trouble


def freshness(
    connection: Connection,
    now: datetime,
    products: Collection[str] = MONEY_PRODUCTS,
    *,
    kept_from: datetime | None = None,
) -> Freshness:
    """The age of one connection's money, or of other ``products``. A stalled one counts with its own, older, date.

    ``kept_from``: when what is still shown of a product was last told, though the bank may tell it no more.
    """
    relevant = [status for product, status in connection["products"].items() if product in products]
    ages = [status["last_updated_at"] for status in relevant if status["last_updated_at"]]
    ages.extend(each for each in (connection["last_updated_at"], kept_from) if each)
    as_of = min(ages, default=None)
    return Freshness(
        connection_id=connection["id"],
        bank=connection["connector_name"],
        as_of=as_of,
        partial=_is_partial(connection, relevant),
        is_old=as_of is None or now - as_of > OLD_AFTER,
        is_connecting=connection["settled_at"] is None,
        in_trouble=connection["trouble_code"] is not None,
    )


def freshness_of(
    connections: Iterable[Connection], now: datetime, products: Collection[str] = MONEY_PRODUCTS
) -> tuple[Freshness, ...]:
    """The age of each connection, in the order given; those not yet connected and those on their way out are left out."""
    ages = (freshness(connection, now, products) for connection in connections if not connection["disconnecting"])
    return tuple(age for age in ages if not age.is_connecting)


def _is_partial(connection: Connection, relevant: list[ProductStatus]) -> bool:
    """Investments or an identity that failed do not make a balance doubtful; not knowing which product failed does."""
    if not connection["products"]:
        return connection["partial"]
    return not all(status["is_updated"] for status in relevant)
