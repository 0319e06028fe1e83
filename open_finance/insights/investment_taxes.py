"""What a position would pay if it were redeemed on the day of its figures, by the tables of ``tax_tables``: ours, beside the
bank's. Pure.

Only what is sure is calculated: fixed income of a natural person that is taxed once, on redemption. All else says why not.
IOF is of the gain, income tax of what IOF leaves of it; both of each purchase on its own, and a loss in one takes nothing
off another's tax. Days are calendar days since the purchase.

Each tax is rounded half-up to the centavo, as all money here is. Banks may cut it off instead: a centavo of difference is
theirs to have, and the difference is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from open_finance.insights.portfolio import Kind, Tax, Unknown
from open_finance.insights.portfolio_kinds import kind_of
from open_finance.insights.position_lots import Lot, bought_on, lots_of
from open_finance.insights.tax_tables import TaxTables, tax_tables
from open_finance.investment_records import Investment, InvestmentTransaction
from open_finance.money import BRL, ZERO, round_to_centavo

_HUNDRED: Final = Decimal(100)
#: Kinds that pay by the table, on redemption. A debenture does where its bank says that it is not exempt.
_BY_THE_TABLE: Final = frozenset({Kind.CDB, Kind.BANK_PAPER, Kind.LETTER, Kind.TREASURY, Kind.DEBENTURE})
#: Treasury papers that pay interest every half-year, by name and code, folded. NTN-B without ``Principal`` is one of them.
_PAYS_INTEREST: Final = ("juros semestrais", "renda+", "educa+", "ntn-f", "ntnf")


def tax_of(
    position: Investment,
    movements: Iterable[InvestmentTransaction],
    on: date,
    *,
    of_company: bool = False,
    tables: TaxTables | None = None,
) -> Tax | Unknown:
    """``on``: the day that the position's figures are of, whenever they are looked at: beside a tax of today older ones
    would differ from the bank's by the days between. ``of_company``: its holder is one, and pays by other rules.
    ``tables``: those that are packaged, unless given."""
    tables, kind = tables or tax_tables(), kind_of(position)
    reason = _why_not(position, kind, tables, of_company=of_company)
    if reason is not None:
        return reason
    exemption = tables.exemption_of(kind)
    if exemption is not None and not (exemption.only_if_told and position["tax_exempt"] is False):
        return _exempt(position, kind, on, exemption.source, tables)
    gross = gross_of(position, on)
    lots = lots_of(position, movements)
    if isinstance(lots, Unknown):
        return lots
    if lots[0].bought_on > on:
        return Unknown.PURCHASE
    return tax_on_lots(kind, gross, lots, on, tables) if gross is not None else Unknown.GROSS


def gross_of(position: Investment, on: date) -> Decimal | None:
    """To the centavo; None where the bank does not tell it, or told it before ``on``, the day that ``balance`` is of."""
    amount, told_on = position["amount"], position["figures_on"]
    is_of_another_day = told_on is None or told_on < on
    return None if amount is None or is_of_another_day else round_to_centavo(amount)


def tax_on_lots(kind: Kind, gross: Decimal, lots: Iterable[Lot], on: date, tables: TaxTables) -> Tax:
    """Of each lot the part of ``gross`` that it is; the oldest first."""
    given = list(lots)
    each = [_tax_on_lot(kind, gross, lot, on, tables) for lot in given]
    rates, iof_rates = {one.rate for one in each}, {one.iof_rate for one in each}
    cost = sum((lot.cost for lot in given), ZERO)
    return Tax(
        gain=gross - cost,
        iof=sum((one.iof for one in each), ZERO),
        income_tax=sum((one.income_tax for one in each), ZERO),
        rate=rates.pop() if len(rates) == 1 else None,
        iof_rate=iof_rates.pop() if len(iof_rates) == 1 else None,
        days=each[0].days,
    )


def _tax_on_lot(kind: Kind, gross: Decimal, lot: Lot, on: date, tables: TaxTables) -> Tax:
    days = (on - lot.bought_on).days
    gain = round_to_centavo(gross * lot.part) - lot.cost
    rate, iof_rate = tables.income_tax_rate(days), tables.iof_rate(kind, days)
    taxed = max(gain, ZERO)
    iof = round_to_centavo(taxed * iof_rate / _HUNDRED)
    income_tax = round_to_centavo((taxed - iof) * rate / _HUNDRED)
    return Tax(gain, iof, income_tax, rate, iof_rate, days)


def _why_not(position: Investment, kind: Kind, tables: TaxTables, *, of_company: bool) -> Unknown | None:
    """What rules it out before any figure is looked at.

    A CDB that its bank calls exempt, or an LCI that it calls taxed, is a contradiction: one of the two is wrong, and nobody
    knows which."""
    if position["currency_code"] != BRL:
        return Unknown.FOREIGN
    if of_company:
        return Unknown.COMPANY
    exemption, is_exempt = tables.exemption_of(kind), position["tax_exempt"]
    if exemption is None:
        return Unknown.KIND if kind not in _BY_THE_TABLE or is_exempt else _why_not_treasury(position, kind)
    if exemption.only_if_told:
        return Unknown.EXEMPT_UNSAID if is_exempt is None else None
    return Unknown.KIND if is_exempt is False else None


def _why_not_treasury(position: Investment, kind: Kind) -> Unknown | None:
    if kind is not Kind.TREASURY:
        return None
    called = f"{position['name']} {position['code'] or ''}".casefold()
    is_old_indexed = ("ntn-b" in called or "ntnb" in called) and "princ" not in called
    return Unknown.COUPON if is_old_indexed or any(word in called for word in _PAYS_INTEREST) else None


def _exempt(position: Investment, kind: Kind, on: date, law: str, tables: TaxTables) -> Tax | Unknown:
    """Of income tax; of IOF it is free where the table says so, or once it is old enough. No gain of it is taxed."""
    day = bought_on(position)
    is_iof_free = kind in tables.iof_free
    if not is_iof_free and day is None:
        return Unknown.PURCHASE
    days = max((on - day).days, 0) if day is not None else 0
    if not is_iof_free and days <= len(tables.iof_rates):
        return Unknown.EXEMPT_EARLY
    return Tax(gain=ZERO, iof=ZERO, income_tax=ZERO, rate=ZERO, iof_rate=ZERO, days=days, exempt_by=law)
