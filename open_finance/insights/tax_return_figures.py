"""From what is stored to what is declared: who held what on the last day of a year, and what came of it. Pure; the types are
in ``tax_return``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

from open_finance.clock import local_day
from open_finance.insights.irpf_codes import code_of_account, code_of_position
from open_finance.insights.past_holdings import Past, pasts_of
from open_finance.insights.portfolio import Kind
from open_finance.insights.portfolio_kinds import kind_of
from open_finance.insights.portfolio_twins import join_movements, join_snapshots, sort_holdings
from open_finance.insights.position_lots import cost_of
from open_finance.insights.sale_gains import SIMPLE, sale_gains, sales_in
from open_finance.insights.tax_return import (
    Earned,
    HeldAccount,
    HeldPosition,
    Income,
    Institution,
    Nature,
    TaxReturn,
)
from open_finance.insights.tax_tables import tax_tables
from open_finance.investment_records import (
    Investment,
    InvestmentSnapshot,
    InvestmentTransaction,
)
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.reading.balances import is_savings
from open_finance.reading.freshness import INVESTMENT_PRODUCTS, freshness_of
from open_finance.records import Account, BalanceSnapshot, Connection

#: What a bank owes itself: the issuer is named, not who sold it.
_OWED_BY_A_BANK: Final = frozenset({Kind.CDB, Kind.LCI, Kind.LCA, Kind.BANK_PAPER, Kind.LETTER})
#: Whose own CNPJ is declared as well; Pluggy gives it as a fund's code.
_FUNDS: Final = frozenset({Kind.FUND, Kind.PROPERTY_FUND, Kind.ETF})
_CNPJ_DIGITS: Final = 14


@dataclass(frozen=True, slots=True)
class ReturnRows:
    """What is stored of a person. ``connections``: those read and those left whose history is kept; ``accounts``: checking
    and savings accounts in BRL that count, ``left``: those of banks that were left. ``held``: of each, its snapshots, and
    those of accounts that go on in it."""

    positions: Sequence[Investment]
    movements: Sequence[InvestmentTransaction]
    snapshots: Sequence[InvestmentSnapshot]
    connections: Sequence[Connection]
    accounts: Sequence[Account]
    left: Sequence[Account]
    held: Mapping[int, Sequence[BalanceSnapshot]]


def tax_return_figures(rows: ReturnRows, year: int, now: datetime) -> TaxReturn:
    """The whole helper for a year, this one included."""
    today = local_day(now)
    first, last = date(year, 1, 1), date(year, 12, 31)
    on = min(last, today)
    holdings = sort_holdings(rows.positions, rows.connections)
    days, moves = join_snapshots(rows.snapshots, holdings.twins), join_movements(rows.movements, holdings.twins)
    found = pasts_of((*holdings.counted, *holdings.apart, *holdings.ended), days, moves)
    pasts = [past for past in found if past.position["currency_code"] == BRL]
    foreign = [past for past in found if past.position["currency_code"] != BRL]
    held = [one for past in pasts if (one := _held_position(past, first, on)) is not None]
    accounts = [_held_account(one, rows.held.get(one["id"], ()), first, on) for one in (*rows.accounts, *rows.left)]
    left = {one["id"] for one in rows.left}
    income, left_out = _income(pasts, first, on)
    return TaxReturn(
        year=year,
        on=on,
        is_over=today > last,
        positions=tuple(sorted(held, key=lambda one: (one.institution.name, -(one.value or ZERO), one.investment_id))),
        accounts=tuple(one for one in accounts if one.value_on is not None or one.account_id not in left),
        income=income,
        left_out=left_out,
        apart=tuple(past.position for past in foreign if _held_position(past, first, on) is not None),
        ages=freshness_of(rows.connections, now, INVESTMENT_PRODUCTS),
        read_since=_read_since(rows),
    )


def _read_since(rows: ReturnRows) -> date | None:
    of_accounts = (one.day for kept in rows.held.values() for one in kept)
    return min((*(one.day for one in rows.snapshots), *of_accounts), default=None)


# --- what was held -------------------------------------------------------------------------------------------------------


def _held_position(past: Past, first: date, on: date) -> HeldPosition | None:
    """None where it was not there, or no longer, at the end of that day."""
    position = past.position
    begun_on, read = past.begun_on, past.value_on(on)
    if past.is_gone_by(on) or (begun_on is not None and begun_on > on):
        return None
    if read is not None and read.day < first:
        read = None
    if read is not None and read.balance == 0 and not read.amount:
        return None
    kind = kind_of(position)
    return HeldPosition(
        investment_id=position["id"],
        name=position["name"],
        kind=kind,
        institution=institution_of(position, kind),
        own_cnpj=_own_cnpj(position, kind),
        asset_code=code_of_position(position, kind, is_exempt=is_exempt(position, kind)),
        value=round_to_centavo(read.balance) if read is not None else None,
        gross=round_to_centavo(read.amount) if read is not None and read.amount is not None else None,
        value_on=read.day if read is not None else None,
        cost=_cost_then(position, past.movements, on),
    )


def _cost_then(position: Investment, movements: Iterable[InvestmentTransaction], on: date) -> Decimal | None:
    """What was applied in what there was at the end of that day: later movements are taken back."""
    moves = list(movements)
    later = [move for move in moves if move["occurred_on"] > on and move["type"] in {"BUY", "SELL", "TRANSFER"}]
    if not later:
        return cost_of(position, moves)
    quantities = [move["quantity"] if move["movement"] == "CREDIT" else _negative(move["quantity"]) for move in later]
    if None in quantities or position["quantity"] is None:
        return None
    moved = sum((one for one in quantities if one is not None), Decimal(0))
    then = cast("Investment", {**position, "quantity": position["quantity"] - moved, "amount_original": None})
    return cost_of(then, [move for move in moves if move["occurred_on"] <= on])


def _negative(quantity: Decimal | None) -> Decimal | None:
    return -quantity if quantity is not None else None


def _held_account(account: Account, kept: Iterable[BalanceSnapshot], first: date, on: date) -> HeldAccount:
    own = [one for one in kept if first <= one.day <= on]
    read = max(own, key=lambda one: (one.day, one.account_id == account["id"]), default=None)
    return HeldAccount(
        account_id=account["id"],
        name=account["name"],
        is_savings=is_savings(account),
        institution=Institution(account["connector_name"], None),
        asset_code=code_of_account(is_savings=is_savings(account)),
        value=read.balance if read is not None else None,
        reserved=read.reserved if read is not None else None,
        value_on=read.day if read is not None else None,
    )


# --- what came of it -----------------------------------------------------------------------------------------------------


def _income(pasts: Iterable[Past], first: date, last: date) -> tuple[tuple[Income, ...], tuple[Investment, ...]]:
    """By institution, kind and heading; and the positions whose gains are not known."""
    groups: dict[tuple[Institution, Kind, Nature | None, Earned], list[_Piece]] = defaultdict(list)
    left_out = []
    for past in pasts:
        kind = kind_of(past.position)
        who, nature = institution_of(past.position, kind), nature_of(past.position, kind)
        groups[who, kind, nature, Earned.INTEREST] += _interest(past, first, last)
        gains = _gains(past, kind, first, last)
        if gains is None:
            left_out.append(past.position)
        groups[who, kind, nature, Earned.GAIN] += gains or []
    found = [_add_up(*key, pieces) for key, pieces in groups.items() if pieces]
    found.sort(key=lambda one: (one.institution.name, one.kind, one.earned))
    return tuple(found), tuple(left_out)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one movement brought."""

    position_id: int
    amount: Decimal
    tax_withheld: Decimal | None


