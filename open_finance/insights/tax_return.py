"""What was held on the last day of a year and what came of it, to fill in a tax return from: the result types.
``tax_return_figures`` builds them. Pure.

It helps, and rules nothing: what counts before the Receita is the *informe de rendimentos* of each institution. Amounts are
BRL to the centavo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from open_finance.insights.portfolio import Kind
from open_finance.investment_records import Investment
from open_finance.reading.freshness import Freshness


class Nature(StrEnum):
    """Under which heading an income is declared, where that is sure."""

    EXEMPT = "exempt"  # rendimentos isentos e não tributáveis
    EXCLUSIVE = "exclusive"  # sujeitos à tributação exclusiva/definitiva


class Earned(StrEnum):
    """What an income is."""

    INTEREST = "interest"  # paid by the position on its way: interest, coupons, dividends
    GAIN = "gain"  # what a redemption brought above its cost


@dataclass(frozen=True, slots=True)
class AssetCode:
    """A group and code of *Bens e Direitos*, ``04`` and ``02``, and what the program calls it."""

    group: str
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Institution:
    """Who is named as paying or holding. ``cnpj``: 14 digits; None: the bank does not tell it."""

    name: str
    cnpj: str | None


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """A position on the last day. ``value``: net, as last read on ``value_on``, that day or the last one before it within
    the year; both None: not read in that year. ``gross``: of the same reading, None where it was not told. ``cost``: what
    was applied in what there was on the last day; None: not known of that day. ``own_cnpj``: a fund's own. ``asset_code``:
    None: not sure."""

    investment_id: int
    name: str
    kind: Kind
    institution: Institution
    own_cnpj: str | None
    asset_code: AssetCode | None
    value: Decimal | None
    gross: Decimal | None
    value_on: date | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """A checking or savings account on the last day. ``value``, ``value_on``: as of a position. ``reserved``: in caixinhas
    beside it, by the same reading; None where the bank does not say."""

    account_id: int
    name: str
    is_savings: bool
    institution: Institution
    asset_code: AssetCode
    value: Decimal | None
    reserved: Decimal | None
    value_on: date | None


@dataclass(frozen=True, slots=True)
class Income:
    """What positions of one kind at one institution brought in the year. ``amount``: gross; ``tax_withheld``: the income tax
    that movements tell of, None where none says what was withheld."""

    institution: Institution
    kind: Kind
    nature: Nature | None
    earned: Earned
    amount: Decimal
    tax_withheld: Decimal | None
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TaxReturn:
    """``on``: the last day of the year, or today while it lasts (``is_over``). ``left_out``: ids of positions that were
    redeemed in the year and whose gain is not known, or is taxed by other rules (shares, funds). ``apart``: held on that
    day in other currencies. ``read_since``: the first day whose values are kept; None: there is none."""

    year: int
    on: date
    is_over: bool
    positions: tuple[HeldPosition, ...]
    accounts: tuple[HeldAccount, ...]
    income: tuple[Income, ...]
    left_out: tuple[Investment, ...]
    apart: tuple[Investment, ...]
    ages: tuple[Freshness, ...]
    read_since: date | None = None
