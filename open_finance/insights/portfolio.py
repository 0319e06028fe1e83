"""What a person has invested, as /investimentos shows it: the result types. ``portfolio_figures`` builds them. Pure.

Amounts are BRL to the centavo, each rounded once from what the bank told: the total is the sum of the figures shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from open_finance.investment_records import Investment, Pot, ProductRead
from open_finance.money import ZERO
from open_finance.reading.freshness import Freshness
from open_finance.records import Connection


class Kind(StrEnum):
    """What a position is, as people call it. ``BANK_PAPER``: what a bank owes and names no closer (RDB, LC…)."""

    CDB = "cdb"
    LCI = "lci"
    LCA = "lca"
    BANK_PAPER = "bank_paper"
    LETTER = "letter"  # letra financeira
    TREASURY = "treasury"
    DEBENTURE = "debenture"
    RECEIVABLES = "receivables"  # CRI, CRA
    FUND = "fund"
    PROPERTY_FUND = "property_fund"  # FII
    STOCK = "stock"
    BDR = "bdr"
    ETF = "etf"
    DERIVATIVE = "derivative"
    PENSION = "pension"
    COE = "coe"
    CRYPTO = "crypto"
    OTHER = "other"


class Unknown(StrEnum):
    """Why a tax is not calculated."""

    KIND = "kind"  # another rule, or none that is sure: funds, shares, pensions, COE, crypto
    EXEMPT_UNSAID = "exempt_unsaid"  # a debenture of which the bank does not say whether it is exempt
    PURCHASE = "purchase"  # the day of purchase is not told
    COST = "cost"  # what was applied is not told
    GROSS = "gross"  # the gross value is not told, or is older than the balance
    SEVERAL = "several"  # applied on several days, and the lots do not explain the position
    COUPON = "coupon"  # it pays coupons, taxed on their own days
    FOREIGN = "foreign"  # another currency
    COMPANY = "company"  # held by a company
    EXEMPT_EARLY = "exempt_early"  # exempt of income tax, but younger than 30 days: whether IOF is due is not sure


@dataclass(frozen=True, slots=True)
class Tax:
    """What would be due if it were redeemed on the day of its figures (``Position.told_on``): our figure, from the table.
    ``days``: from the purchase to that day; with several lots those of the oldest. ``rate``: the income tax's, %; None with
    lots of different rates. ``iof``: of the gain, first; ``income_tax``: of what is left of it. ``exempt_by``: the law,
    where there is nothing to pay: then ``gain`` is nothing, as nothing of it is taxed, and ``days`` is 0 where the purchase
    is not told."""

    gain: Decimal
    iof: Decimal
    income_tax: Decimal
    rate: Decimal | None
    iof_rate: Decimal | None
    days: int
    exempt_by: str | None = None

    @property
    def total(self) -> Decimal:
        """IOF and income tax."""
        return self.iof + self.income_tax


class Cover(StrEnum):
    """Whether a fund stands behind a position: the FGC, or for credit unions and their banks the FGCoop
    (``CoverGroup.fund``, and said in the group's name)."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    UNKNOWN = "unknown"  # a kind that it covers, of an issuer that is not told


@dataclass(frozen=True, slots=True)
class Position:
    """One position that counts. ``balance``: what the bank says it is worth net, and what counts; ``gross``: before tax,
    None where the bank does not say or said it of another day. ``difference``: ``gross - tax.total - balance``, how far our
    figure is from the bank's; None without both. ``told_on``: the day that these are of, None where it is today. ``cost``:
    what was applied. ``issuer_group``: the conglomerate's name."""

    investment: Investment
    kind: Kind
    bank: str
    balance: Decimal
    gross: Decimal | None
    cost: Decimal | None
    purchased_on: date | None
    tax: Tax | Unknown
    difference: Decimal | None
    cover: Cover
    issuer_group: str | None
    twin_pot: Pot | None = None
    told_on: date | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the total. ``percent``: of it, to one decimal; the shares of a whole add up to 100.0."""

    name: str
    amount: Decimal
    percent: Decimal
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of the maturity ladder. ``until``: its last day, of ``later`` that of the last position; None for what has no
    maturity. ``key``: ``overdue``, ``month``, ``half``, ``year``, ``two_years``, ``later``, ``open``."""

    key: str
    until: date | None
    amount: Decimal
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CoverGroup:
    """What the FGC counts together: positions and deposits of one conglomerate. ``above``: what is over the limit.
    ``is_known``: whether the conglomerate is in our table; otherwise it is the issuer alone. ``fund``: FGC, or FGCoop."""

    name: str
    covered: Decimal
    deposits: Decimal
    above: Decimal
    is_known: bool
    positions: tuple[int, ...]
    fund: str = "FGC"

    @property
    def total(self) -> Decimal:
        """Positions and deposits together."""
        return self.covered + self.deposits


@dataclass(frozen=True, slots=True)
class Result:
    """What the positions yielded between two days: ``worth - began_with - put_in + taken_out``, on net values. Tax withheld
    is a loss, not a withdrawal. ``left_out``: ids of positions whose value or movements of the period are not known."""

    since: date
    until: date
    began_with: Decimal
    put_in: Decimal
    taken_out: Decimal
    worth: Decimal
    left_out: tuple[int, ...]

    @property
    def amount(self) -> Decimal:
        """Yield, BRL; negative = a loss."""
        return self.worth - self.began_with - self.put_in + self.taken_out


@dataclass(frozen=True, slots=True)
class PortfolioReport:
    """All that /investimentos shows. ``positions``: those that count, the largest first; ``ended``: sold or matured;
    ``twins``: ids that another connection brings, too; ``apart``: in other currencies. ``pots``: caixinhas, beside the
    total. ``reads``: how asking each connection ended; ``silent``: connections that do not tell investments."""

    today: date
    positions: tuple[Position, ...]
    ended: tuple[Investment, ...]
    twins: tuple[int, ...]
    apart: tuple[Investment, ...]
    pots: tuple[Pot, ...]
    by_kind: tuple[Share, ...]
    by_bank: tuple[Share, ...]
    ladder: tuple[Rung, ...]
    cover: tuple[CoverGroup, ...]
    results: tuple[Result, ...]
    connections: tuple[Connection, ...]
    ages: tuple[Freshness, ...]
    reads: tuple[ProductRead, ...]
    silent: tuple[Connection, ...]

    @property
    def total(self) -> Decimal:
        """What the positions are worth net, BRL."""
        return sum((position.balance for position in self.positions), ZERO)