def _interest(past: Past, first: date, last: date) -> list[_Piece]:
    moves = [move for move in past.movements if move["type"] == "INTEREST" and first <= move["occurred_on"] <= last]
    return [
        _Piece(past.position["id"], round_to_centavo(move["amount"]), _withheld(past, move, moves))
        for move in moves
        if move["amount"] is not None
    ]


def _gains(past: Past, kind: Kind, first: date, last: date) -> list[_Piece] | None:
    gains = sale_gains(past.position, kind, past.movements, first, last)
    if gains is None:
        return None
    sold = sales_in(past.movements, first, last)
    return [_Piece(past.position["id"], sale.gain, _withheld(past, sale.movement, sold)) for sale in gains]


def _withheld(past: Past, move: InvestmentTransaction, alike: Iterable[InvestmentTransaction]) -> Decimal | None:
    """What the movement itself says; else, where it is the only one of its day, the tax that the position lists that day."""
    if move["income_tax"] is not None:
        return round_to_centavo(move["income_tax"])
    day = move["occurred_on"]
    taxes = [one["amount"] for one in past.movements if one["type"] == "TAX" and one["occurred_on"] == day]
    is_alone = [one["id"] for one in alike if one["occurred_on"] == day] == [move["id"]]
    amounts = [one for one in taxes if one is not None]
    return round_to_centavo(sum(amounts, ZERO)) if is_alone and amounts else None


def _add_up(who: Institution, kind: Kind, nature: Nature | None, earned: Earned, pieces: Sequence[_Piece]) -> Income:
    taxes = [piece.tax_withheld for piece in pieces if piece.tax_withheld is not None]
    return Income(
        institution=who,
        kind=kind,
        nature=nature,
        earned=earned,
        amount=sum((piece.amount for piece in pieces), ZERO),
        tax_withheld=sum(taxes, ZERO) if taxes else None,
        positions=tuple(dict.fromkeys(piece.position_id for piece in pieces)),
    )


# --- who, and under which heading ----------------------------------------------------------------------------------------


def institution_of(position: Investment, kind: Kind) -> Institution:
    """The issuer of what a bank owes, a pension's insurer, and else where it is held."""
    held_at = position["bank_name"] or position["connector_name"]
    if kind in _OWED_BY_A_BANK:
        return Institution(position["issuer"] or position["connector_name"], position["issuer_cnpj"])
    if kind is Kind.PENSION and (position["insurer"] or position["insurer_cnpj"]):
        return Institution(position["insurer"] or held_at, position["insurer_cnpj"])
    return Institution(held_at, position["bank_cnpj"])


def is_exempt(position: Investment, kind: Kind) -> bool | None:
    """Of income tax, by law; None where it depends on what the bank does not say, or on other rules."""
    exemption = tax_tables().exemption_of(kind)
    if exemption is None:
        return False if kind in SIMPLE else None
    return position["tax_exempt"] if exemption.only_if_told else True


def nature_of(position: Investment, kind: Kind) -> Nature | None:
    """Fixed income only: what shares, funds and pensions pay has headings of many kinds."""
    exempt = is_exempt(position, kind) if kind in SIMPLE else None
    if exempt is None:
        return None
    return Nature.EXEMPT if exempt else Nature.EXCLUSIVE


def _own_cnpj(position: Investment, kind: Kind) -> str | None:
    digits = "".join(one for one in position["code"] or "" if one.isdigit())
    return digits if kind in _FUNDS and len(digits) == _CNPJ_DIGITS else None
